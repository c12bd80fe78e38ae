"""Files of JSON records, streamed into pandas frames of the columns that are used.

The scanner is ijson's C backend, which reports a file as a flat series of events: here starts an object, here is a
key, here is a text. From these a record is built that holds the wanted keys alone, so memory is that of the used
columns, whatever else the file holds. `ijson.items` would build records by itself, but its time grows with the
square of the nesting; here the depth is counted, and refused, before anything is built.

A file is a list of records; or an object with such a list under one of some keys; or an object of records by their
id; or records one after the other (JSON lines). Which of the middle two it is turns out at its end only, so rows are
collected for each of them, and the rows of one are kept. A key given twice in an object counts as the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Protocol, TypeVar

from analysis.errors import one_line
from analysis.reading.inputs import Input

if TYPE_CHECKING:
    import pandas as pd

DEEPEST = 64
"""How many objects and lists may lie in each other."""
LARGEST_MB = 16
"""The largest text or number."""

_READ = 64 * 1024
_ROWS = 20_000
_OPEN, _CLOSE = frozenset({"start_map", "start_array"}), frozenset({"end_map", "end_array"})
_LITERALS = ("NaN", "Infinity", "-Infinity")


class Collector(Protocol):
    """What takes the rows of one list, a frame of some thousand at a time."""

    def add(self, frame: pd.DataFrame) -> None:
        """Take the next rows. The frame's index says where they stand: a number from 0, or a record's key."""


C = TypeVar("C", bound=Collector)


def kind_of(value: Any) -> str:
    """Return what a value is called in a message."""
    names = {type(None): "null", bool: "true or false", str: "a text", list: "a list", dict: "an object"}
    return names.get(type(value), "a number")


def place_of(label: Any) -> str:
    """Return where a row stands, by its label in a frame's index."""
    return f'record "{one_line(label)}"' if isinstance(label, str) else f"record {label + 1}"


def read_table(
    source: Input,
    *,
    lines: bool,
    lists: Sequence[str],
    wanted: Callable[[str], bool],
    bare: str,
    new: Callable[[], C],
) -> C:
    """Read a file, and return the collector that was given its records.

    A column holds texts, numbers, true and false as they stand in the file, an empty list or object in place of any
    list or object, and None where a record lacks the key.

    Args:
        source: the file.
        lines: whether it holds JSON lines.
        lists: the keys under which an object may hold a list of records, the best first.
        wanted: whether the values of a key are wanted.
        bare: the column of a record's value in an object by id, where that is no object.
        new: makes a collector.

    Raises:
        AnalysisError: the file is no such JSON, or holds anything but objects as records; the message names the
            place.
    """
    reader = _Reader(source, lists, lru_cache(4096)(wanted), bare, new)
    reader.read(_events(source, lines=lines), lines=lines)
    return reader.chosen()


class _NotJsonError(Exception):
    """The file is not JSON; the text says why."""


def _events(source: Input, *, lines: bool) -> Iterator[tuple[str, Any]]:
    """The file's events; what was found before an error comes before it, so that its place is known."""
    from ijson.backends import yajl2_c
    from ijson.common import JSONError
    from ijson.utils import sendable_list

    def batches() -> Iterator[list[tuple[str, Any]]]:
        found: list[tuple[str, Any]] = sendable_list()
        scanner = yajl2_c.basic_parse_coro(found, use_float=True, multiple_values=lines)
        size, silent = _READ, 0
        try:
            while data := source.read(size):
                scanner.send(data)
                silent = 0 if found else silent + len(data)
                if silent > LARGEST_MB << 20:
                    raise _NotJsonError(f"holds a value of more than {LARGEST_MB} MB")
                # The scanner begins a text again with each piece of it: larger pieces keep that linear.
                size = _READ if found else 2 * size
                yield list(found)
                del found[:]
            scanner.close()
        except (JSONError, UnicodeDecodeError) as problem:
            yield list(found)
            raise _told(problem) from None
        yield list(found)

    return chain.from_iterable(batches())


def _told(problem: Exception) -> Exception:
    """The scanner's message, of three lines of which the last points at a place in the second, in our words."""
    text = str(problem)
    if isinstance(problem, UnicodeDecodeError) or text.startswith("b'"):
        return _NotJsonError("is not UTF-8 text")
    first, _, rest = text.partition("\n")
    if "overflow" in first:
        return _NotJsonError("holds a number of more than 64 bits; it can stand there as a text")
    if "premature EOF" in first:
        return _NotJsonError("")
    around, _, pointer = rest.partition("\n")
    here = around[max(0, pointer.find("^") - 1) :]
    for name in _LITERALS:
        if here.startswith(name) or f"-{here}".startswith(name):
            return _NotJsonError(f"{name} is not JSON; null says that a value is missing")
    return _NotJsonError(f"not valid JSON: {first.partition(': ')[2].rstrip('.')}")


