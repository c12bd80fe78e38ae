"""Labels in: a file that the notebook, or an export, wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.errors import LabelFileError, one_line
from analysis.reading.feature_index import whole_number
from analysis.reading.inputs import Input
from analysis.reading.places import kind_of
from analysis.records import LABELS, Item, Sample, labels_naming


def read_labels_file(path: Path, *, sample: Sample, max_mb: int, mode: str = "") -> dict[int, str]:
    """Read a labels file that the notebook or an export wrote for this sample.

    Returns row_id -> label, ordered by row_id. The label is under `label`, in older files under `human_label`;
    `alignment-related` is `related` in the mode `alignment`. A record without a label (null, empty, NaN or absent) is
    left out, as the notebook does. NaN, which the notebook writes for a missing value, is missing.

    Raises:
        LabelFileError: the file cannot be read or holds no label at all, or any of its records is not an item of the
            sample, or has a label that is neither of the two, or labels a row again in another way: it is refused
            whole, and the message names the first such record.
    """
    labels: dict[int, str] = {}
    words = labels_naming(mode)
    with Input(path, max_mb=max_mb, error=LabelFileError) as source:
        for number, record in enumerate(_records(source), 1):
            if fault := _take(record, sample, labels, words):
                raise source.problem(f"record {number}: {fault}; nothing was imported")
        if not labels:
            raise source.problem(
                'holds no label: no record has a "label" or "human_label"; nothing was imported'
            )
    return dict(sorted(labels.items()))


def _records(source: Input) -> list[Any]:
    data = source.read_all()
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
        kind = kind_of(records)
        raise source.problem(f"should hold a list of labels, as the notebook writes it, not {kind}")
    return records


def _nan_is_missing(name: str) -> None:
    if name != "NaN":
        raise ValueError(f"{name} is no number; null says that a value is missing")


def _take(record: Any, sample: Sample, labels: dict[int, str], words: Mapping[str, str]) -> str:
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
    label = record.get("human_label") if label is None else label
    label = words.get(label, label) if isinstance(label, str) else label
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
