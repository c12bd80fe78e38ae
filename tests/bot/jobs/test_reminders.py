"""Reminders over days that pass in seconds: sent, heeded, ignored, late, and never to who does not want one."""

from __future__ import annotations

import datetime as dtm
from zoneinfo import ZoneInfo

import pytest

from bot.jobs.reminders import ReminderRounds
from bot.jobs.schedule import start_schedule
from storage.records import Reminder
from tests.support.bench import Bench, Clock, Inside
from tests.support.labeling_steps import alternating, label_all, open_card, rows
from tests.support.phone import Chat

BERLIN = ZoneInfo("Europe/Berlin")
ONE_MODE = {"LABEL_MODES": "alignment"}


def berlin(day: str, time: str = "08:30") -> dtm.datetime:
    """A few seconds behind the full minute, so that the running bot's own look does not come in between."""
    return dtm.datetime.fromisoformat(f"2026-{day} {time}:03").replace(tzinfo=BERLIN)


@pytest.fixture(autouse=True)
def friday(clock: Clock) -> None:
    """It is a Friday evening; clocks are put forward on the Sunday that follows."""
    clock.at(berlin("03-27", "18:00"))


async def look(bench: Bench, clock: Clock, moment: dtm.datetime) -> int:
    """Look at the reminders at a moment, and wait until what comes of it has arrived; how many were sent."""
    clock.at(moment)
    assert bench.inside is not None
    sent = await ReminderRounds(bench.inside.services, bench.inside.app.bot_data.labeling).run()
    await bench.rest()
    return sent


async def label(you: Chat, clock: Clock, count: int) -> list[str]:
    """Answer the card at hand, ten seconds an item; the notices."""
    said = []
    for _ in range(count):
        clock.forward(seconds=10)
        card = you.card
        said.append((await you.tap("Related", on=card)).text)
        await you.wait_for(lambda m, card=card: m.id == card.id and m.text != card.text)
    return said


def ignored(bench: Bench) -> list[tuple[object, ...]]:
    return rows(bench.database, "SELECT ignored FROM reminders")


async def test_a_labelers_days_with_reminders_heeded_and_ignored_over_a_clock_change_to_the_end(
    bench: Bench, clock: Clock
) -> None:
    settings = {**ONE_MODE, "SESSION_ITEMS": "5"}
    async with bench.running(**settings):
        you = await bench.admin()
        await open_card(you)
        said = await label(you, clock, 6)
        assert said == ["Saved: Related"] * 4 + ["5 done · 7 left · about 1 min", "Saved: Related"]
        first_card = you.card
        await you.ask("/remind 8:30 Berlin")

        # Saturday: one at the time, silent, with the next card, which is the only live one then
        assert await look(bench, clock, berlin("03-28", "08:29")) == 0
        assert await look(bench, clock, berlin("03-28")) == 1
        card = you.last
        assert card.text.startswith("⚖ alignment · Item 7 / 12\nLabeled: 6 / 12\n")
        assert card.text.endswith("\nYour reminder. /remind changes or ends it.")
        sent = await bench.phone.calls("sendMessage", chat=you.id)
        assert sent[-1].params["disable_notification"] == "true"
        assert (you.message(first_card.id).text, you.message(first_card.id).rows) == (  # type: ignore[union-attr]
            "Fri 27 Mar: 6 labeled",
            [],
        )
        assert await look(bench, clock, berlin("03-28", "08:31")) == 0
        assert ignored(bench) == [(1,)]
        clock.at(berlin("03-28", "12:00"))
        await label(you, clock, 2)
        assert you.card.id == card.id
        assert "Your reminder" not in you.card.text
        told = (await you.ask("/progress")).text
        assert told == "Your labels\nalignment: 8 / 12 · 2 today · 4 left, about 40 s · 10 s an item"

    async with bench.running(**settings):
        # Sunday: half past eight is an hour sooner, and the count of the ignored begins anew
        assert await look(bench, clock, berlin("03-29") - dtm.timedelta(minutes=1)) == 0
        assert berlin("03-29").astimezone(dtm.UTC).hour == 6
        assert await look(bench, clock, berlin("03-29")) == 1
        assert ignored(bench) == [(1,)]
        assert you.message(card.id).text == "Continued below."  # type: ignore[union-attr] # it was restarted
        for day in ("03-30", "03-31"):
            assert await look(bench, clock, berlin(day)) == 1
        assert ignored(bench) == [(3,)]

        # Wednesday: the fourth would be due, and three were ignored
        for time in ("08:30", "08:31"):
            assert await look(bench, clock, berlin("04-01", time)) == 0
        ends = [m for m in you.from_bot if m.text.startswith("The last three reminders had no answer")]
        assert [m.id for m in ends] == [you.last.id]
        assert ignored(bench) == []
        assert await look(bench, clock, berlin("04-02")) == 0
        assert [m.id for m in you.from_bot if m.has("Related")] == [ends[0].id - 1]

        # set again, then everything is labeled: the end is said, and no more come
        await you.ask("/remind 8:30 Berlin")
        await open_card(you)
        await label(you, clock, 4)
        assert "Thank you, that was everything." in you.card.text
        assert "Time: 2 min" in you.card.text
        newest = you.last.id
        assert await look(bench, clock, berlin("04-03")) == 0
        assert you.last.id == newest
        told_at_the_end = await you.ask("/progress")
        assert told_at_the_end.text.endswith("Everything is labeled. Thank you! /export sends you the file.")
        assert told_at_the_end.rows == []


