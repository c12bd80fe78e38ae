"""When a reminder is due, whether it is sent, and what somebody who asks for one has typed.

Reminders are looked at once a minute, and all that decides is stored: the wish (`Times`), when the last reminder was
sent and how many in a row were not heeded. So nothing is lost over a restart, and nothing has to be planned anew when
the clocks change, the machine slept or a wish was changed.

    a reminder is due    at its time by the clock on the wall of its reader; where the clocks jump over that time, as
                         much later as they jump; where it comes twice, the first time only
    it is sent late      when nobody looked at the time, for three hours at most and on the same day only
    it is passed over    when its reader tapped an answer within the hour before, or since
    all of them end      when three in a row were not followed by an answer until the next was due
"""

from __future__ import annotations

import datetime as dtm
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from zoneinfo import ZoneInfo

EVERY_DAY = "0123456"
WORKDAYS = "01234"
"""Days are digits, 0 for Monday to 6 for Sunday."""

LATEST_SECONDS = 3 * 3600.0
QUIET_SECONDS = 3600.0
MOST_IGNORED = 3
DAY_SECONDS = 86_400.0
LONGEST_WAIT_DAYS = 15
"""In so many days each weekday comes, also where one week lacks a day, as when Samoa crossed the date line."""

TIME = re.compile("([01]?[0-9]|2[0-3]):([0-5][0-9])")
PLACE = re.compile("([A-Za-z][A-Za-z0-9_+/ -]{0,60})?")


@dataclass(frozen=True, slots=True)
class Times:
    """When somebody wants to be reminded.

    Attributes:
        minute: The time of the day, in minutes since midnight by the clock on the wall.
        weekdays: The days as digits, 0 for Monday to 6 for Sunday; at least one.
        zone: The reader's time zone.
    """

    minute: int
    weekdays: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Past:
    """What came of a labeler's reminders so far. Times are seconds since 1970.

    Attributes:
        sent_at: When the last one was sent, or the wish was stored, whichever is later; None when that is not known.
        ignored: How many in a row were sent, none of which was followed by an answer when last looked at.
        answered_at: When the labeler last tapped an answer, None before the first.
    """

    sent_at: float | None
    ignored: int
    answered_at: float | None


class Step(Enum):
    """What to do about a reminder that is due."""

    REMIND = "remind"
    NOT_TODAY = "not today"
    END = "end"


def next_due(times: Times, after: dtm.datetime) -> dtm.datetime:
    """Return when the next reminder is due, strictly later than `after` (aware), in the reader's time zone."""
    first = after.astimezone(times.zone).date()
    for days in range(LONGEST_WAIT_DAYS):
        due = _due_on(times, first + dtm.timedelta(days))
        if due is not None and due > after:
            return due.astimezone(times.zone)
    raise ValueError(f"no day of a week is in {times.weekdays!r}")


def due_now(times: Times, sent_at: float | None, now: float) -> float | None:
    """Return since when a reminder is due that was not sent yet; None when none is, or it is too late for it.

    A `sent_at` more than a day ahead is not believed: the clock was wrong then, and waiting for it could take years.

    Args:
        times: When the labeler wants to be reminded.
        sent_at: As in `Past`.
        now: The present moment, in seconds since 1970.
    """
    today = dtm.datetime.fromtimestamp(now, times.zone).date()
    due = _due_on(times, today)
    if due is None or not 0 <= now - due.timestamp() <= LATEST_SECONDS:
        return None
    was_sent = sent_at is not None and due.timestamp() <= sent_at <= now + DAY_SECONDS
    return None if was_sent else due.timestamp()


def step(due_at: float, past: Past) -> Step:
    """Decide about a reminder that is due since `due_at` and whose reader has something left to label."""
    if past.answered_at is not None and past.answered_at >= due_at - QUIET_SECONDS:
        return Step.NOT_TODAY
    if past.ignored >= MOST_IGNORED and not was_heeded(past):
        return Step.END
    return Step.REMIND


def was_heeded(past: Past) -> bool:
    """Return whether the labeler has answered since the last reminder."""
    return past.answered_at is not None and past.answered_at >= (past.sent_at or 0.0)


def _due_on(times: Times, day: dtm.date) -> dtm.datetime | None:
    """Return the moment in UTC at which a reminder is due on a day, None when none is.

    A time that does not exist that day is read by the clock before the change (PEP 495), so it lies as much behind the
    gap as it lay in it. Where that is on another day, that day is left out: no day has two.
    """
    if str(day.weekday()) not in times.weekdays:
        return None
    wanted = dtm.datetime.combine(day, dtm.time(*divmod(times.minute, 60)), times.zone)
    due = wanted.astimezone(dtm.UTC)
    return due if due.astimezone(times.zone).date() == day else None


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody typed behind `/remind`.

    Attributes:
        off: Whether reminders are to end; then nothing else is said.
        minute: The time of the day, None when none was named.
        weekdays: The days, as in `Times`.
        place: The city or time zone as typed, empty when none was named.
    """

    off: bool = False
    minute: int | None = None
    weekdays: str = EVERY_DAY
    place: str = ""


def read_wish(words: Sequence[str]) -> Wish | None:
    """Return what was typed, None when it is no wish: `8:30`, `8:30 weekdays`, `8:30 New York`, `New York`, `off`."""
    left = list(words)
    if [word.lower() for word in left] == ["off"]:
        return Wish(off=True)
    minute, weekdays = None, EVERY_DAY
    if left and (time := TIME.fullmatch(left[0])):
        minute = 60 * int(time[1]) + int(time[2])
        del left[0]
        if left and left[0].lower() == "weekdays":
            weekdays = WORKDAYS
            del left[0]
    place = _without_accents(" ".join(left))
    if (minute is None and not place) or not PLACE.fullmatch(place):
        return None
    return Wish(minute=minute, weekdays=weekdays, place=place)


def _without_accents(place: str) -> str:
    """Return a place as names of time zones spell it: `Sao Paulo` for `São Paulo`."""
    return "".join(c for c in unicodedata.normalize("NFKD", place) if not unicodedata.combining(c))
