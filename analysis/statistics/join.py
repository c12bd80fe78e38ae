"""Joining the records of a classification file to the items of a sample, as they pass by."""

from __future__ import annotations

import json
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from analysis.errors import one_line
from analysis.reading.fields import feature_index, kind_of, whole_number
from analysis.reading.jsonstream import Block
from analysis.reading.template import ANY, TEXT, Matched, captured
from analysis.records import ClassificationFile, Item, ModelLabels

_DIGITS = rb"(?:0|[1-9][0-9]{0,17}+)"
_LONGEST_LABEL = 60


def shape(key: str, value: Any) -> bytes | None:
    """The records that `Join` can take from a template: the two keys and the label are captured."""
    if key == "label":
        return captured(key, TEXT) if isinstance(value, str) else None
    if key not in ("index", "feature_id", "id"):
        return ANY
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    if isinstance(value, int):
        return captured(key, _DIGITS)
    return b'"%b"' % captured(key, _DIGITS) if key == "index" else captured(key, TEXT)


class Join:
    """Takes the blocks of one list of records, and keeps what they say of the items.

    fault: the first thing that is wrong, "" if nothing is. has_label: whether any record has a label at all.
    """

    def __init__(self, items: Sequence[Item]) -> None:
        self.fault = ""
        self.has_label = False
        self._items = items
        self._labels: dict[int, str] = {}
        self._by_index = False
        self._rows_of_index: dict[int, list[int]] = {}
        self._rows_of_id: dict[str, list[int]] = {}
        for item in items:
            if item.feature_index is not None:
                self._rows_of_index.setdefault(item.feature_index, []).append(item.row_id)
            if item.feature_id is not None:
                self._rows_of_id.setdefault(str(item.feature_id), []).append(item.row_id)
        self._digits = {str(index).encode() for index in self._rows_of_index}
        self._tails = {digits.lstrip(b"0") for digits in self._digits}
        self._ids = {key.encode(errors="backslashreplace") for key in self._rows_of_id}
        self._ids_beside_index = any(item.feature_index is None for item in items)

    def feed(self, block: Block) -> None:
        if block.matched:
            self._feed_matched(block.matched)
            return
        for number, record in enumerate(block.records("value"), block.first):
            if isinstance(record, dict):
                feature_id = record.get("feature_id")
                feature_id = record.get("id") if feature_id is None else feature_id
                self.has_label = self.has_label or "label" in record
                index = feature_index(record.get("index"), feature_id)
                self._take(index, _id_text(feature_id), record.get("label"))
            elif not self.fault:
                self.fault = f"{block.place(number)}: should be an object, not {kind_of(record)}"

    def result(self, file: ClassificationFile, sha256: str) -> ModelLabels:
        """What was found, once the whole file has passed without a fault."""
        keyless = tuple(i.row_id for i in self._items if i.feature_index is None and i.feature_id is None)
        missing = {item.row_id for item in self._items} - self._labels.keys() - set(keyless)
        return ModelLabels(
            file=file,
            labels=dict(sorted(self._labels.items())),
            unmatched=tuple(sorted(missing)),
            without_key=keyless,
            join_key="feature_index" if self._by_index or not self._labels else "feature_id",
            sha256=sha256,
        )

    def _feed_matched(self, matched: Matched) -> None:
        columns = matched.columns
        index_at = columns.get("index")
        id_at = columns.get("feature_id", columns.get("id"))
        label_at = columns.get("label")
        self.has_label = self.has_label or label_at is not None
        for row in self._that_may_hit(matched.rows, index_at, id_at):
            feature_id = None if id_at is None else _text(row[id_at])
            index = feature_index(None if index_at is None else int(row[index_at]), feature_id)
            self._take(index, feature_id, None if label_at is None else _text(row[label_at]))

    def _that_may_hit(
        self, rows: Sequence[tuple[bytes, ...]], index_at: int | None, id_at: int | None
    ) -> Sequence[tuple[bytes, ...]]:
        """A few of the rows of a template, among them all that concern an item."""
        if index_at is not None and (id_at is None or not self._ids_beside_index):
            if self._digits.isdisjoint(map(itemgetter(index_at), rows)):
                return ()
            return [row for row in rows if row[index_at] in self._digits]
        if id_at is None:
            return ()
        if index_at is None:
            return [row for row in rows if self._id_may_hit(row[id_at])]
        return [row for row in rows if row[index_at] in self._digits or self._id_may_hit(row[id_at])]

    def _id_may_hit(self, written: bytes) -> bool:
        feature_id = written.strip(b'"')
        tail = feature_id.rpartition(b"-")[2]
        if tail.lstrip(b"0") in self._tails or feature_id in self._ids:
            return True
        return not feature_id.isascii() or b"\\" in feature_id

    def _take(self, index: int | None, feature_id: str | None, label: Any) -> None:
        rows = [] if index is None else self._rows_of_index.get(index, [])
        for row in rows:
            self._by_index = True
            self._put(row, label)
        for row in self._rows_of_id.get(feature_id, ()) if feature_id is not None else ():
            if index is None or self._items[row].feature_index is None:
                self._put(row, label)

    def _put(self, row: int, label: Any) -> None:
        text = _label_text(label)
        known = self._labels.setdefault(row, text)
        if known != text and not self.fault:
            item = self._items[row]
            feature = item.feature_id if item.feature_index is None else item.feature_index
            first, second = one_line(known, 30), one_line(text, 30)
            self.fault = f'feature {one_line(str(feature))} is listed twice, as "{first}" and as "{second}"'


def _id_text(feature_id: Any) -> str | None:
    """An id as text: in an object of records by id, the key 5 can only be written "5"."""
    if isinstance(feature_id, str):
        return feature_id
    number = whole_number(feature_id)
    return None if number is None else str(number)


def _text(written: bytes) -> str:
    """The text, or the whole number as text, that stands in the file like this."""
    return str(json.loads(written))


def _label_text(label: Any) -> str:
    if isinstance(label, str):
        return label
    if isinstance(label, list | dict):
        return kind_of(label)
    return json.dumps(label)[:_LONGEST_LABEL]
