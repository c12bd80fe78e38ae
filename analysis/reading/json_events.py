"""JSON as a flat series of events: here starts an object, here is a key, here is a text.

The scanner is ijson's C backend. `ijson.items` would build values by itself, but its time grows with the square of the
nesting; here the depth is counted, and refused, before anything is built.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from operator import length_hint
from typing import Any

from analysis.reading.inputs import Input

Event = tuple[str, Any]

DEEPEST = 64
"""How many objects and lists may lie in each other."""
LARGEST_MB = 16
"""The largest text or number."""
OPEN, CLOSE = frozenset({"start_map", "start_array"}), frozenset({"end_map", "end_array"})

_PIECE = 64 * 1024
_LITERALS = ("NaN", "Infinity", "-Infinity")


class NotJsonError(Exception):
    """The file is not JSON; the text says why, and is empty where the file ends too early."""


class JsonEvents:
    """A file's events, one by one in any loop. All events of the piece of the file that is being read are at hand.

    piece: the events of this piece, those before and those to come.
    """

    def __init__(self, pieces: Iterable[list[Event]]) -> None:
        self.piece: list[Event] = []
        self._rest = iter(self.piece)
        self._events = chain.from_iterable(self._each(pieces))

    def __iter__(self) -> Iterator[Event]:
        return self._events

    @property
    def place(self) -> int:
        """Where in the piece the next event stands."""
        return len(self.piece) - length_hint(self._rest)

    def pass_over(self, count: int) -> None:
        """Leave out the next events of the piece."""
        deque(islice(self._rest, count), maxlen=0)

    def _each(self, pieces: Iterable[list[Event]]) -> Iterator[Iterator[Event]]:
        for self.piece in pieces:
            self._rest = iter(self.piece)
            yield self._rest


def json_events(source: Input, *, lines: bool) -> JsonEvents:
    """Return a file's events. What was found before an error comes before it, so that its place is known.

    Args:
        source: the file.
        lines: whether several values may follow each other.

    Raises:
        NotJsonError: while iterating; the file is not JSON from there on.
        AnalysisError: as `Input.read`.
    """
    from ijson.backends import yajl2_c
    from ijson.common import JSONError
    from ijson.utils import sendable_list

    def batches() -> Iterator[list[Event]]:
        found: list[Event] = sendable_list()
        # Numbers as machine words: the scanner's other way crashes on numbers of some thousand digits.
        scanner = yajl2_c.basic_parse_coro(found, use_float=True, multiple_values=lines)
        size, silent = _PIECE, 0
        ending, last = b"", ""  # bytes that are no white space, and the event before their end
        try:
            while data := source.read(size):
                scanner.send(data)
                ending = ending if data.isspace() else data
                silent = 0 if found else silent + len(data)
                last = found[-1][0] if found else last
                if silent > LARGEST_MB << 20:
                    raise NotJsonError(f"holds a value of more than {LARGEST_MB} MB")
                # The scanner begins a text again with each piece of it: larger pieces keep that linear.
                size = _PIECE if found else 2 * size
                yield list(found)
                del found[:]
            scanner.close()
        except (JSONError, UnicodeDecodeError) as problem:
            yield list(found)
            raise NotJsonError(_reason(problem)) from None
        yield list(found)
        last = found[-1][0] if found else last
        # a text that begins behind the last list or object and does not end is nothing to the scanner
        if last in CLOSE and ending.rstrip()[-1:] not in (b"}", b"]"):
            raise NotJsonError("")

    return JsonEvents(batches())


def skip(events: Iterable[Event]) -> None:
    """Pass over the rest of a list or an object that has begun. Raises NotJsonError where it is too deep."""
    depth = 1
    for event, _ in events:
        if event == "number":  # first, because embeddings are long lists of them
            continue
        if event in OPEN:
            depth += 1
            if depth > DEEPEST:
                raise NotJsonError("is nested too deeply")
        elif event in CLOSE:
            depth -= 1
            if not depth:
                return


def build(events: Iterator[Event], event: str, value: Any) -> Any:
    """Return the whole value that has begun with this event. Raises NotJsonError where it is too deep."""
    from ijson.common import ObjectBuilder

    builder = ObjectBuilder()
    depth = 0
    while True:
        depth += (event in OPEN) - (event in CLOSE)
        if depth > DEEPEST:
            raise NotJsonError("is nested too deeply")
        builder.event(event, value)
        if not depth:
            return builder.value
        event, value = next(events)


def _reason(problem: Exception) -> str:
    """Return the scanner's message in our words. It has three lines; the last points at a place in the second."""
    text = str(problem)
    if isinstance(problem, UnicodeDecodeError) or text.startswith("b'"):
        return "is not UTF-8 text"
    first, _, rest = text.partition("\n")
    if "overflow" in first:
        return "holds a number of more than 64 bits; it can stand there as a text"
    if "premature EOF" in first:
        return ""
    around, _, pointer = rest.partition("\n")
    here = around[max(0, pointer.find("^") - 1) :]
    for name in _LITERALS:
        if here.startswith(name) or f"-{here}".startswith(name):
            return f"{name} is not JSON; null says that a value is missing"
    return f"not valid JSON: {first.partition(': ')[2].rstrip('.')}"
