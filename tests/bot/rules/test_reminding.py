"""When reminders are due in any time zone, when one is sent, and what somebody who asks for one may type."""

from __future__ import annotations

import datetime as dtm
import zoneinfo
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.rules.reminding import (
    EVERY_DAY,
    WORKDAYS,
    Past,
    Step,
    Times,
    Wish,
    due_now,
    next_due,
    read_wish,
    step,
    was_heeded,
)
from bot.rules.zones import SHORT_LIST, ZONES, city, find_zone, zone_named

BERLIN = ZoneInfo("Europe/Berlin")
ALL_ZONES = sorted(zoneinfo.available_timezones())
HOUR = 3600.0
LONGEST_GAP = dtm.timedelta(hours=24)

zones = st.sampled_from(ALL_ZONES).map(ZoneInfo)
days = st.sets(st.sampled_from(EVERY_DAY), min_size=1).map(lambda chosen: "".join(sorted(chosen)))
wishes = st.builds(Times, st.integers(0, 1439), days, zones)
moments = st.integers(63_072_000, 3_786_912_000).map(
    lambda at: dtm.datetime.fromtimestamp(at, dtm.UTC)
)  # 1972 to 2090


def berlin(text: str, fold: int = 0) -> dtm.datetime:
    return dtm.datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)


def is_in_a_gap(wanted: dtm.datetime) -> bool:
    """Whether no clock on a wall ever shows this local time."""
    there = wanted.astimezone(dtm.UTC).astimezone(wanted.tzinfo)
    return there.replace(tzinfo=None) != wanted.replace(tzinfo=None)


@settings(max_examples=200)
@given(wishes, moments)
@example(Times(150, EVERY_DAY, BERLIN), dtm.datetime(2026, 3, 28, 12, tzinfo=dtm.UTC))
@example(Times(510, "4", ZoneInfo("Pacific/Apia")), dtm.datetime(2011, 12, 24, tzinfo=dtm.UTC))
def test_the_next_is_later_at_the_wanted_time_or_behind_a_gap_and_once_a_day(
    times: Times, after: dtm.datetime
) -> None:
    due, seen = after, {after.astimezone(times.zone).date(): 0}
    for _ in range(4):
        before, due = due, next_due(times, due)
        assert due > before
        day = due.astimezone(times.zone).date()
        assert str(day.weekday()) in times.weekdays
        seen[day] = seen.get(day, 0) + 1
        local = due.replace(tzinfo=None)
        wanted = dtm.datetime.combine(day, dtm.time(*divmod(times.minute, 60)))
        if local != wanted:
            assert is_in_a_gap(wanted.replace(tzinfo=times.zone))
            assert wanted < local < wanted + LONGEST_GAP
        assert seen[day] == 1
        # nobody has to wait for more than a week, a day that was left out aside
        assert due - before <= dtm.timedelta(days=15)


def test_it_stays_at_the_time_on_the_wall_when_the_clocks_change() -> None:
    times = Times(8 * 60 + 30, EVERY_DAY, BERLIN)
    assert next_due(times, berlin("2026-03-28 08:30")) == berlin("2026-03-29 08:30")
    assert berlin("2026-03-29 08:30").timestamp() - berlin("2026-03-28 08:30").timestamp() == 23 * HOUR
    assert next_due(times, berlin("2026-10-24 08:30")) == berlin("2026-10-25 08:30")
    assert berlin("2026-10-25 08:30").timestamp() - berlin("2026-10-24 08:30").timestamp() == 25 * HOUR


def test_a_time_that_the_clocks_jump_over_comes_behind_the_jump_and_one_that_comes_twice_comes_first() -> (
    None
):
    times = Times(2 * 60 + 30, EVERY_DAY, BERLIN)
    assert next_due(times, berlin("2026-03-28 12:00")).isoformat() == "2026-03-29T03:30:00+02:00"
    first = next_due(times, berlin("2026-10-24 12:00"))
    assert first.isoformat() == "2026-10-25T02:30:00+02:00"
    assert next_due(times, first).isoformat() == "2026-10-26T02:30:00+01:00"


def test_on_weekdays_friday_is_followed_by_monday() -> None:
    times = Times(8 * 60 + 30, WORKDAYS, BERLIN)
    assert next_due(times, berlin("2026-11-27 08:30")) == berlin("2026-11-30 08:30")


# -- sent, late, passed over, ended ---------------------------------------------------------------------------

MORNING = Times(8 * 60 + 30, WORKDAYS, BERLIN)
DUE = berlin("2026-11-24 08:30").timestamp()  # a Tuesday


@pytest.mark.parametrize(
    ("late", "sent", "due"),
    [
        (-1.0, -24 * HOUR, False),
        (0.0, -24 * HOUR, True),
        (3 * HOUR, -24 * HOUR, True),
        (3 * HOUR + 1, -24 * HOUR, False),
        (60.0, 0.0, False),
        (60.0, 1.0, False),
        (60.0, None, True),
        (60.0, 2 * HOUR, False),  # the clock was put back a little: never twice
        (60.0, 30 * 24 * HOUR, True),  # the clock was wrong: nobody waits for a month
        (4 * 24 * HOUR, -24 * HOUR, False),  # Saturday
    ],
)
def test_one_is_due_from_its_time_on_for_three_hours_until_it_was_sent(
    late: float, sent: float | None, due: bool
) -> None:
    found = due_now(MORNING, None if sent is None else DUE + sent, DUE + late)
    assert found == (DUE if due else None)


