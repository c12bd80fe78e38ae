"""Proportions and their intervals, against scipy and statsmodels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from analysis.statistics.estimates import DRAWS, Estimate, from_draws, proportion, standard_error, undefined

parts = st.integers(1, 5_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(parts)
def test_wilson_intervals_equal_those_of_scipy_and_statsmodels(part: tuple[int, int]) -> None:
    k, n = part
    ours = proportion(k, n)
    theirs = binomtest(k, n).proportion_ci(method="wilson")
    assert ours.value == k / n
    assert (ours.lower, ours.upper) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert (ours.lower, ours.upper) == pytest.approx(proportion_confint(k, n, method="wilson"), abs=1e-9)


@given(parts, st.floats(0, 1))
def test_a_success_that_counts_in_part_lies_between_none_and_a_whole_one(
    part: tuple[int, int], more: float
) -> None:
    k, n = part
    fewer, between, whole = proportion(k, n + 1), proportion(k + more, n + 1), proportion(k + 1, n + 1)
    for name in ("value", "lower", "upper"):
        ends = (getattr(fewer, name), getattr(between, name), getattr(whole, name))
        assert ends[0] - 1e-9 <= ends[1] <= ends[2] + 1e-9
    assert between.lower is not None
    assert between.upper is not None
    assert between.lower <= (k + more) / (n + 1) <= between.upper


def test_the_orientation_figures_of_the_statistics_page_come_out() -> None:
    accuracy, recall = proportion(255, 300), proportion(36, 45)
    assert (round(accuracy.lower or 0, 3), round(accuracy.upper or 0, 3)) == (0.805, 0.886)
    assert (round(recall.lower or 0, 2), round(recall.upper or 0, 2)) == (0.66, 0.89)


def test_a_part_of_nothing_is_undefined_for_the_reason_given() -> None:
    assert proportion(0, 0, "nobody is there") == Estimate(None, None, None, "nobody is there")


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5), (1, 0)])
def test_a_part_larger_than_the_whole_is_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match=f"{k} of {n}: the part must lie between 0 and the whole"):
        proportion(k, n)


def test_the_standard_error_is_that_of_a_proportion() -> None:
    assert standard_error(proportion(251, 300), 300).value == pytest.approx(
        math.sqrt(251 * 49 / 300**3), abs=1e-12
    )
    assert standard_error(undefined("why"), 0) == undefined("why")


def test_percentiles_leave_undefined_draws_out() -> None:
    draws = np.concatenate([np.linspace(0, 1, 1001), np.full(500, np.nan)])
    assert from_draws(0.4, draws) == Estimate(0.4, pytest.approx(0.025), pytest.approx(0.975))


@pytest.mark.parametrize("draws", [np.full(10, np.nan), np.full(10, 0.5), np.array([])])
def test_draws_that_say_nothing_give_no_interval(draws: np.ndarray) -> None:
    assert from_draws(0.5, draws) == Estimate(0.5)


def test_bootstraps_draw_at_least_twenty_thousand_times() -> None:
    assert DRAWS >= 20_000
