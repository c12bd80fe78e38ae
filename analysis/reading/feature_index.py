"""Which feature of the autoencoder a record is about: the notebook's rule, and what other producers write."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

INDEX_KEYS = ("index", "feature_index", "feature", "latent", "index_in_sae", "neuron")
"""Where a record may have its feature's index, the best first."""

_DIGITS_AT_END = re.compile(r"([0-9]+)$")
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

    It is the first of `INDEX_KEYS` that is there as a whole number, else the digits at the end of `feature_id`, else
    those at the end of the record's key.

    Args:
        frame: columns of the records as they stand in the file, labeled by the records' keys or by numbers; any of
            the columns may be absent.
    """
    import pandas as pd

    found: list[int | None] = [None] * len(frame)
    sources = [(frame.get(key), _whole_numbers) for key in INDEX_KEYS]
    for values, read in [*sources, (frame.get("feature_id"), _at_ends), (frame.index, _at_ends_of_keys)]:
        if values is not None and None in found:
            here = read(values.tolist())
            found = [new if old is None else old for old, new in zip(found, here, strict=True)]
    return pd.Series(found, index=frame.index, dtype="Int64")


def no_ids(keys: Sequence[str]) -> list[str]:
    """Return those of an object's keys that look like no feature ids.

    These are words without a number at the end, and words with one (`md5`, `sha256`) that are of a kind of their own:
    the ids of features begin alike (`latent5`, `latent7`), or with more than a word (`layers.12_latent5`), or are
    numbers.
    """
    words = [key.rstrip("0123456789") for key in keys]
    alike = Counter(words)
    return [
        key
        for key, word in zip(keys, words, strict=True)
        if key == word or (word.isalpha() and alike[word] == 1 and word.lower() not in INDEX_KEYS)
    ]


def index_source(frame: pd.DataFrame) -> str:
    """Return where rows have their index from: the first of `INDEX_KEYS` that serves in any row, else `feature_id`.

    `feature_id` also stands for the digits at the end of a record's key. "" means that no row has an index.
    """
    for key in INDEX_KEYS:
        if key in frame and any(whole_number(value) is not None for value in frame[key]):
            return key
    return "feature_id" if feature_indexes(frame).notna().any() else ""


def _whole_numbers(values: list[Any]) -> list[int | None]:
    """Return `whole_number` of each value, all at once where they are texts, as in most files."""
    if set(map(type, values)) == {str}:
        try:
            numbers = list(map(int, values))
        except ValueError:
            pass
        else:
            if min(numbers) >= -_LARGEST and max(numbers) < _LARGEST:
                return list(numbers)
    return [whole_number(value) for value in values]


def _at_ends(values: list[Any]) -> list[int | None]:
    return [_at_end(value) for value in values]


def _at_ends_of_keys(labels: list[Any]) -> list[int | None]:
    """The digits at the end of records' keys; a label that is a number only says where a record stands."""
    return [_at_end(label) if isinstance(label, str) else None for label in labels]


def _at_end(value: Any) -> int | None:
    """The digits at the end of an id, which may be a number altogether."""
    if not isinstance(value, str):
        return whole_number(value)
    digits = _DIGITS_AT_END.search(value)
    return whole_number(digits[1]) if digits else None
