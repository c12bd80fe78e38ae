"""The stand-in itself: one bot, its little Telegram, and how a call of the Bot API is answered.

``Playground.call`` is what the HTTP server calls for every request of the bot, ``Playground.people`` is what people
do (and what the control interface and the tests use), ``Playground.events`` tells what happened.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from playground.api import chats, media, messages, profile_methods, schema, update_methods
from playground.api.keyboards import read_keyboard
from playground.api.params import Params, Upload
from playground.api.profile import Profile
from playground.api.registry import METHODS, Method
from playground.errors import ApiError, BadGateway, Dropped, bad_request, too_many_requests
from playground.state.events import EventHub
from playground.state.faults import Faults, Rule
from playground.state.rate_limits import COUNTED, Limits
from playground.state.records import Callback, Chat, Message, User
from playground.state.telegram import World
from playground.state.updates import UpdateQueue
from playground.state.users import People
from playground.state.webhook_sender import Webhook

LOGGED_CALLS = 100_000
HANDLERS = (chats, media, messages, profile_methods, update_methods)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the bot as the log keeps it: ``time`` by the stand-in's clock, ``seconds`` it took, ``code`` 200
    or what went wrong (0: the connection was cut)."""

    seq: int
    method: str
    chat_id: int | str | None
    time: float
    seconds: float
    code: int
    description: str
    params: dict[str, Any]

    def as_control(self) -> dict[str, Any]:
        """What the control interface says of a call."""
        shape = {name: getattr(self, name) for name in self.__slots__}
        return {**shape, "ok": self.code == 200}


