"""Focus sets: further items that are asked beside the sample, and how far they are.

The items of a set are a sample of their own, and answers to them carry that sample's number. So whatever is kept of
answers is kept of these, too, and what reads the answers of the sample proper, such as an export, never finds one.

At most one set of a sample is active. The database itself refuses answers to all others: once a set is complete its
figures may be shown, and whoever could still answer would read a model's label from two reports.
"""

from __future__ import annotations

import json
from dataclasses import replace

import aiosqlite

from analysis.records import FocusSet
from storage.connection import Database, Row
from storage.errors import DatabaseDamaged
from storage.records import StoredFocusSet
from storage.rows import FOCUS_ITEMS, FOCUS_SETS, ITEMS, focus_set_of
from storage.samples import add_sample

COMPLETE = """
UPDATE focus_sets SET state = 'complete' WHERE focus_id = ?1 AND state = 'active' AND max(1, ?2) <= (
    SELECT count(*) FROM (
        SELECT labeler_id FROM labels WHERE sample_id = items_id GROUP BY labeler_id
        HAVING count(*) = (SELECT count(*) FROM items WHERE sample_id = items_id)
    )
)
RETURNING 1
"""


class FocusSets:
    """The focus sets of all samples. The active one is asked for at every card, so it is remembered."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._active: dict[int, StoredFocusSet | None] = {}
        self._changes = 0

    async def keep(self, sample_id: int, drawn: FocusSet, now: float) -> StoredFocusSet:
        """Store a set and let it be the active one; the one that was is switched off.

        Args:
            sample_id: The sample beside which it was drawn.
            drawn: The set; its name is given here.
            now: The time, in seconds since 1970.

        Raises:
            NotSaved: Nothing was written.
        """

        async def work(connection: aiosqlite.Connection) -> StoredFocusSet:
            await connection.execute_fetchall(
                "UPDATE focus_sets SET state = 'off' WHERE sample_id = ? AND state = 'active'", [sample_id]
            )
            rows = await connection.execute_fetchall(
                "SELECT coalesce(max(focus_id), 0) + 1, (SELECT stem FROM samples WHERE sample_id = ?)"
                " FROM focus_sets",
                [sample_id],
            )
            number, stem = next(iter(rows))
            kept = replace(
                drawn, name=f"{stem}_focus-{number}", sample=replace(drawn.sample, stem=f"focus/{number}")
            )
            items_id = await add_sample(connection, kept.sample, kept.base_sha256, now)
            await _add(connection, number, sample_id, items_id, kept, now)
            return StoredFocusSet(number, items_id, sample_id, "active", kept)

        return await self._db.transaction(work, then=self._forget)

    async def active(self, sample_id: int) -> StoredFocusSet | None:
        """Return the set that is being labeled beside a sample, None when there is none. Raises NotRead."""
        if sample_id in self._active:
            return self._active[sample_id]
        changes = self._changes
        rows = await self._db.read_now(
            f"{FOCUS_SETS} WHERE f.sample_id = ? AND state = 'active'", [sample_id]
        )
        found = await self._set(rows[0]) if rows else None
        if self._db.is_writer and changes == self._changes:
            self._active[sample_id] = found
        return found

    async def of_sample(self, sample_id: int) -> tuple[StoredFocusSet, ...]:
        """Return every set that was drawn beside a sample, oldest first. Raises NotRead."""
        rows = await self._db.read(f"{FOCUS_SETS} WHERE f.sample_id = ? ORDER BY focus_id", [sample_id])
        return tuple([await self._set(row) for row in rows])

    async def is_one(self, items_id: int) -> bool:
        """Tell whether a sample is the items of a focus set, whatever its state. Raises NotRead."""
        return bool(await self._db.read_now("SELECT 1 FROM focus_sets WHERE items_id = ?", [items_id]))

    async def states(self, sample_id: int) -> tuple[tuple[int, str], ...]:
        """Return number and state of every set of a sample: it changes with each of them. Raises NotRead."""
        rows = await self._db.read_now(
            "SELECT focus_id, state FROM focus_sets WHERE sample_id = ? ORDER BY focus_id", [sample_id]
        )
        return tuple((row[0], row[1]) for row in rows)

    async def complete(self, focus_id: int, people: int) -> bool:
        """Close an active set if so many people have answered all of it. Raises NotSaved.

        Returns:
            True when this closed it.
        """
        return bool(await self._db.write(COMPLETE, [focus_id, people], then=self._forget))

    async def stop(self, focus_id: int, state: str) -> None:
        """Let an active set be `off` or `ended`. Nothing happens when it is not active. Raises NotSaved."""
        await self._db.write(
            "UPDATE focus_sets SET state = ?2 WHERE focus_id = ?1 AND state = 'active'",
            [focus_id, state],
            then=self._forget,
        )

    async def go_on(self, sample_id: int, focus_id: int) -> None:
        """Let a set that was switched off or ended be the active one again. Raises NotSaved."""
        await self._db.write_all(
            ("UPDATE focus_sets SET state = 'off' WHERE sample_id = ? AND state = 'active'", [sample_id]),
            ("UPDATE focus_sets SET state = 'active' WHERE focus_id = ? AND state <> 'complete'", [focus_id]),
            then=self._forget,
        )

    def _forget(self, _: object) -> None:
        """Drop what is remembered together with the change in the database."""
        self._changes += 1
        self._active.clear()

    async def _set(self, row: Row) -> StoredFocusSet:
        items, places = [await self._db.read_now(sql, [row["items_id"]]) for sql in (ITEMS, FOCUS_ITEMS)]
        drawn = focus_set_of(row, items, places)
        if drawn is None:
            raise DatabaseDamaged(
                f"{self._db.path}: {row['name']} is not the focus set that was drawn:"
                " bring back a backup with 'labelbot restore'."
            )
        return StoredFocusSet(row["focus_id"], row["items_id"], row["sample_id"], row["state"], drawn)


async def _add(
    connection: aiosqlite.Connection, number: int, sample_id: int, items_id: int, drawn: FocusSet, now: float
) -> None:
    await connection.execute_fetchall(
        "INSERT INTO focus_sets (focus_id, sample_id, items_id, name, mode, models, model_hashes, sizes, digest,"
        " begun_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            number,
            sample_id,
            items_id,
            drawn.name,
            drawn.mode,
            json.dumps(drawn.models),
            json.dumps(drawn.sha256),
            json.dumps(dict(drawn.sizes)),
            drawn.digest(),
            now,
        ],
    )
    await connection.executemany(
        "INSERT INTO focus_items VALUES (?, ?, ?, ?)",
        [
            (items_id, row, *place)
            for row, place in enumerate(zip(drawn.positions, drawn.strata, strict=True))
        ],
    )
