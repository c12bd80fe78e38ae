"""Groups that are served, their subscriptions, and notes."""

from __future__ import annotations

from pathlib import Path

from storage.records import Subscription
from storage.store import Store
from tests.support.storage_examples import contents


async def test_a_group_is_served_from_then_on_also_after_a_restart(path: Path) -> None:
    async with await Store.open_to_write(path) as store:
        assert not await store.chats.is_served(-5)
        await store.chats.serve(-5, 1.0)
        await store.chats.serve(-5, 2.0)
        assert await store.chats.is_served(-5)
        assert not await store.chats.is_served(-6)
    assert contents(path)["chats"] == [(-5, 1.0)]
    async with await Store.open_to_write(path) as store:
        assert await store.chats.is_served(-5)


async def test_a_group_that_moves_takes_all_along_however_often_it_is_told(store: Store) -> None:
    await store.chats.serve(-5, 1.0)
    await store.chats.subscribe(Subscription(-5, 3, "deepseek", "formatting", "fingerprint"))
    for _ in range(2):
        await store.chats.moved(-5, -100500, 3.0)
        assert await store.chats.is_served(-100500)
        assert not await store.chats.is_served(-5)
        assert await store.chats.subscriptions() == (
            Subscription(-100500, 3, "deepseek", "formatting", "fingerprint"),
        )
    await store.chats.moved(-100500, -100500, 3.0)
    assert await store.chats.is_served(-100500)


async def test_a_group_that_moves_to_one_known_already_keeps_what_that_one_has(store: Store) -> None:
    for chat in (-5, -6):
        await store.chats.serve(chat, 1.0)
        await store.chats.subscribe(Subscription(chat, None, f"of {chat}", None, None))
    await store.chats.moved(-5, -6, 3.0)
    assert await store.chats.subscriptions() == (Subscription(-6, None, "of -6", None, None),)
    assert not await store.chats.is_served(-5)


async def test_who_leaves_a_group_that_is_served_or_moved_since_leaves_nothing(store: Store) -> None:
    await store.chats.serve(-5, 10.0)
    await store.chats.leave(-5, since=10.0)
    assert await store.chats.is_served(-5)
    await store.chats.moved(-5, -6, 20.0)
    await store.chats.leave(-6, since=15.0)
    assert await store.chats.is_served(-6)
    await store.chats.leave(-6, since=20.5)
    assert not await store.chats.is_served(-6)


async def test_a_group_nobody_serves_can_move_too(store: Store, path: Path) -> None:
    before = contents(path)
    await store.chats.moved(-5, -6, 3.0)
    assert contents(path) == before


async def test_a_group_has_one_subscription_and_the_last_one_counts(store: Store) -> None:
    assert await store.chats.subscriptions() == ()
    await store.chats.subscribe(Subscription(-5, None, "deepseek", None, None))
    await store.chats.posted(-5, "first report")
    await store.chats.subscribe(Subscription(-6, 4, "", None, None))
    assert await store.chats.subscriptions() == (
        Subscription(-6, 4, "", None, None),
        Subscription(-5, None, "deepseek", None, "first report"),
    )
    await store.chats.subscribe(Subscription(-5, 7, "gemini", "alignment", None))
    assert (await store.chats.subscriptions())[1] == Subscription(-5, 7, "gemini", "alignment", None)
    assert await store.chats.unsubscribe(-5)
    assert not await store.chats.unsubscribe(-5)
    await store.chats.posted(-5, "too late")
    assert await store.chats.subscriptions() == (Subscription(-6, 4, "", None, None),)


async def test_a_note_is_replaced_by_the_next_of_its_name(store: Store) -> None:
    assert await store.chats.note("exported") is None
    await store.chats.keep_note("exported", "once")
    await store.chats.keep_note("exported", "twice")
    await store.chats.keep_note("other", "kept")
    assert (await store.chats.note("exported"), await store.chats.note("other")) == ("twice", "kept")
