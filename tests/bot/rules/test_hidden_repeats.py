"""Repeats come late, spread out, as many as are wanted, and the same after a restart."""

from __future__ import annotations

import statistics

import pytest

from bot.rules.hidden_repeats import FROM_LABELS, chosen, due

SEEDS = [f"42 1 alignment {labeler}" for labeler in range(200)]


def come_after(wanted: int, size: int, seed: str, *, blocked_until: int = 0) -> list[int]:
    """The numbers of labels after which an item comes again to somebody who answers each.

    blocked_until: no item is old enough before so many labels.
    """
    places: list[int] = []
    for labeled in range(1, size + 1):
        if len(places) < due(wanted, labeled, size, seed) and labeled >= blocked_until:
            places.append(labeled)
    return places


@pytest.mark.parametrize(("wanted", "size"), [(30, 300), (1, 101), (3, 110), (199, 300)])
def test_as_many_come_as_are_wanted_after_a_hundred_labels_and_none_after_the_last(
    wanted: int, size: int
) -> None:
    for seed in SEEDS:
        places = come_after(wanted, size, seed)
        assert len(places) == wanted
        assert FROM_LABELS <= places[0] <= places[-1] < size


def test_more_than_there_is_room_for_come_once_after_each_label() -> None:
    assert come_after(500, 104, SEEDS[0]) == [100, 101, 102, 103]
    assert come_after(5, 100, SEEDS[0]) == []


def test_none_is_wanted_none_comes() -> None:
    assert all(due(0, labeled, 300, SEEDS[0]) == 0 for labeled in range(301))


def test_they_lie_evenly_over_all_that_is_left() -> None:
    """Each tenth of the 200 places gets a tenth of the 30, give or take what chance does in 200 people."""
    tenths = [0] * 10
    for seed in SEEDS:
        for place in come_after(30, 300, seed):
            tenths[(place - 100) // 20] += 1
    expected = 30 * len(SEEDS) / 10
    assert all(abs(count - expected) < 4.5 * expected**0.5 for count in tenths)
    gaps = [
        b - a
        for seed in SEEDS
        for a, b in zip(*[come_after(30, 300, seed)[i:] for i in (0, 1)], strict=False)
    ]
    assert 6 < statistics.mean(gaps) < 7


def test_what_could_not_come_because_no_item_was_old_enough_comes_later_spread_out() -> None:
    for seed in SEEDS:
        places = come_after(30, 300, seed, blocked_until=180)
        assert len(places) == 30
        assert places[0] >= 180
        assert places[15] > 210, "they do not all come at once"


def test_people_get_other_items_at_other_places_and_each_the_same_again() -> None:
    rows = range(100)
    assert len({tuple(come_after(30, 300, seed)) for seed in SEEDS}) == len(SEEDS)
    picks = [chosen(rows, seed) for seed in SEEDS]
    assert len(set(picks)) > 70
    assert picks == [chosen(rows, seed) for seed in SEEDS]
    assert chosen([], SEEDS[0]) is None


def test_an_item_that_becomes_old_enough_meanwhile_seldom_takes_the_place_of_the_chosen_one() -> None:
    for seed in SEEDS:
        first = chosen(range(100), seed)
        assert chosen([row for row in range(100) if row != first], seed) != first
        assert chosen(range(101), seed) in (first, 100)
