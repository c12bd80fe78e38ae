"""What `/focus` says that a set costs and brings."""

from __future__ import annotations

import pytest

from analysis.statistics.focus_gain import Gain
from bot.views.focus import Offer, proposal
from tests.support.studies import focus_set, model


def lines(gains: dict[str, Gain], *, people: int = 2, pace: float | None = None) -> list[str]:
    """Return the lines of an offer of ten items."""
    drawn = focus_set({"related": (5, 4), "not-related": (5, 1)}).drawn
    offer = Offer([model({}).file], drawn, 10, gains, people, pace, [], None, None)
    return proposal(offer, 1).text.splitlines()


def test_what_hardly_changes_has_one_number() -> None:
    gains = {"precision": Gain(0.14, 0.101), "recall": Gain(0.085, 0.078), "phi": Gain(0.06, 0.05)}
    assert (
        "<b>It brings:</b> 10 labels narrow precision from ±14 to about ±10 points, phi from ±6 to about ±5."
        " They hardly change recall (±8 points)."
    ) in lines(gains)


@pytest.mark.parametrize(
    ("gains", "told"),
    [
        (
            {"precision": Gain(0.05, 0.048), "recall": Gain(0.08, 0.08)},
            "10 labels hardly change precision (±5 points) and recall (±8 points).",
        ),
        ({"difference": Gain(0.135, 0.13)}, "10 labels hardly change the difference (±14 points)."),
        ({"phi": Gain(0.054, 0.046)}, "10 labels hardly change phi (±5 points)."),
    ],
)
def test_a_set_that_narrows_nothing_by_a_tenth_is_said_to_bring_little(
    gains: dict[str, Gain], told: str
) -> None:
    assert f"<b>It brings little:</b> {told}" in lines(gains)


def test_what_the_sample_tells_nothing_of_is_unknown_so_far() -> None:
    gains = {"precision": Gain(None, 0.15), "recall": Gain(None, None)}
    assert "<b>It brings:</b> 10 labels narrow precision from unknown to about ±15 points." in lines(gains)
    unknown = "<b>It brings:</b> that cannot be told yet, because too little of the sample is labeled."
    assert unknown in lines({"recall": Gain(None, None)})


@pytest.mark.parametrize(
    ("people", "pace", "told"),
    [
        (0, None, "10 labels; nobody has finished the sample yet, and it waits."),
        (1, None, "10 labels for the one person who finished the sample."),
        (3, 6.0, "10 labels, about 1 min, for each of the 3 people who finished the sample."),
    ],
)
def test_what_it_costs_whom(people: int, pace: float | None, told: str) -> None:
    assert f"<b>It costs</b> {told}" in lines({}, people=people, pace=pace)
