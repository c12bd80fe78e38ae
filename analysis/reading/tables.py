"""Files of records, streamed into pandas frames of the columns that are used.

From a file's events a record is built that holds the wanted keys alone, so memory is that of the used columns,
whatever else the file holds. From records that are alike, whole columns are taken at once.

A JSON file is a list of records; or an object with such a list under one of some keys; or an object of records by
their id; or one record; or records one after the other (JSON lines). Which of the middle three it is turns out at its
end only, so rows are collected for each of them, and the rows of one are kept. A key given twice in an object counts
as the last one.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Container, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Protocol, TypeVar

from analysis.errors import one_line
from analysis.reading.feature_index import INDEX_KEYS, whole_number
from analysis.reading.inputs import Input
from analysis.reading.json_events import JsonEvents, NotJsonError, json_events
from analysis.reading.places import kind_of, place_of
from analysis.reading.record_shape import AlikeRecords, Columns
from analysis.reading.record_values import (
    EXPLANATIONS,
    NOT_PICKED,
    WantedValues,
    WholeValues,
    description_in,
)

if TYPE_CHECKING:
    import pandas as pd

_ROWS = 20_000


class Collector(Protocol):
    """What takes the rows of one list, a frame of some thousand at a time."""

    def add(self, frame: pd.DataFrame) -> None:
        """Take the next rows. The frame's index says where they stand: a number from 0, or a record's key."""


C = TypeVar("C", bound=Collector)


def read_json(
    source: Input,
    *,
    lines: bool,
    lists: Sequence[str],
    wanted: Callable[[str], bool],
    bare: str,
    new: Callable[[], C],
    if_lines: str,
    picked: Container[Any] | None = None,
) -> C:
    """Read a file, and return the collector that was given its records.

    A column holds texts, numbers, true and false as they stand in the file, an empty list or object in place of any
    list or object, and None where a record lacks the key. Of a list under `explanations` in a record, the first
    description stands there.

    Args:
        source: the file.
        lines: whether it holds JSON lines.
        lists: the keys under which an object may hold a list of records, the best first.
        wanted: whether the values of a key are wanted.
        bare: the column of a record's value in an object by id, where that is no object.
        new: makes a collector.
        if_lines: what to do with JSON lines in a file that is read as one value.
        picked: the labels of the only records to give, each whole in the column `WHOLE`.

    Raises:
        AnalysisError: the file is no such JSON, or holds anything but objects as records; the message names the
            place.
    """
    value = WantedValues(lru_cache(4096)(wanted)) if picked is None else WholeValues(picked)
    reader = _Reader(source, json_events(source, lines=lines), lists, value, bare, new, if_lines)
    with _no_collections():
        reader.read(lines=lines)
    return reader.chosen()


@contextlib.contextmanager
def _no_collections() -> Iterator[None]:
    """Keep the garbage collector away: it would look again and again through millions of events that hold no cycle."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Rows(Generic[C]):
    """Rows of one list on their way into its collector."""

    def __init__(self, collector: C) -> None:
        self.collector = collector
        self.label: Any = None  # of the record that is being read
        self.fault = ""
        self.first: Any = None
        self._rows: list[dict[str, Any]] = []
        self._labels: list[Any] = []
        self._columns: dict[str, list[Any]] = {}  # of the rows before these

    def add(self, row: Any) -> None:
        """Take the row of the record that is being read."""
        if self.first is None:
            self.first = row
        if not isinstance(row, dict):
            self.fault = self.fault or f"{place_of(self.label)}: should be an object, not {kind_of(row)}"
        if self.fault:
            return
        self._rows.append(row)
        self._labels.append(self.label)
        if len(self._labels) >= _ROWS:
            self.flush()

    def extend(self, count: int, columns: Columns) -> None:
        """Take several rows at once, the first of the record that is being read."""
        if self.fault:
            return
        self._to_columns()
        self._put(len(self._labels), columns)
        self._labels += range(self.label, self.label + count)
        if len(self._labels) >= _ROWS:
            self.flush()

    def flush(self) -> None:
        import pandas as pd

        if self._labels:
            self._to_columns()
            self._put(len(self._labels), dict.fromkeys(self._columns, ()))  # so that all are equally long
            index = pd.Index(self._labels, dtype=object if isinstance(self._labels[0], str) else "int64")
            self.collector.add(pd.DataFrame(self._columns, index=index, dtype=object))
        self._columns, self._labels = {}, []

    def _to_columns(self) -> None:
        """Put the rows that were taken singly into the columns."""
        names = dict.fromkeys(chain.from_iterable(self._rows))
        columns = {name: [row.get(name) for row in self._rows] for name in names}
        self._put(len(self._labels) - len(self._rows), columns)
        self._rows = []

    def _put(self, first: int, columns: Columns) -> None:
        """Put values into the columns, from row `first` on; rows before it that lack one get None."""
        for key, values in columns.items():
            known = self._columns.setdefault(key, [])
            known += [None] * (first - len(known))
            known += values


