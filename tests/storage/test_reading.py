"""Commands that only read, beside a bot or without one."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage.backup import back_up, prove
from storage.errors import DatabaseDamaged, NotRead, NotSaved
from storage.store import Store
from tests.support.storage_examples import answer, as_ordinary_user, fill, public_folder, sample_of


async def test_reading_works_while_a_bot_writes(store: Store, path: Path) -> None:
    async with await Store.open_to_read(path) as reader:
        for number in range(20):
            await store.answers.save(answer(number))
            assert len((await reader.answers.labels(1, "alignment", 1)).by_row) == number + 1
            assert len(await reader.answers.by_labeler(1, "alignment")) == 1
        assert await reader.samples.load("base") == await store.samples.load("base")


async def test_a_reader_can_stay_at_one_moment_while_a_bot_writes_on(store: Store, path: Path) -> None:
    await store.answers.save(answer(0))
    async with await Store.open_to_read(path) as reader:
        await reader.database.stay_at_this_moment()
        for number in range(1, 4):
            assert await store.answers.save(answer(number))
        assert len(await reader.answers.history(1)) == 1
        assert await reader.answers.history(1, "formatting") == ()
        assert len(await store.answers.history(1, "alignment")) == 4


async def test_what_is_opened_to_read_is_never_written(store: Store, path: Path) -> None:
    async with await Store.open_to_read(path) as reader:
        with pytest.raises(NotSaved, match=r"is not open for writing\.$"):
            await reader.answers.save(answer(0))
        with pytest.raises(NotRead, match="attempt to write a readonly database"):
            await reader.database.read("DELETE FROM labelers")


async def test_nothing_to_read_is_no_database(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await Store.open_to_read(path)
    assert not list(path.parent.iterdir())


async def test_an_empty_file_is_named_as_such(path: Path) -> None:
    path.write_bytes(b"")
    with pytest.raises(DatabaseDamaged, match=r"\(it is empty\)"):
        await Store.open_to_read(path)


async def test_reading_and_copying_work_where_nothing_can_be_written() -> None:
    with public_folder() as folder:
        path = folder / "closed" / "labels.sqlite3"
        await fill(path, items=3)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        path.chmod(0o444)
        path.parent.chmod(0o555)
        with as_ordinary_user():
            with (
                pytest.raises(sqlite3.OperationalError),
                closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as plain,
            ):
                plain.execute("SELECT * FROM answers")  # what this is about
            async with await Store.open_to_read(path) as reader:
                assert len((await reader.answers.labels(1, "alignment", 1)).by_row) == 3
            assert prove(path) == back_up(path, folder / "copy")
        path.parent.chmod(0o755)


async def test_a_log_that_cannot_be_read_is_not_passed_over() -> None:
    with public_folder() as folder:
        path = folder / "labels.sqlite3"
        async with await Store.open_to_write(path) as store:
            await store.chats.serve(-5, 1.0)
            (folder / "closed").mkdir()
            left = folder / "closed" / "left.sqlite3"  # as a killed bot leaves it
            for suffix in ("", "-wal"):
                shutil.copy(f"{path}{suffix}", f"{left}{suffix}")
                Path(f"{left}{suffix}").chmod(0o444)
            left.parent.chmod(0o555)
        with as_ordinary_user(), pytest.raises(NotRead) as caught:
            await Store.open_to_read(left)
        assert str(caught.value) == (
            f"{left} could not be read: what was written last is still in left.sqlite3-wal, and its folder cannot"
            " be written. Read it as the user who runs the bot."
        )
        left.parent.chmod(0o755)


async def test_a_read_that_fails_is_an_error_of_ours_that_names_the_file(store: Store, path: Path) -> None:
    with pytest.raises(NotRead) as caught:
        await store.database.read("SELECT * FROM nowhere")
    assert str(caught.value) == f"{path} could not be read: no such table: nowhere."
    with pytest.raises(NotRead, match="too large"):
        await store.labelers.by_user(2**70)
    with pytest.raises(NotRead, match="surrogates not allowed"):
        await store.chats.note("\ud800")


async def test_a_page_damaged_under_an_open_database_is_told_as_damage(path: Path) -> None:
    await fill(path, items=60)
    async with await Store.open_to_read(path) as reader:
        content = bytearray(path.read_bytes())
        content[4096:] = b"\xff" * (len(content) - 4096)
        with path.open("r+b") as file:
            file.write(content)
        with pytest.raises(DatabaseDamaged, match=r"bring back a backup with 'labelbot restore'\.$"):
            await reader.answers.history(1)


async def test_a_closed_database_says_so(path: Path) -> None:
    store = await Store.open_to_write(path)
    await store.close()
    await store.close()
    with pytest.raises(NotRead, match=r"labels\.sqlite3 is closed\.$"):
        await store.answers.labels(1, "alignment", 1)
    with pytest.raises(NotSaved, match=r"labels\.sqlite3 is not open for writing\.$"):
        await store.chats.keep_note("a", "b")


async def test_nobody_reads_what_is_not_committed(store: Store) -> None:
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def work(connection: object) -> None:
        await connection.execute_fetchall("UPDATE labelers SET admin = 1")
        inside.set()
        await go_on.wait()
        raise sqlite3.OperationalError("disk I/O error")

    writing = asyncio.create_task(store.database.transaction(work))
    await inside.wait()
    assert not await store.labelers.has_admin()
    labeler = await store.labelers.by_user(1001)
    assert labeler is not None
    assert not labeler.admin
    assert not any(person.admin for person in await store.labelers.everybody())
    go_on.set()
    with pytest.raises(NotSaved):
        await writing


async def test_a_short_read_waits_for_no_long_one(store: Store) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000) SELECT count(*) FROM n"
    long = asyncio.create_task(store.database.read(endless))
    await asyncio.sleep(0)
    assert await store.chats.note("probe") == "written"
    assert not long.done()
    await long


async def test_a_name_with_signs_that_mean_something_in_addresses_is_a_name(tmp_path: Path) -> None:
    path = tmp_path / "a?b#c%20[d] é.sqlite3"
    await fill(path, items=3)
    async with await Store.open_to_write(path):
        pass
    async with await Store.open_to_read(path) as reader:
        assert (await reader.samples.load("base")) is not None
        assert (await reader.samples.load("base")).sample == sample_of(3)
