"""Nothing outside is touched, and nothing holds the program up: links and pipes under every guessable name."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dtm
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.backup import back_up, back_up_daily, restore
from storage.errors import StorageError
from storage.files import delete_file, probe_folder, read_regular, replace_file, sweep_leftovers
from storage.lock import holder_of
from storage.store import Store
from tests.soak.hostile import hostile_folders
from tests.support.storage_examples import answer, fill
from tests.support.storage_traps import TRAPS, VICTIM, Trap, guessable_beside, link, pipe

TODAY = dtm.date(2024, 2, 25)
PLACES = [
    path.name.removeprefix("labels.sqlite3")
    for path in guessable_beside(Path("labels.sqlite3"), "2024-02-25")
]


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Path]:
    """A file elsewhere that is the same after every test, with nothing new beside it."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    file = folder / "letter"
    file.write_bytes(VICTIM)
    yield file
    assert file.read_bytes() == VICTIM
    assert [path.name for path in folder.iterdir()] == ["letter"]


@contextlib.contextmanager
def bounded(seconds: float = 20.0) -> Iterator[None]:
    """What waits for a pipe fails instead of hanging the suite."""
    done = threading.Event()

    def dump() -> None:
        if not done.wait(seconds):
            import faulthandler
            import os

            faulthandler.dump_traceback()
            os._exit(70)

    threading.Thread(target=dump, daemon=True).start()
    try:
        yield
    finally:
        done.set()


async def everything(path: Path) -> None:
    """All that a day does: look, start, save, back up, end, copy, restore. What is refused is refused in one line."""
    copy = path.with_name("copy")

    async def start() -> None:
        async with await Store.open_to_write(path) as store:
            await store.answers.save(answer(0, tap="new"))
            store.database.beat()
            back_up_daily(path, TODAY)

    async def look() -> None:
        await (await Store.open_to_read(path)).close()

    async def copied() -> None:
        await asyncio.to_thread(back_up, path, copy)
        await asyncio.to_thread(restore, copy, path, replace=True)

    holder_of(path)
    sweep_leftovers(path.parent)
    for step in (look, start, copied):
        try:
            await step()
        except FileNotFoundError:
            assert not path.exists()
        except StorageError as refused:
            assert "\n" not in str(refused)
            assert path.name in str(refused)


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.__name__)
@pytest.mark.parametrize("place", PLACES)
async def test_a_trap_beside_the_database_harms_nothing(
    path: Path, victim: Path, trap: Trap, place: str
) -> None:
    await fill(path, items=3)
    path.with_name(path.name + place).unlink(missing_ok=True)
    trap(path.with_name(path.name + place), victim)
    with bounded():
        await everything(path)


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.__name__)
@pytest.mark.parametrize("place", PLACES)
async def test_a_trap_where_the_database_is_to_be_harms_nothing(
    path: Path, victim: Path, trap: Trap, place: str
) -> None:
    trap(path.with_name(path.name + place), victim)
    with bounded():
        await everything(path)


async def test_the_lock_never_writes_into_what_a_link_leads_to(path: Path) -> None:
    await fill(path, items=3)
    other = path.with_name("other.sqlite3")
    shutil.copy(path, other)
    before = other.read_bytes()
    lock = path.with_name(path.name + ".lock")
    for lay, told in ((link, "Too many levels of symbolic links"), (TRAPS[2], "second name of another file")):
        lock.unlink(missing_ok=True)
        lay(lock, other)
        with pytest.raises(StorageError, match=told):
            await Store.open_to_write(path)
        assert other.read_bytes() == before


async def test_todays_backup_is_made_also_where_a_link_to_the_database_lies(path: Path) -> None:
    await fill(path, items=3)
    place = path.with_name(f"{path.name}.2024-02-25.backup")
    place.symlink_to(path)
    before = path.read_bytes()
    assert back_up_daily(path, TODAY) == place
    assert not place.is_symlink()
    assert path.read_bytes() == before


def test_the_probe_of_a_folder_follows_nothing_and_leaves_nothing(tmp_path: Path, victim: Path) -> None:
    folder = tmp_path / "outputs"
    folder.mkdir()
    link(folder / ".labelbot-probe", victim)
    probe_folder(folder)
    assert [path.name for path in folder.iterdir()] == [".labelbot-probe"]


def test_a_file_replaces_a_link_or_a_pipe_in_its_place(tmp_path: Path, victim: Path) -> None:
    for trap in TRAPS:
        path = tmp_path / "outputs" / trap.__name__ / "labels.json"
        path.parent.mkdir(parents=True)
        trap(path, victim)
        with bounded():
            replace_file(path, b"new")
        assert (path.is_symlink(), path.read_bytes()) == (False, b"new")


def test_no_link_is_followed_below_the_folder_that_was_named(tmp_path: Path, victim: Path) -> None:
    outputs = tmp_path / "outputs"
    (outputs / "human_labels").mkdir(parents=True)
    (outputs / "human_labels" / "by_labeler").symlink_to(victim.parent)
    with pytest.raises(OSError, match="is a symbolic link: put the folder itself there"):
        replace_file(outputs / "human_labels" / "by_labeler" / "labeler-01" / "x.json", b"new", below=outputs)
    (tmp_path / "named").symlink_to(outputs)
    replace_file(tmp_path / "named" / "human_labels" / "x.json", b"new", below=tmp_path / "named")
    assert (outputs / "human_labels" / "x.json").read_bytes() == b"new", (
        "the named folder itself may be a link"
    )


@pytest.mark.parametrize("trap", [link, pipe])
def test_only_plain_files_are_read(tmp_path: Path, victim: Path, trap: Trap) -> None:
    trap(tmp_path / "x", victim)
    with bounded(), pytest.raises(OSError, match=r"symbolic links|not a regular file"):
        read_regular(tmp_path / "x", 100)
    assert read_regular(victim, 8) == VICTIM[:8]


@pytest.mark.long
def test_the_real_commands_are_neither_led_outside_nor_held_up(tmp_path: Path) -> None:
    outcome = hostile_folders(tmp_path, [link, pipe], 19, [("check",), ("metrics", "one")])
    assert outcome.losses == 0, outcome.figure


def test_nothing_is_deleted_behind_a_link(tmp_path: Path, victim: Path) -> None:
    outputs = tmp_path / "outputs"
    people = outputs / "human_labels" / "by_labeler"
    (people / "labeler-01").mkdir(parents=True)
    (people / "labeler-02").symlink_to(victim.parent)
    (people / "labeler-01" / victim.name).write_bytes(b"old")
    for name in ("labeler-01", "labeler-02", "labeler-03"):
        delete_file(people / name / victim.name, outputs)
    assert not (people / "labeler-01" / victim.name).exists()
    (people / "labeler-01" / victim.name).symlink_to(victim)
    delete_file(people / "labeler-01" / victim.name, outputs)
    assert not (people / "labeler-01" / victim.name).is_symlink()
