"""Pooled kappas and alpha, against other libraries, worked examples and a bootstrap written out place by place."""

from __future__ import annotations

import time
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from krippendorff import alpha as their_alpha
from scipy.stats import multinomial
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa

from analysis.statistics.estimates import Estimate
from analysis.statistics.pooled import PooledKappas, alpha, pooled_kappas

KRIPPENDORFF_2011 = np.array([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]])
"""Section A of his Computing Krippendorff's alpha-reliability: two observers, ten articles, alpha 0.095."""


def made(items: int, people: int, answered: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Ratings, shape (items, people), nan where missing, and a model's labels."""
    rng = np.random.default_rng(seed)
    truth = rng.random(items) < 0.25
    said = truth[:, None] ^ (rng.random((items, people)) < 0.1)
    ratings = np.where(rng.random((items, people)) < answered, said.astype(float), np.nan)
    return ratings, (truth ^ (rng.random(items) < 0.1)).astype(int)


def pooled(ratings: np.ndarray, model: np.ndarray, resamples: int = 200) -> PooledKappas:
    people = (~np.isnan(ratings)).sum(axis=1)
    return pooled_kappas(np.nansum(ratings, axis=1), people, model, resamples=resamples)


def slow_kappas(rows: list[list[float]], model: list[int]) -> tuple[float, float]:
    """By counting: each two people on an item once; each label of a person beside the model's."""
    labels = [label for row in rows for label in row]
    share = sum(labels) / len(labels)
    # an item with t labels has t (t - 1) / 2 pairs and the weight of its t labels
    observed = sum(
        len(row) * sum(a != b for a, b in combinations(row, 2)) / (len(row) * (len(row) - 1) / 2)
        for row in rows
    ) / len(labels)
    models = [a for row, a in zip(rows, model, strict=True) for _ in row]
    return 1 - observed / (2 * share * (1 - share)), float(cohen_kappa_score(labels, models))


@given(st.integers(2, 40), st.integers(2, 6), st.floats(0.4, 1), st.integers(0, 10**6))
def test_both_kappas_equal_those_counted_pair_by_pair(
    items: int, people: int, answered: float, seed: int
) -> None:
    ratings, model = made(items, people, answered, seed)
    rows = [[label for label in row if not np.isnan(label)] for row in ratings]
    shared = [place for place, row in enumerate(rows) if len(row) >= 2]
    found = pooled(ratings, model, resamples=2)
    assert found.items == len(shared)
    said = {label for place in shared for label in rows[place]}
    if len(said) == 2:
        slow = slow_kappas([rows[place] for place in shared], [int(model[place]) for place in shared])
        assert (found.people.value, found.model.value) == pytest.approx(slow, abs=1e-12)
        assert found.difference.value == pytest.approx(slow[1] - slow[0], abs=1e-12)
    else:
        assert found.people.value is None
        assert found.difference.value is None


def test_with_the_same_people_on_all_items_it_is_fleiss_kappa_of_statsmodels() -> None:
    ratings, model = made(200, 5, 1.0)
    table = np.stack([(ratings == 0).sum(axis=1), (ratings == 1).sum(axis=1)], axis=1)
    assert pooled(ratings, model).people.value == pytest.approx(fleiss_kappa(table), abs=1e-12)


def test_two_labelers_by_hand() -> None:
    # 50 items: both yes 20, only the first 5, only the second 10, none 15. p = 55 / 100; 15 of 50 differ:
    # 1 - (15 / 50) / (2 * 0.55 * 0.45) = 0.3939. A model that repeats the first: 1 right with the first always, ...
    first = np.repeat([1, 1, 0, 0], [20, 5, 10, 15])
    second = np.repeat([1, 0, 1, 0], [20, 5, 10, 15])
    found = pooled(np.stack([first, second], axis=1).astype(float), first)
    assert found.people.value == pytest.approx(0.39394, abs=1e-5)
    # ... so 85 of 100 comparisons agree, 0.55 * 0.5 + 0.45 * 0.5 = 0.5 by chance: 0.7.
    assert found.model.value == pytest.approx(0.7, abs=1e-12)
    assert found.difference.value == pytest.approx(0.30606, abs=1e-5)


def test_alpha_equals_the_published_example_and_the_library() -> None:
    found = alpha(KRIPPENDORFF_2011.T, resamples=200)
    assert found.value == pytest.approx(0.095, abs=0.0005)
    ratings, _ = made(80, 4, 0.6)
    wanted = their_alpha(ratings.T, level_of_measurement="nominal")
    assert alpha(ratings, resamples=200).value == pytest.approx(wanted, abs=1e-12)


def exactly(items: int, related: int, apart: int, coins: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every resample of items that two people label: kappa, alpha and the probability of each, where defined.

    related: items that both call related; apart: items on which they differ. All else is not-related to both.
    """
    coin = coins / (items + coins)
    both, one = (1 - coin) * related / items + coin / 4, (1 - coin) * apart / items + coin / 2
    yes, differ = np.array([(a, b) for a in range(items + 1) for b in range(items + 1 - a)]).T
    odds = multinomial.pmf(
        np.stack([yes, differ, items - yes - differ]).T, items, [both, one, 1 - both - one]
    )
    share = (2 * yes + differ) / (2 * items)
    defined = (share > 0) & (share < 1)
    disagree, share, odds = differ[defined] / items, share[defined], odds[defined]
    kappa = 1 - disagree / (2 * share * (1 - share))  # Scott's pi
    return kappa, 1 - (1 - kappa) * (2 * items - 1) / (2 * items), odds / odds.sum()


def assert_percentile(end: float | None, values: np.ndarray, odds: np.ndarray, level: float) -> None:
    """`end` is the percentile of the exact distribution, within the noise of 20,000 resamples."""
    assert end is not None
    assert odds[values < end - 1e-9].sum() <= level + 0.004
    assert odds[values <= end + 1e-9].sum() >= level - 0.004


@pytest.mark.parametrize(("items", "related", "apart"), [(12, 4, 2), (40, 4, 0), (40, 8, 5), (100, 5, 6)])
def test_the_ends_are_percentiles_of_all_resamples_with_4_coin_items_and_2_for_alpha(
    items: int, related: int, apart: int
) -> None:
    ratings = np.zeros((items, 2))
    ratings[:related] = 1
    ratings[related : related + apart, 0] = 1
    found = pooled(ratings, ratings[:, 0].astype(int), resamples=20_000).people
    kappa, _, odds = exactly(items, related, apart, coins=4)
    assert_percentile(found.lower, kappa, odds, 0.025)
    assert_percentile(found.upper, kappa, odds, 0.975)
    estimate = alpha(ratings)
    _, agreement, odds = exactly(items, related, apart, coins=2)
    assert_percentile(estimate.lower, agreement, odds, 0.025)
    assert_percentile(estimate.upper, agreement, odds, 0.975)


def test_the_models_interval_comes_from_the_same_resamples_with_a_coin_of_its_own() -> None:
    # One labeler twice beside a model: with t = 2 and y = 0 or 2 a plain item is one comparison of the two. The model
    # repeats the labelers, so without coin items its kappa and theirs would be 1 in every resample.
    related = np.repeat([2, 0], [10, 30])
    found = pooled_kappas(related, np.full(40, 2), related // 2)
    rng, drawn = np.random.default_rng(3), []
    for _ in range(4000):
        coin = rng.random(40) < 4 / 44
        plain = rng.choice(related, 40)
        said = np.where(coin[:, None], rng.integers(0, 2, (40, 2)), plain[:, None] // 2)
        model = np.where(coin, rng.integers(0, 2, 40), plain // 2)
        share = said.mean()
        people = 1 - (said[:, 0] != said[:, 1]).mean() / (2 * share * (1 - share))
        p, q = share, model.mean()
        by_chance = p * q + (1 - p) * (1 - q)
        drawn.append(((said == model[:, None]).mean() - by_chance) / (1 - by_chance) - people)
    wanted = tuple(np.percentile(drawn, [2.5, 97.5]))
    assert (found.difference.lower, found.difference.upper) == pytest.approx(wanted, abs=0.02)


def test_all_agreeing_on_one_label_is_undefined_and_on_two_labels_is_one() -> None:
    same = pooled_kappas([0, 0, 0], [2, 3, 2], [0, 1, 0])
    assert (same.people.value, same.people.reason) == (None, "everybody says the same on all items")
    assert same.model.value == 0  # the model differs, by chance alone
    assert same.difference.value is None
    assert pooled_kappas([2, 3, 2], [2, 3, 2], [1, 1, 1]).model.value is None
    agreed = pooled_kappas([0, 3, 2], [2, 3, 2], [0, 1, 1])
    assert (agreed.people.value, agreed.model.value, agreed.difference.value) == (1.0, 1.0, 0.0)
    assert agreed.difference.lower is not None
    assert agreed.difference.lower < 0 < agreed.difference.upper  # three items prove little
    assert alpha([[0, 0], [0, 0]]).reason == "everybody says the same on all items"


def test_without_an_item_of_two_people_all_is_undefined() -> None:
    found = pooled_kappas([1, 0], [1, 1], [1, 0])
    assert found.items == 0
    assert found.people.reason == "no item has labels of two people and a usable one of the model"
    assert pooled_kappas([], [], []).difference.value is None
    assert alpha([[1, np.nan], [np.nan, 0]]) == Estimate(None, reason="no two people labeled the same item")
    assert alpha(np.zeros((0, 3))).value is None


@pytest.mark.parametrize(
    ("related", "people", "model"),
    [([3], [2], [1]), ([-1], [2], [1]), ([1], [2], [2]), ([1, 1], [2, 2], [1]), ([[1]], [[2]], [[1]])],
)
def test_impossible_counts_are_refused(related: object, people: object, model: object) -> None:
    with pytest.raises(ValueError, match="must"):
        pooled_kappas(related, people, model)  # type: ignore[arg-type]


@given(arrays(np.int64, st.integers(1, 6), elements=st.integers(0, 4)), st.integers(0, 99))
def test_every_interval_holds_its_estimate(related: np.ndarray, seed: int) -> None:
    model = np.random.default_rng(seed).integers(0, 2, related.size)
    found = pooled_kappas(related, np.full(related.size, 4), model, resamples=50, seed=seed)
    for estimate in (found.people, found.model, found.difference):
        if estimate.value is None:
            assert estimate.reason
        elif estimate.lower is not None:
            assert estimate.lower <= estimate.value <= estimate.upper


def test_items_in_another_order_give_the_same_figures() -> None:
    ratings, model = made(50, 4, 0.8)
    order = np.random.default_rng(1).permutation(50)
    one, other = pooled(ratings, model, 20_000), pooled(ratings[order], model[order], 20_000)
    for a, b in ((one.people, other.people), (one.difference, other.difference)):
        assert (a.value, a.lower, a.upper) == pytest.approx((b.value, b.lower, b.upper), abs=0.01)


def test_three_hundred_items_of_twelve_people_take_far_less_than_two_seconds() -> None:
    ratings, model = made(300, 12, 0.5)
    begun = time.process_time()
    pooled(ratings, model, 20_000)
    assert time.process_time() - begun < 1.5
