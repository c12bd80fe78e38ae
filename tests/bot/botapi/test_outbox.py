"""What goes out, when Telegram is slow, gone, or full of refusals: the outbox against the playground."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.botapi.chat_queue import MOST_WAITING
from bot.botapi.client import LabelBot
from bot.botapi.documents import LARGEST_DOCUMENT
from bot.botapi.outbox import MOST_ANSWERS, Outbox
from bot.botapi.timings import OutboxTimes
from bot.views.screen import Button, Screen
from playground.emulator import Emulator
from playground.http.server import listen, serving
from playground.state.telegram import Telegram
from tests.support.phone import TOKEN, Chat, Phone


@dataclass
class Desk:
    """An outbox, the bot it sends with, and the people it sends to."""

    phone: Phone
    bot: LabelBot
    outbox: Outbox

    async def chat(self, user_id: int) -> Chat:
        """A person who has written to the bot."""
        chat = await self.phone.person(f"Person {user_id}", user_id)
        await chat.send("hello")
        return chat

    def send(self, chat_id: int, text: str) -> Callable[[], Any]:
        """A job that sends a message."""
        return lambda: self.bot.send_message(chat_id, text)

    async def card(self, chat: Chat, text: str = "card") -> int:
        """A message of the bot; its number."""
        return (await self.bot.send_message(chat.id, text)).message_id

    async def done(self, seconds: float = 20.0) -> None:
        """Wait until nothing is queued any more."""
        async with asyncio.timeout(seconds):
            while self.outbox._at_work():
                await asyncio.wait(self.outbox._at_work())


QUICK = OutboxTimes(first_pause=0.02)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with Phone.start() as phone:
        # long enough for a busy machine, and no longer than the tests that wait for its end
        bot = LabelBot(phone.token, phone.address, read_timeout=1.0)
        await bot.initialize()
        try:
            yield Desk(phone, bot, Outbox(bot, QUICK))
        finally:
            await bot.shutdown()


def picture() -> bytes:
    """A small picture, as PNG."""
    content = io.BytesIO()
    Image.new("RGB", (40, 30)).save(content, "PNG")
    return content.getvalue()


def texts(chat: Chat) -> list[str]:
    return [message.text for message in chat.from_bot]


async def test_messages_to_one_chat_go_out_in_order(desk: Desk) -> None:
    chat = await desk.chat(1)
    for number in range(20):
        desk.outbox.post(chat.id, desk.send(chat.id, str(number)))
    await desk.done()
    assert texts(chat) == [str(number) for number in range(20)]


async def test_messages_photos_and_documents_answer_the_message_that_asked(
    desk: Desk, tmp_path: Path
) -> None:
    chat = await desk.chat(1)
    asked = chat.sent_id
    labels = tmp_path / "labels.json"
    labels.write_text("[]")
    desk.outbox.message(chat.id, Screen("<b>text</b>", ((Button("Go", "go"),),)), reply_to=asked, silent=True)
    desk.outbox.photo(chat.id, picture(), Screen("<b>picture</b>", ((Button("More", "m"),),)), reply_to=asked)
    desk.outbox.document(chat.id, labels, "<plain>", reply_to=asked)
    desk.outbox.message(chat.id, Screen("on its own"))
    await desk.done()
    text, photo, document, _ = chat.from_bot
    assert [text.text, photo.text, document.text] == ["text", "picture", "<plain>"]
    assert [text.rows, photo.rows] == [[["Go"]], [["More"]]]
    assert photo.is_photo
    assert document.file_name == "labels.json"
    sent = await desk.phone.calls("sendMessage")
    assert [call.params.get("disable_notification") for call in sent] == ["true", "false"]
    replied = [message.raw.get("reply_to_message", {}).get("message_id") for message in chat.from_bot]
    assert replied == [asked, asked, asked, None]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("link", "Too many levels of symbolic links"),
        ("pipe", "is not a regular file"),
        ("gone", "No such file or directory"),
        ("large", "File too large"),
    ],
)
async def test_a_document_that_is_no_plain_file_any_more_is_not_sent_and_that_is_said(
    desk: Desk, tmp_path: Path, kind: str, reason: str
) -> None:
    chat, path, secret = await desk.chat(1), tmp_path / "labels.json", tmp_path / "secret"
    secret.write_text("not for the chat")
    if kind == "link":
        path.symlink_to(secret)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "large":
        with path.open("wb") as file:
            file.truncate(LARGEST_DOCUMENT + 1)
    desk.outbox.document(chat.id, path, "alignment: your labels")
    await desk.done()
    assert texts(chat) == [f"alignment: your labels: the file cannot be sent: {reason}."]
    assert await desk.phone.calls("sendDocument") == []


async def test_an_answer_to_a_message_that_was_deleted_is_sent_all_the_same(desk: Desk) -> None:
    chat = await desk.chat(1)
    asked = chat.sent_id
    await chat.delete(asked)
    desk.outbox.message(chat.id, Screen("here it is"), reply_to=asked)
    await desk.done()
    assert texts(chat) == ["here it is"]


async def test_a_chat_that_is_slowed_down_waits_alone_and_gets_only_the_newest_card(desk: Desk) -> None:
    slow, other = await desk.chat(1), await desk.chat(2)
    slow_card, other_card = await desk.card(slow), await desk.card(other)
    await desk.phone.fault("retry_after", seconds=2, method="editMessageText", chat_id=slow.id)
    began = time.monotonic()
    for number in range(10):
        desk.outbox.edit(slow.id, slow_card, Screen(f"state {number}"))
        await asyncio.sleep(0.02)
    desk.outbox.edit(other.id, other_card, Screen("at once"))
    await other.wait_text("at once", seconds=1.8)
    assert time.monotonic() - began < 2
    assert slow.message(slow_card).text == "card"
    await desk.done()
    assert slow.message(slow_card).text == "state 9"
    edits = await desk.phone.calls("editMessageText", chat=slow.id)
    assert [(call.code, call.params["text"]) for call in edits] == [(429, "state 0"), (200, "state 9")]
    assert edits[1].time - edits[0].time >= 2


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "bad_gateway"])
async def test_an_edit_is_repeated_until_it_is_there(desk: Desk, fault: str) -> None:
    chat = await desk.chat(1)
    card = await desk.card(chat)
    await desk.phone.fault(fault, method="editMessageText", count=4)
    desk.outbox.edit(chat.id, card, Screen("new", ((Button("Go", "go"),),)))
    await desk.done()
    assert chat.message(card).text == "new"
    assert chat.message(card).rows == [["Go"]]
    assert len(await desk.phone.calls("editMessageText")) == 5


async def test_an_edit_whose_answer_was_late_is_repeated(desk: Desk) -> None:
    chat = await desk.chat(1)
    card = await desk.card(chat)
    await desk.phone.fault("delay_after", seconds=1.5, method="editMessageText")
    desk.outbox.edit(chat.id, card, Screen("new"))
    await desk.done()
    assert chat.message(card).text == "new"
    repeated = await desk.phone.calls("editMessageText")
    assert "not modified" in repeated[0].description


@pytest.mark.parametrize(
    ("fault", "arrives"), [("drop_after", True), ("drop_before", False), ("delay_after", True)]
)
async def test_a_message_whose_fate_is_unknown_is_not_sent_twice(
    desk: Desk, fault: str, arrives: bool
) -> None:
    chat = await desk.chat(1)
    await desk.phone.fault(fault, method="sendMessage", seconds=1.5)
    desk.outbox.post(chat.id, desk.send(chat.id, "one"))
    desk.outbox.post(chat.id, desk.send(chat.id, "two"))
    await desk.done()
    assert texts(chat) == (["one", "two"] if arrives else ["two"])


@pytest.mark.parametrize("fault", ["bad_gateway", "retry_after"])
async def test_a_message_that_was_surely_not_sent_is_sent_again(desk: Desk, fault: str) -> None:
    chat = await desk.chat(1)
    await desk.phone.fault(fault, method="sendMessage", seconds=1)
    desk.outbox.post(chat.id, desk.send(chat.id, "one"))
    desk.outbox.post(chat.id, desk.send(chat.id, "two"))
    await desk.done()
    assert texts(chat) == ["one", "two"]


async def test_without_a_connection_messages_and_cards_wait_and_arrive_once() -> None:
    playground = Emulator(Telegram(TOKEN), validate=False)
    sock = listen()
    port = sock.getsockname()[1]
    async with serving(playground, sock):
        playground.people.add_person(1, "You", started=True)
        bot = LabelBot(TOKEN, f"http://127.0.0.1:{port}")
        await bot.initialize()
        card = (await bot.send_message(1, "card")).message_id
    outbox = Outbox(bot, OutboxTimes(first_pause=0.05, longest_pause=0.1))
    outbox.post(1, lambda: bot.send_message(1, "while it was away"))
    for number in range(5):
        outbox.edit(1, card, Screen(f"state {number}"))
    outbox.post(1, lambda: bot.send_message(1, "and then"))
    await asyncio.sleep(0.5)
    async with serving(playground, listen(port)):
        async with asyncio.timeout(5):
            while outbox._at_work():
                await asyncio.wait(outbox._at_work())
        await bot.shutdown()
    sent = [message.text for message in playground.world.chats[1].messages.values()]
    assert sent[-3:] == ["state 4", "while it was away", "and then"]


async def test_after_half_an_hour_of_vain_tries_a_message_is_given_up(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.outbox = Outbox(desk.bot, OutboxTimes(first_pause=0.02, patience=0.1))
    chat = await desk.chat(1)
    card = await desk.card(chat)
    await desk.phone.fault("drop_before", method="editMessageText", count=None)
    desk.outbox.edit(chat.id, card, Screen("never"))
    desk.outbox.post(chat.id, desk.send(chat.id, "the next goes on"))
    await desk.done()
    assert texts(chat) == ["card", "the next goes on"]
    assert "gave up on a message" in caplog.text


async def test_a_deleted_card_is_replaced(desk: Desk) -> None:
    chat = await desk.chat(1)
    card = await desk.card(chat)
    await chat.delete(card)
    desk.outbox.edit(chat.id, card, Screen("new"), desk.send(chat.id, "a fresh card"))
    desk.outbox.set_buttons(chat.id, card, ())
    await desk.done()
    desk.outbox.set_buttons(chat.id, card, ())
    await desk.done()
    assert texts(chat) == []
    desk.outbox.edit(chat.id, card, Screen("new"), desk.send(chat.id, "a fresh card"))
    await desk.done()
    assert texts(chat) == ["a fresh card"]


async def test_what_waits_for_a_slowed_chat_is_bounded_and_its_card_and_newest_messages_arrive(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    chat = await desk.chat(1)
    old, card = await desk.card(chat), await desk.card(chat)
    await desk.phone.fault("retry_after", seconds=1, chat_id=chat.id)
    desk.outbox.post(chat.id, desk.send(chat.id, "the first"))
    desk.outbox.set_buttons(chat.id, old, ())
    for number in range(3000):
        desk.outbox.post(chat.id, desk.send(chat.id, str(number)))
        desk.outbox.edit(chat.id, card, Screen(f"state {number}"))
        desk.outbox.post(chat.id, desk.send(chat.id, f"fresh card {number}"), is_card=True)
        if number == 50:
            await asyncio.sleep(0.1)  # the first message is refused and waits from here on
    assert len(desk.outbox._chats[chat.id].queue) == MOST_WAITING
    await desk.done()
    assert chat.message(card).text == "state 2999"
    assert texts(chat)[2:] == [*(str(number) for number in range(2903, 3000)), "fresh card 2999"]
    assert "its oldest messages are dropped" in caplog.text
    assert caplog.text.count("dropped") == 2
    assert "messages to a chat were dropped messages=2904" in caplog.text


async def test_a_fresh_card_that_is_being_sent_in_vain_gives_way_to_a_newer_one(desk: Desk) -> None:
    chat = await desk.chat(1)
    await desk.phone.fault("retry_after", seconds=1, method="sendMessage")
    desk.outbox.post(chat.id, desk.send(chat.id, "old card"), is_card=True)
    await asyncio.sleep(0.05)
    desk.outbox.post(chat.id, desk.send(chat.id, "a line"))
    desk.outbox.post(chat.id, desk.send(chat.id, "new card"), is_card=True)
    await desk.done()
    assert texts(chat) == ["a line", "new card"]


async def test_answers_to_taps_are_bounded(desk: Desk) -> None:
    for number in range(MOST_ANSWERS + 100):
        desk.outbox.answer(str(number))
    assert len(desk.outbox._answers) == MOST_ANSWERS
    await desk.outbox.drain(0)


async def test_an_edit_that_changes_nothing_is_done(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    chat = await desk.chat(1)
    card = await desk.card(chat)
    desk.outbox.edit(chat.id, card, Screen("card"))
    await desk.done()
    assert len(await desk.phone.calls("editMessageText")) == 1
    assert "labelbot" not in {record.name for record in caplog.records}


async def test_who_blocked_the_bot_gets_nothing_and_others_go_on(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    chat, other = await desk.chat(1), await desk.chat(2)
    card = await desk.card(chat)
    await chat.block()
    for to in (chat, other):
        desk.outbox.post(to.id, desk.send(to.id, "hello"))
    desk.outbox.edit(chat.id, card, Screen("new"))
    await desk.done()
    assert texts(other) == ["hello"]
    assert texts(chat) == ["card"]
    assert "a chat cannot be reached chat_kind=private" in caplog.text
    await chat.unblock()
    desk.outbox.post(chat.id, desk.send(chat.id, "back"))
    await desk.done()
    assert texts(chat) == ["card", "back"]


async def test_somebody_who_never_wrote_to_the_bot_is_no_warning(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    desk.outbox.message(999, Screen("more items"))
    await desk.done()
    (said,) = [record for record in caplog.records if record.name == "labelbot"]
    assert said.levelno == logging.INFO
    assert said.getMessage().startswith("a chat cannot be reached")


async def test_a_message_that_cannot_be_made_is_logged_and_the_next_goes_on(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    chat = await desk.chat(1)

    async def broken() -> None:
        raise KeyError("a mistake")

    desk.outbox.post(chat.id, broken)
    desk.outbox.post(chat.id, desk.send(chat.id, "next"))
    await desk.done()
    assert texts(chat) == ["next"]
    assert "a message could not be made" in caplog.text


async def test_a_refused_message_is_logged_without_its_text(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    chat = await desk.chat(1)
    desk.outbox.post(chat.id, lambda: desk.bot.send_message(chat.id, "<b>private", parse_mode="HTML"))
    desk.outbox.post(chat.id, desk.send(chat.id, "next"))
    await desk.done()
    assert texts(chat) == ["next"]
    assert "a message was not delivered" in caplog.text
    assert "private" not in caplog.text.replace("chat_kind=private", "")


@pytest.mark.parametrize("fault", ["retry_after", "bad_gateway", "drop_before"])
async def test_the_answer_to_a_tap_is_tried_again(desk: Desk, fault: str) -> None:
    chat = await desk.chat(1)
    card = await desk.card(chat)
    await desk.bot.edit_message_text("card!", chat_id=chat.id, message_id=card)
    tap = await chat.press("x", card)
    await desk.phone.fault(fault, method="answerCallbackQuery", seconds=1)
    desk.outbox.answer(tap, "Saved", alert=True)
    answer = await chat.answer(tap)
    assert (answer.text, answer.alert) == ("Saved", True)


async def test_an_answer_that_comes_too_late_is_no_trouble(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    chat = await desk.chat(1)
    tap = await chat.press("x", await desk.card(chat))
    await desk.phone.shift_clock(200)
    desk.outbox.answer(tap, "Saved")
    await desk.done()
    assert len(await desk.phone.calls("answerCallbackQuery")) == 1
    assert "labelbot" not in {record.name for record in caplog.records}


async def test_draining_sends_what_is_queued_and_says_what_is_left(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    chat, slow = await desk.chat(1), await desk.chat(2)
    for number in range(10):
        desk.outbox.post(chat.id, desk.send(chat.id, str(number)))
    await desk.phone.fault("retry_after", method="sendMessage", chat_id=slow.id, seconds=30)
    desk.outbox.post(slow.id, desk.send(slow.id, "not before half a minute"))
    began = time.monotonic()
    await desk.outbox.drain(0.5)
    assert time.monotonic() - began < 2
    assert texts(chat) == [str(number) for number in range(10)]
    assert texts(slow) == []
    assert "left unsent messages=1" in caplog.text


async def test_draining_waits_for_what_sending_makes_necessary(desk: Desk) -> None:
    chat, other = await desk.chat(1), await desk.chat(2)

    async def chain() -> None:
        await desk.bot.send_message(chat.id, "first")
        desk.outbox.post(other.id, desk.send(other.id, "second"))

    desk.outbox.post(chat.id, chain)
    await desk.outbox.drain(5)
    assert texts(other) == ["second"]


async def test_nothing_is_kept_of_a_chat_after_its_messages_went_out(desk: Desk) -> None:
    chats = [await desk.chat(number) for number in range(1, 20)]
    for chat in chats:
        desk.outbox.post(chat.id, desk.send(chat.id, "hello"))
        desk.outbox.answer(await chat.press("x", chat.sent_id), "ok")
    await desk.done()
    await asyncio.sleep(0)
    assert not desk.outbox._chats
    assert not desk.outbox._answers
