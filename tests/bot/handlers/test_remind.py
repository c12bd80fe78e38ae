"""`/remind`: how it stands, times and time zones by button and by word, and its end."""

from __future__ import annotations

import datetime as dtm

import pytest

from bot.rules.callback_data import sign
from bot.rules.zones import ZONES
from bot.views.reminder import HOW_TO_REMIND, NOTHING_TO_END, TIME_FIRST
from storage.records import Reminder
from tests.support.bench import Bench, Clock, Inside
from tests.support.labeling_steps import alternating, label_all, rows
from tests.support.phone import Chat

TUESDAY = dtm.datetime(2026, 11, 24, 13, 5, 10, tzinfo=dtm.UTC)


@pytest.fixture
async def you(running: Bench, clock: Clock) -> Chat:
    """Somebody who labels, on a Tuesday at five past one in UTC."""
    clock.at(TUESDAY)
    return await running.admin()


def stored(bench: Bench) -> list[tuple[object, ...]]:
    return rows(bench.database, "SELECT minute, weekdays, zone, ignored FROM reminders")


async def test_a_time_is_set_and_the_time_zone_asked_once_by_buttons(running: Bench, you: Chat) -> None:
    asked = await you.ask("/remind 8:30")
    assert asked.text == (
        "A card comes silently every day at 8:30 (13:05 UTC now)."
        " The next: tomorrow. /remind off ends it.\n"
        "What time is it where you are? Tap a place with your time, or write a city: /remind Lisbon."
    )
    assert stored(running) == [(510, "0123456", None, 0)]
    assert asked.rows[0] == ["5:05 Los Angeles"]
    assert asked.rows[-2:] == [["13:05 UTC"], ["More places"]]
    told = await you.step("14:05 Berlin")
    assert (told.id, told.rows) == (asked.id, [])
    assert told.text == (
        "A card comes silently every day at 8:30 (14:05 Berlin now). The next: tomorrow. /remind off ends it."
    )
    assert stored(running) == [(510, "0123456", "Europe/Berlin", 0)]
    again = await you.ask("/remind 20:15 weekdays")
    assert again.text == (
        "A card comes silently on weekdays at 20:15 (14:05 Berlin now). The next: today. /remind off ends it."
    )
    assert again.rows == []
    assert stored(running) == [(1215, "01234", "Europe/Berlin", 0)]


async def test_the_other_places_are_behind_a_button_that_leads_back(running: Bench, you: Chat) -> None:
    first = await you.ask("/remind 8:30")
    others = await you.step("More places")
    assert others.text == first.text
    offered = [text for row in others.rows for text in row]
    assert len(offered) == len(ZONES) - 12 + 1
    for row in (*first.rows, *others.rows):
        assert len(row) == 1 or all(len(text) <= 14 for text in row), "half a row would cut it"
    assert offered[0] == "3:05 Honolulu"
    assert (await you.step("Back")).rows == first.rows
    await you.step("More places")
    assert "(18:50 Kathmandu now)" in (await you.step("18:50 Kathmandu")).text
    assert stored(running) == [(510, "0123456", "Asia/Kathmandu", 0)]


async def test_the_zone_of_the_settings_can_be_chosen_as_ones_own(running: Bench, you: Chat) -> None:
    await you.ask("/remind 8:30")
    told = await you.step("13:05 UTC")
    assert told.rows == []
    assert stored(running) == [(510, "0123456", "UTC", 0)]


async def test_without_a_word_it_says_how_it_stands_and_offers_times(running: Bench, you: Chat) -> None:
    offered = await you.ask("/remind")
    assert offered.text.startswith("No reminder is set.")
    assert offered.rows == [["8:00", "12:30", "18:00", "21:00"]]
    await you.step("18:00")
    await you.step("14:05 Berlin")
    stands = await you.ask("/remind")
    assert stands.text == (
        "A card comes silently every day at 18:00 (14:05 Berlin now). The next: today. /remind off ends it."
    )
    assert stands.rows == [["8:00", "12:30", "18:00", "21:00"], ["Time zone", "No reminders"]]
    asked = await you.step("Time zone")
    assert "What time is it where you are?" in asked.text
    await you.step("22:05 Tokyo")
    assert stored(running) == [(1080, "0123456", "Asia/Tokyo", 0)]
    await you.ask("/remind")
    ended = await you.step("No reminders")
    assert (ended.text, ended.rows) == ("No more reminders. /remind 18:00 brings them back.", [])
    assert stored(running) == []
    assert (await you.ask("/remind off")).text == NOTHING_TO_END


