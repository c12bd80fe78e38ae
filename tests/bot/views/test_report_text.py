"""What the reports say in the chat and on the terminal."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.names import units
from analysis.records import LABELS, NOT_RELATED, ModelLabels, Study
from analysis.statistics.agreement import agreement
from analysis.statistics.compare import compare_models
from analysis.statistics.estimates import Estimate
from analysis.statistics.models import rank_models
from analysis.statistics.report import build_report
from bot.views.citation import methods_paragraph
from bot.views.report_lines import figure, plain
from bot.views.report_more import (
    MESSAGE_UNITS,
    agreement_more,
    comparison_more,
    models_more,
    prevalence_more,
    report_more,
)
from bot.views.report_text import (
    CAPTION_UNITS,
    agreement_caption,
    comparison_caption,
    models_caption,
    p_words,
    prevalence_caption,
    report_caption,
)
from tests.support.studies import from_table, labels, model, sample, simulated, study

NO_FIGURE = re.compile(r"\b(nan|none|inf)\b", re.IGNORECASE)
AWKWARD = "<b>&\n\x00\u202e" + "🎉" * 300


class Reader(HTMLParser):
    """Reads what Telegram would: only its own tags, properly nested; keeps the text and the code blocks."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.blocks, self.open = "", [], []  # type: ignore[var-annotated]
        self.feed(markup)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert (tag, attrs) in [(t, []) for t in ("b", "code", "pre")] + [
            ("blockquote", [("expandable", None)])
        ]
        assert not {"pre", "code"} & set(self.open), "a code block may hold no other markup"
        self.open.append(tag)
        if tag == "pre":
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if "pre" in self.open:
            self.blocks[-1] += data


def check(markup: str, limit: int) -> str:
    """The text with usual spaces, after checking what holds for every report."""
    read = Reader(markup)
    assert not re.search("<(?![a-z/])", markup), "Telegram refuses the whole message"
    assert read.text == plain(markup)
    assert units(read.text) <= limit
    assert "\x00" not in read.text
    assert "\u202e" not in read.text
    for block in read.blocks:
        assert all(0 < len(line) <= 24 for line in block.split("\n")), block
        assert not NO_FIGURE.search(block)
    return plain(markup)


def everything(made: Study, judged: ModelLabels) -> list[str]:
    """All texts about a study and a model, each checked."""
    report, compared = build_report(made, judged), compare_models(made, judged, judged)
    agreed, ranked = agreement(made), rank_models(made, [judged, judged])
    captions = [
        report_caption(report),
        comparison_caption(compared),
        agreement_caption(agreed),
        prevalence_caption(report),
        models_caption(ranked),
    ]
    behind = [
        report_more(report),
        comparison_more(compared),
        agreement_more(agreed),
        prevalence_more(report),
        models_more(ranked),
    ]
    assert all(re.match(r"<b>[^<]+</b>(\n|$)", caption) for caption in captions)
    return [check(text, CAPTION_UNITS) for text in captions] + [check(text, MESSAGE_UNITS) for text in behind]


def test_the_caption_of_the_published_run_reads_like_this() -> None:
    assert plain(report_caption(build_report(*from_table(69, 201, 5, 25)))) == (
        "Agrees on 270 of 300 items (90 %).\n"
        "How well people agree with each other cannot be told before two have labeled.\n"
        "deepseek-v3-0324 · formatting\n"
        "accuracy 0.900 [0.861, 0.929]\n"
        "phi 0.764 [0.677, 0.831]\n"
        "kappa 0.753 [0.661, 0.825]\n"
        "300 samples: tp 69, fn 25, fp 5, tn 201. In brackets: 95 % intervals."
    )


def test_the_second_published_run_prints_as_published() -> None:
    text = plain(report_caption(build_report(*from_table(23, 228, 5, 44))))
    assert "accuracy 0.837 [" in text
    assert "phi 0.461 [" in text
    assert "standard error of the accuracy 0.021" in plain(
        report_more(build_report(*from_table(23, 228, 5, 44)))
    )


@pytest.mark.parametrize("people", [2, 3, 5])
def test_a_models_kappa_stands_beside_the_peoples_in_place_of_the_tables(people: int) -> None:
    report = build_report(*simulated(people))
    assert report.ceiling is not None
    kappas = report.ceiling.kappas
    text, more = plain(report_caption(report)), plain(report_more(report))
    assert f"kappa, people {kappas.people.value:.3f} [" in text
    assert f"kappa, model {kappas.model.value:.3f} [" in text
    assert f"kappa, consensus {report.figures['kappa'].value:.3f} [" in more
    assert "On 300 items with labels of two or more people:\nkappa, model minus people " in more


