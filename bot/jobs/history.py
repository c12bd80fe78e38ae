"""Everything that people did on the items of a sample, as the rows of the answers' table."""

from __future__ import annotations

import datetime as dtm

from analysis.output.answers import AnswerRow
from storage.records import pseudonym
from storage.samples import FrozenSample
from storage.store import Store


async def history(store: Store, frozen: FrozenSample, mode: str) -> list[AnswerRow]:
    """Return every answer, skip, repeat and note of one mode, in the order of time.

    Raises:
        StorageError: The answers cannot be read.
    """
    sample, items = frozen.sample_id, frozen.sample.items
    found: list[tuple[float, AnswerRow]] = []

    def add(
        kind: str,
        labeler_id: int,
        row_id: int,
        at: float,
        shown_at: float | None = None,
        label: str = "",
        guide: str | None = None,
        after_review: bool | None = None,
        note: str = "",
    ) -> None:
        who, index = pseudonym(labeler_id), items[row_id].feature_index
        times = _time(shown_at), _time(at)
        found.append(
            (at, AnswerRow(who, mode, row_id, index, label, *times, guide or "", after_review, kind, note))
        )

    for a in await store.answers.history(sample, mode):
        given = (a.shown_at, a.label, a.guide_version, a.after_review)
        add("answer", a.labeler_id, a.row_id, a.answered_at, *given)
    for r in await store.repeats.of_sample(sample, mode):
        add("repeat", r.labeler_id, r.row_id, r.answered_at, r.shown_at, r.label, r.guide_version)
    for s in await store.taps.skips(sample, mode):
        add("skip", s.labeler_id, s.row_id, s.skipped_at, s.shown_at)
    for n in await store.item_notes.of_sample(sample, mode):
        add("note", n.labeler_id, n.row_id, n.noted_at, note=n.text)
    found.sort(key=lambda row: row[0])  # answers of one moment stay in the order in which they were saved
    return [row for _, row in found]


def _time(seconds: float | None) -> dtm.datetime | None:
    return None if seconds is None else dtm.datetime.fromtimestamp(seconds, dtm.UTC)
