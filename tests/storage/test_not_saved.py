"""No false "saved": whatever goes wrong in a write, it is told, and what was there before is untouched."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from storage.errors import NotSaved
from storage.records import Card, Subscription
from storage.store import Store
from tests.support.storage_examples import (
    CHILD,
    ROOT,
    answer,
    as_ordinary_user,
    contents,
    count,
    public_folder,
    sample_of,
)

Work = Callable[[Store], Awaitable[object]]


class Failing:
    """A connection on which statement number `number` fails, counted from 1, and from `until` on none."""

    def __init__(self, connection: Any, number: int, *, rollback_too: bool = False) -> None:
        self._connection = connection
        self._left = number
        self._rollback_too = rollback_too
        self.sql: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def execute_fetchall(self, sql: str, *values: Any) -> Any:
        return await self._run(self._connection.execute_fetchall, sql, *values)

    async def executemany(self, sql: str, *values: Any) -> Any:
        return await self._run(self._connection.executemany, sql, *values)

    async def _run(self, real: Any, sql: str, *values: Any) -> Any:
        self.sql.append(sql)
        self._left -= 1
        if self._left == 0 or (self._left < 0 and self._rollback_too and sql == "ROLLBACK"):
            raise sqlite3.OperationalError("disk I/O error")
        return await real(sql, *values)


WRITES: dict[str, tuple[int, Work]] = {  # the least number of statements, and the write
    "an answer": (1, lambda store: store.answers.save(answer(5))),
    "an import": (
        3,
        lambda store: store.answers.save_all([answer(row, tap=f"new{row}") for row in range(4)]),
    ),
    "an adjudication": (
        1,
        lambda store: store.decisions.adjudicate(
            1, "alignment", 0, "related", labeler_id=1, now=5.0, tap_id="7"
        ),
    ),
    "an invitation made": (
        4,
        lambda store: store.labelers.invite("other", admin=True, uses=1, now=1.0, expires_at=None),
    ),
    "an invitation accepted": (6, lambda store: store.labelers.accept(1003, "token", 2.0)),
    "access ended": (1, lambda store: store.labelers.revoke(1, 5.0)),
    "a mode": (1, lambda store: store.labelers.choose_mode(1001, "formatting")),
    "a card": (1, lambda store: store.labelers.set_card(1, Card(1001, 5))),
    "somebody forgotten": (7, lambda store: store.labelers.forget(2)),
    "a group moved": (6, lambda store: store.chats.moved(-5, -6, 3.0)),
    "a larger sample": (4, lambda store: store.samples.keep(sample_of(30), "source", 2.0)),
    "another sample": (
        4,
        lambda store: store.samples.keep(sample_of(30, stem="other", seed=7), "source", 2.0),
    ),
}


async def prepared(path: Path) -> Store:
    store = await Store.open_to_write(path)
    await store.samples.keep(sample_of(20), "source", 1.0)
    for user_id in (1001, 1002):
        await store.labelers.add(user_id, joined_at=1.0)
    await store.answers.save_all([answer(row, labeler=labeler) for row in range(3) for labeler in (1, 2)])
    await store.labelers.invite("token", admin=True, uses=1, now=1.0, expires_at=None)
    await store.chats.serve(-5, 1.0)
    await store.chats.subscribe(Subscription(-5, None, "deepseek", None, None))
    return store


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("rollback_too", [False, True])
async def test_a_write_that_fails_at_any_statement_changes_nothing(
    path: Path, name: str, rollback_too: bool
) -> None:
    least, write = WRITES[name]
    async with await prepared(path) as store:
        database, before, failures = store.database, contents(path), 0
        real = database._writing
        people = await store.labelers.everybody()
        for number in range(1, 50):
            failing = Failing(real, number, rollback_too=rollback_too)
            database._writing = failing  # type: ignore[assignment]
            try:
                await write(store)
            except NotSaved as error:
                failures += 1
                assert str(error) == f"{path} could not be written: disk I/O error."
            else:
                break
            finally:
                database._writing = real
            assert rollback_too or not real.in_transaction
            if failing.sql[number - 1] != "ROLLBACK":
                assert contents(path) == before, f"after failing at {failing.sql}"
            assert await store.labelers.everybody() == people
            assert {await store.labelers.by_user(1001), await store.labelers.by_user(1002)} == set(people)
            assert await store.labelers.by_user(1003) is None
            assert await store.chats.is_served(-5)
        assert failures >= least
        assert contents(path) != before, "it works once nothing fails"
        assert not real.in_transaction


async def test_a_full_disk_is_told_and_what_was_saved_stays(store: Store, path: Path) -> None:
    connection = store.database._writing
    assert connection is not None
    pages = next(iter(await connection.execute_fetchall("PRAGMA page_count")))[0]
    await connection.execute_fetchall(f"PRAGMA max_page_count = {pages + 1}")
    saved = 0
    with pytest.raises(NotSaved) as caught:
        for number in range(10_000):
            assert await store.answers.save(answer(number % 20, tap=f"a long enough name of a tap {number}"))
            saved += 1
    assert str(caught.value) == f"{path} could not be written: database or disk is full."
    assert saved > 0
    assert count(path) == saved
    with pytest.raises(NotSaved):
        await store.answers.save_all([answer(row, tap=f"batch {row}" * 50) for row in range(20)])
    assert count(path) == saved
    assert len((await store.answers.labels(1, "alignment", 1)).by_row) == min(saved, 20)
    await connection.execute_fetchall("PRAGMA max_page_count = 100000")
    assert await store.answers.save(answer(0, tap="there is room again"))
    assert count(path) == saved + 1


def test_files_limited_in_size_are_told_and_what_was_saved_stays(path: Path) -> None:
    done = subprocess.run(
        [*CHILD, "limited", str(path), "200000"], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    saved, told = done.stdout.splitlines()
    assert told.startswith(f"{path} could not be written: "), told
    assert int(saved) > 5
    taps = {row[6] for row in contents(path)["answers"]}
    assert taps == {str(number) for number in range(int(saved))} | {"after"}


@pytest.mark.parametrize(
    ("journal", "told"),
    [
        ("delete", "{path} cannot be written: attempt to write a readonly database. Check DATABASE_PATH."),
        ("wal", "{path} could not be written: attempt to write a readonly database."),
    ],
)
async def test_a_file_that_may_only_be_read_stops_the_start(journal: str, told: str) -> None:
    with public_folder() as folder:
        path = folder / "labels.sqlite3"
        async with await Store.open_to_write(path):
            pass
        raw = sqlite3.connect(path)
        raw.execute(f"PRAGMA journal_mode = {journal}")
        raw.close()
        path.chmod(0o444)
        path.with_name(path.name + ".lock").chmod(0o666)
        with as_ordinary_user(), pytest.raises(NotSaved) as caught:
            await Store.open_to_write(path)
        assert str(caught.value) == told.format(path=path)


async def test_the_start_really_writes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with await Store.open_to_write(path):
        pass
    monkeypatch.setattr(  # a connection that can begin, but not write
        "storage.connection.PRAGMAS", (("journal_mode", "WAL", "wal"), ("query_only", "ON", 1))
    )
    with pytest.raises(NotSaved, match="attempt to write a readonly database"):
        await Store.open_to_write(path)


def gone(path: Path) -> None:
    path.unlink()


def moved(path: Path) -> None:
    path.rename(path.with_name("elsewhere.sqlite3"))


def replaced(path: Path) -> None:
    shutil.copy(path, path.with_name("new"))
    path.with_name("new").replace(path)


def without_log(path: Path) -> None:
    path.with_name(path.name + "-wal").unlink()


def another_log(path: Path) -> None:
    log = path.with_name(path.name + "-wal")
    content = log.read_bytes()
    log.unlink()
    log.write_bytes(content)


@pytest.mark.parametrize(
    ("accident", "told"),
    [
        (gone, "{path} is gone (No such file or directory): put it back and start again."),
        (moved, "{path} is gone (No such file or directory): put it back and start again."),
        (replaced, "{path} was replaced by another file while it was in use: start again."),
        (without_log, "{path}-wal is gone (No such file or directory): put it back and start again."),
        (another_log, "{path} was replaced by another file while it was in use: start again."),
    ],
)
async def test_every_write_is_refused_when_the_database_is_not_in_its_place(
    path: Path, accident: Callable[[Path], None], told: str
) -> None:
    async with await prepared(path) as store:
        accident(path)
        for name, (_, write) in WRITES.items():
            with pytest.raises(NotSaved) as caught:
                await write(store)
            assert str(caught.value) == told.format(path=path), name


async def test_a_database_put_back_is_written_again(store: Store, path: Path) -> None:
    aside = path.with_name("aside")
    path.rename(aside)
    with pytest.raises(NotSaved):
        await store.answers.save(answer(0))
    aside.rename(path)
    assert await store.answers.save(answer(0))
    assert count(path) == 1


async def test_a_database_that_vanishes_inside_a_transaction_is_not_committed(
    store: Store, path: Path
) -> None:
    aside = path.with_name("aside")

    async def work(connection: Any) -> None:
        await connection.execute_fetchall("INSERT INTO notes VALUES ('half', 'done')")
        os.rename(path, aside)  # noqa: PTH104 - as a shell does it

    with pytest.raises(NotSaved, match="is gone"):
        await store.database.transaction(work)
    aside.rename(path)
    assert await store.chats.note("half") is None


async def test_values_that_cannot_be_kept_are_told(store: Store) -> None:
    with pytest.raises(NotSaved, match="too large"):
        await store.labelers.add(2**70, joined_at=None)
    with pytest.raises(NotSaved, match="surrogates not allowed"):
        await store.chats.keep_note("name", "\ud800")
    with pytest.raises(NotSaved, match="CHECK constraint failed"):
        await store.answers.save(answer(0, "perhaps"))
    with pytest.raises(NotSaved, match="FOREIGN KEY constraint failed"):
        await store.answers.save(answer(20))
    with pytest.raises(NotSaved, match="nobody with the id 5 is known"):
        await store.labelers.choose_mode(5, "formatting")
    with pytest.raises(NotSaved, match="nobody with the id 5 is known"):
        await store.labelers.mark_welcomed(5)
