"""What the bot does by itself: exports and reports by cron, and a backup a day."""

from __future__ import annotations

import asyncio
import datetime as dtm
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError
from telegram.ext import ExtBot, JobQueue

from analysis.errors import AnalysisError
from bot.botapi.http import NotSent
from bot.botapi.outbox import keyboard
from bot.errors import NotYet
from bot.jobs.report_service import ReportService
from bot.jobs.report_tasks import RenderedReport
from bot.log import log_event
from bot.rules.cron import next_run, was_missed
from bot.rules.model_choice import resolve
from bot.services import Services
from bot.views.changes import figures_note, what_changed, with_line
from bot.views.model_buttons import below_report
from bot.views.screen import CAPTION_UNITS, Screen
from storage.backup import back_up_daily, future_backups
from storage.errors import StorageError
from storage.records import Subscription

GRACE_SECONDS = 3600
BACKUP_EVERY = dtm.timedelta(hours=1)


class CronTimes(BaseTrigger):  # type: ignore[misc] # APScheduler has no types
    """APScheduler's trigger for the five fields as cron has them (its own counts weekdays from Monday)."""

    def __init__(self, expression: str, zone: ZoneInfo) -> None:
        self._expression = expression
        self._zone = zone

    def get_next_fire_time(self, previous: dtm.datetime | None, now: dtm.datetime) -> dtm.datetime:
        """The first time after the previous run, or after now."""
        return next_run(self._expression, previous or now, self._zone)


class ScheduledJobs:
    """The scheduled work. Each run is noted, so that one missed while the bot was down is made up once."""

    def __init__(self, bot: ExtBot[None], services: Services, reports: ReportService) -> None:
        self._bot = bot
        self._services = services
        self._reports = reports

    async def export(self) -> bool:
        """Write the label files if labels changed since the last time; whether they did."""
        services = self._services
        await self._note_run("export")
        revision = str(await services.store.answers.revision(services.frozen.sample_id))
        revision = f"{services.settings.output_dir.absolute()} {services.settings.modes} {revision}"
        if await services.store.chats.note("exported") == revision:
            return False
        await self._reports.export(services.settings.modes)
        await services.store.chats.keep_note("exported", revision)
        log_event("labels were exported")
        return True

    async def report(self) -> int:
        """Post to every subscribed group what changed since its last report; how many posts."""
        await self._note_run("report")
        posted = 0
        for subscription in await self._services.store.chats.subscriptions():
            try:
                posted += await self._report_to(subscription)
            except NotYet as error:
                log_event("a report has nothing to say yet", reason=str(error))
            except (AnalysisError, StorageError, TelegramError) as error:
                log_event("a report was not posted", level=logging.WARNING, reason=str(error))
        return posted

    async def _report_to(self, subscription: Subscription) -> bool:
        services, reports = self._services, self._reports
        modes = services.settings.modes
        labeled = await reports.labeled_modes()
        chosen = resolve(await reports.files(), subscription.model, subscription.mode, modes, labeled)
        if chosen.file is None:
            log_event("a report has nothing to say yet", reason=chosen.problem or "several models fit")
            return False
        report = await reports.metrics(chosen.file)
        fingerprint = f"{chosen.file.mode} {report.fingerprint}"
        if fingerprint == subscription.last_fingerprint:
            return False
        chats, note = (
            services.store.chats,
            f"figures {subscription.chat_id} {chosen.file.mode} {chosen.file.name}",
        )
        changed = what_changed(await chats.note(note), report.labels, report.kappa)
        caption = with_line(report.caption, changed, CAPTION_UNITS)
        rows = below_report(chosen.file, chosen.options, report.marked)
        posted = await self._post(subscription, report, Screen(caption, rows), fingerprint)
        if posted:
            await chats.keep_note(note, figures_note(report.labels, report.kappa))
        return posted

    async def _post(
        self, subscription: Subscription, report: RenderedReport, below: Screen, fingerprint: str
    ) -> bool:
        """Send it and remember it; a chat that is gone is unsubscribed, a moved one followed."""
        chats = self._services.store.chats
        chat_id = subscription.chat_id
        for _ in range(4):
            try:
                await self._send(chat_id, subscription.thread_id, report, below)
            except ChatMigrated as error:
                await chats.moved(chat_id, error.new_chat_id)
                chat_id = error.new_chat_id
            except Forbidden:
                await chats.unsubscribe(chat_id)
                log_event("a group is gone and was unsubscribed")
                return False
            except RetryAfter as error:
                after = error.retry_after
                await asyncio.sleep(
                    0.1 + (after if isinstance(after, (int, float)) else after.total_seconds())
                )
            except NotSent:
                await asyncio.sleep(2)
            except BadRequest:
                raise
            except NetworkError:
                # it may have arrived: rather none than the same twice
                await chats.posted(chat_id, fingerprint)
                raise
            else:
                await chats.posted(chat_id, fingerprint)
                log_event("a report was posted")
                return True
        return False

    async def _send(self, chat_id: int, thread_id: int | None, report: RenderedReport, below: Screen) -> None:
        await self._bot.send_photo(
            chat_id,
            report.picture,
            caption=below.text,
            parse_mode="HTML",
            reply_markup=keyboard(below),
            message_thread_id=thread_id,
            disable_notification=True,
        )

    async def back_up(self) -> None:
        """Make a copy a day beside the database; each is deleted after seven days."""
        services = self._services
        today = dtm.datetime.fromtimestamp(services.clock(), dtm.UTC).date()
        made = await asyncio.to_thread(back_up_daily, services.settings.database_path, today)
        if made is not None:
            log_event("backed up")
            for copy in future_backups(services.settings.database_path, today):
                log_event("a backup has a date in the future", level=logging.WARNING, file=copy.name)

    async def missed(self, name: str, expression: str) -> bool:
        """Whether a run was due while the bot was down. The first start counts as a run."""
        noted = await self._services.store.chats.note(f"last {name}")
        if noted is None:
            await self._note_run(name)
            return False
        last = dtm.datetime.fromtimestamp(float(noted), dtm.UTC)
        now = dtm.datetime.fromtimestamp(self._services.clock(), dtm.UTC)
        return was_missed(expression, last, now, self._services.settings.timezone)

    async def _note_run(self, name: str) -> None:
        await self._services.store.chats.keep_note(f"last {name}", repr(self._services.clock()))


