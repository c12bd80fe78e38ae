"""What the database keeps, as plain frozen records. Times are seconds since 1970, UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


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
class Invitation:
    """An invitation that was accepted.

    Attributes:
        invitation_id: Its number.
        admin: Whether it makes an admin; else it makes a labeler.
    """

    invitation_id: int
    admin: bool


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
