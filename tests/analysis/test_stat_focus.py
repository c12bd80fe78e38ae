"""Focus sets: what is drawn, and figures that weigh each stratum by its share of the base file."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from analysis.statistics.focus import (
    LabeledStratum,
    draw_for_one,
    draw_for_two,
    focus_difference,
    focus_figures,
)

codes = st.lists(st.sampled_from([1, 0, -1]), min_size=1, max_size=60)


@given(codes, st.sets(st.integers(0, 59)), st.integers(0, 40), st.integers(0, 5))
def test_half_comes_from_each_label_outside_the_sample_and_fewer_where_there_are_not_so_many(
    labels: list[int], sampled: set[int], number: int, seed: int
) -> None:
    sampled = {position for position in sampled if position < len(labels)}
    drawn = draw_for_one(labels, sorted(sampled), number, seed=seed)
    assert len(set(drawn)) == len(drawn)
    assert not sampled & set(drawn)
    for code, wanted in ((1, number - number // 2), (0, number // 2)):
        there = [p for p, label in enumerate(labels) if label == code and p not in sampled]
        assert sum(labels[position] == code for position in drawn) == min(wanted, len(there))
    assert all(labels[position] != -1 for position in drawn)


def test_the_order_tells_nothing_about_the_labels() -> None:
    labels = [1] * 500 + [0] * 5000
    first_half = [
        sum(labels[p] for p in draw_for_one(labels, [], 100, seed=seed)[:50]) for seed in range(200)
    ]
    assert np.mean(first_half) == pytest.approx(25, abs=1)
    assert np.std(first_half) == pytest.approx(sqrt(50 * 0.25 * 50 / 99), abs=0.5)  # hypergeometric


def test_each_feature_of_a_stratum_is_as_likely_as_any_other() -> None:
    drawn = [p for seed in range(600) for p in draw_for_one([1, 0] * 20, [], 10, seed=seed)]
    counts = np.bincount(drawn, minlength=40)
    assert np.abs(counts - 150).max() < 5 * sqrt(150)


def test_a_draw_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    labels = [1, 0] * 500
    assert draw_for_one(labels, [3], 50) == draw_for_one(labels, [3], 50)
    assert draw_for_one(labels, [3], 50) != draw_for_one(labels, [3], 50, seed=1)
    assert all(isinstance(position, int) for position in draw_for_one(labels, [], 3))


@given(codes, st.integers(0, 20), st.integers(0, 5))
def test_for_two_models_only_features_on_which_they_differ_are_drawn(
    labels: list[int], number: int, seed: int
) -> None:
    other = list(np.random.default_rng(seed).choice([1, 0, -1], len(labels)))
    sampled = [0]
    drawn = draw_for_two(labels, other, sampled, number, seed=seed)
    there = {p for p in range(1, len(labels)) if {labels[p], other[p]} == {0, 1}}
    assert set(drawn) <= there
    assert len(drawn) == len(set(drawn)) == min(number, len(there))


def test_the_figures_by_hand() -> None:
    # 1,000 of 10,000 features are called related: 40 of 50 are; of the 9,000 others 3 of 150.
    # tp 0.08, fp 0.02, fn 0.018, tn 0.882: recall 0.08 / 0.098, prevalence 0.098.
    found = focus_figures(LabeledStratum(1_000, 50, 40), LabeledStratum(9_000, 150, 3))
    assert found.items == 200
    assert found.precision.value == pytest.approx(0.8)
    assert found.recall.value == pytest.approx(0.08 / 0.098)
    assert found.prevalence.value == pytest.approx(0.098)
    phi = (0.08 * 0.882 - 0.02 * 0.018) / sqrt(0.1 * 0.098 * 0.902 * 0.9)
    assert found.phi.value == pytest.approx(phi)
    low, high = proportion_confint(40, 50, method="jeffreys")
    assert (found.precision.lower, found.precision.upper) == pytest.approx((low, high), abs=0.005)


def test_recall_is_weighed_and_would_be_far_off_if_both_strata_were_pooled() -> None:
    # true recall 0.8 at prevalence 0.1: PPV 0.8 on a tenth of the file, FOR 2 in 90 on the rest
    found = focus_figures(LabeledStratum(6_534, 90, 72), LabeledStratum(58_810, 225, 5))
    assert found.recall.value == pytest.approx(0.8, abs=0.005)
    assert 72 / (72 + 5) > 0.93  # what plain counting would say
    assert found.prevalence.value == pytest.approx(0.1, abs=0.001)
    assert (72 + 5) / 315 > 0.24


def test_strata_drawn_in_another_ratio_give_the_same_figures() -> None:
    one = focus_figures(LabeledStratum(1_000, 10, 8), LabeledStratum(9_000, 900, 18))
    other = focus_figures(LabeledStratum(1_000, 500, 400), LabeledStratum(9_000, 100, 2))
    for name in ("precision", "recall", "phi", "prevalence"):
        assert getattr(one, name).value == pytest.approx(getattr(other, name).value)


stratum = st.integers(0, 40).flatmap(
    lambda items: st.tuples(st.integers(items, 200), st.just(items), st.integers(0, items))
)


@given(stratum, stratum)
def test_every_figure_is_a_value_in_its_interval_or_a_reason(
    one: tuple[int, int, int], two: tuple[int, int, int]
) -> None:
    found = focus_figures(LabeledStratum(*one), LabeledStratum(*two), draws=100)
    for name in ("precision", "recall", "phi", "prevalence"):
        estimate = getattr(found, name)
        if estimate.value is None:
            assert estimate.reason
        else:
            assert -1 <= estimate.value <= 1
            assert estimate.lower is None or estimate.lower <= estimate.value <= estimate.upper


@pytest.mark.parametrize(
    ("related", "not_related", "reasons"),
    [
        ((9, 0, 0), (9, 0, 0), ("no labeled item among the model's related features",) * 4),
        (
            (9, 3, 2),
            (9, 0, 0),
            (None,) + ("no labeled item among the model's not-related features",) * 3,
        ),
        ((9, 3, 0), (9, 3, 0), (None, "no item is related", "all items have one label", None)),
        (
            (0, 0, 0),
            (9, 4, 1),
            ("the model calls no feature related", None, "the model uses one label only", None),
        ),
        ((9, 4, 1), (0, 0, 0), (None, None, "the model uses one label only", None)),
        ((0, 0, 0), (0, 0, 0), ("the model labels no feature usably",) * 4),
    ],
)
def test_what_cannot_be_told_says_why(
    related: tuple[int, int, int], not_related: tuple[int, int, int], reasons: tuple[str | None, ...]
) -> None:
    found = focus_figures(LabeledStratum(*related), LabeledStratum(*not_related), draws=100)
    told = (found.precision, found.recall, found.phi, found.prevalence)
    assert tuple(estimate.reason for estimate in told) == reasons
    assert [estimate.value is None for estimate in told] == [reason is not None for reason in reasons]


def test_a_model_that_calls_nothing_related_finds_nothing() -> None:
    found = focus_figures(LabeledStratum(0, 0, 0), LabeledStratum(900, 40, 4))
    assert (found.recall.value, found.prevalence.value) == (0.0, 0.1)


def test_the_difference_of_two_models_by_hand() -> None:
    # they differ on a tenth of the file; the first is right on 65 of 100 labeled ones: 0.1 * (2 * 0.65 - 1)
    found = focus_difference(6_534, 65_340, 65, 100)
    assert found.value == pytest.approx(0.03)
    low, high = proportion_confint(65, 100, method="wilson")
    assert (found.lower, found.upper) == pytest.approx((0.1 * (2 * low - 1), 0.1 * (2 * high - 1)))


def test_models_that_never_differ_have_no_difference_and_unlabeled_ones_no_figure() -> None:
    assert focus_difference(0, 500, 0, 0).value == 0.0
    assert focus_difference(50, 500, 0, 0).reason == "no labeled item among the features on which they differ"


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="grow in this order"):
        focus_difference(5, 10, 3, 2)
    with pytest.raises(ValueError, match="grow in this order"):
        focus_figures(LabeledStratum(10, 5, 6), LabeledStratum(10, 5, 5))
