"""Focus sets: stored whole, one active, closed once complete, and never found among the answers to the sample."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from storage.backup import prove
from storage.errors import DatabaseDamaged, StorageError
from storage.records import Outcome, StoredFocusSet
from storage.store import Store
from tests.support.storage_examples import answer, count, focus_set, label_all, sample_of


async def with_people(store: Store, people: int = 2) -> None:
    """A sample of three items, labeled in full by these people."""
    await store.samples.keep(sample_of(3), "source", 1.0)
    for labeler in range(1, people + 1):
        await store.labelers.add(1000 + labeler, joined_at=1.0)
        await label_all(store, labeler=labeler, items=3)


async def answer_all(store: Store, kept: StoredFocusSet, labeler: int) -> None:
    for row in range(len(kept.drawn.sample.items)):
        given = replace(answer(row, labeler=labeler, tap=f"focus {labeler} {row}"), sample_id=kept.items_id)
        assert await store.answers.save(given)


async def test_a_set_is_found_as_it_was_drawn_also_by_another_process(path: Path) -> None:
    async with await Store.open_to_write(path) as store:
        await with_people(store)
        kept = await store.focus_sets.keep(1, focus_set(4), 5.0)
        drawn = focus_set(4)
        assert kept.drawn.name == "base_focus-1"
        assert (kept.state, kept.sample_id) == ("active", 1)
        assert kept.drawn.digest() == drawn.digest()
        assert (kept.drawn.sample.items, kept.drawn.strata) == (drawn.sample.items, drawn.strata)
        async with await Store.open_to_read(path) as reader:
            assert await reader.focus_sets.active(1) == kept
            assert await reader.focus_sets.of_sample(1) == (kept,)


async def test_several_sets_may_have_been_made_and_one_is_active(path: Path) -> None:
    async with await Store.open_to_write(path) as store:
        await with_people(store)
        first = await store.focus_sets.keep(1, focus_set(2), 1.0)
        second = await store.focus_sets.keep(1, focus_set(4), 2.0)
        assert await store.focus_sets.states(1) == ((1, "off"), (2, "active"))
        await store.focus_sets.go_on(1, first.focus_id)
        assert await store.focus_sets.states(1) == ((1, "active"), (2, "off"))
        await store.focus_sets.stop(first.focus_id, "ended")
        await store.focus_sets.stop(second.focus_id, "ended")  # it is not active
        assert await store.focus_sets.states(1) == ((1, "ended"), (2, "off"))
        assert await store.focus_sets.active(1) is None
        assert [kept.drawn.name for kept in await store.focus_sets.of_sample(1)] == [
            "base_focus-1",
            "base_focus-2",
        ]


async def test_a_set_is_complete_when_enough_people_have_answered_all_of_it_and_takes_no_answer_then(
    path: Path,
) -> None:
    async with await Store.open_to_write(path) as store:
        await with_people(store, people=3)
        kept = await store.focus_sets.keep(1, focus_set(4), 1.0)
        await answer_all(store, kept, 1)
        late = replace(answer(0, labeler=2, tap="half way"), sample_id=kept.items_id)
        assert await store.answers.save(late)
        assert not await store.focus_sets.complete(kept.focus_id, 2)
        await answer_all(store, kept, 3)
        assert await store.answers.counts(kept.items_id) == {"alignment": {1: 4, 2: 1, 3: 4}}
        assert await store.focus_sets.complete(kept.focus_id, 2)
        assert not await store.focus_sets.complete(kept.focus_id, 2)
        assert await store.focus_sets.active(1) is None
        before = count(path)
        for given in (
            replace(late, row_id=1, tap_id="another item"),
            replace(late, label="not-related", tap_id="changed"),
        ):
            assert (await store.answers.save(given)).outcome is Outcome.REUSED
        assert (await store.answers.save(late)).outcome is Outcome.DUPLICATE, "the same tap again"
        assert count(path) == before
        await store.focus_sets.go_on(1, kept.focus_id)
        assert await store.focus_sets.states(1) == ((1, "complete"),)


async def test_one_person_completes_a_set_where_one_alone_finished_the_sample(path: Path) -> None:
    async with await Store.open_to_write(path) as store:
        await with_people(store, people=1)
        kept = await store.focus_sets.keep(1, focus_set(2), 1.0)
        assert not await store.focus_sets.complete(kept.focus_id, 0)
        await answer_all(store, kept, 1)
        assert await store.focus_sets.complete(kept.focus_id, 1)


async def test_answers_to_a_set_are_found_nowhere_among_those_to_the_sample(path: Path) -> None:
    async with await Store.open_to_write(path) as store:
        await with_people(store)
        everything = [
            await store.answers.by_labeler(1, "alignment"),
            await store.answers.history(1),
            await store.answers.counts(1),
            await store.answers.revision(1),
            (await store.report_steps.advance(1, "alignment", 1)).boundary,
        ]
        kept = await store.focus_sets.keep(1, focus_set(4), 1.0)
        await answer_all(store, kept, 1)
        await answer_all(store, kept, 2)
        assert everything == [
            await store.answers.by_labeler(1, "alignment"),
            await store.answers.history(1),
            await store.answers.counts(1),
            await store.answers.revision(1),
            (await store.report_steps.advance(1, "alignment", 1)).boundary,
        ]
        assert await store.samples.stems() == ("base",)
        assert await store.answers.count_of(1) == 7, "what is stored of a person counts both"


async def test_forgetting_somebody_forgets_their_answers_to_sets_and_owes_files_of_base_files_alone(
    path: Path,
) -> None:
    async with await Store.open_to_write(path) as store:
        await with_people(store)
        kept = await store.focus_sets.keep(1, focus_set(4), 1.0)
        await answer_all(store, kept, 1)
        await answer_all(store, kept, 2)
        await store.labelers.forget(1)
        assert await store.answers.counts(kept.items_id) == {"alignment": {2: 4}}
        (owed,) = await store.deletions.owed()
        assert owed.stems == ("base",)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE focus_items SET stratum = 'not-related' WHERE row_id = 0",
        "UPDATE focus_items SET position = 9 WHERE row_id = 1",
        "UPDATE focus_sets SET sizes = '{}'",
        "UPDATE focus_sets SET models = 'no JSON'",
        "UPDATE items SET feature_index = 9 WHERE sample_id = 2 AND row_id = 0",
        "UPDATE samples SET source = 'another file' WHERE sample_id = 2",
    ],
)
async def test_a_set_that_was_changed_behind_the_programs_back_is_damage(path: Path, change: str) -> None:
    async with await Store.open_to_write(path) as store:
        await with_people(store)
        await store.focus_sets.keep(1, focus_set(4), 1.0)
    assert prove(path) == 6
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(change)
        connection.commit()
    with pytest.raises(StorageError, match=r"is not the (focus set that was drawn|one that was frozen)"):
        prove(path)
    async with await Store.open_to_read(path) as store:
        with pytest.raises(DatabaseDamaged, match="base_focus-1 is not the focus set that was drawn"):
            await store.focus_sets.active(1)
