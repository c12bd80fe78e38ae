"""Consensus, and how labelers agree with it and with each other."""

from __future__ import annotations

import time

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from analysis.records import LABELS, NOT_RELATED, RELATED
from analysis.statistics.agreement import agreement
from analysis.statistics.consensus import consensus, votes
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


def test_the_votes_on_an_item_are_counted_once_for_all_who_ask() -> None:
    found = votes({"a": labels([1, 1, None]), "b": labels([0, 1, 0])})
    assert found == {0: (1, 2), 1: (2, 2), 2: (0, 1)}


def test_pairs_of_labelers_equal_scikit_learn() -> None:
    made, _ = simulated(4, answered=0.7)
    found = agreement(made)
    assert [(p.first[-2:], p.second[-2:]) for p in found.pairs] == [
        ("01", "02"), ("01", "03"), ("01", "04"), ("02", "03"), ("02", "04"), ("03", "04"),
    ]  # fmt: skip
    for pair in found.pairs:
        a, b = made.labels[pair.first], made.labels[pair.second]
        both = sorted(a.keys() & b.keys())
        assert pair.items == len(both)
        theirs = cohen_kappa_score([a[r] for r in both], [b[r] for r in both])
        assert pair.kappa.value == pytest.approx(theirs, abs=1e-9)


def test_each_labeler_is_held_against_the_others_and_not_against_a_majority_that_holds_them() -> None:
    # Worked by hand. Of the others: the first has ties on items 1 and 2, the third on item 2 only.
    found = agreement(
        study(labels([1, 1, 0, 0, 1]), labels([1, 1, 1, 0, None]), labels([1, 0, 1, None, None]))
    )
    first, second, third = found.labelers
    assert [one.labels for one in (first, second, third)] == [5, 4, 3]
    assert [one.with_others.value for one in (first, second, third)] == [2 / 3, 1.0, 1 / 2]
    assert first.positive_rate.value == 3 / 5
    assert (found.labeled, found.shared, found.unanimous, found.ties) == (5, 4, 2, 0)


def test_of_more_than_five_people_each_is_shown_against_the_others_and_no_pair() -> None:
    assert len(agreement(simulated(5, 60)[0]).pairs) == 10
    assert agreement(simulated(6, 60)[0]).pairs == ()


def test_three_hundred_people_take_no_longer_than_a_few_seconds() -> None:
    made, _ = simulated(300, 300, answered=0.2)
    began = time.perf_counter()
    found = agreement(made)
    assert time.perf_counter() - began < 10
    assert len(found.labelers) == 300


def test_alpha_is_that_of_the_package_over_all_people() -> None:
    made, _ = simulated(4, answered=0.5)
    table = np.array([[{None: np.nan, "related": 1, "not-related": 0}[given.get(row)] for row in range(300)]
                      for given in made.labels.values()])  # fmt: skip
    theirs = krippendorff.alpha(table, level_of_measurement="nominal", value_domain=[0, 1])
    assert agreement(made).alpha.value == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize(
    ("people", "items", "right", "detail"),
    [
        (3, 300, 0.99, "That is reliable: alpha's interval lies above 0.8."),
        (3, 600, 0.94, "That allows tentative conclusions: alpha's interval lies above 0.667."),
        (3, 300, 0.75, "That is too little to rely on: alpha's interval lies below 0.667."),
        (2, 60, 0.95, "Whether that is enough to rely on cannot be told yet: alpha may be below 0.667."),
    ],
)
def test_a_sentence_says_what_the_agreement_comes_to(
    people: int, items: int, right: float, detail: str
) -> None:
    found = agreement(simulated(people, items, right=right)[0])
    assert found.headline.startswith(f"People say the same on {found.unanimous} of {items} items (")
    assert found.detail == detail


def test_too_little_to_agree_on_is_said_in_words() -> None:
    none = "No two people have labeled the same item yet, so how they agree cannot be told."
    alone = agreement(study(labels([1, 0])))
    assert (alone.pairs, alone.headline, alone.detail) == ((), none, "")
    assert alone.alpha.reason == "no two people labeled the same item"
    assert alone.labelers[0].with_others.reason == "nobody else labeled the same items"
    nothing = agreement(study(size=5))
    assert (nothing.labeled, nothing.labelers, nothing.headline) == (0, (), none)
    apart = agreement(study(labels([1, 0]), labels([None, None, 1])))
    assert apart.headline == none
    assert apart.alpha.reason == apart.pairs[0].kappa.reason == "no two people labeled the same item"
    unanimous = agreement(study(labels([0] * 9), labels([0] * 9)))
    assert unanimous.alpha.reason == "everybody says the same on all items"
    assert unanimous.headline == "People say the same on 9 of 9 items (100 %) that two or more labeled."
    assert unanimous.detail == "All use one label only, so alpha says nothing."
    assert unanimous.pairs[0].kappa.reason == "labeler-01 and labeler-02 always say not-related"
