"""A whole report: what it counts, what it leaves out, and what it says when there is little to say."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from analysis.records import LABELS, NOT_RELATED, RELATED, ModelLabels, Study
from analysis.statistics.confusion import Confusion
from analysis.statistics.estimates import Estimate
from analysis.statistics.fingerprint import changed_parts
from analysis.statistics.monitored import Standing
from analysis.statistics.report import Report, build_report
from tests.support.studies import from_table, labels, model, sample, simulated, study

any_label = st.sampled_from([*LABELS, "api-error", "no-description", "", "<b>"])
people_labels = st.lists(st.dictionaries(st.integers(0, 19), st.sampled_from(LABELS)), max_size=5)


def estimates(report: Report) -> dict[str, Estimate]:
    """All estimates of a report, those of people beside the model included."""
    found = {**report.figures, "accuracy_se": report.accuracy_se}
    if report.ceiling:
        top = report.ceiling
        found |= {"people": top.kappas.people, "model": top.kappas.model, "alpha": top.alpha}
        found |= {"difference": top.kappas.difference, "monitored": top.verdict.difference}
    return found


@pytest.mark.parametrize(
    ("table", "accuracy", "error", "correlation"),
    [((69, 201, 5, 25), "0.900", "0.017", "0.764"), ((23, 228, 5, 44), "0.837", "0.021", "0.461")],
)
def test_the_published_runs_come_out_as_published(
    table: tuple[int, int, int, int], accuracy: str, error: str, correlation: str
) -> None:
    report = build_report(*from_table(*table))
    assert report.table == Confusion(*table)
    found = (report.figures["accuracy"].value, report.accuracy_se.value, report.figures["phi"].value)
    assert [f"{value:.3f}" for value in found] == [accuracy, error, correlation]


def test_with_one_labeler_the_truth_is_that_labelers_and_with_several_the_consensus() -> None:
    one = build_report(study(labels([1, 0, 1])), model(labels([1, 1, 1])))
    assert (one.ceiling, one.table) == (None, Confusion(2, 0, 1, 0))
    assert one.figures["phi"].reason == "the model always says related"
    made = study(labels([1, 0, 1, 1]), labels([1, 0, 0, 1]), labels([0, 0, 1, None]))
    three = build_report(made, model(labels([1, 1, 1, 0])))
    assert three.table == Confusion(2, 0, 1, 1)
    assert three.ceiling is not None


def test_every_figure_of_a_consensus_equals_scikit_learn() -> None:
    report = build_report(*simulated(3, answered=0.8))
    truth = [row.label_human for row in report.rows]
    judged = [row.label_model for row in report.rows]
    assert len(truth) == report.table.n > 200
    for ours, theirs in (
        (report.figures["accuracy"], metrics.accuracy_score(truth, judged)),
        (report.figures["precision"], metrics.precision_score(truth, judged, pos_label=RELATED)),
        (report.figures["recall"], metrics.recall_score(truth, judged, pos_label=RELATED)),
        (report.figures["f1"], metrics.f1_score(truth, judged, pos_label=RELATED)),
        (report.figures["phi"], metrics.matthews_corrcoef(truth, judged)),
        (report.figures["kappa"], metrics.cohen_kappa_score(truth, judged)),
        (report.figures["human_positive_rate"], truth.count(RELATED) / len(truth)),
        (report.figures["model_positive_rate"], judged.count(RELATED) / len(judged)),
    ):
        assert ours.value == pytest.approx(theirs, abs=1e-9)


def test_each_labeler_is_compared_on_all_items_of_their_own() -> None:
    made, judged = simulated(3, answered=0.7)
    report = build_report(made, judged)
    assert report.ceiling is not None
    for one in report.labelers:
        own = made.labels[one.pseudonym]
        rows = sorted(own)
        assert one.labels == len(own)
        expected = metrics.cohen_kappa_score([own[r] for r in rows], [judged.labels[r] for r in rows])
        assert one.kappa == pytest.approx(expected, abs=1e-9)
        assert one.accuracy == pytest.approx(sum(own[r] == judged.labels[r] for r in rows) / len(rows))


def test_people_and_model_stand_on_the_pooled_kappas_of_the_statistics_page_worked_by_hand() -> None:
    # Items with labels of two and a usable one of the model: y = 2, 1, 0, 0 of t = 2; a = 1, 1, 0, 1; p = 3 / 8.
    people = labels([1, 1, 0, 0, 1, None]), labels([1, 0, 0, 0, 1, 1])
    report = build_report(study(*people), model({**labels([1, 1, 0, 1]), 4: "api-error", 5: RELATED}))
    assert report.ceiling is not None
    found = report.ceiling.kappas
    assert found.items == 4
    assert found.people.value == pytest.approx(1 - 2 / (2 * 15 / 64 * 8), abs=1e-12)
    # The model against each label: tp 3, fp 3, fn 0, tn 2.
    assert found.model.value == pytest.approx(metrics.cohen_kappa_score([1] * 3 + [0] * 5, [1] * 6 + [0] * 2))
    assert found.difference.value == pytest.approx(found.model.value - found.people.value, abs=1e-12)


def test_what_is_left_out_is_counted_by_name_the_commonest_first() -> None:
    truth = labels([1, 0, 1, 0, 1, 0, 1, 0, 1])
    given_ = {**truth, 0: "b-error", 1: "a-error", 2: "c-error", 3: "c-error"}
    del given_[4], given_[5], given_[6]
    report = build_report(study(truth), model(given_, unmatched=(4, 5), without_key=(6,)))
    assert list(report.dropped.items()) == [("c-error", 2), ("a-error", 1), ("b-error", 1)]
    assert (report.unmatched, report.without_key, report.table.n, report.labeled) == (2, 1, 2, 9)


def test_items_nobody_labeled_are_neither_unmatched_nor_dropped() -> None:
    report = build_report(
        study(labels([1, 0]), size=9),
        model({0: RELATED, 1: NOT_RELATED, 5: "x"}, unmatched=(7, 8), without_key=(6,)),
    )
    assert (report.unmatched, report.without_key, report.dropped, report.labeled) == (0, 0, {}, 2)


@given(
    people_labels,
    st.dictionaries(st.integers(0, 19), any_label),
    st.dictionaries(st.integers(0, 19), any_label),
)
def test_every_labeled_item_is_accounted_for_once(
    people: list[dict[int, str]], judged: dict[int, str], decisions: dict[int, str]
) -> None:
    decided = {row: label for row, label in decisions.items() if label in LABELS}
    absent = [row for row in range(20) if row not in judged]
    file = model(
        judged,
        unmatched=tuple(absent[::3]),
        without_key=tuple(absent[1::3]),
        other_description=tuple(absent[2::3]),
    )
    named = {f"labeler-{k}": given_ for k, given_ in enumerate(people)}
    report = build_report(Study(sample(20), "x", named, decided), file)
    left_out = sum(report.dropped.values()) + report.unmatched + report.without_key
    left_out += report.other_description + len(report.consensus.ties)
    assert report.labeled == report.table.n + left_out
    assert report.labeled == len({row for given_ in people for row in given_} | decided.keys())
    assert report.table.n == len(report.rows)
    assert report.other_description == len(set(absent[2::3]) & report.consensus.labels.keys())
    for name, one in estimates(report).items():
        assert (one.value is None) == (one.reason is not None), name
        assert "nan" not in f"{one.value} {one.lower} {one.upper}", name


def test_a_decision_by_an_admin_is_the_truth_and_is_counted() -> None:
    report = build_report(
        study(labels([1, 1]), labels([1, 0]), adjudicated={1: NOT_RELATED}), model(labels([1, 0]))
    )
    assert (report.consensus.ties, report.consensus.adjudicated, report.table) == (
        (),
        (1,),
        Confusion(1, 1, 0, 0),
    )
    tied = build_report(study(labels([1, 1]), labels([1, 0])), model(labels([1, 0])))
    assert (tied.consensus.ties, tied.consensus.adjudicated, tied.table) == ((1,), (), Confusion(1, 0, 0, 0))


def test_marked_answers_are_counted_as_such_and_change_no_figure() -> None:
    blind, marked = labels([1, 0, 1]), labels([1, 0, 0])
    made = study(blind, labels_with_reviewed={"labeler-01": marked}, marked=1)
    judged = model(labels([1, 0, 0]))
    report, plainly = build_report(made, judged), build_report(study(blind), judged)
    assert (report.marked, report.with_reviewed) == (1, False)
    assert replace(report, marked=0) == plainly
    other = build_report(made.counting_reviewed(), judged)
    assert (other.marked, other.with_reviewed, other.table) == (1, True, Confusion(1, 2, 0, 0))
    assert changed_parts(other.fingerprint, report.fingerprint) == ("the labels",)


def test_bounds_say_what_the_left_out_items_could_do_to_the_accuracy() -> None:
    # STATISTICS: 40 of 300 unusable, 0.988 printed, 0.857 if they were all wrong
    truth = labels([1, 0] * 150)
    judged = {
        **truth,
        **dict.fromkeys(range(40), "api-error"),
        40: NOT_RELATED,
        42: NOT_RELATED,
        44: NOT_RELATED,
    }
    report = build_report(study(truth), model(judged))
    assert round(report.figures["accuracy"].value or 0, 3) == 0.988
    assert round(report.if_left_out_wrong or 0, 3) == 0.857
    assert report.if_left_out_right == pytest.approx(297 / 300)
    tied = build_report(study(labels([1, 1, 0, 0]), labels([1, 0, 1, 0])), model(labels([1, 1, 1, 1])))
    assert (tied.if_left_out_wrong, tied.if_left_out_right) == (0.25, 0.75)
    nothing = build_report(study(size=5), model({}))
    assert (nothing.if_left_out_wrong, nothing.if_left_out_right) == (None, None)


def test_errors_of_the_model_are_held_against_what_people_say_in_the_other_mode() -> None:
    made = study(labels([0, 0, 0, 1, 1, 1]), other_modes={"alignment": labels([1, 0, None, 0, 1, 1])})
    report = build_report(made, model(labels([1, 1, 1, 0, 0, 1])))
    assert report.other_modes == {"alignment": (1, 2, 1, 2)}


def test_repeats_are_pooled_over_people() -> None:
    made = study(labels([1, 0]), repeats=((RELATED, RELATED),) * 28 + ((RELATED, NOT_RELATED),) * 2)
    found = build_report(made, model(labels([1, 0]))).self_agreement
    assert found is not None
    assert (found.agreed, found.repeats) == (28, 30)
    assert (round(found.share.lower or 0, 2), round(found.share.upper or 0, 2)) == (0.79, 0.98)
    assert build_report(study(labels([1, 0])), model(labels([1, 0]))).self_agreement is None


def test_the_share_of_all_features_weighs_the_strata_of_the_whole_file_worked_by_hand() -> None:
    # Labeled: 30 the model calls related (24 are), 60 not-related (6 are), 10 unusable (5 are); of 1,000 features
    # the model calls 200 related and 700 not-related.
    truth = labels([1] * 24 + [0] * 6 + [1] * 6 + [0] * 54 + [1] * 5 + [0] * 5)
    judged = {**labels([1] * 30 + [0] * 60), **dict.fromkeys(range(90, 100), "api-error")}
    made = replace(study(truth), sample=sample(100, 1000))
    found = build_report(made, model(judged, related_features=200, not_related_features=700)).prevalence
    assert found is not None
    assert found.estimate.value == pytest.approx(0.2 * 0.8 + 0.7 * 0.1 + 0.1 * 0.5, abs=1e-12)
    assert (found.population, found.people_alone.value, found.model_alone) == (1000, 0.35, 0.2)
    assert build_report(made, model(judged)).prevalence is None
    for related, not_related in ((0, 0), (20, 700), (200, 900)):  # by another key, or of a larger base file
        other = model(judged, related_features=related, not_related_features=not_related)
        assert build_report(made, other).prevalence is None


def test_the_key_of_a_row_is_that_of_the_join() -> None:
    made = study(labels([1, 0]))
    assert [row.key for row in build_report(made, model(labels([1, 0]))).rows] == [1000, 1007]
    by_id = build_report(made, model(labels([1, 0]), join_key="feature_id"))
    assert [row.key for row in by_id.rows] == ["f-0", "f-1"]


OPEN = "; whether people agree as well with each other cannot be told yet."
VERDICTS = [
    (study(size=5), model(labels([1, 0])), "Nothing is labeled yet, so there is nothing to compare.", ""),
    (
        study(labels([1, 0])),
        model({0: "api-error", 1: "api-error"}),
        "There is no item on which the model and the people can be compared.",
        "",
    ),
    (
        study(labels([1, 0])),
        model(labels([1, 1])),
        "Agrees on 1 of 2 items (50 %).",
        "How well people agree with each other cannot be told before two have labeled.",
    ),
    (
        study(labels([1, 0]), labels([None, None, 1])),
        model(labels([1, 1, 0])),
        "Agrees on 1 of 3 items (33 %).",
        "No item that the model labels has labels of two people yet.",
    ),
    (
        study(labels([0] * 60), labels([0] * 60)),
        model(labels([0] * 60)),
        "Agrees on 60 of 60 items (100 %).",
        "People all say the same, so how the model stands to them cannot be told.",
    ),
    (
        study(labels([0, 1]), labels([0, 1])),
        model(labels([0, 1])),
        f"Agrees on 2 of 2 items (100 %){OPEN}",
        "Two people labeled 2 of these items; 50 are needed.",
    ),
    (
        *simulated(5, 300, model_right=0.6),
        "Agrees on 173 of 300 items (58 %), clearly less than people agree with each other.",
        "",
    ),
    (
        *simulated(5, 300, right=0.75, model_right=0.99),
        "Agrees on 262 of 300 items (87 %), clearly better than people agree with each other.",
        "",
    ),
    (
        *simulated(5, 1000, right=0.95, model_right=0.95),
        "Agrees on 949 of 1000 items (95 %), about as well as people agree with each other.",
        "",
    ),
]


@pytest.mark.parametrize(("made", "judged", "headline", "detail"), VERDICTS)
def test_the_verdict_is_one_plain_sentence(
    made: Study, judged: ModelLabels, headline: str, detail: str
) -> None:
    report = build_report(made, judged)
    assert (report.headline, report.detail) == (headline, detail)


def test_what_cannot_be_told_yet_says_about_how_many_items_would_do() -> None:
    report = build_report(*simulated(2, 100, seed=3))
    assert report.headline.endswith(OPEN)
    assert re.fullmatch(r"About [\d,]+ items labeled by two people would tell\.", report.detail)


def test_not_all_and_not_none_are_never_rounded_to_all_or_none() -> None:
    assert build_report(*from_table(500, 499, 0, 1)).headline == "Agrees on 999 of 1000 items (99 %)."
    assert build_report(*from_table(1, 0, 999, 0)).headline == "Agrees on 1 of 1000 items (1 %)."


@pytest.mark.parametrize(("people", "answered"), [(2, 1.0), (3, 1.0), (12, 0.15)])
def test_a_model_as_good_as_people_is_rarely_called_better_or_worse(people: int, answered: float) -> None:
    claims = 0
    for seed in range(8):
        made, judged = simulated(people, 300, answered=answered, seed=seed)
        report = build_report(made, judged)
        assert report.ceiling is not None
        claims += report.ceiling.verdict.standing not in (Standing.OPEN, Standing.AS_WELL)
    assert claims <= 1  # 5 % of 8, and its error; `make soak` tries hundreds


def test_the_order_in_which_labelers_and_rows_come_does_not_matter() -> None:
    made, judged = simulated(3, 60)
    turned = {who: dict(reversed(given_.items())) for who, given_ in reversed(made.labels.items())}
    other = replace(judged, labels=dict(reversed(judged.labels.items())))
    assert build_report(replace(made, labels=turned), other) == build_report(made, judged)


def test_what_the_bots_own_process_imports_holds_nothing_heavy() -> None:
    code = """
import sys
import bot.run, bot.jobs.report_tasks, bot.jobs.exports, bot.views.report_lines, analysis.output.answers
heavy = {"numpy", "scipy", "statsmodels", "pandas", "krippendorff", "matplotlib"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]"]