class _Reader(Generic[C]):
    """Finds the records among the events of one file."""

    def __init__(
        self,
        source: Input,
        events: JsonEvents,
        lists: Sequence[str],
        values: WantedValues | WholeValues,
        bare: str,
        new: Callable[[], C],
        if_lines: str,
    ) -> None:
        self._if_lines = if_lines
        self._source = source
        self._events = events
        self._lists = lists
        self._values = values
        self._bare = bare
        self._new = new
        self._found: dict[str | None, _Rows[C]] = {}
        self._rows: _Rows[C] | None = None  # that are being read
        self._own: dict[str, Any] = {}  # of the outermost object, as one record

    def read(self, *, lines: bool) -> None:
        """Read all records. Raises AnalysisError."""
        try:
            if not lines:
                self._outermost()
                return
            rows = self._elements(None, end="")
            if rows.label == 1 and rows.first == []:
                raise self._source.problem("is one list, not JSON lines: name it .json")
            if rows.label == 0:
                raise NotJsonError("")
        except NotJsonError as problem:
            self._refuse(str(problem), lines=lines)

    def chosen(self) -> C:
        """The collector of the rows that count. Raises AnalysisError."""
        found = [key for key in self._lists if key in self._found]
        rows = self._found[found[0] if found else None]
        if found in ([], [EXPLANATIONS]) and any(
            whole_number(self._own.get(k)) is not None for k in INDEX_KEYS
        ):
            rows = _Rows(self._new())
            rows.label = 0
            rows.add(self._own)
        if rows.fault:
            raise self._source.problem(rows.fault)
        rows.flush()
        return rows.collector

    def _outermost(self) -> None:
        events = iter(self._events)
        event, _ = next(events)
        if event == "start_array":
            self._elements(None, end="end_array")
        elif event == "start_map":
            self._entries()
        else:
            raise self._source.problem("a list or an object of records is wanted")
        try:
            more = any(True for _ in events)
        except NotJsonError:
            more = True
        if more:
            raise self._source.problem(f"more follows after the end ({self._if_lines})")

    def _refuse(self, problem: str, *, lines: bool) -> NoReturn:
        label = None if self._rows is None else self._rows.label
        place = "" if label is None else place_of(label)
        if problem.startswith("not valid JSON") and self._rows is None:
            begins = one_line(self._source.begins.partition("\n")[0], 24)
            named = "" if ".json" in self._source.shown else "; JSON lines are named .jsonl, tables .csv"
            raise self._source.problem(f'not valid JSON: it begins with "{begins}"{named}')
        if problem:
            raise self._source.problem(f"{place}: {problem}" if place else problem)
        if self._rows is None or (lines and label == 0):
            wanted = "a record in each line" if lines else "a list of records"
            raise self._source.problem(f"is empty; {wanted} is wanted")
        raise self._source.problem(
            f"the file is cut off, get it again: it ends in {place or 'the first key'}"
        )

    def _elements(self, key: str | None, end: str) -> _Rows[C]:
        """Take the elements of a list that has begun, or of the file where `end` is empty."""
        rows = self._rows = self._found[key] = _Rows(self._new())
        wanted = key is None or key in self._lists
        rows.label = 0
        alike = AlikeRecords(self._events, self._values) if isinstance(self._values, WantedValues) else None
        events = iter(self._events)
        for event, value in events:
            if event == end:
                break
            row = self._values.read(rows.label, events, event, value)
            if wanted and row is not NOT_PICKED:
                rows.add(row)
            rows.label += 1
            while alike and (run := alike.next_run()):
                if wanted:
                    rows.extend(*run)
                rows.label += run[0]
        return rows

    def _entries(self) -> None:
        """Take the entries of the outermost object, which has begun."""
        rows = self._rows = self._found[None] = _Rows(self._new())
        events = iter(self._events)
        for event, value in events:
            if event == "map_key":
                rows.label = value
                continue
            if event == "end_map":
                return
            key = rows.label
            given: Any = []
            if event == "start_array":
                self._elements(key, end="end_array")
                self._rows = rows
            else:
                given = self._values.read(key, events, event, value)
            if given is NOT_PICKED:
                continue
            one = description_in(self._found[key].first) if key == EXPLANATIONS and given == [] else given
            self._own |= {} if isinstance(given, dict) else self._values.of_key(key, one)
            rows.add({"feature_id": key, **(given if isinstance(given, dict) else {self._bare: given})})
