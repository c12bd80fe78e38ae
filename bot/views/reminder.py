"""What people are told of their reminder, and the buttons below: times to choose from, and time zones."""

from __future__ import annotations

import datetime as dtm
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.rules.callback_data import REMIND, CallbackData, encode
from bot.rules.reminding import EVERY_DAY, Times
from bot.rules.zones import SHORT_LIST, ZONES, city
from bot.views.screen import Button, Screen

OFFERED_MINUTES = (8 * 60, 12 * 60 + 30, 18 * 60, 21 * 60)
HALF_A_ROW = 14
"""Characters that half a row of buttons shows whole on a narrow phone."""
HOW_TO_REMIND = (
    "Write /remind 8:30, /remind 8:30 weekdays, or /remind off;"
    " for another time zone name a city, such as /remind 8:30 Lisbon."
)
NO_REMINDER = (
    "No reminder is set. I can send you the next card silently once a day.\n"
    "Choose a time, or write your own: /remind 8:30, or /remind 8:30 weekdays."
)
NOTHING_TO_END = "No reminder was set. /remind 8:30 sets one."
TIME_FIRST = "Set a time first, such as /remind 8:30. The time zone comes with it: /remind 8:30 Lisbon."
ON_CARD = "\n<i>Your reminder. /remind changes or ends it.</i>"
"""The last line of a card that comes as a reminder; it goes with the first tap."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody's reminder stands.

    Attributes:
        user_id: The reader's Telegram id, for whom alone the buttons work.
        times: When the reader is reminded, in their zone or the usual one.
        zone: The name of the zone that the reader chose, None before.
        usual: TIMEZONE, which counts until then.
        due: When the next one is due.
        now: The present moment, aware.
        all_done: Whether everything is labeled, so that none comes.
    """

    user_id: int
    times: Times
    zone: str | None
    usual: ZoneInfo
    due: dtm.datetime
    now: dtm.datetime
    all_done: bool


def offer(user_id: int) -> Screen:
    """Return what somebody without a reminder is offered."""
    return Screen(NO_REMINDER, (_times(user_id),))


def standing(now: Standing) -> Screen:
    """Return how a reminder stands, with buttons that change it."""
    user = now.user_id
    more = (Button("Time zone", _data(user, "zones")), Button("No reminders", _data(user, "off")))
    return Screen(_told(now), (_times(user), more))


def confirmed(now: Standing) -> Screen:
    """Return the answer to a wish: how the reminder stands, with the question for the time zone until one is chosen."""
    return Screen(_told(now)) if now.zone else zone_question(now)


def zone_question(now: Standing, page: int = 0) -> Screen:
    """Return the question what time it is where the reader is, with buttons from west to east.

    Args:
        now: How the reminder stands.
        page: 0 for a short list, 1 for the others.
    """
    first, last = (0, SHORT_LIST) if page == 0 else (SHORT_LIST, len(ZONES))
    shown = sorted(range(first, last), key=lambda place: _offset(ZONES[place], now.now))
    buttons = [
        Button(_clock_in(ZoneInfo(ZONES[place]), now.now), _data(now.user_id, "zone", place))
        for place in shown
    ]
    if page == 0 and now.usual.key not in ZONES[:SHORT_LIST]:
        buttons.append(Button(_clock_in(now.usual, now.now), _data(now.user_id, "usual zone")))
    text, other = ("More places", 1) if page == 0 else ("‹ Back", 0)
    turn = Button(text, _data(now.user_id, "zones", other))
    lines = [
        _told(now),
        "<b>What time is it where you are?</b> Tap a place with your time, or write a city: /remind Lisbon.",
    ]
    return Screen("\n".join(lines), (*_in_pairs(buttons), (turn,)))


def ended(minute: int) -> str:
    """Return what is said once when reminders end by themselves."""
    return (
        "The last three reminders had no answer, so no more come."
        f" /remind {clock(minute)} brings them back, /label goes on at any time."
    )


def off(minute: int) -> str:
    """Return the line that confirms that reminders have ended."""
    return f"No more reminders. /remind {clock(minute)} brings them back."


def unknown_place(place: str) -> str:
    """Return the line for a place without a time zone; `place` is safe to show."""
    return f"I know no time zone of “{place}”. {HOW_TO_REMIND}"


def clock(minute: int) -> str:
    """Return a time of the day, in minutes since midnight, as people write it: `8:30`."""
    return f"{minute // 60}:{minute % 60:02d}"


def _told(now: Standing) -> str:
    every = "every day" if now.times.weekdays == EVERY_DAY else "on weekdays"
    time_there = _clock_in(now.times.zone, now.now)
    told = f"A card comes silently {every} at <b>{clock(now.times.minute)}</b> ({time_there} now)."
    if now.all_done:
        return f"{told} Everything is labeled at present, so none comes until there is more."
    return f"{told} The next: {_day(now.due, now.now.astimezone(now.times.zone))}. /remind off ends it."


def _day(due: dtm.datetime, now: dtm.datetime) -> str:
    """Return the day of a moment in words; both in the reader's zone."""
    days = (due.date() - now.date()).days
    return ("today", "tomorrow")[days] if days < 2 else f"{due:%a %-d %b}"


def _clock_in(zone: ZoneInfo, now: dtm.datetime) -> str:
    there = now.astimezone(zone)
    return f"{clock(60 * there.hour + there.minute)} {city(zone.key)}"


def _offset(zone: str, now: dtm.datetime) -> dtm.timedelta:
    return now.astimezone(ZoneInfo(zone)).utcoffset() or dtm.timedelta(0)


def _times(user_id: int) -> tuple[Button, ...]:
    return tuple(Button(clock(minute), _data(user_id, "time", minute)) for minute in OFFERED_MINUTES)


def _in_pairs(buttons: Sequence[Button]) -> list[tuple[Button, ...]]:
    """Return rows of two; a button whose text half a row would cut has a row of its own."""
    rows: list[tuple[Button, ...]] = []
    for button in buttons:
        short = len(button.text) <= HALF_A_ROW
        if short and rows and len(rows[-1]) == 1 and len(rows[-1][0].text) <= HALF_A_ROW:
            rows[-1] += (button,)
        else:
            rows.append((button,))
    return rows


def _data(user_id: int, action: str, row: int = 0) -> str:
    return encode(CallbackData(REMIND, action, row=row), user_id)
