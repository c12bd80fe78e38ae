"""Upgrades of the tables: all or nothing, with a copy from before."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from storage import opening, schema
from storage.backup import back_up_daily, prove
from storage.errors import DatabaseTooOld, NotSaved
from storage.opening import statements
from storage.records import Subscription
from storage.store import Store
from tests.support.storage_children import SECOND, UPGRADED
from tests.support.storage_examples import (
    CHILD,
    ROOT,
    answer,
    contents,
    fill,
    focus_set,
    older_database,
    sample_of,
)

PRESENT = len(schema.MIGRATIONS)


@pytest.fixture
def upgraded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The program as it might be one migration later."""
    monkeypatch.setattr(schema, "MIGRATIONS", UPGRADED)
    yield


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def failing_at(number: int, counted: list[str]) -> type[sqlite3.Connection]:
    class Failing(sqlite3.Connection):
        def execute(self, *args: Any) -> sqlite3.Cursor:
            counted.append(args[0])
            if len(counted) == number:
                raise sqlite3.OperationalError("disk I/O error")
            return super().execute(*args)

    return Failing


def test_a_script_is_split_into_whole_statements() -> None:
    found = statements(SECOND)
    assert [statement.split()[0] for statement in found] == ["ALTER", "CREATE", "INSERT", "UPDATE", "CREATE"]
    assert found[-1].endswith("END;")
    assert statements("\n\n") == []


async def test_an_upgrade_keeps_everything_and_a_copy_from_before(path: Path, upgraded: None) -> None:
    with pytest.MonkeyPatch.context() as older:
        older.setattr(schema, "MIGRATIONS", UPGRADED[:-1])
        await fill(path, items=10)
        before = contents(path)
    async with await Store.open_to_write(path) as store:
        assert len((await store.answers.labels(1, "alignment", 1)).by_row) == 10
        assert await store.answers.save(answer(1, tap="after the upgrade"))
    assert version(path) == len(UPGRADED)
    copy = path.with_name(f"{path.name}.version-{len(UPGRADED) - 1}.backup")
    assert contents(copy) == before
    assert prove(copy) == len(before["answers"])
    assert copy.stat().st_mode & 0o777 == 0o600


async def test_a_copy_from_before_an_upgrade_goes_after_a_week(path: Path) -> None:
    await fill(path, items=3)
    young, old = (path.with_name(f"{path.name}.version-{number}.backup") for number in (1, 2))
    day = 86_400
    for copy, at in ((young, 20_000 * day - 6 * day), (old, 20_000 * day - 7 * day)):
        copy.write_bytes(b"x")
        os.utime(copy, (at, at))
    assert back_up_daily(path, opening_day(20_000)) is not None
    assert (young.exists(), old.exists()) == (True, False)


def opening_day(days: int) -> Any:
    import datetime as dtm

    return dtm.date(1970, 1, 1) + dtm.timedelta(days=days)


async def test_an_upgrade_that_fails_at_any_statement_changes_nothing(path: Path, upgraded: None) -> None:
    with pytest.MonkeyPatch.context() as older:
        older.setattr(schema, "MIGRATIONS", UPGRADED[:-1])
        await fill(path, items=5)
    before, real = contents(path), sqlite3.connect
    failures = 0
    for number in range(1, 200):
        counted: list[str] = []
        factory = failing_at(number, counted)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("storage.opening.back_up_before_upgrade", lambda *_: None)
            patch.setattr(
                "storage.opening.sqlite3.connect", lambda *a, f=factory, **m: real(*a, **{**m, "factory": f})
            )
            try:
                opening.prepare(path)
            except NotSaved as error:
                failures += 1
                assert str(error) == f"{path} cannot be written: disk I/O error. Check DATABASE_PATH."
        if len(counted) < number:
            break
        if version(path) == PRESENT:
            assert contents(path) == before, f"after failing at {counted[-1]}"
    assert failures >= 9, "BEGIN, five statements, two pragmas and COMMIT at least"
    assert version(path) == len(UPGRADED)
    assert contents(path)["colours"] == [("red",)]


async def test_a_first_start_that_fails_at_any_statement_leaves_no_database(path: Path) -> None:
    real, failures = sqlite3.connect, 0
    for number in range(1, 200):
        counted: list[str] = []
        factory = failing_at(number, counted)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                "storage.opening.sqlite3.connect", lambda *a, f=factory, **m: real(*a, **{**m, "factory": f})
            )
            try:
                opening.prepare(path)
            except NotSaved:
                failures += 1
                assert not list(path.parent.iterdir())
                continue
        break
    assert failures >= len(statements(schema.FIRST))
    async with await Store.open_to_write(path) as store:
        assert await store.labelers.everybody() == ()


@pytest.mark.parametrize("deadly", [9, 14, 17])
async def test_an_upgrade_that_is_killed_is_done_by_the_next_start(path: Path, deadly: int) -> None:
    await fill(path, items=5)
    before = contents(path)
    assert subprocess.run([*CHILD, "migrate", str(path), str(deadly)], cwd=ROOT).returncode == -9
    assert version(path) == PRESENT
    assert contents(path) == before
    assert subprocess.run([*CHILD, "migrate", str(path)], cwd=ROOT).returncode == 0
    assert version(path) == len(UPGRADED)
    assert contents(path)["answers"] == before["answers"]


