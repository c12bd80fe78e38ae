"""The emulator: how a call of the Bot API is answered, out of one little Telegram.

``Emulator.call`` is what the HTTP server calls for every request of the bot: it applies the faults, checks the request
by an independent description of the Bot API, performs the method and keeps the call in a log.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from playground.api import chats, media, messages, profile, schema, updates
from playground.api.keyboards import read_keyboard
from playground.api.params import Params, Upload
from playground.api.registry import METHODS, Method
from playground.errors import ApiError, BadGateway, Dropped, bad_request, too_many_requests
from playground.state.people import People
from playground.state.rate_limits import COUNTED, RateLimits
from playground.state.telegram import Telegram

LOGGED_CALLS = 100_000
HANDLERS = (chats, media, messages, profile, updates)  # importing them fills METHODS


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the bot as the log keeps it.

    ``time`` is when it was answered, by Telegram's clock; ``seconds`` how long it took; ``code`` is 200 or what went
    wrong (0: the connection was cut).
    """

    seq: int
    method: str
    time: float
    seconds: float
    code: int
    description: str
    params: dict[str, Any]

    def as_control(self) -> dict[str, Any]:
        """Returns the call as the control API shows it."""
        shape = {name: getattr(self, name) for name in self.__slots__}
        return shape | {"chat_id": self.params.get("chat_id"), "ok": self.code == 200}


class Emulator:
    """Answers calls out of one Telegram.

    Args:
        telegram: the state, which the emulator's users reach by the attributes of the same names, too.
        validate: False leaves out the independent check of every request (for benchmarks).

    Attributes:
        latency: seconds that are added on the way in and on the way out.
    """

    def __init__(self, telegram: Telegram, *, validate: bool = True) -> None:
        self.telegram = telegram
        self.validate = validate
        self.latency = 0.0
        self.people = People(telegram)
        self.world = telegram.world
        self.updates = telegram.updates
        self.events = telegram.events
        self.webhook = telegram.webhook
        self.limits: RateLimits | None = None
        self.calls: deque[Call] = deque(maxlen=LOGGED_CALLS)
        self.busy = 0
        self._count = 0

    async def call(
        self, name: str, values: Mapping[str, Any], uploads: Mapping[str, Upload] | None = None
    ) -> Any:
        """Performs one method of the Bot API.

        Args:
            name: the method, in any case.
            values: its parameters, as text or as decoded JSON.
            uploads: the files that came with it, by the name of their field.

        Returns:
            The result as the Bot API has it.

        Raises:
            ApiError: when Telegram would refuse.
            Dropped, BadGateway: for faults on request.
        """
        polls = name.lower() == "getupdates"
        started = time.monotonic()
        self.busy += not polls
        code, description = 0, "connection cut"
        params: Params | None = None
        try:
            params = Params(values, uploads)
            result = await self._perform(name, params)
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
            self._count += 1
            shown = dict(values) if params is None else params.loggable()
            seconds = time.monotonic() - started
            self.calls.append(Call(self._count, name, self.telegram.now(), seconds, code, description, shown))
            self.telegram.activity.wake()

    async def _perform(self, name: str, params: Params) -> Any:
        """Returns the result; faults happen before and after the call takes effect."""
        if self.validate and not schema.is_loaded():
            await asyncio.to_thread(schema.load)
        if self.telegram.closed:
            raise Dropped
        key, faults = name.lower(), self.telegram.faults
        chat_id = _as_int(params.values.get("chat_id"))
        matched = faults.match(key, chat_id)
        await faults.apply_before(matched)
        failure: ApiError | None = None
        result: Any = None
        try:
            method = self._method(key, name, params)
            if self.limits is not None and key in COUNTED:
                self._count_send(self.limits, chat_id)
            result = method.handler(self.telegram, params)
            if inspect.isawaitable(result):
                result = await result
        except ApiError as error:
            failure = error
        await faults.apply_after(matched)
        if failure is not None:
            raise failure
        return result

    def _method(self, key: str, name: str, params: Params) -> Method:
        """Returns the method, if it is known and its parameters are right; raises Telegram's refusals."""
        method = METHODS.get(key)
        if method is None:
            raise bad_request(f'method "{name}" is not known to the playground')
        if self.validate:
            read_keyboard(params.values.get("reply_markup"))
            schema.check(method.name, params)
        if unknown := next((one for one in params.values if one not in method.parameters), None):
            raise bad_request(f'parameter "{unknown}" of {method.name} is not known to the playground')
        return method

    def _count_send(self, limits: RateLimits, chat_id: int | None) -> None:
        chat = self.world.chats.get(chat_id) if chat_id is not None else None
        if chat is not None and (wait := limits.count(chat.id, group=not chat.is_private)):
            raise too_many_requests(wait)

    # -- waiting ------------------------------------------------------------------------------------------

    async def until(self, done: Callable[[], object], seconds: float) -> None:
        """Waits until ``done()`` holds, asked whenever the bot did something; raises TimeoutError."""
        await self.telegram.activity.until(done, seconds)

    async def settle(self, quiet: float, seconds: float) -> None:
        """Waits until the bot has confirmed all updates and made no call for ``quiet`` seconds.

        Raises:
            TimeoutError: after ``seconds``.
        """
        async with asyncio.timeout(seconds):
            while True:
                await self.until(lambda: not len(self.updates) and not self.busy, seconds)
                left = self.telegram.activity.last + quiet - time.monotonic()
                if left <= 0:
                    return
                await asyncio.sleep(left)

    async def close(self) -> None:
        """Ends long polls, event streams and the webhook, so that a server can stop."""
        self.telegram.closed = True
        self.updates.changed.wake()
        self.events.publish("bye", dict)
        await self.webhook.stop()


def _as_int(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
