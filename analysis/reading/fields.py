"""What the notebook takes from a record as the feature's index."""

from __future__ import annotations

import re
from typing import Any

_DIGITS_AT_END = re.compile(r"-(\d+)$")
_LARGEST = 2**63  # what a database column holds


def whole_number(value: Any) -> int | None:
    """`value` as a whole number of 64 bits: 123, 123.0 and "123" are; 12.5, "x", null and true are not (None)."""
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


def feature_index(index: Any, feature_id: Any) -> int | None:
    """`index` where it is a whole number, else the digits after the last hyphen at the end of a text `feature_id`.

    None: neither gives one.
    """
    number = whole_number(index)
    if number is None and isinstance(feature_id, str) and (found := _DIGITS_AT_END.search(feature_id)):
        number = whole_number(found[1])
    return number


def kind_of(value: Any) -> str:
    """What a decoded value is called in a message."""
    names = {type(None): "null", bool: "true or false", str: "a text", list: "a list", dict: "an object"}
    return names.get(type(value), "a number")