async def test_who_labeled_within_the_hour_before_is_left_in_peace_that_day(
    bench: Bench, clock: Clock
) -> None:
    async with bench.running():
        you = await bench.admin()
        await you.ask("/remind 8:30 Berlin")
        clock.at(berlin("03-28", "07:45"))
        await label_all(you, ["related"])
        newest = you.last.id
        for time in ("08:30", "09:15", "11:00"):
            assert await look(bench, clock, berlin("03-28", time)) == 0
        assert you.last.id == newest
        assert await look(bench, clock, berlin("03-29")) == 1


async def test_one_that_was_missed_comes_late_within_three_hours_and_not_twice(
    bench: Bench, clock: Clock
) -> None:
    async with bench.running():
        you = await bench.admin()
        await you.ask("/remind 8:30 Berlin")
        assert await look(bench, clock, berlin("03-28", "11:31")) == 0
    clock.at(berlin("03-29", "10:00"))
    for _ in range(2):
        async with bench.running():
            await bench.rest()
        late = [message for message in you.from_bot if message.text.startswith("⚖ alignment · Item 1 / 12")]
        assert len(late) == 1
        clock.forward(seconds=120)
    assert ignored(bench) == [(1,)]


async def test_the_schedule_looks_again_and_again_whether_one_is_due(bench: Bench, clock: Clock) -> None:
    async with bench.running() as inside:
        you = await bench.admin()
        await you.ask("/remind 8:30 Berlin")
        schedule = await start_schedule(inside.app, inside.services, every=0.2)
        try:
            clock.at(berlin("03-28"))
            await you.wait_text("⚖ alignment · Item 1 / 12")
        finally:
            await schedule.stop(wait=False)


async def test_on_weekdays_nothing_comes_on_a_saturday(bench: Bench, clock: Clock) -> None:
    async with bench.running():
        await (await bench.admin()).ask("/remind 8:30 weekdays Berlin")
        sent = [await look(bench, clock, berlin(day)) for day in ("03-28", "03-29", "03-30")]
    assert sent == [0, 0, 1]


async def test_until_a_time_zone_is_chosen_the_one_of_the_settings_counts(bench: Bench, clock: Clock) -> None:
    async with bench.running(TIMEZONE="Asia/Tokyo"):
        await (await bench.admin()).ask("/remind 8:30")
        assert await look(bench, clock, berlin("03-28", "00:29")) == 0
        assert await look(bench, clock, berlin("03-28", "00:30")) == 1


async def test_who_blocked_the_bot_is_not_reminded_again(bench: Bench, clock: Clock) -> None:
    async with bench.running():
        you = await bench.admin()
        await you.ask("/remind 8:30 Berlin")
        await you.block()
        assert await look(bench, clock, berlin("03-28")) == 1
        assert ignored(bench) == []
        assert (await bench.phone.refusals())[-1].description.startswith("Forbidden")


async def test_a_reminder_shows_the_mode_that_has_items_left_and_its_tap_goes_on_there(
    bench: Bench, clock: Clock
) -> None:
    async with bench.running():
        you = await bench.admin()
        await label_all(you, alternating(12))
        await you.ask("/remind 8:30 Berlin")
        assert await look(bench, clock, berlin("03-28")) == 1
        assert you.last.text.startswith("¶ formatting · Item 1 / 12")
        assert (await you.step("Related")).text.startswith("¶ formatting · Item 2 / 12")
        assert (await open_card(you)).text.startswith("¶ formatting · Item 2 / 12")


async def test_a_card_that_lay_there_as_a_reminder_adds_no_time(bench: Bench, clock: Clock) -> None:
    async with bench.running(**ONE_MODE):
        you = await bench.admin()
        await label_all(you, [])
        await you.ask("/remind 8:30 Berlin")
        await look(bench, clock, berlin("03-28"))
        clock.at(berlin("03-28", "15:00"))
        await label(you, clock, 3)
        told = (await you.ask("/progress")).text
        assert told == "Your labels\nalignment: 3 / 12 · 3 today · 9 left, about 2 min · 10 s an item"


async def test_who_may_not_label_any_more_is_not_reminded(bench: Bench, clock: Clock) -> None:
    async with bench.running(OPEN_ACCESS="true"):
        guest = await bench.phone.person("Gwen Guest", user_id=700009)
        await guest.ask("/remind 8:30 Berlin")
    async with bench.running():
        newest = guest.last.id
        assert await look(bench, clock, berlin("03-28")) == 0
        assert guest.last.id == newest


async def test_a_zone_that_is_unknown_here_harms_nobody_elses_reminder(bench: Bench, clock: Clock) -> None:
    async with bench.running(TIMEZONE="Europe/Berlin") as inside:
        you = await bench.admin()
        await you.ask("/remind 8:30")
        await inside.services.store.reminders.set(Reminder(1, 510, "0123456", "Moon/Base", 0.0))
        assert await look(bench, clock, berlin("03-28")) == 1
        assert (await you.ask("/remind")).text.startswith("A card comes silently every day at 8:30")


async def test_nothing_is_sent_while_the_database_refuses_and_once_when_it_does_not(
    bench: Bench, clock: Clock
) -> None:
    async with bench.running() as inside:
        you = await bench.admin()
        await you.ask("/remind 8:30 Berlin")
        newest = you.last.id
        await _refuse(inside, "BEFORE UPDATE ON reminders")
        with pytest.raises(Exception, match="refused for the test"):
            await look(bench, clock, berlin("03-28"))
        assert you.last.id == newest
        await inside.services.store.database.write("DROP TRIGGER refuse")
        assert await look(bench, clock, berlin("03-28", "08:31")) == 1


async def _refuse(inside: Inside, when: str) -> None:
    await inside.services.store.database.write(
        f"CREATE TRIGGER refuse {when} BEGIN SELECT raise(ABORT, 'refused for the test'); END"
    )
