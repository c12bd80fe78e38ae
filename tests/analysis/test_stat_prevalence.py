"""How many of all features are related: by hand, against statsmodels, and where a stratum is empty."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from analysis.statistics.prevalence import Prevalence, Stratum, prevalence

NOTHING = Stratum(0, ())


def found(*strata: tuple[int, int, int]) -> Prevalence:
    """By (features, labeled, related) of each stratum."""
    return prevalence(*(Stratum(n, [1.0] * k + [0.0] * (items - k)) for n, items, k in strata))  # type: ignore[call-arg]


def test_a_file_of_a_thousand_features_by_hand() -> None:
    # related 200 of 1,000 features: 16 of 20 labeled; not-related 700: 7 of 70; the rest 100: 2 of 10.
    # theta = 0.2 * 0.8 + 0.7 * 0.1 + 0.1 * 0.2 = 0.25. Wilson: 16/20 [0.5840, 0.9193], 7/70 [0.0493, 0.1923],
    # 2/10 [0.0567, 0.5098].
    # lower: 0.25 - sqrt((0.2 * 0.2160)^2 + (0.7 * 0.0507)^2 + (0.1 * 0.1433)^2) = 0.25 - 0.05769
    # upper: 0.25 + sqrt((0.2 * 0.1193)^2 + (0.7 * 0.0923)^2 + (0.1 * 0.3098)^2) = 0.25 + 0.07550
    told = found((200, 20, 16), (700, 70, 7), (100, 10, 2))
    assert told.estimate.value == pytest.approx(0.25)
    assert told.estimate.lower == pytest.approx(0.25 - 0.05769, abs=0.0001)
    assert told.estimate.upper == pytest.approx(0.25 + 0.07550, abs=0.0001)
    assert told.people_alone.value == pytest.approx(0.25)
    low, high = proportion_confint(25, 100, method="wilson")
    assert (told.people_alone.lower, told.people_alone.upper) == pytest.approx((low, high))
    assert (told.model_alone, told.population, told.labeled) == (0.2, 1000, 100)
    assert told.effective_labels == round(100 * ((high - low) / (0.05769 + 0.07550)) ** 2)


def test_a_good_model_is_worth_labels_and_a_model_of_chance_is_worth_none() -> None:
    good = found((6_500, 30, 28), (58_844, 270, 2), (0, 0, 0))
    assert good.effective_labels is not None
    assert good.effective_labels > 600
    chance = found((32_000, 150, 15), (33_344, 150, 15), (0, 0, 0))
    assert chance.effective_labels == pytest.approx(300, rel=0.05)


def test_a_stratum_that_nobody_labeled_could_be_anything() -> None:
    told = found((100, 20, 20), (800, 80, 0), (100, 0, 0))
    assert told.estimate.value == pytest.approx(0.1 + 0.1 * 0.5)
    assert told.estimate.lower is not None
    assert told.estimate.upper is not None
    assert told.estimate.lower < 0.1
    assert told.estimate.upper > 0.2


def test_an_item_on_which_people_differ_counts_by_their_share() -> None:
    shares = [1.0, 0.5, 1 / 3] + [0.0] * 37
    told = prevalence(NOTHING, Stratum(500, shares), NOTHING)
    assert told.estimate.value == pytest.approx(sum(shares) / 40)
    assert told.estimate == told.people_alone  # one stratum alone: the model adds nothing
    assert told.effective_labels == 40


def test_below_thirty_labeled_items_it_is_refused_with_the_number_that_is_lacking() -> None:
    told = found((100, 10, 9), (900, 12, 0), (0, 0, 0))
    assert (told.labeled, told.effective_labels) == (22, None)
    assert told.estimate.value is None
    assert told.estimate.reason == "22 labeled items, 30 are needed"
    assert told.people_alone.value is None
    assert found((100, 10, 9), (900, 20, 0), (0, 0, 0)).estimate.value is not None


counted = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))


@given(st.lists(counted, min_size=3, max_size=3))
def test_the_interval_holds_the_estimate_and_lies_within_0_and_1(parts: list[tuple[int, int, int]]) -> None:
    strata = [(sum(part), part[0] + part[1], part[0]) for part in parts]
    if sum(n for n, _, _ in strata) == 0:
        return
    told = found(*strata)
    if told.labeled < 30:
        assert told.estimate.value is None
        return
    value, lower, upper = told.estimate.value, told.estimate.lower, told.estimate.upper
    assert value is not None
    assert lower is not None
    assert upper is not None
    assert -1e-12 <= lower <= value <= upper <= 1 + 1e-12
    apart = sqrt(sum((n / told.population) ** 2 for n, _, _ in strata))
    assert upper - lower <= 2 * apart + 1e-9


def test_a_base_file_without_features_is_refused() -> None:
    with pytest.raises(ValueError, match="without features"):
        prevalence(NOTHING, NOTHING, NOTHING)
