"""`labelbot run`: from settings to a clean end."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import platform
import secrets
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from importlib.metadata import version
from pathlib import Path
from typing import Any

from telegram import __version__ as ptb_version
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import JobQueue

from analysis.errors import AnalysisError
from bot.app import App, build
from bot.botapi.client import LabelBot
from bot.botapi.health import REFUSED, ConnectionMonitor
from bot.botapi.outbox import Outbox
from bot.botapi.timings import USUAL, Timings
from bot.botapi.updates import UpdateIntake
from bot.errors import BotError, Stopped
from bot.jobs.deletions import finish_deletions
from bot.jobs.exports import why_not_writable
from bot.jobs.guides import load_guides
from bot.jobs.sample import load_or_draw_sample
from bot.log import log_event
from bot.services import Clock, Services
from bot.settings import Settings
from storage.errors import StorageError
from storage.files import sweep_leftovers
from storage.store import Store

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
"""Seconds between two tries of the first contact: each pause is twice the one before."""
SWITCH_SECONDS = 0.0005
"""How soon Python lets the database's thread have its turn; with its own 5 ms a commit waits for a busy loop."""
QUIET_ZONE = 2
"""The empty border around a QR code, in modules."""
ADMIN_LINK = "Open this link to become the admin of the bot (it works once):"


async def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        Stopped: The bot cannot go on, or made a mistake of its own, which is in the log.
        BotError, AnalysisError, StorageError, OSError: It cannot start, as in `serve`.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        await serve(settings, stop)
    except (BotError, AnalysisError, StorageError, OSError) as error:
        if settings.log_format == "json":  # the command line tells it in plain words
            log_event("ended", level=logging.ERROR, reason=str(error))
        raise
    except Exception as error:
        logging.getLogger("labelbot").exception("ended over a mistake of our own")
        raise Stopped(
            f"labelbot ended over a mistake of its own ({type(error).__name__}): see the log."
        ) from None


Compose = Callable[[LabelBot, Services], App]


async def serve(
    settings: Settings,
    stop: asyncio.Event,
    clock: Clock = time.time,
    timings: Timings = USUAL,
    compose: Compose = build,
) -> None:
    """Serve until told to stop.

    Args:
        settings: The settings, with a token and a base file.
        stop: Set by somebody else when it is time to end.
        clock: Gives seconds since 1970, UTC.
        timings: The pauses and limits of the line to Telegram.
        compose: Puts the application together.

    Raises:
        Stopped: The bot cannot go on.
        AnalysisError: The base file cannot be used.
        StorageError: The database cannot be used.
        SettingsError: A guide cannot be used.
        OSError: The folder of the base files cannot be read.
    """
    versions = {"version": version("labelbot"), "python": platform.python_version(), "ptb": ptb_version}
    log_event("starting", fields=versions | settings.for_log())
    guides = load_guides(settings.modes, Path("guides"))
    async with await Store.open_to_write(settings.database_path) as store:
        frozen = await load_or_draw_sample(store, settings, clock())
        if problem := why_not_writable(settings.output_dir):
            log_event("files cannot be written, labels go on", level=logging.WARNING, reason=problem)
        else:
            sweep_leftovers(settings.output_dir)
        bot = LabelBot(settings.token.reveal() if settings.token else "", settings.api_url)
        services = Services(settings, guides, store, frozen, Outbox(bot, timings.outbox), clock)
        app = compose(bot, services)
        await finish_deletions(services)
        try:
            if await _unless(stop, _reach(app)):
                services.username = bot.username
                await _offer_admin_link(services)
                _say(f"Running as @{bot.username}. Ctrl-C ends it.")
                async with _serving(app, services, timings):
                    await _receive(app, bot, services, stop, timings)
        finally:
            await bot.shutdown()
    log_event("stopped")


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, object]) -> bool:
    """Do the work, or give it up when `stop` is set first; return whether it was done. Raises what the work raises."""
    if stop.is_set():
        work.close()
        return False
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
        return working.done()
    finally:
        working.cancel()
        stopping.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)


