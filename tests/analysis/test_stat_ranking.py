"""Several models in order: rank sets, and groups that cannot be told apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.statistics.differences import LEVEL, difference
from analysis.statistics.ranking import Ranking, rank


def apart(found: Ranking, one: int, other: int) -> bool:
    return found.p_values[min(one, other), max(one, other)] < LEVEL


def wrong_on(*ranges: range, items: int = 300) -> np.ndarray:
    table = np.ones((len(ranges), items), dtype=bool)
    for row, places in zip(table, ranges, strict=True):
        row[list(places)] = False
    return table


def test_two_alike_models_before_a_worse_one() -> None:
    found = rank(wrong_on(range(100, 200), range(20), range(18, 40)), 1.0)
    assert [(m.position, m.right, m.rank_lower, m.rank_upper) for m in found.models] == [
        (1, 280, 1, 2),
        (2, 278, 1, 2),
        (0, 200, 3, 3),
    ]
    assert found.bands == ((0, 1),)
    assert apart(found, 0, 1)
    assert apart(found, 2, 0)
    assert not apart(found, 2, 1)


def test_models_that_differ_on_few_items_are_told_apart_sooner_than_further_ones() -> None:
    # 0 and 1 differ on 12 items only, all in favour of 0; 2 is worse than both, but by other items
    found = rank(wrong_on(range(30), range(42), range(100, 144)), 1.0)
    assert [m.position for m in found.models] == [0, 1, 2]
    assert apart(found, 0, 1)
    assert not apart(found, 0, 2)
    assert found.bands == ((0, 2), (1, 2))
    assert [(m.rank_lower, m.rank_upper) for m in found.models] == [(1, 2), (2, 3), (1, 3)]


def test_the_p_of_a_pair_is_the_monitored_one_times_the_pairs() -> None:
    table = wrong_on(range(30), range(20, 30), range(300))
    found = rank(table, 0.8)
    alone = {(0, 1): difference(0, 20, 300, 0.8).p_value, (0, 2): difference(270, 0, 300, 0.8).p_value}
    assert found.p_values[0, 1] == pytest.approx(alone[0, 1])  # the largest of three p is multiplied by 1
    assert found.p_values[0, 2] == pytest.approx(2 * alone[0, 2])  # the second largest by 2
    assert set(found.p_values) == {(0, 1), (0, 2), (1, 2)}


def test_equal_models_share_all_ranks_and_keep_their_order() -> None:
    found = rank(np.ones((4, 50), dtype=bool), 1.0)
    assert [(m.position, m.rank_lower, m.rank_upper) for m in found.models] == [(k, 1, 4) for k in range(4)]
    assert found.bands == ((0, 1, 2, 3),)


@pytest.mark.parametrize("models", [0, 1])
def test_with_fewer_than_two_models_there_is_nothing_to_tell_apart(models: int) -> None:
    found = rank(np.ones((models, 10), dtype=bool), 1.0)
    assert (len(found.models), found.p_values, found.bands) == (models, {}, ())


def test_before_the_first_label_nobody_is_ranked() -> None:
    found = rank(np.zeros((3, 0), dtype=bool), 0.0)
    assert [(m.rank_lower, m.rank_upper) for m in found.models] == [(1, 3)] * 3


@given(st.integers(2, 7), st.integers(0, 10**6))
def test_each_group_is_alike_and_as_large_as_can_be_and_none_is_lacking(models: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    right = rng.random((models, 120)) < rng.choice([0.5, 0.7, 0.8, 0.95], (models, 1))
    found = rank(right, 1.0)
    alike = {pair for pair in found.p_values if not apart(found, *pair)}
    bands = [[found.models[place].position for place in band] for band in found.bands]
    assert {(min(a, b), max(a, b)) for band in bands for a in band for b in band if a != b} == alike
    for band in bands:
        others = set(range(models)) - set(band)
        assert not [x for x in others if all((min(x, y), max(x, y)) in alike for y in band)]
    for model in found.models:
        assert 1 <= model.rank_lower <= model.rank_upper <= models
