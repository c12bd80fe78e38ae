"""Who labels, and by which invitation."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from storage.errors import UnknownLabeler
from storage.records import Card, Labeler, pseudonym
from storage.store import Store
from tests.support.storage_examples import answer, contents


async def test_somebody_unknown_is_nobody_and_is_not_kept(store: Store, path: Path) -> None:
    before = contents(path)
    assert await store.labelers.by_user(5) is None
    assert contents(path) == before


async def test_what_is_known_of_a_labeler(store: Store) -> None:
    assert await store.labelers.add(7, joined_at=3.0) == Labeler(3, 7, False, None, 3.0, None, False)
    await store.labelers.choose_mode(7, "formatting")
    await store.labelers.mark_welcomed(7)
    known = await store.labelers.by_user(7)
    assert known == Labeler(3, 7, False, "formatting", 3.0, None, True)
    assert known.pseudonym == "labeler-03"
    assert (await store.labelers.everybody())[2] == known


def test_pseudonyms_have_two_digits_at_least() -> None:
    assert [pseudonym(number) for number in (1, 12, 345)] == ["labeler-01", "labeler-12", "labeler-345"]


async def test_knowing_somebody_again_takes_nothing_away(store: Store) -> None:
    await store.labelers.add(7, joined_at=3.0, admin=True)
    assert await store.labelers.add(7, joined_at=None) == Labeler(3, 7, True, None, 3.0, None, False)
    assert await store.labelers.add(7, joined_at=9.0) == Labeler(3, 7, True, None, 3.0, None, False)


async def test_what_is_remembered_is_what_is_stored(path: Path) -> None:
    async with await Store.open_to_write(path) as store:
        await store.labelers.add(7, joined_at=None)
        steps = (
            lambda: store.labelers.choose_mode(7, "formatting"),
            lambda: store.labelers.mark_welcomed(7),
            lambda: store.labelers.invite("one", admin=True, uses=1, now=1.0, expires_at=None),
            lambda: store.labelers.accept(7, "one", 2.0),
            lambda: store.labelers.set_card(1, Card(7, 11)),
            lambda: store.labelers.set_card(1, Card(7, 12)),
            lambda: store.labelers.revoke(1, 3.0),
            lambda: store.labelers.forget(1),
        )
        for step in steps:
            await step()
            async with await Store.open_to_read(path) as fresh:
                assert await store.labelers.by_user(7) == await fresh.labelers.by_user(7)
                assert await store.labelers.card(1) == await fresh.labelers.card(1)
                assert await store.labelers.has_admin() == await fresh.labelers.has_admin()


async def test_the_live_card_is_remembered_over_a_restart(path: Path) -> None:
    async with await Store.open_to_write(path) as store:
        await store.labelers.add(7, joined_at=1.0)
        assert await store.labelers.card(1) is None
        await store.labelers.set_card(1, Card(7, 100))
        assert await store.labelers.card(1) == Card(7, 100)
    async with await Store.open_to_write(path) as store:
        assert await store.labelers.card(1) == Card(7, 100)


async def test_a_card_of_somebody_forgotten_is_not_remembered(store: Store) -> None:
    await store.labelers.forget(1)
    await store.labelers.set_card(1, Card(1001, 100))
    assert await store.labelers.card(1) is None


async def test_ending_access_keeps_the_answers(store: Store) -> None:
    await store.answers.save(answer(0))
    ended = await store.labelers.revoke(1, 5.0)
    assert ended is not None
    assert ended.revoked_at == 5.0
    assert await store.labelers.by_user(1001) == ended
    assert (await store.answers.labels(1, "alignment", 1)).by_row == {0: "related"}
    assert await store.labelers.revoke(99, 5.0) is None


async def test_there_is_an_admin_until_access_ends(store: Store) -> None:
    assert not await store.labelers.has_admin()
    await store.labelers.add(7, joined_at=1.0, admin=True)
    assert await store.labelers.has_admin()
    await store.labelers.revoke(3, 2.0)
    assert not await store.labelers.has_admin()


TOKEN = "token"


async def invite(
    store: Store, token: str = TOKEN, *, admin: bool = False, uses: int = 2, now: float = 1.0
) -> None:
    await store.labelers.invite(token, admin=admin, uses=uses, now=now, expires_at=now + 100)


def uses_left(path: Path) -> list[object]:
    return [row[3] for row in contents(path)["invitations"]]


async def test_a_token_is_stored_as_its_hash_only(store: Store, path: Path) -> None:
    await invite(store, "a secret token")
    await store.labelers.accept(7, "a secret token", 2.0)
    assert contents(path)["invitations"][0][1] == hashlib.sha256(b"a secret token").digest()
    await store.close()
    assert b"a secret token" not in path.read_bytes()


async def test_an_invitation_lets_in_and_counts_one_person_once(store: Store, path: Path) -> None:
    await invite(store)
    for _ in range(3):
        assert await store.labelers.accept(7, "token", 2.0) is False
    assert uses_left(path) == [1]
    joined = await store.labelers.by_user(7)
    assert joined is not None
    assert (joined.joined_at, joined.admin) == (2.0, False)
    assert await store.labelers.accept(8, "token", 3.0) is False
    assert await store.labelers.accept(9, "token", 3.0) is None, "used up"
    assert await store.labelers.by_user(9) is None
    assert await store.labelers.accept(7, "token", 500.0) is False, "the same answer, also later"


@pytest.mark.parametrize(("token", "now"), [("tokem", 2.0), ("", 2.0), ("token", 101.0), ("token", 5000.0)])
async def test_an_unknown_or_expired_invitation_lets_nobody_in(
    store: Store, path: Path, token: str, now: float
) -> None:
    await invite(store)
    before = contents(path)
    assert await store.labelers.accept(7, token, now) is None
    assert await store.labelers.by_user(7) is None
    assert contents(path) == before


async def test_who_is_in_already_uses_nothing_up_and_joined_when_they_joined(
    store: Store, path: Path
) -> None:
    await invite(store)
    assert await store.labelers.accept(1001, "token", 50.0) is False
    assert uses_left(path) == [2]
    known = await store.labelers.by_user(1001)
    assert known is not None
    assert known.joined_at == 1.0


async def test_an_admins_link_makes_the_first_an_admin_once(store: Store) -> None:
    await invite(store, "first", admin=True, uses=1)
    await invite(store, "second", admin=True, uses=1)
    assert await store.labelers.accept(7, "first", 2.0) is None, "the link before is replaced"
    assert await store.labelers.accept(1001, "second", 2.0) is True
    assert await store.labelers.accept(8, "second", 2.0) is None
    first = await store.labelers.by_user(1001)
    assert first is not None
    assert first.admin
    assert await store.labelers.has_admin()


async def test_an_admins_link_leaves_other_invitations_alone(store: Store) -> None:
    await invite(store, "for labelers")
    await invite(store, "for an admin", admin=True, uses=1)
    assert await store.labelers.accept(7, "for labelers", 2.0) is False


async def test_only_a_new_invitation_lets_somebody_back_in(store: Store, path: Path) -> None:
    await invite(store, "used", uses=5)
    await invite(store, "never used", uses=5)
    assert await store.labelers.accept(7, "used", 2.0) is not None
    await store.labelers.revoke(3, 10.0)
    assert await store.labelers.accept(7, "used", 11.0) is None
    assert await store.labelers.accept(7, "never used", 11.0) is None, "made before access was ended"
    sent_away = await store.labelers.by_user(7)
    assert sent_away is not None
    assert sent_away.revoked_at == 10.0
    assert uses_left(path) == [4, 5]
    await invite(store, "new", now=12.0)
    assert await store.labelers.accept(7, "new", 13.0) is False
    back = await store.labelers.by_user(7)
    assert back is not None
    assert (back.labeler_id, back.joined_at, back.revoked_at) == (3, 13.0, None)
    await store.labelers.revoke(3, 20.0)
    assert await store.labelers.accept(7, "new", 21.0) is None, "used before it was ended again"


async def test_an_ended_admin_comes_back_as_what_the_new_invitation_says(store: Store) -> None:
    await store.labelers.add(7, joined_at=1.0, admin=True)
    await store.labelers.revoke(3, 2.0)
    await invite(store, "new", now=3.0)
    await store.labelers.accept(7, "new", 4.0)
    back = await store.labelers.by_user(7)
    assert back is not None
    assert not back.admin


async def test_nothing_but_adding_brings_back_who_was_forgotten(store: Store, path: Path) -> None:
    await store.labelers.forget(1)
    before = contents(path)
    for queued in (
        lambda: store.labelers.mark_welcomed(1001),
        lambda: store.labelers.choose_mode(1001, "formatting"),
        lambda: store.answers.save(answer(0)),
    ):
        with pytest.raises(
            UnknownLabeler, match=r"nobody with the id 1001 is known|labeler 1 is not known any more"
        ):
            await queued()
    await store.labelers.set_card(1, Card(1001, 5))
    assert await store.labelers.revoke(1, 5.0) is None
    assert contents(path) == before
    assert (await store.labelers.add(1001, joined_at=9.0)).labeler_id == 3
