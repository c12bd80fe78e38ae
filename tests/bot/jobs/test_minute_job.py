"""When scheduled work runs: missed runs, sleep, and a clock that is set, with a clock in the test's hand."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dtm
from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram.ext import JobQueue

from bot.botapi.timings import Timings
from bot.jobs.minute_job import MinuteJob, Scheduled
from bot.jobs.schedule import start_schedule
from storage.backup import automatic_backups
from tests.support.bench import ADMIN, REPORT, Bench, Clock, Inside
from tests.support.labeling_steps import label_all, take_over_labels
from tests.support.process import until
from tests.support.scheduling import NEVER, labels_file, photos, study, subscribed

LOOK = 0.02


@pytest.fixture(autouse=True)
def _all_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "labelbot")


@contextlib.asynccontextmanager
async def scheduled(inside: Inside, **crons: str) -> AsyncIterator[JobQueue[Any]]:
    """A schedule that looks all the time at what is due, beside the running bot's own, which has nothing to do."""
    settings = dataclasses.replace(inside.services.settings, **crons)  # type: ignore[arg-type] # texts
    services = dataclasses.replace(inside.services, settings=settings)
    queue = await start_schedule(inside.app, services, every=LOOK)
    try:
        yield queue
    finally:
        await queue.stop(wait=True)


async def looks(count: int = 10) -> None:
    """As long as that many looks at what is due take."""
    await asyncio.sleep(count * LOOK)


async def last_run(inside: Inside, name: str = "export") -> float:
    noted = await inside.services.store.chats.note(f"last {name}")
    assert noted is not None
    return float(noted)


async def test_a_run_missed_while_the_bot_was_down_is_made_up_once_at_start(
    bench: Bench, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    bench.settings_more |= {"EXPORT_CRON": "0 3 * * *", "REPORT_CRON": "0 4 * * *"}
    async with bench.running():
        await label_all(await bench.admin(), ["related"])
        await bench.rest()
        assert labels_file(bench) is None
    clock.forward(days=3)
    async with bench.running() as inside:
        await until(lambda: "labels were exported" in caplog.text, 10)
        async with asyncio.timeout(10):  # the run is noted behind the export
            while abs(await last_run(inside) - clock()) >= 20:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.005)
        for path in bench.outputs.rglob("*.json"):
            path.unlink()
    assert caplog.text.count("a scheduled run is late job=export") == 1
    async with bench.running():
        await bench.rest()
        assert labels_file(bench) is None
    assert caplog.text.count("a scheduled run is late job=export") == 1


async def test_a_machine_asleep_over_both_crons_makes_each_run_up_once_when_it_wakes(
    bench: Bench, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await study(bench)
    async with bench.running() as inside:
        group = await subscribed(bench)
        async with scheduled(inside, export_cron="0 3 * * *", report_cron="0 4 * * *"):
            await looks()
            assert labels_file(bench) is None
            clock.forward(days=3)
            await until(lambda: "labels were exported" in caplog.text, 10)
            await group.wait_for(lambda message: message.is_photo, seconds=REPORT)
            await looks()
        assert abs(await last_run(inside, "report") - clock()) < 60
    for name in ("export", "report"):
        assert caplog.text.count(f"a scheduled run is late job={name}") == 1
    assert caplog.text.count("labels were exported") == 1
    assert len(photos(group)) == 1


async def test_a_clock_set_back_is_told_once_and_the_next_run_comes_at_its_own_time(
    bench: Bench, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with bench.running() as inside:
        await label_all(await bench.admin(), ["related"])
        async with scheduled(inside, export_cron="0 3 * * *"):
            await looks()
            clock.forward(days=-30)
            await until(lambda: "the clock was set back job=export" in caplog.text)
            await looks()
            assert abs(await last_run(inside) - clock()) < 20
            assert labels_file(bench) is None
            assert caplog.text.count("the clock was set back job=export") == 1
            clock.forward(days=1)
            await until(lambda: labels_file(bench) is not None, 10)


async def test_the_look_goes_on_where_apscheduler_would_wait_for_a_clock_that_was_set_back(
    bench: Bench, clock: Clock
) -> None:
    async with bench.running() as inside:
        await label_all(await bench.admin(), ["related"])
        async with scheduled(inside, export_cron="0 3 * * *") as queue:
            (minute,) = queue.get_jobs_by_name("minute")
            minute.job.modify(next_run_time=dtm.datetime.now(dtm.UTC) + dtm.timedelta(days=30))
            clock.forward(days=1)
            await until(lambda: labels_file(bench) is not None, 10)


async def test_a_run_that_the_end_of_the_bot_cut_off_is_made_up_at_the_next_start(
    bench: Bench, clock: Clock
) -> None:
    begun = asyncio.Event()

    class Stuck:
        async def run(self, *_: object) -> None:
            begun.set()
            await asyncio.Event().wait()

        async def close(self) -> None:
            """Nothing to end."""

    bench.settings_more["EXPORT_CRON"] = "0 3 * * *"
    async with bench.running():
        await label_all(await bench.admin(), ["related"])
    clock.forward(days=1)
    usual, bench.worker = bench.worker, Stuck()
    bench.timings = Timings(last_jobs=0.3)
    async with bench.running():
        await asyncio.wait_for(begun.wait(), 10)
    assert labels_file(bench) is None
    bench.worker = usual
    async with bench.running():
        await until(lambda: labels_file(bench) is not None, 10)


async def test_a_run_that_takes_longer_than_its_cron_is_not_started_a_second_time(
    bench: Bench, clock: Clock
) -> None:
    runs, go = 0, asyncio.Event()

    async def slow() -> None:
        nonlocal runs
        runs += 1
        await go.wait()

    async with bench.running() as inside:
        queue: JobQueue[Any] = JobQueue()
        queue.set_application(inside.app)
        await queue.start()
        minute = MinuteJob(inside.services, queue, [Scheduled("slow", "* * * * *", slow)])
        for _ in range(4):
            await minute.ask()
            await looks()
            clock.forward(seconds=61)
        assert runs == 1
        go.set()
        await looks()
        await minute.ask()
        await looks()
        assert runs == 2
        await queue.stop(wait=True)


async def test_the_first_start_makes_nothing_up(bench: Bench) -> None:
    await take_over_labels(bench, ADMIN, "alignment", {0: "related"})
    async with bench.running(EXPORT_CRON=NEVER, REPORT_CRON=NEVER) as inside:
        assert await last_run(inside, "report") > 0
        await bench.rest()
        assert labels_file(bench) is None


async def test_an_empty_cron_switches_a_job_off(bench: Bench, clock: Clock) -> None:
    async with bench.running() as inside:
        await label_all(await bench.admin(), ["related"])
        async with scheduled(inside, report_cron="0 3 * * *"):
            clock.forward(days=1)
            await until(lambda: automatic_backups(bench.database), 10)
            await looks()
            assert await inside.services.store.chats.note("last export") is None
            assert labels_file(bench) is None
