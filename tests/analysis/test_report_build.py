"""A whole report: what it counts, what it leaves out, and what it says when there is little to say."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from analysis.records import LABELS, NOT_RELATED, RELATED, ModelLabels, Study
from analysis.statistics.confusion import Confusion
from analysis.statistics.estimates import Estimate
from analysis.statistics.fingerprint import changed_parts
from analysis.statistics.report import Report, build_report
from tests.support.studies import from_table, labels, model, sample, simulated, study

any_label = st.sampled_from([*LABELS, "api-error", "no-description", "", "<b>"])
people_labels = st.lists(st.dictionaries(st.integers(0, 19), st.sampled_from(LABELS)), max_size=5)


def estimates(report: Report) -> dict[str, Estimate]:
    """All estimates of a report, those of labelers and the ceiling included."""
    found = {**report.figures, "accuracy_se": report.accuracy_se}
    for one in report.labelers:
        found |= {f"{one.pseudonym} {name}": figure for name, figure in one.figures.items()}
    if report.ceiling:
        for side in (report.ceiling.people, report.ceiling.model):
            found |= {f"{id(side)} {name}": figure for name, figure in side.items()}
        found |= {"alpha": report.ceiling.alpha, "difference": report.ceiling.difference}
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
    assert (one.truth, one.ceiling, one.table) == ("labeler-01", None, Confusion(2, 0, 1, 0))
    made = study(labels([1, 0, 1, 1]), labels([1, 0, 0, 1]), labels([0, 0, 1, None]))
    three = build_report(made, model(labels([1, 1, 1, 0])))
    assert (three.truth, three.table) == ("the consensus", Confusion(2, 0, 1, 1))
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
    for one in report.labelers:
        own = made.labels[one.pseudonym]
        rows = sorted(own)
        assert (one.labels, one.table.n) == (len(own), len(own))
        expected = metrics.cohen_kappa_score([own[r] for r in rows], [judged.labels[r] for r in rows])
        assert one.figures["kappa"].value == pytest.approx(expected, abs=1e-9)


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
@settings(max_examples=80)
def test_every_labeled_item_is_accounted_for_once(
    people: list[dict[int, str]], judged: dict[int, str], decisions: dict[int, str]
) -> None:
    decided = {row: label for row, label in decisions.items() if label in LABELS}
    absent = [row for row in range(20) if row not in judged]
    file = model(judged, unmatched=tuple(absent[::2]), without_key=tuple(absent[1::2]))
    named = {f"labeler-{k}": given_ for k, given_ in enumerate(people)}
    report = build_report(Study(sample(20), "x", named, decided), file)
    left_out = sum(report.dropped.values()) + report.unmatched + report.without_key + report.ties
    assert report.labeled == report.table.n + left_out
    assert report.labeled == len({row for given_ in people for row in given_} | decided.keys())
    assert report.table.n == len(report.rows)
    for name, one in estimates(report).items():
        assert (one.value is None) == (one.reason is not None), name
        assert "nan" not in f"{one.value} {one.lower} {one.upper}", name


def test_a_decision_by_an_admin_is_the_truth_and_is_counted() -> None:
    report = build_report(
        study(labels([1, 1]), labels([1, 0]), adjudicated={1: NOT_RELATED}), model(labels([1, 0]))
    )
    assert (report.ties, report.adjudicated, report.table) == (0, 1, Confusion(1, 1, 0, 0))
    tied = build_report(study(labels([1, 1]), labels([1, 0])), model(labels([1, 0])))
    assert (tied.ties, tied.adjudicated, tied.table) == (1, 0, Confusion(1, 0, 0, 0))


def test_answers_changed_after_a_review_are_counted_and_can_be_left_out() -> None:
    made = study(labels([1, 0, 1]), after_review={"labeler-01": frozenset({2})})
    with_them, without = (
        build_report(made, model(labels([1, 0, 1])), leave_out_reviewed=x) for x in (False, True)
    )
    assert (with_them.reviewed, with_them.reviewed_left_out, with_them.table.n) == (1, False, 3)
    assert (without.reviewed, without.reviewed_left_out, without.table.n) == (1, True, 2)
    assert changed_parts(with_them.fingerprint, without.fingerprint) == ("the labels",)


def test_the_key_of_a_row_is_that_of_the_join() -> None:
    made = study(labels([1, 0]))
    assert [row.key for row in build_report(made, model(labels([1, 0]))).rows] == [1000, 1007]
    by_id = build_report(made, model(labels([1, 0]), join_key="feature_id"))
    assert [row.key for row in by_id.rows] == ["f-0", "f-1"]


VERDICTS = [
    (study(size=5), model(labels([1, 0])), "Nothing is labeled yet, so there is nothing to compare."),
    (
        study(labels([1, 0])),
        model({0: "api-error", 1: "api-error"}),
        "There is no item on which deepseek-v3-0324 and the people can be compared.",
    ),
    (
        study(labels([1, 0])),
        model(labels([1, 1])),
        "deepseek-v3-0324 says the same as the labeler on 1 of 2 items. "
        "How well people agree with each other cannot be told before two have labeled.",
    ),
    (
        study(labels([1, 0]), labels([None, None, 1])),
        model(labels([1, 1, 0])),
        "No item has labels of two people, so how well people agree with each other cannot be told yet.",
    ),
    (
        study(labels([0] * 60), labels([0] * 60)),
        model(labels([0] * 60)),
        "People all agree and use one label only, so how the model stands to them cannot be told.",
    ),
    (
        study(labels([0, 1]), labels([0, 1])),
        model(labels([0, 1])),
        "Whether deepseek-v3-0324 agrees with people as well as people agree with each other cannot be told yet. "
        "Only 2 items have labels of two people, 50 are needed.",
    ),
    (
        *simulated(2, 100, seed=3),
        "Whether deepseek-v3-0324 agrees with people as well as people agree with each other cannot be told yet.",
    ),
    (
        *simulated(5, 300, model_right=0.8),
        "deepseek-v3-0324 agrees with people clearly less than people agree with each other.",
    ),
    (
        *simulated(5, 300, right=0.85, model_right=0.99),
        "deepseek-v3-0324 agrees with people clearly better than people agree with each other.",
    ),
    (
        *simulated(5, 1000, right=0.95, model_right=0.95),
        "deepseek-v3-0324 agrees with people about as well as people agree with each other.",
    ),
]


@pytest.mark.parametrize(("made", "judged", "sentence"), VERDICTS)
def test_the_verdict_is_one_plain_sentence(made: Study, judged: ModelLabels, sentence: str) -> None:
    assert build_report(made, judged).verdict == sentence


def test_a_long_name_is_cut_in_the_verdict() -> None:
    made, judged = from_table(3, 3, 1, 1)
    long = replace(judged, file=replace(judged.file, name="x" * 500))
    assert build_report(made, long).verdict.startswith("x" * 39 + "… says the same")


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
