"""How the items of a sample become rows, and rows become items."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from typing import TypeVar

from analysis.records import FocusSet, Item, Sample

Stored = TypeVar("Stored", Sample, FocusSet)


def sample_of(head: sqlite3.Row, items: Iterable[sqlite3.Row]) -> Sample | None:
    """Make a sample from its row and its `ITEMS`.

    Returns:
        The sample; None when its items are not the ones that were frozen.
    """
    return _if_unchanged(lambda: _sample(head, items), head["digest"])


def _if_unchanged(make: Callable[[], Stored], digest: str) -> Stored | None:
    try:
        made = make()
    except ValueError:  # a text that is no JSON any more
        return None
    return made if made.digest() == digest else None


def _sample(head: sqlite3.Row, items: Iterable[sqlite3.Row]) -> Sample:
    found = tuple(_item(row) for row in items)
    known = head.keys()  # a copy from before an upgrade lacks the last
    grown_from = head["grown_from"] if "grown_from" in known else None
    return Sample(head["stem"], head["seed"], head["base_count"], found, grown_from)


FOCUS_SETS = (
    "SELECT f.*, s.source, s.stem, s.seed, s.base_count"
    " FROM focus_sets f JOIN samples s ON s.sample_id = f.items_id"
)
"""The rows of which `focus_set_of` makes focus sets; the `source` of their items is the base file's hash."""
ITEMS = "SELECT * FROM items WHERE sample_id = ? ORDER BY row_id"
FOCUS_ITEMS = "SELECT * FROM focus_items WHERE items_id = ? ORDER BY row_id"


def focus_set_of(
    row: sqlite3.Row, items: Iterable[sqlite3.Row], drawn: Iterable[sqlite3.Row]
) -> FocusSet | None:
    """Make a focus set from a row of `FOCUS_SETS`, its `ITEMS` and its `FOCUS_ITEMS`.

    Returns:
        The set; None when it is not the one that was drawn.
    """
    return _if_unchanged(lambda: _focus_set(row, items, drawn), row["digest"])


def _focus_set(row: sqlite3.Row, items: Iterable[sqlite3.Row], drawn: Iterable[sqlite3.Row]) -> FocusSet:
    places = [(one["position"], one["stratum"]) for one in drawn]
    return FocusSet(
        mode=row["mode"],
        models=tuple(json.loads(row["models"])),
        sha256=tuple(json.loads(row["model_hashes"])),
        base_sha256=row["source"],
        sizes=json.loads(row["sizes"]),
        sample=_sample(row, items),
        positions=tuple(position for position, _ in places),
        strata=tuple(stratum for _, stratum in places),
        name=row["name"],
    )


def columns_of(item: Item) -> tuple[int, int | None, str | None, str | None, str | None, str | None]:
    """Return the columns of an item.

    Texts become ASCII JSON: a base file may hold half of a surrogate pair, which SQLite cannot store.
    """
    feature_id = None if item.feature_id is None else json.dumps(item.feature_id)
    description = None if item.description is None else json.dumps(item.description)
    return (item.row_id, item.feature_index, feature_id, description, item.model_id, item.layer)


def _item(row: sqlite3.Row) -> Item:
    feature_id = row["feature_id"]
    description = row["description"]
    known = row.keys()  # a copy from before an upgrade lacks the last two
    return Item(
        row["row_id"],
        row["feature_index"],
        None if feature_id is None else json.loads(feature_id),
        None if description is None else json.loads(description),
        row["model_id"] if "model_id" in known else None,
        row["layer"] if "layer" in known else None,
    )
