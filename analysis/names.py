"""Names from outside (models, labels, modes) made fit to stand in a line of text, in a picture or in a folder."""

from __future__ import annotations

import hashlib
import os
import unicodedata

_HARMFUL = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # control, direction, surrogates, private, line ends
_LONGEST_FILE_NAME = 255
"""In bytes: what the file systems in use take."""
_JOINERS = {"\u200c", "\u200d"}  # part of written languages and of emoji


def tidy(name: str, limit: int) -> str:
    """`name` in one line without control and direction characters, at most `limit` UTF-16 units.

    White space is collapsed; what is cut ends in an ellipsis; an empty result becomes `?`. Telegram counts in
    UTF-16 units.
    """
    head = name[: 4 * limit]  # however long the name is
    kept = "".join(c if c in _JOINERS or unicodedata.category(c) not in _HARMFUL else " " for c in head)
    line = " ".join(kept.split())
    if units(line) > limit:
        while line and units(line) > limit - 1:
            line = line[:-1]
        line = line.rstrip() + "…"
    return line or "?"


def units(text: str) -> int:
    """Length as Telegram counts it, in UTF-16 code units."""
    return len(text) + sum(c > "\uffff" for c in text)


def file_name(stem: str, ending: str) -> str:
    """Return the name of a file, its stem shortened where no file system would take the whole.

    What is cut off is replaced by a hash of the whole stem, so that two stems never share a name.

    Args:
        stem: The name without its ending.
        ending: What stands behind it in any case, such as `_metrics.json`.
    """
    given = os.fsencode(stem)  # a model's file may have a name that is not UTF-8
    if len(given) + len(ending.encode()) <= _LONGEST_FILE_NAME:
        return f"{stem}{ending}"
    mark = f"-{hashlib.sha256(given).hexdigest()[:16]}{ending}"
    head = given[: _LONGEST_FILE_NAME - len(mark.encode())]
    return head.decode(errors="ignore") + mark
