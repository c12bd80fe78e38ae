"""What the database keeps, as plain frozen records. Times are UTC, in seconds since 1970 (float)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Labeler:
    """A person who answers. user_id: the Telegram id. mode: None before the first choice.

    joined_at: when access was given, None for one known by an import or by open access only. revoked_at: when it
    was ended.
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
        """The only name that files and group messages show: `labeler-01`."""
        return pseudonym(self.labeler_id)


def pseudonym(labeler_id: int) -> str:
    """The pseudonym of a labeler by its number, two digits at least."""
    return f"labeler-{labeler_id:02d}"


@dataclass(frozen=True, slots=True)
class Card:
    """The live card of a labeler: the one message that has buttons."""

    chat_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to be saved. tap_id: the callback query's own id. shown_at: None when unknown."""

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
    """One line of the history, as exports show it. A tuple, because there may be a million."""

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
    """A labeler's present labels in one mode. by_row: row_id -> label. last_row: answered last, None: nothing yet."""

    by_row: Mapping[int, str]
    last_row: int | None


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a link gave. admin: the role of an admin, else that of a labeler."""

    invitation_id: int
    admin: bool


@dataclass(frozen=True, slots=True)
class Subscription:
    """A group's wish for scheduled reports. thread_id: its topic, None outside topics.

    model: as typed, empty for the choice of the bot. last_fingerprint: of the last report posted there.
    """

    chat_id: int
    thread_id: int | None
    model: str
    last_fingerprint: str | None
