"""Two models' difference: Tango's interval against published examples and a plain likelihood, and against its p."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import xlogy
from scipy.stats import norm

from analysis.statistics.differences import (
    difference,
    items_for_5_points,
    p_value,
    tango_interval,
)
from analysis.statistics.estimates import Z_95
from analysis.statistics.monitored import critical_value

ALL_TABLES = np.array(
    [(b, c, n) for n in range(1, 61) for b in range(n + 1) for c in range(n - b + 1)], dtype=float
).T


def ends(b: int, c: int, n: int, z: float = Z_95) -> tuple[float, float]:
    lower, upper = tango_interval(*np.array([[b], [c], [n]], dtype=float), z)
    return float(lower[0]), float(upper[0])


def test_tango_equals_published_examples() -> None:
    # Fagerland, Lydersen, Laake (2014), Statistics in Medicine 33, 2850-2875: children's airways before and after
    assert ends(1, 7, 21) == pytest.approx((-0.517, -0.026), abs=0.0005)
    # R's PropCIs 0.3-0, scoreci.mp(20, 60, 1000) and, at 90 %, scoreci.mp(25, 28, 618); it gives (c - b) / n
    assert ends(60, 20, 1000) == pytest.approx((0.0231, 0.0584), abs=0.00005)
    assert ends(28, 25, 618, norm.ppf(0.95)) == pytest.approx((-0.0148, 0.0247), abs=0.00005)


def likely_variance(b: int, c: int, n: int, d: float) -> float:
    """n times the variance of the difference where the likelihood of the table is highest, given the difference d."""

    def loss(q: float) -> float:
        return -float(xlogy(b, q + d) + xlogy(c, q) + xlogy(n - b - c, 1 - 2 * q - d))

    low, high = max(0.0, -d), (1 - d) / 2
    q = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-12}).x
    return n * (2 * q + d - d * d)


@given(st.data())
def test_at_each_end_the_difference_is_z_standard_errors_off_by_the_likelihood(data: st.DataObject) -> None:
    n = data.draw(st.integers(5, 300))
    b = data.draw(st.integers(1, n // 2))
    c = data.draw(st.integers(1, n // 2))
    z = critical_value(data.draw(st.floats(0.1, 1)))
    for end in ends(b, c, n, z):
        off = abs(b - c - n * end) / np.sqrt(likely_variance(b, c, n, end))
        assert off == pytest.approx(z, rel=1e-4)


@pytest.mark.parametrize("done", [1.0, 0.98, 0.6, 0.25, 0.1])
def test_p_is_below_five_percent_exactly_when_the_interval_leaves_0_out(done: float) -> None:
    b, c, n = ALL_TABLES
    lower, upper = tango_interval(b, c, n, critical_value(done))
    left_out = (lower > 0) | (upper < 0)
    p = np.array([p_value(int(b), int(c), done) for b, c in zip(b, c, strict=True)])
    assert left_out.any()
    assert not left_out.all()
    assert np.array_equal(p < 0.05, left_out)
    assert ((lower >= -1) & (lower <= (b - c) / n) & ((b - c) / n <= upper) & (upper <= 1)).all()


def test_where_z_meets_its_bound_nothing_is_claimed_whatever_the_rounding() -> None:
    for b, c in ((33, 17), (17, 33)):  # |z| = 16 / sqrt(50) = 2.24 / sqrt(294 / 300)
        found = difference(b, c, 294, 294 / 300)
        assert abs(found.z) == pytest.approx(critical_value(294 / 300), abs=1e-12)
        assert found.p_value >= 0.05
        assert not found.claimed
        assert found.difference.lower is not None
        assert found.difference.upper is not None
        assert found.difference.lower <= 0 <= found.difference.upper


@pytest.mark.parametrize(("b", "c", "n"), [(20, 8, 300), (0, 3, 12), (0, 0, 40), (10, 0, 10), (5, 5, 10)])
def test_the_interval_holds_just_the_differences_that_the_definition_holds(b: int, c: int, n: int) -> None:
    z = critical_value(0.7)
    lower, upper = ends(b, c, n, z)
    grid = np.linspace(-1, 1, 4001)[1:-1]
    linear = -b - c + (2 * n - b + c) * grid
    q = (np.sqrt(linear**2 - 4 * 2 * n * -c * grid * (1 - grid)) - linear) / (4 * n)
    holds = np.abs(b - c - n * grid) <= z * np.sqrt(np.maximum(n * (2 * q + grid * (1 - grid)), 0)) + 1e-9
    inside = (lower <= grid) & (grid <= upper)
    assert np.abs(holds.astype(int) - inside).sum() <= 2  # the grid's points next to an end


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 60), st.floats(0.05, 1))
def test_swapping_the_models_mirrors_everything(b: int, c: int, both: int, done: float) -> None:
    n = b + c + both
    one, other = difference(b, c, n, done), difference(c, b, n, done)
    assert (one.z, one.p_value, one.items_for_5_points) == (-other.z, other.p_value, other.items_for_5_points)
    if n:
        assert one.difference.lower is not None
        assert one.difference.lower == pytest.approx(-other.difference.upper, abs=1e-12)


def test_the_p_is_that_of_the_monitored_bound() -> None:
    found = difference(40, 18, 300, 0.5)
    assert found.z == pytest.approx(22 / 58**0.5)
    assert found.p_value == pytest.approx(2 * norm.cdf(-1.959964 / 2.24 * 0.5**0.5 * found.z), abs=1e-7)


def test_models_that_never_differ_have_p_1_and_an_interval_around_0() -> None:
    found = difference(0, 0, 300, 1.0)
    assert found.same
    assert (found.z, found.p_value, found.claimed) == (0.0, 1.0, False)
    bound = 2.24**2 / (300 + 2.24**2)  # n D <= z^2 (1 - D)
    assert (found.difference.lower, found.difference.upper) == pytest.approx((-bound, bound), abs=1e-9)


def test_without_items_or_before_the_first_label_nothing_is_claimed() -> None:
    found = difference(0, 0, 0, 0.0)
    assert (found.difference.value, found.difference.reason) == (None, "no items to compare")
    assert (found.p_value, found.items_for_5_points) == (1.0, None)
    early = difference(30, 0, 60, 0.0)
    assert (early.difference.value, early.difference.lower, early.claimed) == (0.5, None, False)


@pytest.mark.parametrize(("b", "c", "n", "done"), [(-1, 0, 5, 1.0), (3, 3, 5, 1.0), (1, 1, 5, 1.5)])
def test_impossible_counts_are_refused(b: int, c: int, n: int, done: float) -> None:
    with pytest.raises(ValueError, match=r"must|parts"):
        difference(b, c, n, done)


def test_five_points_need_785_q_over_a_square_and_are_impossible_below_5_percent_apart() -> None:
    assert items_for_5_points(20, 10, 300) == 314  # 7.85 * 0.1 / 0.0025
    assert items_for_5_points(8, 7, 300) == 157  # q = 0.05, the least
    assert items_for_5_points(8, 6, 300) is None
    assert items_for_5_points(0, 0, 0) is None
