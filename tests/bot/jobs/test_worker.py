"""The process beside the bot: when it is killed, and when a job in it does not end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import WorkStopped
from bot.jobs.worker import Worker
from tests.support.bad_jobs import die, die_half_way, hang, hang_in
from tests.support.bench import ADMIN, REPORT, Bench
from tests.support.labeling_steps import alternating, classify, human_by_feature, take_over_labels
from tests.support.process import until


def lives(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


@contextlib.asynccontextmanager
async def working(most_seconds: float) -> AsyncIterator[Worker]:
    worker = Worker(most_seconds)
    try:
        yield worker
    finally:
        await worker.close()


async def test_a_job_that_kills_its_process_twice_is_given_up_and_the_next_one_works() -> None:
    async with working(60) as worker:
        with pytest.raises(WorkStopped, match="was ended twice"):
            await worker.run(die)
        assert await worker.run(os.getpid) != os.getpid()


async def test_a_process_that_takes_no_argument_any_more_is_given_up_and_the_next_one_works() -> None:
    async with asyncio.timeout(30), working(60) as worker:
        stopped = await worker.run(os.getpid)
        os.kill(stopped, signal.SIGSTOP)
        worker._most_seconds = 0.5
        with pytest.raises(WorkStopped, match="took too long"):
            await worker.run(len, bytes(10_000_000))
        worker._most_seconds = 60
        assert await worker.run(os.getpid) != stopped


async def test_a_process_killed_in_the_middle_of_its_result_is_given_up_and_the_next_one_works() -> None:
    async with asyncio.timeout(30), working(60) as worker:
        with pytest.raises(WorkStopped, match="was ended twice"):
            await worker.run(die_half_way)
        assert await worker.run(os.getpid) != os.getpid()


@pytest.mark.long
async def test_a_job_that_does_not_end_is_killed_and_the_next_one_gets_a_new_process(
    tmp_path: Path,
) -> None:
    note = tmp_path / "pid"
    async with working(60) as worker:
        before = await worker.run(os.getpid)
        worker._most_seconds = 1.5
        with pytest.raises(
            WorkStopped, match=r"^That took too long and was stopped: more than 1.5 seconds\."
        ):
            await worker.run(hang_in, note)
        assert int(note.read_text()) == before
        worker._most_seconds = 60
        await until(lambda: not lives(before))
        assert await worker.run(os.getpid) != before


@pytest.mark.long
async def test_the_time_in_which_a_job_waits_for_its_turn_does_not_count() -> None:
    async with working(60) as worker:
        await worker.run(os.getpid)
        worker._most_seconds = 1.5
        jobs = [asyncio.create_task(worker.run(time.sleep, 0.7)) for _ in range(3)]
        await asyncio.gather(*jobs)


async def test_a_job_that_nobody_waits_for_any_more_holds_up_nobody(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    async with working(60) as worker:
        waiting = asyncio.create_task(worker.run(hang_in, note))
        await until(lambda: note.exists() and note.read_text(), 20)
        waiting.cancel()
        async with asyncio.timeout(20):
            await worker.run(os.getpid)


@pytest.fixture
async def asked(bench: Bench) -> AsyncIterator[Bench]:
    """A bot with a real process beside it, and a short limit; an admin has labeled everything."""
    labels = dict(enumerate(alternating(12)))
    await take_over_labels(bench, ADMIN, "alignment", labels)
    classify(bench, "deepseek", "alignment", human_by_feature(bench, labels, 12), tp=5, tn=5, fp=1, fn=1)
    bench.worker = Worker(15)
    async with bench.running():
        yield bench


@pytest.mark.long
async def test_who_asks_what_never_ends_is_told_and_the_next_question_is_answered(
    asked: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await asked.admin()
    asked.worker._most_seconds = 1.5
    with monkeypatch.context() as patched:
        patched.setattr("bot.jobs.report_service.export_task", hang)
        told = await admin.ask("/export", seconds=REPORT)
    assert told.text == "That took too long and was stopped: more than 1.5 seconds. The labels are safe."
    asked.worker._most_seconds = 60
    assert (await admin.ask("/metrics", seconds=REPORT)).is_photo


@pytest.mark.long
async def test_a_review_whose_file_never_ends_answers_its_tap(
    asked: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await asked.admin()
    asked.worker._most_seconds = 60
    card = await admin.ask("/review", seconds=REPORT)
    assert asked.inside is not None
    asked.inside.reports._model_labels.clear()
    asked.worker._most_seconds = 1
    monkeypatch.setattr("bot.jobs.report_service.labels_task", hang)
    tap = await admin.press(card.button("‹ Back").data, card)
    assert (await admin.answer(tap, seconds=20)).text.startswith("That took too long and was stopped")


async def test_an_export_whose_process_dies_twice_is_answered(
    asked: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await asked.admin()
    with monkeypatch.context() as patched:
        patched.setattr("bot.jobs.report_service.export_task", die)
        told = await admin.ask("/export", seconds=REPORT)
    assert told.text.startswith("The process for reports and files was ended twice")
    assert (await admin.ask("/export", seconds=REPORT)).file_id
