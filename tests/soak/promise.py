"""What a long test says at its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """promise: in plain words. figure: what was done how often. losses: how often the promise was broken."""

    promise: str
    figure: str
    losses: int


@dataclass(frozen=True, slots=True)
class Check:
    """A long test. run: takes an empty folder. limit: seconds after which it counts as lost."""

    run: Callable[[Path], Outcome]
    limit: float = 120.0
