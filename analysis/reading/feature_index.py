"""Which feature of the autoencoder a record is about: the notebook's rule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_DIGITS_AT_END = re.compile(r"-(\d+)$")
_LARGEST = 2**63  # what a database column holds


def whole_number(value: Any) -> int | None:
    """Return `value` as a whole number of 64 bits, or None.

    123, 123.0 and "123" are whole numbers; 12.5, "x", null and true are not.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = int(value)
        except ValueError:
            return None
    elif isinstance(value, float):
        if not value.is_integer():
            return None
        value = int(value)
    return value if isinstance(value, int) and -_LARGEST <= value < _LARGEST else None


def feature_indexes(frame: pd.DataFrame) -> pd.Series[Any]:
    """Return the feature index of each row, as Int64, missing where a row gives none.

    It is `index` where that is a whole number, else the digits after the last hyphen at the end of `feature_id`.

    Args:
        frame: columns of the records as they stand in the file; both columns may be absent.
    """
    import pandas as pd

    absent = [None] * len(frame)
    columns = (frame.get(name, absent) for name in ("index", "feature_id"))
    found = [_index(index, feature_id) for index, feature_id in zip(*columns, strict=True)]
    return pd.Series(found, index=frame.index, dtype="Int64")


def _index(index: Any, feature_id: Any) -> int | None:
    number = whole_number(index)
    if number is None and isinstance(feature_id, str) and (found := _DIGITS_AT_END.search(feature_id)):
        return whole_number(found[1])
    return number
