"""How the items of a sample become rows, and rows become items."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from analysis.records import Item, Sample


def sample_of(head: sqlite3.Row, items: Iterable[sqlite3.Row]) -> Sample:
    """Make a sample from its row and those of its items, in the order of `row_id`."""
    return Sample(head["stem"], head["seed"], head["base_count"], tuple(_item(row) for row in items))


def values_of(item: Item) -> tuple[int, int | None, str | None, str | None, str | None, str | None]:
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
