"""From a base file to the sample that the notebook draws from it."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import NoneType
from typing import Any

from analysis.errors import BaseFileError, one_line
from analysis.files import MEGABYTE, check_input
from analysis.reading.draw import draw_positions
from analysis.reading.fields import feature_index, kind_of, whole_number
from analysis.reading.inputs import Input
from analysis.reading.jsonstream import Block, Kind, collect, read_span
from analysis.reading.template import ANY, TEXT
from analysis.records import Item, Sample

_LISTS = ("features", "items", "data", "explanations")
_DESCRIPTION = "description"
_SUFFIXES = (".json", ".jsonl", ".json.gz", ".jsonl.gz")


def stem_of(path: Path) -> str:
    """What everything derived from a base file is named after.

    The file's name without `.gz` and then `.json` or `.jsonl`; a folder's whole name.
    """
    name = path.name or path.resolve().name
    if _is_folder(path):
        return path.resolve().name if name == ".." else name
    return re.sub(r"\.jsonl?$", "", re.sub(r"\.gz$", "", name)) or name


def draw_sample(path: Path, *, size: int, seed: int, max_mb: int) -> Sample:
    """Draw the notebook's sample: `DataFrame.sample(n=min(size, N), random_state=seed)` of the records in order.

    path: a file (list; object with a list under features, items, data or explanations; object of records by
    feature id; JSON lines; plain or gzipped), or a folder of such files, read in numeric order. size: from 1.
    seed: 0 to 2**32 - 1. max_mb: the largest size of what is read, packed and unpacked, a folder's files together.

    The description is under `description`, else under the first key whose name contains `desc` or
    `explanation`. The index is `index` as a whole number, else the digits at the end of `feature_id`. What is
    absent or null is None in the item.

    The file is decoded twice: once from end to end, to count and to check every record, and then where the drawn
    records are. It needs a few megabytes of memory whatever its size.

    Raises:
        BaseFileError: missing, too large, damaged, not such JSON, without records or descriptions, or a record
            that cannot be used; one line with the place and what would be right.
    """
    batches = list(_survey(path, max_mb))
    for batch in batches:
        batch.check()
    count = sum(batch.count for batch in batches)
    if not count:
        raise BaseFileError(f"{path.name}: holds no records; at least one is wanted")
    column = _description_key(batches, path.name)
    for batch in batches:
        batch.check(column)
    records = _pick(batches, draw_positions(count, size, seed))
    items = tuple(_item(row, record, column) for row, record in enumerate(records))
    return Sample(stem_of(path), seed, count, items)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _files(path: Path, max_mb: int) -> dict[Path, str]:
    """The base file, or a folder's batches in numeric order, each with what to call it."""
    if not _is_folder(path):
        return {path: path.name}
    try:
        found = [f for f in path.iterdir() if f.name.endswith(_SUFFIXES) and not f.name.startswith(".")]
    except OSError as problem:
        raise BaseFileError(f"{path.name}: the folder cannot be read: {problem.strerror}") from None
    if not found:
        kinds = ", ".join(_SUFFIXES)
        raise BaseFileError(f"{path.name}: the folder holds no batches; files named {kinds} are wanted")
    shown = {file: f"{path.name}/{file.name}" for file in sorted(found, key=_numeric)}
    size = sum(check_input(f, max_mb, error=BaseFileError, shown=s).st_size for f, s in shown.items())
    if size > max_mb * MEGABYTE:
        together = f"its files have {size / MEGABYTE:,.1f} MB together"
        raise BaseFileError(f"{path.name}: {together}, more than the {max_mb} MB that MAX_FILE_MB allows")
    return shown


def _numeric(file: Path) -> tuple[list[tuple[int, str]], str]:
    """Sorts batch-2 before batch-10."""
    parts = re.split(r"([0-9]+)", file.name)
    return [(int(part), "") if place % 2 else (0, part) for place, part in enumerate(parts)], file.name


def _survey(path: Path, max_mb: int) -> Iterator[_Survey]:
    """Read each of the files from end to end."""
    room = max_mb * MEGABYTE
    for file, shown in _files(path, max_mb).items():
        with Input(file, max_mb=max_mb, error=BaseFileError, room=room, shown=shown) as source:
            lines = file.name.removesuffix(".gz").endswith(".jsonl")
            yield collect(source, lines=lines, lists=_LISTS, shape=_shape, new=partial(_Survey, source))
            room = source.room


def _shape(key: str, value: Any) -> bytes | None:
    """Records that a template covers need no look: their ids and descriptions are what they should be."""
    if key == "feature_id":
        return TEXT if isinstance(value, str) else None
    if _description_keys([key]):
        return TEXT if isinstance(value, str) else None
    return ANY


