"""The other side of a measurement: the playground with people who tap in it, as a process of its own.

`python -m benchmarks.crowd` takes one order a line on stdin (`{"do": "...", ...}`) and writes one answer a line on
stdout, JSON both. People are coroutines inside the server, so that looking at a card costs no request. A tap lasts
from the moment it is made until the edit that shows another card is there.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from benchmarks.front import serving
from playground.api.params import Upload
from playground.emulator import Emulator
from playground.state.records import Callback, Message
from playground.state.telegram import Telegram

TOKEN = "4242424242:" + "benchmark_token_0123456789_abcdefgh"
GROUP = -77
PATIENCE = 120.0


class WatchedTelegram(Telegram):
    """A Telegram that tells people of their cards directly, without events."""

    def __init__(self) -> None:
        super().__init__(TOKEN)
        self.waiting: dict[int, asyncio.Future[Message]] = {}
        self.unanswered: set[str] = set()

    def tell_message(self, kind: str, message: Message) -> None:
        """Wake whoever waits for a message in that chat."""
        if message.sender == self.bot.id:
            waiter = self.waiting.pop(message.chat_id, None)
            if waiter is not None and not waiter.done():
                waiter.set_result(message)

    def tell_answered(self, callback: Callback) -> None:
        """Note that a tap was answered."""
        self.unanswered.discard(callback.id)

    def expect(self, chat_id: int) -> asyncio.Future[Message]:
        """The bot's next message, or edit, in a chat."""
        waiter = self.waiting[chat_id] = asyncio.get_running_loop().create_future()
        return waiter


class WatchedEmulator(Emulator):
    """An emulator that notes when the bot asked for updates first."""

    def __init__(self, telegram: Telegram) -> None:
        super().__init__(telegram, validate=False)
        self.first_poll: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    async def call(
        self, name: str, values: Mapping[str, Any], uploads: Mapping[str, Upload] | None = None
    ) -> Any:
        """As every emulator's."""
        if name == "getUpdates" and not self.first_poll.done():
            self.first_poll.set_result(time.monotonic())
        return await super().call(name, values, uploads)


