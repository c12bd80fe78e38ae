"""From a base file to the sample that the notebook draws from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Container, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import BaseFileError, one_line
from analysis.reading.base_folder import base_files, is_text_of_a_feature, stem_of
from analysis.reading.csv_tables import read_csv
from analysis.reading.feature_index import INDEX_KEYS
from analysis.reading.features import DESCRIPTION, LAYERS_TOLD, LISTS, Batch, Features
from analysis.reading.inputs import Input
from analysis.reading.record_values import may_describe
from analysis.reading.tables import C, read_json
from analysis.records import Item, Sample

if TYPE_CHECKING:
    import pandas as pd

_USED = ("feature_id", "modelId", "layer", *INDEX_KEYS)
_OF_A_SERVER = {"newUrl", "message", "error", "errors", "detail", "statusCode"}
"""Keys of what servers answer in place of a file."""
_OF_LABELS = ("_row_id", "label", "human_label", "classification")
_KEYS_TOLD = 8
_CANDIDATES = 16
"""How many columns are looked at that may hold the descriptions: no more memory for a file with very many."""


@dataclass(frozen=True, slots=True)
class BaseFile:
    """A base file that was read.

    indexes: the feature index of each record in file order (Int64), missing where it has none. description: the column
    of the descriptions. index: where the indexes are from, as `index_source` tells it. doubled: how many features have
    the index of one before them. layers: what the records have as their layer, the first few. no_ids: of bare texts
    by key, the keys that look like no feature ids. label_keys: keys of a labels or classification file.
    """

    stem: str
    indexes: pd.Series[Any]
    description: str
    index: str
    doubled: int
    layers: tuple[str, ...]
    no_ids: tuple[str, ...]
    label_keys: tuple[str, ...]
    batches: tuple[Batch, ...]

    @property
    def count(self) -> int:
        """How many records there are."""
        return len(self.indexes)

    @property
    def without_index(self) -> int:
        """How many records have no index."""
        return int(self.indexes.isna().sum())

    def sample(self, size: int, seed: int) -> Sample:
        """Return the notebook's sample of it."""
        drawn = self._drawn(size, seed)
        columns = ["feature_index", "feature_id", self.description, "modelId", "layer"]
        rows = drawn.reindex(columns=columns).astype(object)
        values = rows.where(rows.notna(), None).itertuples(index=False, name=None)
        items = tuple(Item(row, *value) for row, value in enumerate(values))
        return Sample(self.stem, seed, self.count, items)

    def places(self, size: int, seed: int) -> list[tuple[int, Any]]:
        """Return where the drawn records stand, in row order: number of the file, label in it."""
        return list(self._drawn(size, seed).index)

    def _drawn(self, size: int, seed: int) -> pd.DataFrame:
        """The drawn rows, in row order, labeled by file and place; each batch is unpacked once."""
        import pandas as pd

        numbers = pd.Series(range(self.count))
        drawn = numbers.sample(n=min(size, self.count), random_state=seed).tolist()
        found, first = [], 0
        for batch in self.batches:
            here = [position for position in drawn if first <= position < first + batch.count]
            if here:
                rows = batch.rows().iloc[[position - first for position in here]]
                indexes = self.indexes.iloc[here].array
                found.append(pd.concat({batch.file: rows}).assign(feature_index=indexes, position=here))
            first += batch.count
        return pd.concat(found).sort_values(
            "position", key=lambda at: at.map({p: i for i, p in enumerate(drawn)})
        )


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
    files: list[tuple[Input, Features]] = []
    for number, (file, shown) in enumerate(base_files(path).items()):
        with Input(file, max_mb=max_mb, error=BaseFileError, shown=shown) as source:
            features = read_base_records(
                file, source, wanted=keys.wanted, new=partial(Features, number), whole=INDEX_KEYS
            )
            if features.fault:
                raise source.problem(features.fault)
            features.settle()
            files.append((source, features))
    if not any(features.batches for _, features in files):
        raise BaseFileError(f"{path.name}: holds no records; at least one is wanted")
    index = next((features.index for _, features in files if features.index), "")
    if not index:
        raise BaseFileError(_no_feature(path.name, keys))
    column = _description_key([features.described for _, features in files], keys, path.name)
    for source, features in files:
        if features.batches and not features.index:  # a source's metadata beside its batches are no features
            raise source.problem("holds no features: take it out of the folder, in which other files do")
        if column in features.not_texts:
            raise source.problem(features.not_texts[column])
    indexes = pd.concat([part for _, features in files for part in features.indexes], ignore_index=True)
    return BaseFile(
        stem=stem_of(path),
        indexes=indexes,
        description=column,
        index=index,
        doubled=int(indexes.dropna().duplicated().sum()),
        layers=tuple(dict.fromkeys(layer for _, features in files for layer in features.layers))[
            :LAYERS_TOLD
        ],
        no_ids=tuple(key for _, features in files for key in features.no_ids),
        label_keys=tuple(key for key in _OF_LABELS if key in keys.met),
        batches=tuple(batch for _, features in files for batch in features.batches),
    )


