"""What is yours is yours: nothing of a forgotten labeler stays."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage.errors import NotSaved
from storage.records import Card
from storage.store import Store
from tests.support.storage_examples import answer, contents

CANARY = "canary-1234567890"
USER_ID = 5_544_332_211


def traces(path: Path) -> dict[str, int]:
    """How often something of the labeler stands in each file of the database."""
    wanted = (CANARY.encode(), USER_ID.to_bytes(5, "big"))
    return {
        file.name: sum(file.read_bytes().count(trace) for trace in wanted)
        for file in sorted(path.parent.glob(f"{path.name}*"))
    }


async def leave_traces(store: Store) -> int:
    """A labeler with 400 answers, a card, an invitation and an adjudication."""
    await store.labelers.invite("token", admin=False, uses=5, now=1.0, expires_at=None)
    await store.labelers.accept(USER_ID, "token", 2.0)
    labeler = await store.labelers.by_user(USER_ID)
    assert labeler is not None
    number = labeler.labeler_id
    await store.labelers.choose_mode(USER_ID, CANARY)
    await store.labelers.set_card(number, Card(USER_ID, 17))
    await store.answers.save_all(
        [
            answer(turn % 20, tap=f"{CANARY}{turn}", mode=f"{CANARY}{turn % 3}", labeler=number, guide=CANARY)
            for turn in range(400)
        ]
    )
    await store.answers.adjudicate(1, "alignment", 0, "related", labeler_id=number, now=3.0)
    return number


async def test_no_byte_of_a_forgotten_labeler_is_left(store: Store, path: Path) -> None:
    await store.answers.save_all([answer(row, labeler=2) for row in range(20)])
    number = await leave_traces(store)
    assert sum(traces(path).values()) > 400
    assert await store.labelers.forget(number) is True
    assert set(traces(path)) == {path.name + suffix for suffix in ("", "-shm", "-wal", ".lock")}
    assert sum(traces(path).values()) == 0
    assert await store.labelers.by_user(USER_ID) is None
    assert await store.labelers.card(number) is None
    assert await store.answers.count_of(number) == 0
    left = contents(path)
    assert {row[3] for row in left["answers"]} == {2}, "the others' answers stay"
    assert left["invitation_uses"] == []
    assert [row[1:6] for row in left["adjudications"]] == [(1, "alignment", 0, "related", None)]
    await store.close()
    assert sum(traces(path).values()) == 0


async def test_a_pseudonym_is_never_given_again(store: Store) -> None:
    number = await leave_traces(store)
    await store.labelers.forget(number)
    assert (await store.labelers.add(USER_ID, joined_at=None)).labeler_id == number + 1


async def test_who_was_forgotten_and_comes_back_starts_anew(store: Store) -> None:
    number = await leave_traces(store)
    await store.labelers.forget(number)
    assert await store.labelers.accept(USER_ID, "token", 5.0) is not None
    back = await store.labelers.by_user(USER_ID)
    assert back is not None
    assert (back.labeler_id, back.mode, back.welcomed, back.joined_at) == (number + 1, None, False, 5.0)


async def test_forgetting_goes_on_when_nobody_waits_for_it(store: Store, path: Path) -> None:
    number = await leave_traces(store)
    forgetting = asyncio.create_task(store.labelers.forget(number))
    await asyncio.sleep(0)
    forgetting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await forgetting
    await store.close()
    assert sum(traces(path).values()) == 0


async def test_forgetting_waits_for_somebody_who_reads(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.connection.PAUSE_TO_EMPTY", 0.01)
    number = await leave_traces(store)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM answers").fetchone()
        forgetting = asyncio.create_task(store.labelers.forget(number))
        await asyncio.sleep(0.05)
        assert await store.answers.save(answer(0, labeler=2)), "the others go on"
        assert not forgetting.done()
        other.execute("COMMIT")
        assert await forgetting is True
    assert sum(traces(path).values()) == 0


async def test_somebody_who_reads_on_and_on_is_told_of(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.connection.PAUSE_TO_EMPTY", 0.001)
    number = await leave_traces(store)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM answers").fetchone()
        assert await store.labelers.forget(number) is False
        assert await store.labelers.by_user(USER_ID) is None, "deleted all the same"
    await store.close()
    assert sum(traces(path).values()) == 0, "the end of the bot empties the log"


async def test_what_cannot_be_deleted_is_told_and_stays_whole(store: Store, path: Path) -> None:
    number = await leave_traces(store)
    before = contents(path)
    path.rename(path.with_name("aside"))
    with pytest.raises(NotSaved, match="is gone"):
        await store.labelers.forget(number)
    path.with_name("aside").rename(path)
    assert contents(path) == before
    assert await store.labelers.by_user(USER_ID) is not None
