"""One job a minute: what is due by cron is started, whatever happened to the machine or its clock.

APScheduler runs the job, and the database keeps when each kind of work ran last. So a run that was missed, because the
bot was down or the machine asleep, is made up by one run at the next look; and a clock that was set back costs nothing
but the time that it now shows twice.
"""

from __future__ import annotations

import asyncio
import datetime as dtm
import functools
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from telegram.error import TelegramError
from telegram.ext import Job, JobQueue

from analysis.errors import AnalysisError
from bot.errors import BotError
from bot.log import log_event
from bot.rules.cron import due_now
from bot.services import Services
from storage.errors import StorageError

EVERY_MINUTE = 60.0
LATE = dtm.timedelta(minutes=2)
"""A run that is later than this is logged as late."""
HOWEVER_LATE = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
"""How APScheduler runs a job: once, also when the machine slept or was busy at its time."""

Work = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Scheduled:
    """One kind of work that is due by cron.

    Attributes:
        name: What the log and the database call it.
        expression: Five cron fields, in TIMEZONE.
        work: Does it.
    """

    name: str
    expression: str
    work: Work


class MinuteJob:
    """Asks, once a minute, what is due, and starts it as a job of its own: nothing that takes long delays the rest."""

    def __init__(self, services: Services, queue: JobQueue[Any], kinds: Sequence[Scheduled]) -> None:
        self._services = services
        self._queue = queue
        self._kinds = kinds
        self._running: set[str] = set()

    async def ask(self) -> None:
        """Start what is due. A run that is still under way is not started again until it has ended."""
        for kind in self._kinds:
            if kind.name in self._running or not await self._is_due(kind):
                continue
            self._running.add(kind.name)
            work = functools.partial(self._run, kind, self._services.clock())
            self._queue.run_once(job(kind.name, work), 0, name=kind.name, job_kwargs=HOWEVER_LATE)

    async def _run(self, kind: Scheduled, began: float) -> None:
        """Do the work, and note that it ran, also when it failed. A run that is killed is made up at the next start."""
        try:
            await kind.work()
        except Exception:
            await self._note(kind, began)
            raise
        else:
            await self._note(kind, began)
        finally:
            self._running.discard(kind.name)

    async def _is_due(self, kind: Scheduled) -> bool:
        """Return whether work is due. The first look, and one after the clock was set back, are noted as runs.

        Raises:
            StorageError: It cannot be read when the work ran last, or not be noted.
        """
        seconds = self._services.clock()
        noted = await self._services.store.chats.note(_last(kind))
        if noted is None:
            await self._note(kind, seconds)
            return False
        last, now = (dtm.datetime.fromtimestamp(each, dtm.UTC) for each in (float(noted), seconds))
        due = due_now(kind.expression, last, now, self._services.settings.timezone)
        if due.clock_set_back:
            back = round((last - now).total_seconds())
            log_event("the clock was set back", level=logging.WARNING, job=kind.name, seconds=back)
            await self._note(kind, seconds)
        if due.late > LATE:
            late = round(due.late.total_seconds())
            log_event("a scheduled run is late", level=logging.WARNING, job=kind.name, seconds=late)
        return due.run

    async def _note(self, kind: Scheduled, seconds: float) -> None:
        await self._services.store.chats.keep_note(_last(kind), repr(seconds))


def _last(kind: Scheduled) -> str:
    """Return the name under which the database keeps when a kind of work ran last."""
    return f"last {kind.name}"


def job(name: str, work: Work) -> Callable[[Any], Any]:
    """Make a scheduled job whose failure is one line in the log and ends nothing."""

    async def run(context: Any) -> None:
        try:
            await work()
        except (AnalysisError, StorageError, TelegramError, BotError, OSError) as error:
            log_event(f"the scheduled {name} failed", level=logging.ERROR, reason=str(error))

    return run


def keep_asking(queue: JobQueue[Any], minute: Job[Any], every: float) -> None:
    """See to it that the minute's job goes on when the clock is set back.

    APScheduler waits for a time of day, which a clock set back by a month reaches after a month. The event loop's own
    timers count seconds, whatever the clock says: one of them looks whether the next run is too far away.
    """
    if not queue.scheduler.running:
        return
    now = dtm.datetime.now(dtm.UTC)
    if minute.next_t is not None and minute.next_t - now > 2 * dtm.timedelta(seconds=every):
        minute.job.modify(next_run_time=now)
    asyncio.get_running_loop().call_later(every, keep_asking, queue, minute, every)
