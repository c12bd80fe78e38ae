"""What the database keeps, as plain frozen records. Times are seconds since 1970, UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from analysis.records import FocusSet


@dataclass(frozen=True, slots=True)
class Labeler:
    """A person who answers.

    Attributes:
        labeler_id: The number in the database; it is never given again.
        user_id: The Telegram id.
        admin: Whether an admin's link made this person an admin. Those of ADMIN_IDS need not be marked.
        mode: The mode chosen last, None before the first choice.
        joined_at: When access was given, None for somebody known by an import or by open access only.
        revoked_at: When access was ended, None while it was not.
        welcomed: Whether the welcome was sent.
    """

    labeler_id: int
    user_id: int
    admin: bool
    mode: str | None
    joined_at: float | None
    revoked_at: float | None
    welcomed: bool

    @property
    def pseudonym(self) -> str:
        """The only name that files and group messages show, such as `labeler-01`."""
        return pseudonym(self.labeler_id)


def pseudonym(labeler_id: int) -> str:
    """Return the pseudonym of a labeler by the number, with two digits at least."""
    return f"labeler-{labeler_id:02d}"


@dataclass(frozen=True, slots=True)
class Card:
    """The live card of a labeler: the one message that has buttons."""

    chat_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to be saved.

    Attributes:
        sample_id: The sample that the item belongs to.
        mode: The question that was asked.
        labeler_id: Who answers.
        row_id: The item's place in the sample.
        label: `related` or `not-related`.
        tap_id: The callback query's own id, by which a tap delivered twice is known.
        shown_at: When the card was shown, None when that is not known.
        answered_at: When the answer came.
        guide_version: The version of the guide at that time, None for imported answers.
        after_review: Whether the labeler had been shown a model's label for the item.
    """

    sample_id: int
    mode: str
    labeler_id: int
    row_id: int
    label: str
    tap_id: str
    shown_at: float | None
    answered_at: float
    guide_version: str | None
    after_review: bool = False


class Outcome(Enum):
    """What became of a tap that was to be stored."""

    NEW = "new"
    """It was stored now."""
    DUPLICATE = "duplicate"
    """This very tap was stored before: the same id, the same item, the same label. Nothing changed."""
    REUSED = "reused"
    """The id of the tap belongs to something else (another item, label, person or kind), or the item takes no such tap:
    its focus set is closed, or it was repeated before. Nothing changed."""
    REFUSED = "refused"
    """The tap was refused when it came first (see `Taps.refuse`), so it stays refused. Nothing changed."""


@dataclass(frozen=True, slots=True)
class Saved:
    """The result of storing a tap. It is true when something was stored.

    Attributes:
        outcome: What became of the tap.
        after_review: Whether the stored answer or decision is marked: it does not count as blind.
    """

    outcome: Outcome
    after_review: bool = False

    def __bool__(self) -> bool:
        return self.outcome is Outcome.NEW


class PastAnswer(NamedTuple):
    """One answer of the history, as exports show it. It is a tuple, because there may be a million."""

    labeler_id: int
    mode: str
    row_id: int
    label: str
    shown_at: float | None
    answered_at: float
    guide_version: str | None
    after_review: bool


@dataclass(frozen=True, slots=True)
class Labels:
    """A labeler's present labels in one mode.

    Attributes:
        by_row: The label of each labeled row.
        last_row: The row that was answered last, None when nothing was.
    """

    by_row: Mapping[int, str]
    last_row: int | None


@dataclass(frozen=True, slots=True)
class StoredFocusSet:
    """A focus set as the database keeps it.

    Attributes:
        focus_id: Its number.
        items_id: The number of the sample that its items are; answers to them carry this number.
        sample_id: The sample beside which it was drawn.
        state: `active`: it is being labeled; `off`: switched off before it was complete; `complete`: no answer is
            taken any more; `ended`: a model's file changed before it was complete.
        drawn: What was drawn.
    """

    focus_id: int
    items_id: int
    sample_id: int
    state: str
    drawn: FocusSet


@dataclass(frozen=True, slots=True)
class Subscription:
    """A group's wish for scheduled reports.

    Attributes:
        chat_id: The group.
        thread_id: The topic in it, None outside topics.
        model: The model's name or a part of it, empty for the choice of the bot.
        mode: The mode, None for the choice of the bot.
        last_fingerprint: The fingerprint of the last report posted there, None before the first.
    """

    chat_id: int
    thread_id: int | None
    model: str
    mode: str | None
    last_fingerprint: str | None


class ReportBoundary(NamedTuple):
    """The last answer and the last decision that figures in the chat look at. Zero: they look at none.

    Numbers are those of the whole database, so that one boundary serves any query.
    """

    answer_id: int
    decision_id: int


PRESENT = ReportBoundary(2**62, 2**62)
"""Numbers that no answer and no decision reaches."""


@dataclass(frozen=True, slots=True)
class ReportStep:
    """Where the snapshot of a mode stands, as `ReportSteps.advance` left it.

    Attributes:
        boundary: What figures in the chat may look at.
        lacking: How many answers to items new to their giver must come before it moves on.
        everybody_finished: Whether everybody who began the mode and has access has labeled the whole sample.
    """

    boundary: ReportBoundary
    lacking: int
    everybody_finished: bool


@dataclass(frozen=True, slots=True)
class Skip:
    """A tap on `Skip`. The fields are those of `Answer`; skipped_at is the time of the tap."""

    sample_id: int
    mode: str
    labeler_id: int
    row_id: int
    tap_id: str
    shown_at: float | None
    skipped_at: float


@dataclass(frozen=True, slots=True)
class Repeat:
    """A second answer to an item that came again unannounced. The fields are those of `Answer`.

    Attributes:
        earlier_label: The labeler's label of the item when the repeat was answered.
    """

    labeler_id: int
    row_id: int
    label: str
    earlier_label: str
    shown_at: float | None
    answered_at: float
    guide_version: str | None


LONGEST_NOTE = 500
"""In characters. The database refuses longer ones; whoever takes a note cuts it and says so."""


@dataclass(frozen=True, slots=True)
class ItemNote:
    """What a labeler wrote about an item: somebody's own text, at most 500 characters, to be shown escaped."""

    mode: str
    labeler_id: int
    row_id: int
    text: str
    noted_at: float


@dataclass(frozen=True, slots=True)
class Reminder:
    """When a labeler wants to be reminded.

    Attributes:
        labeler_id: Whom to remind.
        minute: The time of the day, in minutes since midnight.
        weekdays: The days as digits, 0 for Monday to 6 for Sunday: `01234` is Monday to Friday.
        zone: The name of the time zone, None until it was chosen.
        sent_at: When the last one was sent, or the wish was stored, whichever is later; None when that is not known.
        ignored: How many in a row were not followed by an answer.
    """

    labeler_id: int
    minute: int
    weekdays: str
    zone: str | None
    sent_at: float | None = None
    ignored: int = 0


@dataclass(frozen=True, slots=True)
class OwedDeletion:
    """What is still to be deleted outside the database about somebody who was forgotten.

    Attributes:
        owed_id: Its number, for `Deletions.done`.
        pseudonym: Under which name files speak of the person.
        stems: The base files of which there may be files.
        modes: The modes of which there may be files.
        card: The card whose buttons are to go, None when there was none.
    """

    owed_id: int
    pseudonym: str
    stems: tuple[str, ...]
    modes: tuple[str, ...]
    card: Card | None
