"""Who wants to be reminded, when, and whether reminders are heeded."""

from __future__ import annotations

from dataclasses import astuple

from storage.connection import Database
from storage.records import Reminder

COLUMNS = "labeler_id, minute, weekdays, zone, sent_at, ignored"

LAST_TAP = """
SELECT max(at) FROM (
    SELECT max(answered_at) AS at FROM answers WHERE labeler_id = ?1 AND guide_version IS NOT NULL
    UNION ALL SELECT max(answered_at) FROM repeats WHERE labeler_id = ?1
    UNION ALL SELECT max(skipped_at) FROM skips WHERE labeler_id = ?1
)
"""


class Reminders:
    """The reminders of all labelers; each has one at most."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def set(self, reminder: Reminder) -> None:
        """Keep a reminder in place of the one before. Raises NotSaved, also for somebody unknown."""
        await self._db.write(
            f"INSERT OR REPLACE INTO reminders ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", astuple(reminder)
        )

    async def of(self, labeler_id: int) -> Reminder | None:
        """Return a labeler's reminder, or None. Raises NotRead."""
        rows = await self._db.read_now(f"SELECT {COLUMNS} FROM reminders WHERE labeler_id = ?", [labeler_id])
        return Reminder(*rows[0]) if rows else None

    async def all(self) -> tuple[Reminder, ...]:
        """Return the reminders of everybody who still has access. Raises NotRead."""
        rows = await self._db.read_now(
            f"SELECT {COLUMNS} FROM reminders JOIN labelers USING (labeler_id) WHERE revoked_at IS NULL"
            " ORDER BY labeler_id"
        )
        return tuple(Reminder(*row) for row in rows)

    async def last_tap(self, labeler_id: int) -> float | None:
        """Return when a labeler last answered or skipped an item, None before the first time. Raises NotRead.

        Imported answers were not tapped, and do not count.
        """
        rows = await self._db.read_now(LAST_TAP, [labeler_id])
        return None if rows[0][0] is None else float(rows[0][0])

    async def sent(self, labeler_id: int, now: float, *, heeded: bool) -> Reminder | None:
        """Remember that a reminder was sent; it counts as ignored until an answer follows. Raises NotSaved.

        Args:
            labeler_id: To whom.
            now: The time.
            heeded: Whether an answer followed the one before, so that none before this one was ignored.

        Returns:
            The reminder as it is now, or None when it was ended meanwhile.
        """
        rows = await self._db.write(
            "UPDATE reminders SET sent_at = ?2, ignored = iif(?3, 1, ignored + 1) WHERE labeler_id = ?1"
            f" RETURNING {COLUMNS}",
            [labeler_id, now, heeded],
        )
        return Reminder(*rows[0]) if rows else None

    async def end(self, labeler_id: int) -> bool:
        """End the reminders of a labeler. Raises NotSaved.

        Returns:
            Whether there were any.
        """
        return bool(
            await self._db.write(
                "DELETE FROM reminders WHERE labeler_id = ? RETURNING labeler_id", [labeler_id]
            )
        )
