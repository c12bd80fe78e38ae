"""What the words behind `/focus` mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.rules.model_choice import split_mode

USUAL, FEWEST, MOST = 100, 2, 1000


@dataclass(frozen=True, slots=True)
class FocusWords:
    """What was asked for.

    Attributes:
        wanted: The words that name a model or two; empty when none was named.
        mode: The mode; None when none was named.
        number: How many items.
        off: Whether the active set is to be switched off.
    """

    wanted: str
    mode: str | None
    number: int = USUAL
    off: bool = False


def read_focus_words(args: Sequence[str], modes: Sequence[str]) -> FocusWords | None:
    """Return what the words mean; None when the number is not one from 2 to 1000.

    The number may stand before or behind the mode. A last word of digits is the number, never part of a name.
    """
    if [word.lower() for word in args] == ["off"]:
        return FocusWords("", None, off=True)
    typed, mode = split_mode(args, modes)
    *names, last = typed.split() or [""]
    if not last.isdecimal():
        return FocusWords(typed, mode)
    if not last.isascii() or not FEWEST <= int(last[:9]) <= MOST:
        return None
    if mode is None:
        typed, mode = split_mode(names, modes)
        names = typed.split()
    return FocusWords(" ".join(names), mode, int(last))
