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

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playground.errors import Refused

KINDS = frozenset(
    ["retry_after", "error", "bad_gateway", "drop_before", "drop_after", "delay", "delay_after", "dead"]
)
BAD_GATEWAY = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    b"<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


@dataclass(slots=True)
class Rule:
    """One fault; ``seconds`` and ``code`` as its kind needs them. ``hits`` counts the calls it struck."""

    id: int
    kind: str
    method: str | None = None
    chat_id: int | None = None
    count: int | None = 1
    skip: int = 0
    seconds: float = 0.0
    code: int = 500
    description: str = "Internal Server Error"
    hits: int = 0

    def strikes(self, method: str, chat_id: int | None) -> bool:
        """Whether this call is hit; counts it."""
        if method == "getupdates" if self.method is None else method != self.method.lower():
            return False
        if self.chat_id is not None and self.chat_id != chat_id:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.count is not None and self.hits >= self.count:
            return False
        self.hits += 1
        return True


class Faults:
    """The rules in force; ``clock`` is monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.rules: list[Rule] = []
        self.dead_until = 0.0
        self._next = 1

    def add(self, kind: str, **fields: Any) -> Rule:
        """A new rule, or a dead network from now on; raises Refused for a kind or field that is none."""
        if kind not in KINDS:
            raise Refused(f"no fault {kind!r}; there are: {', '.join(sorted(KINDS))}")
        try:
            rule = Rule(self._next, kind, **fields)
        except TypeError as error:
            raise Refused(f"fault {kind}: {error}") from None
        self._next += 1
        if kind == "dead":
            self.dead_until = self.clock() + rule.seconds
        else:
            self.rules.append(rule)
        return rule

    def clear(self) -> None:
        """No faults from now on."""
        self.rules.clear()
        self.dead_until = 0.0

    @property
    def is_dead(self) -> bool:
        return self.dead_until > self.clock()

    def strike(self, method: str, chat_id: int | None) -> list[Rule]:
        """The rules that hit this call, in order of their making; used-up ones are removed."""
        if not self.rules:
            return []
        struck = [rule for rule in self.rules if rule.strikes(method, chat_id)]
        self.rules = [rule for rule in self.rules if rule.count is None or rule.hits < rule.count]
        return struck
