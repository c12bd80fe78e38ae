"""From a base file to the sample that the notebook draws from it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import BaseFileError, one_line
from analysis.reading.base_folder import base_files, is_text_of_a_feature, stem_of
from analysis.reading.feature_index import INDEX_KEYS, feature_indexes, index_source, whole_number
from analysis.reading.inputs import Input
from analysis.reading.tables import kind_of, may_describe, place_of, read_csv, read_json
from analysis.records import Item, Sample

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BaseFile", "draw_sample", "read_base", "stem_of"]

LISTS = ("features", "items", "data", "explanations", "records", "results")
_DESCRIPTION = "description"
_USED = ("feature_id", "modelId", "layer", *INDEX_KEYS)
_KEYS_TOLD = 8
_CANDIDATES = 16
"""How many columns are looked at that may hold the descriptions: no more memory for a file with very many."""


@dataclass(frozen=True, slots=True)
class BaseFile:
    """A base file that was read.

    features: in file order, columns feature_index (Int64), feature_id, description, modelId, layer; a row's label is
    the number of its file and where it stands there. description: the column of the descriptions. index: the key of
    the first index, `feature_id` where its digits serve. without_index: features that have none. doubled: features
    whose index another one before them has. layers: what the records have as their layer, the first few.
    """

    stem: str
    features: pd.DataFrame
    description: str
    index: str
    without_index: int
    doubled: int
    layers: tuple[str, ...]

    def sample(self, size: int, seed: int) -> Sample:
        """Return the notebook's sample of it."""
        drawn = self._drawn(size, seed)
        rows = drawn.astype(object).where(drawn.notna(), None).itertuples(index=False, name=None)
        items = tuple(Item(row, *values) for row, values in enumerate(rows))
        return Sample(self.stem, seed, len(self.features), items)

    def places(self, size: int, seed: int) -> list[tuple[int, Any]]:
        """Return where the drawn records stand, in row order: number of the file, label in it."""
        return list(self._drawn(size, seed).index)

    def _drawn(self, size: int, seed: int) -> pd.DataFrame:
        return self.features.sample(n=min(size, len(self.features)), random_state=seed)


def draw_sample(path: Path, *, size: int, seed: int, max_mb: int) -> Sample:
    """Draw the notebook's sample: `DataFrame.sample(n=min(size, N), random_state=seed)` of the records in order.

    The description is under `description`, else under the first key whose name contains `desc` or
    `explanation`. The index is the first of `INDEX_KEYS` that is there as a whole number, else the digits at the end
    of `feature_id` or of the record's key. What is absent or null is None in the item.

    Args:
        path: a file (list; object with a list under one of `LISTS`; object of records by feature id; one record; JSON
            lines; CSV; plain or gzipped), or a folder of such files, read in numeric order.
        size: how many items, from 1. A larger size only appends.
        seed: 0 to 2**32 - 1.
        max_mb: the largest size of a file as it lies.

    Raises:
        BaseFileError: missing, too large, damaged, of no such form, without records, features or descriptions, or a
            record that cannot be used; one line with the place and what would be right.
    """
    return read_base(path, max_mb=max_mb).sample(size, seed)


def read_base(path: Path, *, max_mb: int) -> BaseFile:
    """Read a base file. The arguments and errors are those of `draw_sample`."""
    import pandas as pd

    keys = _Keys()
    batches: list[tuple[Input, _Features]] = []
    for file, shown in base_files(path).items():
        with Input(file, max_mb=max_mb, error=BaseFileError, shown=shown) as source:
            batch = _read_file(file, source, keys)
            if batch.fault:
                raise source.problem(batch.fault)
            batches.append((source, batch))
    frames = [batch.whole() for _, batch in batches]
    if not any(len(frame) for frame in frames):
        raise BaseFileError(f"{path.name}: holds no records; at least one is wanted")
    index = next((batch.index for _, batch in batches if batch.index), "")
    if not index:
        raise BaseFileError(_no_feature(path.name, keys))
    column = _description_key([batch.described for _, batch in batches], keys, path.name)
    for source, batch in batches:
        if column in batch.not_texts:
            raise source.problem(batch.not_texts[column])
    columns = ["feature_index", "feature_id", column, "modelId", "layer"]
    features = pd.concat(
        [frame.reindex(columns=columns) for frame in frames], keys=range(len(frames)), names=["file", "place"]
    ).rename(columns={column: _DESCRIPTION})
    indexes = features["feature_index"]
    return BaseFile(
        stem=stem_of(path),
        features=features,
        description=column,
        index=index,
        without_index=int(indexes.isna().sum()),
        doubled=int(indexes.dropna().duplicated().sum()),
        layers=tuple(features["layer"].dropna().unique()[:3]),
    )


