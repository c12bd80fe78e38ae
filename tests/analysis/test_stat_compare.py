"""Two models on the same items: what is counted, what is claimed, and that nothing contradicts itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from analysis.records import NOT_RELATED, RELATED, ModelLabels, Study
from analysis.statistics.compare import compare_models
from analysis.statistics.fingerprint import changed_parts
from tests.support.studies import labels, model, simulated, study


def two(
    both: int, first: int, second: int, none: int, size: int | None = None
) -> tuple[Study, ModelLabels, ModelLabels]:
    """A labeler who says not-related, and two models that are right on these items."""
    n = both + first + second + none
    a = model(labels([0] * (both + first) + [1] * (second + none)), "deepseek")
    b = model(labels([0] * both + [1] * first + [0] * second + [1] * none), "gemini", sha256="cd" * 32)
    return study(labels([0] * n), size=size or n), a, b


def test_a_clear_difference_is_claimed() -> None:
    found = compare_models(*two(180, 20, 0, 0))
    assert (found.both_right, found.only_first, found.only_second, found.both_wrong) == (180, 20, 0, 0)
    assert (found.first.accuracy.value, found.second.accuracy.value) == (1.0, 0.9)
    assert found.headline == "deepseek agrees with people more often than gemini does."
    assert found.detail == ""


def test_z_and_p_are_those_of_the_statistics_page_worked_by_hand() -> None:
    found = compare_models(*two(200, 30, 10, 60)).difference
    assert found.z == pytest.approx(20 / 40**0.5, abs=1e-12)
    assert found.p_value == pytest.approx(2 * norm.cdf(-(norm.ppf(0.975) / 2.24) * 20 / 40**0.5), abs=1e-9)
    assert found.difference.value == pytest.approx(20 / 300, abs=1e-12)


def test_while_few_items_are_labeled_the_same_counts_claim_less() -> None:
    whole, early = compare_models(*two(60, 16, 4, 20)), compare_models(*two(60, 16, 4, 20, size=300))
    assert (whole.labeled, early.labeled, early.sample_size) == (100, 100, 300)
    assert whole.difference.claimed
    assert not early.difference.claimed
    assert early.headline == "These labels cannot tell deepseek and gemini apart."
    assert early.detail == (
        "To see a difference of 5 points takes about 630 items, 530 more labels with the people who label now."
    )


def test_models_that_differ_on_few_items_cannot_differ_by_five_points() -> None:
    found = compare_models(*two(290, 5, 3, 2))
    assert found.detail == "Here they disagree on too few items to differ by 5 points."


@given(st.tuples(*[st.integers(0, 40)] * 4), st.integers(0, 200))
def test_sentence_interval_p_and_z_never_contradict_each_other(
    counts: tuple[int, int, int, int], rest: int
) -> None:
    n = sum(counts)
    found = compare_models(*two(*counts, size=n + rest or 1))
    d = found.difference
    claimed = "more often than" in found.headline
    if d.difference.lower is None or d.difference.upper is None:
        assert not claimed
        return
    assert claimed == (d.p_value < 0.05) == (d.difference.lower > 0 or d.difference.upper < 0)
    if claimed:
        better = "deepseek" if counts[1] > counts[2] else "gemini"
        assert found.headline.startswith(f"{better} agrees")
        assert (d.z > 0) == (better == "deepseek") == (d.difference.lower > 0)


def test_models_that_are_never_apart_have_no_difference_at_all() -> None:
    made, first = simulated(1)
    found = compare_models(made, first, model(first.labels, "other"))
    assert (found.difference.p_value, found.difference.z, found.difference.difference.value) == (
        1.0,
        0.0,
        0.0,
    )
    assert found.headline == (
        "No difference at all between deepseek-v3-0324 and other: each is right where the other is."
    )


def test_on_few_items_no_difference_is_no_finding() -> None:
    for items, said in ((49, "on 49 items"), (1, "on 1 item")):
        made, first = simulated(1, items)
        found = compare_models(made, first, model(first.labels, "other"))
        assert found.headline == (
            f"deepseek-v3-0324 and other cannot be told apart yet: {said} each is right where the other is."
        )
    made, first = simulated(1, 50)
    assert compare_models(made, first, model(first.labels, "other")).headline.startswith(
        "No difference at all"
    )
    few = compare_models(*two(29, 1, 0, 0, size=30))
    assert few.detail == "With 30 items that is no sign that they are alike."


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
        assert found.difference.difference.reason == found.first.accuracy.reason == "no items to compare"
        assert found.headline == "There is no item on which deepseek-v3-0324 and empty can be compared."


def test_swapping_the_models_turns_the_difference_round() -> None:
    made, first = simulated(3, model_right=0.95)
    second = replace(simulated(3, model_right=0.85)[1], sha256="cd" * 32)
    ab, ba = compare_models(made, first, second), compare_models(made, second, first)
    one, other = ab.difference, ba.difference
    assert one.difference.value == pytest.approx(-other.difference.value)
    assert one.difference.lower == pytest.approx(-other.difference.upper)
    assert (one.z, one.p_value) == (-other.z, other.p_value)
    assert changed_parts(ab.fingerprint, ba.fingerprint) == ("the model file", "the second model file")


def test_labels_of_all_count_for_how_many_more_are_needed() -> None:
    made, a, b = two(60, 8, 6, 26, size=300)
    both = replace(made, labels={**made.labels, "labeler-02": dict.fromkeys(range(100), NOT_RELATED)})
    once, twice = compare_models(made, a, b).detail, compare_models(both, a, b).detail
    assert "about 440 items, 340 more labels" in once
    assert "about 440 items, 680 more labels" in twice
