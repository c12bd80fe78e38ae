"""A minimal aiogram 3 bot that labels: one commit per tap, then the edit and the answer together.

It has the same table of answers, the same card and the same SQLite settings as ours, and nothing else: no roles, no
corrections, no resuming, no redelivery, no limits. Started with the address, the token, the base file and the
database as arguments.
"""

from __future__ import annotations

import asyncio
import html
import json
import sys
import time
from pathlib import Path

import aiosqlite
from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.types import Message as Incoming

TABLE = """
CREATE TABLE IF NOT EXISTS answers (
    answer_id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL,
    row_id INTEGER NOT NULL,
    label TEXT NOT NULL,
    tap_id TEXT NOT NULL UNIQUE,
    answered_at REAL NOT NULL
)
"""
SAVE = "INSERT INTO answers (user_id, row_id, label, tap_id, answered_at) VALUES (?, ?, ?, ?, ?)"


def card(items: list[str], row: int) -> tuple[str, InlineKeyboardMarkup]:
    """The text and the buttons of an item."""
    blocks = 10 * row // len(items)
    text = (
        f"<b>alignment</b> · Item {row + 1} / {len(items)}\n"
        f"{'▰' * blocks + '▱' * (10 - blocks)} Labeled: {row} / {len(items)}\n\n"
        "<b>Is this feature related to AI alignment, safety, or ethical behavior?</b>\n"
        f"<blockquote>{html.escape(items[row], quote=False)}</blockquote>"
    )
    rows = [
        [
            InlineKeyboardButton(text="Related", callback_data=f"r:{row}"),
            InlineKeyboardButton(text="Not Related", callback_data=f"n:{row}"),
        ],
        [
            InlineKeyboardButton(text="Back", callback_data=f"b:{row}"),
            InlineKeyboardButton(text="Skip", callback_data=f"s:{row}"),
        ],
    ]
    return text, InlineKeyboardMarkup(inline_keyboard=rows)


async def main(address: str, token: str, base: str, database: str) -> None:
    """Poll until ended."""
    items = [record["description"] for record in json.loads(Path(base).read_text())][:300]
    async with aiosqlite.connect(database, isolation_level=None) as connection:
        for pragma in ("journal_mode = WAL", "synchronous = FULL"):
            await connection.execute_fetchall(f"PRAGMA {pragma}")
        await connection.execute_fetchall(TABLE)
        bot = Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(address)))
        dispatcher = Dispatcher()

        @dispatcher.message(Command("label"))
        async def label(message: Incoming) -> None:
            text, markup = card(items, 0)
            await message.answer(text, parse_mode="HTML", reply_markup=markup)

        @dispatcher.callback_query(F.data)
        async def tapped(query: CallbackQuery) -> None:
            letter, _, row = (query.data or "").partition(":")
            said = "related" if letter == "r" else "not-related"
            await connection.execute_fetchall(
                SAVE, [query.from_user.id, int(row), said, query.id, time.time()]
            )
            text, markup = card(items, (int(row) + 1) % len(items))
            assert query.message is not None
            notice = "Saved: Related" if letter == "r" else "Saved: Not Related"
            await asyncio.gather(
                bot.edit_message_text(
                    text,
                    chat_id=query.message.chat.id,
                    message_id=query.message.message_id,
                    parse_mode="HTML",
                    reply_markup=markup,
                ),
                bot.answer_callback_query(query.id, notice),
            )

        await dispatcher.start_polling(bot)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
