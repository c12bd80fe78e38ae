"""The one shape that nearly all records of a list have, as a pattern that checks them without decoding them.

Most files are written by one loop: the same keys in the same order with the same white space. From the first
record such a pattern is made, which matches exactly the strict JSON of that shape, and a block of records that it
covers from end to end needs no decoder: it is checked in less than half of the time. What it does not cover
(another order, a nested value, what is not JSON) is decoded, so a pattern that fits badly costs time only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# These match JSON's own grammar where control characters and bad UTF-8 are excluded, which `match` does; the quick
# TEXT, where in addition all backslashes stand alone and begin an escape.
TEXT = rb'"[^"]*+(?:(?<=\\)"[^"]*+)*+"'
WHOLE = rb"-?(?:0|[1-9][0-9]{0,17}+)"
NULL = rb"null"
ANY = rb"(?:%b|-?(?:0|[1-9][0-9]{0,300}+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+|true|false|null)" % TEXT

_THOROUGH_TEXT = rb'"[^"\\]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\]*+)*+"'
_NO_LONE_ESCAPE = re.compile(rb'\\(?!["/bfnrt]|u[0-9a-fA-F]{4})')
_FLAT_RECORD = re.compile(rb'\{(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+\}')
_GAP = re.compile(rb"\s*+,\s*+(?=\{)")
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[{}:,]|\s++|[^"{}:,\s]++')
_FORGIVEN = 4
_TRIES = 8

Shape = Callable[[str, Any], bytes | None]
"""Given a key and its value in the first record: the pattern of its values, or None if no template can serve.
A pattern may capture with `captured`."""


def captured(name: str, pattern: bytes) -> bytes:
    """`pattern` as a group of this name."""
    return b"(?P<%b>%b)" % (name.encode(), pattern)


@dataclass(frozen=True, slots=True)
class Matched:
    """Records that a template covers. rows: the groups of each; columns: name of a group -> its place in a row."""

    rows: Sequence[tuple[bytes, ...]]
    columns: Mapping[str, int]


class Template:
    """The pattern of one shape of record, and of what stands between two of them."""

    def __init__(self, parts: Sequence[bytes], gap: bytes, literals: bytes) -> None:
        written = rb"%b(?:%b|\Z)()|(?P<rest>[\s\S]++)" % (b"".join(parts), re.escape(gap))
        self._pattern = re.compile(written)
        self._thorough = written.replace(TEXT, _THOROUGH_TEXT)  # compiled when wanted; re keeps it
        self._columns = {name: place - 1 for name, place in self._pattern.groupindex.items()}
        controls = {c for c in literals + gap if c < 32}
        self._counts = [(bytes([c]), literals.count(c), gap.count(c)) for c in controls]
        self._others = [c for c in range(32) if c not in controls]

    @classmethod
    def learn(cls, piece: bytes, record: Mapping[str, Any], shape: Shape) -> Template | None:
        """The template of the record that `piece` starts with and that was decoded to `record`; None: it has none."""
        text = _FLAT_RECORD.match(piece)
        gap = _GAP.match(piece, text.end()) if text else None
        if text is None or gap is None:
            return None
        parts, literals, values = [], [], iter(record.items())
        tokens = _TOKEN.findall(text[0])
        is_value = False
        for token in tokens:
            if is_value and not token.isspace():
                pattern = shape(*next(values))
                if pattern is None:
                    return None
                parts.append(pattern)
                is_value = False
                continue
            is_value = is_value or token == b":"
            parts.append(re.escape(token))
            literals.append(token)
        fixed = b"".join(literals)
        return None if b"\\" in fixed else cls(parts, gap[0], fixed)

    def match(self, piece: bytes) -> Matched | None:
        """Check a whole piece of a list, from the start of a record to the end of one."""
        if any(map(piece.__contains__, self._others)):
            return None
        thorough = _NO_LONE_ESCAPE.search(piece)
        rows = re.findall(self._thorough, piece) if thorough else self._pattern.findall(piece)
        if rows[-1][-1]:
            return None
        count = len(rows)
        for control, in_record, in_gap in self._counts:
            if piece.count(control) != count * in_record + (count - 1) * in_gap:
                return None
        try:
            piece.decode()
        except UnicodeDecodeError:
            return None
        return Matched(rows, self._columns)


class Templates:
    """The template in use for a list, learned anew when it does not fit any more, and given up when none does."""

    def __init__(self, shape: Shape | None) -> None:
        self._shape = shape
        self._current: Template | None = None
        self._tries = _TRIES
        self._credit = 0

    def match(self, piece: bytes) -> Matched | None:
        if self._current is None:
            return None
        matched = self._current.match(piece)
        if matched:
            self._credit = _FORGIVEN
        else:
            self._credit -= 1
            if self._credit < 0:
                self._current = None
        return matched

    def learn(self, piece: bytes, values: Sequence[Any]) -> None:
        """Learn from a piece that was decoded to `values`, if there is no template."""
        if self._shape and self._current is None and self._tries and isinstance(values[0], dict):
            self._tries -= 1
            self._credit = _FORGIVEN
            self._current = Template.learn(piece, values[0], self._shape)
