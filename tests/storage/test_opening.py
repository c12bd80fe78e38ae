"""What a start does with what it finds at DATABASE_PATH."""

from __future__ import annotations

import fcntl
import os
import re
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from storage import schema
from storage.backup import automatic_backups
from storage.connection import PRAGMAS, Database
from storage.errors import DatabaseDamaged, DatabaseTooNew, NotSaved
from storage.store import Store
from tests.soak.storage import damages, pragmas
from tests.support.storage_examples import ROOT, answer, contents, fill, sample_of


def test_the_open_connection_is_set_to_survive_a_power_cut(tmp_path: Path) -> None:
    assert {name: wanted for name, _, wanted in PRAGMAS} == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 5000,
        "trusted_schema": 0,
    }
    assert pragmas(tmp_path).losses == 0


async def test_a_disk_that_keeps_no_log_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.connection.PRAGMAS", (("journal_mode", "MEMORY", "wal"),))
    with pytest.raises(NotSaved) as caught:
        await Store.open_to_write(path)
    assert str(caught.value) == (
        f"{path} cannot be kept safe here (SQLite refuses journal_mode = MEMORY):"
        " set DATABASE_PATH to a local disk."
    )


async def test_all_files_belong_to_their_owner_alone(path: Path) -> None:
    before = os.umask(0o022)
    try:
        async with await Store.open_to_write(path) as store:
            await store.chats.serve(-5, 1.0)
            modes = {
                p.name.removeprefix(path.name): stat.S_IMODE(p.stat().st_mode) for p in path.parent.iterdir()
            }
    finally:
        os.umask(before)
    assert modes == {"": 0o600, "-wal": 0o600, "-shm": 0o600, ".lock": 0o600}


async def test_folders_are_made(tmp_path: Path) -> None:
    async with await Store.open_to_write(tmp_path / "a" / "b" / "labels.sqlite3"):
        assert (tmp_path / "a" / "b" / "labels.sqlite3").is_file()


async def test_nothing_is_left_beside_after_a_clean_end(path: Path) -> None:
    async with await Store.open_to_write(path):
        pass
    assert {p.name for p in path.parent.iterdir()} == {path.name, path.name + ".lock"}


async def test_what_was_saved_is_there_at_the_next_start(path: Path) -> None:
    await fill(path)
    before = contents(path)
    async with await Store.open_to_write(path) as store:
        assert (await store.answers.labels(1, "alignment", 1)).by_row[0] == "not-related"
    assert contents(path) == before


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + bytes(5000)])
async def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(DatabaseDamaged) as caught:
        await Store.open_to_write(path)
    assert re.fullmatch(
        re.escape(f"{path} is damaged or no database of labelbot (")
        + ".+"
        + re.escape("): bring back a backup with 'labelbot restore'."),
        str(caught.value),
    )
    assert path.read_bytes() == content


async def test_the_database_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE labelers (name)")
        other.commit()
    before = path.read_bytes()
    for opening in (Database.open_to_write, Database.open_to_read):
        with pytest.raises(DatabaseDamaged, match=r"\(it belongs to another program\)"):
            await opening(path)
    assert path.read_bytes() == before


async def test_a_folder_in_the_place_of_the_database_is_named(path: Path) -> None:
    path.mkdir()
    with pytest.raises(NotSaved, match=r"labels\.sqlite3 is no file\. Check DATABASE_PATH\.$"):
        await Store.open_to_write(path)


async def test_a_file_in_the_place_of_the_folder_is_named(path: Path) -> None:
    path.write_text("")
    with pytest.raises(NotSaved, match=r"deeper cannot be written: .*\. Check DATABASE_PATH\.$"):
        await Store.open_to_write(path / "deeper")


async def test_a_newer_database_is_refused_and_left_alone(path: Path) -> None:
    await fill(path, items=3)
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version = 77")
    before = path.read_bytes()
    for opening in (Database.open_to_write, Database.open_to_read):
        with pytest.raises(DatabaseTooNew) as caught:
            await opening(path)
        assert str(caught.value) == (
            f"{path} was written by a newer labelbot (version 77, this one knows {len(schema.MIGRATIONS)}):"
            " upgrade labelbot, or bring back an older backup."
        )
    assert path.read_bytes() == before


async def test_a_log_without_its_database_stops_a_fresh_start(path: Path) -> None:
    log = path.with_name(path.name + "-wal")
    log.write_bytes(b"labels of before")
    with pytest.raises(DatabaseDamaged) as caught:
        await Store.open_to_write(path)
    assert str(caught.value) == (
        f"{path} is missing, but {log.name} still holds what was written last: put the database back beside it,"
        " or move that file away to start anew."
    )
    log.write_bytes(b"")
    async with await Store.open_to_write(path) as store:
        assert await store.samples.load("base") is None