class Crowd:
    """People with a private chat each. A person's card is the last message with buttons."""

    def __init__(self, telegram: WatchedTelegram, emulator: WatchedEmulator) -> None:
        self.telegram = telegram
        self.emulator = emulator
        self.people = emulator.people
        self.cards: dict[int, Message] = {}
        self.people.add_person(1, "Admin")
        self.people.add_group(GROUP, "Lab", [1], bare_commands=True)

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Carry out one order."""
        work = getattr(self, f"do_{order.pop('do')}")
        answer: dict[str, Any] = await work(**order)
        return answer

    async def do_first_poll(self, seconds: float = PATIENCE) -> dict[str, Any]:
        """When the bot asked for updates first, on the system's monotonic clock."""
        return {"at": await asyncio.wait_for(asyncio.shield(self.emulator.first_poll), seconds)}

    async def do_latency(self, each_way: float) -> dict[str, Any]:
        """Seconds that each request and each answer takes from now on."""
        self.emulator.latency = each_way
        return {}

    async def do_open(self, first: int, people: int) -> dict[str, Any]:
        """New people come and ask for a card."""
        for user in range(first, first + people):
            self.people.add_person(user, f"Person {user}")

        async def come(user: int) -> None:
            await self._said(user, user, "/label")
            while (card := self._card(user)) is None:
                await asyncio.wait_for(self.telegram.expect(user), PATIENCE)
            self.cards[user] = card

        await asyncio.gather(*(come(user) for user in range(first, first + people)))
        return {"people": len(self.cards)}

    async def do_burst(self, first: int, people: int, seconds: float, taps: int = 0) -> dict[str, Any]:
        """Everybody taps as fast as cards change, for some seconds (or until so many taps are made in all)."""
        times: list[float] = []
        begun = time.monotonic()

        async def go_on(user: int) -> None:
            while len(times) < taps if taps else time.monotonic() < begun + seconds:
                times.append(await self._tap(user))

        await asyncio.gather(*(go_on(user) for user in range(first, first + people)))
        lasted = time.monotonic() - begun
        return {"seconds": lasted, "times": times, "unanswered": await self._unanswered()}

    async def do_steady(self, first: int, people: int, rate: float, seconds: float) -> dict[str, Any]:
        """So many taps a second in all, whether or not the bot keeps up; one person never taps twice at once."""
        times: list[float] = []
        begun = time.monotonic()

        async def now_and_then(number: int) -> None:
            due = begun + number / rate
            while due < begun + seconds:
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                times.append(await self._tap(first + number))
                due += people / rate

        await asyncio.gather(*(now_and_then(number) for number in range(people)))
        due = round(rate * seconds)
        return {"times": times, "undone": due - len(times), "unanswered": await self._unanswered()}

    async def do_say(self, text: str, chat: int = GROUP, user: int = 1) -> dict[str, Any]:
        """Somebody asks; seconds until the bot has written something, and what."""
        begun = time.monotonic()
        message = await self._said(user, chat, text)
        return {"seconds": time.monotonic() - begun, "text": message.text[:200]}

    async def do_beside(self, text: str, first: int, people: int, pause: float) -> dict[str, Any]:
        """The group asks for a report; meanwhile people tap, with `pause` seconds between two taps of one."""
        asked = asyncio.create_task(self.do_say(text))
        times = await self._tap_until(asked, first, people, pause)
        return {"times": times, **await asked}

    async def do_idle(self, first: int, people: int, pause: float, seconds: float) -> dict[str, Any]:
        """As `beside`, without a report."""
        asked = asyncio.create_task(asyncio.sleep(seconds))
        return {"times": await self._tap_until(asked, first, people, pause)}

    async def _tap_until(self, end: asyncio.Task[Any], first: int, people: int, pause: float) -> list[float]:
        times: list[float] = []

        async def go_on(number: int) -> None:
            await asyncio.sleep(pause * number / people)
            while not end.done():
                times.append(await self._tap(first + number))
                await asyncio.sleep(pause)

        await asyncio.gather(*(go_on(number) for number in range(people)))
        return times

    def _card(self, user: int) -> Message | None:
        messages = reversed(self.telegram.world.chats[user].messages.values())
        return next((message for message in messages if message.markup), None)

    async def _said(self, user: int, chat: int, text: str) -> Message:
        waiter = self.telegram.expect(chat)
        self.people.send(user, chat, text)
        return await asyncio.wait_for(waiter, PATIENCE)

    async def _tap(self, user: int) -> float:
        """Tap the first button of the card; seconds until another card is there."""
        card = self.cards[user]
        assert card.markup is not None
        data = card.markup["inline_keyboard"][0][0]["callback_data"]
        begun = time.monotonic()
        waiter = self.telegram.expect(user)
        self.telegram.unanswered.add(self.people.press(user, user, card.id, data).id)
        shown = await asyncio.wait_for(waiter, PATIENCE)
        lasted = time.monotonic() - begun
        assert shown.id == card.id and shown.markup is not None
        assert shown.markup["inline_keyboard"][0][0]["callback_data"] != data
        return lasted

    async def _unanswered(self) -> int:
        """Taps whose answer has not come; a moment is given to those under way."""
        for _ in range(100):
            if not self.telegram.unanswered:
                break
            await asyncio.sleep(0.02)
        return len(self.telegram.unanswered)


async def main() -> None:
    """Serve until stdin ends."""
    telegram = WatchedTelegram()
    emulator = WatchedEmulator(telegram)
    async with serving(emulator) as address:
        print(json.dumps({"address": address, "token": TOKEN}), flush=True)
        crowd = Crowd(telegram, emulator)
        while line := await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(await crowd.obey(json.loads(line))), flush=True)
        await emulator.close()


if __name__ == "__main__":
    asyncio.run(main())
