"""What many tests of the bot do: label a sample by tapping, look into the database, read a sent file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from analysis.output.labels import labels_json
from analysis.records import LABELS
from bot.cli.commands import import_labels
from bot.jobs.sample import load_or_draw_sample
from bot.rules.session import NAME_OF
from storage.store import Store
from tests.support import notebook
from tests.support.bench import Bench
from tests.support.phone import Chat, Message
from tests.support.real_shapes import write_classification


async def open_card(person: Chat) -> Message:
    """Ask for a fresh card at the bottom of the chat; the welcome before the very first is passed over."""
    await person.send("/label")
    least = person.sent_id
    return await person.wait_for(lambda m: m.by_bot and m.id > least and m.has("Related"))


async def label_all(person: Chat, labels: Iterable[str]) -> None:
    """Answer what the card shows, one label after the other, from where the session is."""
    await open_card(person)
    for label in labels:
        await person.step(NAME_OF[label])


def alternating(count: int, start: int = 0) -> list[str]:
    """Return `count` labels, related and not-related in turns."""
    return [LABELS[(start + place) % 2] for place in range(count)]


def rows(database: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Return the rows of a query on the database file, also while the bot has it."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        return list(connection.execute(sql, values))


def present_labels(database: Path, mode: str, labeler_id: int = 1) -> dict[int, str]:
    """A labeler's present labels, straight from the file."""
    sql = "SELECT row_id, label FROM labels WHERE mode = ? AND labeler_id = ? ORDER BY row_id"
    return dict(rows(database, sql, mode, labeler_id))


def everything_in(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables, but for the program's notes to itself."""
    tables = [name for (name,) in rows(database, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    kept = [name for name in tables if name != "notes" and not name.startswith("sqlite_")]
    return {name: sorted(rows(database, f"SELECT * FROM {name}"), key=repr) for name in kept}  # noqa: S608 - our own tables


def read_labels(content: bytes) -> dict[int, str]:
    """Return the labels of a labels file by row_id."""
    return {record["_row_id"]: record["label"] for record in json.loads(content)}


def feature_labels(content: bytes) -> Mapping[int, str]:
    """Return the labels of a labels file by feature index."""
    return {record["feature_index"]: record["label"] for record in json.loads(content)}


async def take_over_labels(
    bench: Bench, user_id: int, mode: str, labels: Mapping[int, str], **more: str
) -> None:
    """Give somebody answers without tapping, as `labelbot import` does; the bot must not be running."""
    settings = bench.settings(**more)
    async with await Store.open_to_write(settings.database_path) as store:
        sample = (await load_or_draw_sample(store, settings, 1.0)).sample
    path = bench.folder / f"labels-{user_id}-{mode}.import"
    path.write_bytes(labels_json(sample, labels))
    await import_labels(settings, path, mode, user_id, 2.0)


def human_by_feature(bench: Bench, labels: Mapping[int, str], count: int) -> dict[int, str]:
    """Return the same labels by feature index, for `write_classification`."""
    sample = notebook.sample_of(bench.base, count)
    return {int(sample["feature_index"][row]): label for row, label in labels.items()}


def classify(bench: Bench, model: str, mode: str, human: Mapping[int, str], **counts: Any) -> Path:
    """Write a model's file that agrees with `human` (by feature index) as often as `counts` say."""
    path = bench.models / f"{bench.base.stem}_{mode}_classified_{model}.json"
    return write_classification(path, bench.base, human, **counts)


def item(card: Message) -> int:
    """Return the number of the item that a card shows."""
    return int(card.text.split("Item ")[1].split(" ")[0])
