"""What goes out: one request at a time per chat, and of several states of a card only the newest.

A chat that Telegram slows down waits alone. While something waits it stays queued, so that a newer state of the same
card takes its place: after a dead network one edit goes out, not twenty.

What may be repeated after a failure of the line:

    an edit             after any failure of the line, for a while: showing a state twice is the same as showing it once
    the answer to a tap after any failure of the line, three times more: later Telegram takes it no more
    a message           only when it surely had no effect (`NotSent`): it may have arrived although the answer to the
                        request was lost, and nothing in a chat may appear twice
    what is refused     never: asking again would be refused again

What is dropped when a chat is slowed down for long, and what never is: `chat_queue`.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict, Unpack

from telegram import InlineKeyboardMarkup, ReplyParameters
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError

from bot.botapi.chat_queue import ChatQueue, Edit, Job, Post
from bot.botapi.client import LabelBot
from bot.botapi.documents import read_document
from bot.botapi.http import NotSent
from bot.botapi.timings import USUAL, OutboxTimes
from bot.log import log_event
from bot.views.screen import Rows, Screen, markup

MOST_ANSWERS = 5000
ANSWERS_AT_ONCE = 32
ANSWER_SECONDS = 120.0
GONE = ("message to edit not found", "message can't be edited", "message_id_invalid")


def keyboard(screen: Screen) -> InlineKeyboardMarkup | None:
    """Return the buttons of a screen for python-telegram-bot, or None when it has none."""
    found = markup(screen)
    return None if found is None else InlineKeyboardMarkup.de_json(found, None)


class Place(TypedDict, total=False):
    """Where and how a message appears in its chat.

    Attributes:
        thread_id: The topic of a group, None outside of topics.
        reply_to: The id of the message that this one answers. The message is sent also when that one is gone.
        silent: Whether the message comes without a sound.
    """

    thread_id: int | None
    reply_to: int | None
    silent: bool


@dataclass(slots=True)
class _Chat:
    queue: ChatQueue = field(default_factory=ChatQueue)
    worker: asyncio.Task[None] | None = None


class Outbox:
    """All messages and edits to all chats."""

    def __init__(self, bot: LabelBot, times: OutboxTimes = USUAL.outbox) -> None:
        self._bot = bot
        self._times = times
        self._chats: dict[int, _Chat] = {}
        self._answers: set[asyncio.Task[None]] = set()
        self._answer_slots = asyncio.Semaphore(ANSWERS_AT_ONCE)

    def post(self, chat_id: int, job: Job, *, is_card: bool = False) -> None:
        """Queue a job that sends one message. It is run again only when the request surely had no effect.

        Args:
            chat_id: The chat to send to.
            job: Makes one request.
            is_card: Whether the message is a fresh card. One that waits gives way to it, and it is never dropped.
        """
        self._queue(chat_id, Post(job, is_card))

    def message(self, chat_id: int, screen: Screen, **place: Unpack[Place]) -> None:
        """Queue a text message with the screen's buttons.

        Args:
            chat_id: The chat to send to.
            screen: The text, as HTML, and the rows of buttons below it.
            place: Where and how it appears there.
        """
        send = functools.partial(self._bot.send_message, text=screen.text, **_shown(screen))
        self.post(chat_id, functools.partial(send, **_placed(chat_id, place)))

    def photo(self, chat_id: int, picture: bytes, screen: Screen, **place: Unpack[Place]) -> None:
        """Queue a photo. The screen's text is its caption, at most CAPTION_UNITS long; the rest is as in `message`."""
        send = functools.partial(self._bot.send_photo, photo=picture, caption=screen.text, **_shown(screen))
        self.post(chat_id, functools.partial(send, **_placed(chat_id, place)))

    def document(self, chat_id: int, path: Path, caption: str, **place: Unpack[Place]) -> None:
        """Queue a file under its own name. It is read when its turn comes; the caption is plain text."""
        placed = _placed(chat_id, place)

        async def send() -> None:
            try:
                file = await read_document(path)
            except OSError as error:
                reason = error.strerror or type(error).__name__
                log_event("a file could not be sent", level=logging.WARNING, reason=reason)
                await self._bot.send_message(text=f"{caption}: the file cannot be sent: {reason}.", **placed)
                return
            await self._bot.send_document(document=file, caption=caption, **placed)

        self.post(chat_id, send)

    def edit(self, chat_id: int, message_id: int, screen: Screen, if_gone: Job | None = None) -> None:
        """Show a screen in an existing message. It replaces an older state that has not gone out.

        Args:
            chat_id: The chat of the message.
            message_id: The message.
            screen: What it shows from now on.
            if_gone: A job that sends a fresh card; it is queued when the message is gone or can no longer be edited.
        """
        self._queue(chat_id, Edit(message_id, screen, if_gone))

    def set_buttons(self, chat_id: int, message_id: int, rows: Rows) -> None:
        """Queue other buttons below a message, whose text stays; no rows take its buttons away."""
        self._queue(chat_id, Edit(message_id, Screen("", rows), None))

    def answer(self, query_id: str, text: str = "", *, alert: bool = False) -> None:
        """Answer a tap at once: answers do not wait for what is queued for the chat."""
        if len(self._answers) >= MOST_ANSWERS:  # Telegram would not take them any more when their turn comes
            return
        task = asyncio.create_task(self._answer(query_id, text, alert))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def drain(self, seconds: float) -> None:
        """Wait for what is queued, `seconds` at most, then drop the rest."""
        until = time.monotonic() + seconds
        while (tasks := self._at_work()) and (left := until - time.monotonic()) > 0:
            await asyncio.wait(tasks, timeout=left)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if dropped := sum(len(chat.queue) for chat in self._chats.values()):
            log_event("left unsent", level=logging.WARNING, messages=dropped)

    def _at_work(self) -> set[asyncio.Task[None]]:
        return {chat.worker for chat in self._chats.values() if chat.worker} | self._answers

    def _queue(self, chat_id: int, new: Edit | Post) -> None:
        chat = self._chats.setdefault(chat_id, _Chat())
        dropped = chat.queue.dropped
        chat.queue.add(new)
        if not dropped and chat.queue.dropped:
            log_event("too much waits for a chat, its oldest messages are dropped", level=logging.WARNING)
        if chat.worker is None:
            chat.worker = asyncio.create_task(self._work(chat_id, chat))

    async def _work(self, chat_id: int, chat: _Chat) -> None:
        try:
            while chat.queue:
                await self._deliver(chat_id, chat)
        finally:
            chat.worker = None
            if not chat.queue:
                self._chats.pop(chat_id, None)
            if chat.queue.dropped:
                log_event(
                    "messages to a chat were dropped", level=logging.WARNING, messages=chat.queue.dropped
                )

    async def _deliver(self, chat_id: int, chat: _Chat) -> None:
        """Deliver the first job. While it waits it stays queued, so that a newer state of a card takes its place."""
        pause, patient_until = self._times.first_pause, time.monotonic() + self._times.patience
        while True:
            job = chat.queue.take()
            try:
                await (self._send_edit(chat_id, job) if isinstance(job, Edit) else job.job())
                return
            except asyncio.CancelledError:
                chat.queue.put_back(job)
                raise
            except RetryAfter as error:
                wait = seconds_of(error)
                log_event("a chat has to wait", chat_kind=_kind(chat_id), seconds=round(wait))
            except TelegramError as error:
                if not _worth_repeating(error, edit=isinstance(job, Edit)):
                    _undelivered(error, chat_id)
                    return
                if time.monotonic() > patient_until:
                    log_event("gave up on a message", level=logging.WARNING, reason=str(error))
                    return
                wait, pause = pause, min(pause * 2, self._times.longest_pause)
            except Exception:
                logging.getLogger("labelbot").exception("a message could not be made")
                return
            chat.queue.put_back(job)
            await asyncio.sleep(wait)

    async def _send_edit(self, chat_id: int, edit: Edit) -> None:
        change = self._bot.show if edit.screen.text else self._bot.set_buttons
        try:
            await change(chat_id, edit.message_id, edit.screen)
        except BadRequest as error:
            reason = str(error).lower()
            if "not modified" in reason:
                return
            if not any(sign in reason for sign in GONE):
                raise
            if edit.if_gone is not None:
                self.post(chat_id, edit.if_gone, is_card=True)

    async def _answer(self, query_id: str, text: str, alert: bool) -> None:
        """Try to answer a tap four times, then give up without a line in the log: the tap itself is saved all the same.

        An answer that arrives twice does no harm; one that arrives too late is refused.
        """
        began = time.monotonic()
        for pause in (0.3, 1.0, 3.0, 0.0):
            try:
                async with self._answer_slots:
                    if time.monotonic() - began > ANSWER_SECONDS:
                        return
                    await self._bot.answer_tap(query_id, text, alert=alert)
                return
            except RetryAfter as error:
                await asyncio.sleep(seconds_of(error))
            except BadRequest:
                return
            except NetworkError:
                await asyncio.sleep(pause)
            except TelegramError as error:
                log_event("a tap was not answered", level=logging.WARNING, reason=str(error))
                return


