"""A minimal python-telegram-bot bot, for the time until its first poll. Arguments: the address and the token."""

from __future__ import annotations

import sys
from typing import Any

from telegram import Update
from telegram.ext import Application, CommandHandler


async def start(update: Update, context: Any) -> None:
    """Say something."""
    if update.message is not None:
        await update.message.reply_text("Hello")


def main(address: str, token: str) -> None:
    """Poll until ended."""
    builder = Application.builder().token(token)
    application = builder.base_url(f"{address}/bot").base_file_url(f"{address}/file/bot").build()
    application.add_handler(CommandHandler("start", start))
    application.run_polling()


if __name__ == "__main__":
    main(*sys.argv[1:])