async def test_a_city_behind_the_time_or_alone_is_the_time_zone(running: Bench, you: Chat) -> None:
    assert (await you.ask("/remind Lisbon")).text == TIME_FIRST
    told = await you.ask("/remind 8:30 weekdays new york")
    assert "on weekdays at 8:30 (8:05 New York now)" in told.text
    assert "The next: today" in told.text
    moved = await you.ask("/remind Europe/Lisbon")
    assert "on weekdays at 8:30 (13:05 Lisbon now)" in moved.text
    assert stored(running) == [(510, "01234", "Europe/Lisbon", 0)]


@pytest.mark.parametrize("typed", ["8", "25:00", "8:30 9:30", "8:30 <b>", "weekdays 8:30"])
async def test_what_is_no_wish_is_answered_with_what_would_be_right(
    running: Bench, you: Chat, typed: str
) -> None:
    assert (await you.ask(f"/remind {typed}")).text == HOW_TO_REMIND
    assert stored(running) == []


async def test_a_place_without_a_time_zone_is_named(running: Bench, you: Chat) -> None:
    told = await you.ask("/remind 8:30 Atlantis")
    assert told.text == f"I know no time zone of “Atlantis”. {HOW_TO_REMIND}"
    assert stored(running) == []


async def test_buttons_that_nobody_was_shown_and_old_ones_change_nothing(running: Bench, you: Chat) -> None:
    asked = await you.ask("/remind 8:30")
    await you.ask("/remind off")
    await you.tap("14:05 Berlin", on=asked)
    offered = await you.wait_text("No reminder is set.")
    assert offered.id == asked.id
    forged = sign("zt.511", you.user_id), sign("zz.36", you.user_id), sign("zl.7", you.user_id)
    for data in forged:
        await you.answer(await you.press(data, offered))
    assert stored(running) == []
    assert you.message(asked.id) == offered


async def test_in_a_group_it_leads_into_the_private_chat(running: Bench, you: Chat) -> None:
    group = await running.phone.group("The Lab", [you], bare_commands=True)
    told = await group.ask("/remind 8:30")
    assert told.text == "Reminders are set in our private chat: /remind"
    assert told.rows == [["Open the private chat"]]


async def test_who_has_labeled_everything_is_told_that_none_comes(running: Bench, you: Chat) -> None:
    await label_all(you, alternating(12))
    await you.ask("/label formatting")
    await label_all(you, alternating(12))
    told = await you.ask("/remind 8:30 Berlin")
    assert told.text.endswith("Everything is labeled at present, so none comes until there is more.")


async def test_privacy_names_it_and_forget_and_revoke_end_it(bench: Bench, clock: Clock) -> None:
    async with bench.running() as inside:
        admin = await bench.admin()
        people = []
        for number in (2, 3):
            link = (await admin.ask("/invite")).text.split("start=")[1]
            person = await bench.phone.person("Nora", user_id=700000 + number)
            await person.send(f"/start {link}")
            await person.wait_text("Item 1 / 12")
            await person.ask("/remind 8:30 Berlin")
            people.append(person)
        nora, olga = people
        assert "the time of your reminder and your time zone" in (await nora.ask("/privacy")).text
        assert await reminded(inside) == [1, 2]
        await nora.ask("/forget")
        await nora.step("Yes, delete")
        await nora.step("Yes, for good")
        assert await reminded(inside) == [2]
        await admin.ask("/revoke labeler-02")
        await admin.step("Yes, end it")
        assert rows(bench.database, "SELECT count(*) FROM reminders") == [(0,)]
        assert olga.user_id == 700003


async def reminded(inside: Inside) -> list[int]:
    found: tuple[Reminder, ...] = await inside.services.store.reminders.all()
    return [one.labeler_id for one in found]
