"""The frozen samples: what was drawn once stays drawn.

Labels are kept by `row_id`, the place of an item in the sample. Were the sample drawn again from a base file that has
changed, every label would belong to another feature without anybody noticing. So the drawn items are stored at the
first use, with a hash over them, and every later draw is held against them. The draw is a prefix of a seeded
permutation: a larger sample begins with the smaller one, so growing it keeps every label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import aiosqlite

from analysis.records import Item, Sample
from storage.connection import Database
from storage.errors import DatabaseDamaged, SampleRefused
from storage.rows import ITEMS, columns_of, sample_of

PUT_BACK = "Put the old file back, or set another DATABASE_PATH for a new sample."


@dataclass(frozen=True, slots=True)
class FrozenSample:
    """A sample as the database keeps it.

    Attributes:
        sample_id: Its number in the database.
        sample: The items.
        source: Tells whether the base file is still the one it was drawn from; the caller's own words.
    """

    sample_id: int
    sample: Sample
    source: str


class Samples:
    """The samples, each known by the stem of its base file."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def load(self, stem: str) -> FrozenSample | None:
        """Return the frozen sample of a base file's stem, or None when nothing was drawn yet.

        Raises:
            DatabaseDamaged: Its items are not the ones that were frozen.
            NotRead: It cannot be read.
        """
        rows = await self._db.read_now("SELECT * FROM samples WHERE stem = ?", [stem])
        if not rows:
            return None
        head = rows[0]
        sample = sample_of(head, await self._db.read_now(ITEMS, [head["sample_id"]]))
        if sample is None:
            raise DatabaseDamaged(
                f"{self._db.path}: the sample of {stem} is not the one that was frozen:"
                " bring back a backup with 'labelbot restore'."
            )
        return FrozenSample(head["sample_id"], sample, head["source"])

    async def same_items(self, drawn: Sample) -> FrozenSample | None:
        """Return a frozen sample of the same items, whatever its stem: that of a base file that was renamed.

        One of the two may be larger. None when there is none.

        Raises:
            DatabaseDamaged: A sample's items are not the ones that were frozen.
            NotRead: It cannot be read.
        """
        for stem in await self.stems():
            frozen = await self.load(stem)
            if frozen is not None and frozen.sample.seed == drawn.seed:
                both = min(len(frozen.sample.items), len(drawn.items))
                if both and frozen.sample.items[:both] == drawn.items[:both]:
                    return frozen
        return None

    async def rename(self, frozen: FrozenSample, stem: str) -> None:
        """Let a frozen sample go on under the stem of a renamed base file.

        The former stem is remembered, because files of that name may have to be deleted some day. Raises NotSaved,
        also when there is a sample of the new stem.
        """
        await self._db.write_all(
            ("DELETE FROM former_stems WHERE stem = ?", [stem]),
            (
                "INSERT OR REPLACE INTO former_stems SELECT stem, sample_id FROM samples WHERE sample_id = ?",
                [frozen.sample_id],
            ),
            ("UPDATE samples SET stem = ? WHERE sample_id = ?", [stem, frozen.sample_id]),
        )

    async def stems(self) -> tuple[str, ...]:
        """Return the stems of all samples of base files, oldest first. Raises NotRead."""
        return tuple(
            row[0]
            for row in await self._db.read_now(
                "SELECT stem FROM samples WHERE sample_id NOT IN (SELECT items_id FROM focus_sets)"
                " ORDER BY sample_id"
            )
        )

    async def keep(self, drawn: Sample, source: str, now: float) -> FrozenSample:
        """Freeze a sample, or grow the frozen one.

        Args:
            drawn: The sample as drawn now; it begins with the items that are frozen.
            source: What to keep as `FrozenSample.source`.
            now: The time, in seconds since 1970.

        Raises:
            SampleRefused: The draw has another seed, is smaller, or has other items.
            DatabaseDamaged: The frozen items are not the ones that were frozen.
            NotRead: The frozen sample cannot be read.
            NotSaved: It cannot be written.
        """
        frozen = await self.load(drawn.stem)
        if frozen is not None:
            check_same(frozen.sample, drawn)

        async def work(connection: aiosqlite.Connection) -> FrozenSample:
            if frozen is None:
                return FrozenSample(await add_sample(connection, drawn, source, now), drawn, source)
            sample_id, known = frozen.sample_id, len(frozen.sample.items)
            changed = await connection.execute_fetchall(
                "UPDATE samples SET base_count = ?, digest = ?, source = ?, grown_from = coalesce("
                "grown_from, iif(? AND EXISTS (SELECT 1 FROM answers WHERE sample_id = samples.sample_id), ?, NULL)"
                ") WHERE sample_id = ? RETURNING grown_from",
                [drawn.base_count, drawn.digest(), source, len(drawn.items) > known, known, sample_id],
            )
            await connection.executemany(
                "UPDATE items SET model_id = ?, layer = ? WHERE sample_id = ? AND row_id = ?",
                [(item.model_id, item.layer, sample_id, item.row_id) for item in drawn.items[:known]],
            )
            await _add_items(connection, sample_id, drawn.items[known:])
            grown_from = next(iter(changed))["grown_from"]
            return FrozenSample(sample_id, replace(drawn, grown_from=grown_from), source)

        return await self._db.transaction(work)


