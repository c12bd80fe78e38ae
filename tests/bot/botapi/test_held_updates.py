"""Confirmed means handled, also where a handler goes on in a task of its own: the intake against the playground."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from telegram import Update

from bot.botapi import updates
from bot.botapi.client import LabelBot
from bot.botapi.health import ConnectionMonitor
from bot.botapi.polling import polling
from bot.botapi.timings import USUAL, UserLimits
from bot.botapi.updates import UpdateIntake, hold_update
from tests.support.phone import Phone
from tests.support.process import until


@dataclass
class Slow:
    """A handler that is done at once, and goes on with what begins with "slow" until it may end."""

    may_end: asyncio.Event = field(default_factory=asyncio.Event)
    began: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    async def handle(self, update: Update) -> None:
        assert update.message is not None
        text = update.message.text or ""
        self.began.append(text)
        if text.startswith("slow"):
            hold_update(asyncio.create_task(self._go_on(text)))
        else:
            self.ended.append(text)

    async def _go_on(self, text: str) -> None:
        if text == "slow within slow":
            hold_update(asyncio.create_task(self._go_on("slow inside")))
            return
        await self.may_end.wait()
        self.ended.append(text)
        if text == "slow and wrong":
            raise ValueError(text)


@contextlib.asynccontextmanager
async def polled(phone: Phone, slow: Slow, limits: UserLimits = USUAL.user) -> AsyncIterator[None]:
    """A bot that is nothing but an intake."""
    bot = LabelBot(phone.token, phone.address)
    await bot.initialize()
    intake = UpdateIntake(bot, slow.handle, limits)
    try:
        async with polling(bot, intake, ConnectionMonitor(lambda: None), USUAL.polling):
            yield
    finally:
        await bot.shutdown()


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    async with Phone.start(validate=False) as phone:
        yield phone


def unconfirmed(phone: Phone) -> int:
    """How many updates Telegram would deliver again after a kill."""
    assert phone.playground is not None
    return len(phone.playground.updates)


@pytest.mark.parametrize("text", ["slow", "slow within slow"])
async def test_an_update_is_confirmed_when_its_held_work_is_done_and_nobody_waits_for_it(
    phone: Phone, text: str
) -> None:
    slow = Slow()
    you, other = await phone.person("You", 1), await phone.person("Other", 2)
    async with polled(phone, slow):
        await you.send(text)
        await until(lambda: text in slow.began)
        await other.send("quick")
        await you.send("my next")
        await until(lambda: slow.ended == ["quick", "my next"])
        await asyncio.sleep(0.3)
        assert unconfirmed(phone) == 3
        slow.may_end.set()
        await until(lambda: unconfirmed(phone) == 0)
    assert len(slow.ended) == 3
    assert slow.began == [text, "quick", "my next"]


async def test_held_work_that_was_killed_comes_again(phone: Phone) -> None:
    you, first, second = await phone.person("You", 1), Slow(), Slow()
    bot = LabelBot(phone.token, phone.address)
    await bot.initialize()
    intake = UpdateIntake(bot, first.handle)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(bot.shutdown)
        await you.send("slow")
        (raw,) = await bot.fetch(0, 0, updates.ALLOWED_UPDATES)
        taken = asyncio.create_task(intake.take(raw))
        await until(lambda: first.began == ["slow"])
        await asyncio.sleep(0.05)
        assert not taken.done()
        taken.cancel()  # as a kill would: nobody ever confirms it
        await asyncio.gather(taken, return_exceptions=True)
    second.may_end.set()
    async with polled(phone, second):
        await until(lambda: second.ended == ["slow"])
        await until(lambda: unconfirmed(phone) == 0)
    first.may_end.set()


async def test_held_work_that_fails_or_takes_too_long_holds_up_nobody_for_ever(
    phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    slow, you = Slow(), await phone.person("You", 1)
    async with polled(phone, slow, UserLimits(held_seconds=0.2)):
        await you.send("slow")
        await until(lambda: slow.began == ["slow"])
        await until(lambda: unconfirmed(phone) == 0)
        assert "gave up waiting for held work seconds=0.2" in caplog.text
        slow.may_end.set()
        await you.send("slow and wrong")
        await until(lambda: slow.ended == ["slow", "slow and wrong"])
        await until(lambda: unconfirmed(phone) == 0)


async def test_ending_waits_for_held_work_and_confirms_it(phone: Phone) -> None:
    slow, you = Slow(), await phone.person("You", 1)
    async with polled(phone, slow):
        await you.send("slow")
        await until(lambda: slow.began == ["slow"])
        asyncio.get_running_loop().call_later(0.2, slow.may_end.set)
    assert slow.ended == ["slow"]
    assert unconfirmed(phone) == 0


async def test_outside_of_an_update_nothing_is_held() -> None:
    task = asyncio.create_task(asyncio.sleep(0))
    hold_update(task)
    await task
