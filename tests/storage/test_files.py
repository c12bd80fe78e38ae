"""Files are replaced whole, and what killed writers left is swept."""

from __future__ import annotations

import errno
import fcntl
import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from storage.files import new_file, replace_file, sweep_leftovers

LEFTOVER = ".labelbot-0123456789abcdef.tmp"


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_file_is_written_with_its_folders_and_nothing_beside_it(tmp_path: Path) -> None:
    replace_file(tmp_path / "a" / "b" / "labels.json", b"new")
    assert everything(tmp_path) == ["a", "a/b", "a/b/labels.json"]
    assert (tmp_path / "a/b/labels.json").read_bytes() == b"new"


def test_a_new_file_has_the_mode_that_the_umask_gives(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        replace_file(tmp_path / "labels.json", b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "labels.json").stat().st_mode) == 0o640


def test_a_replaced_file_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    path.write_bytes(b"old")
    path.chmod(0o604)
    replace_file(path, b"new")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", 0o604)


def test_the_file_and_its_folder_are_on_the_disk_before_it_is_said_to_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = []
    fsync, replace = os.fsync, Path.replace

    def watched_fsync(fd: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(fd).st_mode) else "file")
        fsync(fd)

    def watched_replace(self: Path, target: Path) -> Path:
        steps.append("replace")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(Path, "replace", watched_replace)
    replace_file(tmp_path / "labels.json", b"new")
    assert steps == ["file", "replace", "folder"]
    steps.clear()
    replace_file(tmp_path / "new" / "folder" / "labels.json", b"new")
    assert steps == ["file", "replace", "folder", "folder", "folder"]


@pytest.mark.parametrize("step", ["fsync", "fchmod"])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "labels.json"
    path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(OSError, match="No space left"):
        replace_file(path, b"new")
    assert (everything(tmp_path), path.read_bytes()) == (["labels.json"], b"old")


def test_a_folder_in_the_files_place_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "labels.json").mkdir()
    with pytest.raises(OSError, match="directory"):
        replace_file(tmp_path / "labels.json", b"new")
    assert everything(tmp_path) == ["labels.json"]


def test_a_name_of_the_longest_length_can_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 250 + ".json")
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"


WRITER = """
import sys
from pathlib import Path
from storage.files import replace_file
contents = [bytes([letter]) * 300_000 for letter in b"ab"]
print("ready", flush=True)
turn = 0
while True:
    replace_file(Path(sys.argv[1]), contents[turn % 2])
    turn += 1
"""


def test_a_killed_writer_never_leaves_half_a_file_and_its_leftovers_are_swept(tmp_path: Path) -> None:
    path = tmp_path / "metrics" / "file.json"
    whole = {b"a" * 300_000, b"b" * 300_000}
    draw = random.Random(0)  # noqa: S311 # when to kill, no secret
    left = looked = 0
    for _ in range(5):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
        with writer:
            assert writer.stdout and writer.stdout.readline() == b"ready\n"
            until = time.monotonic() + draw.uniform(0.01, 0.1)
            while time.monotonic() < until:
                if path.exists():
                    assert path.read_bytes() in whole
                    looked += 1
            writer.send_signal(signal.SIGKILL)
        assert path.read_bytes() in whole
        left += sweep_leftovers(tmp_path)
        assert everything(tmp_path) == ["metrics", "metrics/file.json"]
    assert left
    assert looked


def test_the_sweep_takes_leftovers_in_depth_and_nothing_else(tmp_path: Path) -> None:
    kept = ["a/labels.json", "a/.labelbot-0123.tmp", f"a/{LEFTOVER}.json", "a/.labelbot-0123456789abcdeX.tmp"]
    for name in [*kept, LEFTOVER, f"a/b/{LEFTOVER}"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert sweep_leftovers(tmp_path) == 2
    assert [name for name in everything(tmp_path) if "." in name] == sorted(kept)


def test_the_sweep_leaves_what_a_living_writer_holds(tmp_path: Path) -> None:
    with (tmp_path / LEFTOVER).open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert sweep_leftovers(tmp_path) == 0
        assert everything(tmp_path) == [LEFTOVER]
    assert sweep_leftovers(tmp_path) == 1


def test_the_sweep_follows_no_links(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / LEFTOVER).touch()
    (tmp_path / "outputs").mkdir()
    (tmp_path / "outputs" / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "outputs" / LEFTOVER).symlink_to(tmp_path / "elsewhere" / LEFTOVER)
    assert sweep_leftovers(tmp_path / "outputs") == 0
    assert (tmp_path / "elsewhere" / LEFTOVER).exists()


def test_a_missing_folder_has_nothing_to_sweep(tmp_path: Path) -> None:
    assert sweep_leftovers(tmp_path / "outputs") == 0


def test_the_journal_of_a_killed_database_maker_goes_with_its_file(tmp_path: Path) -> None:
    for name in (LEFTOVER, f"{LEFTOVER}-journal", "deeper/" + LEFTOVER):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert sweep_leftovers(tmp_path, deep=False) == 1
    assert everything(tmp_path) == ["deeper", f"deeper/{LEFTOVER}"]


def test_a_database_is_made_in_a_new_file_that_no_sweep_takes(tmp_path: Path) -> None:
    target = tmp_path / "labels.sqlite3"
    with new_file(target, 0o600) as made, closing(sqlite3.connect(made.path)) as connection:
        connection.execute("CREATE TABLE colours (name TEXT)")
        assert sweep_leftovers(tmp_path) == 0
        assert made.path.stat().st_mode & 0o777 == 0o600
    assert everything(tmp_path) == ["labels.sqlite3"]
    with closing(sqlite3.connect(target)) as connection:
        assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("colours",)]