def test_a_late_one_is_not_sent_on_another_day() -> None:
    late_evening = Times(23 * 60, EVERY_DAY, BERLIN)
    due = berlin("2026-11-24 23:00").timestamp()
    assert due_now(late_evening, None, due + 0.9 * HOUR) == due
    assert due_now(late_evening, None, due + 1.1 * HOUR) is None


@given(wishes, moments.map(lambda moment: moment.timestamp()), st.floats(0, 4 * HOUR))
def test_what_is_due_now_was_the_next_before_and_is_sent_once(
    times: Times, now: float, before: float
) -> None:
    due = due_now(times, None, now)
    expected = next_due(times, dtm.datetime.fromtimestamp(now - before, dtm.UTC))
    if due is None:
        tomorrow = dtm.datetime.fromtimestamp(now, times.zone).date() != expected.date()
        assert tomorrow or expected.timestamp() > now or now - expected.timestamp() > 3 * HOUR
    else:
        assert due <= now
        assert due_now(times, now, now) is None
        assert next_due(times, dtm.datetime.fromtimestamp(due - 1, dtm.UTC)).timestamp() == due


@pytest.mark.parametrize(
    ("ignored", "answered", "expected"),
    [
        (0, None, Step.REMIND),
        (0, -HOUR - 1, Step.REMIND),
        (0, -HOUR, Step.NOT_TODAY),
        (0, 30.0, Step.NOT_TODAY),
        (2, -30 * HOUR, Step.REMIND),
        (3, -30 * HOUR, Step.END),
        (3, None, Step.END),
        (3, -20 * HOUR, Step.REMIND),  # an answer after the last one, so that one was not ignored
    ],
)
def test_three_that_nobody_answered_are_the_last(
    ignored: int, answered: float | None, expected: Step
) -> None:
    past = Past(DUE - 24 * HOUR, ignored, None if answered is None else DUE + answered)
    assert step(DUE, past) is expected
    if expected is Step.END:
        assert step(DUE, replace(past, ignored=2)) is Step.REMIND


def test_a_reminder_was_heeded_by_an_answer_since_it_was_sent() -> None:
    assert was_heeded(Past(100.0, 1, 100.0))
    assert not was_heeded(Past(100.0, 1, 99.0))
    assert not was_heeded(Past(100.0, 1, None))
    assert was_heeded(Past(None, 0, 5.0))


# -- what is typed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "wish"),
    [
        ("8:30", Wish(minute=510)),
        ("08:30", Wish(minute=510)),
        ("0:00", Wish(minute=0)),
        ("23:59 Weekdays", Wish(minute=1439, weekdays=WORKDAYS)),
        ("8:30 New York", Wish(minute=510, place="New York")),
        ("8:30 weekdays Etc/GMT+5", Wish(minute=510, weekdays=WORKDAYS, place="Etc/GMT+5")),
        ("Lisbon", Wish(place="Lisbon")),
        ("8:30 São Paulo", Wish(minute=510, place="Sao Paulo")),
        ("OFF", Wish(off=True)),
        ("", None),
        ("8", None),
        ("24:00", None),
        ("8:60", None),
        ("8:30pm", None),
        ("٨:٣٠", None),
        ("8:30 9:30", None),
        ("8:30 <b>", None),
        ("8:30 " + "a" * 100, None),
    ],
)
def test_a_wish_is_a_time_perhaps_weekdays_perhaps_a_place_or_off(typed: str, wish: Wish | None) -> None:
    assert read_wish(typed.split()) == wish


@given(st.text(max_size=30))
def test_whatever_is_typed_is_read_without_an_error(text: str) -> None:
    wish = read_wish(text.split())
    assert wish is None or wish.off or wish.minute is not None or wish.place


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("berlin", "Europe/Berlin"),
        ("NEW  YORK", "America/New_York"),
        ("america/new_york", "America/New_York"),
        ("utc", "UTC"),
        ("Atlantis", None),
        ("Europe", None),
        ("", None),
    ],
)
def test_a_zone_is_found_by_its_city_or_its_name(typed: str, name: str | None) -> None:
    assert find_zone(typed, ALL_ZONES) == name


def test_the_zones_on_buttons_exist_are_found_by_their_words_and_hold_every_usual_offset() -> None:
    assert set(ZONES) <= set(ALL_ZONES)
    assert len({city(name) for name in ZONES}) == len(ZONES)
    assert len(ZONES) > SHORT_LIST
    now = dtm.datetime(2026, 11, 24, 12, tzinfo=dtm.UTC)
    for name in ZONES:
        found = find_zone(city(name), ALL_ZONES)
        assert found is not None
        assert now.astimezone(ZoneInfo(found)).utcoffset() == now.astimezone(ZoneInfo(name)).utcoffset()


def test_a_zone_that_this_machine_does_not_know_is_the_usual_one() -> None:
    assert zone_named("Asia/Tokyo", BERLIN).key == "Asia/Tokyo"
    for name in (None, "Atlantis", "", "../etc/passwd"):
        assert zone_named(name, BERLIN) is BERLIN
