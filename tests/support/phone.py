"""A phone for tests: people write and tap through the playground, and a test sees what they see.

    async with Phone.start() as phone:                  # a playground in this event loop, on a free port
        you = await phone.person("You")                 # a private chat; phone.environment tells the bot where to go
        card = await you.ask("/label")                  # send, and the bot's next message
        answer = await you.tap("Related")               # by the visible words; answer.text, answer.alert
        card = await you.step("Related")                # the same, and wait until the card changed
        assert card.text.startswith("alignment")

``Phone.connect(address)`` drives a playground in another process in the same way. Nothing here sleeps: every wait ends
with the event that it waits for, or fails after ``seconds`` with a picture of the chat.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from playground.api import schema
from playground.emulator import Emulator
from playground.errors import OrderError
from playground.http.server import serving
from playground.state.telegram import Telegram
from tests.support.phone_chat import WAIT, Chat
from tests.support.phone_links import HttpLink, Link, LocalLink
from tests.support.phone_messages import Answer, Button, Call, Message, read_message

__all__ = ["TOKEN", "Answer", "Button", "Call", "Chat", "Message", "Phone"]

TOKEN = "4242424242:" + "phone_TEST-token_0123456789_abcdefg"


class Phone:
    """All chats of one playground. ``playground`` is the playground itself when it runs in this process."""

    def __init__(self, link: Link, playground: Emulator | None = None) -> None:
        self.link = link
        self.playground = playground
        self.mirror: dict[int, dict[int, Message]] = {}
        self.actions: list[dict[str, Any]] = []
        self.seq = 0
        self.bot_id = 0
        self.bot_username = ""
        self._looking: asyncio.Task[int] | None = None
        self._waiters: list[asyncio.Future[None]] = []

    @classmethod
    @contextlib.asynccontextmanager
    async def start(
        cls, *, token: str = TOKEN, validate: bool = True, callback_seconds: float = 150.0
    ) -> AsyncIterator[Phone]:
        """Gives a playground of its own for the test; the options are those of Emulator and Telegram."""
        playground = Emulator(Telegram(token, callback_seconds=callback_seconds), validate=validate)
        if playground.validate:
            schema.load()  # before the first wait, because it takes seconds
        async with serving(playground) as address:
            phone = cls(LocalLink(playground, address), playground)
            async with phone._following(token):
                yield phone

    @classmethod
    @contextlib.asynccontextmanager
    async def connect(cls, address: str, *, token: str = TOKEN) -> AsyncIterator[Phone]:
        """Gives a playground in another process, at ``http://127.0.0.1:<port>``."""
        phone = cls(HttpLink(address))
        async with phone._following(token):
            yield phone

    @contextlib.asynccontextmanager
    async def _following(self, token: str) -> AsyncIterator[None]:
        async with self.link:
            self.token = token
            seq = await self._look()
            async with self.link.follow(seq, self._apply):
                yield
            if self._looking is not None:
                await self._looking

    async def _look(self) -> int:
        """Reads everything anew; gives the number of the last event that is in it."""
        state = await self.order("state")
        self.bot_id, self.bot_username = state["bot"]["id"], state["bot"]["username"]
        self.seq = max(self.seq, state["seq"])
        for chat in state["chats"]:
            for raw in await self.order("messages", chat_id=chat["id"]):
                self._keep(raw)
        return int(state["seq"])

    # -- people, groups, and orders ---------------------------------------------------------------------------

    @property
    def address(self) -> str:
        return self.link.address

    @property
    def environment(self) -> dict[str, str]:
        """The settings that lead a bot here."""
        return {"TELEGRAM_API_URL": self.address, "TELEGRAM_BOT_TOKEN": self.token}

    async def order(self, name: str, /, **arguments: Any) -> Any:
        """Gives any order of the control API (see playground/http/control_api.py); raises OrderError."""
        result, seq = await self.link.order(name, arguments)
        if seq > self.seq and self.link.following:
            await self.until(lambda: self.seq >= seq, f"event {seq}", WAIT)
        return result

    async def person(
        self, name: str = "You", user_id: int = 1001, *, username: str = "", started: bool = False
    ) -> Chat:
        """Gives a person and their private chat, made if new."""
        with contextlib.suppress(OrderError):
            await self.order("person", user_id=user_id, name=name, username=username, started=started)
        return Chat(self, user_id, user_id)

    async def group(
        self,
        title: str,
        members: Iterable[Chat],
        *,
        chat_id: int = -2001,
        kind: str = "group",
        topics: dict[int, str] | None = None,
        bare_commands: bool = False,
        with_bot: bool = True,
    ) -> Chat:
        """Makes a group in the hands of its first member, who made it; ``group.by(other)`` puts it into other hands."""
        people = [member.user_id for member in members]
        named = {str(number): name for number, name in (topics or {}).items()}
        options = {"kind": kind, "topics": named, "bare_commands": bare_commands, "with_bot": with_bot}
        await self.order("group", chat_id=chat_id, title=title, members=people, **options)
        return Chat(self, chat_id, people[0])

    def chat(self, chat_id: int, person: Chat | int | None = None) -> Chat:
        """Returns a chat that exists already (the demo world's, say)."""
        user = person.user_id if isinstance(person, Chat) else person
        return Chat(self, chat_id, user or chat_id)

    # -- faults, time, limits ---------------------------------------------------------------------------------

    async def fault(self, kind: str, **fields: Any) -> None:
        """Lets something go wrong; kinds and fields are in playground/state/faults.py."""
        await self.order("fault", kind=kind, **fields)

    async def clear_faults(self) -> None:
        """Takes back all that was to go wrong."""
        await self.order("clear_faults")

    async def redeliver(self, callback_id: str) -> None:
        """Delivers the same tap once more, in another update."""
        await self.order("redeliver", callback_id=callback_id)

    async def shift_clock(self, seconds: float) -> None:
        """Sets Telegram's clock that much before the real one."""
        await self.order("clock", shift=seconds)

    # -- what the bot did -------------------------------------------------------------------------------------

    async def calls(
        self, method: str | None = None, *, chat: int | None = None, after: int = 0
    ) -> list[Call]:
        """Returns the bot's calls since number ``after``, oldest first."""
        found = await self.order("calls", method=method, chat_id=chat, after=after)
        return [Call(**call) for call in found]

    async def refusals(self, *, after: int = 0) -> list[Call]:
        """Returns the calls that were refused or cut."""
        return [call for call in await self.calls(after=after) if not call.ok]

    async def polled(self, *, waiting: bool = True, seconds: float = 10.0) -> None:
        """Waits until the bot's long poll is there (it has started), or, with ``waiting=False``, is not."""
        await self.order("polled", waiting=waiting, timeout=seconds)

    async def settle(self, *, quiet: float = 0.03, seconds: float = 10.0) -> None:
        """Waits until the bot has taken all updates and made no call for ``quiet`` seconds."""
        await self.order("settle", quiet=quiet, timeout=seconds)

    # -- the mirror -------------------------------------------------------------------------------------------

    async def until(
        self, done: Callable[[], object], what: str, seconds: float = WAIT, chat: Chat | None = None
    ) -> None:
        """Waits until ``done()`` holds, which is asked after every event. Fails with a picture of the chat."""
        try:
            async with asyncio.timeout(seconds):
                while not done():
                    waiter = asyncio.get_running_loop().create_future()
                    self._waiters.append(waiter)
                    await waiter
        except TimeoutError:
            shown = f" in {chat.picture()}" if chat else ""
            raise AssertionError(f"waited {seconds} s in vain for {what}{shown}") from None

    def _apply(self, event: dict[str, Any]) -> None:
        """Keeps the mirror up to date with one event."""
        kind = event["type"]
        if kind in ("message_new", "message_edited"):
            self._keep(event["message"])
        elif kind == "message_deleted":
            self.mirror.get(event["chat_id"], {}).pop(event["message_id"], None)
        elif kind == "chat_action":
            self.actions.append(event)
        elif kind == "reset":
            self._looking = asyncio.create_task(self._look())
        self.seq = event["seq"]
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _keep(self, raw: dict[str, Any]) -> None:
        message = read_message(raw, self.bot_id)
        self.mirror.setdefault(message.chat_id, {})[message.id] = message
