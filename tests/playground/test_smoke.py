"""A real python-telegram-bot application against the playground, driven through the phone."""

from __future__ import annotations

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes

from tests.support.phone import Phone


def counting_card(count: int) -> dict[str, object]:
    keyboard = InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton("✓ Related", callback_data=f"yes:{count}", style="success"),
                InlineKeyboardButton("Not Related", callback_data=f"no:{count}"),
            ]
        ]
    )
    return {"text": f"<b>Item {count}</b> <code>/ 9</code>", "parse_mode": "HTML", "reply_markup": keyboard}


async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message is not None
    await update.message.reply_text(**counting_card(1))  # type: ignore[arg-type] # the parts of a call


async def tapped(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    query = update.callback_query
    assert query is not None
    assert query.data is not None
    word, _, count = query.data.partition(":")
    await query.answer(f"Saved: {word}", show_alert=word == "no")
    await query.edit_message_text(**counting_card(int(count) + 1))  # type: ignore[arg-type] # the parts of a call


async def test_a_real_application_polls_answers_taps_and_edits_its_card(phone: Phone) -> None:
    app = (
        Application.builder()
        .token(phone.token)
        .base_url(f"{phone.address}/bot")
        .base_file_url(f"{phone.address}/file/bot")
        .build()
    )
    app.add_handler(CommandHandler("start", start))
    app.add_handler(CallbackQueryHandler(tapped))
    you = await phone.person("You")
    async with app:
        await app.start()
        assert app.updater is not None
        await app.updater.start_polling(timeout=10)
        card = await you.ask("/start")
        assert card.html == "<b>Item 1</b> <code>/ 9</code>"
        assert card.rows == [["✓ Related", "Not Related"]]
        answer = await you.tap("Related")
        assert (answer.text, answer.alert) == ("Saved: yes", False)
        await you.wait_text("Item 2 / 9")
        card = await you.step("Not Related")
        assert card.text == "Item 3 / 9"
        assert [button.style for button in you.card.buttons[0]] == ["success", ""]
        await phone.settle()
        assert [call.method for call in await phone.refusals()] == []
        await app.updater.stop()
        await app.stop()
