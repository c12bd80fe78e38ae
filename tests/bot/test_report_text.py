"""What the reports say in the chat and on the terminal."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.names import units
from analysis.records import LABELS, NOT_RELATED, ModelLabels, Study
from analysis.statistics.agreement import agreement
from analysis.statistics.compare import compare_models
from analysis.statistics.estimates import Estimate
from analysis.statistics.report import build_report
from bot.views.report_lines import figure
from bot.views.report_text import (
    CAPTION_UNITS,
    MESSAGE_UNITS,
    agreement_caption,
    comparison_caption,
    plain,
    report_caption,
    report_more,
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
    """The text, after checking what holds for every report."""
    read = Reader(markup)
    assert read.text == plain(markup)
    assert units(read.text) <= limit
    assert "\x00" not in read.text
    assert "\u202e" not in read.text
    for block in read.blocks:
        assert all(0 < len(line) <= 30 for line in block.split("\n")), block
        assert not NO_FIGURE.search(block)
    return read.text


def everything(made: Study, judged: ModelLabels) -> list[str]:
    """All texts about a study and a model, each checked."""
    report = build_report(made, judged)
    return [
        check(report_caption(report), CAPTION_UNITS),
        check(report_more(report, [judged.file.name, "b.csv"]), MESSAGE_UNITS),
        check(comparison_caption(compare_models(made, judged, judged)), CAPTION_UNITS),
        check(agreement_caption(agreement(made)), CAPTION_UNITS),
    ]


def test_the_caption_of_the_published_run_reads_like_this() -> None:
    assert plain(report_caption(build_report(*from_table(69, 201, 5, 25)))) == (
        "deepseek-v3-0324 · formatting\n"
        "samples   300 of 300 labeled\n"
        "                95 % interval\n"
        "accuracy  0.900 [0.861, 0.929]\n"
        "phi       0.764 [0.675, 0.832]\n"
        "kappa     0.753 [0.660, 0.826]\n"
        "related   0.313 of the samples\n"
        "tp 69        fp 5\n"
        "fn 25        tn 201\n"
        "deepseek-v3-0324 says the same as the labeler on 270 of 300 items. "
        "How well people agree with each other cannot be told before two have labeled."
    )


def test_the_second_published_run_prints_as_published() -> None:
    text = plain(report_caption(build_report(*from_table(23, 228, 5, 44))))
    assert "accuracy  0.837 [" in text
    assert "phi       0.461 [" in text
    assert "0.021 of accuracy" in plain(report_more(build_report(*from_table(23, 228, 5, 44))))


@pytest.mark.parametrize("people", [2, 3, 5])
def test_a_models_kappa_never_stands_without_the_peoples_when_two_or_more_labeled(people: int) -> None:
    report = build_report(*simulated(people))
    assert report.ceiling is not None
    text = plain(report_caption(report))
    assert f"kappa, pair by pair:\n model    {report.ceiling.model['kappa'].value:.3f} [" in text
    assert f"\n people   {report.ceiling.people['kappa'].value:.3f} [" in text
    more = plain(report_more(report))
    assert (
        f"kappa {report.ceiling.people['kappa'].value:>15.3f} {report.ceiling.model['kappa'].value:>8.3f}"
        in more
    )
    assert f"On 300 items labeled by two or more, {people * (people - 1) // 2} pair" in more


def test_prevalence_stands_beside_kappa() -> None:
    text = plain(report_caption(build_report(*from_table(2, 90, 3, 5))))
    assert re.search(r"kappa +0\.\d{3} .*\nrelated   0\.070 of the samples", text)


def test_undefined_is_said_in_words_with_the_reason() -> None:
    text = plain(report_caption(build_report(*from_table(0, 250, 0, 50))))
    assert "\nphi       undefined\n" in text
    assert "phi undefined: the model never says related." in text
    more = plain(report_more(build_report(*from_table(0, 250, 0, 50))))
    assert "precision undefined: the model never says related." in more


def test_what_was_left_out_is_said_with_the_reason() -> None:
    truth = labels([1, 0] * 10)
    given_ = {**truth, 0: "api-error", 1: "api-error", 2: "no-description", 3: "x<y", 4: "z", 5: "z"}
    del given_[10], given_[11]
    second = {**truth, 12: NOT_RELATED}
    report = build_report(study(truth, second), model(given_, unmatched=(10,), without_key=(11,)))
    assert (
        "Left out: 6 without a usable model label (2 api-error, 2 z, 2 others), 1 not in the model's file, "
        "1 without an index or id and 1 tie." in plain(report_caption(report))
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
            "2 without a usable model label (2 api-error).",
        ),
        (*simulated(1), "cannot be told before two have labeled."),
        (study(labels([0] * 60), labels([0] * 60)), model(labels([0] * 60)), "People all agree"),
        (
            study(labels([1, 0]), labels([None, None, 1])),
            model(labels([1, 1, 0])),
            "No item has labels of two people",
        ),
        (*from_table(0, 9, 0, 3), "phi undefined: the model never says related."),
        (*from_table(9, 0, 0, 0), "phi and kappa undefined: labeler-01 and the model always say related."),
        (*simulated(2), "kappa, pair by pair:"),
        (*simulated(5, 1000), "agrees with people about as well as people agree with each other."),
    ],
    ids=["nothing", "errors", "one", "unanimous", "apart", "never related", "one class", "two", "five"],
)
def test_every_sparse_case_has_sensible_words(made: Study, judged: ModelLabels, words: str) -> None:
    texts = everything(made, judged)
    assert words in texts[0]
    assert not any(NO_FIGURE.search(text) for text in texts)


def test_more_gives_each_labeler_the_files_the_fingerprint_and_what_is_odd_about_the_answers() -> None:
    made, judged = simulated(2, 60)
    odd = replace(
        made,
        guide_versions=("v1", "v2"),
        after_review={"labeler-02": frozenset({3})},
        adjudicated={0: "related"},
    )
    report = build_report(odd, judged)
    text = check(report_more(report, ["a_metrics.json", "a_merged.csv"]), MESSAGE_UNITS)
    assert re.search(r"labeler-02: 60 labels, accuracy 0\.\d{3}, kappa 0\.\d{3}", text)
    assert "1 item decided by an admin." in text
    assert "1 answer given after seeing a model's label: counted." in text
    assert "Labels were given under 2 versions of the guide: v1 and v2." in text
    assert "Files:\na_metrics.json\na_merged.csv\n" in text
    assert text.endswith(f"Fingerprint {report.fingerprint}")
    without = plain(report_caption(build_report(odd, judged, leave_out_reviewed=True)))
    assert "1 answer given after seeing a model's label: left out." in without


def test_a_comparison_says_what_it_can_tell() -> None:
    truth = labels([0] * 300)
    a = model({**truth, **dict.fromkeys(range(12), "related")}, "deepseek")
    b = model({**truth, **dict.fromkeys(range(20, 40), "related"), 299: "api-error"}, "gemini")
    text = check(comparison_caption(compare_models(study(truth), a, b)), CAPTION_UNITS)
    assert text.startswith("A: deepseek · B: gemini · formatting\nsamples   299\n")
    assert re.search(r"\n A - B    0\.027 \[-0\.0\d\d,0\.0\d\d\]\n", text)
    assert "only A right  20\nonly B right  12\n" in text
    assert "McNemar       p = 0.215\n" in text
    assert "Left out: 1 item without a usable label of both (B: 1 api-error).\n" in text
    assert "These labels cannot tell them apart (p = 0.215); about 930 more labels would." in text


def test_agreement_names_nobody_but_pseudonyms_and_gives_pairs_alpha_and_rates() -> None:
    text = check(agreement_caption(agreement(simulated(3)[0])), CAPTION_UNITS)
    assert re.search(r"alpha     0\.\d{3} \[", text)
    assert re.search(r" 01-02    0\.\d{3} \[", text)
    assert re.search(r"\nlabeler-03      0\.\d{3}    0\.\d{3}\n", text)
    assert re.search(r"All say the same on \d+ of 300 items that two or more labeled\.", text)


def test_many_labelers_are_cut_to_the_lowest_and_highest_pairs() -> None:
    text = check(agreement_caption(agreement(simulated(15)[0])), CAPTION_UNITS)
    lowest, highest = text.index("kappa, lowest pairs:"), text.index("kappa, highest pairs:")
    assert lowest < highest
    assert "And 7 more labelers." in text
    assert "and 5 more, in the metrics file" in report_more(build_report(*simulated(25, 30)))


def test_names_from_outside_are_escaped_and_cut() -> None:
    made, judged = simulated(2, 60)
    odd = replace(made, mode=AWKWARD, guide_versions=tuple(f"{AWKWARD}{k}" for k in range(40)))
    texts = everything(odd, model({**judged.labels, 0: AWKWARD}, AWKWARD))
    assert all("<b>& 🎉" in text for text in texts[:3])


@given(
    st.lists(st.dictionaries(st.integers(0, 39), st.sampled_from(LABELS)), max_size=7),
    st.dictionaries(st.integers(0, 39), st.one_of(st.sampled_from(LABELS), st.text(max_size=200))),
    st.text(max_size=300),
    st.text(max_size=300),
    st.lists(st.text(max_size=80), max_size=4),
    st.booleans(),
)
@settings(
    max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None
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
    reviewed = {who: frozenset(rows) for who, rows in named.items()}
    made = Study(sample(40), mode, named, {}, reviewed, tuple(guides))
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
        after_review={"labeler-01": frozenset(range(rows))},
    )
    file = model(judged, name, unmatched=(rows - 1, rows - 2), without_key=(rows - 3, rows - 4))
    made = build_report(odd, file)
    caption = check(report_caption(made), CAPTION_UNITS)
    assert units(caption) > 600
    check(report_more(made, [name] * 9), MESSAGE_UNITS)
    check(comparison_caption(compare_models(odd, file, file)), CAPTION_UNITS)
    check(agreement_caption(agreement(odd)), CAPTION_UNITS)
    usable = model({r: LABELS[r % 3 % 2] for r in range(rows)}, name)
    check(report_caption(build_report(odd, usable)), CAPTION_UNITS)
    check(comparison_caption(compare_models(odd, usable, file)), CAPTION_UNITS)


@pytest.mark.parametrize(
    ("estimate", "line"),
    [
        (Estimate(0.9, 0.861, 0.929), "kappa     0.900 [0.861, 0.929]"),
        (Estimate(0.012, -0.1, 0.2), "kappa     0.012 [-0.100,0.200]"),
        (Estimate(-0.05, -0.1, 0.2), "kappa    -0.050 [-0.100,0.200]"),
        (Estimate(-0.5, -0.9, -0.1), "kappa   -0.500 [-0.900,-0.100]"),
        (Estimate(-0.0001), "kappa     0.000"),
        (Estimate(None, reason="why"), "kappa     undefined"),
    ],
)
def test_a_line_of_the_table_is_at_most_thirty_wide(estimate: Estimate, line: str) -> None:
    assert figure("kappa", estimate) == line
    assert len(line) <= 30


@given(st.text())
def test_text_for_the_terminal_gives_back_what_was_escaped(words: str) -> None:
    assert plain(f"<b>{html.escape(words, quote=False)}</b>") == words