def test_while_no_two_people_share_an_item_the_tables_kappa_stands_alone() -> None:
    made, judged = (
        study(labels([1, 0, 0] * 20), labels([None] * 60 + [1, 0, 1] * 20)),
        model(labels([1, 0] * 60)),
    )
    report = build_report(made, judged)
    text, more = plain(report_caption(report)), plain(report_more(report))
    assert f"\nkappa {report.figures['kappa'].value:.3f} [" in text
    assert "kappa, people" not in text + more
    assert "On 0 items" not in more


def test_where_all_say_the_same_it_is_said_once_and_no_interval_is_explained() -> None:
    text = plain(agreement_caption(agreement(study(labels([0] * 60), labels([0] * 60)))))
    assert text == (
        "People say the same on 60 of 60 items (100 %) that two or more labeled.\n"
        "All use one label only, so alpha says nothing.\n"
        "formatting · 2 labelers"
    )


def test_behind_more_no_figure_is_listed_where_there_is_no_item_to_compare() -> None:
    more = plain(report_more(build_report(study(labels([1, 0] * 9)), model({0: "api-error"}))))
    assert "undefined" not in more


@pytest.mark.parametrize(("people", "answered"), [(1, 1.0), (2, 1.0), (12, 0.15)])
def test_no_figure_of_the_caption_is_said_again_behind_more(people: int, answered: float) -> None:
    report = build_report(*simulated(people, answered=answered))
    named = [re.findall(r"^([a-zA-Z0-9, ]+) -?[01]\.\d{3}", plain(text), re.M) for text in (
        report_caption(report), report_more(report)
    )]  # fmt: skip
    assert named[0]
    assert not set(named[0]) & set(named[1])


def test_while_the_sample_is_not_complete_it_says_how_many_are_labeled_so_far() -> None:
    made, judged = study(labels([1, 0] * 60), size=300), model(labels([1, 0] * 60))
    for caption in (
        report_caption(build_report(made, judged)),
        comparison_caption(compare_models(made, judged, judged)),
        agreement_caption(agreement(made)),
        models_caption(rank_models(made, [judged])),
    ):
        assert re.search(r"(\n| · )120 of 300 labeled so far(\n|$)", caption)
    assert "so far" not in report_caption(build_report(*from_table(1, 1, 1, 1)))


def test_a_sample_that_grew_is_told_in_every_report_and_what_it_means_for_claims_behind_more() -> None:
    made, judged = simulated(2)
    grown = replace(made, sample=replace(made.sample, grown_from=100))
    report, compared = build_report(grown, judged), compare_models(grown, judged, judged)
    ranked = rank_models(grown, [judged])
    for caption in (
        report_caption(report),
        comparison_caption(compared),
        agreement_caption(agreement(grown)),
        models_caption(ranked),
    ):
        assert re.search(r"(\n| · )the sample grew from 100 to 300(\n|$)", caption)
    for more in (report_more(report), comparison_more(compared), models_more(ranked)):
        assert "in 8 of 100 studies where it doubles" in more
    assert "The sample had 100 items when labeling began." in methods_paragraph(report, grown.sample)
    same = build_report(made, judged)
    assert "grew" not in report_caption(same) + report_more(same) + methods_paragraph(same, made.sample)


def test_all_features_are_told_with_people_alone_the_model_alone_and_what_the_labels_are_worth() -> None:
    made, judged = simulated(2)
    report = build_report(made, replace(judged, related_features=20_000, not_related_features=45_000))
    found = report.prevalence
    assert found is not None
    text = plain(prevalence_caption(report))
    features = f"{round(found.estimate.value * 65_344):,}"
    assert text.startswith(f"About {features} of all 65,344 features are related (")
    assert re.search(r"together 0\.\d{3} \[.*\npeople alone 0\.\d{3} \[.*\nmodel alone 0\.306\n", text)
    assert f"As exact as {found.effective_labels} labels without the model." in text
    assert "if the model's prompt was tuned on these labels" in prevalence_more(report)
    few = build_report(study(labels([1, 0])), replace(judged, related_features=9, not_related_features=9))
    assert "2 of the 30 labeled items that are needed are there." in plain(prevalence_caption(few))