def job(name: str, work: Callable[[], Awaitable[object]]) -> Callable[[Any], Any]:
    """A scheduled job whose failure is one line in the log and ends nothing."""

    async def run(context: Any) -> None:
        try:
            await work()
        except (AnalysisError, StorageError, TelegramError, OSError) as error:
            log_event(f"the scheduled {name} failed", level=logging.ERROR, reason=str(error))

    return run


async def start_schedule(app: Any, services: Services, reports: ReportService) -> JobQueue[Any]:
    """Start the schedule; runs that were missed are made up at once, each once."""
    queue: JobQueue[Any] = JobQueue()
    queue.set_application(app)
    await queue.start()
    rounds = ScheduledJobs(app.bot, services, reports)
    settings = services.settings
    for name, expression, work in (
        ("export", settings.export_cron, rounds.export),
        ("report", settings.report_cron, rounds.report),
    ):
        if not expression:
            continue
        run = job(name, work)
        options = {"misfire_grace_time": GRACE_SECONDS, "coalesce": True, "max_instances": 1}
        queue.run_custom(run, {"trigger": CronTimes(expression, settings.timezone), **options}, name=name)
        if await rounds.missed(name, expression):
            queue.run_once(run, 0, name=f"missed {name}", job_kwargs=options)
    options = {"misfire_grace_time": GRACE_SECONDS, "coalesce": True, "max_instances": 1}
    queue.run_repeating(
        job("backup", rounds.back_up), BACKUP_EVERY, first=5, name="backup", job_kwargs=options
    )
    return queue
