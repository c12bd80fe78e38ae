"""Reminders: once a day, at a time of their own, the next card comes silently to whoever asked for it."""

from __future__ import annotations

import functools
import logging

from bot.jobs.labeling_service import LabelingService
from bot.jobs.places import unfinished_place
from bot.log import log_event
from bot.rules.reminding import Past, Step, Times, due_now, step, was_heeded
from bot.rules.roles import Role
from bot.rules.zones import zone_named
from bot.services import Services
from bot.views.reminder import ended
from bot.views.screen import Screen
from storage.errors import StorageError
from storage.records import Labeler, Reminder


class ReminderRounds:
    """Looks at all reminders, once a minute. Between two looks nothing is kept in memory."""

    def __init__(self, services: Services, labeling: LabelingService) -> None:
        self._services = services
        self._labeling = labeling

    async def run(self) -> int:
        """Send the reminders that are due; return how many. Raises StorageError."""
        services, now = self._services, self._services.clock()
        due: list[tuple[Reminder, float]] = []
        for reminder in await services.store.reminders.all():
            zone = zone_named(reminder.zone, services.settings.timezone)
            times = Times(reminder.minute, reminder.weekdays, zone)
            since = due_now(times, reminder.sent_at, now)
            if since is not None:
                due.append((reminder, since))
        if not due:
            return 0
        people = {person.labeler_id: person for person in await services.store.labelers.everybody()}
        sent = 0
        for reminder, since in due:
            if reminder.labeler_id in people:  # not forgotten in this very moment
                sent += await self._remind(people[reminder.labeler_id], reminder, since)
        if sent:
            log_event("reminders were sent", reminders=sent)
        return sent

    async def _remind(self, labeler: Labeler, reminder: Reminder, due_at: float) -> bool:
        """Send a due reminder, pass over it, or end them all; return whether it was sent. Raises StorageError."""
        services = self._services
        if await services.role(labeler.user_id) is Role.STRANGER:
            return False
        place = await unfinished_place(services, labeler)
        if place is None:
            return False
        reminders = services.store.reminders
        past = Past(reminder.sent_at, reminder.ignored, await reminders.last_tap(labeler.labeler_id))
        what = step(due_at, past)
        if what is Step.END:
            if await reminders.end(labeler.labeler_id):
                services.outbox.message(labeler.user_id, Screen(ended(reminder.minute)), silent=True)
                log_event("reminders ended, three had no answer", labeler=labeler.pseudonym)
        elif what is Step.REMIND:
            # remembered before it goes out: rather none than the same twice
            sent = await reminders.sent(labeler.labeler_id, services.clock(), heeded=was_heeded(past))
            if sent is not None:
                self._labeling.remind(labeler, place, functools.partial(self._blocked, labeler))
                return True
        return False

    async def _blocked(self, labeler: Labeler) -> None:
        try:
            await self._services.store.reminders.end(labeler.labeler_id)
        except StorageError as error:
            log_event("reminders were not ended", level=logging.WARNING, reason=str(error))
        else:
            log_event("reminders ended, the bot is blocked", labeler=labeler.pseudonym)