def test_all_models_stand_best_first_with_those_that_cannot_be_told_apart() -> None:
    made, first = simulated(3, model_right=0.95)
    second = model(simulated(3, model_right=0.7)[1].labels, "gemini")
    found = rank_models(made, [second, first, model(first.labels, "twin")])
    text = plain(models_caption(found))
    assert text.startswith("2 of the 3 models may be the best; these labels do not tell which.\n")
    assert re.search(r"\n1\. deepseek-v3-0324 0\.\d{3} \[.*\n2\. twin 0\.\d{3} .*\n3\. gemini 0\.", text)
    assert "Cannot be told apart: 1 and 2.\nThe best of 3 tried looks better than it is." in text
    assert "twin: rank 1 to 2, kappa 0." in plain(models_more(found))


def test_two_models_are_told_apart_by_name_and_one_is_compared_with_none() -> None:
    made, first = simulated(3, model_right=0.95)
    second = model(simulated(3, model_right=0.6)[1].labels, "gemini")
    apart = plain(models_caption(rank_models(made, [second, first])))
    assert re.match(
        r"deepseek-v3-0324 agrees on \d+ of 300 items \(\d\d %\), more often than gemini\.\n", apart
    )
    alike = plain(models_caption(rank_models(made, [first, model(first.labels, "twin")])))
    assert alike.startswith("These labels do not tell which of the two models is better.\n")
    alone = plain(models_caption(rank_models(made, [first])))
    assert re.match(r"deepseek-v3-0324 agrees on .*; there is no other model\.\n", alone)
    assert "tried" not in alone


def test_a_model_of_chance_is_said_to_add_nothing_to_the_labels() -> None:
    made, judged = simulated(1, model_right=0.5)
    report = build_report(made, replace(judged, related_features=60_000, not_related_features=5_344))
    assert "The model adds nothing to what these 300 labeled items say." in prevalence_caption(report)


def test_undefined_is_said_in_words_with_the_reason() -> None:
    text = plain(report_caption(build_report(*from_table(0, 250, 0, 50))))
    assert "phi undefined: the model never says related." in text
    more = plain(report_more(build_report(*from_table(0, 250, 0, 50))))
    assert "precision undefined: the model never says related." in more


def test_what_was_left_out_is_said_with_the_reason() -> None:
    truth = labels([1, 0] * 10)
    given_ = {**truth, 0: "api-error", 1: "api-error", 2: "no-description", 3: "x<y", 4: "z", 5: "z"}
    del given_[10], given_[11], given_[13]
    second = {**truth, 12: NOT_RELATED}
    report = build_report(
        study(truth, second), model(given_, unmatched=(10,), without_key=(11,), other_description=(13,))
    )
    assert (
        "Left out: 2 api-error, 2 z, 2 others, 1 not in the model's file, 1 of another description, "
        "1 without an index or id and 1 tie. With them: accuracy 0.500 to 1.000."
        in plain(report_caption(report))
    )
    assert "1 x&lt;y" in report_more(report)
    assert "Left out" not in report_caption(build_report(*from_table(1, 1, 1, 1)))


@pytest.mark.parametrize(
    ("made", "judged", "words"),
    [
        (study(size=5), model(labels([1])), "Nothing is labeled yet, so there is nothing to compare."),
        (
            study(labels([1, 0])),
            model({0: "api-error", 1: "api-error"}),
            "Left out: 2 api-error. With them: accuracy 0.000 to 1.000.",
        ),
        (*simulated(1), "cannot be told before two have labeled."),
        (study(labels([0] * 60), labels([0] * 60)), model(labels([0] * 60)), "People all say the same"),
        (
            study(labels([1, 0]), labels([None, None, 1])),
            model(labels([1, 1, 0])),
            "No item that the model labels has labels of two people yet.",
        ),
        (*from_table(0, 9, 0, 3), "phi undefined: the model never says related."),
        (*from_table(9, 0, 0, 0), "phi and kappa undefined: labeler-01 and the model always say related."),
        (*simulated(2), "kappa, people 0."),
        (*simulated(12, answered=0.15), "kappa, people 0."),
        (*simulated(5, 1000), "about as well as people agree with each other."),
    ],
    ids=[
        "nothing",
        "errors",
        "one",
        "unanimous",
        "apart",
        "never related",
        "one class",
        "two",
        "twelve",
        "five",
    ],
)
def test_every_sparse_case_has_sensible_words(made: Study, judged: ModelLabels, words: str) -> None:
    texts = everything(made, judged)
    assert words in texts[0]
    assert not any(NO_FIGURE.search(text) for text in texts)


