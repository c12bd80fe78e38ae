"""Joining the records of a classification file to the items of a sample."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from analysis.errors import one_line
from analysis.reading.feature_index import feature_indexes, whole_number
from analysis.reading.tables import kind_of
from analysis.records import ClassificationFile, Item, ModelLabels

if TYPE_CHECKING:
    import pandas as pd

KEYS = ("index", "feature_id", "id", "label")
_LONGEST_LABEL = 60


class Join:
    """Takes a model's records, some thousand at a time, and keeps those that are about an item.

    has_label: whether any record has a label at all.
    """

    def __init__(self, items: Sequence[Item]) -> None:
        import pandas as pd

        self.has_label = False
        self._hits: list[pd.DataFrame] = []
        self._items = items
        self._keys = pd.DataFrame(
            {
                "row_id": pd.Series([item.row_id for item in items], dtype="int64"),
                "feature_index": pd.Series([item.feature_index for item in items], dtype="Int64"),
                "id": pd.Series([_id_text(item.feature_id) for item in items], dtype=object),
            }
        )

    def add(self, frame: pd.DataFrame) -> None:
        """Take the next records."""
        import pandas as pd

        frame = frame.reset_index(drop=True)
        self.has_label = self.has_label or "label" in frame
        frame = frame.reindex(columns=list(KEYS)).astype(object)
        frame["feature_id"] = frame["feature_id"].where(frame["feature_id"].notna(), frame["id"])
        records = pd.DataFrame(
            {
                "feature_index": feature_indexes(frame),
                "id": frame["feature_id"].map(_id_text).astype(object),
                "label": frame["label"],
                "record": frame.index,
            }
        )
        # pandas would join what is missing to what is missing
        by_index, by_id = (
            self._keys.dropna(subset=key).merge(
                records.dropna(subset=key), on=key, suffixes=("", "_of_record")
            )
            for key in ("feature_index", "id")
        )
        indexless = by_id["feature_index"].isna() | by_id["feature_index_of_record"].isna()
        hits = pd.concat([by_index.assign(by_index=True), by_id[indexless].assign(by_index=False)])
        if len(hits):
            self._hits.append(hits.sort_values(["record", "row_id"])[["row_id", "label", "by_index"]])

    def result(self, file: ClassificationFile, sha256: str) -> ModelLabels:
        """Return what was found, once the whole file has passed.

        Raises:
            ValueError: an item has two different labels; the text names its feature.
        """
        labels: dict[int, str] = {}
        by_index = False
        for hits in self._hits:
            by_index = by_index or bool(hits["by_index"].any())
            for row, label in zip(hits["row_id"].tolist(), hits["label"].map(_label_text), strict=True):
                if labels.setdefault(row, label) != label:
                    raise ValueError(self._listed_twice(row, labels[row], label))
        keyless = tuple(i.row_id for i in self._items if i.feature_index is None and i.feature_id is None)
        missing = {item.row_id for item in self._items} - labels.keys() - set(keyless)
        return ModelLabels(
            file=file,
            labels=dict(sorted(labels.items())),
            unmatched=tuple(sorted(missing)),
            without_key=keyless,
            join_key="feature_index" if by_index or not labels else "feature_id",
            sha256=sha256,
        )

    def _listed_twice(self, row: int, known: str, label: str) -> str:
        item = self._items[row]
        feature = item.feature_id if item.feature_index is None else item.feature_index
        first, second = one_line(known, 30), one_line(label, 30)
        return f'feature {one_line(str(feature))} is listed twice, as "{first}" and as "{second}"'


def _id_text(feature_id: Any) -> str | None:
    """An id as text: in an object of records by id, the key 5 can only be written "5"."""
    if isinstance(feature_id, str):
        return feature_id
    number = whole_number(feature_id)
    return None if number is None else str(number)


def _label_text(label: Any) -> str:
    if isinstance(label, str):
        return label
    if isinstance(label, list | dict):
        return kind_of(label)
    return json.dumps(label)[:_LONGEST_LABEL]