class _Rows(Generic[C]):
    """Rows of one list on their way into its collector."""

    def __init__(self, collector: C) -> None:
        self.collector = collector
        self.label: Any = None  # of the record that is being read
        self.fault = ""
        self._rows: list[dict[str, Any]] = []
        self._labels: list[Any] = []

    def add(self, row: Any) -> None:
        if not isinstance(row, dict):
            self.fault = self.fault or f"{place_of(self.label)}: should be an object, not {kind_of(row)}"
        if self.fault:
            return
        self._rows.append(row)
        self._labels.append(self.label)
        if len(self._rows) >= _ROWS:
            self.flush()

    def flush(self) -> None:
        import pandas as pd

        if self._rows:
            names = dict.fromkeys(chain.from_iterable(self._rows))
            columns = {name: [row.get(name) for row in self._rows] for name in names}
            index = pd.Index(self._labels, dtype=object)
            self.collector.add(pd.DataFrame(columns, index=index, dtype=object))
        self._rows, self._labels = [], []


class _Reader(Generic[C]):
    """Builds records from the events of one file."""

    def __init__(
        self,
        source: Input,
        lists: Sequence[str],
        wanted: Callable[[str], bool],
        bare: str,
        new: Callable[[], C],
    ) -> None:
        self._source = source
        self._lists = lists
        self._wanted = wanted
        self._bare = bare
        self._new = new
        self._found: dict[str | None, _Rows[C]] = {}
        self._rows: _Rows[C] | None = None  # that are being read

    def read(self, events: Iterator[tuple[str, Any]], *, lines: bool) -> None:
        """Read all records. Raises AnalysisError."""
        try:
            if lines:
                self._elements(events, None, end="")
            else:
                self._outermost(events)
            if self._rows is None or (lines and self._rows.label == 0):
                raise _NotJsonError("")
        except _NotJsonError as problem:
            self._refuse(str(problem), lines=lines)

    def chosen(self) -> C:
        """The collector of the rows that count. Raises AnalysisError."""
        rows = next((self._found[key] for key in (*self._lists, None) if key in self._found), None)
        if rows is None:
            return self._new()
        if rows.fault:
            raise self._source.problem(rows.fault)
        rows.flush()
        return rows.collector

    def _outermost(self, events: Iterator[tuple[str, Any]]) -> None:
        event, _ = next(events)
        if event == "start_array":
            self._elements(events, None, end="end_array")
        elif event == "start_map":
            self._entries(events)
        else:
            raise self._source.problem("a list or an object of records is wanted")
        try:
            more = any(True for _ in events)
        except _NotJsonError:
            more = True
        if more:
            raise self._source.problem(
                "more follows after the end (JSON lines belong in a file named .jsonl)"
            )

    def _refuse(self, problem: str, *, lines: bool) -> NoReturn:
        label = None if self._rows is None else self._rows.label
        place = "" if label is None else place_of(label)
        if problem:
            raise self._source.problem(f"{place}: {problem}" if place else problem)
        if self._rows is None or (lines and label == 0):
            wanted = "a record in each line" if lines else "a list of records"
            raise self._source.problem(f"is empty; {wanted} is wanted")
        raise self._source.problem(f"the file is cut off: it ends in {place or 'the first key'}")

    def _elements(self, events: Iterator[tuple[str, Any]], key: str | None, end: str) -> None:
        """The elements of a list that has begun, or of the file where `end` is empty."""
        rows = self._rows = self._found[key] = _Rows(self._new())
        wanted = key is None or key in self._lists
        rows.label = 0
        for event, value in events:
            if event == end:
                return
            row = self._value(events, event, value)
            if wanted:
                rows.add(row)
            rows.label += 1

    def _entries(self, events: Iterator[tuple[str, Any]]) -> None:
        """The entries of the outermost object, which has begun."""
        rows = self._rows = self._found[None] = _Rows(self._new())
        for event, value in events:
            if event == "map_key":
                rows.label = value
                continue
            if event == "end_map":
                return
            if event == "start_array":
                self._elements(events, rows.label, end="end_array")
                self._rows = rows
                given: Any = []
            else:
                given = self._value(events, event, value)
            own = given if isinstance(given, dict) else {self._bare: given}
            rows.add({"feature_id": rows.label, **own})

    def _value(self, events: Iterator[tuple[str, Any]], event: str, value: Any) -> Any:
        """The value that has begun with this event: of an object the wanted keys, of a list nothing."""
        if event == "start_array":
            self._skip(events)
            return []
        if event != "start_map":
            return value
        record: dict[str, Any] = {}
        key = ""
        for event, value in events:
            if event == "map_key":
                key = value
            elif event == "end_map":
                break
            elif event in _OPEN:
                self._skip(events)
                if self._wanted(key):
                    record[key] = [] if event == "start_array" else {}
            elif self._wanted(key):
                record[key] = value
        return record

    def _skip(self, events: Iterable[tuple[str, Any]]) -> None:
        """Pass over the rest of a list or an object."""
        depth = 1
        for event, _ in events:
            if event == "number":  # first, because embeddings are long lists of them
                continue
            if event in _OPEN:
                depth += 1
                if depth > DEEPEST:
                    raise _NotJsonError("is nested too deeply")
            elif event in _CLOSE:
                depth -= 1
                if not depth:
                    return
