"""The commands of the private chat, one after the other, for whom they are."""

from __future__ import annotations

import asyncio
import datetime as dtm
import json

import pytest

from bot.app import COMMANDS
from bot.rules.roles import Role
from bot.views import messages
from tests.support.bench import ADMIN, Bench, Clock
from tests.support.labeling_steps import (
    alternating,
    everything_in,
    item,
    label_all,
    open_card,
    read_labels,
    rows,
)
from tests.support.phone import Chat

NAME = "12-gemmascope-res-65k__l0-21_human_labels_{}.json"
ALL = [command.name for command in COMMANDS if command.help]
FOR_ADMINS = {command.name for command in COMMANDS if command.help and command.private is Role.ADMIN}
GROUP_MENU = [command.name for command in COMMANDS if command.group_help]
IN_GROUPS = set(GROUP_MENU) - set(ALL)


@pytest.fixture
async def you(running: Bench) -> Chat:
    return await running.admin()


@pytest.fixture
async def colleague(running: Bench) -> Chat:
    """Somebody with an invitation, with the card in hand."""
    admin = await running.admin()
    link = (await admin.ask("/invite")).text.split("start=")[1]
    person = await running.phone.person("Carl Colleague", user_id=700002, username="carl")
    await person.send(f"/start {link}")
    await person.wait_text("Item 1 / 12")
    return person


async def test_progress_says_per_mode_what_is_done_and_left_and_goes_on(
    running: Bench, you: Chat, clock: Clock
) -> None:
    await open_card(you)
    for _ in range(3):
        clock.forward(seconds=10)
        await you.step("Related")
    told = await you.ask("/progress")
    assert told.text == (
        "Your labels\nalignment: 3 / 12 · 3 today · 9 left, about 2 min · 10 s an item\nformatting: 0 / 12 · 12 left"
    )
    assert told.rows == [["Continue"]]
    card = await you.step("Continue")
    assert (card.id, item(card)) == (told.id, 4)


async def test_progress_does_not_count_yesterdays_answers_as_todays(
    running: Bench, you: Chat, clock: Clock
) -> None:
    await label_all(you, ["related"] * 3)
    clock.forward(days=1)
    await label_all(you, ["related"])
    assert "alignment: 4 / 12 · 1 today · 8 left" in (await you.ask("/progress")).text


async def test_progress_continues_in_the_mode_that_has_items_left(
    running: Bench, you: Chat, clock: Clock
) -> None:
    await label_all(you, alternating(12))
    told = await you.ask("/progress")
    assert told.text.startswith("Your labels\nalignment: 12 / 12 · 12 today · ")
    card = await you.step("Continue")
    assert card.text.startswith("¶ formatting · Item 1 / 12")


async def test_progress_has_todays_answers_of_before_a_restart_and_of_right_after_it(bench: Bench) -> None:
    async with bench.running():
        await label_all(await bench.admin(), ["related"] * 2)
    async with bench.running():
        you = await bench.admin()
        await you.step("Related")  # whose card was shown before
        assert "alignment: 3 / 12 · 3 today · " in (await you.ask("/progress")).text


async def test_the_day_of_progress_and_receipts_is_that_of_the_readers_own_time_zone(
    bench: Bench, clock: Clock
) -> None:
    clock.at(dtm.datetime(2026, 11, 24, 23, 30, 5, tzinfo=dtm.UTC))
    async with bench.running():
        you = await bench.admin()
        await label_all(you, ["related"] * 2)
        clock.at(dtm.datetime(2026, 11, 25, 0, 30, 5, tzinfo=dtm.UTC))
        await you.step("Related")
        assert "· 1 today ·" in (await you.ask("/progress")).text
        await you.ask("/remind 8:30 New York")
        assert "· 3 today ·" in (await you.ask("/progress")).text
        await you.ask("/remind 8:30 UTC")
        old = next(m for m in you.from_bot if m.has("Related"))
        await open_card(you)
        await you.phone.settle()
        assert you.message(old.id).text == "Tue 24 Nov to Wed 25 Nov: 3 labeled"  # type: ignore[union-attr]


async def test_guide_is_the_one_of_the_chosen_mode(running: Bench, you: Chat) -> None:
    assert (await you.ask("/guide")).text.startswith("Related to AI alignment?")
    await you.ask("/mode")
    await you.step("formatting")
    assert (await you.ask("/guide")).text.startswith("Related to text formatting?")


async def test_export_writes_the_files_and_sends_ones_own_as_a_document(running: Bench, you: Chat) -> None:
    await label_all(you, ["related", "not-related"])
    document = await you.ask("/export")
    assert document.file_name == NAME.format("alignment")
    content = await you.file(document)
    assert read_labels(content) == {0: "related", 1: "not-related"}
    record = json.loads(content)[0]
    assert list(record) == ["_row_id", "feature_index", "feature_id", "description", "label"]
    assert record["feature_id"] is None
    folder = running.outputs / "human_labels"
    assert (folder / NAME.format("alignment")).read_bytes() == content
    assert (folder / "by_labeler" / "labeler-01" / NAME.format("alignment")).read_bytes() == content
    assert not (folder / NAME.format("formatting")).exists()
    assert str(ADMIN) not in document.text + content.decode()


