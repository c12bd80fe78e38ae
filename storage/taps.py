"""What a tap did, known by the callback query's own id.

Telegram delivers an update again when the bot was killed before it confirmed it, perhaps hours later and in another
order. So whatever a tap did is stored with its id, and the same id changes nothing a second time: not when it saved an
answer, and not when it was refused. A refused tap (it came too soon after its card was shown) would otherwise come
late enough the second time, and label an item that nobody read.

A tap that saves no label, but ends somebody's access, begins a focus set or chooses a question, is remembered when it
has acted. Killed in between it acts once more when it is delivered again: the same, as nothing was decided since.
"""

from __future__ import annotations

from storage.connection import Database, Row
from storage.records import Outcome, Saved, Skip

UNUSED = "NOT EXISTS (SELECT 1 FROM taps WHERE tap_id = {})"
"""The condition under which a tap may be stored."""

SKIP = (
    "INSERT INTO skips (sample_id, mode, labeler_id, row_id, tap_id, shown_at, skipped_at)"
    f" SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE {UNUSED.format('?5')} RETURNING 0"
)
REDELIVERED_FOR = 7 * 86_400.0
"""How long it is remembered that a tap was refused or has acted, in seconds: Telegram keeps updates for a day."""

Meaning = tuple[str, int, str, int, int, str | None]
"""What a tap does (a word of the view `taps`), sample, mode, labeler, row and label."""


class Taps:
    """Taps that save no label: skips, refusals, and what has acted otherwise."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def refuse(self, tap_id: str, labeler_id: int, now: float) -> None:
        """Remember that a tap was refused, so that it stays refused when it is delivered again.

        Nothing happens when the tap did something before, or when the labeler is not known. Raises NotSaved.
        """
        await self._db.write(
            "INSERT INTO refused_taps SELECT ?1, labeler_id, ?3 FROM labelers"
            f" WHERE labeler_id = ?2 AND {UNUSED.format('?1')}",
            [tap_id, labeler_id, now],
        )
        await self._db.write("DELETE FROM refused_taps WHERE refused_at < ?", [now - REDELIVERED_FOR])

    async def is_refused(self, tap_id: str) -> bool:
        """Tell whether this tap was refused when it came first. Raises NotRead."""
        return bool(await self._db.read_now("SELECT 1 FROM refused_taps WHERE tap_id = ?", [tap_id]))

    async def acted(self, what: str, labeler_id: int, now: float) -> None:
        """Remember that a tap has acted, or that a message's question was answered: `what` names one or the other.

        Nothing happens when the labeler is not known. Raises NotSaved.
        """
        await self._db.write_all(
            ("DELETE FROM acted_taps WHERE acted_at < ?", [now - REDELIVERED_FOR]),
            (
                "INSERT OR IGNORE INTO acted_taps SELECT ?1, labeler_id, ?3 FROM labelers WHERE labeler_id = ?2",
                [what, labeler_id, now],
            ),
        )

    async def has_acted(self, what: str) -> bool:
        """Tell whether a tap has acted or saved something, or a message's question was answered. Raises NotRead."""
        return bool(
            await self._db.read_now(
                "SELECT 1 FROM acted_taps WHERE what = ?1 UNION ALL SELECT 1 FROM taps WHERE tap_id = ?1",
                [what],
            )
        )

    async def skip(self, skip: Skip) -> Saved:
        """Add a skip to the history. Raises NotSaved."""
        meaning = ("skip", skip.sample_id, skip.mode, skip.labeler_id, skip.row_id, None)
        values = [*meaning[1:5], skip.tap_id, skip.shown_at, skip.skipped_at]
        return await self.result(await self._db.write(SKIP, values), skip.tap_id, meaning)

    async def skips(self, sample_id: int, mode: str) -> tuple[Skip, ...]:
        """Return every skip of a sample in one mode, oldest first. Raises NotRead."""
        rows = await self._db.read(
            "SELECT sample_id, mode, labeler_id, row_id, tap_id, shown_at, skipped_at FROM skips"
            " WHERE sample_id = ? AND mode = ? ORDER BY skip_id",
            [sample_id, mode],
        )
        return tuple(Skip(*row) for row in rows)

    async def result(self, stored: list[Row], tap_id: str, meaning: Meaning) -> Saved:
        """Say what became of a tap.

        Args:
            stored: The row that was stored, with its mark first; empty when none was.
            tap_id: The callback query's id.
            meaning: What the tap was to do.
        """
        if stored:
            return Saved(Outcome.NEW, bool(stored[0][0]))
        rows = await self._db.read_now(
            "SELECT done, sample_id, mode, labeler_id, row_id, label FROM taps WHERE tap_id = ?", [tap_id]
        )
        found = tuple(rows[0]) if rows else ()
        if found[:1] == ("refusal",):
            return Saved(Outcome.REFUSED)
        return Saved(Outcome.DUPLICATE if found == meaning else Outcome.REUSED)
