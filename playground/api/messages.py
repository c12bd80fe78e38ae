"""Text messages, edits, and answers to taps."""

from __future__ import annotations

from typing import Any

from playground.api.keyboards import read_keyboard
from playground.api.params import Params, missing
from playground.api.registry import method
from playground.errors import MarkupError, bad_request
from playground.state.records import Chat, Message
from playground.state.telegram import Telegram
from playground.text.entities import Entity, tidy, utf16_length
from playground.text.html_parser import parse_html

TEXT_UNITS = 4096
CAPTION_UNITS = 1024
NOTICE_CHARACTERS = 200
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
COMMON = (
    "chat_id disable_notification protect_content message_thread_id reply_parameters reply_markup parse_mode"
)
EDITED = "chat_id message_id reply_markup"


def read_text(params: Params, name: str) -> tuple[str, tuple[Entity, ...]]:
    """Returns the text of a request after parsing, with its formatting; raises Telegram's refusals."""
    text, mode = params.text(name), params.text("parse_mode").lower()
    entities: list[Entity] = []
    if mode in ("markdown", "markdownv2"):
        raise bad_request(f"parse_mode {params.text('parse_mode')} is not known to the playground")
    if mode not in ("", "html"):
        raise bad_request("unsupported parse_mode")
    try:
        if mode:
            text, entities = parse_html(text)
    except MarkupError as error:
        raise bad_request(f"can't parse entities: {error}") from None
    text, entities = tidy(text, entities)
    return text, tuple(entities)


def message_text(params: Params) -> tuple[str, tuple[Entity, ...]]:
    """Returns the text of a message, which has 1 to 4096 UTF-16 units after parsing."""
    text, entities = read_text(params, "text")
    if not text:
        raise bad_request("message text is empty")
    if utf16_length(text) > TEXT_UNITS:
        raise bad_request("message is too long")
    return text, entities


def caption_text(params: Params) -> tuple[str, tuple[Entity, ...]]:
    """Returns a caption, which has 0 to 1024 UTF-16 units after parsing."""
    text, entities = read_text(params, "caption")
    if utf16_length(text) > CAPTION_UNITS:
        raise bad_request("message caption is too long")
    return text, entities


def place(chat: Chat, params: Params) -> dict[str, Any]:
    """Returns topic and reply of a new message, as fields of Message."""
    thread_id = params.integer("message_thread_id") or None
    if thread_id is not None and thread_id not in chat.topics:
        raise bad_request("message thread not found")
    reply = params.values.get("reply_parameters")
    if reply is None:
        return {"thread_id": thread_id}
    if "message_id" not in reply:
        raise bad_request('can\'t find field "message_id"')
    replied = chat.messages.get(reply["message_id"])
    if replied is not None:
        return {"thread_id": thread_id or replied.thread_id, "reply_to": replied.id}
    if not reply.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return {"thread_id": thread_id}


def post(telegram: Telegram, params: Params, chat: Chat, **content: Any) -> dict[str, Any]:
    """Adds the bot's new message to a chat, tells those who watch, and gives it as a result."""
    markup = read_keyboard(params.values.get("reply_markup"))
    message = telegram.world.add_message(
        chat, telegram.bot.id, markup=markup, **place(chat, params), **content
    )
    telegram.tell_message("message_new", message)
    return telegram.world.message_json(message)


@method("sendMessage", f"text link_preview_options {COMMON}")
def send_message(telegram: Telegram, params: Params) -> dict[str, Any]:
    """Sends a text into a chat."""
    text, entities = message_text(params)
    chat = telegram.world.writable_chat(params.chat_id)
    return post(telegram, params, chat, text=text, entities=entities)


def own_message(telegram: Telegram, params: Params) -> Message:
    """Returns the bot's message that an edit names; raises Telegram's refusals."""
    message_id = params.integer("message_id")
    if params.chat_id in (None, "") or not message_id:
        raise missing("message_id")
    chat = telegram.world.writable_chat(params.chat_id)
    message = chat.messages.get(message_id)
    if message is None:
        raise bad_request("message to edit not found")
    if message.sender != telegram.bot.id or message.service is not None:
        raise bad_request("message can't be edited")
    return message


def edited(telegram: Telegram, message: Message, **fields: Any) -> dict[str, Any]:
    """Changes a message, unless nothing would change."""
    if all(getattr(message, name) == value for name, value in fields.items()):
        raise bad_request(NOT_MODIFIED)
    for name, value in fields.items():
        setattr(message, name, value)
    message.edit_date = telegram.world.now()
    telegram.tell_message("message_edited", message)
    return telegram.world.message_json(message)


@method("editMessageText", f"{EDITED} text parse_mode link_preview_options")
def edit_message_text(telegram: Telegram, params: Params) -> dict[str, Any]:
    """Changes text and buttons; buttons that are not given go away."""
    text, entities = message_text(params)
    message = own_message(telegram, params)
    if message.kind != "text":
        raise bad_request("there is no text in the message to edit")
    markup = read_keyboard(params.values.get("reply_markup"))
    return edited(telegram, message, text=text, entities=entities, markup=markup)


@method("editMessageReplyMarkup", EDITED)
def edit_message_reply_markup(telegram: Telegram, params: Params) -> dict[str, Any]:
    """Changes the buttons, or takes them away."""
    message = own_message(telegram, params)
    return edited(telegram, message, markup=read_keyboard(params.values.get("reply_markup")))


@method("answerCallbackQuery", "callback_query_id text show_alert url cache_time")
def answer_callback_query(telegram: Telegram, params: Params) -> bool:
    """Ends the progress bar on a tapped button, with a notice of up to 200 characters or none."""
    callback = telegram.world.live_callback(params.text("callback_query_id"))
    text = params.text("text")
    if utf16_length(text) > NOTICE_CHARACTERS:
        raise bad_request("MESSAGE_TOO_LONG")
    callback.answers.append(
        {"text": text, "show_alert": params.flag("show_alert"), "url": params.text("url")}
    )
    telegram.events.publish("callback_answered", callback.as_control)
    return True
