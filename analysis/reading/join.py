"""Joining the records of a classification file to the items of a sample, if they are about the same features.

Two autoencoders have features of the same numbers, so a number alone proves nothing. Where a record carries a
description, an id such as `gemma-2-2b-12-gemmascope-res-65k-53844`, or `modelId` and `layer`, it is held against the
item's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from analysis.errors import one_line
from analysis.reading.feature_index import INDEX_KEYS, feature_indexes, whole_number
from analysis.reading.places import kind_of
from analysis.records import NOT_RELATED, RELATED, ClassificationFile, Item, ModelLabels, labels_naming

if TYPE_CHECKING:
    import pandas as pd

LABEL_KEYS = ("label", "classification")
"""Where a record may have its label, the best first; older files have the second."""
USED_KEYS = frozenset({*INDEX_KEYS, *LABEL_KEYS, "feature_id", "id", "description", "modelId", "layer"})
_LONGEST_LABEL = 60
_ID_OF_A_SOURCE = re.compile(r"(.+-[0-9]+-(?:.*-)?)[0-9]+")
"""Such an id names the model, then the layer, which begins with a number."""


class Join:
    """Takes a model's records, some thousand at a time, and keeps those that are about an item.

    has_label: whether any record has a label at all.
    """

    def __init__(self, items: Sequence[Item], mode: str) -> None:
        import pandas as pd

        self.has_label = False
        self._items = items
        self._words = labels_naming(mode)
        self._says_related = {RELATED: True, NOT_RELATED: False}
        self._says_related |= {word: self._says_related[label] for word, label in self._words.items()}
        self._count = 0  # of the records that were taken
        self._near: list[pd.DataFrame] = []  # the records that have the index or the id of an item
        self._judged: list[pd.DataFrame] = []  # every feature with one of the two labels
        self._keys = pd.DataFrame(
            {
                "row_id": pd.Series([item.row_id for item in items], dtype="int64"),
                "feature_index": pd.Series([item.feature_index for item in items], dtype="Int64"),
                "id": pd.Series([_id_text(item.feature_id) for item in items], dtype=object),
            }
        )
        self._indexes, self._ids = (set(self._keys[key].dropna()) for key in ("feature_index", "id"))

    def add(self, frame: pd.DataFrame) -> None:
        """Take the next records."""
        import pandas as pd

        self.has_label = self.has_label or any(key in frame for key in LABEL_KEYS)
        ids, labels = _first_given(frame, "feature_id", "id"), _first_given(frame, *LABEL_KEYS)
        index = feature_indexes(frame.assign(feature_id=ids)).array
        says = self._says_related
        related = [says.get(label) if type(label) is str else None for label in labels]
        judged = pd.DataFrame(
            {"feature_index": index, "related": pd.array(related, dtype="boolean")}
        ).dropna()
        self._judged.append(judged.astype({"feature_index": "int64", "related": bool}))
        # Joined at the end, because a join takes as long for a few records as for thousands.
        near = pd.Series(index).isin(self._indexes).to_numpy(bool)
        if self._ids:
            near |= [(one if type(one) is str else _id_text(one)) in self._ids for one in ids]
        if near.any():
            records = frame.assign(
                record=range(self._count, self._count + len(frame)), feature_index=index, id=ids, label=labels
            )
            about = ["id", "label", "description", "modelId", "layer"]
            kept = records[near].reindex(columns=["record", "feature_index", *about])
            self._near.append(kept.astype(dict.fromkeys(about, object)))
        self._count += len(frame)

    def _hits(self) -> pd.DataFrame:
        """Each item paired with each record that names it, in the order of the records."""
        import pandas as pd

        records = pd.concat(self._near)
        records["id"] = records["id"].map(_id_text).astype(object)
        # pandas would join what is missing to what is missing
        by_index, by_id = (
            self._keys.dropna(subset=key).merge(
                records.dropna(subset=key), on=key, suffixes=("", "_of_record")
            )
            for key in ("feature_index", "id")
        )
        by_index = by_index.assign(by_index=True, id=by_index["id_of_record"])
        indexless = by_id["feature_index"].isna() | by_id["feature_index_of_record"].isna()
        hits = pd.concat([by_index, by_id[indexless].assign(by_index=False)])
        columns = ["row_id", "by_index", "label", "id", "description", "modelId", "layer"]
        return hits.sort_values(["record", "row_id"])[columns]

    def result(self, file: ClassificationFile, sha256: str) -> ModelLabels:
        """Return what was found, once the whole file has passed.

        Raises:
            ValueError: it describes another autoencoder's features, or an item has two different labels.
        """
        labels: dict[int, str] = {}
        named: set[int] = set()
        differ: dict[int, bool] = {}  # row -> whether it was named by its index
        hits = self._hits().itertuples(index=False, name=None) if self._near else ()
        for row, by_index, label, *about in hits:
            if by_index:
                named.add(row)
            if not _same_feature(self._items[row], *about):
                differ[row] = differ.get(row, False) or by_index
                continue
            text = self._label_text(label)
            if labels.setdefault(row, text) != text:
                raise ValueError(self._listed_twice(row))
        other = differ.keys() - labels.keys()
        others_by_index = sum(differ[row] for row in other)
        if 2 * others_by_index > len(named):
            raise ValueError(
                f"describes another SAE's features: of the {len(named)} items of the sample that it names,"
                f" {others_by_index} have another description or source there; a file made for this base file is wanted"
            )
        related, not_related = self._counts()
        keyless = tuple(i.row_id for i in self._items if i.feature_index is None and i.feature_id is None)
        missing = {item.row_id for item in self._items} - labels.keys() - other - set(keyless)
        return ModelLabels(
            file=file,
            labels=dict(sorted(labels.items())),
            unmatched=tuple(sorted(missing)),
            without_key=keyless,
            join_key="feature_index" if named or not labels else "feature_id",
            sha256=sha256,
            other_description=tuple(sorted(other)),
            related_features=related,
            not_related_features=not_related,
        )

    def _counts(self) -> tuple[int, int]:
        """How many features have either label in the whole file; one listed again counts once."""
        import pandas as pd

        judged = pd.concat(self._judged).drop_duplicates("feature_index")
        related = int(judged["related"].sum())
        return related, len(judged) - related

    def _label_text(self, label: Any) -> str:
        if isinstance(label, str):
            return self._words.get(label, label)
        if isinstance(label, list | dict):
            return kind_of(label)
        return json.dumps(None if label != label else label)[:_LONGEST_LABEL]  # nan: is missing

    def _listed_twice(self, row: int) -> str:
        item = self._items[row]
        feature = item.feature_id if item.feature_index is None else item.feature_index
        # not which ones: whoever asks for a report reads this, and may still have to label the item
        return f"feature {one_line(str(feature))} is listed twice, with different labels"


def _first_given(frame: pd.DataFrame, *keys: str) -> list[Any]:
    """Return for each row the value under the first of the keys that has one."""
    found: list[Any] = [None] * len(frame)
    for key in keys:
        if key in frame and None in found:
            found = [new if old is None else old for old, new in zip(found, frame[key].tolist(), strict=True)]
    return found


def _same_feature(item: Item, feature_id: Any, description: Any, model_id: Any, layer: Any) -> bool:
    """Whether a record that names the item is about it, by its description, else by its source.

    The source stands in an id of that shape, else under `modelId` and `layer`.
    """
    if isinstance(description, str) and item.description is not None:
        return description.split() == item.description.split()
    if item.model_id is None or item.layer is None:
        return True
    found = _ID_OF_A_SOURCE.fullmatch(feature_id) if isinstance(feature_id, str) else None
    if found is None:
        told = isinstance(model_id, str) and isinstance(layer, str)
        return not told or (model_id, layer) == (item.model_id, item.layer)
    source = f"{item.model_id}-{item.layer}-"
    return source.startswith(found[1]) or source.endswith(found[1])


def _id_text(feature_id: Any) -> str | None:
    """An id as text: in an object of records by id, the key 5 can only be written "5"."""
    if isinstance(feature_id, str):
        return feature_id
    number = whole_number(feature_id)
    return None if number is None else str(number)
