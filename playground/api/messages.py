"""Text messages, edits, deletions, answers to taps, and the small signs (typing, reactions)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.api.keyboards import read_keyboard
from playground.api.params import Params, missing, wrong_type
from playground.api.registry import method
from playground.errors import EntityError, MarkupError, bad_request
from playground.state.records import Chat, Message
from playground.text.entities import Entity, read_entities, tidy, utf16_length
from playground.text.html_parser import parse_html

if TYPE_CHECKING:
    from playground.emulator import Playground

TEXT_UNITS = 4096
CAPTION_UNITS = 1024
NOTICE_CHARACTERS = 200
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
COMMON = "disable_notification protect_content message_thread_id reply_parameters reply_markup parse_mode"
EDITED = "chat_id message_id reply_markup"
ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)


def read_text(
    params: Params, name: str = "text", entities: str = "entities"
) -> tuple[str, tuple[Entity, ...]]:
    """The text of a request after parsing, with its formatting; raises Telegram's refusals."""
    raw = params.text(name)
    mode = params.text("parse_mode")
    explicit = params.structure(entities)
    try:
        if not mode:
            shaped = read_entities(explicit, raw) if explicit else []
            text = raw
        elif mode.lower() == "html":
            text, shaped = parse_html(raw)
        elif mode.lower() in ("markdown", "markdownv2"):
            raise bad_request(f"parse_mode {mode} is not known to this stand-in")
        else:
            raise bad_request("unsupported parse_mode")
    except MarkupError as error:
        raise bad_request(f"can't parse entities: {error}") from None
    except EntityError as error:
        raise bad_request(str(error)) from None
    text, shaped = tidy(text, shaped)
    return text, tuple(shaped)


def message_text(params: Params) -> tuple[str, tuple[Entity, ...]]:
    """The text of a message: 1 to 4096 UTF-16 units after parsing."""
    text, entities = read_text(params)
    if not text:
        raise bad_request("message text is empty")
    if utf16_length(text) > TEXT_UNITS:
        raise bad_request("message is too long")
    return text, entities


def caption_text(params: Params) -> tuple[str, tuple[Entity, ...]]:
    """A caption: 0 to 1024 UTF-16 units after parsing."""
    text, entities = read_text(params, "caption", "caption_entities")
    if utf16_length(text) > CAPTION_UNITS:
        raise bad_request("message caption is too long")
    return text, entities


def place(pg: Playground, chat: Chat, params: Params) -> dict[str, Any]:
    """Topic and reply of a new message, as fields of Message."""
    thread_id = params.integer("message_thread_id") or None
    if thread_id is not None and thread_id not in chat.topics:
        raise bad_request("message thread not found")
    reply = params.structure("reply_parameters")
    if reply is None:
        return {"thread_id": thread_id}
    if not isinstance(reply, dict):
        raise wrong_type("reply_parameters", "Object")
    if "message_id" not in reply:
        raise bad_request('can\'t find field "message_id"')
    if type(reply["message_id"]) is not int:
        raise wrong_type("message_id", "Number")
    replied = chat.messages.get(reply["message_id"])
    if replied is None:
        if not reply.get("allow_sending_without_reply"):
            raise bad_request("message to be replied not found")
        return {"thread_id": thread_id}
    return {"thread_id": thread_id or replied.thread_id, "reply_to": replied.id}


def sent(pg: Playground, message: Message) -> dict[str, Any]:
    """Tells of a new message and gives it as a result."""
    pg.tell_message("message_new", message)
    return pg.world.message_json(message)


@method("sendMessage", f"chat_id text entities link_preview_options {COMMON}")
def send_message(pg: Playground, params: Params) -> dict[str, Any]:
    """A text into a chat."""
    text, entities = message_text(params)
    chat = pg.world.writable_chat(params.chat_id)
    markup = read_keyboard(params.structure("reply_markup"))
    where = place(pg, chat, params)
    return sent(
        pg, pg.world.add_message(chat, pg.bot.id, text=text, entities=entities, markup=markup, **where)
    )


def own_message(pg: Playground, params: Params) -> Message:
    """The bot's message that an edit names; raises Telegram's refusals."""
    message_id = params.integer("message_id")
    if params.chat_id in (None, "") or not message_id:
        raise missing("message_id")
    chat = pg.world.writable_chat(params.chat_id)
    message = chat.messages.get(message_id)
    if message is None:
        raise bad_request("message to edit not found")
    if message.sender != pg.bot.id or message.service is not None:
        raise bad_request("message can't be edited")
    return message


