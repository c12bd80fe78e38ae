"""One bot per database."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from storage.backup import back_up, restore
from storage.errors import DatabaseBusy, NotSaved
from storage.lock import FileLock, holder_of
from storage.store import Store
from tests.support.storage_examples import CHILD, ROOT, as_ordinary_user, public_folder


async def test_the_second_start_says_which_process_holds_the_database(path: Path) -> None:
    with subprocess.Popen(
        [*CHILD, "hold", str(path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(DatabaseBusy) as caught:
            await Store.open_to_write(path)
        assert str(caught.value) == (
            f"{path} is in use by process {other.pid}: stop that one first, or set another DATABASE_PATH."
        )
        holder = holder_of(path)
        assert holder is not None
        assert holder.pid == str(other.pid)
        other.kill()
        other.wait()
    assert holder_of(path) is None
    async with await Store.open_to_write(path):  # a killed holder is in nobody's way
        assert holder_of(path) is not None


async def test_two_ways_to_one_database_are_one_lock(path: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    link = tmp_path / "other" / "link.sqlite3"
    link.symlink_to(path)
    async with await Store.open_to_write(path):
        with pytest.raises(DatabaseBusy, match=f"in use by process {os.getpid()}"):
            await Store.open_to_write(link)


async def test_a_refused_start_leaves_the_running_one_alone(path: Path) -> None:
    async with await Store.open_to_write(path) as store:
        with pytest.raises(DatabaseBusy):
            await Store.open_to_write(path)
        await store.chats.serve(-5, 1.0)
        assert await store.chats.is_served(-5)
        with pytest.raises(DatabaseBusy):
            await Store.open_to_write(path)


def test_looking_who_holds_the_database_does_not_stop_a_start(path: Path) -> None:
    looking = True

    def look() -> None:
        while looking:
            holder_of(path)
            time.sleep(0.0001)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for _ in range(50):
            lock = FileLock(path)
            lock.take()
            lock.release()
    finally:
        looking = False
        watcher.join()


async def test_the_sign_of_life_is_the_time_of_the_lock(path: Path) -> None:
    async with await Store.open_to_write(path) as store:
        os.utime(path.with_name(path.name + ".lock"), (5.0, 5.0))
        before = holder_of(path)
        store.database.beat()
        after = holder_of(path)
    assert before is not None
    assert after is not None
    assert before.beat_at == 5.0
    assert abs(after.beat_at - time.time()) < 60


def test_nobody_holds_a_database_that_is_not_there(path: Path) -> None:
    assert holder_of(path) is None


async def test_a_lock_that_cannot_be_made_is_one_clear_line() -> None:
    with public_folder() as folder:
        (folder / "closed").mkdir(mode=0o555)
        path = folder / "closed" / "labels.sqlite3"
        with as_ordinary_user(), pytest.raises(NotSaved) as caught:
            await Store.open_to_write(path)
        assert str(caught.value) == f"{path} cannot be written: Permission denied. Check DATABASE_PATH."


async def test_a_deleted_lock_file_lets_no_second_writer_in_and_comes_back_with_the_next_beat(
    path: Path,
) -> None:
    lock = path.with_name(path.name + ".lock")
    async with await Store.open_to_write(path) as store:
        for _ in range(2):
            lock.unlink()
            with pytest.raises(DatabaseBusy, match="stop that one first"):
                await Store.open_to_write(path)
            assert holder_of(path) is None
            store.database.beat()
            holder = holder_of(path)
            assert holder is not None
            assert holder.pid == str(os.getpid())
        assert await store.chats.is_served(-5) is False
        await store.chats.serve(-5, 1.0)
    async with await Store.open_to_write(path) as store:
        assert await store.chats.is_served(-5)


async def test_a_restore_does_not_replace_a_database_whose_lock_file_was_deleted(path: Path) -> None:
    async with await Store.open_to_write(path) as store:
        copy = path.with_name("copy")
        back_up(path, copy)
        path.with_name(path.name + ".lock").unlink()
        with pytest.raises(DatabaseBusy):
            restore(copy, path, replace=True)
        await store.chats.serve(-5, 1.0)
