"""Reminders: when somebody wants the next card, and what time it is where they are."""

from __future__ import annotations

import asyncio
import datetime as dtm
import zoneinfo
from dataclasses import replace

from bot.handlers.command import ChatContext, CommandContext, command
from bot.handlers.tap import TapContext, button
from bot.jobs.places import unfinished_place
from bot.rules.callback_data import REMIND
from bot.rules.reminding import EVERY_DAY, Times, Wish, next_due, read_wish
from bot.rules.roles import Role
from bot.rules.zones import ZONES, find_zone, zone_named
from bot.views import messages
from bot.views import reminder as view
from bot.views.screen import Screen
from bot.views.text import echo
from storage.records import Labeler, Reminder


@command(
    "remind",
    private=Role.LABELER,
    help="a silent card a day",
    elsewhere="Reminders are set in our private chat: /remind",
)
async def remind(request: CommandContext) -> None:
    """`/remind [8:30 [weekdays]] [city]`: a reminder a day, or how it stands; `/remind off`: its end."""
    labeler = await request.services.labeler(request.user_id)
    present = await request.services.store.reminders.of(labeler.labeler_id)
    if not request.args:
        standing = view.standing(await _standing(request, labeler, present)) if present else None
        request.show(standing or view.offer(request.user_id))
        return
    wish = read_wish(request.args)
    if wish is None:
        request.reply(view.HOW_TO_REMIND)
    elif wish.off:
        request.reply(await _end(request, present))
    else:
        await _set(request, labeler, present, wish)


async def _set(request: CommandContext, labeler: Labeler, present: Reminder | None, wish: Wish) -> None:
    zone = present.zone if present else None
    if wish.place:
        # the list of all zones is read from files
        names = await asyncio.to_thread(zoneinfo.available_timezones)
        zone = find_zone(wish.place, names)
        if zone is None:
            request.reply(view.unknown_place(echo(wish.place)))
            return
    if wish.minute is not None:
        wanted = Reminder(labeler.labeler_id, wish.minute, wish.weekdays, zone)
    elif present is not None:
        wanted = replace(present, zone=zone)
    else:
        request.reply(view.TIME_FIRST)
        return
    request.show(await _keep(request, labeler, wanted))


@button(REMIND, failed="Not set. Please tap again.")
async def tapped(tap: TapContext) -> None:
    """Handle a tap on a time, a time zone, or the end of reminders."""
    labeler, row, action = await tap.services.labeler(tap.user_id), tap.data.row, tap.data.action
    taps = tap.services.store.taps
    if await taps.has_acted(tap.query_id):
        tap.answer(messages.ACTED_BEFORE)
        return
    present = await tap.services.store.reminders.of(labeler.labeler_id)
    screen: Screen | None = None
    if action == "off":
        screen = Screen(await _end(tap, present))
    elif action == "time" and row in view.OFFERED_MINUTES:
        days, zone = (present.weekdays, present.zone) if present else (EVERY_DAY, None)
        screen = await _keep(tap, labeler, Reminder(labeler.labeler_id, row, days, zone))
    elif present is None:
        screen = view.offer(tap.user_id)
    elif action == "zones":
        screen = view.zone_question(await _standing(tap, labeler, present), row)
    elif action == "usual zone":
        screen = await _keep(tap, labeler, replace(present, zone=tap.services.settings.timezone.key))
    elif action == "zone" and row < len(ZONES):
        screen = await _keep(tap, labeler, replace(present, zone=ZONES[row]))
    await taps.acted(tap.query_id, labeler.labeler_id, tap.services.clock())
    tap.answer()
    if screen is not None:
        tap.edit(screen)


async def _keep(asked: ChatContext, labeler: Labeler, wanted: Reminder) -> Screen:
    """Store a reminder and return what confirms it. It counts from now: nothing before is due or was ignored."""
    wanted = replace(wanted, sent_at=asked.services.clock(), ignored=0)
    await asked.services.store.reminders.set(wanted)
    return view.confirmed(await _standing(asked, labeler, wanted))


async def _end(asked: ChatContext, present: Reminder | None) -> str:
    if present is None:
        return view.NOTHING_TO_END
    await asked.services.store.reminders.end(present.labeler_id)
    return view.off(present.minute)


async def _standing(asked: ChatContext, labeler: Labeler, reminder: Reminder) -> view.Standing:
    services = asked.services
    usual = services.settings.timezone
    times = Times(reminder.minute, reminder.weekdays, zone_named(reminder.zone, usual))
    now = dtm.datetime.fromtimestamp(services.clock(), dtm.UTC)
    all_done = await unfinished_place(services, labeler) is None
    due = next_due(times, now)
    return view.Standing(labeler.user_id, times, reminder.zone, usual, due, now, all_done)
