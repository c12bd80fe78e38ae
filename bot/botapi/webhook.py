"""Updates by webhook: Telegram calls, and gets its 200 only after the update was handled."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
import os
import secrets
import time
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from aiohttp import web
from telegram.error import InvalidToken, TelegramError

from bot.botapi.client import LabelBot
from bot.botapi.health import REFUSED, ConnectionMonitor
from bot.botapi.timings import WebhookTimes
from bot.botapi.updates import ALLOWED_UPDATES, UpdateIntake
from bot.errors import Stopped
from bot.log import log_event
from bot.settings import Settings

HEADER = "X-Telegram-Bot-Api-Secret-Token"
LARGEST = 1024 * 1024


@contextlib.asynccontextmanager
async def listening(
    bot: LabelBot,
    intake: UpdateIntake,
    monitor: ConnectionMonitor,
    settings: Settings,
    times: WebhookTimes,
) -> AsyncIterator[None]:
    """Listen on WEBHOOK_LISTEN under the path of WEBHOOK_URL while the block runs, and tell Telegram to call it.

    On the way out, calls under way are handled to their end. Raises Stopped when the address is taken.
    """
    secret = settings.webhook_secret.reveal() or secrets.token_urlsafe(32)
    path = urlsplit(settings.webhook_url).path or "/"
    server = web.Application(client_max_size=LARGEST)
    server.router.add_route("*", "/{path:.*}", _Receiver(intake, path, secret).receive)
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=20.0)
    await runner.setup()
    host, port = settings.webhook_listen
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise Stopped(f"WEBHOOK_LISTEN {host}:{port} cannot be used: {reason}.") from None
    log_event("listening", address=f"{host}:{port}")
    keeping = asyncio.create_task(_keep(bot, settings.webhook_url, secret, monitor, times))
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await runner.cleanup()


class _Receiver:
    """Answers one call: 404 elsewhere, 403 without the secret, 400 for what is no update, 200 for what was handled."""

    def __init__(self, intake: UpdateIntake, path: str, secret: str) -> None:
        self._intake = intake
        self._path = path
        self._secret = secret.encode()
        self._told_at = float("-inf")

    async def receive(self, request: web.Request) -> web.Response:
        """One call."""
        if request.raw_path.partition("?")[0] != self._path:
            return web.Response(status=404)
        given = request.headers.get(HEADER, "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._secret):
            self._tell_wrong()
            return web.Response(status=403)
        if request.method != "POST":
            return web.Response(status=405, headers={"Allow": "POST"})
        try:
            raw = json.loads(await request.read())
        except (ValueError, RecursionError):
            return web.Response(status=400)
        return web.Response(status=200 if await self._intake.take(raw) else 400)

    def _tell_wrong(self) -> None:
        """Into the log, once a minute at most: whoever knocks must not fill the disk."""
        now = time.monotonic()
        if now - self._told_at >= 60:
            self._told_at = now
            log_event("calls with a wrong secret are turned away", level=logging.WARNING)


async def _keep(
    bot: LabelBot, url: str, secret: str, monitor: ConnectionMonitor, times: WebhookTimes
) -> None:
    """Tell Telegram where to call, as often as it takes, then look regularly whether that still holds."""
    pause, told = times.first_pause, False
    while not monitor.fatal.done():
        try:
            if told and (await bot.get_webhook_info()).url != url:
                log_event("the webhook was changed by somebody else, setting it again", level=logging.WARNING)
                told = False
            if not told:
                await bot.set_webhook(
                    url, secret_token=secret, allowed_updates=ALLOWED_UPDATES, drop_pending_updates=False
                )
                log_event("the webhook is set")
                told = True
        except InvalidToken:
            monitor.end(REFUSED)
        except TelegramError as error:
            log_event("no word about the webhook, trying again", level=logging.WARNING, reason=str(error))
            await asyncio.sleep(pause)
            pause = min(pause * 2, times.look)
        except Exception:
            logging.getLogger("labelbot").exception("a mistake of our own, trying again")
            await asyncio.sleep(times.look)
        else:
            monitor.heard()
            pause = times.first_pause
            await asyncio.sleep(times.look)
