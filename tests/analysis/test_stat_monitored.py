"""Claims that hold at every look: the bound, the wider interval, and what it allows to say."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from analysis.statistics.estimates import Estimate, undefined
from analysis.statistics.monitored import (
    Standing,
    Verdict,
    critical_value,
    items_that_would_do,
    monitored,
    share_done,
    standing,
    verdict,
)


def test_a_random_walk_leaves_the_bound_at_any_look_in_five_percent() -> None:
    # reflection principle, and the first terms of its series: P(sup |W| > a) = 2 P(|W(1)| > a) - ...
    assert 2 * 2 * norm.sf(2.24) - 4 * norm.sf(3 * 2.24) == pytest.approx(0.05, abs=0.0003)
    steps = np.random.default_rng(7).standard_normal((20_000, 300), dtype=np.float32)
    z = steps.cumsum(axis=1) / np.sqrt(np.arange(1, 301))
    bounds = np.array([critical_value(share_done(n, 300)) for n in range(1, 301)])
    assert 0.035 < (np.abs(z) > bounds).any(axis=1).mean() < 0.054
    assert (np.abs(z) > 1.96)[:, 9::10].any(axis=1).mean() > 0.2  # what a usual test does at 30 looks


def test_a_plan_that_doubles_after_looks_makes_eight_false_claims_in_a_hundred() -> None:
    # as the reports say behind More
    steps = np.random.default_rng(7).standard_normal((20_000, 600), dtype=np.float32)
    z = steps.cumsum(axis=1) / np.sqrt(np.arange(1, 601))
    bounds = [critical_value(share_done(n, 300 if n <= 300 else 600)) for n in range(1, 601)]
    assert 0.06 < (np.abs(z) > np.array(bounds)).any(axis=1).mean() < 0.085


def test_the_share_done_is_at_most_1() -> None:
    assert (share_done(0, 300), share_done(75, 300), share_done(400, 300)) == (0.0, 0.25, 1.0)
    assert share_done(0, 0) == 0.0


def test_the_bound_is_224_at_the_end_and_undefined_before_the_first_label() -> None:
    assert critical_value(1.0) == 2.24
    assert critical_value(0.25) == 4.48
    for done in (0.0, 1.2):
        with pytest.raises(ValueError, match="above 0"):
            critical_value(done)


def test_each_end_moves_away_from_the_estimate_by_the_ratio_of_the_bounds() -> None:
    found = monitored(Estimate(0.1, 0.0, 0.3), 0.25)
    ratio = 4.48 / 1.959964
    assert found.value == 0.1
    assert found.lower == pytest.approx(0.1 - ratio * 0.1, abs=1e-6)
    assert found.upper == pytest.approx(0.1 + ratio * 0.2, abs=1e-6)


def test_the_ends_are_cut_at_minus_2_and_2() -> None:
    assert monitored(Estimate(0.5, -0.5, 1.4), 1 / 300) == Estimate(0.5, -2.0, 2.0)


def test_nothing_becomes_of_no_interval() -> None:
    assert monitored(undefined("all agree"), 0.5) == undefined("all agree")
    assert monitored(Estimate(0.2), 0.5) == Estimate(0.2)
    assert monitored(Estimate(0.2, 0.1, 0.3), 0.0) == Estimate(0.2)


@pytest.mark.parametrize(
    ("lower", "upper", "expected"),
    [
        (-0.09, 0.09, Standing.AS_WELL),
        (-0.1, 0.1, Standing.AS_WELL),
        (0.01, 0.09, Standing.AS_WELL),  # surely different, and surely by little
        (-0.2, -0.01, Standing.LESS),
        (-0.2, -0.1, Standing.LESS),
        (-0.3, -0.11, Standing.CLEARLY_LESS),
        (0.01, 0.2, Standing.BETTER),
        (0.11, 0.3, Standing.CLEARLY_BETTER),
        (-0.2, 0.05, Standing.OPEN),
        (-0.05, 0.2, Standing.OPEN),
        (0.0, 0.2, Standing.OPEN),
    ],
)
def test_the_claim_follows_from_where_the_interval_lies(
    lower: float, upper: float, expected: Standing
) -> None:
    assert standing(Estimate((lower + upper) / 2, lower, upper), 50) is expected
    assert standing(Estimate((lower + upper) / 2, lower, upper), 49) is Standing.OPEN


def test_without_an_interval_nothing_is_claimed() -> None:
    assert standing(Estimate(0.0), 300) is Standing.OPEN
    assert verdict(undefined("all agree"), 300, 300) == Verdict(
        Standing.OPEN, undefined("all agree"), 300, 50
    )


def test_the_verdict_rests_on_the_wider_interval() -> None:
    usual = Estimate(-0.1, -0.19, -0.01)
    assert standing(usual, 150) is Standing.LESS
    found = verdict(usual, 150, 300)
    assert found.standing is Standing.OPEN
    assert found.difference == monitored(usual, 0.5)
    assert found.items_that_would_do == items_that_would_do(usual, 150, 300)


def test_a_claim_needs_no_further_items() -> None:
    assert verdict(Estimate(0.0, -0.05, 0.05), 300, 300) == Verdict(
        Standing.AS_WELL, monitored(Estimate(0.0, -0.05, 0.05), 1.0), 300, None
    )


@given(
    st.floats(-0.5, 0.5),
    st.floats(0.01, 0.6),
    st.floats(0.01, 0.6),
    st.integers(1, 600),
    st.integers(20, 600),
)
def test_as_many_items_as_would_do_do_whatever_the_difference_is(
    value: float, below: float, above: float, items: int, sample_size: int
) -> None:
    needed = items_that_would_do(Estimate(value, value - below, value + above), items, sample_size)
    shrink = sqrt(items / needed)
    for later in (-0.3, -0.07, -0.05, 0.0, 0.02, 0.05, 0.1, value):
        then = Estimate(later, later - below * shrink, later + above * shrink)
        found = verdict(then, needed, sample_size)
        wide = found.difference
        assert wide.lower is not None
        assert wide.upper is not None
        assert wide.upper - wide.lower <= 0.1 + 1e-9
        touches = min(abs(wide.lower), abs(wide.upper)) < 1e-9  # an end just at 0 claims nothing
        assert found.standing is not Standing.OPEN or touches


def test_half_as_many_would_not_do() -> None:
    usual = Estimate(0.0, -0.2, 0.2)
    needed = items_that_would_do(usual, 300, 300)
    shrink = sqrt(300 / (needed / 2))
    assert verdict(Estimate(0.05, 0.05 - 0.2 * shrink, 0.05 + 0.2 * shrink), needed // 2, 300).standing is (
        Standing.OPEN
    )
