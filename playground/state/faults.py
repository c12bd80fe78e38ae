"""Faults on request: what goes wrong, for which calls, how often.

A rule names its ``kind`` and optionally ``method``, ``chat_id``, ``count`` (how many calls it hits; None: until
cleared), ``skip`` (how many it lets pass first). A rule without a method leaves ``getUpdates`` alone; one for
``getUpdates`` hits a long poll that is under way at once. Kinds:

    retry_after   429 with ``seconds``
    error         any refusal: ``code`` and ``description``
    bad_gateway   502 with an HTML body
    drop_before   the connection is cut before the call took effect
    drop_after    the connection is cut after the call took effect
    delay         the call takes effect ``seconds`` late
    delay_after   the call takes effect at once, its answer comes ``seconds`` late
    dead          no network: every connection is cut for ``seconds``
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from playground.errors import ApiError, BadGateway, Dropped, OrderError, too_many_requests

KINDS = frozenset(
    ["retry_after", "error", "bad_gateway", "drop_before", "drop_after", "delay", "delay_after", "dead"]
)


@dataclass(slots=True)
class Rule:
    """One fault; ``seconds``, ``code`` and ``description`` as its kind needs them."""

    kind: str
    method: str | None = None
    chat_id: int | None = None
    count: int | None = 1
    skip: int = 0
    seconds: float = 0.0
    code: int = 500
    description: str = "Internal Server Error"

    @property
    def used_up(self) -> bool:
        return self.count == 0

    def matches(self, method: str, chat_id: int | None) -> bool:
        """Tells whether this call is hit, and counts it off."""
        meant = method != "getupdates" if self.method is None else method == self.method.lower()
        if not meant or self.used_up or self.chat_id not in (None, chat_id):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.count is not None:
            self.count -= 1
        return True


class Faults:
    """The rules in force, and the network that may be gone."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.dead_until = 0.0

    def add(self, kind: str, **fields: Any) -> None:
        """Makes a rule, or a dead network from now on.

        Raises:
            OrderError: for a kind or a field that there is not.
        """
        if kind not in KINDS:
            raise OrderError(f"no fault {kind!r}; there are: {', '.join(sorted(KINDS))}")
        try:
            rule = Rule(kind, **fields)
        except TypeError as error:
            raise OrderError(f"fault {kind}: {error}") from None
        if kind == "dead":
            self.dead_until = time.monotonic() + rule.seconds
        else:
            self.rules.append(rule)

    def clear(self) -> None:
        """Takes all faults back."""
        self.rules.clear()
        self.dead_until = 0.0

    @property
    def is_dead(self) -> bool:
        return self.dead_until > time.monotonic()

    def match(self, method: str, chat_id: int | None) -> list[Rule]:
        """Returns the rules that hit this call, in the order in which they were made; used-up ones are forgotten."""
        if not self.rules:
            return []
        matched = [rule for rule in self.rules if rule.matches(method, chat_id)]
        self.rules = [rule for rule in self.rules if not rule.used_up]
        return matched

    async def apply_before(self, matched: list[Rule]) -> None:
        """Makes the faults that come before a call takes effect: a pause, or an exception in place of its result."""
        if self.is_dead:
            raise Dropped
        for rule in matched:
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

    async def apply_after(self, matched: list[Rule]) -> None:
        """Makes the faults that come between the effect of a call and its answer."""
        for rule in matched:
            if rule.kind == "delay_after":
                await asyncio.sleep(rule.seconds)
            elif rule.kind == "drop_after":
                raise Dropped
        if self.is_dead:
            raise Dropped
