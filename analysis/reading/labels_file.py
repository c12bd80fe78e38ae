"""Labels in: a file that the notebook, or an export, wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from analysis.errors import LabelFileError, one_line
from analysis.files import MEGABYTE
from analysis.reading.feature_index import whole_number
from analysis.reading.inputs import Input
from analysis.reading.tables import kind_of
from analysis.records import LABELS, Item, Sample


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
        data = b"".join(iter(lambda: source.read(MEGABYTE), b""))
        if not data.strip():
            raise source.problem("is empty; a list of records is wanted")
        try:
            records = json.loads(data, parse_constant=_nan_is_missing)
        except RecursionError:
            raise source.problem("is nested too deeply") from None
        except UnicodeDecodeError:
            raise source.problem("is not UTF-8 text") from None
        except ValueError as problem:
            raise source.problem(f"not valid JSON: {problem}") from None
        if not isinstance(records, list):
            raise source.problem(
                f"should hold a list of labels, as the notebook writes it, not {kind_of(records)}"
            )
        for number, record in enumerate(records, 1):
            if fault := _take(record, sample, labels):
                raise source.problem(f"record {number}: {fault}; nothing was imported")
    return dict(sorted(labels.items()))


def _nan_is_missing(name: str) -> None:
    if name != "NaN":
        raise ValueError(f"{name} is no number; null says that a value is missing")


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
