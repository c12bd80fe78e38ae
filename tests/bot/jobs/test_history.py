"""The answers' table: what people did on the items, gathered from a real database."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from bot.jobs.exports import export
from storage.records import ItemNote, Skip
from storage.store import Store
from tests.support.storage_examples import answer, sample_of


async def exported(store: Store, folder: Path) -> list[dict[str, str]]:
    frozen = await store.samples.load("base")
    assert frozen is not None
    written = await export(store, frozen, ["alignment"], folder)
    labels = written.consensus["alignment"]
    table = labels.with_name(f"{labels.stem}_answers.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(table, newline="")))


async def test_skips_repeats_and_notes_stand_among_the_answers_in_the_order_of_time(tmp_path: Path) -> None:
    async with await Store.open_to_write(tmp_path / "labels.sqlite3") as store:
        await store.samples.keep(sample_of(5), "source", 1.0)
        for user in (1001, 1002):
            await store.labelers.add(user, joined_at=1.0)
        await store.answers.save(answer(0, "related", at=10.0))
        await store.taps.skip(Skip(1, "alignment", 1, 1, "a skip", 11.0, 12.0))
        await store.taps.skip(Skip(1, "formatting", 1, 1, "another mode", 11.0, 12.0))
        await store.item_notes.add(1, ItemNote("alignment", 2, 3, "=HYPERLINK(1);=2", 13.0), message_id=5)
        await store.answers.save(answer(1, "related", labeler=2, at=14.0))
        await store.repeats.save(answer(0, "not-related", at=99_000.0))
        rows = await exported(store, tmp_path / "outputs")
    assert [(r["kind"], r["pseudonym"], r["row_id"], r["label"], r["note"]) for r in rows] == [
        ("answer", "labeler-01", "0", "related", ""),
        ("skip", "labeler-01", "1", "", ""),
        ("note", "labeler-02", "3", "", "'=HYPERLINK(1);'=2"),
        ("answer", "labeler-02", "1", "related", ""),
        ("repeat", "labeler-01", "0", "not-related", ""),
    ]
    assert [r["after_review"] for r in rows] == ["false", "", "", "false", ""]
    assert [r["answered_at"] for r in rows][:2] == ["1970-01-01T00:00:10.000Z", "1970-01-01T00:00:12.000Z"]
