"""Writes that finish whole or not at all, whoever stops waiting for them."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Sequence
from pathlib import Path

import pytest

from storage.errors import NotSaved
from storage.records import Card, Labeler
from storage.store import Store
from tests.soak.storage import cancellations, killed_savers
from tests.support.storage_examples import ROOT, answer, contents, count


def test_cancelled_savers_leave_no_transaction_open_and_nothing_half_written(tmp_path: Path) -> None:
    outcome = cancellations(tmp_path, 200, seed=11)
    assert outcome.losses == 0, outcome


def test_what_a_killed_process_told_as_saved_is_there(tmp_path: Path) -> None:
    outcome = killed_savers(tmp_path, 3, seed=12)
    assert outcome.losses == 0, outcome


async def test_a_write_goes_on_when_its_caller_is_cancelled(store: Store, path: Path) -> None:
    saving = asyncio.create_task(store.answers.save(answer(3)))
    await asyncio.sleep(0)
    saving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saving
    await store.answers.save(answer(4))
    assert set((await store.answers.labels(1, "alignment", 1)).by_row) == {3, 4}


async def test_closing_waits_for_what_is_being_written(path: Path) -> None:
    store = await Store.open_to_write(path)
    writes = [asyncio.create_task(store.chats.keep_note(f"note {i}", "kept")) for i in range(20)]
    await asyncio.sleep(0)
    await store.close()
    await asyncio.gather(*writes)
    assert count(path, "notes") == 22  # and the probe, and the key


async def test_a_cancelled_close_still_closes(path: Path) -> None:
    store = await Store.open_to_write(path)
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    await store.close()
    async with await Store.open_to_write(path):  # the lock was given back
        pass


async def test_a_rollback_that_failed_swallows_no_later_answer(store: Store, path: Path) -> None:
    connection = store.database._writing
    assert connection is not None
    await connection.execute_fetchall("BEGIN IMMEDIATE")
    await connection.execute_fetchall("INSERT INTO notes VALUES ('half', 'done')")
    assert connection.in_transaction
    assert await store.answers.save(answer(3))
    assert count(path) == 1, "seen by others, so it was committed"
    assert ("half", "done") not in contents(path)["notes"]


async def test_what_is_remembered_follows_a_write_that_nobody_waited_for(store: Store) -> None:
    assert (await store.labelers.by_user(1001)) is not None
    assert await store.labelers.card(1) is None
    assert not await store.chats.is_served(-5)
    for write in (
        store.labelers.revoke(1, 5.0),
        store.labelers.choose_mode(1001, "formatting"),
        store.labelers.set_card(1, Card(1001, 77)),
        store.chats.serve(-5, 1.0),
    ):
        task = asyncio.create_task(write)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await store.chats.keep_note("done", "yes")
    known = await store.labelers.by_user(1001)
    assert known is not None
    assert (known.revoked_at, known.mode) == (5.0, "formatting")
    assert await store.labelers.card(1) == Card(1001, 77)
    assert await store.chats.is_served(-5)


async def test_what_was_read_while_it_changed_is_not_remembered(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, looked, go_on = store.database.read_now, asyncio.Event(), asyncio.Event()

    async def slow(sql: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        rows = await real(sql, values)
        looked.set()
        await go_on.wait()
        return rows

    async def while_it_is_read(read: Awaitable[object], write: Awaitable[object]) -> object:
        looked.clear()
        go_on.clear()
        monkeypatch.setattr(store.database, "read_now", slow)
        reading = asyncio.ensure_future(read)
        await looked.wait()
        monkeypatch.setattr(store.database, "read_now", real)
        await write
        go_on.set()
        return await reading

    store.labelers._known.clear()
    before = await while_it_is_read(store.labelers.by_user(1001), store.labelers.revoke(1, 5.0))
    after = await store.labelers.by_user(1001)
    assert isinstance(before, Labeler)
    assert after is not None
    assert (before.revoked_at, after.revoked_at) == (None, 5.0)
    await while_it_is_read(store.labelers.card(1), store.labelers.set_card(1, Card(1001, 77)))
    assert await store.labelers.card(1) == Card(1001, 77)


async def test_savers_at_once_are_all_saved(store: Store) -> None:
    results = await asyncio.gather(
        *[store.answers.save(answer(row, labeler=labeler)) for row in range(20) for labeler in (1, 2)],
        *[store.answers.save(answer(row, labeler=labeler)) for row in range(20) for labeler in (1, 2)],
    )
    assert sum(map(bool, results)) == 40
    assert {name: len(rows) for name, rows in (await store.answers.by_labeler(1, "alignment")).items()} == {
        "labeler-01": 20,
        "labeler-02": 20,
    }


async def test_an_error_inside_a_transaction_undoes_all_of_it(store: Store, path: Path) -> None:
    before = contents(path)
    with pytest.raises(NotSaved, match=r"could not be written: FOREIGN KEY constraint failed\.$") as caught:
        await store.answers.save_all([answer(0), answer(1), answer(2, labeler=99)])
    assert isinstance(caught.value.__cause__, sqlite3.IntegrityError)
    assert contents(path) == before


def test_a_process_interrupted_while_it_writes_ends(tmp_path: Path) -> None:
    program = (
        "import asyncio, os, signal, sys\n"
        "from pathlib import Path\n"
        "from storage.store import Store\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where tests run in the background\n"
        "async def main():\n"
        "    async with await Store.open_to_write(Path(sys.argv[1])) as store:\n"
        "        asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGINT)\n"
        "        for number in range(10 ** 9):\n"
        "            await store.chats.keep_note('number', str(number))\n"
        "asyncio.run(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "labels.sqlite3")],
        cwd=ROOT,
        capture_output=True,
        timeout=20,
    )
    assert b"KeyboardInterrupt" in done.stderr
    assert {p.name for p in tmp_path.iterdir()} == {"labels.sqlite3", "labels.sqlite3.lock"}
