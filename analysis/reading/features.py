"""The features of a base file's records, checked as they stream by and packed away."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.errors import one_line
from analysis.reading.feature_index import feature_indexes, index_source, no_ids, whole_number
from analysis.reading.places import kind_of, place_of
from analysis.reading.record_values import may_describe

if TYPE_CHECKING:
    import pandas as pd

LISTS = ("features", "items", "data", "explanations", "records", "results")
"""The keys under which an object may hold the list of records, the best first."""
DESCRIPTION = "description"
LAYERS_TOLD = 3


@dataclass(frozen=True, slots=True)
class Batch:
    """Some thousand records of a file, packed: a million descriptions would else need 200 MB.

    file: its number. count: of the records.
    """

    file: int
    count: int
    packed: bytes

    def rows(self) -> pd.DataFrame:
        """Return the records; their labels say where in the file they stand."""
        frame: pd.DataFrame = pickle.loads(zlib.decompress(self.packed))  # noqa: S301 # packed by this process
        return frame


class Features:
    """Collects the features of one file, with all columns that may turn out to be the description.

    fault: what is wrong with the records, "" if nothing is. index: what `index_source` says. described: the
    columns that may be the description, in the order first seen. not_texts: column -> what is wrong with it as the
    description. layers: the first few. no_ids: where the file is an object of bare texts, the keys that look like no
    ids. indexes, batches: of the records, once settled.
    """

    def __init__(self, file: int) -> None:
        self._file = file
        self.fault = ""
        self.index = ""
        self.described: dict[str, None] = {}
        self.not_texts: dict[str, str] = {}
        self.layers: dict[str, None] = {}
        self.indexes: list[pd.Series[Any]] = []
        self.batches: list[Batch] = []
        self.no_ids: list[str] = []
        self._by_key: list[pd.DataFrame] = []
        self._bare = True  # whether all records that have a key are bare texts

    def add(self, frame: pd.DataFrame) -> None:
        """Take the next records."""
        import pandas as pd

        self.index = self.index or index_source(frame)
        read = {"feature_id": self._checked_ids, "modelId": _one_of_each, "layer": _one_of_each}
        kept = {
            name: pd.Series(of(frame[name]), index=frame.index, dtype=object)
            for name, of in read.items()
            if name in frame
        }
        for key in self._descriptions(frame):
            values = frame[key].tolist()
            if key not in self.not_texts and not set(map(type, values)) <= {str, type(None)}:
                place, value = next(
                    (place, value)
                    for place, value in zip(frame.index, values, strict=True)
                    if value is not None and not isinstance(value, str)
                )
                self.not_texts[key] = f"{place_of(place)}: {_no_text(key, value, place)}"
            kept[key] = frame[key]
        if "layer" in kept and len(self.layers) < LAYERS_TOLD:
            self.layers.update(dict.fromkeys(kept["layer"].dropna().unique()[:LAYERS_TOLD]))
        checked = pd.DataFrame({"feature_index": feature_indexes(frame), **kept})
        if isinstance(frame.index[0], str):
            self._by_key.append(checked)
            self._bare = self._bare and set(frame.columns) == {"feature_id", DESCRIPTION}
        else:
            self._pack(checked)

    def settle(self) -> None:
        """Pack the records that have a key. Of a key given twice the last record counts, in the place of the first."""
        import pandas as pd

        if self._by_key:
            frame = pd.concat(self._by_key)
            if not frame.index.is_unique:
                frame = frame[~frame.index.duplicated(keep="last")].loc[frame.index.unique()]
            if self._bare:
                self.no_ids = no_ids(frame.index.tolist())
                if len(self.no_ids) == len(frame):  # {"name": "...", "md5": "..."}
                    self.index = ""
            self._pack(frame)

    def _pack(self, frame: pd.DataFrame) -> None:
        self.indexes.append(frame.pop("feature_index"))
        self.batches.append(Batch(self._file, len(frame), zlib.compress(pickle.dumps(frame), 1)))

    def _descriptions(self, frame: pd.DataFrame) -> Sequence[str]:
        found = [key for key in map(str, frame.columns) if may_describe(key)]
        self.described.update(dict.fromkeys(found))
        if DESCRIPTION in self.described:
            return [key for key in found if key == DESCRIPTION]
        return found

    def _checked_ids(self, ids: pd.Series[Any]) -> list[str | int | None]:
        """The ids: texts, and whole numbers as such. The first that is neither becomes the fault."""
        found = [value if isinstance(value, str) else whole_number(value) for value in ids]
        for place, given, feature_id in zip(ids.index, ids, found, strict=True):
            if given is not None and feature_id is None and not self.fault:
                wrong = one_line(repr(given))
                self.fault = (
                    f"{place_of(place)}: its feature_id should be a text or a whole number, not {wrong}"
                )
        return found


def _one_of_each(values: pd.Series[Any]) -> list[str | None]:
    """The texts, equal ones as one object, because packing them costs nothing then; None in place of anything else."""
    known: dict[str, str] = {}
    return [known.setdefault(one, one) if isinstance(one, str) else None for one in values.tolist()]


def _no_text(key: str, value: Any, place: Any) -> str:
    a_list = isinstance(place, str) and value == []  # the file is an object, with a list under another key
    hint = f"; a list of records is wanted under {', '.join(LISTS[:-1])} or {LISTS[-1]}" if a_list else ""
    return f'its "{one_line(key)}" should be a text or null, not {kind_of(value)}{hint}'
