"""What the bot does by itself: exports and reports by cron, and a backup a day."""

from __future__ import annotations

import asyncio
import datetime as dtm
import logging
from typing import Any

from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError
from telegram.ext import ExtBot, JobQueue

from analysis.errors import AnalysisError
from bot.botapi.http import NotSent
from bot.botapi.outbox import keyboard, seconds_of
from bot.errors import BotError, NotYet
from bot.jobs.minute_job import EVERY_MINUTE, HOWEVER_LATE, MinuteJob, Scheduled, job, keep_asking
from bot.jobs.reminders import ReminderRounds
from bot.jobs.rendered_report import RenderedReport
from bot.jobs.report_service import ReportService
from bot.log import log_event
from bot.rules.model_choice import resolve
from bot.services import Services
from bot.views.changes import figures_note, what_changed, with_line
from bot.views.model_buttons import below_report
from bot.views.screen import Screen
from storage.backup import back_up_daily, future_backups
from storage.errors import StorageError
from storage.records import Subscription

HOURLY = "0 * * * *"


class ScheduledJobs:
    """The scheduled work itself."""

    def __init__(self, bot: ExtBot[None], services: Services, reports: ReportService) -> None:
        self._bot = bot
        self._services = services
        self._reports = reports

    async def export(self) -> bool:
        """Write the label files if what they hold or where they go has changed since; return whether it has."""
        services = self._services
        sample_id, store = services.frozen.sample_id, services.store
        revision = f"{await store.answers.revision(sample_id)} {await store.focus_sets.states(sample_id)}"
        revision = f"{services.settings.output_dir.absolute()} {services.settings.modes} {revision}"
        if await services.store.chats.note("exported") == revision:
            return False
        await self._reports.export(services.settings.modes)
        await services.store.chats.keep_note("exported", revision)
        log_event("labels were exported")
        return True

    async def report(self) -> int:
        """Post a report to every subscribed group for which it has changed; return how many were posted."""
        posted = 0
        for subscription in await self._services.store.chats.subscriptions():
            try:
                posted += await self._report_to(subscription)
            except NotYet as error:
                log_event("a report has nothing to say yet", reason=str(error))
            except (AnalysisError, StorageError, TelegramError, BotError) as error:
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
        chats = services.store.chats
        note = f"figures {subscription.chat_id} {chosen.file.mode} {chosen.file.name}"
        changed = what_changed(await chats.note(note), report.labels, report.kappa)
        caption = with_line(report.caption, changed)
        rows = below_report(chosen.file, chosen.options)
        posted = await self._post(subscription, report, Screen(caption, rows), fingerprint)
        if posted:
            await chats.keep_note(note, figures_note(report.labels, report.kappa))
        return posted

    async def _post(
        self, subscription: Subscription, report: RenderedReport, below: Screen, fingerprint: str
    ) -> bool:
        """Send a report and remember that; return whether it was sent.

        A group that is gone is not served any more, and one that moved is followed.
        """
        chats = self._services.store.chats
        chat_id = subscription.chat_id
        for _ in range(4):
            try:
                await self._bot.send_photo(
                    chat_id,
                    report.picture,
                    caption=below.text,
                    parse_mode="HTML",
                    reply_markup=keyboard(below),
                    message_thread_id=subscription.thread_id,
                    disable_notification=True,
                )
            except ChatMigrated as error:
                await chats.moved(chat_id, error.new_chat_id, self._services.clock())
                chat_id = error.new_chat_id
            except Forbidden:
                await chats.leave(chat_id)
                log_event("a group is gone and is not served any more")
                return False
            except RetryAfter as error:
                await asyncio.sleep(seconds_of(error))
            except NotSent:
                await asyncio.sleep(2)
            except BadRequest:  # a NetworkError by its class, but surely nothing has arrived
                raise
            except NetworkError:
                # it may have arrived: rather none than the same twice
                await chats.posted(chat_id, fingerprint)
                raise
            else:
                await chats.posted(chat_id, fingerprint)
                log_event("a report was posted")
                return True
        log_event("a report was not posted", level=logging.WARNING, reason="Telegram took it in no try")
        return False

    async def back_up(self) -> None:
        """Make a copy a day beside the database; each is deleted after seven days."""
        services = self._services
        today = dtm.datetime.fromtimestamp(services.clock(), dtm.UTC).date()
        made = await asyncio.to_thread(back_up_daily, services.settings.database_path, today)
        if made is not None:
            log_event("backed up")
            for copy in future_backups(services.settings.database_path, today):
                log_event("a backup has a date in the future", level=logging.WARNING, file=copy.name)


async def start_schedule(app: Any, services: Services, every: float = EVERY_MINUTE) -> JobQueue[Any]:
    """Start the schedule.

    Args:
        app: The application.
        services: What the work needs.
        every: Seconds between two looks at what is due.
    """
    queue: JobQueue[Any] = JobQueue()
    queue.set_application(app)
    await queue.start()
    work, settings = ScheduledJobs(app.bot, services, app.bot_data.reports), services.settings
    kinds = (
        Scheduled("export", settings.export_cron, work.export),
        Scheduled("report", settings.report_cron, work.report),
        Scheduled("backup", HOURLY, work.back_up),
    )
    due = MinuteJob(services, queue, [kind for kind in kinds if kind.expression])
    asking = job("look at what is due", due.ask)
    reminding = job("look at reminders", ReminderRounds(services, app.bot_data.labeling).run)

    async def look(context: Any) -> None:
        await asking(context)
        await reminding(context)

    to_next_minute = every - services.clock() % every
    minute = queue.run_repeating(look, every, first=to_next_minute, name="minute", job_kwargs=HOWEVER_LATE)
    await look(None)  # what was missed while the bot was down
    keep_asking(queue, minute, every)
    return queue
