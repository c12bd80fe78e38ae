"""Updates by webhook: Telegram calls, and gets its 200 only after the update was handled.

The door is open to everybody who finds the address, so a stranger's call must cost next to nothing: path, secret,
method and length are looked at before the body is read, bodies are never unpacked, whoever is slow is cut off, and of
many connections that say nothing the oldest goes when another one comes. Nothing that a stranger does is logged more
than once a minute.
"""

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
MOST_CONNECTIONS = 200
"""Telegram itself opens 40 at most."""
FINISH_SECONDS = 20.0
TELL_EVERY = 60.0


@contextlib.asynccontextmanager
async def listening(
    bot: LabelBot,
    intake: UpdateIntake,
    monitor: ConnectionMonitor,
    settings: Settings,
    times: WebhookTimes,
) -> AsyncIterator[None]:
    """Listen on WEBHOOK_LISTEN under the path of WEBHOOK_URL while the block runs, and tell Telegram to call it.

    On the way out, calls under way are handled to their end. Raises Stopped when the address cannot be used.
    """
    secret = settings.webhook_secret.reveal() or secrets.token_urlsafe(32)
    path = urlsplit(settings.webhook_url).path or "/"
    runner = web.ServerRunner(_Door(intake, path, secret, times), shutdown_timeout=FINISH_SECONDS)
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


class _Door(web.Server):
    """Answers calls: 404 elsewhere, 403 without the secret, 400 for what is no update, 200 for what was handled."""

    def __init__(self, intake: UpdateIntake, path: str, secret: str, times: WebhookTimes) -> None:
        malformed = logging.Logger("webhook")  # aiohttp would write a traceback for each malformed request
        malformed.addFilter(lambda record: self._tell("malformed calls are turned away"))
        super().__init__(
            self._receive,
            access_log=None,
            logger=malformed,
            auto_decompress=False,
            keepalive_timeout=times.head,  # also the time in which a first request's head must be there
            lingering_time=1.0,
        )
        self._intake = intake
        self._path = path
        self._secret = secret.encode()
        self._body_seconds = times.body
        self._busy: set[web.RequestHandler] = set()
        self._told_at: dict[str, float] = {}

    def __call__(self) -> web.RequestHandler:
        """Take a connection. When there are too many, the oldest that is not being served goes."""
        if len(self.connections) >= MOST_CONNECTIONS:
            for connection in self.connections:
                if connection not in self._busy:
                    connection.force_close()
                    self._tell("too many connections, the oldest are closed")
                    break
        return super().__call__()

    async def _receive(self, request: web.BaseRequest) -> web.Response:
        """Look at one call, and handle it if it is Telegram's."""
        if request.raw_path.partition("?")[0] != self._path:
            return web.Response(status=404)
        given = request.headers.get(HEADER, "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._secret):
            self._tell("calls with a wrong secret are turned away")
            return web.Response(status=403)
        if request.method != "POST":
            return web.Response(status=405, headers={"Allow": "POST"})
        if (request.content_length or 0) > LARGEST:
            return web.Response(status=413)
        self._busy.add(request.protocol)
        try:
            return web.Response(status=await self._handle(request))
        finally:
            self._busy.discard(request.protocol)

    async def _handle(self, request: web.BaseRequest) -> int:
        """Read and handle the update of a call, and give the status of the answer."""
        try:
            async with asyncio.timeout(self._body_seconds):
                raw = json.loads(await request.read())
        except TimeoutError:
            return 408
        except (ValueError, RecursionError):
            return 400
        try:
            return 200 if await self._intake.take(raw) else 400
        except Exception:
            logging.getLogger("labelbot").exception("an update was not taken in over a mistake of our own")
            return 500

    def _tell(self, event: str) -> bool:
        """Log an event, once a minute at most. Return False, so that as a filter of a log this drops the record."""
        now = time.monotonic()
        if now - self._told_at.get(event, float("-inf")) >= TELL_EVERY:
            self._told_at[event] = now
            log_event(event, level=logging.WARNING)
        return False


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
