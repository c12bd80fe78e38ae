"""Answers: the history of all of them, and the present label per sample, mode, labeler and item.

An answer is only ever added. A trigger in the database makes the last one of a labeler to an item the label, in the
same statement, so that no reader finds one without the other. A tap is known by its callback query's own id: the
same id again changes nothing, whatever was answered in between.
"""

from __future__ import annotations

import sqlite3
import sys
from collections import Counter, OrderedDict, defaultdict
from dataclasses import fields
from operator import attrgetter

import aiosqlite

from storage.connection import Database, Row
from storage.errors import NotSaved, UnknownLabeler
from storage.marks import IS_A_CORRECTION_TOO_LATE, IS_SHOWN
from storage.records import PRESENT, Answer, Labels, PastAnswer, ReportBoundary, Saved, pseudonym
from storage.taps import UNUSED, Taps

# Whether the answer is marked is decided in the same statement: no mark can come in between.
INSERT = f"""
INSERT INTO answers (
    sample_id, mode, labeler_id, row_id, label, tap_id, shown_at, answered_at, guide_version, after_review
)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, max(?10, {IS_SHOWN}, {IS_A_CORRECTION_TOO_LATE})
WHERE {UNUSED.format("?6")}
AND NOT EXISTS (SELECT 1 FROM focus_sets WHERE items_id = ?1 AND state <> 'active')
"""

# The last answer of each labeler to each item, up to answer number ?3. Few items have a later one, so only for these
# the history is asked.
AS_OF = """
SELECT labeler_id, row_id, iif({last} <= ?3, {label}, (
    SELECT a.label FROM answers a WHERE a.labeler_id = l.labeler_id AND a.sample_id = l.sample_id
    AND a.mode = l.mode AND a.row_id = l.row_id AND a.answer_id <= ?3 {which} ORDER BY a.answer_id DESC LIMIT 1
)) FROM labels l
WHERE sample_id = ?1 AND mode = ?2 AND first_answer_id <= ?3 ORDER BY labeler_id, row_id
"""
LABELS = AS_OF.format(last="answer_id", label="label", which="")
BLIND_LABELS = AS_OF.format(last="blind_answer_id", label="blind_label", which="AND NOT a.after_review")

# `astuple` copies each value, and takes long
values_of = attrgetter(*(field.name for field in fields(Answer)))

REMEMBERED = 256
Key = tuple[int, str, int]