class _Keys:
    """Which keys are wanted of a base file's records; told: the first that were met."""

    def __init__(self) -> None:
        self.told: dict[str, None] = {}
        self._described: set[str] = set()

    def wanted(self, key: str) -> bool:
        if len(self.told) < _KEYS_TOLD:
            self.told[key] = None
        if may_describe(key) and (key == _DESCRIPTION or len(self._described) < _CANDIDATES):
            self._described.add(key)
        return key in _USED or key in self._described

    def __str__(self) -> str:
        return ", ".join(one_line(key, 30) for key in self.told) or "none"


def _read_file(file: Path, source: Input, keys: _Keys) -> _Features:
    name = file.name.removesuffix(".gz")
    if is_text_of_a_feature(name):
        features = _Features()
        features.add(one_text(name, source))
        return features
    if name.endswith(".csv"):
        return read_csv(source, wanted=keys.wanted, new=_Features)
    return read_json(
        source,
        lines=name.endswith(".jsonl"),
        lists=LISTS,
        wanted=keys.wanted,
        bare=_DESCRIPTION,
        new=_Features,
    )


def one_text(name: str, source: Input) -> pd.DataFrame:
    """Return the feature of a file that holds a description as a JSON string, and is named after its feature."""
    import pandas as pd

    try:
        text = json.loads(source.read_all())
    except ValueError:
        raise source.problem("should hold a description as a JSON string") from None
    feature_id = name.removesuffix(".txt")
    return pd.DataFrame({"feature_id": [feature_id], _DESCRIPTION: [text]}, index=[feature_id], dtype=object)


class _Features:
    """The features of one file, with all columns that may turn out to be the description.

    fault: what is wrong with the records, "" if nothing is. index: where the first index is from. described: the
    columns that may be the description, in the order first seen. not_texts: column -> what is wrong with it as the
    description.
    """

    def __init__(self) -> None:
        self.fault = ""
        self.index = ""
        self.described: dict[str, None] = {}
        self.not_texts: dict[str, str] = {}
        self._frames: list[pd.DataFrame] = []

    def add(self, frame: pd.DataFrame) -> None:
        """Take the next records."""
        self.index = self.index or index_source(frame)
        given = frame.reindex(columns=["feature_id", "modelId", "layer"]).astype(object)
        kept = given.where(given.notna(), None)
        kept["feature_id"] = self._checked_ids(kept["feature_id"])
        for name in ("modelId", "layer"):
            kept[name] = kept[name].map(lambda value: sys.intern(value) if isinstance(value, str) else None)
        kept["feature_index"] = feature_indexes(frame)
        for key in self._descriptions(frame):
            texts = frame[key].map(lambda value: value is None or isinstance(value, str))
            if not texts.all() and key not in self.not_texts:
                place = texts.idxmin()
                self.not_texts[key] = f"{place_of(place)}: {_no_text(key, frame[key][place], place)}"
            kept[key] = frame[key]
        self._frames.append(kept)

    def whole(self) -> pd.DataFrame:
        """All rows; of a record whose key is given twice the last, in the place of the first."""
        import pandas as pd

        frame = pd.concat(self._frames) if self._frames else pd.DataFrame()
        if frame.index.is_unique:
            return frame
        return frame[~frame.index.duplicated(keep="last")].loc[frame.index.unique()]

    def _descriptions(self, frame: pd.DataFrame) -> Sequence[str]:
        found = [key for key in map(str, frame.columns) if may_describe(key)]
        self.described.update(dict.fromkeys(found))
        if _DESCRIPTION in self.described:
            return [key for key in found if key == _DESCRIPTION]
        return found

    def _checked_ids(self, ids: pd.Series[Any]) -> list[str | int | None]:
        """The ids, a whole number as such. Notes the first that is neither text nor whole number."""
        found = [value if isinstance(value, str) else whole_number(value) for value in ids]
        for place, given, feature_id in zip(ids.index, ids, found, strict=True):
            if given is not None and feature_id is None and not self.fault:
                wrong = one_line(repr(given))
                self.fault = (
                    f"{place_of(place)}: its feature_id should be a text or a whole number, not {wrong}"
                )
        return found


def _no_text(key: str, value: Any, place: Any) -> str:
    a_list = isinstance(place, str) and value == []  # the file is an object, with a list under another key
    hint = f"; a list of records is wanted under {', '.join(LISTS[:-1])} or {LISTS[-1]}" if a_list else ""
    return f'its "{one_line(key)}" should be a text or null, not {kind_of(value)}{hint}'


def _no_feature(name: str, keys: _Keys) -> str:
    return (
        f"{name}: holds no features: no record has {', '.join(INDEX_KEYS[:-1])} or {INDEX_KEYS[-1]} as a whole number,"
        f" or digits at the end of a feature_id; the SAE's explanations are wanted (keys found: {keys})"
    )


def _description_key(described: Sequence[dict[str, None]], keys: _Keys, name: str) -> str:
    found = dict.fromkeys(key for batch in described for key in batch)
    if not found:
        raise BaseFileError(
            f"{name}: no description in any record; a key description, or one whose name contains desc or "
            f"explanation, is wanted (keys found: {keys})"
        )
    return _DESCRIPTION if _DESCRIPTION in found else next(iter(found))
