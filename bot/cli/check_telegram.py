"""What `labelbot check` learns from Telegram: whose token it is, and what the bot reads in groups."""

from __future__ import annotations

import asyncio

from telegram.error import InvalidToken, TelegramError

from bot.botapi.client import LabelBot
from bot.cli.findings import DOUBTFUL, RIGHT, WRONG, Finding
from bot.settings import Settings

SECONDS = 8.0
"""How long Telegram may take to answer, from the first try to connect on."""


def check_telegram(settings: Settings, seconds: float = SECONDS) -> Finding:
    """Ask Telegram who the bot is. No answer in time is a doubt, nothing wrong.

    Args:
        settings: The settings, with a token.
        seconds: How long to wait.
    """
    return asyncio.run(_ask(settings, seconds))


async def _ask(settings: Settings, seconds: float) -> Finding:
    bot = LabelBot(settings.token.reveal() if settings.token else "", settings.api_url)
    try:
        async with asyncio.timeout(seconds):
            await bot.initialize()
    except InvalidToken:
        return Finding(WRONG, "TELEGRAM_BOT_TOKEN is refused by Telegram: copy it again from BotFather")
    except TimeoutError:
        return _skipped(f"no answer in {seconds:g} seconds")
    except TelegramError as error:
        return _skipped(str(error))
    finally:
        await bot.shutdown()
    if bot.bot.can_read_all_group_messages:
        return Finding(
            DOUBTFUL,
            f"Telegram knows the bot as @{bot.username}; in groups it gets every message, and needs only commands:"
            " BotFather's /setprivacy changes that",
        )
    return Finding(
        RIGHT, f"Telegram knows the bot as @{bot.username}; in groups it reads only what is for it"
    )


def _skipped(reason: str) -> Finding:
    return Finding(DOUBTFUL, f"Telegram was not asked who the bot is: {reason}")
