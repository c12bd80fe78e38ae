"""Names from outside (models, labels, modes) made fit to stand in a line of text or in a picture."""

from __future__ import annotations

import unicodedata

_HARMFUL = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # control, direction, surrogates, private, line ends
_JOINERS = {"\u200c", "\u200d"}  # part of written languages and of emoji


def tidy(name: str, limit: int) -> str:
    """`name` in one line without control and direction characters, at most `limit` UTF-16 units.

    White space is collapsed; what is cut ends in an ellipsis; an empty result becomes `?`. Telegram counts in
    UTF-16 units.
    """
    head = name[: 4 * limit]  # enough to fill the line, whatever is taken out
    kept = "".join(c if c in _JOINERS or unicodedata.category(c) not in _HARMFUL else " " for c in head)
    line = " ".join(kept.split())
    if units(line) > limit:
        while line and units(line) > limit - 1:
            line = line[:-1]
        line = line.rstrip() + "…"
    return line or "?"


def units(text: str) -> int:
    """Length as Telegram counts it, in UTF-16 code units."""
    return len(text) + sum(1 for c in text if ord(c) > 0xFFFF)
