"""Two models on the same items, against statsmodels, a plain bootstrap and simulated studies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from statsmodels.stats.contingency_tables import mcnemar as theirs

from analysis.records import RELATED
from analysis.statistics.compare import compare_models, items_for_power, mcnemar, paired_difference, power
from analysis.statistics.estimates import Estimate
from analysis.statistics.fingerprint import changed_parts
from tests.support.studies import labels, model, simulated, study


@given(st.integers(0, 150), st.integers(0, 150))
@settings(max_examples=50)
def test_exact_mcnemar_equals_statsmodels(b: int, c: int) -> None:
    if b + c == 0:
        assert mcnemar(b, c) is None
    else:
        assert mcnemar(b, c) == pytest.approx(theirs([[7, b], [c, 9]], exact=True).pvalue, abs=1e-9)


@pytest.mark.parametrize(("b", "c", "n"), [(20, 8, 300), (3, 3, 50), (40, 1, 100)])
def test_the_interval_of_the_difference_equals_a_plain_paired_bootstrap(b: int, c: int, n: int) -> None:
    items = np.repeat([1, -1, 0], [b, c, n - b - c])
    drawn = items[np.random.default_rng(3).integers(0, n, (4000, n))].mean(axis=1)
    ours = paired_difference(b, c, n)
    assert ours.value == pytest.approx((b - c) / n, abs=1e-12)
    error = 0.2 * drawn.std() + 1 / n  # the mean moves in steps of 1 / n
    assert (ours.lower, ours.upper) == pytest.approx(tuple(np.percentile(drawn, [2.5, 97.5])), abs=error)


def test_the_items_asked_for_give_eighty_percent_power_in_simulated_studies() -> None:
    needed = items_for_power(20, 12, 300, 65_344)
    assert needed is not None
    assert needed > 300
    rng = np.random.default_rng(1)
    for items, expected in ((needed, 0.80), (needed // 2, power(20, 12, 300, needed // 2))):
        drawn = rng.multinomial(items, [20 / 300, 12 / 300, 268 / 300], size=6000)
        few, apart = drawn[:, :2].min(axis=1), drawn[:, :2].sum(axis=1)
        p_values = np.minimum(1, 2 * binom.cdf(few, apart, 0.5))
        assert (p_values < 0.05).mean() == pytest.approx(expected, abs=0.02)


def test_the_power_grows_with_the_items() -> None:
    found = [power(20, 12, 300, items) for items in (100, 300, 1000, 3000)]
    assert found == sorted(found)
    assert 0 <= found[0] < 0.2 < 0.9 < found[-1] <= 1


def test_no_number_of_items_tells_equals_apart_and_the_base_file_is_the_end() -> None:
    assert items_for_power(10, 10, 300, 10**6) is None
    assert items_for_power(11, 10, 300, 300) is None
    assert items_for_power(11, 10, 300, 10**6) is not None


def test_a_clear_difference_is_said_with_its_p() -> None:
    truth = labels([1, 0] * 100)
    better = model(truth, "deepseek")
    worse = model({**truth, **dict.fromkeys(range(1, 40, 2), RELATED)}, "gemini")
    found = compare_models(study(truth), worse, better)
    assert (found.both_right, found.only_first, found.only_second, found.both_wrong) == (180, 0, 20, 0)
    assert found.p_value == pytest.approx(2 * 0.5**20)
    assert found.further is None
    assert found.verdict == "deepseek agrees with people more often than gemini does (p < 0.001)."
    assert (found.first.accuracy.value, found.second.accuracy.value) == (0.9, 1.0)


def test_noise_is_not_ranked_but_says_how_many_labels_would_tell() -> None:
    truth = labels([0] * 300)
    a = model({**truth, **dict.fromkeys(range(12), RELATED)}, "deepseek")
    b = model({**truth, **dict.fromkeys(range(20, 40), RELATED)}, "gemini")
    found = compare_models(study(truth), a, b)
    assert (found.only_first, found.only_second) == (20, 12)
    needed = items_for_power(20, 12, 300, 65_344)
    assert needed is not None
    assert found.further == needed - 300
    assert found.verdict == "These labels cannot tell them apart (p = 0.215); about 940 more labels would."


def test_the_items_asked_for_are_near_the_textbook_formula_and_not_below_it() -> None:
    # R. J. Connor (1987), Sample size for testing differences in proportions for the paired-sample design
    for b, c, n in ((20, 12, 300), (30, 20, 300), (8, 3, 100)):
        apart, difference = (b + c) / n, (b - c) / n
        textbook = (1.959964 * apart**0.5 + 0.841621 * (apart - difference**2) ** 0.5) ** 2 / difference**2
        needed = items_for_power(b, c, n, 65_344)
        assert needed is not None
        assert textbook <= needed <= 1.12 * textbook


def test_more_labels_than_the_base_file_has_are_very_many() -> None:
    truth = labels([0] * 300)
    a = model({**truth, **dict.fromkeys(range(10), RELATED)}, "a")
    b = model({**truth, **dict.fromkeys(range(20, 30), RELATED)}, "b")
    found = compare_models(study(truth), a, b)
    assert found.verdict == "These labels cannot tell them apart (p = 1.000); very many more labels would."


def test_models_that_are_never_apart_have_no_difference_at_all() -> None:
    made, first = simulated(1)
    found = compare_models(made, first, model(first.labels, "other"))
    assert (found.p_value, found.difference, found.further) == (None, Estimate(0.0), None)
    assert found.verdict == (
        "No difference at all between deepseek-v3-0324 and other: each is right where the other is."
    )


def test_only_items_with_usable_labels_of_both_count() -> None:
    truth = labels([1, 0, 1, 0, 1])
    a = model({**truth, 0: "api-error"}, "a")
    b = model({1: truth[1], 2: truth[2], 3: "no-description", 4: RELATED}, "b", unmatched=(0,))
    found = compare_models(study(truth), a, b)
    assert (found.samples, found.left_out) == (3, 2)
    assert (found.first.dropped, found.second.dropped) == ({"api-error": 1}, {"no-description": 1})


def test_nothing_in_common_is_said_in_words() -> None:
    made, first = simulated(2)
    for given_ in (study(size=5), made):
        found = compare_models(given_, first, model({}, "empty"))
        assert found.samples == 0
        assert found.difference.reason == found.first.accuracy.reason == "no items to compare"
        assert found.verdict == "There is no item on which deepseek-v3-0324 and empty can be compared."


def test_swapping_the_models_turns_the_difference_round() -> None:
    made, first = simulated(3, model_right=0.95)
    _, second = simulated(3, model_right=0.85)
    second = replace(second, sha256="cd" * 32)
    ab, ba = compare_models(made, first, second), compare_models(made, second, first)
    assert ab.difference.value == pytest.approx(-ba.difference.value)
    assert ab.p_value == pytest.approx(ba.p_value)
    assert changed_parts(ab.fingerprint, ba.fingerprint) == ("the model file", "the second model file")