async def test_what_killed_processes_left_in_the_making_is_swept(path: Path) -> None:
    left = [path.with_name(f".labelbot-{'0' * 16}.tmp{suffix}") for suffix in ("", "-journal")]
    held, deeper = path.with_name(f".labelbot-{'1' * 16}.tmp"), path.parent / "deeper" / left[0].name
    backup = path.with_name(f"{path.name}.2024-01-01.backup")
    deeper.parent.mkdir()
    for file in (*left, held, deeper, backup):
        file.write_bytes(b"x")
    with held.open() as maker:
        fcntl.flock(maker, fcntl.LOCK_EX)
        async with await Store.open_to_write(path):
            pass
    assert not [file for file in left if file.exists()]
    assert held.exists()
    assert deeper.exists(), "a start does not go through all folders"
    assert list(automatic_backups(path)) == [backup]


async def test_a_link_to_the_database_leads_to_the_same_database(path: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.sqlite3"
    link.symlink_to(path)
    async with await Store.open_to_write(link) as store:
        await store.chats.serve(-5, 1.0)
        assert {p.name for p in link.parent.iterdir()} == {"link.sqlite3"}
    async with await Store.open_to_write(path) as store:
        assert await store.chats.is_served(-5)


async def test_labels_that_are_not_their_answers_are_refused(path: Path) -> None:
    await fill(path, items=3)
    with closing(sqlite3.connect(path)) as hand:
        hand.execute("UPDATE labels SET label = 'related' WHERE row_id = 0 AND labeler_id = 1")
        hand.commit()
    with pytest.raises(DatabaseDamaged, match=r"\(labels and the history of answers do not match\)"):
        await Store.open_to_write(path)


async def test_answers_of_nobody_are_refused(path: Path) -> None:
    await fill(path, items=3)
    with closing(sqlite3.connect(path)) as hand:
        hand.execute("DELETE FROM labelers WHERE labeler_id = 2")
        hand.commit()
    with pytest.raises(DatabaseDamaged, match=r"\(records that belong together do not match\)"):
        await Store.open_to_write(path)


@pytest.mark.parametrize("change", ["DROP TABLE subscriptions", "DROP TRIGGER answer_becomes_label"])
async def test_a_missing_table_or_trigger_is_refused(path: Path, change: str) -> None:
    await fill(path, items=3)
    with closing(sqlite3.connect(path)) as hand:
        hand.execute(change)
    with pytest.raises(DatabaseDamaged, match=r"\(its tables are not the ones that were made\)"):
        await Store.open_to_write(path)


async def test_what_somebody_else_added_to_the_database_is_no_damage(path: Path) -> None:
    await fill(path, items=3)
    with closing(sqlite3.connect(path)) as hand:
        hand.execute("CREATE VIEW mine AS SELECT * FROM answers")
        hand.execute("ANALYZE")
        hand.commit()
    async with await Store.open_to_write(path) as store:
        assert await store.answers.save(answer(1, tap="more"))


def test_damaged_files_are_refused_or_harmless(tmp_path: Path) -> None:
    outcome = damages(tmp_path, 21, seed=21)
    assert outcome.losses == 0, outcome
    refused = re.search(r"(\d+) refused", outcome.figure)
    assert refused is not None
    assert int(refused[1]) >= 7, "every truncated one at least"


async def test_an_error_quoting_a_damaged_file_stays_one_line(path: Path) -> None:
    await fill(path, items=3)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"source TEXT NOT NULL,", b"source TEXT\n\xd6\x1b NULL,", 1))
    with pytest.raises(DatabaseDamaged) as caught:
        await Store.open_to_write(path)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("content", "told"), [(b"no database" * 100, b"DatabaseDamaged"), (None, b"forgot to close")]
)
def test_a_process_that_failed_ends_also_with_a_database_left_open(
    path: Path, content: bytes | None, told: bytes
) -> None:
    if content is not None:
        path.write_bytes(content)
    program = (
        "import asyncio, sys; from pathlib import Path; from storage.store import Store\n"
        "async def main():\n"
        "    store = await Store.open_to_write(Path(sys.argv[1]))\n"
        "    raise RuntimeError('forgot to close')\n"
        "try:\n"
        "    asyncio.run(main())\n"
        "except Exception as error:\n"
        "    print(type(error), error, file=sys.stderr)\n"
        "    sys.exit(1)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], cwd=ROOT, capture_output=True, timeout=20
    )
    assert done.returncode == 1
    assert told in done.stderr


async def test_a_second_sample_lives_beside_the_first(path: Path) -> None:
    await fill(path, items=3)
    async with await Store.open_to_write(path) as store:
        other = await store.samples.keep(sample_of(4, stem="other", seed=7), "source", 1.0)
        assert other.sample_id == 2
