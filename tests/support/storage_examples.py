"""Samples, answers and filled databases for tests, and looks into them that do not go through the program."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from analysis.records import LABELS, FocusSet, Item, Sample
from storage import schema
from storage.records import Answer
from storage.store import Store

NOBODY = 65534
CHILD = (sys.executable, "-m", "tests.support.storage_children")
ROOT = Path(__file__).parent.parent.parent


def sample_of(size: int, *, seed: int = 42, stem: str = "base", base_count: int = 1000) -> Sample:
    """Return a sample of items with made-up descriptions."""
    items = tuple(Item(row, 7 * row, None, f"mentions of colour number {row}") for row in range(size))
    return Sample(stem, seed, base_count, items)


def focus_set(size: int, *, mode: str = "alignment", models: tuple[str, ...] = ("deepseek",)) -> FocusSet:
    """Return a focus set of items that are in no `sample_of`, related and not-related in turns."""
    items = tuple(
        Item(row, 1000 + row, None, f"a colour that only the set has, number {row}") for row in range(size)
    )
    return FocusSet(
        mode=mode,
        models=models,
        sha256=tuple(f"hash of {model}" for model in models),
        base_sha256="hash of the base file",
        sizes={"related": 100, "not-related": 900},
        sample=Sample("base", 7, 1000, items),
        positions=tuple(range(500, 500 + size)),
        strata=tuple(LABELS[row % 2] for row in range(size)),
    )


def answer(
    row: int,
    label: str = "related",
    *,
    tap: str | None = None,
    labeler: int = 1,
    mode: str = "alignment",
    shown: float | None = None,
    at: float = 100.0,
    guide: str | None = "v1",
    review: bool = False,
) -> Answer:
    """Return an answer on sample 1; the tap's id is made of what is answered unless given."""
    tap_id = tap if tap is not None else f"{mode}/{labeler}/{row}/{label}"
    return Answer(1, mode, labeler, row, label, tap_id, shown, at, guide, review)


async def label_all(store: Store, *, labeler: int, items: int = 20, mode: str = "alignment") -> None:
    """Label every item of the sample."""
    await store.answers.save_all([answer(row, labeler=labeler, mode=mode) for row in range(items)])


async def fill(path: Path, *, items: int = 60) -> None:
    """Make a closed database: two labelers with all items labeled in two modes, some corrected."""
    async with await Store.open_to_write(path) as store:
        await store.samples.keep(sample_of(items), "source", 1.0)
        for labeler in (1, 2):
            await store.labelers.add(1000 + labeler, joined_at=1.0)
            for mode in ("alignment", "formatting"):
                given = [
                    answer(row, "related" if row % 3 else "not-related", labeler=labeler, mode=mode)
                    for row in range(items)
                ]
                given += [
                    answer(row, "not-related", labeler=labeler, mode=mode, tap=f"again{labeler}{mode}{row}")
                    for row in range(0, items, 4)
                ]
                await store.answers.save_all(given)


def older_database(path: Path, version: int, script: str) -> None:
    """Make a closed database as the program of that version left it: its tables, filled by a script."""
    with closing(sqlite3.connect(path)) as connection:
        for _, migration in schema.MIGRATIONS[:version]:
            connection.executescript(migration)
        connection.executescript(script)
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.commit()


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return everything in every table, read by a connection of its own."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {
            table: sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=repr)  # noqa: S608 - ours
            for table in tables
            if not table.startswith("sqlite_")
        }


def count(path: Path, table: str = "answers") -> int:
    """Return how many rows a table has, read by a connection of its own."""
    return len(contents(path)[table])


@contextlib.contextmanager
def as_ordinary_user() -> Iterator[None]:
    """Give up root's power to ignore file modes; whoever is not root stays who they are."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextlib.contextmanager
def public_folder() -> Iterator[Path]:
    """Give a folder that an ordinary user can reach and write, unlike those of pytest."""
    with tempfile.TemporaryDirectory(prefix="storage-") as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder
