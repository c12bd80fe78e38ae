"""Processes that tests start to kill, limit or compete with.

python -m tests.support.storage_children WHAT PATH [N]
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

from storage import opening, schema
from storage.backup import back_up, restore
from storage.errors import NotSaved
from storage.store import Store
from tests.support.storage_examples import answer, sample_of

SECOND = """
ALTER TABLE labelers ADD COLUMN colour TEXT;
CREATE TABLE colours (
    name TEXT PRIMARY KEY
) STRICT;
INSERT INTO colours VALUES ('red');
UPDATE labelers SET colour = 'red';
CREATE TRIGGER colour_is_known AFTER INSERT ON colours BEGIN
    UPDATE labelers SET colour = new.name;
END;
"""
UPGRADED = (*schema.MIGRATIONS, ("colours", SECOND))


def migrate(path: Path, deadly: int) -> None:
    """Prepare the database as a newer program would, and die before statement number `deadly`."""

    class Mortal(sqlite3.Connection):
        def execute(self, *args: Any) -> sqlite3.Cursor:
            nonlocal deadly
            deadly -= 1
            if deadly == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return super().execute(*args)

    real = sqlite3.connect

    def connect(*args: Any, **more: Any) -> sqlite3.Connection:
        return real(*args, **{**more, "factory": Mortal})

    schema.MIGRATIONS = UPGRADED
    sqlite3.connect = connect  # type: ignore[assignment]
    opening.prepare(path)


async def save(path: Path) -> None:
    """Save answers until killed, telling each that is saved."""
    async with await Store.open_to_write(path) as store:
        await store.samples.keep(sample_of(20), "source", 1.0)
        await store.labelers.add(1001, joined_at=1.0)
        number = len(await store.answers.history(1))
        while True:
            tap = f"tap {number}"
            await store.answers.save(answer(number % 20, ("related", "not-related")[number % 2], tap=tap))
            os.write(1, f"{number}\n".encode())
            number += 1


async def hold(path: Path) -> None:
    """Hold the database until stdin ends."""
    async with await Store.open_to_write(path):
        os.write(1, b"open\n")
        await asyncio.to_thread(sys.stdin.read)


async def limited(path: Path, size: int) -> None:
    """Save with files limited to `size` bytes until one save is refused; tell how many were saved, and why not more."""
    async with await Store.open_to_write(path) as store:
        await store.samples.keep(sample_of(20), "source", 1.0)
        await store.labelers.add(1001, joined_at=1.0)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        saved = 0
        try:
            while True:
                await store.answers.save(answer(saved % 20, tap=f"{saved}"))
                saved += 1
        except NotSaved as error:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            await store.answers.save(answer(0, tap="after"))
            sys.stdout.write(f"{saved}\n{error}\n")


async def change(path: Path, what: str) -> None:
    """One change of the files: what a command does, from opening the database to closing it."""
    copy = path.with_name("copy")
    if what == "backup":
        back_up(path, copy)
    elif what == "restore":
        restore(copy, path, replace=True)
    else:
        async with await Store.open_to_write(path) as store:
            if what in ("first start", "growth"):
                await store.samples.keep(sample_of(40 if what == "growth" else 20), "source", 1.0)
            elif what == "import":
                await store.answers.save_all([answer(row, tap=f"imported {row}") for row in range(20)])
            elif what == "forget":
                await store.labelers.forget(1)
                for owed in await store.deletions.owed():
                    await store.deletions.done(owed.owed_id)


def main() -> None:
    what, path = sys.argv[1], Path(sys.argv[2])
    number = int(sys.argv[3]) if len(sys.argv) > 3 and what != "change" else 0
    if what == "migrate":
        migrate(path, number)
    elif what == "save":
        asyncio.run(save(path))
    elif what == "change":
        asyncio.run(change(path, sys.argv[3]))
    elif what == "hold":
        asyncio.run(hold(path))
    elif what == "limited":
        asyncio.run(limited(path, number))


if __name__ == "__main__":
    main()