class Playground:
    """A stand-in for Telegram with one bot.

    ``clock`` gives seconds since 1970; ``shift`` is added to it. ``validate=False`` leaves out the independent
    check of every request (benchmarks). ``latency`` is added on the way in and on the way out, in seconds.
    """

    def __init__(
        self,
        token: str,
        *,
        username: str = "labelbot_demo_bot",
        name: str = "Label bot",
        clock: Callable[[], float] = time.time,
        validate: bool = True,
        latency: float = 0.0,
        privacy_mode: bool = True,
        callback_seconds: float = 150.0,
    ) -> None:
        bot_id, _, secret = token.partition(":")
        if not bot_id.isdecimal() or not secret:
            raise ValueError("a token is digits, a colon and letters")
        self.token = token
        self.shift = 0.0
        self.validate = validate
        self.latency = latency
        self.privacy_mode = privacy_mode
        self.logged_out = False
        self._clock = clock
        self.world = World(
            User(int(bot_id), name, is_bot=True, username=username),
            self.now,
            callback_seconds=callback_seconds,
        )
        self.updates = UpdateQueue(self.now)
        self.events = EventHub()
        self.faults = Faults(time.monotonic)
        self.limits: Limits | None = None
        self.profile = Profile(name)
        self.webhook = Webhook(self)
        self.people = People(self)
        self.calls: deque[Call] = deque(maxlen=LOGGED_CALLS)
        self.call_count = 0
        self.poller: object | None = None
        self.busy = 0
        self.last_activity = time.monotonic()
        self.closed = False
        self._answer_waiters: dict[str, list[asyncio.Future[None]]] = {}
        self._activity: list[asyncio.Future[None]] = []

    @property
    def bot(self) -> User:
        return self.world.bot

    def now(self) -> float:
        """Seconds since 1970 by the stand-in's clock."""
        return self._clock() + self.shift

    # -- calls of the bot ---------------------------------------------------------------------------------

    async def call(
        self, name: str, values: Mapping[str, Any], uploads: Mapping[str, Upload] | None = None
    ) -> Any:
        """The result of a method; raises ApiError, or Dropped and BadGateway for faults on request."""
        key = name.lower()
        polls = key == "getupdates"
        started = self.last_activity = time.monotonic()
        self.busy += not polls
        code, description = 0, "connection cut"
        params: Params | None = None
        try:
            params = Params(values, uploads)
            result = await self._performed(key, name, params)
            code, description = 200, ""
            return result
        except ApiError as error:
            code, description = error.code, error.description
            raise
        except BadGateway:
            code, description = 502, "Bad Gateway"
            raise
        finally:
            self.busy -= not polls
            self.touch()
            self._log(name, params, values, started, code, description)

    async def _performed(self, key: str, name: str, params: Params) -> Any:
        if self.validate and not schema.is_loaded():
            await asyncio.to_thread(schema.load)
        chat_id = params.values.get("chat_id")
        struck = self.faults.strike(key, _as_int(chat_id)) if self.faults.rules else []
        await self.suffer(struck)
        failure: ApiError | None = None
        result: Any = None
        try:
            method = self._method(key, name, params)
            if self.limits is not None and key in COUNTED:
                self._count(self.limits, _as_int(chat_id))
            result = method.handler(self, params)
            if inspect.isawaitable(result):
                result = await result
        except ApiError as error:
            failure = error
        if struck:
            await self._suffer_after(struck)
        if self.faults.is_dead:
            raise Dropped
        if failure is not None:
            raise failure
        return result

    def _method(self, key: str, name: str, params: Params) -> Method:
        """The method, if it is known and its parameters are right."""
        if self.logged_out:
            raise bad_request("Logged out")
        method = METHODS.get(key)
        if method is None:
            raise bad_request(f'method "{name}" is not known to this stand-in')
        if self.validate:
            read_keyboard(params.structure("reply_markup"))
            schema.check(method.name, params)
        known = method.parameters
        for parameter in params.values:
            if parameter not in known:
                raise self._unknown_parameter(method, parameter)
        return method

    def _unknown_parameter(self, method: Method, parameter: str) -> ApiError:
        if self.validate and schema.knows(method.name, parameter):
            return bad_request(f'parameter "{parameter}" of {method.name} is not known to this stand-in')
        return bad_request(f'unknown parameter "{parameter}" in {method.name}')

    def _count(self, limits: Limits, chat_id: int | None) -> None:
        chat = self.world.chats.get(chat_id) if chat_id is not None else None
        if chat is not None and (wait := limits.take(chat.id, group=not chat.is_private)):
            raise too_many_requests(wait)

    async def suffer(self, struck: list[Rule]) -> None:
        """The faults that come before a call takes effect."""
        if self.faults.is_dead or self.closed:
            raise Dropped
        for rule in struck:
            if rule.kind == "delay":
                await asyncio.sleep(rule.seconds)
            elif rule.kind == "drop_before":
                raise Dropped
            elif rule.kind == "bad_gateway":
                raise BadGateway
            elif rule.kind == "retry_after":
                raise too_many_requests(int(rule.seconds) or 1)
            elif rule.kind == "error":
                raise ApiError(rule.code, rule.description)

    @staticmethod
    async def _suffer_after(struck: list[Rule]) -> None:
        for rule in struck:
            if rule.kind == "delay_after":
                await asyncio.sleep(rule.seconds)
            elif rule.kind == "drop_after":
                raise Dropped

    def _log(
        self,
        name: str,
        params: Params | None,
        values: Mapping[str, Any],
        started: float,
        code: int,
        description: str,
    ) -> None:
        self.call_count += 1
        shown = dict(values) if params is None else params.loggable()
        seconds = time.monotonic() - started
        self.calls.append(
            Call(self.call_count, name, shown.get("chat_id"), self.now(), seconds, code, description, shown)
        )

    # -- what handlers and people use ---------------------------------------------------------------------

    def tell_message(self, kind: str, message: Message) -> None:
        """Publishes ``message_new`` or ``message_edited`` with the whole message."""
        self.events.publish(
            kind,
            lambda: {"chat_id": message.chat_id, "message": self.world.message_json(message)},
        )

    def tell_chat(self, chat: Chat) -> None:
        """Publishes ``chat_changed``: its name, members, menu or state."""
        self.events.publish("chat_changed", lambda: {"chat_id": chat.id, "chat": self.people.chat_view(chat)})

    def answered(self, callback: Callback) -> None:
        """Wakes those who wait for the answer of a tap, and tells the page."""
        for waiter in self._answer_waiters.pop(callback.id, []):
            if not waiter.done():
                waiter.set_result(None)
        self.events.publish("callback_answered", callback.as_control)

    async def wait_answer(self, callback_id: str, seconds: float) -> Callback:
        """The tap once it is answered; raises TimeoutError, or KeyError for an unknown id."""
        callback = self.world.callbacks[callback_id]
        if not callback.answers:
            waiter = asyncio.get_running_loop().create_future()
            self._answer_waiters.setdefault(callback_id, []).append(waiter)
            async with asyncio.timeout(seconds):
                await waiter
        return callback

    # -- waiting ------------------------------------------------------------------------------------------

    def touch(self) -> None:
        """Notes that the bot did something, for those who wait until it is quiet."""
        self.last_activity = time.monotonic()
        waiters, self._activity = self._activity, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def until(self, done: Callable[[], object], seconds: float) -> None:
        """Until ``done()`` holds, asked again whenever the bot did something; raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not done():
                waiter = asyncio.get_running_loop().create_future()
                self._activity.append(waiter)
                await waiter

    async def settle(self, quiet: float, seconds: float) -> None:
        """Until the bot has confirmed all updates and made no call for ``quiet`` seconds; raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while True:
                await self.until(lambda: not len(self.updates) and not self.busy, seconds)
                left = self.last_activity + quiet - time.monotonic()
                if left <= 0:
                    return
                await asyncio.sleep(left)

    async def close(self) -> None:
        """Ends long polls, event streams and the webhook, so that a server can stop."""
        self.closed = True
        self.updates.wake()
        self.events.publish("bye", dict)
        await self.webhook.stop()


def _as_int(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
