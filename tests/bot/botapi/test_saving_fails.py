"""When an answer cannot be saved, nobody is told that it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.bench import ADMIN, Bench
from tests.support.phone import Chat


def delete(database: Path) -> None:
    for path in database.parent.glob(f"{database.name}*"):
        path.unlink()


def replace(database: Path) -> None:
    other = database.with_name("other")
    other.write_bytes(database.read_bytes())
    other.replace(database)


def move_away(database: Path) -> None:
    database.rename(database.with_name("moved.sqlite3"))


async def first_card(bench: Bench, user_id: int) -> Chat:
    you = await bench.phone.person(f"Person {user_id}", user_id)
    await you.send("/start")
    await you.wait_text("Item 1 / 12")
    return you


@pytest.mark.parametrize("trouble", [delete, replace, move_away])
async def test_a_database_that_is_gone_saves_nothing_says_so_and_the_bot_stays_up(
    bench: Bench, trouble: Callable[[Path], None]
) -> None:
    async with bench.running(OPEN_ACCESS="true"):
        admin = await first_card(bench, ADMIN)
        you = await first_card(bench, 5)
        await you.step("Related")
        card = you.card
        trouble(bench.database)
        for _ in range(3):
            answer = await you.tap("Related")
            assert (answer.text, answer.alert) == ("Not saved. Please tap again.", True)
        await bench.rest()
        assert you.card == card
        told = [message.text for message in admin.from_bot if "cannot be saved" in message.text]
        assert len(told) == 1
        assert "labels.sqlite3" in told[0]
        assert (await you.ask("/help")).text


async def test_the_admin_is_told_once_an_hour(bench: Bench) -> None:
    async with bench.running(OPEN_ACCESS="true"):
        admin = await first_card(bench, ADMIN)
        you = await first_card(bench, 5)
        delete(bench.database)
        for minutes, times in ((0, 1), (59, 1), (2, 2), (30, 2), (31, 3)):
            bench.clock.forward(seconds=minutes * 60)
            await you.tap("Related")
            await bench.rest()
            assert len([m for m in admin.from_bot if "cannot be saved" in m.text]) == times


async def test_a_disk_that_is_full_for_a_while_loses_nothing_that_was_acknowledged(bench: Bench) -> None:
    async with bench.running(OPEN_ACCESS="true") as inside:
        you = await first_card(bench, 5)
        card = you.card
        await you.step("Related")
        pages = await inside.services.store.database.read_now("PRAGMA page_count")
        await inside.services.store.database.write(f"PRAGMA max_page_count = {pages[0][0]}")
        answers = []
        for _ in range(400):
            answers.append(await you.tap("Related" if len(answers) % 2 else "Not Related", on=card))
            if answers[-1].alert:
                break
        assert answers[-1].text == "Not saved. Please tap again."
        await inside.services.store.database.write("PRAGMA max_page_count = 1000000")
        assert (await you.tap("Related", on=card)).text == "Saved: Related"
        saved = 1 + 1 + sum(not answer.alert for answer in answers)
        rows = await inside.services.store.database.read_now("SELECT count(*) FROM answers")
        assert rows[0][0] == saved


async def test_an_access_that_could_not_be_ended_is_not_said_to_be(bench: Bench) -> None:
    async with bench.running(OPEN_ACCESS="true"):
        admin = await first_card(bench, ADMIN)
        await first_card(bench, 5)
        question = await admin.ask("/revoke labeler-02")
        delete(bench.database)
        answer = await admin.tap("Yes, end it", on=question)
        assert (answer.text, answer.alert) == ("Not done. Please tap again.", True)
        assert admin.message(question.id) == question