async def _reach(app: App) -> None:
    """Make the first contact, waiting for the network as long as it takes. Raises Stopped."""
    pause = FIRST_PAUSE
    while True:
        try:
            await app.initialize()
        except InvalidToken:
            raise Stopped(REFUSED) from None
        except BadRequest as error:
            raise Stopped(f"The Bot API server refuses: {error}.") from None
        except (NetworkError, RetryAfter) as error:
            log_event("no contact yet, trying again", level=logging.WARNING, reason=str(error), seconds=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        except TelegramError as error:
            raise Stopped(f"TELEGRAM_API_URL: {error}.") from None
        else:
            return


@contextlib.asynccontextmanager
async def _serving(app: App, services: Services, timings: Timings) -> AsyncIterator[None]:
    """Run handlers and the schedule inside; on the way out, what is under way ends and what is queued is sent."""
    from bot.jobs.schedule import start_schedule

    await app.start()
    menus = asyncio.create_task(app.bot_data.menus.set_all(services.settings.admin_ids))
    schedule = None
    try:
        schedule = await start_schedule(app, services)
        yield
    finally:
        menus.cancel()
        await asyncio.gather(menus, return_exceptions=True)
        if schedule is not None:
            await _end_schedule(schedule, timings.last_jobs)
        await app.stop()
        await app.bot_data.background.close()
        await app.bot_data.reports.close()
        await services.outbox.drain(timings.last_messages)
        await app.shutdown()


async def _end_schedule(schedule: JobQueue[Any], seconds: float) -> None:
    """End the schedule. Runs under way get a little time; what they have not done is made up at the next start."""
    try:
        async with asyncio.timeout(seconds):
            await schedule.stop(wait=True)
    except TimeoutError:
        await schedule.stop(wait=False)


async def _receive(
    app: App, bot: LabelBot, services: Services, stop: asyncio.Event, timings: Timings
) -> None:
    """Take in updates, by webhook or by polling, until told to stop. Raises Stopped."""
    monitor = ConnectionMonitor(services.store.database.beat, timings.silence)
    intake = UpdateIntake(bot, app.process_update, timings.user)
    # only the one that is used is imported: each costs time at every start
    if services.settings.webhook_url:
        from bot.botapi.webhook import listening

        receiving = listening(bot, intake, monitor, services.settings, timings.webhook)
    else:
        from bot.botapi.polling import polling

        receiving = polling(bot, intake, monitor, timings.polling)
    silence = asyncio.create_task(monitor.watch_silence())
    try:
        async with receiving:
            if not await _unless(stop, asyncio.wait((monitor.fatal,))):
                return
    finally:
        silence.cancel()
        await asyncio.gather(silence, return_exceptions=True)
    raise Stopped(monitor.fatal.result())


async def _offer_admin_link(services: Services) -> None:
    """Print a link that makes the first to open it the admin, if nobody is admin yet. The link is never logged."""
    if await services.has_admin():
        return
    token = secrets.token_urlsafe(16)
    await services.store.labelers.invite(token, admin=True, uses=1, now=services.clock(), expires_at=None)
    link = f"https://t.me/{services.username}?start={token}"
    _say(f"{ADMIN_LINK}\n{link}\n{_qr_code(link)}")


def _qr_code(text: str) -> str:
    """Return a QR code for a phone's camera; empty unless a terminal shows it whole."""
    if sys.stdout is None or not sys.stdout.isatty() or not sys.stdout.encoding.startswith("utf"):
        return ""
    import segno

    code = segno.make(text, micro=False, error="l")
    width, height = code.symbol_size(border=QUIET_ZONE)
    terminal = shutil.get_terminal_size()
    if terminal.columns < width or terminal.lines < height // 2:
        return ""
    drawn = io.StringIO()
    code.terminal(out=drawn, border=QUIET_ZONE, compact=True)
    return drawn.getvalue()


def _say(text: str) -> None:
    """Say something to the person at the terminal; it is in no log."""
    print(text.rstrip(), flush=True)  # noqa: T201 - it is for a person
