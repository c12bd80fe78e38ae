"""Strict JSON, decoded from a window that slides over a file.

Strict means: NaN, Infinity, a key given twice in one object, nesting deeper than Python's stack and values of
more than 16 MB are errors, as are all that JSON itself forbids.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Sequence
from typing import Any

from analysis.errors import AnalysisError, one_line
from analysis.reading.inputs import Input

BLOCK_BYTES = 16 * 1024
LARGEST_VALUE = 16 * 1024 * 1024

_FIRST_LOOK = 2048
_TAIL = 1024
_SPACE = re.compile(rb"[ \t\n\r]*")


class _NotStrictError(ValueError):
    """What JSON's decoder would let pass."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen = set()
        for key, _ in pairs:
            if key in seen:
                raise _NotStrictError(f'the key "{one_line(key)}" is given twice in one object')
            seen.add(key)
    return found


def _no_constant(name: str) -> Any:
    raise _NotStrictError(f"{name} is not JSON; null says that a value is missing")


def _nan_is_missing(name: str) -> Any:
    return None if name == "NaN" else _no_constant(name)


STRICT = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant)
WITH_NAN = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_nan_is_missing)


def decode(text: str, decoder: json.JSONDecoder) -> Any:
    """All of `text` as one value; ValueError or RecursionError if it is none."""
    value, end = decoder.raw_decode(text)
    if end != len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return value


def reason(problem: Exception) -> str:
    """Why a value could not be decoded."""
    if isinstance(problem, json.JSONDecodeError):
        text = problem.msg[:1].lower() + problem.msg[1:]
        return f"not valid JSON: {text.removesuffix(': ').removesuffix(' starting at').removesuffix(' at')}"
    if isinstance(problem, UnicodeDecodeError):
        return "is not UTF-8 text"
    if isinstance(problem, RecursionError):
        return "is nested too deeply"
    return str(problem) if isinstance(problem, _NotStrictError) else "holds a number of too many digits"


_HALF_NUMBERS = {".", "e", "E", "e+", "e-", "E+", "E-"}
"""What may follow a number at the end of what was looked at, and make it another one with what comes next."""


class Window:
    """The bytes of a file that are in memory, and the place in them; a mark of the byte order is passed over."""

    def __init__(self, source: Input, decoder: json.JSONDecoder) -> None:
        self.source = source
        self.decoder = decoder
        self.data = b""
        self.at = 0
        self.before = 0  # bytes of the file that have left the window
        self.ended = False
        self.no_guess_until = 0  # a byte of the file
        self.fill(len(codecs.BOM_UTF8))
        if self.data.startswith(codecs.BOM_UTF8):
            self.at = len(codecs.BOM_UTF8)

    @property
    def offset(self) -> int:
        return self.before + self.at

    def fill(self, size: int) -> None:
        """Have at least `size` bytes ahead, or all there are."""
        while not self.ended and len(self.data) - self.at < size:
            ahead = len(self.data) - self.at
            more = self.source.read(max(BLOCK_BYTES, size - ahead))
            self.ended = not more
            self.data = self.data[self.at :] + more
            self.before += self.at
            self.at = 0

    def peek(self) -> bytes:
        """Go on to the next byte that is not white space, and return it without taking it; b"" at the end."""
        while True:
            found = _SPACE.match(self.data, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.data) or self.ended:
                return self.data[self.at : self.at + 1]
            self.fill(1)

    def take(self, wanted: bytes, what: str) -> None:
        """Go on past the next byte that is not white space; it must be one of `wanted`."""
        found = self.peek()
        if not found:
            raise self.source.problem(f"the file is cut off: it ends where {what} should follow")
        if found not in wanted:
            raise self.problem(f"not valid JSON: {what} should stand here")
        self.at += 1

    def problem(self, text: str, ahead: int = 0, place: str = "") -> AnalysisError:
        byte = f"byte {self.offset + ahead + 1}"
        return self.source.problem(f"{place}, {byte}: {text}" if place else f"{byte}: {text}")

    def ahead(self, patterns: Sequence[re.Pattern[bytes]]) -> bytes:
        """About a block of bytes from here to where a value before a comma seems to end; none: look value by value."""
        if self.offset < self.no_guess_until:
            return b""
        self.fill(BLOCK_BYTES)
        end = _last_gap(self.data, self.at, patterns)
        return b"" if end is None else self.data[self.at : end]

    def guess(self, piece: bytes, around: str) -> Any:
        """What lies ahead, put between the two brackets of `around` and decoded at once.

        None: it is something else, and must be looked at value by value.
        """
        try:
            return decode(f"{around[0]}{piece.decode()}{around[1]}", self.decoder)
        except (ValueError, RecursionError):
            self.no_guess_until = self.offset + len(piece)
            return None

    def value(self, place: str) -> tuple[Any, int]:
        """Decode the one value that starts here; returns it and its size in bytes."""
        size = _FIRST_LOOK
        while True:
            self.fill(size)
            piece = self.data[self.at : self.at + size]
            last = self.ended and self.at + len(piece) == len(self.data)
            text = self._text(piece, last, place)
            try:
                value, end = self.decoder.raw_decode(text)
                if last or (end < len(text) and text[end:] not in _HALF_NUMBERS):
                    return value, len(text[:end].encode())
            except json.JSONDecodeError as problem:
                self._judge(problem, text, last, place)
            except (ValueError, RecursionError) as problem:
                raise self.problem(reason(problem), place=place) from None
            if size >= LARGEST_VALUE:
                raise self.problem(f"is larger than {LARGEST_VALUE >> 20} MB", place=place)
            size = min(4 * size, LARGEST_VALUE)

    def _text(self, piece: bytes, last: bool, place: str) -> str:
        try:
            return piece.decode()
        except UnicodeDecodeError as problem:
            if not last and problem.end == len(piece) and problem.reason == "unexpected end of data":
                return piece[: problem.start].decode()
            raise self.problem(reason(problem), problem.start, place) from None

    def _judge(self, problem: json.JSONDecodeError, text: str, last: bool, place: str) -> None:
        """Raise unless more of the file could mend it."""
        # The scanner looks no further ahead than a word or an escape; only a string is reported where it starts.
        at_end = problem.pos + 16 > len(text.rstrip()) or problem.msg.startswith("Unterminated string")
        if last and (problem.pos >= len(text.rstrip()) or problem.msg.startswith("Unterminated string")):
            raise self.source.problem(f"the file is cut off: it ends in {place}")
        if last or not at_end:
            raise self.problem(reason(problem), len(text[: problem.pos].encode()), place)


def _last_gap(data: bytes, start: int, patterns: Sequence[re.Pattern[bytes]]) -> int | None:
    """Where, after `start`, the last value before a comma seems to end."""
    for since in (max(start, len(data) - _TAIL), start):
        for pattern in patterns:
            gaps = list(pattern.finditer(data, since))
            if gaps:
                return gaps[-1].start() + 1
    return None
