"""What further labels would bring, said before anybody gives them.

The items of a focus set are expected to turn out as those of the sample did, stratum by stratum; the intervals that the
sample and the set would then give together are compared with those of the sample alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from analysis.statistics.estimates import Estimate
from analysis.statistics.focus import LabeledStratum, focus_difference, focus_figures


@dataclass(frozen=True, slots=True)
class Gain:
    """Half the width of a figure's 95 % interval, by the sample alone and as expected with the set.

    Attributes:
        now: None where the sample tells nothing of the figure yet.
        then: None where the set would not, either.
    """

    now: float | None
    then: float | None


def gain_for_one(
    related: LabeledStratum, not_related: LabeledStratum, more_related: int, more_not_related: int
) -> dict[str, Gain]:
    """Return what a focus set for one model brings to its precision, recall and phi.

    Args:
        related: The features that the model calls related, with the labeled items of the sample.
        not_related: The features that it calls not-related, likewise.
        more_related, more_not_related: How many items of each the set has.

    Returns:
        The gain by figure. Where the sample tells nothing of a figure, its gain is told for precision alone, at its
        widest: recall and phi depend on how many features are related, and nothing is known of that then.
    """
    now = focus_figures(related, not_related)
    then = focus_figures(_expected(related, more_related), _expected(not_related, more_not_related))
    gains = {
        name: Gain(half_width(getattr(now, name)), half_width(getattr(then, name)))
        for name in ("precision", "recall", "phi")
    }
    return {
        name: Gain(None, None) if gain.now is None and name != "precision" else gain
        for name, gain in gains.items()
    }


def gain_for_two(apart: int, population: int, only_first: int, items: int, more: int) -> Gain:
    """Return what a focus set for two models brings to their difference.

    Args:
        apart, population, only_first, items: As `focus_difference` takes them, of the sample alone.
        more: How many items the set has.
    """
    first = round(only_first + more * _share(only_first, items))
    return Gain(
        half_width(focus_difference(apart, population, only_first, items)),
        half_width(focus_difference(apart, population, first, items + more)),
    )


def half_width(estimate: Estimate) -> float | None:
    """Return half the width of an interval, None where there is none."""
    if estimate.lower is None or estimate.upper is None:
        return None
    return (estimate.upper - estimate.lower) / 2


def _expected(stratum: LabeledStratum, more: int) -> LabeledStratum:
    related = round(stratum.related + more * _share(stratum.related, stratum.items))
    return replace(stratum, items=stratum.items + more, related=related)


def _share(related: int, items: int) -> float:
    """Return the share that is expected of further items; half of them when nothing is known."""
    return (related + 0.5) / (items + 1)