def edited(pg: Playground, message: Message, **fields: Any) -> dict[str, Any]:
    """Changes a message, unless nothing would change."""
    if all(getattr(message, name) == value for name, value in fields.items()):
        raise bad_request(NOT_MODIFIED)
    for name, value in fields.items():
        setattr(message, name, value)
    message.edit_date = pg.world.now()
    pg.tell_message("message_edited", message)
    return pg.world.message_json(message)


@method("editMessageText", f"{EDITED} text parse_mode entities link_preview_options")
def edit_message_text(pg: Playground, params: Params) -> dict[str, Any]:
    """New text and buttons; buttons that are not given go away."""
    text, entities = message_text(params)
    message = own_message(pg, params)
    if message.kind != "text":
        raise bad_request("there is no text in the message to edit")
    markup = read_keyboard(params.structure("reply_markup"))
    return edited(pg, message, text=text, entities=entities, markup=markup)


@method("editMessageCaption", f"{EDITED} caption parse_mode caption_entities show_caption_above_media")
def edit_message_caption(pg: Playground, params: Params) -> dict[str, Any]:
    """New caption and buttons of a photo or document."""
    text, entities = caption_text(params)
    message = own_message(pg, params)
    if message.kind not in ("photo", "document"):
        raise bad_request("there is no caption in the message to edit")
    markup = read_keyboard(params.structure("reply_markup"))
    return edited(pg, message, text=text, entities=entities, markup=markup)


@method("editMessageReplyMarkup", EDITED)
def edit_message_reply_markup(pg: Playground, params: Params) -> dict[str, Any]:
    """New buttons, or none."""
    message = own_message(pg, params)
    return edited(pg, message, markup=read_keyboard(params.structure("reply_markup")))


@method("deleteMessage", "chat_id message_id")
def delete_message(pg: Playground, params: Params) -> bool:
    """A bot may delete its own messages for 48 hours, others only as an admin of a group."""
    chat = pg.world.writable_chat(params.chat_id)
    message = chat.messages.get(params.needed("message_id"))
    if message is None:
        raise bad_request("message to delete not found")
    others = message.sender != pg.bot.id and not chat.is_private and not pg.world.is_admin(chat, pg.bot.id)
    if others or pg.world.accessible(chat, message.id) is None:
        raise bad_request("message can't be deleted")
    pg.people.forget_message(chat, message.id)
    return True


@method("answerCallbackQuery", "callback_query_id text show_alert url cache_time")
def answer_callback_query(pg: Playground, params: Params) -> bool:
    """Ends the progress bar on a tapped button, with a notice of up to 200 characters or none."""
    callback = pg.world.live_callback(params.text("callback_query_id"))
    text = params.text("text")
    if utf16_length(text) > NOTICE_CHARACTERS:
        raise bad_request("MESSAGE_TOO_LONG")
    url = params.text("url")
    if url and not url.startswith((f"https://t.me/{pg.bot.username}?", f"t.me/{pg.bot.username}?")):
        raise bad_request("URL_INVALID")
    callback.answers.append({"text": text, "show_alert": params.flag("show_alert"), "url": url})
    pg.answered(callback)
    return True


@method("sendChatAction", "chat_id action message_thread_id")
def send_chat_action(pg: Playground, params: Params) -> bool:
    """``typing`` and the like."""
    chat = pg.world.writable_chat(params.chat_id)
    action = params.text("action")
    if action not in ACTIONS:
        raise missing("action")
    pg.events.publish(
        "chat_action",
        lambda: {"chat_id": chat.id, "action": action, "thread_id": params.integer("message_thread_id")},
    )
    return True


@method("setMessageReaction", "chat_id message_id reaction is_big")
def set_message_reaction(pg: Playground, params: Params) -> bool:
    """At most one reaction of the bot on a message."""
    chat = pg.world.writable_chat(params.chat_id)
    message = chat.messages.get(params.needed("message_id"))
    if message is None:
        raise bad_request("message to react not found")
    reaction = params.structure("reaction") or []
    if not isinstance(reaction, list):
        raise wrong_type("reaction", "Array")
    if len(reaction) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    message.reactions[pg.bot.id] = reaction
    pg.tell_message("message_edited", message)
    return True
