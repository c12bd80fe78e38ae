"""The bot's own end of the line: a Bot that never shows its token, and what is known about the other end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from telegram import LinkPreviewOptions
from telegram.ext import Defaults, ExtBot

from bot.botapi.http import AiohttpRequest
from bot.views.screen import Screen, markup

POLL_SECONDS = 25
SILENCE_SECONDS = 15 * 60.0
CONFLICTS_IN_A_ROW = 3
REFUSED = "Telegram refuses the token: check TELEGRAM_BOT_TOKEN, then start again."
NO_PREVIEW = {"link_preview_options": {"is_disabled": True}}
ANOTHER_COPY = "Another copy of this bot is running with the same token: stop that one first."


class LabelBot(ExtBot[None]):
    """python-telegram-bot's Bot over aiohttp."""

    def __init__(self, token: str, api_url: str) -> None:
        requests = AiohttpRequest(api_url), AiohttpRequest(api_url, connections=4, read_timeout=10.0)
        super().__init__(
            token,
            base_url=f"{api_url}/bot",
            base_file_url=f"{api_url}/file/bot",
            request=requests[0],
            get_updates_request=requests[1],
            # a card shows the description and nothing else: no preview of an address in it
            defaults=Defaults(link_preview_options=LinkPreviewOptions(is_disabled=True)),
        )

        self._pools = requests

    async def shutdown(self) -> None:
        """Close the connections, also after a start that was given up halfway."""
        await super().shutdown()
        for pool in self._pools:
            await pool.shutdown()

    def __repr__(self) -> str:
        """Without the token, which python-telegram-bot's own shows."""
        return "LabelBot(token=(hidden))"

    async def show(self, chat_id: int, message_id: int, screen: Screen) -> None:
        """Edit a message into a screen. Raises TelegramError, as the next two.

        These three are all that a tap sends. The result is not read: nobody needs the message that comes back, and
        reading it costs as much as sending.
        """
        said = {"chat_id": chat_id, "message_id": message_id, "text": screen.text, "parse_mode": "HTML"}
        more = {"reply_markup": markup(screen)} if screen.rows else {}
        await self._do_post("editMessageText", {**said, **NO_PREVIEW, **more})

    async def strip(self, chat_id: int, message_id: int) -> None:
        """Take the buttons off a message."""
        await self._do_post("editMessageReplyMarkup", {"chat_id": chat_id, "message_id": message_id})

    async def answer_tap(self, query_id: str, text: str, *, alert: bool) -> None:
        """Answer a tap, with a notice or an alert if there is a text."""
        more = {"text": text, "show_alert": alert} if text else {}
        await self._do_post("answerCallbackQuery", {"callback_query_id": query_id, **more})

    async def fetch(self, offset: int, seconds: int, kinds: Sequence[str]) -> list[dict[str, Any]]:
        """Updates from number `offset` on as they came, which confirms all before it; waits for one up to `seconds`.

        Not read yet, because one that cannot be read must not hold up the others. Raises TelegramError.
        """
        asked = {"offset": offset, "timeout": seconds, "allowed_updates": list(kinds)}
        found = await self._post("getUpdates", asked, read_timeout=seconds + 10.0)
        return list(found)


class ConnectionMonitor:
    """What is known of the other end. `fatal` is set to one line when it makes no sense to go on.

    beat: called at every word from there.
    """

    def __init__(self, beat: Callable[[], None]) -> None:
        self.last_success = time.monotonic()
        self.fatal: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._beat = beat
        self._conflicts = 0

    def heard(self) -> None:
        """Telegram has answered."""
        self.last_success = time.monotonic()
        self._conflicts = 0
        self._beat()

    def conflict(self) -> None:
        """Somebody else polls. Once or twice may be our own predecessor, just ended."""
        self._conflicts += 1
        if self._conflicts >= CONFLICTS_IN_A_ROW:
            self.end(ANOTHER_COPY)

    def end(self, reason: str) -> None:
        """It makes no sense to go on; the first reason counts."""
        if not self.fatal.done():
            self.fatal.set_result(reason)

    async def silence(self) -> None:
        """Wait until nothing was heard for SILENCE_SECONDS, then end: a new start has fresh connections."""
        while not self.fatal.done():
            left = self.last_success + SILENCE_SECONDS - time.monotonic()
            if left <= 0:
                self.end(f"No word from the Bot API server for {SILENCE_SECONDS / 60:g} minutes: giving up.")
            else:
                await asyncio.sleep(left)
