"""From a base file to the sample that the notebook draws from it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import BaseFileError, one_line
from analysis.reading.feature_index import feature_indexes, whole_number
from analysis.reading.inputs import Input
from analysis.reading.tables import kind_of, place_of, read_table
from analysis.records import Item, Sample

if TYPE_CHECKING:
    import pandas as pd

_LISTS = ("features", "items", "data", "explanations")
_DESCRIPTION = "description"
_SUFFIXES = (".json", ".jsonl", ".json.gz", ".jsonl.gz")
_KEYS_TOLD = 8
_CANDIDATES = 16
"""How many columns are looked at that may hold the descriptions: no more memory for a file with very many."""


def stem_of(path: Path) -> str:
    """Return what everything derived from a base file is named after.

    That is the file's name without `.gz` and then `.json` or `.jsonl`, or a folder's whole name.
    """
    name = path.name or path.resolve().name
    if _is_folder(path):
        return path.resolve().name if name == ".." else name
    return re.sub(r"\.jsonl?$", "", re.sub(r"\.gz$", "", name)) or name


def draw_sample(path: Path, *, size: int, seed: int, max_mb: int) -> Sample:
    """Draw the notebook's sample: `DataFrame.sample(n=min(size, N), random_state=seed)` of the records in order.

    The description is under `description`, else under the first key whose name contains `desc` or
    `explanation`. The index is `index` as a whole number, else the digits at the end of `feature_id`. What is
    absent or null is None in the item.

    Args:
        path: a file (list; object with a list under features, items, data or explanations; object of records by
            feature id; JSON lines; plain or gzipped), or a folder of such files, read in numeric order.
        size: how many items, from 1. A larger size only appends.
        seed: 0 to 2**32 - 1.
        max_mb: the largest size of a file as it lies.

    Raises:
        BaseFileError: missing, too large, damaged, not such JSON, without records or descriptions, or a record
            that cannot be used; one line with the place and what would be right.
    """
    features = _read(path, max_mb)
    drawn = features.sample(n=min(size, len(features)), random_state=seed)
    rows = drawn.astype(object).where(drawn.notna(), None).itertuples(index=False, name=None)
    items = (Item(row, index, feature_id, text) for row, (index, feature_id, text) in enumerate(rows))
    return Sample(stem_of(path), seed, len(features), tuple(items))


def _read(path: Path, max_mb: int) -> pd.DataFrame:
    """All features, in file order: feature_index (Int64), feature_id, description."""
    import pandas as pd

    keys: dict[str, None] = {}

    described: set[str] = set()

    def wanted(key: str) -> bool:
        if len(keys) < _KEYS_TOLD:
            keys[key] = None
        if _may_describe(key) and (key == _DESCRIPTION or len(described) < _CANDIDATES):
            described.add(key)
        return key in ("index", "feature_id") or key in described

    batches = []
    for file, shown in _files(path).items():
        with Input(file, max_mb=max_mb, error=BaseFileError, shown=shown) as source:
            lines = file.name.removesuffix(".gz").endswith(".jsonl")
            batch = read_table(
                source, lines=lines, lists=_LISTS, wanted=wanted, bare=_DESCRIPTION, new=_Features
            )
            if batch.fault:
                raise source.problem(batch.fault)
            batches.append((source, batch))
    if not any(batch.frames for _, batch in batches):
        raise BaseFileError(f"{path.name}: holds no records; at least one is wanted")
    column = _description_key((batch.described for _, batch in batches), keys, path.name)
    for source, batch in batches:
        if column in batch.not_texts:
            raise source.problem(batch.not_texts[column])
    frames = [frame for _, batch in batches for frame in batch.whole()]
    columns = ["feature_index", "feature_id", column]
    return pd.concat([frame.reindex(columns=columns) for frame in frames], ignore_index=True)


class _Features:
    """The features of one file, with all columns that may turn out to be the description.

    fault: what is wrong with the records, "" if nothing is. described: the columns that may be the description, in
    the order first seen. not_texts: column -> what is wrong with it as the description.
    """

    def __init__(self) -> None:
        self.fault = ""
        self.described: dict[str, None] = {}
        self.not_texts: dict[str, str] = {}
        self.frames: list[pd.DataFrame] = []

    def add(self, frame: pd.DataFrame) -> None:
        """Take the next records."""
        if "feature_id" not in frame:
            frame["feature_id"] = None
        frame["feature_index"] = feature_indexes(frame)
        frame["feature_id"] = self._checked_ids(frame["feature_id"])
        described = [str(key) for key in frame.columns if _may_describe(str(key))]
        self.described.update(dict.fromkeys(described))
        if _DESCRIPTION in self.described:
            described = [_DESCRIPTION] if _DESCRIPTION in frame else []
        for key in described:
            texts = frame[key].map(lambda value: value is None or isinstance(value, str))
            if not texts.all() and key not in self.not_texts:
                place = texts.idxmin()
                self.not_texts[key] = f"{place_of(place)}: {_no_text(key, frame[key][place], place)}"
        self.frames.append(frame[["feature_index", "feature_id", *described]])

    def whole(self) -> Sequence[pd.DataFrame]:
        """The frames; of a record whose key is given twice the last, in the place of the first."""
        import pandas as pd

        if not self.frames or isinstance(self.frames[0].index[0], int):
            return self.frames
        frame = pd.concat(self.frames)
        if frame.index.is_unique:
            return [frame]
        return [frame[~frame.index.duplicated(keep="last")].loc[frame.index.unique()]]

    def _checked_ids(self, ids: pd.Series[Any]) -> pd.Series[Any]:
        """The ids, a whole number as such. Notes the first that is neither text nor whole number."""
        found = [value if isinstance(value, str) else whole_number(value) for value in ids]
        for place, given, feature_id in zip(ids.index, ids, found, strict=True):
            if given is not None and feature_id is None and not self.fault:
                wrong = one_line(repr(given))
                self.fault = (
                    f"{place_of(place)}: its feature_id should be a text or a whole number, not {wrong}"
                )
        return type(ids)(found, index=ids.index, dtype=object)


def _no_text(key: str, value: Any, place: Any) -> str:
    a_list = isinstance(place, str) and value == []  # the file is an object, with a list under another key
    hint = f"; a list of records is wanted under {', '.join(_LISTS[:-1])} or {_LISTS[-1]}" if a_list else ""
    return f'its "{one_line(key)}" should be a text or null, not {kind_of(value)}{hint}'


def _may_describe(key: str) -> bool:
    return "desc" in key.lower() or "explanation" in key.lower()


def _description_key(described: Iterable[Iterable[str]], keys: Iterable[str], name: str) -> str:
    found = dict.fromkeys(key for batch in described for key in batch)
    if not found:
        known = ", ".join(one_line(key, 30) for key in keys) or "none"
        raise BaseFileError(
            f"{name}: no description in any record; a key description, or one whose name contains desc or "
            f"explanation, is wanted (keys found: {known})"
        )
    return _DESCRIPTION if _DESCRIPTION in found else next(iter(found))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _files(path: Path) -> dict[Path, str]:
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
    return {file: f"{path.name}/{file.name}" for file in sorted(found, key=_numeric)}


def _numeric(file: Path) -> tuple[list[tuple[int, str]], str]:
    """Sorts batch-2 before batch-10."""
    parts = re.split(r"([0-9]+)", file.name)
    return [(int(part), "") if place % 2 else (0, part) for place, part in enumerate(parts)], file.name