async def add_sample(connection: aiosqlite.Connection, drawn: Sample, source: str, now: float) -> int:
    """Store a sample with its items inside a transaction, and return its number. Raises sqlite3.Error."""
    made = list(
        await connection.execute_fetchall(
            "INSERT INTO samples (stem, seed, base_count, digest, source, frozen_at)"
            " VALUES (?, ?, ?, ?, ?, ?) RETURNING sample_id",
            [drawn.stem, drawn.seed, drawn.base_count, drawn.digest(), source, now],
        )
    )
    sample_id = int(made[0]["sample_id"])
    await _add_items(connection, sample_id, drawn.items)
    return sample_id


async def _add_items(connection: aiosqlite.Connection, sample_id: int, items: Sequence[Item]) -> None:
    await connection.executemany(
        "INSERT INTO items (sample_id, row_id, feature_index, feature_id, description, model_id, layer)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(sample_id, *columns_of(item)) for item in items],
    )


def check_same(frozen: Sample, drawn: Sample) -> None:
    """Check that `drawn` is the frozen sample, or the same grown larger.

    Raises:
        SampleRefused: It is another one; the message says what differs and what would be right.
    """
    if drawn.seed != frozen.seed:
        raise SampleRefused(
            f"SAMPLE_SEED is {drawn.seed}, but the sample of {frozen.stem} was drawn with {frozen.seed}:"
            f" set SAMPLE_SEED={frozen.seed}, or another DATABASE_PATH for a new sample."
        )
    if drawn.base_count < len(frozen.items):
        raise SampleRefused(
            f"The base file {frozen.stem} has changed: it has {drawn.base_count} records now, fewer than the"
            f" {len(frozen.items)} of the frozen sample. {PUT_BACK}"
        )
    if len(drawn.items) < len(frozen.items):
        raise SampleRefused(
            f"SAMPLE_SIZE gives {len(drawn.items)} items, but the sample of {frozen.stem} has"
            f" {len(frozen.items)}: a sample only grows. Set SAMPLE_SIZE={len(frozen.items)} or more,"
            " or another DATABASE_PATH for a new sample."
        )
    if drawn.items[: len(frozen.items)] != frozen.items:
        row = next(i.row_id for i, j in zip(frozen.items, drawn.items, strict=False) if i != j)
        raise SampleRefused(
            f"The base file {frozen.stem} has changed: item {row + 1} of the frozen sample is another one now."
            f" {PUT_BACK}"
        )
