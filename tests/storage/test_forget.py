"""What is yours is yours: nothing of a forgotten labeler stays."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage.errors import AccessEnded, NotSaved
from storage.records import Card, ItemNote, OwedDeletion, Reminder, Skip
from storage.store import Store
from tests.support.storage_examples import answer, contents, sample_of

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
    await store.decisions.adjudicate(
        1, "alignment", 0, "related", labeler_id=number, now=3.0, tap_id=f"{CANARY} decides"
    )
    mode = f"{CANARY}0"
    await store.taps.refuse(f"{CANARY} too fast", number, 3.0)
    await store.taps.skip(Skip(1, mode, number, 3, f"{CANARY} skips", None, 3.0))
    await store.repeats.save(answer(0, labeler=number, mode=mode, tap=f"{CANARY} again"))
    await store.item_notes.add(1, ItemNote(mode, number, 3, f"{CANARY} notes", 3.0), 77)
    await store.reminders.set(Reminder(number, 480, "0123456", CANARY))
    await store.marks.mark_shown(1, mode, number, 3, 3.0)
    return number


async def forget_to_the_end(store: Store, number: int) -> bool:
    """Forget, and strike out what is owed as if it had been done."""
    await store.labelers.forget(number)
    return all([await store.deletions.done(owed.owed_id) for owed in await store.deletions.owed()])


async def test_no_byte_of_a_forgotten_labeler_is_left(store: Store, path: Path) -> None:
    await store.answers.save_all([answer(row, labeler=2) for row in range(20)])
    number = await leave_traces(store)
    assert sum(traces(path).values()) > 400
    assert await forget_to_the_end(store, number) is True
    assert set(traces(path)) == {path.name + suffix for suffix in ("", "-shm", "-wal", ".lock")}
    assert sum(traces(path).values()) == 0
    assert await store.labelers.by_user(USER_ID) is None
    assert await store.labelers.card(number) is None
    assert await store.answers.count_of(number) == 0
    left = contents(path)
    assert {row[3] for row in left["answers"]} == {2}, "the others' answers stay"
    assert left["invitation_uses"] == []
    assert [row[1:6] for row in left["decisions"]] == [(1, "alignment", 0, "related", None)]
    for table in ("skips", "repeats", "item_notes", "reminders", "refused_taps", "shown_labels", "bans"):
        assert left[table] == [], table
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
    async with await Store.open_to_write(path) as later:
        assert await later.labelers.by_user(USER_ID) is None
        (owed,) = await later.deletions.owed()
        await later.deletions.done(owed.owed_id)
    assert sum(traces(path).values()) == 0


async def test_forgetting_waits_for_somebody_who_reads(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.connection.PAUSE_TO_EMPTY", 0.01)
    number = await leave_traces(store)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM answers").fetchone()
        forgetting = asyncio.create_task(forget_to_the_end(store, number))
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
        (owed,) = await store.deletions.owed()
        assert await store.deletions.done(owed.owed_id) is False
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


async def test_what_is_owed_is_stored_with_the_deletion_and_struck_out_when_done(store: Store) -> None:
    frozen = await store.samples.load("base")
    assert frozen is not None
    await store.samples.rename(frozen, "renamed")
    await store.samples.keep(sample_of(5, stem="other"), "source", 2.0)
    number = await leave_traces(store)
    await store.labelers.forget(number)
    modes = tuple(f"{CANARY}{turn}" for turn in range(3))
    stems = ("base", "other", "renamed")
    (owed,) = await store.deletions.owed()
    assert owed == OwedDeletion(1, "labeler-03", stems, modes, Card(USER_ID, 17))
    await store.labelers.forget(2)
    assert [one.card for one in await store.deletions.owed()] == [Card(USER_ID, 17), None]
    await store.deletions.done(owed.owed_id)
    assert [one.pseudonym for one in await store.deletions.owed()] == ["labeler-02"]


async def test_forgetting_somebody_twice_owes_nothing_more(store: Store) -> None:
    await store.labelers.forget(1)
    await store.labelers.forget(1)
    assert len(await store.deletions.owed()) == 1


async def test_who_was_sent_away_and_forgotten_is_not_let_in_by_what_was_there_before(
    store: Store, path: Path
) -> None:
    await store.labelers.invite("old", admin=False, uses=5, now=1.0, expires_at=None)
    number = await leave_traces(store)
    await store.labelers.revoke(number, 10.0)
    await forget_to_the_end(store, number)
    assert sum(traces(path).values()) == 0, "what stays is a hash that only the key of the database gives"
    assert await store.deletions.is_banned(USER_ID)
    assert not await store.deletions.is_banned(USER_ID + 1)
    with pytest.raises(AccessEnded, match="this person was sent away; a new invitation is needed"):
        await store.labelers.add(USER_ID, joined_at=None)
    assert await store.labelers.accept(USER_ID, "old", 20.0) is None
    assert await store.labelers.by_user(USER_ID) is None
    await store.labelers.invite("new", admin=False, uses=5, now=30.0, expires_at=None)
    assert await store.labelers.accept(USER_ID, "new", 40.0) is not None
    assert not await store.deletions.is_banned(USER_ID)


async def test_being_added_with_access_ends_a_ban(store: Store) -> None:
    number = await leave_traces(store)
    await store.labelers.revoke(number, 10.0)
    await store.labelers.forget(number)
    assert (await store.labelers.add(USER_ID, joined_at=20.0)).joined_at == 20.0
    assert not await store.deletions.is_banned(USER_ID)


async def test_each_database_has_a_key_of_its_own_that_stays(path: Path) -> None:
    keys = []
    for name in ("a", "a", "b"):
        async with await Store.open_to_write(path.with_name(name)) as store:
            keys.append(await store.key())
    async with await Store.open_to_read(path.with_name("a")) as reader:
        keys.append(await reader.key())
    assert [len(key) for key in keys] == [32] * 4
    assert (keys[0] == keys[1] == keys[3]) and keys[0] != keys[2]
