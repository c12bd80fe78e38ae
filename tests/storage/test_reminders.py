"""Who is reminded, when, and whether reminders are heeded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage.errors import NotSaved
from storage.records import Reminder, Skip
from storage.store import Store
from tests.support.storage_examples import answer

WORKDAYS = Reminder(1, 8 * 60 + 30, "01234", "Europe/Berlin")


async def test_a_labeler_has_one_reminder_until_it_is_ended(store: Store) -> None:
    assert await store.reminders.of(1) is None
    await store.reminders.set(Reminder(1, 60, "6", None))
    await store.reminders.set(WORKDAYS)
    assert await store.reminders.of(1) == WORKDAYS
    assert await store.reminders.end(1)
    assert not await store.reminders.end(1)
    assert await store.reminders.all() == ()


async def test_reminders_count_as_ignored_until_an_answer_comes(store: Store) -> None:
    await store.reminders.set(WORKDAYS)
    for turn in (1, 2):
        assert await store.reminders.sent(1, 100.0 * turn, heeded=False) == replace(
            WORKDAYS, sent_at=100.0 * turn, ignored=turn
        )
    assert await store.reminders.sent(1, 300.0, heeded=True) == replace(WORKDAYS, sent_at=300.0, ignored=1)
    assert await store.reminders.of(1) == replace(WORKDAYS, sent_at=300.0, ignored=1)
    assert await store.reminders.sent(2, 400.0, heeded=False) is None


async def test_the_last_tap_is_an_answer_a_skip_or_a_repeat_and_no_import(store: Store) -> None:
    assert await store.reminders.last_tap(1) is None
    await store.answers.save(answer(0, tap="a", at=90.0, guide=None))
    assert await store.reminders.last_tap(1) is None
    await store.answers.save(answer(1, tap="b", at=60.0))
    await store.answers.save(answer(2, tap="c", at=50.0, labeler=2))
    assert await store.reminders.last_tap(1) == 60.0
    await store.taps.skip(Skip(1, "alignment", 1, 3, "d", None, 70.0))
    assert await store.reminders.last_tap(1) == 70.0
    await store.repeats.save(answer(1, "not-related", tap="e", at=80.0))
    assert await store.reminders.last_tap(1) == 80.0


async def test_who_was_sent_away_is_not_reminded(store: Store) -> None:
    await store.reminders.set(WORKDAYS)
    await store.reminders.set(replace(WORKDAYS, labeler_id=2))
    await store.labelers.revoke(1, 5.0)
    assert [one.labeler_id for one in await store.reminders.all()] == [2]


@pytest.mark.parametrize("wrong", [replace(WORKDAYS, minute=1440), replace(WORKDAYS, labeler_id=9)])
async def test_a_reminder_that_cannot_be_is_refused(store: Store, wrong: Reminder) -> None:
    with pytest.raises(NotSaved):
        await store.reminders.set(wrong)
