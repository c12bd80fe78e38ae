"""The bot's own end of the line: a Bot that never shows its token, with quick ways for what every tap needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from telegram import LinkPreviewOptions
from telegram.ext import Defaults, ExtBot

from bot.botapi.http import AiohttpRequest
from bot.views.screen import Screen, markup

NO_PREVIEW = {"link_preview_options": {"is_disabled": True}}


class LabelBot(ExtBot[None]):
    """python-telegram-bot's Bot over aiohttp.

    `show`, `set_buttons` and `answer_tap` are what most taps send. They do not read the message that comes back: nobody
    needs it, and reading it costs as much as sending. A parameter that is None is not sent.
    """

    def __init__(self, token: str, api_url: str, *, read_timeout: float = 15.0) -> None:
        """Prepare the connections; nothing connects before `initialize`.

        Args:
            token: The bot's token, as BotFather gives it.
            api_url: The address of the Bot API server, without a slash at the end.
            read_timeout: Seconds to wait for the answer to a request.
        """
        requests = (
            AiohttpRequest(api_url, read_timeout=read_timeout),
            AiohttpRequest(api_url, connections=4, read_timeout=10.0),
        )
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
        """Describe the bot without its token, which python-telegram-bot's own description shows."""
        return "LabelBot(token=(hidden))"

    async def show(self, chat_id: int, message_id: int, screen: Screen) -> None:
        """Edit a message into a screen. Raises TelegramError."""
        place = {"chat_id": chat_id, "message_id": message_id}
        shown = {"text": screen.text, "parse_mode": "HTML", "reply_markup": markup(screen)}
        await self._do_post("editMessageText", {**place, **shown, **NO_PREVIEW})

    async def set_buttons(self, chat_id: int, message_id: int, screen: Screen) -> None:
        """Put the screen's buttons below a message, whose text stays; a screen without any takes them away.

        Raises TelegramError.
        """
        place = {"chat_id": chat_id, "message_id": message_id}
        await self._do_post("editMessageReplyMarkup", {**place, "reply_markup": markup(screen)})

    async def answer_tap(self, query_id: str, text: str, *, alert: bool) -> None:
        """Answer a tap, with a notice or an alert if there is a text. Raises TelegramError."""
        more = {"text": text, "show_alert": alert} if text else {}
        await self._do_post("answerCallbackQuery", {"callback_query_id": query_id, **more})

    async def fetch(self, offset: int, seconds: int, kinds: Sequence[str]) -> list[dict[str, Any]]:
        """Ask for updates. They come as raw JSON: one that cannot be read must not hold up the others.

        Args:
            offset: The number of the first update wanted. Asking for it confirms all updates before it.
            seconds: How long the server may wait for an update.
            kinds: The kinds of updates that are wanted.

        Raises:
            TelegramError: Nothing came.
        """
        asked = {"offset": offset, "timeout": seconds, "allowed_updates": list(kinds)}
        found = await self._post("getUpdates", asked, read_timeout=seconds + 10.0)
        return list(found)
