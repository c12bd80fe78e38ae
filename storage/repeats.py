"""Hidden repeats: items that come once more, unannounced, to see whether labelers agree with themselves.

The answer to a repeat never becomes the label: the first one stays. It is kept apart, with the label that it is to be
compared with, because the labeler may correct that one later.
"""

from __future__ import annotations

from storage.connection import Database
from storage.records import Answer, Repeat, Saved
from storage.taps import UNUSED, Taps

SAVE = (
    "INSERT OR IGNORE INTO repeats (sample_id, mode, labeler_id, row_id, label, earlier_label, tap_id, shown_at,"
    " answered_at, guide_version) SELECT ?1, ?2, ?3, ?4, ?5, label, ?6, ?7, ?8, ?9 FROM labels"
    " WHERE (sample_id, mode, labeler_id, row_id) = (?1, ?2, ?3, ?4)"
    f" AND {UNUSED.format('?6')} RETURNING 0"
)


class Repeats:
    """Answers to items that came again."""

    def __init__(self, database: Database, taps: Taps) -> None:
        self._db = database
        self._taps = taps

    async def save(self, answer: Answer) -> Saved:
        """Save the answer to a repeat; an item is repeated once. Raises NotSaved.

        Returns:
            What became of it. REUSED also means that the item was repeated before, or has no label to repeat.
        """
        a = answer
        meaning = ("repeat", a.sample_id, a.mode, a.labeler_id, a.row_id, a.label)
        values = [*meaning[1:], a.tap_id, a.shown_at, a.answered_at, a.guide_version]
        return await self._taps.result(await self._db.write(SAVE, values), a.tap_id, meaning)

    async def candidates(
        self, sample_id: int, mode: str, labeler_id: int, answered_before: float
    ) -> tuple[int, ...]:
        """Return the rows that could come again to a labeler, in order. Raises NotRead.

        Their first answer was given before `answered_before`, none of them was repeated yet, and the labeler was
        shown no model's label of them: what somebody thought over again says nothing about their own consistency.
        """
        rows = await self._db.read_now(
            "SELECT l.row_id FROM labels l JOIN answers a ON a.answer_id = l.first_answer_id"
            " WHERE l.sample_id = ?1 AND l.mode = ?2 AND l.labeler_id = ?3 AND a.answered_at < ?4"
            " AND NOT EXISTS (SELECT 1 FROM repeats r WHERE (r.sample_id, r.mode, r.labeler_id, r.row_id)"
            " = (?1, ?2, ?3, l.row_id))"
            " AND NOT EXISTS (SELECT 1 FROM shown_labels s WHERE (s.sample_id, s.mode, s.labeler_id, s.row_id)"
            " = (?1, ?2, ?3, l.row_id)) ORDER BY l.row_id",
            [sample_id, mode, labeler_id, answered_before],
        )
        return tuple(row[0] for row in rows)

    async def of_sample(self, sample_id: int, mode: str) -> tuple[Repeat, ...]:
        """Return every repeat of a sample in one mode, oldest first. Raises NotRead."""
        rows = await self._db.read(
            "SELECT mode, labeler_id, row_id, label, earlier_label, shown_at, answered_at, guide_version"
            " FROM repeats WHERE sample_id = ? AND mode = ? ORDER BY repeat_id",
            [sample_id, mode],
        )
        return tuple(Repeat(*row) for row in rows)

    async def count(self, sample_id: int, mode: str, labeler_id: int) -> int:
        """Return how many repeats a labeler has answered in a mode. Raises NotRead."""
        rows = await self._db.read_now(
            "SELECT count(*) FROM repeats WHERE sample_id = ? AND mode = ? AND labeler_id = ?",
            [sample_id, mode, labeler_id],
        )
        return int(rows[0][0])
