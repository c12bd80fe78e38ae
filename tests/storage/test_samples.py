"""What was drawn once stays drawn."""

from __future__ import annotations

import dataclasses
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.records import Item, Sample
from storage.backup import back_up, prove
from storage.errors import DatabaseDamaged, SampleRefused
from storage.samples import FrozenSample, check_same
from storage.store import Store
from tests.support.storage_examples import answer, contents, fill, sample_of


async def test_a_sample_comes_back_as_it_was_frozen(path: Path) -> None:
    async with await Store.open_to_write(path) as store:
        assert await store.samples.load("base") is None
        kept = await store.samples.keep(sample_of(20), "source", 1.0)
        assert kept == FrozenSample(1, sample_of(20), "source")
    async with await Store.open_to_read(path) as store:
        assert await store.samples.load("base") == kept


async def test_the_same_sample_again_changes_only_the_trace_of_its_source(store: Store, path: Path) -> None:
    before = contents(path)
    kept = await store.samples.keep(sample_of(20), "another file of the same items", 2.0)
    assert kept == FrozenSample(1, sample_of(20), "another file of the same items")
    after = contents(path)
    assert after["items"] == before["items"]
    assert await store.samples.load("base") == kept


async def test_a_sample_grows_and_keeps_what_was_labeled(store: Store) -> None:
    await store.answers.save(answer(19))
    grown = await store.samples.keep(sample_of(35, base_count=1200), "source", 2.0)
    assert grown.sample_id == 1
    assert await store.samples.load("base") == grown
    assert len(grown.sample.items) == 35
    assert (await store.answers.labels(1, "alignment", 1)).by_row == {19: "related"}
    assert await store.answers.save(answer(34))


async def test_a_sample_remembers_how_large_it_was_when_labeling_began(store: Store) -> None:
    async def grow(size: int) -> int | None:
        kept = await store.samples.keep(sample_of(size), "source", 2.0)
        assert (await store.samples.load("base")) == kept
        assert (again := await store.samples.load("base")) is not None
        assert again.sample.grown_from == kept.sample.grown_from
        return kept.sample.grown_from

    assert await grow(25) is None  # nobody had labeled anything
    await store.answers.save(answer(19))
    assert await grow(25) is None
    assert [await grow(size) for size in (30, 30, 40)] == [25, 25, 25]


@pytest.mark.parametrize(
    ("drawn", "told"),
    [
        (
            sample_of(20, seed=7),
            "SAMPLE_SEED is 7, but the sample of base was drawn with 42:"
            " set SAMPLE_SEED=42, or another DATABASE_PATH for a new sample.",
        ),
        (
            sample_of(12),
            "SAMPLE_SIZE gives 12 items, but the sample of base has 20: a sample only grows."
            " Set SAMPLE_SIZE=20 or more, or another DATABASE_PATH for a new sample.",
        ),
        (
            sample_of(12, base_count=12),
            "The base file base has changed: it has 12 records now, fewer than the 20 of the frozen sample."
            " Put the old file back, or set another DATABASE_PATH for a new sample.",
        ),
        (
            dataclasses.replace(
                sample_of(25),
                items=(*sample_of(4).items, Item(4, 28, None, "something else"), *sample_of(25).items[5:]),
            ),
            "The base file base has changed: item 5 of the frozen sample is another one now."
            " Put the old file back, or set another DATABASE_PATH for a new sample.",
        ),
    ],
)
async def test_a_sample_that_does_not_fit_is_refused_and_changes_nothing(
    store: Store, path: Path, drawn: Sample, told: str
) -> None:
    before = contents(path)
    with pytest.raises(SampleRefused) as caught:
        await store.samples.keep(drawn, "source", 2.0)
    assert str(caught.value) == told
    with pytest.raises(SampleRefused) as caught:
        check_same(sample_of(20), drawn)
    assert str(caught.value) == told
    assert contents(path) == before


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE items SET description = '\"another\"' WHERE row_id = 3",
        "UPDATE items SET description = 'no json' WHERE row_id = 3",
        "UPDATE items SET feature_index = 22 WHERE row_id = 3",
        "DELETE FROM items WHERE row_id = 19",
        "INSERT INTO items VALUES (1, 20, 1, NULL, NULL, NULL, NULL)",
    ],
)
async def test_a_frozen_sample_that_was_changed_is_neither_served_nor_copied(
    store: Store, path: Path, damage: str
) -> None:
    back_up(path, path.with_name("good"))
    await store.close()
    with closing(sqlite3.connect(path)) as hand:
        hand.execute(damage)
        hand.commit()
    async with await Store.open_to_write(path) as damaged:
        for load in (damaged.samples.load("base"), damaged.samples.keep(sample_of(20), "source", 2.0)):
            with pytest.raises(DatabaseDamaged) as caught:
                await load
            assert str(caught.value) == (
                f"{path}: the sample of base is not the one that was frozen:"
                " bring back a backup with 'labelbot restore'."
            )
    for copy in (lambda: prove(path), lambda: back_up(path, path.with_name("good"))):
        with pytest.raises(DatabaseDamaged) as caught:
            copy()
        assert str(caught.value) == (
            f"{path} is no whole database of labelbot (the sample of base is not the one that was frozen):"
            " use one that is."
        )
    assert prove(path.with_name("good")) == 0, "the good copy was not replaced by a bad one"


TEXTS = st.one_of(
    st.none(), st.text(st.characters()), st.sampled_from(["\ud83d", "a\x00b", "\udc00\ud800", ""])
)
IDS = st.one_of(st.none(), st.integers(), st.text(st.characters()))


@given(rows=st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 2**62)), IDS, TEXTS), max_size=6))
def test_any_text_survives_halves_of_surrogates_included(
    tmp_path_factory: pytest.TempPathFactory, rows: list
) -> None:
    import asyncio

    items = tuple(Item(row, *values) for row, values in enumerate(rows))
    sample = Sample("base", 42, 1000, items)
    path = tmp_path_factory.mktemp("texts") / "labels.sqlite3"

    async def there_and_back() -> object:
        async with await Store.open_to_write(path) as store:
            await store.samples.keep(sample, "source", 1.0)
            return await store.samples.load("base")

    assert asyncio.run(there_and_back()) == FrozenSample(1, sample, "source")


async def test_a_filled_database_has_the_sample_it_was_filled_with(path: Path) -> None:
    await fill(path, items=7)
    async with await Store.open_to_read(path) as store:
        frozen = await store.samples.load("base")
    assert frozen is not None
    assert frozen.sample == sample_of(7)
