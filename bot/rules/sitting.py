"""One sitting of a labeler: answers that follow each other within ten minutes, and the pace in them."""

from __future__ import annotations

from dataclasses import dataclass

SITTING_SECONDS = 600.0
LONGEST_LOOK = 120.0
"""Seconds; a card that was shown for longer was left lying, which says nothing about how long an item takes."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """What was done in one sitting so far.

    Attributes:
        answers: How many items got their first answer.
        timed: How many of them were looked at for a known time; those left lying are not among them.
        seconds: The time spent on those that were timed.
        last_at: When the last answer came, in seconds since 1970.
    """

    answers: int
    timed: int
    seconds: float
    last_at: float

    @property
    def pace(self) -> float | None:
        """Seconds for an item; None before anything was timed."""
        return self.seconds / self.timed if self.timed else None


def after_answer(sitting: Sitting | None, shown_at: float | None, now: float) -> Sitting:
    """Return the sitting after one more first answer; a new one when the last is more than ten minutes ago.

    Args:
        sitting: The sitting before, None for none.
        shown_at: When the item's card was shown, None when that is not known.
        now: When the answer came.
    """
    looked = 0.0 if shown_at is None else now - shown_at
    timed = 0 < looked <= LONGEST_LOOK
    spent = looked if timed else 0.0
    if sitting is None or now - sitting.last_at > SITTING_SECONDS:
        return Sitting(1, int(timed), spent, now)
    return Sitting(sitting.answers + 1, sitting.timed + timed, sitting.seconds + spent, now)


def is_due(sitting: Sitting, every: int) -> bool:
    """Return whether the notice says how it stands: at each `every`-th answer of a sitting; 0: never."""
    return every > 0 and sitting.answers % every == 0