async def test_a_command_that_only_reads_asks_for_the_upgrade(path: Path, upgraded: None) -> None:
    with pytest.MonkeyPatch.context() as older:
        older.setattr(schema, "MIGRATIONS", UPGRADED[:-1])
        await fill(path, items=3)
    with pytest.raises(DatabaseTooOld) as caught:
        await Store.open_to_read(path)
    assert (
        str(caught.value)
        == f"{path} was written by an older labelbot: start the bot once with 'labelbot run'."
    )
    assert version(path) == PRESENT


@pytest.mark.parametrize(
    ("joined", "model", "mode"),
    [
        ("deepseek-v3 formatting", "deepseek-v3", "formatting"),
        ("alignment", "", "alignment"),
        ("two words toxicity", "two words", "toxicity"),
        ("deepseek", "deepseek", None),
        ("", "", None),
        ("re-alignment", "re-alignment", None),
    ],
)
async def test_a_subscription_of_before_is_split_into_model_and_mode(
    path: Path, joined: str, model: str, mode: str | None
) -> None:
    labeler = "INSERT INTO labelers (user_id, mode) VALUES (7, 'toxicity');"
    older_database(path, 1, f"{labeler} INSERT INTO subscriptions VALUES (-5, 3, '{joined}', 'last');")  # noqa: S608
    async with await Store.open_to_write(path) as store:
        assert await store.chats.subscriptions() == (Subscription(-5, 3, model, mode, "last"),)


OLDER = """
INSERT INTO samples VALUES (1, 'base', 42, 100, '', 'source', 1.0);
INSERT INTO items SELECT 1, value, value, NULL, NULL FROM json_each('[0, 1, 2]');
INSERT INTO labelers (user_id) VALUES (7), (8);
INSERT INTO answers (sample_id, mode, labeler_id, row_id, label, tap_id, answered_at, after_review) VALUES
    (1, 'alignment', 1, 0, 'related', 'blind', 1.0, 0),
    (1, 'alignment', 1, 0, 'not-related', 'in a review', 2.0, 1),
    (1, 'alignment', 1, 0, 'related', 'on its card later', 3.0, 0),
    (1, 'alignment', 1, 1, 'related', 'another item', 4.0, 0),
    (1, 'alignment', 2, 0, 'related', 'another person', 5.0, 0),
    (1, 'formatting', 1, 0, 'related', 'another mode', 6.0, 0);
INSERT INTO adjudications (sample_id, mode, row_id, label, decided_by, decided_at) VALUES
    (1, 'alignment', 0, 'related', 1, 9.0), (1, 'alignment', 1, 'related', 1, 9.0),
    (1, 'formatting', 0, 'related', NULL, 9.0);
"""


async def test_blind_labels_come_out_right_from_an_older_history(path: Path) -> None:
    older_database(path, 2, OLDER)
    async with await Store.open_to_write(path) as store:
        marked = [answer.after_review for answer in await store.answers.history(1)]
        assert marked == [False, True, True, False, False, False]
        assert await store.answers.by_labeler(1, "alignment", blind=True) == {
            "labeler-01": {0: "related", 1: "related"},
            "labeler-02": {0: "related"},
        }
        assert [await store.marks.shown(1, "alignment", who) for who in (1, 2)] == [{0}, set()]
        assert await store.marks.count(1, "alignment") == 1
        again = await store.answers.save(answer(0, "not-related", tap="since"))
        assert again.after_review, "the mark stays"
        assert not (await store.answers.save(answer(1, "not-related", tap="since 2"))).after_review


async def test_decisions_of_before_are_kept_and_marked_where_a_models_label_was_known(path: Path) -> None:
    older_database(path, 2, OLDER)
    async with await Store.open_to_write(path) as store:
        assert await store.decisions.adjudicated(1, "alignment") == {0: "related", 1: "related"}
        assert await store.decisions.adjudicated(1, "alignment", blind=True) == {1: "related"}
        assert await store.decisions.adjudicated(1, "formatting", blind=True) == {0: "related"}
        assert await store.report_steps.boundary(1, "alignment") == (0, 0)
        assert (await store.report_steps.advance(1, "alignment", 3)).boundary == (5, 2)


@pytest.mark.parametrize("version_before", [4, 5, 7, 8])
async def test_what_was_added_since_works_in_an_older_file(path: Path, version_before: int) -> None:
    older_database(
        path, version_before, "INSERT INTO labelers (user_id, revoked_at) VALUES (7, 5.0), (8, NULL);"
    )
    async with await Store.open_to_write(path) as store:
        await store.samples.keep(sample_of(3), "source", 1.0)
        await store.taps.refuse("too fast", 2, 50.0)
        assert not await store.answers.save(answer(0, tap="too fast", labeler=2))
        assert await store.taps.skips(1, "alignment") == ()
        assert await store.repeats.of_sample(1, "alignment") == ()
        assert await store.item_notes.of_sample(1, "alignment") == ()
        assert await store.reminders.all() == ()
        assert await store.focus_sets.active(1) is None
        assert (await store.focus_sets.keep(1, focus_set(2), 1.0)).drawn.name == "base_focus-1"
        await store.labelers.forget(1)
        assert await store.deletions.is_banned(7)
        assert len(await store.deletions.owed()) == 1
        assert len(await store.key()) == 32


def test_migrations_are_named_and_only_ever_added() -> None:
    names = [name for name, _ in schema.MIGRATIONS]
    assert len(set(names)) == len(names)
    assert names[0] == "first tables"
    assert all(re.search(r"CREATE|ALTER|INSERT|UPDATE", script) for _, script in schema.MIGRATIONS)
