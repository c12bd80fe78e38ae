"""Five-field cron as cron has it, in a zone whose clocks change."""

from __future__ import annotations

import datetime as dtm
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.cron import CronError, check_cron, due_now, next_run

BERLIN = ZoneInfo("Europe/Berlin")
UTC = ZoneInfo("UTC")


def runs(expression: str, start: dtm.datetime, count: int, zone: ZoneInfo = BERLIN) -> list[dtm.datetime]:
    """The first runs after a moment."""
    found = [start]
    for _ in range(count):
        found.append(next_run(expression, found[-1], zone))
    return found[1:]


@pytest.mark.parametrize("sunday", ["0", "7", "sun"])
@pytest.mark.parametrize(
    "start", [dtm.datetime(2024, 3, 1, tzinfo=BERLIN), dtm.datetime(2024, 10, 1, tzinfo=BERLIN)]
)
def test_zero_and_seven_are_sunday_through_a_change_of_clocks(sunday: str, start: dtm.datetime) -> None:
    for run in runs(f"30 9 * * {sunday}", start, 10):
        local = run.astimezone(BERLIN)
        assert local.strftime("%A") == "Sunday"
        assert (local.hour, local.minute) == (9, 30)


def test_one_to_five_is_monday_to_friday() -> None:
    found = [
        run.astimezone(BERLIN) for run in runs("0 9 * * 1-5", dtm.datetime(2024, 3, 20, tzinfo=BERLIN), 10)
    ]
    assert {run.strftime("%a") for run in found} == {"Mon", "Tue", "Wed", "Thu", "Fri"}
    assert found[0].date() == dtm.date(2024, 3, 20)
    assert found[-1].date() == dtm.date(2024, 4, 2)
    assert all(run.hour == 9 for run in found)


def test_nine_in_the_morning_is_nine_local_time_on_both_sides_of_the_change() -> None:
    before, after = runs("0 9 * * *", dtm.datetime(2024, 3, 30, 8, tzinfo=BERLIN), 2)
    assert before.astimezone(UTC).hour == 8
    assert after.astimezone(UTC).hour == 7


def test_a_night_that_loses_an_hour_runs_once_and_one_that_gains_an_hour_runs_once() -> None:
    spring = [
        run.astimezone(UTC) for run in runs("30 2 * * *", dtm.datetime(2024, 3, 30, 12, tzinfo=BERLIN), 2)
    ]
    assert [run.date().isoformat() for run in spring] == ["2024-03-31", "2024-04-01"]
    autumn = runs("30 2 * * *", dtm.datetime(2024, 10, 26, 12, tzinfo=BERLIN), 2)
    assert [run.astimezone(BERLIN).date().isoformat() for run in autumn] == ["2024-10-27", "2024-10-28"]


def test_every_quarter_of_an_hour_goes_on_through_the_change() -> None:
    for day in (dtm.datetime(2024, 3, 31, tzinfo=BERLIN), dtm.datetime(2024, 10, 27, tzinfo=BERLIN)):
        found = [run.astimezone(UTC) for run in runs("*/15 * * * *", day, 30)]
        assert {later - earlier for earlier, later in pairwise(found)} == {dtm.timedelta(minutes=15)}


def test_days_of_month_and_of_week_add_up_when_both_are_given() -> None:
    found = [run.astimezone(UTC) for run in runs("0 0 13 * 5", dtm.datetime(2024, 5, 1, tzinfo=UTC), 6, UTC)]
    assert [run.day for run in found] == [3, 10, 13, 17, 24, 31]


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("* * * *", "it has not five fields"),
        ("* * * * * *", "it has not five fields"),
        ("60 * * * *", "bad minute"),
        ("* 24 * * *", "bad hour"),
        ("* * 0 * *", "bad day-of-month"),
        ("* * * 13 *", "bad month"),
        ("* * * * 8", "bad day-of-week"),
        ("* * * * x", "bad day-of-week"),
        ("*/0 * * * *", "bad minute"),
        ("0 0 30 2 *", ""),
        ("@daily", "it has not five fields"),
    ],
)
def test_what_cron_would_not_take_is_refused_with_the_field(expression: str, words: str) -> None:
    with pytest.raises(CronError) as caught:
        check_cron(expression)
    assert words in str(caught.value)


@given(
    st.sampled_from(["*/15 * * * *", "0 9 * * *", "30 2 * * 0", "0 0 29 2 *", "5 4 1,15 * 1-5"]),
    st.integers(1_577_836_800, 1_893_456_000).map(lambda moment: dtm.datetime.fromtimestamp(moment, UTC)),
    st.floats(0, 10**7),
)
def test_a_run_is_due_exactly_when_one_lies_in_between_and_its_lateness_is_told(
    expression: str, last: dtm.datetime, later: float
) -> None:
    now = last + dtm.timedelta(seconds=later)
    first = next_run(expression, last, BERLIN)
    assert first > last
    due = due_now(expression, last, now, BERLIN)
    assert (due.run, due.clock_set_back) == (first <= now, False)
    assert due.late == (now - first if due.run else dtm.timedelta(0))


START = dtm.datetime(2026, 3, 1, 8, 59, tzinfo=UTC)


def after_steps(expression: str, steps: list[float]) -> tuple[list[dtm.datetime], int]:
    """Ask as the bot does, while the clock moves by some seconds each time.

    Returns:
        When the job ran, and how often the clock counted as set back.
    """
    last = now = START
    ran, set_back = [], 0
    for step in steps:
        now += dtm.timedelta(seconds=step)
        due = due_now(expression, last, now, UTC)
        assert not (due.run and due.clock_set_back)
        if due.run or due.clock_set_back:
            last = now
        ran += [now] if due.run else []
        set_back += due.clock_set_back
    return ran, set_back


def test_a_machine_that_slept_over_several_runs_makes_them_up_by_one_and_says_how_late() -> None:
    now = START + dtm.timedelta(days=3)
    due = due_now("0 9 * * *", START, now, UTC)
    assert (due.run, due.late) == (True, dtm.timedelta(days=2, hours=23, minutes=59))
    ran, set_back = after_steps("0 9 * * *", [3 * 86_400, 60, 60, 60])
    assert ran == [now, now + dtm.timedelta(minutes=1)]
    assert set_back == 0


def test_a_clock_set_back_by_a_month_costs_no_run_but_the_one_of_that_day() -> None:
    ran, set_back = after_steps("0 9 * * *", [120, -30 * 86_400, *[60] * (2 * 24 * 60)])
    assert set_back == 1
    assert [f"{run:%d.%m. %H:%M}" for run in ran] == ["01.03. 09:01", "31.01. 09:00", "01.02. 09:00"]


def test_a_clock_that_is_kept_right_runs_nothing_twice() -> None:
    ran, set_back = after_steps("0 9 * * *", [61, -2, 2, 60, 60])
    assert (len(ran), set_back) == (1, 0)


@given(
    st.sampled_from(["*/15 * * * *", "0 9 * * *", "30 2 * * 0"]),
    st.lists(st.floats(-(10**6), 10**6), max_size=20),
)
def test_whatever_the_clock_does_a_job_runs_again_within_its_own_time(
    expression: str, steps: list[float]
) -> None:
    ran, _ = after_steps(expression, [*steps, 60, *[7 * 86_400] * 2])
    assert len(ran) >= 2
