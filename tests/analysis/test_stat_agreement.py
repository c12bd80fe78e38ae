"""Consensus, and how labelers agree with it and with each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from analysis.records import LABELS, NOT_RELATED, RELATED
from analysis.statistics.agreement import agreement
from analysis.statistics.consensus import consensus, reviewed_count, used_labels
from tests.support.studies import labels, simulated, study

label_rows = st.dictionaries(st.integers(0, 12), st.sampled_from(LABELS), max_size=13)


def test_a_strict_majority_decides_and_a_tie_does_not() -> None:
    found = consensus(
        {"a": labels([1, 1, 0, None]), "b": labels([1, 0, 0, 1]), "c": labels([0, None, None, None])}, {}
    )
    assert found.labels == {0: RELATED, 2: NOT_RELATED, 3: RELATED}
    assert list(found.labels) == [0, 2, 3]
    assert found.ties == (1,)


def test_a_decision_stands_above_the_majority_and_ends_a_tie() -> None:
    found = consensus({"a": labels([1, 1]), "b": labels([1, 0])}, {0: NOT_RELATED, 1: RELATED})
    assert found.labels == {0: NOT_RELATED, 1: RELATED}
    assert (found.ties, found.adjudicated) == ((), (0, 1))


def test_a_label_that_is_neither_of_the_two_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="labeler-02 labels row 3 'maybe': must be related or not-related"):
        consensus({"labeler-02": {3: "maybe"}}, {})


@given(st.lists(label_rows, max_size=5))
def test_every_labeled_item_has_a_majority_or_a_tie(people: list[dict[int, str]]) -> None:
    named = {f"p{k}": given_ for k, given_ in enumerate(people)}
    found = consensus(named, {})
    rows = {row for given_ in people for row in given_}
    assert rows == set(found.labels) | set(found.ties)
    for row in rows:
        votes = [given_[row] for given_ in people if row in given_]
        yes, no = votes.count(RELATED), votes.count(NOT_RELATED)
        assert (row in found.ties) == (yes == no)
        assert row in found.ties or found.labels[row] == (RELATED if yes > no else NOT_RELATED)


def test_answers_given_after_a_review_can_be_left_out() -> None:
    made = study(
        labels([1, 0]), labels([1, 1]), after_review={"labeler-01": frozenset({0, 1}), "x": frozenset({9})}
    )
    assert reviewed_count(made) == 2
    assert used_labels(made) == {"labeler-01": labels([1, 0]), "labeler-02": labels([1, 1])}
    assert used_labels(made, leave_out_reviewed=True) == {"labeler-02": labels([1, 1])}


def test_pairs_of_labelers_equal_scikit_learn() -> None:
    made, _ = simulated(4, answered=0.7)
    found = agreement(made)
    assert [(p.first[-2:], p.second[-2:]) for p in found.pairs] == [
        ("01", "02"), ("01", "03"), ("01", "04"), ("02", "03"), ("02", "04"), ("03", "04"),
    ]  # fmt: skip
    for pair in found.pairs:
        a, b = made.labels[pair.first], made.labels[pair.second]
        both = sorted(a.keys() & b.keys())
        assert pair.table.n == len(both)
        theirs = cohen_kappa_score([a[r] for r in both], [b[r] for r in both])
        assert pair.kappa.value == pytest.approx(theirs, abs=1e-9)


def test_each_labeler_is_held_against_the_consensus_on_items_somebody_else_labeled() -> None:
    found = agreement(
        study(labels([1, 1, 0, 0, 1]), labels([1, 1, 1, 0, None]), labels([1, 0, 1, None, None]))
    )
    first, second, third = found.labelers
    assert [(one.labels, one.compared) for one in (first, second, third)] == [(5, 4), (4, 4), (3, 3)]
    assert [one.with_consensus.value for one in (first, second, third)] == [3 / 4, 1.0, 2 / 3]
    assert first.positive_rate.value == 3 / 5
    assert (found.labeled, found.shared, found.unanimous, found.ties) == (5, 4, 2, 0)


@pytest.mark.parametrize("leave_out", [False, True])
def test_agreement_says_how_many_answers_followed_a_review(leave_out: bool) -> None:
    made = study(labels([1, 0, 1]), labels([1, 0, 0]), after_review={"labeler-02": frozenset({2})})
    found = agreement(made, leave_out_reviewed=leave_out)
    assert (found.reviewed, found.reviewed_left_out) == (1, leave_out)
    assert found.pairs[0].table.n == (2 if leave_out else 3)


def test_too_little_to_agree_on_is_said_in_words() -> None:
    alone = agreement(study(labels([1, 0])))
    assert alone.pairs == ()
    assert alone.alpha.reason == "fewer than two people labeled"
    assert alone.labelers[0].with_consensus.reason == "nobody else labeled the same items"
    nothing = agreement(study(size=5))
    assert (nothing.labeled, nothing.labelers, nothing.alpha.reason) == (
        0,
        (),
        "fewer than two people labeled",
    )
    apart = agreement(study(labels([1, 0]), labels([None, None, 1])))
    assert apart.alpha.reason == apart.pairs[0].kappa.reason == "no two people labeled the same item"
    unanimous = agreement(study(labels([0] * 9), labels([0] * 9)))
    assert unanimous.alpha.reason == "all agree"
    assert unanimous.pairs[0].kappa.reason == "labeler-01 and labeler-02 always say not-related"
    assert unanimous.pairs[0].accuracy.value == 1
