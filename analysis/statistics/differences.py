"""How two models differ on the same items: one statistic behind the interval, the p and the claim.

Only the items on which just one of the two models is right count: b where only the first is, c where only the second
is. The interval is Tango's score interval. At the difference 0 its condition reads |b - c| <= z(t) sqrt(b + c), which
is the condition for p >= 0.05, so the interval and the p can never contradict each other. (Exact McNemar beside a
bootstrap interval did so in up to 18 % of simulated studies.)

Source: T. Tango (1998), Equivalence test and confidence interval for the difference in proportions for the
paired-sample design, Statistics in Medicine 17, 891-908.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, erfc, nextafter, sqrt

import numpy as np
import numpy.typing as npt

from analysis.statistics.estimates import NO_ITEMS, Z_95, Estimate, undefined
from analysis.statistics.monitored import Z_AT_ALL_LOOKS, critical_value

Array = npt.NDArray[np.float64]

LEVEL = 0.05
FIVE_POINTS = 0.05
_POWER_FACTOR = 7.85  # (1.96 + 0.84)^2: the 5 % test finds the difference in four of five studies
_TIE = 1e-12  # relative: a z that differs from the bound only by rounding claims nothing
_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Difference:
    """Two models on the items that both label usably.

    Attributes:
        items: The number of items compared.
        only_first: b, the items on which only the first model is right.
        only_second: c, the items on which only the second model is right.
        z: (b - c) / sqrt(b + c), above 0 where the first is right more often; 0 where they never differ.
        difference: The first's accuracy minus the second's, with ends that hold at every look; undefined without items.
        p_value: A p that holds at every look; 1 where the models never differ.
        items_for_5_points: The items in all that a difference of 5 points needs; None where it cannot be that large,
            because the models disagree on too few items, or without items.
    """

    items: int
    only_first: int
    only_second: int
    z: float
    difference: Estimate
    p_value: float
    items_for_5_points: int | None

    @property
    def claimed(self) -> bool:
        """Say whether the models surely differ: p below 0.05, which is when the interval leaves 0 out."""
        return self.p_value < LEVEL

    @property
    def same(self) -> bool:
        """Say whether each model is right exactly where the other is: "no difference at all"."""
        return self.only_first + self.only_second == 0


def difference(only_first: int, only_second: int, items: int, done: float) -> Difference:
    """Compare two models by the items on which just one of them is right.

    Args:
        only_first: b, the items on which only the first model is right.
        only_second: c, the items on which only the second model is right.
        items: The number of items compared, at least b + c.
        done: The share t of the planned items that are labeled, 0 to 1; with 0 nothing is claimed.

    Raises:
        ValueError: If the counts or `done` are impossible.
    """
    b, c = only_first, only_second
    if min(b, c) < 0 or b + c > items:
        raise ValueError(f"{b} and {c} of {items} items: the parts must be at least 0 and fit into the whole")
    if not 0 <= done <= 1:
        raise ValueError(f"share done {done}: must lie between 0 and 1")
    z = (b - c) / sqrt(b + c) if b + c else 0.0
    found = undefined(NO_ITEMS) if items == 0 else Estimate((b - c) / items)
    if items and done:
        table = np.array([[b], [c], [items]], dtype=float)
        lower, upper = tango_interval(table[0], table[1], table[2], critical_value(done))
        found = Estimate(found.value, float(lower[0]), float(upper[0]))
    return Difference(items, b, c, z, found, p_value(b, c, done), items_for_5_points(b, c, items))


def p_value(only_first: int, only_second: int, done: float) -> float:
    """Return 2 Phi(-(1.96 / 2.24) sqrt(t) |z|), a p that may be looked at again and again.

    Args:
        only_first: b, the items on which only the first model is right.
        only_second: c, the items on which only the second model is right.
        done: The share t of the planned items that are labeled, 0 to 1.

    Returns:
        The p, 1 where b + c = 0 or t = 0. It is below 0.05 exactly when the monitored interval leaves 0 out.
    """
    b, c = only_first, only_second
    if b + c == 0 or done == 0:
        return 1.0
    value = erfc(Z_95 / Z_AT_ALL_LOOKS * sqrt(done / 2) * abs(b - c) / sqrt(b + c))
    # Where z meets its bound (33 against 17 at 294 of 300 items), rounding must not decide differently here and there.
    return min(value, nextafter(LEVEL, 0)) if _beyond(b, c, critical_value(done)) else max(value, LEVEL)


def tango_interval(only_first: Array, only_second: Array, items: Array, z: float) -> tuple[Array, Array]:
    """Return the ends of Tango's interval of (b - c) / n.

    The interval holds all D with |b - c - n D| <= z sqrt(n (2 q + D (1 - D))), where q is the most likely share of
    items on which only the second is right, given D. Each end is found by halving.

    Args:
        only_first: b of each table, shape (m,).
        only_second: c of each table, shape (m,).
        items: n of each table, shape (m,), above 0.
        z: The bound: 1.96 for a usual 95 % interval, `critical_value(t)` for one that holds at every look.

    Returns:
        The lower and the upper ends, each of shape (m,), within [-1, 1].
    """
    b, c, n = only_first, only_second, items
    claimed = _beyond(b, c, z)
    upper = _end(b, c, n, z, np.where(claimed & (b < c), 0.0, 1.0))
    lower = -_end(c, b, n, z, np.where(claimed & (c < b), 0.0, 1.0))
    return (
        np.where(claimed, lower, np.minimum(lower, 0.0)),
        np.where(claimed, upper, np.maximum(upper, 0.0)),
    )


def items_for_5_points(only_first: int, only_second: int, items: int) -> int | None:
    """Return how many items in all show a difference of 5 points in four of five studies: 7.85 q / 0.05^2.

    Args:
        only_first: The items on which only the first model is right.
        only_second: The items on which only the second model is right.
        items: The number of items compared.

    Returns:
        The number, with q = (b + c) / n. None without items, and where q < 0.05: models cannot differ by 5 points
        if they disagree on fewer items.
    """
    if items == 0 or 20 * (only_first + only_second) < items:
        return None
    return ceil(_POWER_FACTOR * (only_first + only_second) / items / FIVE_POINTS**2 - 1e-9)


def _beyond(b: Array | int, c: Array | int, z: float) -> npt.NDArray[np.bool_]:
    """Say whether |b - c| > z sqrt(b + c)."""
    return np.asarray((b - c) ** 2 > z**2 * (b + c) * (1 + _TIE))


def _end(b: Array, c: Array, n: Array, z: float, outside: Array) -> Array:
    """Return the end of the interval between the estimate, which lies in it, and `outside`."""
    inside = (b - c) / n
    whole = (np.abs(outside) == 1) & _holds(outside, b, c, n, z)  # b = n: the interval reaches to 1
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        holds = _holds(middle, b, c, n, z)
        inside, outside = np.where(holds, middle, inside), np.where(holds, outside, middle)
    return np.where(whole, 1.0, inside)


def _holds(d: Array, b: Array, c: Array, n: Array, z: float) -> npt.NDArray[np.bool_]:
    """Say whether Tango's interval holds the difference `d`."""
    linear = -b - c + (2 * n - b + c) * d
    q = (np.sqrt(np.maximum(linear**2 + 8 * n * c * d * (1 - d), 0)) - linear) / (4 * n)
    variance = np.maximum(n * (2 * q + d * (1 - d)), 0)
    return np.asarray(np.abs(b - c - n * d) <= z * np.sqrt(variance))
