"""The snapshot that figures in the chat look at, so that nobody reads single labels from two reports.

Two reports that differ by one answer tell what that answer was, and what the model says of its item. So figures in the
chat stand still until enough answers have come, and then move on past all of them at once. Either none of these answers
or several must be the first to their item: twenty answers of which nineteen repeat what others said would else tell the
twentieth. Only answers to items that are new to their giver count: otherwise one person could move the snapshot on by
changing their own mind, and read by the difference the one label of somebody else that came in between. When everybody
who began a mode has finished it there is nobody left whose labels could be read before they labeled the item, and the
snapshot is the present. Nobody waits for a labeler who has no access any more and so labels no item. Once let back in
before they have finished, they are waited for, and the snapshot stands still again.

A boundary is the number of the last answer and of the last decision that count. Numbers only grow, so "as of the
boundary" is a query over the history and nothing has to be copied.
"""

from __future__ import annotations

import json
from collections.abc import Collection

import aiosqlite

from storage.connection import Database, Row
from storage.records import ReportBoundary, ReportStep

NOTHING = ReportBoundary(0, 0)
FEW_OF_A_STEP = 4
"""Where any answer of a step is the first to its item, at least one in so many must be; until then the step waits."""

STANDING = """
SELECT
    coalesce((SELECT answer_id FROM report_steps WHERE sample_id = ?1 AND mode = ?2), 0) AS answer_id,
    coalesce((SELECT decision_id FROM report_steps WHERE sample_id = ?1 AND mode = ?2), 0) AS decision_id,
    (SELECT count(*) FROM labels WHERE sample_id = ?1 AND mode = ?2 AND first_answer_id > coalesce(
        (SELECT answer_id FROM report_steps WHERE sample_id = ?1 AND mode = ?2), 0)) AS fresh,
    (SELECT count(*) FROM (SELECT min(first_answer_id) AS first FROM labels WHERE sample_id = ?1 AND mode = ?2
        GROUP BY row_id) WHERE first > coalesce(
            (SELECT answer_id FROM report_steps WHERE sample_id = ?1 AND mode = ?2), 0)) AS new_items,
    EXISTS (SELECT 1 FROM labels WHERE sample_id = ?1 AND mode = ?2) AND NOT EXISTS (
        SELECT 1 FROM labels WHERE sample_id = ?1 AND mode = ?2
        AND labeler_id NOT IN (SELECT value FROM json_each(?3)) GROUP BY labeler_id
        HAVING count(*) < (SELECT count(*) FROM items WHERE sample_id = ?1)) AS finished,
    coalesce((SELECT max(answer_id) FROM labels WHERE sample_id = ?1 AND mode = ?2), 0) AS last_answer,
    coalesce((SELECT max(decision_id) FROM decisions WHERE sample_id = ?1 AND mode = ?2), 0) AS last_decision
"""
MOVE = """
INSERT INTO report_steps (sample_id, mode, answer_id, decision_id) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (sample_id, mode) DO UPDATE SET answer_id = excluded.answer_id, decision_id = excluded.decision_id
"""


class ReportSteps:
    """The snapshots of all modes."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def boundary(self, sample_id: int, mode: str) -> ReportBoundary:
        """Return what figures in the chat may look at, as it stands. Raises NotRead."""
        rows = await self._db.read_now(
            "SELECT answer_id, decision_id FROM report_steps WHERE sample_id = ? AND mode = ?",
            [sample_id, mode],
        )
        return ReportBoundary(*rows[0]) if rows else NOTHING

    async def advance(
        self, sample_id: int, mode: str, step: int, *, gone: Collection[int] = ()
    ) -> ReportStep:
        """Move the snapshot of a mode on to the present if it is due, and return where it stands.

        Args:
            sample_id: The sample.
            mode: The mode.
            step: How many answers to items new to their giver move it on. With 1 it is always the present.
            gone: The numbers of labelers who have no access, and are not waited for.

        Raises:
            NotRead: The database cannot be read.
            NotSaved: The snapshot cannot be moved on.
        """
        asked = [sample_id, mode, json.dumps(list(gone))]
        standing = (await self._db.read_now(STANDING, asked))[0]
        if not _is_due(standing, step):
            return _told(standing, step)

        async def work(connection: aiosqlite.Connection) -> ReportStep:
            # read again: answers may have come since, and the boundary must not pass one that was not counted
            now = next(iter(await connection.execute_fetchall(STANDING, asked)))
            boundary = _present(now)
            await connection.execute_fetchall(MOVE, [sample_id, mode, *boundary])
            return ReportStep(boundary, step, bool(now["finished"]))

        return await self._db.transaction(work)

    async def report_was_made(self, sample_id: int, mode: str, *, gone: Collection[int] = ()) -> None:
        """Remember that a report was shown; `gone` is as in `advance`. Raises NotSaved.

        When everybody who began the mode has finished it, corrections of the answers that the report counted are
        marked from now on (see `storage.marks`). Otherwise nothing changes.
        """

        async def work(connection: aiosqlite.Connection) -> None:
            asked = [sample_id, mode, json.dumps(list(gone))]
            now = next(iter(await connection.execute_fetchall(STANDING, asked)))
            if now["finished"]:
                await connection.execute_fetchall(
                    "UPDATE report_steps SET finished_answer_id = answer_id, finished_decision_id = decision_id"
                    " WHERE sample_id = ? AND mode = ?",
                    [sample_id, mode],
                )

        await self._db.transaction(work)


def _is_due(standing: Row, step: int) -> bool:
    """Tell whether the snapshot is to move on, and there is anything to move on to."""
    if standing["finished"] or step <= 1:
        return _present(standing) != ReportBoundary(standing["answer_id"], standing["decision_id"])
    return _lacking(standing, step) == 0


def _lacking(standing: Row, step: int) -> int:
    """Return how many answers must come before the snapshot moves on; those that fill up its new items among them."""
    least = -(-step // FEW_OF_A_STEP)
    fresh, new = int(standing["fresh"]), int(standing["new_items"])
    return max(step - fresh, least - new if new else 0, 0)


def _present(standing: Row) -> ReportBoundary:
    """Return the boundary that leaves nothing out. It never goes back, also when the last labeler was forgotten."""
    return ReportBoundary(
        max(standing["answer_id"], standing["last_answer"]),
        max(standing["decision_id"], standing["last_decision"]),
    )


def _told(standing: Row, step: int) -> ReportStep:
    boundary = ReportBoundary(standing["answer_id"], standing["decision_id"])
    return ReportStep(boundary, _lacking(standing, step), bool(standing["finished"]))
