"""Everything that a labeling session can do, in one place.

Someone is always at a view: an item, or the summary. A tap names the item its card showed, so it means the
same whenever it arrives:

    on a card of item k      what is saved    where it leads
    ------------------------ ---------------- ------------------------------------------------------------
    Related / Not Related    the answer to k  the next unlabeled item after k; none: the first unlabeled one
                                              that was left behind; none: the summary
    Back                     nothing          item k - 1; on the first item it stays, with a notice
    Skip                     nothing          as after an answer, but never to k itself unless only k is left
    /label, /start           nothing          the first unlabeled item after the highest labeled one; none: the
                                              first left behind; none: the summary

    on a card that shows another item again, in the place of item k
    ------------------------ ---------------- ------------------------------------------------------------
    Related / Not Related    the answer apart item k, or as after it when it is labeled by now
    Back                     nothing          item k - 1, as on the card of k
    Skip                     nothing          as after an answer

A double tap gives the same answer to the same item twice, and the second one changes nothing: whether an answer
changes anything is seen by comparing it with the label that is there. Where its second half meets the next card, it
comes too soon after that card was shown, and `jobs/labeling_service` does not take it. A tap that is delivered again
changes nothing any more. A correction is answered with `Changed to ...`.

Nothing here knows the time, the chat or the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from analysis.records import NOT_RELATED, RELATED


class Action(Enum):
    """What a button of a card does; the value is the action of its callback data."""

    RELATED = "related"
    NOT_RELATED = "not-related"
    BACK = "back"
    SKIP = "skip"
    OPEN = "open"


LABEL_OF = {Action.RELATED: RELATED, Action.NOT_RELATED: NOT_RELATED}
NAME_OF = {RELATED: "Related", NOT_RELATED: "Not Related"}


@dataclass(frozen=True, slots=True)
class Transition:
    """What a tap comes to.

    Attributes:
        label: The label to save for the item that was tapped on; None when nothing is saved.
        row: The item to show next; None for the summary. After an answer another one may come in its place
            (`rules.hidden_repeats`).
        notice: The short text that answers the tap; may be empty.
    """

    label: str | None
    row: int | None
    notice: str


def next_row(labels: Mapping[int, str], size: int, after: int) -> int | None:
    """Return the next unlabeled row after `after`, else the first one left behind, else None."""
    rows = (*range(after + 1, size), *range(min(after + 1, size)))
    return next((row for row in rows if row not in labels), None)


def resume(labels: Mapping[int, str], size: int) -> int | None:
    """Return the row where a session goes on, or None when all `size` rows are labeled."""
    return next_row(labels, size, max(labels, default=-1))


def saved_notice(label: str) -> str:
    """Return what answers a label that was saved now, or had been before."""
    return f"Saved: {NAME_OF[label]}"


def apply(action: Action, row: int, labels: Mapping[int, str], size: int) -> Transition:
    """Return what `action` on the card of `row` (0 <= row < size) does, given the labels before it."""
    if action in LABEL_OF:
        label = LABEL_OF[action]
        changed = labels.get(row, label) != label
        notice = f"Changed to {NAME_OF[label]}" if changed else saved_notice(label)
        return Transition(label, next_row({**labels, row: label}, size, row), notice)
    if action is Action.BACK:
        if row == 0:
            return Transition(None, 0, "This is the first item.")
        return Transition(None, row - 1, "")
    if action is Action.SKIP:
        following = next_row(labels, size, row)
        return Transition(None, following, "This is the only item left." if following == row else "Skipped")
    return Transition(None, row, "")


def apply_to_repeat(action: Action, place: int, labels: Mapping[int, str], size: int) -> Transition:
    """Return what `action` does on a card that shows another item again, in the place of item `place`."""
    if action is Action.BACK:
        return apply(action, place, labels, size)
    following = next_row(labels, size, place - 1)
    if action in LABEL_OF:
        return Transition(LABEL_OF[action], following, saved_notice(LABEL_OF[action]))
    return Transition(None, following, "Skipped")