class _Survey:
    """What the first reading of a list of records leaves: where they are, and what is wrong with them."""

    def __init__(self, source: Input) -> None:
        self.source = source
        self.count = 0
        self.keys: dict[str, None] = {}  # in the order first seen, up to `description`
        self._kind: Kind = "list"
        self._firsts, self._offsets, self._sizes = array("q"), array("q"), array("q")
        self._fault = ""
        self._not_texts: dict[str, str] = {}

    def feed(self, block: Block) -> None:
        self._kind = block.kind
        self._firsts.append(block.first)
        self._offsets.append(block.offset)
        self._sizes.append(block.size)
        if block.matched:  # of the shape of records that were looked at, see `_shape`
            self.count += len(block.matched.rows)
            return
        records = block.records(_DESCRIPTION)
        self.count += len(records)
        if self._fault:
            return
        if not {dict}.issuperset(map(type, records)):
            self._fault = _first_fault(block, records, _no_object)
            return
        if not {type(record.get("feature_id")) for record in records} <= {str, int, NoneType}:
            self._fault = _first_fault(block, records, _no_id)
        if _DESCRIPTION not in self.keys:
            for record in records:
                self.keys.update(dict.fromkeys(record))
        for key in _description_keys(self.keys):
            if not {type(record.get(key)) for record in records} <= {str, NoneType}:
                fault = _first_fault(block, records, partial(_no_text, key))
                self._not_texts.setdefault(key, fault)

    def check(self, description_key: str | None = None) -> None:
        """Raise what is wrong with the records, or with what they have under that key, if anything is."""
        fault = self._not_texts.get(description_key) if description_key else self._fault
        if fault:
            raise self.source.problem(fault)

    def reread(self, positions: Sequence[int]) -> Iterator[dict[str, Any]]:
        """The records at these positions, which ascend."""
        if not positions:
            return
        with self.source.again() as source:
            place = -1
            records: Sequence[Any] = ()
            for position in positions:
                found = bisect_right(self._firsts, position) - 1
                first = self._firsts[found]
                if found != place:
                    place = found
                    span = self._offsets[place], self._sizes[place]
                    records = read_span(source, self._kind, first, *span).records(_DESCRIPTION)
                record = records[position - first] if position - first < len(records) else None
                if not isinstance(record, dict):
                    raise source.changed()
                yield record


def _first_fault(block: Block, records: Sequence[Any], fault: Callable[[Any], str]) -> str:
    for number, record in enumerate(records, block.first):
        if text := fault(record):
            return f"{block.place(number)}: {text}"
    return ""


def _no_object(record: Any) -> str:
    return "" if isinstance(record, dict) else f"should be an object, not {kind_of(record)}"


def _no_id(record: dict[str, Any]) -> str:
    value = record.get("feature_id")
    if value is None or isinstance(value, str) or whole_number(value) is not None:
        return ""
    return f"its feature_id should be a text or a whole number, not {one_line(repr(value))}"


def _no_text(key: str, record: dict[str, Any]) -> str:
    value = record.get(key)
    if value is None or isinstance(value, str):
        return ""
    hint = "; a list of records is wanted under features, items, data or explanations" if value == [] else ""
    return f'its "{one_line(key)}" should be a text or null, not {kind_of(value)}{hint}'


def _description_keys(keys: Iterable[str]) -> Sequence[str]:
    """The keys that may hold the descriptions, the best first."""
    if _DESCRIPTION in keys:
        return (_DESCRIPTION,)
    return [key for key in keys if "desc" in key.lower() or "explanation" in key.lower()]


def _description_key(batches: Iterable[_Survey], name: str) -> str:
    keys = dict.fromkeys(key for batch in batches for key in batch.keys)
    found = _description_keys(keys)
    if not found:
        known = ", ".join(one_line(key, 30) for key in list(keys)[:8]) or "none"
        raise BaseFileError(
            f"{name}: no description in any record; a key description, or one whose name contains desc or "
            f"explanation, is wanted (keys found: {known})"
        )
    return found[0]


def _pick(batches: Sequence[_Survey], positions: Sequence[int]) -> list[dict[str, Any]]:
    """The records at `positions` of all batches together."""
    found: dict[int, dict[str, Any]] = {}
    before = 0
    for batch in batches:
        here = sorted(p for p in positions if before <= p < before + batch.count)
        found.update(zip(here, batch.reread([p - before for p in here]), strict=True))
        before += batch.count
    return [found[position] for position in positions]


def _item(row_id: int, record: dict[str, Any], description_key: str) -> Item:
    feature_id = record.get("feature_id")
    if not isinstance(feature_id, str):
        feature_id = whole_number(feature_id)
    index = feature_index(record.get("index"), feature_id)
    return Item(row_id, index, feature_id, record.get(description_key))
