"""Whose turn it is: one person in order, people side by side, and somebody who floods."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from bot.botapi.per_user import PerUserUpdateProcessor
from bot.botapi.timings import UserLimits


class Work:
    """Handlers that note when they begin and end."""

    def __init__(self) -> None:
        self.done: list[str] = []

    async def take(self, name: str, seconds: float = 0.0) -> None:
        self.done.append(f"{name} begins")
        await asyncio.sleep(seconds)
        self.done.append(f"{name} ends")


async def one(turns: PerUserUpdateProcessor, sender: int, job: Coroutine[Any, Any, None]) -> None:
    if turns.is_flooding(sender):
        job.close()
    else:
        await turns.process(sender, job)


async def handle(turns: PerUserUpdateProcessor, *jobs: tuple[int, Coroutine[Any, Any, None]]) -> None:
    await asyncio.gather(*(one(turns, sender, job) for sender, job in jobs))


async def test_one_person_is_handled_in_order() -> None:
    work = Work()
    await handle(
        PerUserUpdateProcessor(),
        (1, work.take("a", 0.02)),
        (1, work.take("b", 0.01)),
        (1, work.take("c")),
    )
    assert work.done == ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]


async def test_two_people_are_handled_side_by_side() -> None:
    work = Work()
    await handle(PerUserUpdateProcessor(), (1, work.take("slow", 0.05)), (2, work.take("quick")))
    assert work.done == ["slow begins", "quick begins", "quick ends", "slow ends"]


async def test_what_takes_too_long_is_given_up_and_the_next_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work = Work()
    turns = PerUserUpdateProcessor(UserLimits(seconds=0.02))
    await handle(turns, (1, work.take("stuck", 60)), (1, work.take("next")))
    assert work.done == ["stuck begins", "next begins", "next ends"]
    assert "gave up on an update" in caplog.text


async def test_nothing_is_kept_of_a_person_afterwards() -> None:
    turns, work = PerUserUpdateProcessor(), Work()
    await handle(turns, *((person, work.take("x")) for person in range(100)))
    assert not turns._queues
    assert len(work.done) == 200


async def test_updates_that_wait_when_the_bot_ends_leave_no_warning() -> None:
    turns, work = PerUserUpdateProcessor(), Work()
    tasks = [asyncio.create_task(turns.process(1, work.take("x", 60))) for _ in range(3)]
    await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert not turns._queues


async def test_a_thousand_taps_of_one_person_are_all_handled() -> None:
    turns, work = PerUserUpdateProcessor(), Work()
    for _ in range(10):
        await handle(turns, *((1, work.take("x")) for _ in range(100)))
    assert len(work.done) == 2 * 1000


async def test_of_ten_thousand_taps_of_one_person_most_are_left_out_and_nobody_elses(
    caplog: pytest.LogCaptureFixture,
) -> None:
    turns, work, others = PerUserUpdateProcessor(), Work(), Work()
    for _ in range(100):
        jobs = [(1, work.take("flood")) for _ in range(99)]
        await handle(turns, *jobs, (2, others.take("calm")))
    assert 1200 <= len(work.done) / 2 < 4000
    assert len(others.done) == 2 * 100
    assert caplog.text.count("somebody floods") == 1


async def test_a_flood_is_told_of_also_when_its_first_update_beyond_the_limit_is_handled(
    caplog: pytest.LogCaptureFixture,
) -> None:
    turns, work = PerUserUpdateProcessor(UserLimits(a_minute=3)), Work()
    for _ in range(5):
        await one(turns, 1, work.take("in time"))
    assert "somebody floods" not in caplog.text
    await handle(turns, (1, work.take("handled")), (1, work.take("left out")), (2, work.take("other")))
    assert work.done.count("left out begins") == 0
    assert caplog.text.count("somebody floods") == 1


async def test_somebody_quick_who_waits_for_each_answer_is_never_left_out() -> None:
    turns, work = PerUserUpdateProcessor(), Work()
    for _ in range(3000):
        await one(turns, 1, work.take("x"))
    assert len(work.done) == 2 * 3000
