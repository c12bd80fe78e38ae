"""Copies of a live database, and the way back."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dtm
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from storage import schema
from storage.backup import automatic_backups, back_up, back_up_daily, future_backups, gone_by, prove, restore
from storage.errors import DatabaseBusy, DatabaseDamaged, DatabaseTooNew, NotSaved, StorageError
from storage.store import Store
from tests.soak.storage import backups
from tests.support.storage_examples import ROOT, answer, as_ordinary_user, contents, fill, public_folder


def names(folder: Path) -> set[str]:
    """What lies in a folder, without the two files that SQLite makes to read a database with a log."""
    return {file.name for file in folder.iterdir() if not file.name.endswith(("-wal", "-shm"))}


def test_copies_of_a_database_that_is_written_are_whole(tmp_path: Path) -> None:
    outcome = backups(tmp_path, 5)
    assert outcome.losses == 0, outcome


async def test_a_copy_holds_what_is_only_in_the_log_yet(store: Store, path: Path, tmp_path: Path) -> None:
    await store.answers.save_all([answer(row) for row in range(5)])
    copy = tmp_path / "deep" / "copy.sqlite3"
    assert back_up(path, copy) == 5
    assert contents(copy) == contents(path)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert names(copy.parent) == {"copy.sqlite3"}


async def test_a_copy_replaces_an_older_one_whole(store: Store, path: Path) -> None:
    copy = path.with_name("copy")
    copy.write_bytes(b"what was there")
    assert back_up(path, copy) == 0
    assert prove(copy) == 0


def test_there_is_no_copy_of_nothing(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        back_up(path, path.with_name("copy"))
    assert names(path.parent) == set()


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", ".lock"])
async def test_a_copy_is_never_put_over_the_database_itself(store: Store, path: Path, suffix: str) -> None:
    target = path.parent / "." / (path.name + suffix)
    before = target.stat().st_ino
    with pytest.raises(NotSaved) as caught:
        back_up(path, target)
    assert str(caught.value) == f"{target} belongs to the database itself: name another file for the copy."
    assert target.stat().st_ino == before
    assert await store.answers.save(answer(0))


async def test_a_place_that_cannot_be_written_is_named(path: Path) -> None:
    with public_folder() as folder:
        database = folder / "labels.sqlite3"
        await fill(database, items=3)
        database.chmod(0o644)
        (folder / "closed").mkdir(mode=0o555)
        target = folder / "closed" / "copy"
        with as_ordinary_user(), pytest.raises(NotSaved) as caught:
            back_up(database, target)
        assert str(caught.value) == f"{target} cannot be written: Permission denied."


async def test_a_damaged_database_gives_no_copy_and_leaves_the_older_one(path: Path) -> None:
    await fill(path)
    copy = path.with_name("copy")
    held = back_up(path, copy)
    content = bytearray(path.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    path.write_bytes(content)
    with pytest.raises(
        NotSaved, match=r"labels\.sqlite3 could not be copied: database disk image is malformed"
    ):
        back_up(path, copy)
    assert prove(copy) == held
    assert names(path.parent) == {"labels.sqlite3", "labels.sqlite3.lock", "copy"}


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        ("UPDATE labels SET label = 'related'", "labels and the history of answers do not match"),
        ("DELETE FROM labels", "labels and the history of answers do not match"),
        ("DELETE FROM samples", "records that belong together do not match"),
        ("DROP TRIGGER answer_becomes_label", "its tables are not the ones that were made"),
        ("PRAGMA application_id = 5", "it belongs to another program"),
    ],
)
async def test_a_copy_that_is_not_sound_is_not_proved(path: Path, damage: str, why: str) -> None:
    await fill(path, items=5)
    with closing(sqlite3.connect(path)) as hand:
        hand.execute(damage)
        hand.commit()
    with pytest.raises(DatabaseDamaged) as caught:
        prove(path)
    assert str(caught.value) == f"{path} is no whole database of labelbot ({why}): use one that is."


def test_a_file_that_is_no_database_is_not_proved(path: Path) -> None:
    path.write_bytes(b"a letter home" * 100)
    with pytest.raises(DatabaseDamaged, match=r"\(file is not a database\): use one that is\.$"):
        prove(path)
    with pytest.raises(FileNotFoundError):
        prove(path.with_name("nothing"))


def test_what_is_no_file_is_refused_as_what_it_is(path: Path) -> None:
    pipe = path.with_name("pipe")
    os.mkfifo(pipe)
    for place, what in (
        (pipe, "a pipe"),
        (path.parent, "a folder"),
        (Path("/dev/null"), "a device or socket"),
    ):
        with pytest.raises(DatabaseDamaged) as caught:
            restore(place, path, replace=False)
        assert str(caught.value) == f"{place} is {what}, no database of labelbot: use a file that is one."
    assert not path.exists()


async def test_a_copy_of_a_newer_program_is_refused(path: Path) -> None:
    await fill(path, items=3)
    with closing(sqlite3.connect(path)) as hand:
        hand.execute(f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
    with pytest.raises(DatabaseTooNew, match="was written by a newer labelbot"):
        prove(path)


async def test_daily_copies_are_made_once_a_day_and_kept_for_a_week(path: Path) -> None:
    await fill(path, items=3)
    other = path.with_name(f"{path.name}.mine.backup")
    other.write_bytes(b"not automatic")
    day = dtm.date(2024, 2, 25)
    made = []
    for turn in range(10):
        today = day + dtm.timedelta(days=turn)
        made.append(back_up_daily(path, today))
        assert back_up_daily(path, today) is None
    assert list(automatic_backups(path)) == made[-7:]
    assert made[-1] == path.with_name(f"{path.name}.2024-03-05.backup")
    assert [prove(copy) for copy in automatic_backups(path)] == [prove(path)] * 7
    assert other.exists()


async def test_copies_of_a_bot_that_is_seldom_started_go_by_their_date(path: Path) -> None:
    await fill(path, items=3)
    old = [back_up_daily(path, dtm.date(2024, 1, day)) for day in (1, 3)]
    assert gone_by(path, dtm.date(2024, 1, 3)) == dtm.date(2024, 1, 10)
    assert all(old)
    fresh = back_up_daily(path, dtm.date(2024, 3, 1))
    assert list(automatic_backups(path)) == [fresh]
    assert back_up_daily(path, dtm.date(2024, 3, 1)) is None


async def test_a_clock_that_once_was_in_the_future_costs_no_copy_and_is_told(path: Path) -> None:
    await fill(path, items=3)
    future = [back_up_daily(path, dtm.date(2030, 1, day)) for day in range(1, 9)][1:]
    today = back_up_daily(path, dtm.date(2024, 1, 1))
    assert today is not None
    assert today.exists()
    assert list(automatic_backups(path)) == [today, *future]
    assert future_backups(path, dtm.date(2024, 1, 1)) == future
    assert gone_by(path, dtm.date(2024, 1, 1)) == dtm.date(2024, 1, 8)


async def test_what_is_no_date_or_no_file_is_no_daily_copy(path: Path) -> None:
    await fill(path, items=3)
    names = [f"{path.name}.2024-02-31.backup", f"{path.name}.2024-01-01.backup"]
    path.with_name(names[0]).write_bytes(b"x")
    path.with_name(names[1]).mkdir()
    assert automatic_backups(path) == {}
    assert gone_by(path, dtm.date(2024, 3, 1)) is None


def test_a_killed_backup_leaves_nothing_behind_the_next_one(path: Path) -> None:
    asyncio.run(fill(path, items=300))
    target = path.parent / "elsewhere" / "copy"
    target.parent.mkdir()
    code = (
        "import sys, pathlib, storage.backup as backup\nprint('go', flush=True)\n"
        "while True: backup.back_up(*map(pathlib.Path, sys.argv[1:]))"
    )
    for pause in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", code, path, target], cwd=ROOT, stdout=subprocess.PIPE
        ) as made:
            assert made.stdout is not None
            assert made.stdout.readline() == b"go\n"
            with contextlib.suppress(subprocess.TimeoutExpired):
                made.wait(0.02 + 0.012 * pause)
            made.kill()
    back_up(path, target)
    assert names(target.parent) == {"copy"}
    assert prove(target) == prove(path)


async def test_daily_copies_of_a_database_with_an_odd_name_are_found(tmp_path: Path) -> None:
    path = tmp_path / "labels[1]*.sqlite3"
    await fill(path, items=3)
    made = back_up_daily(path, dtm.date(2024, 2, 25))
    assert list(automatic_backups(path)) == [made]


async def test_a_daily_copy_that_fails_leaves_the_older_ones(path: Path) -> None:
    await fill(path, items=3)
    older = [back_up_daily(path, dtm.date(2024, 1, day)) for day in range(1, 8)]
    with closing(sqlite3.connect(path)) as hand:
        hand.execute("DELETE FROM labels")
        hand.commit()
    with pytest.raises(DatabaseDamaged):
        back_up_daily(path, dtm.date(2024, 1, 8))
    assert list(automatic_backups(path)) == older


async def test_a_backup_comes_back_where_there_is_no_database(path: Path, tmp_path: Path) -> None:
    await fill(path, items=5)
    before = contents(path)
    target = tmp_path / "new" / "labels.sqlite3"
    assert restore(path, target, replace=False) == (len(before["answers"]), None)
    assert contents(target) == before
    assert target.stat().st_mode & 0o777 == 0o600
    async with await Store.open_to_write(target) as store:
        assert await store.answers.save(answer(0, tap="goes on"))
    assert contents(path) == before, "the backup stays as it is"


async def test_an_existing_database_is_replaced_only_when_told_and_kept_beside(path: Path) -> None:
    copy = path.with_name("copy")
    await fill(path, items=5)
    back_up(path, copy)
    older = contents(copy)
    async with await Store.open_to_write(path) as store:
        await store.answers.save(answer(0, tap="made since"))
    newer = contents(path)
    with pytest.raises(StorageError) as caught:
        restore(copy, path, replace=False)
    assert str(caught.value) == f"{path} exists: add --replace to put copy in its place."
    assert contents(path) == newer
    assert restore(copy, path, replace=True) == (
        len(older["answers"]),
        path.with_name(path.name + ".replaced"),
    )
    assert contents(path) == older
    kept = path.with_name(path.name + ".replaced")
    assert contents(kept) == newer
    assert restore(kept, path, replace=True)[0] == len(newer["answers"]), "and back again"
    assert contents(path) == newer
    assert contents(kept) == newer, "what was kept first is not lost by a second restore"
    assert contents(path.with_name(path.name + ".replaced-2")) == older


async def test_what_a_killed_bot_left_in_the_log_is_kept_beside_too(path: Path, tmp_path: Path) -> None:
    (tmp_path / "live").mkdir()
    killed = tmp_path / "live" / "labels.sqlite3"
    await fill(path, items=5)
    copy = tmp_path / "copy"
    back_up(path, copy)
    async with await Store.open_to_write(path) as store:
        await store.answers.save(answer(0, tap="only in the log"))
        for suffix in ("", "-wal"):
            shutil.copy(f"{path}{suffix}", f"{killed}{suffix}")
    assert ("only in the log",) not in [row[6:7] for row in contents(copy)["answers"]]
    restore(copy, killed, replace=True)
    assert contents(killed) == contents(copy)
    kept = killed.with_name("labels.sqlite3.replaced")
    assert ("only in the log",) in [row[6:7] for row in contents(kept)["answers"]]
    async with await Store.open_to_write(killed) as store:
        assert len(await store.answers.history(1)) == len(contents(copy)["answers"])


async def test_the_log_of_a_database_that_was_deleted_does_not_get_into_the_restored_one(path: Path) -> None:
    copy, log = path.with_name("copy"), path.with_name(path.name + "-wal")
    async with await Store.open_to_write(path) as store:
        back_up(path, copy)
        await store.chats.serve(-5, 1.0)
        left = log.read_bytes()
    path.unlink()
    log.write_bytes(left)
    with pytest.raises(StorageError) as caught:
        restore(copy, path, replace=False)
    assert str(caught.value) == f"{log} exists: add --replace to put copy in its place."
    restore(copy, path, replace=True)
    assert contents(path) == contents(copy)
    assert path.with_name(path.name + ".replaced-wal").read_bytes() == left
    async with await Store.open_to_write(path) as store:
        assert not await store.chats.is_served(-5)


async def test_a_damaged_database_can_be_replaced_and_is_kept_as_it_is(path: Path) -> None:
    copy = path.with_name("copy")
    await fill(path, items=5)
    back_up(path, copy)
    path.write_bytes(b"no database any more")
    restore(copy, path, replace=True)
    assert contents(path) == contents(copy)
    assert path.with_name(path.name + ".replaced").read_bytes() == b"no database any more"


async def test_a_bad_backup_is_found_out_before_anything_is_touched(path: Path) -> None:
    await fill(path, items=5)
    bad = path.with_name("bad")
    bad.write_bytes(path.read_bytes()[:20_000])
    before = names(path.parent)
    content = path.read_bytes()
    with pytest.raises(
        DatabaseDamaged, match=r"bad is no whole database of labelbot \(.+\): use one that is\.$"
    ):
        restore(bad, path, replace=True)
    assert names(path.parent) == before
    assert path.read_bytes() == content
    with pytest.raises(FileNotFoundError):
        restore(path.with_name("nothing"), path, replace=True)


async def test_a_database_in_use_is_not_replaced(store: Store, path: Path) -> None:
    copy = path.with_name("copy")
    back_up(path, copy)
    with pytest.raises(DatabaseBusy, match="stop that one first"):
        restore(copy, path, replace=True)
    assert await store.answers.save(answer(0))


async def test_a_link_in_the_place_of_the_database_stays_a_link(path: Path, tmp_path: Path) -> None:
    await fill(path, items=5)
    copy = path.with_name("copy")
    back_up(path, copy)
    link = tmp_path / "link.sqlite3"
    link.symlink_to(path)
    restore(copy, link, replace=True)
    assert link.is_symlink()
    assert contents(path) == contents(copy)
