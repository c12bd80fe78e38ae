"""The figures of one table of four counts, against scikit-learn, published runs and simulation."""

from __future__ import annotations

import warnings
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn import metrics

from analysis.statistics import confusion
from analysis.statistics.confusion import STATISTICS, Confusion, count, figures
from analysis.statistics.estimates import Estimate
from tests.support.studies import labels, vectors

cell = st.one_of(st.just(0), st.integers(0, 400))
tables = st.builds(Confusion, cell, cell, cell, cell)
PUBLISHED = (Confusion(69, 201, 5, 25), Confusion(23, 228, 5, 44))


accuracy, phi, kappa, f1, precision, recall = (
    STATISTICS[name].of for name in ("accuracy", "phi", "kappa", "f1", "precision", "recall")
)


def test_the_published_runs_come_out_as_published() -> None:
    first, second = PUBLISHED
    assert (f"{accuracy(first).value:.3f}", f"{phi(first).value:.3f}") == ("0.900", "0.764")
    assert (f"{accuracy(second).value:.3f}", f"{phi(second).value:.3f}") == ("0.837", "0.461")


def test_cohens_own_definition_gives_kappa_of_a_worked_example() -> None:
    # 20, 5, 10, 15 of 50 applications: p_o = 0.7, p_e = 0.5 (the usual textbook example)
    assert kappa(Confusion(20, 15, 10, 5)).value == pytest.approx(0.4, abs=1e-12)


@given(tables)
def test_every_figure_equals_scikit_learn(table: Confusion) -> None:
    assume(table.n > 0)
    truth, judged = vectors(table)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # scikit-learn warns and guesses where a figure is undefined; we give none
        theirs = (
            (accuracy(table), metrics.accuracy_score(truth, judged)),
            (precision(table), metrics.precision_score(truth, judged)),
            (recall(table), metrics.recall_score(truth, judged)),
            (f1(table), metrics.f1_score(truth, judged)),
            (phi(table), metrics.matthews_corrcoef(truth, judged)),
            (kappa(table), metrics.cohen_kappa_score(truth, judged)),
        )
    margins = (table.tp + table.fn, table.tp + table.fp, table.tn + table.fp, table.tn + table.fn)
    defined = (
        True,
        margins[1] > 0,
        margins[0] > 0,
        margins[0] + margins[1] > 0,
        all(margins),
        table.n not in (table.tp, table.tn),
    )
    for (ours, expected), is_defined in zip(theirs, defined, strict=True):
        assert (ours.value is not None) == is_defined
        assert ours.value is None or ours.value == pytest.approx(expected, abs=1e-9)


@given(tables)
def test_a_figure_has_a_value_or_a_reason_and_its_interval_holds_the_value(table: Confusion) -> None:
    for name, one in figures(table).items():
        lowest = STATISTICS[name].lowest
        assert (one.value is None) == (one.reason is not None)
        assert one.value is None or lowest <= one.value <= 1
        if one.lower is not None and one.upper is not None and one.value is not None:
            assert lowest <= one.lower <= one.value + 1e-12
            assert one.value - 1e-12 <= one.upper <= 1


@given(st.builds(Confusion, *[st.integers(1, 400)] * 4))
def test_a_table_without_an_empty_cell_has_every_figure_with_an_interval(table: Confusion) -> None:
    for one in figures(table).values():
        assert one.value is not None
        assert one.lower is not None
        assert one.upper is not None
        assert one.lower < one.upper


@given(tables)
def test_the_figures_of_many_tables_at_once_are_those_of_each(table: Confusion) -> None:
    cells = np.array([[table.tp, table.tn, table.fp, table.fn], [3, 5, 2, 1]], dtype=float)
    for one in STATISTICS.values():
        first, second = one.values(cells)
        value = one.of(table).value
        assert np.isnan(first) if value is None else first == pytest.approx(value, abs=1e-12)
        assert second == pytest.approx(one.of(Confusion(3, 5, 2, 1)).value, abs=1e-12)


@given(tables)
def test_swapping_the_raters_changes_no_symmetric_figure(table: Confusion) -> None:
    other = Confusion(table.tp, table.tn, table.fn, table.fp)
    for of in (accuracy, phi, kappa, f1):
        assert of(table).value == pytest.approx(of(other).value, abs=1e-12)
    assert precision(table).value == recall(other).value


@given(tables)
def test_data_given_twice_keeps_every_value_and_narrows_wilson(table: Confusion) -> None:
    assume(table.n > 0)
    twice = Confusion(*(2 * getattr(table, f.name) for f in fields(table)))
    for of in (accuracy, precision, recall, phi, kappa, f1):
        assert of(table).value == pytest.approx(of(twice).value, abs=1e-12)
    once, again = accuracy(table), accuracy(twice)
    assert (again.upper or 0) - (again.lower or 0) < (once.upper or 0) - (once.lower or 0)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=40), st.randoms())
