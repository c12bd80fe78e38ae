"""Claims that hold however often somebody looks.

Reports come every day, and people stop labeling when they like what they see. A 95 % test that is looked at 30
times makes a false claim in far more than 5 % of studies. So a claim ("A is better", "about as well as people") is
made on an interval that covers the truth at all looks together. While labels come in, the z of a difference moves
like a random walk; with t the share of the planned items that are labeled, sqrt(t) z is close to Brownian motion W
on [0, 1]. By the reflection principle P(sup |W| > 2.24) = 5 %, so the bound on |z| is 2.24 / sqrt(t): wide at
first, and little wider than the usual 1.96 once all planned items are labeled. A plan that grows after a look costs
a little: from 300 to 600 items, 7.9 % of studies make a false claim. The reports say that the sample grew.

Figures that describe (accuracy, phi, kappa) keep their usual 95 % interval; they claim nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import ceil, sqrt

from analysis.statistics.estimates import Z_95, Estimate

Z_AT_ALL_LOOKS = 2.24
"""P(sup |W(t)| > 2.24 for t in [0, 1]) = 0.05 for Brownian motion W."""
MARGIN = 0.1
"""Kappas that differ by less than this are called about the same."""
FEWEST_ITEMS = 50
"""With fewer items that two people and the model label, nothing is claimed about how the model stands to people."""
LARGEST_DIFFERENCE = 2.0
"""Two kappas lie in [-1, 1], so they differ by at most this much."""


class Standing(StrEnum):
    """How a model's agreement with people stands to the agreement of people with each other."""

    AS_WELL = "about as well"
    LESS = "less"
    CLEARLY_LESS = "clearly less"
    BETTER = "better"
    CLEARLY_BETTER = "clearly better"
    OPEN = "cannot be told yet"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be claimed about the difference of the model's kappa to the people's.

    Attributes:
        standing: The claim.
        difference: The model's kappa minus the people's, with the monitored ends on which the claim rests.
        items: The number of items behind it.
        items_that_would_do: About how many items in all would allow a claim; None where a claim is made already.
    """

    standing: Standing
    difference: Estimate
    items: int
    items_that_would_do: int | None


def share_done(items: int, sample_size: int) -> float:
    """Return t, the share of the planned items that are labeled, at most 1.

    Args:
        items: The number of items that a claim rests on.
        sample_size: The number of items that the study plans to label; with 0 the share is 0.
    """
    return min(1.0, items / sample_size) if sample_size else 0.0


def critical_value(done: float) -> float:
    """Return 2.24 / sqrt(t), the bound that |z| stays below at all looks with a probability of 95 %.

    Args:
        done: The share t of the planned items that are labeled, above 0 and at most 1.

    Raises:
        ValueError: If `done` lies outside (0, 1].
    """
    if not 0 < done <= 1:
        raise ValueError(f"share done {done}: must be above 0 and at most 1")
    return Z_AT_ALL_LOOKS / sqrt(done)


def monitored(estimate: Estimate, done: float) -> Estimate:
    """Widen a usual 95 % interval of a difference of two kappas to one that holds at every look.

    With d the difference and r = z(t) / 1.96, the interval [l, u] becomes [d - r (d - l), d + r (u - d)], cut at
    -2 and 2.

    Args:
        estimate: The difference with its usual 95 % interval.
        done: The share t of the planned items that are labeled, 0 to 1.

    Returns:
        The same value with the wider ends. The ends are None if the estimate has none, or if t is 0.
    """
    value, lower, upper = estimate.value, estimate.lower, estimate.upper
    if value is None:
        return estimate
    if lower is None or upper is None or done == 0:
        return Estimate(value)
    ratio = critical_value(done) / Z_95
    return Estimate(
        value,
        max(-LARGEST_DIFFERENCE, value - ratio * (value - lower)),
        min(LARGEST_DIFFERENCE, value + ratio * (upper - value)),
    )


def standing(difference: Estimate, items: int) -> Standing:
    """Return the claim that a monitored interval allows.

    Args:
        difference: The model's kappa minus the people's, with monitored ends.
        items: The number of items behind it; below 50 nothing is claimed.
    """
    lower, upper = difference.lower, difference.upper
    if lower is None or upper is None or items < FEWEST_ITEMS:
        return Standing.OPEN
    if lower >= -MARGIN and upper <= MARGIN:
        return Standing.AS_WELL
    if upper < 0:
        return Standing.CLEARLY_LESS if upper < -MARGIN else Standing.LESS
    if lower > 0:
        return Standing.CLEARLY_BETTER if lower > MARGIN else Standing.BETTER
    return Standing.OPEN


def verdict(difference: Estimate, items: int, sample_size: int) -> Verdict:
    """Return how the model stands to the people, and how many items would tell where that is open.

    Args:
        difference: The model's kappa minus the people's, with its usual 95 % interval.
        items: The number of items that two or more people and the model label.
        sample_size: The number of items that the study plans to label.
    """
    wide = monitored(difference, share_done(items, sample_size))
    found = standing(wide, items)
    needed = items_that_would_do(difference, items, sample_size) if found is Standing.OPEN else None
    return Verdict(found, wide, items, needed)


def items_that_would_do(difference: Estimate, items: int, sample_size: int) -> int:
    """Return about how many items in all allow a claim, whatever the difference turns out to be.

    A monitored interval that is at most 0.1 wide always allows one: it lies within -0.1 and 0.1, or it leaves 0 out.
    The width is taken to fall with the square root of the number of items. The difference found so far is not used,
    because a number that supposes it to be the true one is wrong just where the truth is near 0.

    Args:
        difference: The difference with its usual 95 % interval.
        items: The number of items behind it.
        sample_size: The number of items that the study plans to label.

    Returns:
        A number of items, at least 50; just 50 where there is no interval to go by.
    """
    if difference.lower is None or difference.upper is None or items == 0:
        return FEWEST_ITEMS
    relative = Z_AT_ALL_LOOKS / Z_95 * (difference.upper - difference.lower) / MARGIN
    # Below the planned size more items narrow the interval twice: by themselves, and because t grows.
    needed = relative * sqrt(items * sample_size)
    if needed > sample_size:
        needed = max(sample_size, items * relative**2)
    return max(FEWEST_ITEMS, ceil(needed))
