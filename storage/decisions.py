"""Decisions of admins on items on which labelers differ. The labelers' own labels stay untouched.

A decision is only ever added, so the history shows who decided what and when, and an old tap that is delivered again
does not replace a newer decision. A decision is marked like an answer, and for the same reasons (`storage.marks`):
when the admin may know a model's label of the item, or changes a decision that a report has counted.
"""

from __future__ import annotations

from storage.connection import Database
from storage.marks import IS_SHOWN
from storage.records import PRESENT, ReportBoundary, Saved
from storage.taps import UNUSED, Taps

DECIDE = f"""
INSERT INTO decisions (sample_id, mode, decided_by, row_id, label, tap_id, decided_at, after_review)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, max({IS_SHOWN}, EXISTS (
    SELECT 1 FROM decisions d JOIN report_steps s USING (sample_id, mode)
    WHERE (d.sample_id, d.mode, d.row_id) = (?1, ?2, ?4) AND d.decision_id <= s.finished_decision_id
))
WHERE {UNUSED.format("?6")}
RETURNING after_review
"""


class Decisions:
    """What admins decided."""

    def __init__(self, database: Database, taps: Taps) -> None:
        self._db = database
        self._taps = taps

    async def adjudicate(
        self,
        sample_id: int,
        mode: str,
        row_id: int,
        label: str,
        *,
        labeler_id: int,
        now: float,
        tap_id: str,
    ) -> Saved:
        """Decide an item.

        Args:
            sample_id: The sample.
            mode: The mode.
            row_id: The item.
            label: The decision.
            labeler_id: The admin who decides.
            now: The time.
            tap_id: The callback query's own id.

        Returns:
            What became of it, and whether it is marked: marked decisions do not count as the consensus.

        Raises:
            NotSaved: It was not saved.
        """
        stored = await self._db.write(DECIDE, [sample_id, mode, labeler_id, row_id, label, tap_id, now])
        return await self._taps.result(
            stored, tap_id, ("decision", sample_id, mode, labeler_id, row_id, label)
        )

    async def adjudicated(
        self, sample_id: int, mode: str, *, blind: bool = False, up_to: ReportBoundary | None = None
    ) -> dict[int, str]:
        """Return the label of each row that an admin decided. Raises NotRead.

        Args:
            sample_id: The sample.
            mode: The mode.
            blind: Whether decisions that are marked do not count. The last one that is not marked does.
            up_to: Where the history ends, None for the present.
        """
        rows = await self._db.read(
            "SELECT row_id, label, max(decision_id) FROM decisions WHERE sample_id = ? AND mode = ?"
            " AND decision_id <= ? AND NOT (? AND after_review) GROUP BY row_id",
            [sample_id, mode, (up_to or PRESENT).decision_id, blind],
        )
        return {row["row_id"]: row["label"] for row in rows}