def test_more_gives_each_labeler_the_fingerprint_and_what_is_odd_about_the_answers() -> None:
    made, judged = simulated(2, 60)
    odd = replace(
        made,
        guide_versions=("v1", "v2"),
        marked=1,
        labels_with_reviewed=made.labels,
        adjudicated={0: "related"},
        repeats=(("related", "related"),) * 9 + (("related", "not-related"),),
        other_modes={"alignment": dict.fromkeys(range(60), "related")},
    )
    report = build_report(odd, judged)
    text = check(report_more(report), MESSAGE_UNITS)
    assert re.search(r"labeler-02: 60 labels, accuracy 0\.\d{3}, kappa 0\.\d{3}", text)
    assert "Labels were given under 2 versions of the guide: v1 and v2." in text
    assert "Same answer when an item came again unannounced: 9 of 10 [0.596, 0.982]." in text
    wrong = report.table.fp
    assert f"False positives in formatting that people call related in alignment: {wrong} of {wrong}." in text
    assert text.endswith(f"Fingerprint {report.fingerprint}")
    assert plain(report_caption(report)).endswith(
        "1 item decided by an admin. 1 answer not blind: not counted."
    )
    assert "decided" not in text
    other = plain(report_caption(build_report(odd.counting_reviewed(), judged)))
    assert other.endswith("1 answer not blind: counted here.")


def test_a_comparison_says_what_it_can_tell() -> None:
    truth = labels([0] * 300)
    a = model({**truth, **dict.fromkeys(range(12), "related")}, "deepseek")
    b = model({**truth, **dict.fromkeys(range(20, 40), "related"), 299: "api-error"}, "gemini")
    text = check(comparison_caption(compare_models(study(truth), a, b)), CAPTION_UNITS)
    assert text.startswith(
        "These labels cannot tell deepseek and gemini apart.\nTo see a difference of 5 points"
    )
    assert "\nformatting\ndeepseek 0." in text
    assert re.search(r"\ndifference 0\.027 \[-0\.0\d\d, 0\.0\d\d\]\nz 1\.41, p 0\.216\n", text)
    assert (
        "Of 299 items both are right on 267, only the first on 20, only the second on 12, neither on 0."
        in text
    )
    assert "Left out: 1 item that one of them does not label usably (api-error)." in text


def test_a_difference_beyond_doubt_is_said_in_markup_that_telegram_takes() -> None:
    truth = labels([0, 1] * 100)
    worse = dict.fromkeys(range(200), "related")
    a, b = model(truth, "deepseek"), model({**truth, **worse}, "gemini")
    text = check(comparison_caption(compare_models(study(truth), a, b)), CAPTION_UNITS)
    assert "p < 0.001" in text


@pytest.mark.parametrize(
    ("p_value", "words"),
    [(0.2, "p 0.200"), (0.0001, "p < 0.001"), (0.04996, "p 0.0500"), (0.0504, "p 0.050"), (1.0, "p 1.000")],
)
def test_a_p_is_not_rounded_across_the_level(p_value: float, words: str) -> None:
    assert p_words(p_value) == words or float(p_words(p_value).split()[1]) < 0.05


def test_agreement_names_nobody_but_pseudonyms_and_points_to_adjudicate() -> None:
    found = agreement(simulated(3)[0])
    text = check(agreement_caption(found), CAPTION_UNITS)
    assert re.search(r"Krippendorff's alpha 0\.\d{3} \[", text)
    assert re.search(r"Each against the majority of the others:\nlabeler-01 0\.\d{3} \[", text)
    assert f"They differ on {300 - found.unanimous} items: /adjudicate decides." in text
    assert "labeler-01 and labeler-02 0." in agreement_more(found)
    same = agreement(study(labels([0, 1] * 9), labels([0, 1] * 9)))
    assert "/adjudicate" not in agreement_caption(same)


def test_of_many_labelers_some_are_named_and_the_others_counted() -> None:
    assert "and 10 more labelers" in agreement_caption(agreement(simulated(15)[0]))
    assert "and 5 more, in the metrics file" in report_more(build_report(*simulated(25, 30)))


def test_of_many_labelers_those_are_named_who_labeled_most_and_whom_the_picture_shows() -> None:
    made = simulated(7)[0]
    first = dict(list(made.labels["labeler-01"].items())[:30])
    found = agreement(replace(made, labels={**made.labels, "labeler-01": first}))
    named = re.findall(r"^labeler-\d\d", agreement_caption(found), re.M)
    assert named == [one.pseudonym for one in found.busiest(5)] == [f"labeler-0{k}" for k in range(2, 7)]


def test_the_band_of_a_picture_is_explained_where_there_is_one() -> None:
    told = "The band in the picture"
    assert told in report_more(build_report(*simulated(2)))
    alike = study(labels([1] * 40), labels([1] * 40))
    text = report_more(build_report(alike, model(labels([1] * 39 + [0]))))
    assert "not people at large" in text
    assert told not in text


