"""Labels out and in, in the notebook's own format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from analysis.errors import LabelFileError, one_line
from analysis.reading.fields import kind_of, whole_number
from analysis.reading.inputs import Input
from analysis.reading.jsonstream import read_blocks
from analysis.records import LABELS, Item, Sample


def labels_path(output_dir: Path, stem: str, mode: str, pseudonym: str | None = None) -> Path:
    """Where the labels of a mode are written: the consensus, or one labeler's own."""
    folder = output_dir / "human_labels"
    if pseudonym is not None:
        folder = folder / "by_labeler" / pseudonym
    return folder / f"{stem}_human_labels_{mode}.json"


def labels_json(sample: Sample, labels: Mapping[int, str]) -> bytes:
    """The labels file, byte for byte as the notebook writes it when one person labels in order.

    labels: row_id -> label. Absent values are null; half a surrogate pair, which no file can hold as a character,
    is written as JSON's escape.

    Raises:
        ValueError: a row outside of the sample, or a label that is neither of the two.
    """
    records = []
    for row_id, label in sorted(labels.items()):
        if not 0 <= row_id < len(sample.items):
            raise ValueError(f"row {row_id} is not one of the {len(sample.items)} items of the sample")
        if label not in LABELS:
            raise ValueError(f"row {row_id}: {label!r} is not one of {', '.join(LABELS)}")
        records.append(_record(row_id, sample.items[row_id], label))
    text = "[\n" + ",\n".join(records) + "\n]" if records else "[]"
    return text.encode(errors="backslashreplace")


@lru_cache(maxsize=8192)
def _record(row_id: int, item: Item, label: str) -> str:
    """One record as it stands in the file; kept, because many people label the same item alike."""
    record = {
        "_row_id": row_id,
        "feature_index": item.feature_index,
        "feature_id": item.feature_id,
        "description": item.description,
        "label": label,
    }
    return "  " + json.dumps(record, indent=2, ensure_ascii=False).replace("\n", "\n  ")


def read_labels_file(path: Path, *, sample: Sample, max_mb: int) -> dict[int, str]:
    """Read a labels file that the notebook or an export wrote for this sample.

    Returns row_id -> label, ordered by row_id. A record without a label (null, empty, NaN or absent) is left out, as
    the notebook does. NaN, which the notebook writes for a missing value, is missing.

    Raises:
        LabelFileError: the file cannot be read, or any of its records is not an item of the sample, or has a
            label that is neither of the two, or labels a row again in another way: it is refused whole, and the
            message names the first such record.
    """
    labels: dict[int, str] = {}
    with Input(path, max_mb=max_mb, error=LabelFileError) as source:
        for block in read_blocks(source, lines=False, nan_is_missing=True):
            if block.kind != "list" or block.key is not None:
                raise source.problem("should hold a list of labels, as the notebook writes it, not an object")
            for number, record in enumerate(block.values, block.first):
                fault = _take(record, sample, labels)
                if fault:
                    raise source.problem(f"{block.place(number)}: {fault}; nothing was imported")
    return dict(sorted(labels.items()))


def _take(record: Any, sample: Sample, labels: dict[int, str]) -> str:
    """Add a record's label to `labels`; returns what is wrong with it, "" if nothing is."""
    if not isinstance(record, dict):
        return f"should be an object, not {kind_of(record)}"
    row_id = whole_number(record.get("_row_id"))
    if row_id is None:
        return "has no _row_id that is a whole number"
    if not 0 <= row_id < len(sample.items):
        return f"_row_id {row_id} is not in the sample, which has the rows 0 to {len(sample.items) - 1}"
    fault = _other_item(record, sample.items[row_id])
    label = record.get("label")
    if fault or label is None or label == "":
        return fault
    if not isinstance(label, str) or label not in LABELS:
        return f"the label {one_line(repr(label))} is neither {' nor '.join(LABELS)}"
    if labels.setdefault(row_id, label) != label:
        return f"labels row {row_id} a second time, and differently"
    return ""


def _other_item(record: dict[str, Any], item: Item) -> str:
    """How the record's item differs from the sample's, "" if it is the same."""
    index = record.get("feature_index")
    for name, given, wanted in (
        ("feature_index", index if whole_number(index) is None else whole_number(index), item.feature_index),
        ("feature_id", record.get("feature_id"), item.feature_id),
        ("description", record.get("description"), item.description),
    ):
        if isinstance(given, bool) or given != wanted:
            here, there = one_line(repr(given), 40), one_line(repr(wanted), 40)
            return f"row {item.row_id} has another {name} than the sample ({here}, the sample has {there})"
    return ""