def _placed(chat_id: int, place: Place) -> dict[str, Any]:
    """Return a place as parameters of a method. The message that is replied to may be deleted by then."""
    reply_to = place.get("reply_to")
    return {
        "chat_id": chat_id,
        "message_thread_id": place.get("thread_id"),
        "reply_parameters": reply_to and ReplyParameters(reply_to, allow_sending_without_reply=True),
        "disable_notification": place.get("silent", False),
    }


def _shown(screen: Screen) -> dict[str, Any]:
    """Return the parameters for a screen: that its text is HTML, and its buttons."""
    return {"parse_mode": "HTML", "reply_markup": keyboard(screen)}


def seconds_of(error: RetryAfter) -> float:
    """Return how many seconds Telegram wants us to wait, and a little more."""
    after = error.retry_after
    return 0.1 + (after if isinstance(after, (int, float)) else after.total_seconds())


def _worth_repeating(error: TelegramError, *, edit: bool) -> bool:
    """Tell whether trying again may help and cannot show anything twice."""
    if isinstance(error, BadRequest):  # which python-telegram-bot counts as a NetworkError
        return False
    return isinstance(error, NetworkError if edit else NotSent)


def _kind(chat_id: int) -> str:
    return "private" if chat_id > 0 else "group"


def _undelivered(error: TelegramError, chat_id: int) -> None:
    told = {"chat_kind": _kind(chat_id), "reason": str(error)}
    # usual: people whose labels were imported may never have met the bot, and others have blocked it
    if isinstance(error, Forbidden) or "chat not found" in str(error).lower():
        log_event("a chat cannot be reached", fields=told)
    else:
        log_event("a message was not delivered", level=logging.WARNING, fields=told)