class _Keys:
    """Which keys are wanted of a base file's records; told: the first that were met; met: those of labels."""

    def __init__(self) -> None:
        self.told: dict[str, None] = {}
        self.met: set[str] = set()
        self._described: set[str] = set()

    def wanted(self, key: str) -> bool:
        if len(self.told) < _KEYS_TOLD:
            self.told[key] = None
        if key in _OF_LABELS:
            self.met.add(key)
        if may_describe(key) and (key == DESCRIPTION or len(self._described) < _CANDIDATES):
            self._described.add(key)
        return key in _USED or key in self._described

    def __str__(self) -> str:
        return ", ".join(one_line(key, 30) for key in self.told) or "none"


def read_base_records(
    file: Path,
    source: Input,
    *,
    wanted: Callable[[str], bool],
    new: Callable[[], C],
    whole: Collection[str] = (),
    picked: Container[Any] | None = None,
) -> C:
    """Return the collector that was given the records of one file of the base file, whatever its form.

    Args:
        file: the file; its name tells the form.
        source: the same, opened.
        wanted, new: as in `read_json`.
        whole: as in `read_csv`.
        picked: as in `read_json`; from a text or a CSV file all records are given.

    Raises:
        AnalysisError: the file does not have the form that its name tells.
    """
    name = file.name.removesuffix(".gz")
    if is_text_of_a_feature(name):
        collector = new()
        collector.add(_one_text(name, source))
        return collector
    if name.endswith(".csv"):
        return read_csv(source, wanted=wanted, new=new, whole=whole)
    return read_json(
        source,
        lines=name.endswith(".jsonl"),
        lists=LISTS,
        wanted=wanted,
        bare=DESCRIPTION,
        new=new,
        if_lines="JSON lines belong in a file named .jsonl",
        picked=picked,
    )


def _one_text(name: str, source: Input) -> pd.DataFrame:
    """Return the feature of a file that holds a description as a JSON string, and is named after its feature."""
    import pandas as pd

    try:
        text = json.loads(source.read_all())
    except ValueError:
        raise source.problem("should hold a description as a JSON string") from None
    feature_id = name.removesuffix(".txt")
    return pd.DataFrame({"feature_id": [feature_id], DESCRIPTION: [text]}, index=[feature_id], dtype=object)


def _no_feature(name: str, keys: _Keys) -> str:
    if not keys.told.keys().isdisjoint(_OF_A_SERVER):
        return (
            f"{name}: holds no features, but what looks like a server's message: open it, and download the file from"
            f" where it says; the SAE's explanations are wanted (keys found: {keys})"
        )
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
    return DESCRIPTION if DESCRIPTION in found else next(iter(found))