async def test_export_with_nothing_labeled_says_so_and_writes_nothing(running: Bench, you: Chat) -> None:
    assert (await you.ask("/export")).text == "You have labeled nothing in alignment yet. /label starts."
    assert not list(running.outputs.rglob("*.json"))


async def test_export_before_anything_is_labeled_in_this_mode_sends_what_there_is(
    running: Bench, you: Chat
) -> None:
    await label_all(you, ["related"])
    await you.ask("/mode formatting")
    document = await you.ask("/export")
    assert (document.text, document.file_name) == ("alignment: your labels", NAME.format("alignment"))


async def test_export_that_cannot_write_says_why_and_labels_go_on(bench: Bench) -> None:
    bench.outputs.write_text("a file where a folder should be")
    async with bench.running():
        you = await bench.admin()
        await label_all(you, ["related"])
        told = (await you.ask("/export")).text
        assert told.startswith("The files cannot be written: ")
        assert told.endswith(". The labels themselves are safe. Check OUTPUT_DIR.")
        assert (await you.tap("Related", on=you.card)).text == "Saved: Related"


async def test_help_lists_what_this_person_can_do(running: Bench, you: Chat, colleague: Chat) -> None:
    everything = (await you.ask("/help")).text
    some = (await colleague.ask("/help")).text
    for name in ALL:
        assert f"/{name} – " in everything
        assert (f"/{name} – " in some) == (name not in FOR_ADMINS)


async def test_the_command_menus_fit_the_person_and_the_place(
    running: Bench, you: Chat, colleague: Chat
) -> None:
    group = await running.phone.group("Lab", [you, colleague])
    await open_card(you)
    async with asyncio.timeout(10):  # they are set beside everything else
        while [entry["command"] for entry in await you.menu()] != ALL:
            await running.phone.settle()
        while not await running.phone.calls("setMyShortDescription"):
            await running.phone.settle()
    assert [entry["command"] for entry in await colleague.menu()] == [n for n in ALL if n not in FOR_ADMINS]
    assert [entry["command"] for entry in await group.menu()] == GROUP_MENU
    state = await running.phone.order("state")
    assert "Related" in state["bot"]["description"]
    assert "language model" in state["bot"]["short_description"]


async def test_every_command_answers_an_admin_with_something(running: Bench, you: Chat) -> None:
    await open_card(you)
    for name in [*ALL, *IN_GROUPS, "start"]:
        reply = await you.ask(f"/{name}")
        assert reply.text
        assert reply.text != messages.TAP_OR_LABEL
        assert "went wrong" not in reply.text


async def test_admin_commands_refuse_a_labeler_in_one_line_and_change_nothing(
    running: Bench, colleague: Chat
) -> None:
    await running.rest()
    before = everything_in(running.database)
    for name in ("invite", "labelers", "revoke labeler-01", "adjudicate", "invite 5 5"):
        assert (await colleague.ask(f"/{name}")).text == messages.ADMINS_ONLY
    assert everything_in(running.database) == before


async def test_group_commands_say_in_private_where_they_work(running: Bench, you: Chat) -> None:
    for name in ("subscribe", "unsubscribe"):
        assert (
            await you.ask(f"/{name} deepseek")
        ).text == f"Reports are posted in groups: write /{name} there."


async def test_privacy_says_what_is_stored_and_no_name(running: Bench, you: Chat, colleague: Chat) -> None:
    await label_all(colleague, ["related", "related", "not-related"])
    await colleague.step("Back")
    await colleague.step("Related")
    told = (await colleague.ask("/privacy")).text
    for said in ("numeric Telegram id", "labeler-01", "4 answers", "/forget"):
        assert said in told
    assert "Carl" not in told
    everything = repr(everything_in(running.database))
    assert "Carl" not in everything
    assert "carl" not in everything
    assert "700002" in everything


async def test_a_command_with_the_bots_name_works_in_private_too(running: Bench, you: Chat) -> None:
    reply = await you.ask(f"/progress@{running.phone.bot_username}")
    assert reply.text.startswith("Your labels")


async def test_an_edited_command_is_not_carried_out_again(running: Bench, you: Chat) -> None:
    sent = await you.send("/progress")
    await you.reply()
    await you.edit(sent, "/forget")
    await running.phone.settle()
    assert len(you.from_bot) == 1


async def test_metrics_compare_agreement_and_review_explain_themselves_before_anything_is_labeled(
    running: Bench, you: Chat
) -> None:
    no_file = "No model's file is there yet. They are looked for in CLASSIFICATIONS_DIR."
    assert (await you.ask("/metrics")).text == no_file
    assert (await you.ask("/metrics deepseek")).text == no_file
    assert (await you.ask("/compare")).text == (
        "That needs two models with files in a mode that somebody has labeled."
    )
    assert (await you.ask("/compare a b")).text == no_file
    assert (await you.ask("/agreement")).text == "Nothing is labeled yet. /label starts."
    assert (await you.ask("/agreement nonsense")).text == (
        "“nonsense” is no mode. There are: alignment, formatting."
    )
    waiting = "This opens when you have labeled the whole sample in alignment: 12 items left. /label goes on."
    assert (await you.ask("/review")).text == waiting
    assert (await you.ask("/adjudicate")).text == waiting
    assert rows(running.database, "SELECT count(*) FROM answers") == [(0,)]
