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

OWN = "(sample_id, mode, labeler_id) = (?1, ?2, ?3)"
# The first two conditions look at no row of `labels`: SQLite asks them once, and most often that is all.
CANDIDATES = f"""
SELECT l.row_id FROM labels l JOIN answers a USING (answer_id)
WHERE (SELECT count(*) FROM repeats WHERE {OWN}) < ?5
AND NOT EXISTS (
    SELECT 1 FROM repeats WHERE {OWN} AND answered_at > (
        SELECT answered_at FROM answers
        WHERE answer_id = (SELECT max(first_answer_id) FROM labels WHERE {OWN})
    )
)
AND l.sample_id = ?1 AND l.mode = ?2 AND l.labeler_id = ?3 AND a.answered_at < ?4
AND l.row_id NOT IN (SELECT row_id FROM repeats WHERE {OWN})
AND l.row_id NOT IN (SELECT row_id FROM shown_labels WHERE {OWN})
ORDER BY l.row_id
"""


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
        self, sample_id: int, mode: str, labeler_id: int, answered_before: float, fewer_than: int
    ) -> tuple[int, ...]:
        """Return the rows that could come again to a labeler now, in order. Raises NotRead.

        Their last answer, and so their first, was given before `answered_before`, none of them was repeated yet, and
        the labeler was shown no model's label of them: what somebody thought over again says nothing about their own
        consistency. There is none when the labeler has answered `fewer_than` repeats or more, nor when one was
        answered since the labeler last labeled an item for the first time: two never follow each other.
        """
        rows = await self._db.read_now(CANDIDATES, [sample_id, mode, labeler_id, answered_before, fewer_than])
        return tuple(row[0] for row in rows)

    async def label(self, sample_id: int, mode: str, labeler_id: int, row_id: int) -> str | None:
        """Return what a labeler answered when an item came again; None when it did not. Raises NotRead."""
        rows = await self._db.read_now(
            "SELECT label FROM repeats WHERE (sample_id, mode, labeler_id, row_id) = (?, ?, ?, ?)",
            [sample_id, mode, labeler_id, row_id],
        )
        return rows[0][0] if rows else None

    async def of_sample(self, sample_id: int, mode: str) -> tuple[Repeat, ...]:
        """Return every repeat of a sample in one mode, oldest first. Raises NotRead."""
        rows = await self._db.read(
            "SELECT labeler_id, row_id, label, earlier_label, shown_at, answered_at, guide_version"
            " FROM repeats WHERE sample_id = ? AND mode = ? ORDER BY repeat_id",
            [sample_id, mode],
        )
        return tuple(Repeat(*row) for row in rows)