def test_the_order_of_the_items_does_not_matter(pairs: list[tuple[bool, bool]], random: object) -> None:
    mixed = random.sample(pairs, len(pairs))  # type: ignore[attr-defined]
    tables_ = [count(labels(a for a, _ in p), labels(b for _, b in p)) for p in (pairs, mixed)]
    assert tables_[0] == tables_[1]
    assert tables_[0].n == len(pairs)
    assert tables_[0].tp == sum(a and b for a, b in pairs)
    assert tables_[0].fp == sum(b and not a for a, b in pairs)


def test_labels_other_than_the_two_and_missing_rows_are_not_counted() -> None:
    truth, judged = labels([1, 1, 0, 0]), {0: "related", 1: "api-error", 3: "related"}
    assert count(truth, judged) == Confusion(1, 0, 1, 0)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (Confusion(0, 50, 0, 10), "the model never says related"),
        (Confusion(50, 0, 10, 0), "the model always says related"),
        (Confusion(0, 50, 10, 0), "the consensus never says related"),
        (Confusion(0, 50, 0, 0), "the consensus and the model never say related"),
        (Confusion(50, 0, 0, 0), "the consensus and the model always say related"),
        (Confusion(0, 0, 50, 0), "the consensus never says related, the model always says related"),
        (Confusion(0, 0, 0, 0), "no items to compare"),
    ],
)
def test_phi_says_which_margin_is_empty(table: Confusion, reason: str) -> None:
    assert phi(table) == Estimate(None, None, None, reason)


def test_kappa_is_undefined_only_when_both_always_say_the_same() -> None:
    assert kappa(Confusion(0, 9, 0, 0), "labeler-01", "labeler-02").reason == (
        "labeler-01 and labeler-02 always say not-related"
    )
    assert kappa(Confusion(9, 0, 0, 0)).reason == "the consensus and the model always say related"
    assert kappa(Confusion(0, 250, 0, 50)).value == 0
    assert kappa(Confusion(0, 0, 0, 0)).reason == "no items to compare"


def test_precision_recall_and_f1_say_why_they_are_undefined() -> None:
    assert precision(Confusion(0, 5, 0, 5)).reason == "the model never says related"
    assert recall(Confusion(0, 5, 5, 0)).reason == "the consensus never says related"
    assert f1(Confusion(0, 5, 0, 0)).reason == "neither the consensus nor the model ever says related"
    nothing = Confusion(0, 0, 0, 0)
    assert {of(nothing).reason for of in (precision, recall, f1, accuracy)} == {"no items to compare"}


@pytest.mark.parametrize("table", [*PUBLISHED, Confusion(5, 40, 3, 2), Confusion(140, 150, 5, 5)])
def test_bootstrap_intervals_equal_a_plain_reference_to_monte_carlo_error(table: Confusion) -> None:
    rng = np.random.default_rng(99)
    share = (np.array([table.tp, table.tn, table.fp, table.fn]) + 0.5) / (table.n + 2)
    drawn = [Confusion(*map(int, cells)) for cells in rng.multinomial(table.n, share, size=4000)]
    for of, plain in ((phi, _phi), (kappa, _kappa), (f1, _f1)):
        values = np.array([plain(one) for one in drawn])
        expected = np.nanpercentile(values, [2.5, 97.5])
        ours = of(table)
        error = 0.2 * np.nanstd(values)  # three standard errors of the percentiles of 2,000 and 4,000 draws
        assert (ours.lower, ours.upper) == pytest.approx(tuple(expected), abs=error)


def test_phi_intervals_cover_the_truth_in_simulated_studies() -> None:
    prevalence, sensitivity, specificity, items = 0.2, 0.8, 0.9, 100
    cells = np.array([
        prevalence * sensitivity,
        (1 - prevalence) * specificity,
        (1 - prevalence) * (1 - specificity),
        prevalence * (1 - sensitivity),
    ])  # fmt: skip
    truth = _phi(Confusion(*cells))
    studies = np.random.default_rng(7).multinomial(items, cells, size=250)
    found = [phi(Confusion(*map(int, one))) for one in studies]
    covered = [
        one.lower <= truth <= one.upper for one in found if one.lower is not None and one.upper is not None
    ]
    assert len(covered) > 245
    assert 0.92 <= np.mean(covered) <= 0.98


def test_the_same_table_always_gives_the_same_interval() -> None:
    table = PUBLISHED[0]
    before = phi(table)
    confusion._draws.cache_clear()
    assert phi(table) == before


def _phi(t: Confusion) -> float:
    below = float((t.tp + t.fp) * (t.tp + t.fn) * (t.tn + t.fp) * (t.tn + t.fn)) ** 0.5
    return (t.tp * t.tn - t.fp * t.fn) / below if below else float("nan")


def _kappa(t: Confusion) -> float:
    seen = (t.tp + t.tn) / t.n
    chance = ((t.tp + t.fp) * (t.tp + t.fn) + (t.tn + t.fp) * (t.tn + t.fn)) / t.n**2
    return (seen - chance) / (1 - chance) if chance < 1 else float("nan")


def _f1(t: Confusion) -> float:
    return 2 * t.tp / (2 * t.tp + t.fp + t.fn) if t.tp + t.fp + t.fn else float("nan")
