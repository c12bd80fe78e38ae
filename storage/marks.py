"""For which items a labeler may know a model's label. Figures use blind labels only, so these marks decide what counts.

A mark is made before a card with a model's label is shown, and it stays: every later answer of the same labeler to
the same item is stored as marked, whatever card it came from. Marking the answer alone would not do, because "keep"
gives none, and the ordinary card of the same item can still be answered afterwards.

The second way to learn a model's label needs no card: somebody who corrects one answer and asks for the figures again
sees by the difference what the model says of that item. While others still label, the snapshot of `ReportSteps` hides
it. When everybody has finished, corrections of answers that a report has counted are marked as well.
"""

from __future__ import annotations

from storage.connection import Database

IS_SHOWN = (
    "EXISTS (SELECT 1 FROM shown_labels WHERE (sample_id, mode, labeler_id, row_id) = (?1, ?2, ?3, ?4))"
)
IS_A_CORRECTION_TOO_LATE = """EXISTS (
    SELECT 1 FROM labels l JOIN report_steps s USING (sample_id, mode)
    WHERE (l.sample_id, l.mode, l.labeler_id, l.row_id) = (?1, ?2, ?3, ?4)
    AND l.first_answer_id <= s.finished_answer_id
)"""


class Marks:
    """Marks of items whose model's label a labeler has been shown."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def mark_shown(self, sample_id: int, mode: str, labeler_id: int, row_id: int, now: float) -> None:
        """Remember that a model's label of an item is about to be shown to a labeler.

        Marking twice changes nothing. Nothing happens for somebody who was forgotten. Raises NotSaved; then the
        label must not be shown.
        """
        await self._db.write(
            "INSERT OR IGNORE INTO shown_labels SELECT ?1, ?2, labeler_id, ?4, ?5 FROM labelers"
            " WHERE labeler_id = ?3",
            [sample_id, mode, labeler_id, row_id, now],
        )

    async def shown(self, sample_id: int, mode: str, labeler_id: int) -> frozenset[int]:
        """Return the rows whose model's label a labeler may know. Raises NotRead."""
        rows = await self._db.read_now(
            "SELECT row_id FROM shown_labels WHERE sample_id = ? AND mode = ? AND labeler_id = ?",
            [sample_id, mode, labeler_id],
        )
        return frozenset(row[0] for row in rows)

    async def corrections_are_marked(self, sample_id: int, mode: str, labeler_id: int, row_id: int) -> bool:
        """Tell whether corrections of an answer are marked, because a report has counted it. Raises NotRead."""
        query = f"SELECT {IS_A_CORRECTION_TOO_LATE}"
        return bool((await self._db.read_now(query, [sample_id, mode, labeler_id, row_id]))[0][0])

    async def count(self, sample_id: int, mode: str) -> int:
        """Return how many labels have a marked answer in place of the blind one. Raises NotRead."""
        rows = await self._db.read(
            "SELECT count(*) FROM labels WHERE sample_id = ? AND mode = ? AND answer_id IS NOT blind_answer_id",
            [sample_id, mode],
        )
        return int(rows[0][0])
