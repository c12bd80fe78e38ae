"""What a tap does, held against a second, plainer telling of the same rules."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from analysis.records import LABELS, NOT_RELATED, RELATED
from bot.rules.session import (
    LABEL_OF,
    NAME_OF,
    Action,
    Transition,
    apply,
    apply_to_repeat,
    next_row,
    resume,
)

SIZES = st.integers(1, 9)
TAPS = st.lists(st.tuples(st.sampled_from(list(Action)), st.integers(0, 8)), max_size=40)


@st.composite
def halfway(draw: st.DrawFn) -> tuple[dict[int, str], int, int]:
    """Labels so far, a row, and how many rows there are."""
    size = draw(SIZES)
    labels = draw(st.dictionaries(st.integers(0, size - 1), st.sampled_from(LABELS)))
    return labels, draw(st.integers(0, size - 1)), size


def plainly_next(labels: dict[int, str], size: int, after: int) -> int | None:
    later = [row for row in range(size) if row > after and row not in labels]
    left_behind = [row for row in range(size) if row <= after and row not in labels]
    return (later + left_behind + [None])[0]  # type: ignore[list-item]


@given(halfway())
def test_after_an_answer_comes_the_next_unlabeled_item_then_the_first_left_behind_then_the_summary(
    at: tuple[dict[int, str], int, int],
) -> None:
    labels, row, size = at
    for action, label in LABEL_OF.items():
        step = apply(action, row, labels, size)
        assert step.label == label
        assert step.row == plainly_next({**labels, row: label}, size, row)
        changed = row in labels and labels[row] != label
        assert step.notice == f"{'Changed to' if changed else 'Saved:'} {NAME_OF[label]}"


@given(halfway())
def test_back_shows_the_item_before_and_stays_on_the_first(at: tuple[dict[int, str], int, int]) -> None:
    labels, row, size = at
    step = apply(Action.BACK, row, labels, size)
    assert step.label is None
    assert step.row == max(0, row - 1)
    assert bool(step.notice) == (row == 0)


@given(halfway())
def test_skip_saves_nothing_and_shows_the_same_item_only_when_no_other_is_left(
    at: tuple[dict[int, str], int, int],
) -> None:
    labels, row, size = at
    step = apply(Action.SKIP, row, labels, size)
    assert step.label is None
    assert step.row == plainly_next(labels, size, row)
    if step.row == row:
        assert labels.keys() | {row} == set(range(size))
        assert step.notice == "This is the only item left."


@given(halfway())
def test_an_item_that_came_again_in_the_place_of_another_leads_to_that_one_or_back_to_the_one_before(
    at: tuple[dict[int, str], int, int],
) -> None:
    labels, place, size = at
    following = plainly_next(labels, size, place - 1)
    for action, label in LABEL_OF.items():
        step = apply_to_repeat(action, place, labels, size)
        assert step == Transition(label, following, f"Saved: {NAME_OF[label]}")
    assert apply_to_repeat(Action.SKIP, place, labels, size) == Transition(None, following, "Skipped")
    assert apply_to_repeat(Action.BACK, place, labels, size).row == max(0, place - 1)


@given(halfway())
def test_label_resumes_after_the_highest_labeled_item(at: tuple[dict[int, str], int, int]) -> None:
    labels, _, size = at
    expected = plainly_next(labels, size, max(labels)) if labels else 0
    assert resume(labels, size) == expected
    assert resume(labels, size) == next_row(labels, size, max(labels, default=-1))


@given(SIZES, TAPS)
def test_any_program_of_taps_leaves_the_last_answer_given_to_each_item(
    size: int, taps: list[tuple[Action, int]]
) -> None:
    labels: dict[int, str] = {}
    last_answers: dict[int, str] = {}
    for action, place in taps:
        row = place % size
        step = apply(action, row, labels, size)
        if step.label is not None:
            labels[row] = step.label
        if action in LABEL_OF:
            last_answers[row] = RELATED if action is Action.RELATED else NOT_RELATED
        assert step.row is None or 0 <= step.row < size
        assert (step.row is None) <= (len(labels) == size)
    assert labels == last_answers


@given(SIZES, st.lists(st.sampled_from(["answer", "skip", "back"]), max_size=60))
def test_who_answers_what_is_shown_reaches_the_end_in_as_many_answers_as_there_are_items(
    size: int, mood: list[str]
) -> None:
    labels: dict[int, str] = {}
    row = resume(labels, size)
    for what in mood:
        if row is None:
            break
        action = {"answer": Action.RELATED, "skip": Action.SKIP, "back": Action.BACK}[what]
        step = apply(action, row, labels, size)
        if step.label:
            labels[row] = step.label
        row = step.row
    row = resume(labels, size)
    left = size - len(labels)
    for _ in range(left):
        assert row is not None
        assert row not in labels
        step = apply(Action.NOT_RELATED, row, labels, size)
        labels[row] = step.label or ""
        row = step.row
    assert row is None
    assert len(labels) == size


def test_the_notices_are_short_and_name_the_answer() -> None:
    assert apply(Action.RELATED, 0, {}, 2) == Transition("related", 1, "Saved: Related")
    assert apply(Action.NOT_RELATED, 1, {0: "related"}, 2) == Transition(
        "not-related", None, "Saved: Not Related"
    )
    assert apply(Action.NOT_RELATED, 0, {0: "related"}, 2).notice == "Changed to Not Related"
    assert apply(Action.BACK, 0, {}, 2) == Transition(None, 0, "This is the first item.")
    assert apply(Action.OPEN, 1, {}, 2) == Transition(None, 1, "")
