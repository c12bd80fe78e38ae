"""The table of methods: which parameters this stand-in understands for each, and who handles it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playground.api.params import Params

if TYPE_CHECKING:
    from playground.emulator import Playground

Handler = Callable[["Playground", Params], Any]


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the Bot API; ``handler`` gives the result or something to await for it."""

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
