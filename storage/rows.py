"""Items of a sample as the database keeps them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from analysis.records import Item, Sample


def sample_of(head: sqlite3.Row, items: Iterable[sqlite3.Row]) -> Sample:
    """A sample from its row and those of its items, in order."""
    return Sample(head["stem"], head["seed"], head["base_count"], tuple(_item(row) for row in items))


def values_of(item: Item) -> tuple[int, int | None, str | None, str | None]:
    """Texts go in as ASCII JSON: half of a surrogate pair could not be stored otherwise."""
    feature_id = None if item.feature_id is None else json.dumps(item.feature_id)
    description = None if item.description is None else json.dumps(item.description)
    return (item.row_id, item.feature_index, feature_id, description)


def _item(row: sqlite3.Row) -> Item:
    feature_id = row["feature_id"]
    description = row["description"]
    return Item(
        row["row_id"],
        row["feature_index"],
        None if feature_id is None else json.loads(feature_id),
        None if description is None else json.loads(description),
    )
