"""What the playground refuses, in Telegram's words. Most of these were read from live answers of the Bot API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.playground.conftest import Bot
from tests.support.phone import Chat, Phone

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


@pytest.fixture
async def you(phone: Phone) -> Chat:
    """A person who has started the bot."""
    return await phone.person("You", started=True)


def keyboard(**button: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "Tap", "callback_data": "x"} | button]]}


async def refusal(bot: Bot, method: str, **parameters: Any) -> str:
    """The words after ``Bad Request:``."""
    answer = await bot(method, **parameters)
    assert not answer["ok"], answer
    assert answer["error_code"] == 400
    prefix, _, words = str(answer["description"]).partition(": ")
    assert prefix == "Bad Request"
    return words


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": " \n\t "}, "message text is empty"),
        ({"text": "<b></b>", "parse_mode": "HTML"}, "message text is empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "😀" * 2049}, "message is too long"),
        (
            {"text": "<b>unclosed", "parse_mode": "HTML"},
            "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        (
            {"text": "ab <b", "parse_mode": "HTML"},
            "can't parse entities: Unclosed start tag at byte offset 3",
        ),
        ({"text": "x", "parse_mode": "INVALID"}, "unsupported parse_mode"),
        ({"text": "x", "parse_mode": "MarkdownV2"}, "parse_mode MarkdownV2 is not known to the playground"),
        ({"text": "x", "chat_id": 999}, "chat not found"),
        ({"text": "x", "chat_id": "@nobody"}, "chat not found"),
        ({"text": "x", "chat_id": ""}, "chat_id is empty"),
        ({"text": "x", "message_thread_id": 9}, "message thread not found"),
        ({"text": "x", "reply_parameters": {"message_id": 9}}, "message to be replied not found"),
        ({"text": "x", "reply_parameters": {"quote": "a"}}, 'can\'t find field "message_id"'),
        ({"text": 5}, 'field "text" must be of type String'),
        (
            {"text": "x", "disable_notification": "perhaps"},
            'field "disable_notification" must be of type Boolean',
        ),
        ({"text": "x", "message_thread_id": "five"}, 'field "message_thread_id" must be of type Number'),
        ({"text": "x", "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
        ({"text": "x", "reply_markup": "5"}, "object expected as reply markup"),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": "bad"}},
            'field "inline_keyboard" must be of type Array',
        ),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [{}]}},
            'field "inline_keyboard" must be an Array of Arrays',
        ),
        (
            {"text": "x", "reply_markup": {"keyboard": []}},
            'reply markup "keyboard" is not known to the playground',
        ),
        ({"text": "x", "parse_mod": "HTML"}, 'unknown parameter "parse_mod" in sendMessage'),
        (
            {"text": "x", "business_connection_id": "1"},
            'parameter "business_connection_id" of sendMessage is not known to the playground',
        ),
    ],
)
async def test_a_wrong_message_is_refused(
    phone: Phone, you: Chat, bot: Bot, parameters: dict[str, Any], words: str
) -> None:
    assert await refusal(bot, "sendMessage", **{"chat_id": you.id, **parameters}) == words
    assert you.messages == []


@pytest.mark.parametrize(
    ("button", "words"),
    [
        ({"callback_data": "x" * 65}, "BUTTON_DATA_INVALID"),
        ({"callback_data": "ü" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": " "}, "BUTTON_TEXT_INVALID"),
        (
            {"callback_data": ""},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"callback_data": 5},
            'can\'t parse inline keyboard button: Field "callback_data" must be of type String',
        ),
        ({"calback_data": "x"}, 'can\'t parse inline keyboard button: Field "calback_data" is unknown'),
        ({"url": "t.me/x"}, "can't parse inline keyboard button: exactly one action is allowed"),
        (
            {"callback_data": None, "url": "not-a-url"},
            "inline keyboard button URL 'not-a-url' is invalid: Wrong HTTP URL",
        ),
        (
            {"callback_data": None, "url": "ftp://example.com"},
            "inline keyboard button URL 'ftp://example.com' is invalid: Unsupported URL protocol",
        ),
        ({"style": "green"}, "can't parse inline keyboard button: Unsupported button style specified"),
    ],
)
async def test_a_wrong_button_is_refused(you: Chat, bot: Bot, button: dict[str, Any], words: str) -> None:
    shape = {
        name: value
        for name, value in ({"text": "Tap", "callback_data": "x"} | button).items()
        if value is not None
    }
    markup = {"inline_keyboard": [[shape]]}
    assert await refusal(bot, "sendMessage", chat_id=you.id, text="x", reply_markup=markup) == words


async def test_what_is_just_within_the_limits_is_accepted(you: Chat, bot: Bot) -> None:
    for parameters in (
        {"text": "x" * 4096},
        {"text": "😀" * 2048},
        {"text": "<b>" + "&lt;" * 4096 + "</b>", "parse_mode": "html"},
        {"text": "x", "reply_markup": keyboard(callback_data="x" * 64)},
        {"text": "x", "reply_markup": keyboard(style="success")},
        {"text": "x", "reply_markup": {"inline_keyboard": []}},
    ):
        assert (await bot("sendMessage", chat_id=you.id, **parameters))["ok"], parameters


async def test_an_identical_edit_is_refused_and_a_changed_one_is_not(you: Chat, bot: Bot) -> None:
    sent = (
        await bot(
            "sendMessage", chat_id=you.id, text="<b>one</b>", parse_mode="HTML", reply_markup=keyboard()
        )
    )["result"]
    message = {"chat_id": you.id, "message_id": sent["message_id"]}
    same = {"text": "<b>one</b>", "parse_mode": "HTML", "reply_markup": keyboard()}
    assert await refusal(bot, "editMessageText", **message, **same) == NOT_MODIFIED
    assert await refusal(bot, "editMessageReplyMarkup", **message, reply_markup=keyboard()) == NOT_MODIFIED
    for changed in (
        {**same, "text": "one"},
        {**same, "reply_markup": keyboard(text="Other")},
        {"text": "<b>one</b>", "parse_mode": "HTML"},
    ):
        assert (await bot("editMessageText", **message, **changed))["ok"]
    assert you.last.edited
    assert you.last.rows == []


async def test_editing_needs_an_own_message_that_is_still_there(you: Chat, bot: Bot) -> None:
    mine = await you.send("hello")
    sent = (await bot("sendMessage", chat_id=you.id, text="hi"))["result"]
    await you.delete(sent["message_id"])
    for message_id, words in (
        (sent["message_id"], "message to edit not found"),
        (99, "message to edit not found"),
        (mine.id, "message can't be edited"),
        (0, "message identifier is not specified"),
        ("ten", 'field "message_id" must be of type Number'),
    ):
        found = await refusal(bot, "editMessageText", chat_id=you.id, message_id=message_id, text="x")
        assert found == f"{words}"
    assert (
        await refusal(bot, "editMessageText", chat_id=you.id, text="x")
        == "message identifier is not specified"
    )


async def test_a_callback_can_be_answered_once_it_is_there_and_for_150_seconds(
    phone: Phone, you: Chat, bot: Bot
) -> None:
    await bot("sendMessage", chat_id=you.id, text="card", reply_markup=keyboard())
    fresh = await you.press("x")
    assert await refusal(bot, "answerCallbackQuery", callback_query_id="12345") == TOO_OLD
    found = await refusal(bot, "answerCallbackQuery", callback_query_id=fresh, text="x" * 201)
    assert found == "MESSAGE_TOO_LONG"
    assert (await bot("answerCallbackQuery", callback_query_id=fresh, text="x" * 200, show_alert=True))["ok"]
    answer = await you.answer(fresh)
    assert (answer.text, answer.alert) == ("x" * 200, True)
    late = await you.press("x")
    await phone.shift_clock(149)
    assert (await bot("answerCallbackQuery", callback_query_id=late))["ok"]
    await phone.shift_clock(151)
    assert await refusal(bot, "answerCallbackQuery", callback_query_id=late) == TOO_OLD


async def test_the_time_for_an_answer_can_be_set(phone: Phone, you: Chat, bot: Bot) -> None:
    await phone.order("settings", callback_seconds=0.0)
    await bot("sendMessage", chat_id=you.id, text="card", reply_markup=keyboard())
    tap = await you.press("x")
    assert await refusal(bot, "answerCallbackQuery", callback_query_id=tap) == TOO_OLD


async def test_the_bot_cannot_write_first_nor_to_who_blocked_it(phone: Phone, bot: Bot) -> None:
    stranger = await phone.person("Stranger", 77)
    answer = await bot("sendMessage", chat_id=77, text="hello")
    assert (answer["error_code"], answer["description"]) == (
        403,
        "Forbidden: bot can't initiate conversation with a user",
    )
    await stranger.send("/start")
    assert (await bot("sendMessage", chat_id=77, text="hello"))["ok"]
    await stranger.block()
    answer = await bot("sendMessage", chat_id=77, text="hello")
    assert (answer["error_code"], answer["description"]) == (403, "Forbidden: bot was blocked by the user")
    await stranger.send("/start")
    assert (await bot("sendMessage", chat_id=77, text="hello"))["ok"]


async def test_the_validation_can_be_left_out_and_cheap_checks_remain(
    you: Chat, bot: Bot, phone: Phone
) -> None:
    await phone.order("settings", validate=False)
    assert await refusal(bot, "sendMessage", chat_id=you.id) == "message text is empty"
    assert await refusal(bot, "sendMessage", chat_id=you.id, text=5) == 'field "text" must be of type String'
    found = await refusal(bot, "sendMessage", chat_id=you.id, text="x", parse_mod="HTML")
    assert found == 'parameter "parse_mod" of sendMessage is not known to the playground'
    assert await refusal(bot, "sendMessage", text="x") == "chat_id is empty"
    found = await refusal(
        bot, "sendMessage", chat_id=you.id, text="x", reply_markup=keyboard(callback_data="x" * 65)
    )
    assert found == "BUTTON_DATA_INVALID"
