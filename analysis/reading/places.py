"""What messages about a file call a value, and the place where it stands."""

from __future__ import annotations

from typing import Any

from analysis.errors import one_line


def kind_of(value: Any) -> str:
    """Return what a value is called in a message."""
    names = {type(None): "null", bool: "true or false", str: "a text", list: "a list", dict: "an object"}
    return names.get(type(value), "a number")


def place_of(label: Any) -> str:
    """Return where a row stands, by its label in a frame's index."""
    return f'record "{one_line(label)}"' if isinstance(label, str) else f"record {label + 1}"
