"""The records of a sample as they stand in the base file, for a classifier that need only be run on these."""

from __future__ import annotations

import json
from collections.abc import Container
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import BaseFileError
from analysis.reading.base_file import read_base, read_base_records
from analysis.reading.base_folder import base_files
from analysis.reading.feature_index import INDEX_KEYS
from analysis.reading.inputs import Input
from analysis.reading.record_values import WHOLE

if TYPE_CHECKING:
    import pandas as pd


def drawn_records(path: Path, *, size: int, seed: int, max_mb: int) -> list[dict[str, Any]]:
    """Return the records of the sample as they stand in the base file, in row order.

    A record of an object by id has its key as `feature_id`. The file is read twice: to draw, and for these records.
    Arguments and errors are those of `draw_sample`.
    """
    base = read_base(path, max_mb=max_mb)
    places = base.places(size, seed)
    found: dict[tuple[int, Any], dict[str, Any]] = {}
    for number, (file, shown) in enumerate(base_files(path).items()):
        picked = {label for here, label in places if here == number}
        if not picked:
            continue
        with Input(file, max_mb=max_mb, error=BaseFileError, shown=shown) as source:
            for label, record in _picked_records(file, source, picked, alone=base.count == 1).items():
                found[number, label] = record
            if any((number, label) not in found for label in picked):
                raise source.problem("changed while it was read; try again when it is written")
    return [found[place] for place in places]


class _Records:
    """Keeps the picked records, by where they stand."""

    def __init__(self, picked: Container[Any]) -> None:
        self._picked = picked
        self.found: dict[Any, dict[str, Any]] = {}

    def add(self, frame: pd.DataFrame) -> None:
        """Take the next records."""
        for label, row in zip(frame.index, frame.to_dict("records"), strict=True):
            if label in self._picked:
                record = row.get(WHOLE, row)
                own = record if isinstance(record, dict) else {"description": record}
                self.found[label] = {"feature_id": label, **own} if isinstance(label, str) else own


def _picked_records(
    file: Path, source: Input, picked: Container[Any], *, alone: bool
) -> dict[Any, dict[str, Any]]:
    """The picked records of one file, by where they stand; alone: the base file is one feature."""
    if alone and 0 in picked and not file.name.endswith((".csv", ".csv.gz")):
        found = json.loads(source.read_all())
        if isinstance(found, dict) and any(key in found for key in INDEX_KEYS):
            return {0: found}
        source.rewind()
    new = partial(_Records, picked)
    return read_base_records(file, source, wanted=lambda _: True, new=new, picked=picked).found
