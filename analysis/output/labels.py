"""Labels out, byte for byte in the notebook's own format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

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


def humans_path(output_dir: Path, stem: str, mode: str) -> Path:
    """Return where the consensus is written in the shape of a classification file."""
    return output_dir / "human_labels" / f"{stem}_{mode}_classified_humans.json"


def humans_json(sample: Sample, labels: Mapping[int, str]) -> bytes:
    """Return labels in the shape of a model's classification file, for programs that read those.

    The feature id is `<modelId>-<layer>-<index>` where the base file has these keys, else its own.

    Args:
        sample: The items.
        labels: row_id -> label.
    """
    records = []
    for row_id, label in sorted(labels.items()):
        item = sample.items[row_id]
        parts = (item.model_id, item.layer, item.feature_index)
        feature_id = item.feature_id if None in parts else "-".join(map(str, parts))
        records.append({"feature_id": feature_id, "description": item.description, "label": label})
    return json.dumps(records, indent=2, ensure_ascii=False).encode(errors="backslashreplace")