def test_names_from_outside_are_escaped_and_cut() -> None:
    made, judged = simulated(2, 60)
    odd = replace(made, mode=AWKWARD, guide_versions=tuple(f"{AWKWARD}{k}" for k in range(40)))
    texts = everything(odd, model({**judged.labels, 0: AWKWARD}, AWKWARD))
    assert all("<b>& 🎉" in text for text in texts[:5])


@given(
    st.lists(st.dictionaries(st.integers(0, 39), st.sampled_from(LABELS)), max_size=7),
    st.dictionaries(st.integers(0, 39), st.one_of(st.sampled_from(LABELS), st.text(max_size=200))),
    st.text(max_size=300),
    st.text(max_size=300),
    st.lists(st.text(max_size=80), max_size=4),
    st.booleans(),
)
def test_no_text_is_too_long_or_too_wide_whatever_comes_in(
    people: list[dict[int, str]],
    judged: dict[int, str],
    name: str,
    mode: str,
    guides: list[str],
    odd_names: bool,
) -> None:
    named = {(f"{name}{k}" if odd_names else f"labeler-{k:02}"): rows for k, rows in enumerate(people, 1)}
    made = Study(
        sample(40), mode, named, marked=len(guides), guide_versions=tuple(guides), other_modes={mode: judged}
    )
    everything(made, model(judged, name, unmatched=tuple(r for r in range(40) if r not in judged)))


def test_the_longest_report_there_can_be_still_fits() -> None:
    rows = 1_100
    people = [{r: LABELS[(r * 7 + k) % 2] for r in range(k, rows)} for k in range(14)]
    name, label = "<&>" * 100, "🎉" * 50
    judged = {r: f"{r % 40}{label}" for r in range(rows - 4)}
    odd = replace(
        study(*people, size=rows),
        mode="&" * 300,
        guide_versions=tuple(f"{k}{label}" for k in range(40)),
        marked=rows,
        other_modes={f"{k}{label}": {} for k in range(40)},
    )
    file = model(judged, name, unmatched=(rows - 1, rows - 2), without_key=(rows - 3, rows - 4))
    made = build_report(odd, file)
    caption = check(report_caption(made), CAPTION_UNITS)
    assert units(caption) > 340
    everything(odd, file)
    usable = model({r: LABELS[r % 3 % 2] for r in range(rows)}, name)
    everything(odd, usable)
    check(comparison_caption(compare_models(odd, usable, file)), CAPTION_UNITS)
    check(models_caption(rank_models(odd, [usable] * 12)), CAPTION_UNITS)


@pytest.mark.parametrize(
    ("estimate", "line"),
    [
        (Estimate(0.9, 0.861, 0.929), "kappa 0.900 [0.861, 0.929]"),
        (Estimate(-0.5, -0.9, -0.1), "kappa -0.500 [-0.900, -0.100]"),
        (Estimate(-0.0001), "kappa 0.000"),
        (Estimate(None, reason="why"), "kappa undefined"),
    ],
)
def test_a_figure_is_printed_with_three_decimals(estimate: Estimate, line: str) -> None:
    assert figure("kappa", estimate) == line


@given(st.text())
def test_text_for_the_terminal_gives_back_what_was_escaped_with_usual_spaces(words: str) -> None:
    assert plain(f"<b>{html.escape(words, quote=False)}</b>") == words


def test_agreement_says_how_people_agree_with_themselves_or_why_that_cannot_be_told() -> None:
    def of(repeats: int, agreed: int) -> tuple[str, str]:
        given = (("related", "related"),) * agreed + (("related", "not-related"),) * (repeats - agreed)
        made = replace(study(labels([0, 1] * 9)), repeats=given)
        report = build_report(made, model(labels([0, 1] * 9)))
        return check(agreement_caption(agreement(made)), CAPTION_UNITS), plain(report_more(report))

    for text in of(30, 28):
        assert "Same answer when an item came again unannounced: 28 of 30 [0.787, 0.982]." in text
        assert text.count("In brackets: 95 % intervals.") == 1
    for text in of(9, 8):
        assert (
            "How people agree with themselves cannot be told yet: 9 of the 10 repeated answers that are needed"
            " are there." in text
        )
    never = "How people agree with themselves cannot be told: no item has come twice to anybody."
    assert never in of(0, 0)[1]
    assert never in plain(agreement_more(agreement(study(labels([0, 1] * 9)))))
    assert "themselves" not in of(0, 0)[0]