class Answers:
    """What people answered. Every method that only reads may raise NotRead.

    Each tap asks for a labeler's labels, so those of the labelers who answered last are remembered. That is safe,
    because there is one writer. They change together with the database, also when the caller does not wait for it;
    what was read while they changed is not remembered.
    """

    def __init__(self, database: Database, taps: Taps) -> None:
        self._db = database
        self._taps = taps
        self._held: OrderedDict[Key, Labels] = OrderedDict()
        self._changes: Counter[Key] = Counter()
        self._dropped = 0

    async def labels(self, sample_id: int, mode: str, labeler_id: int) -> Labels:
        """Return a labeler's present labels in one mode."""
        key = (sample_id, mode, labeler_id)
        if key in self._held:
            self._held.move_to_end(key)
            return self._held[key]
        changes = self._dropped, self._changes[key]
        rows = await self._db.read_now(
            "SELECT row_id, label, answer_id FROM labels WHERE sample_id = ? AND mode = ? AND labeler_id = ?",
            [sample_id, mode, labeler_id],
        )
        last = max(rows, key=lambda row: row["answer_id"])["row_id"] if rows else None
        labels = Labels({row["row_id"]: sys.intern(row["label"]) for row in rows}, last)
        if self._db.is_writer and changes == (self._dropped, self._changes[key]):
            self._held[key] = labels
            if len(self._held) > REMEMBERED:
                self._held.popitem(last=False)
        return labels

    async def save(self, answer: Answer) -> Saved:
        """Save one answer. It is marked when its labeler may know a model's label of the item (`storage.marks`).

        Returns:
            What became of it, and whether it is marked. It is false when the id of the tap was used before, or
            the tap was refused, or the item belongs to a focus set that is closed; then nothing changes.

        Raises:
            UnknownLabeler: The labeler was forgotten meanwhile.
            NotSaved: It was not saved.
        """

        def then(new: list[Row]) -> None:
            if new:
                self._remember(answer)

        try:
            stored = await self._db.write(f"{INSERT} RETURNING after_review", values_of(answer), then=then)
        except NotSaved as error:
            if isinstance(error.__cause__, sqlite3.IntegrityError) and not await self._is_known(answer):
                raise UnknownLabeler(
                    f"{self._db.path}: labeler {answer.labeler_id} is not known any more."
                ) from None
            raise
        meaning = ("answer", answer.sample_id, answer.mode, answer.labeler_id, answer.row_id, answer.label)
        return await self._taps.result(stored, answer.tap_id, meaning)

    async def _is_known(self, answer: Answer) -> bool:
        return bool(
            await self._db.read_now("SELECT 1 FROM labelers WHERE labeler_id = ?", [answer.labeler_id])
        )

    def _remember(self, answer: Answer) -> None:
        """Change what is remembered together with the database."""
        key = (answer.sample_id, answer.mode, answer.labeler_id)
        self._changes[key] += 1
        held = self._held.get(key)
        if held is not None:
            self._held[key] = Labels({**held.by_row, answer.row_id: answer.label}, answer.row_id)

    def remember_nothing(self) -> None:
        """Drop what is remembered: it may have changed."""
        self._dropped += 1
        self._held.clear()

    async def save_all(self, answers: list[Answer]) -> int:
        """Save many answers, all or none. Raises NotSaved.

        Returns:
            How many were new.
        """

        async def work(connection: aiosqlite.Connection) -> int:
            cursor = await connection.executemany(INSERT, map(values_of, answers))
            return cursor.rowcount

        return await self._db.transaction(work, then=lambda _: self.remember_nothing())

    async def by_labeler(
        self, sample_id: int, mode: str, *, blind: bool = False, up_to: ReportBoundary | None = None
    ) -> dict[str, dict[int, str]]:
        """Return everybody's labels in one mode.

        Args:
            sample_id: The sample.
            mode: The mode.
            blind: Whether only answers count that were given before their labeler was shown a model's label.
            up_to: Where the history ends, None for the present.

        Returns:
            Pseudonym -> row_id -> label, both in order. Who has no label is absent.
        """
        rows = await self._db.read(
            BLIND_LABELS if blind else LABELS, [sample_id, mode, (up_to or PRESENT).answer_id]
        )
        found: defaultdict[int, dict[int, str]] = defaultdict(dict)
        for labeler_id, row_id, label in rows:
            if label is not None:
                found[labeler_id][row_id] = sys.intern(label)
        return {pseudonym(labeler_id): labels for labeler_id, labels in found.items()}

    async def guide_versions(self, sample_id: int, mode: str) -> tuple[str, ...]:
        """Return the versions of the guide under which the present labels were given, sorted.

        Imported labels have none.
        """
        rows = await self._db.read(
            "SELECT DISTINCT a.guide_version FROM answers a CROSS JOIN labels l USING (answer_id)"
            " WHERE l.sample_id = ? AND l.mode = ? AND a.guide_version IS NOT NULL ORDER BY 1",
            [sample_id, mode],
        )
        return tuple(row[0] for row in rows)

    async def counts(self, sample_id: int) -> dict[str, dict[int, int]]:
        """Return how many items are labeled: mode -> labeler_id -> number."""
        rows = await self._db.read(
            "SELECT mode, labeler_id, count(*) AS n FROM labels WHERE sample_id = ? GROUP BY mode, labeler_id",
            [sample_id],
        )
        found: defaultdict[str, dict[int, int]] = defaultdict(dict)
        for row in rows:
            found[row["mode"]][row["labeler_id"]] = row["n"]
        return dict(found)

    async def history(self, sample_id: int, mode: str | None = None) -> tuple[PastAnswer, ...]:
        """Return every answer ever given on a sample, oldest first; in one mode, or in all (None)."""
        rows = await self._db.read(
            "SELECT labeler_id, mode, row_id, label, shown_at, answered_at, guide_version, after_review"
            " FROM answers WHERE sample_id = ?1 AND mode = ifnull(?2, mode) ORDER BY answer_id",
            [sample_id, mode],
        )
        return tuple(PastAnswer._make(row) for row in rows)

    async def count_of(self, labeler_id: int) -> int:
        """Return how many answers of a labeler are stored, corrections included."""
        rows = await self._db.read("SELECT count(*) FROM answers WHERE labeler_id = ?", [labeler_id])
        return int(rows[0][0])

    async def time_spent(
        self, sample_id: int, mode: str, labeler_id: int, longest: float
    ) -> tuple[float, int]:
        """Return the seconds from showing to answering, summed over a labeler's answers, and on how many items.

        An answer whose card had been there for more than `longest` seconds does not count, because nobody knows for how
        long it was looked at; nor does one whose card was shown at an unknown time.
        """
        rows = await self._db.read(
            "SELECT total(answered_at - shown_at), count(DISTINCT row_id) FROM answers"
            " WHERE answered_at - shown_at BETWEEN 0 AND ? AND labeler_id = ? AND sample_id = ? AND mode = ?",
            [longest, labeler_id, sample_id, mode],
        )
        return rows[0][0], rows[0][1]

    async def pace(self, sample_id: int, mode: str, labeler_id: int, longest: float) -> float | None:
        """Return the seconds that an item took a labeler, corrections included; None when that is not known.

        What counts is as in `time_spent`, so no imported answer does.
        """
        seconds, items = await self.time_spent(sample_id, mode, labeler_id, longest)
        return seconds / items if seconds else None

    async def revision(self, sample_id: int) -> tuple[int, ...]:
        """Return numbers that change with whatever people do, and with who there is; none comes twice.

        They are the last answer, the last decision, how many people there ever were and are, then the last skip,
        repeat and note.
        """
        rows = await self._db.read(
            "SELECT (SELECT max(answer_id) FROM answers WHERE sample_id = ?1),"
            " (SELECT max(decision_id) FROM decisions WHERE sample_id = ?1),"
            " (SELECT seq FROM sqlite_sequence WHERE name = 'labelers'),"  # people who ever were
            " (SELECT count(*) FROM labelers),"  # and those who are
            " (SELECT max(skip_id) FROM skips WHERE sample_id = ?1),"
            " (SELECT max(repeat_id) FROM repeats WHERE sample_id = ?1),"
            " (SELECT max(note_id) FROM item_notes WHERE sample_id = ?1)",
            [sample_id],
        )
        return tuple(number or 0 for number in rows[0])

    async def last_answers(self, sample_id: int, mode: str) -> dict[int, float]:
        """Return when each labeler who has labels in a mode answered last: labeler_id -> seconds since 1970."""
        rows = await self._db.read(
            "SELECT labeler_id, max(answered_at) FROM answers WHERE sample_id = ? AND mode = ? GROUP BY labeler_id",
            [sample_id, mode],
        )
        return {row[0]: row[1] for row in rows}

    async def since(self, sample_id: int, labeler_id: int, moment: float) -> dict[str, int]:
        """Return how many items a labeler answered for the first time since a moment: mode -> number.

        Modes without any are absent. Imported answers do not count.
        """
        rows = await self._db.read(
            "SELECT l.mode, count(*) FROM labels l JOIN answers a ON a.answer_id = l.first_answer_id"
            " WHERE l.labeler_id = ? AND l.sample_id = ? AND a.answered_at >= ? AND a.guide_version IS NOT NULL"
            " GROUP BY l.mode",
            [labeler_id, sample_id, moment],
        )
        return {row[0]: row[1] for row in rows}

    async def last_answer_at(self) -> float | None:
        """Return when the last label came in, or None before the first. Raises NotRead."""
        rows = await self._db.read("SELECT answered_at FROM answers ORDER BY answer_id DESC LIMIT 1")
        return rows[0][0] if rows else None
