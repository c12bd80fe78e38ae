"""The table of methods: which parameters the playground understands for each, and which function answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playground.api.params import Params
from playground.state.telegram import Telegram

Handler = Callable[[Telegram, Params], Any]


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the Bot API; ``handler`` gives its result, or something to await for it."""

    name: str
    parameters: frozenset[str]
    handler: Handler


METHODS: dict[str, Method] = {}


def method(name: str, parameters: str = "") -> Callable[[Handler], Handler]:
    """Registers a handler for ``name``; ``parameters`` are those it understands, separated by spaces."""

    def register(handler: Handler) -> Handler:
        METHODS[name.lower()] = Method(name, frozenset(parameters.split()), handler)
        return handler

    return register
