"""Who and what exists in the little Telegram, and the rules about who may write where.

No network, no tasks: time comes from ``clock`` (seconds since 1970), everything else from the arguments.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

from playground.errors import ApiError, OrderError, bad_request, forbidden
from playground.state.records import ADMINS, ANONYMOUS_ADMIN, INSIDE, Callback, Chat, File, Message, User

SUPERGROUP_OFFSET = 1_000_000_000_000
INACCESSIBLE_AFTER = 48 * 3600


class World:
    """All chats of one bot."""

    def __init__(self, bot: User, clock: Callable[[], float], *, callback_seconds: float) -> None:
        self.bot = bot
        self.clock = clock
        self.callback_seconds = callback_seconds
        self.users: dict[int, User] = {
            bot.id: bot,
            ANONYMOUS_ADMIN: User(ANONYMOUS_ADMIN, "Group", is_bot=True, username="GroupAnonymousBot"),
        }
        self.chats: dict[int, Chat] = {}
        self.callbacks: dict[str, Callback] = {}
        self.files: dict[str, File] = {}
        self._ids = random.Random(bot.id)  # noqa: S311 # ids, no secrets
        self._count = itertools.count(1)

    def now(self) -> int:
        return int(self.clock())

    # -- people and chats ---------------------------------------------------------------------------------

    def add_person(self, user: User) -> Chat:
        """Adds a person and the private chat with them, which they have not started yet."""
        if user.id in self.users:
            raise OrderError(f"there is already a user {user.id}")
        if user.id <= 0:
            raise OrderError(f"a person needs a positive id, not {user.id}")
        self.users[user.id] = user
        chat = self.chats[user.id] = Chat(user.id, "private", user.first_name, {user.id: "member"})
        return chat

    def add_group(self, chat: Chat) -> Chat:
        """Adds a group, which has a negative id; its members must exist."""
        if chat.id in self.chats or chat.id >= 0:
            raise OrderError(f"a group needs a new negative id, not {chat.id}")
        if unknown := [user for user in chat.roles if user not in self.users]:
            raise OrderError(f"no user {unknown[0]}")
        self.chats[chat.id] = chat
        return chat

    def user(self, user_id: int) -> User:
        """Returns the person or bot with this id; raises OrderError for an id nobody has."""
        if (user := self.users.get(user_id)) is None:
            raise OrderError(f"no user {user_id}")
        return user

    def chat(self, chat_id: int) -> Chat:
        """Returns the chat with this id; raises OrderError for an id no chat has."""
        if (chat := self.chats.get(chat_id)) is None:
            raise OrderError(f"no chat {chat_id}")
        return chat

    def supergroup_id(self) -> int:
        """Makes a fresh id in the shape that supergroups have."""
        return -(SUPERGROUP_OFFSET + self._ids.randrange(10**9, 2 * 10**9))

    # -- what the bot may touch ---------------------------------------------------------------------------

    def writable_chat(self, chat_id: int | str | None) -> Chat:
        """Returns the chat a request names, in which the bot may write; raises Telegram's refusals."""
        if chat_id is None or chat_id == "":
            raise bad_request("chat_id is empty")
        try:
            chat = self.chats[int(chat_id)]
        except (KeyError, ValueError):
            raise bad_request("chat not found") from None
        if chat.moved_to is not None:
            moved = {"migrate_to_chat_id": chat.moved_to}
            raise ApiError(400, "Bad Request: group chat was upgraded to a supergroup chat", moved)
        role = chat.roles.get(self.bot.id)
        if role in INSIDE:
            return chat
        if chat.is_private and role is None:
            raise forbidden("bot can't initiate conversation with a user")
        if chat.is_private:
            raise forbidden("bot was blocked by the user")
        if role == "kicked":
            raise forbidden(f"bot was kicked from the {chat.type} chat")
        raise forbidden(f"bot is not a member of the {chat.type} chat")

    def is_admin(self, chat: Chat, user_id: int) -> bool:
        return chat.roles.get(user_id) in ADMINS

    # -- messages -----------------------------------------------------------------------------------------

    def add_message(self, chat: Chat, sender: int, **fields: Any) -> Message:
        """Appends a message; ``fields`` are those of Message."""
        message = Message(chat.next_id(), chat.id, self.now(), sender, **fields)
        chat.messages[message.id] = message
        return message

    # -- taps ---------------------------------------------------------------------------------------------

    def add_callback(self, user_id: int, chat: Chat, message_id: int, data: str) -> Callback:
        callback = Callback(
            str(self._ids.randrange(10**18, 10**19)), user_id, chat.id, message_id, data, self.clock()
        )
        self.callbacks[callback.id] = callback
        return callback

    def live_callback(self, callback_id: str) -> Callback:
        """Returns the tap that can still be answered; raises Telegram's refusal for an old or unknown one."""
        callback = self.callbacks.get(callback_id)
        if callback is None or self.clock() - callback.date > self.callback_seconds:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        return callback

    # -- files --------------------------------------------------------------------------------------------

    def add_file(self, name: str, content: bytes, mime_type: str, size: tuple[int, int] = (0, 0)) -> File:
        """Keeps an upload; ``size`` is width and height of a picture."""
        number = next(self._count)
        unique = f"{self._ids.getrandbits(48):012x}{number:04x}"
        file = File(f"BQACAgI{unique}", unique, name, content, mime_type, *size)
        self.files[file.file_id] = file
        return file

    # -- what Telegram sends ------------------------------------------------------------------------------

    def chat_json(self, chat: Chat) -> dict[str, Any]:
        """Returns the object Chat as it stands in messages."""
        if chat.is_private:
            user = self.users[chat.id]
            shape: dict[str, Any] = {"id": chat.id, "type": "private", "first_name": user.first_name}
            if user.username:
                shape["username"] = user.username
            return shape
        shape = {"id": chat.id, "title": chat.title, "type": chat.type}
        if chat.is_forum:
            shape["is_forum"] = True
        return shape

    def message_json(self, message: Message, *, nested: bool = False) -> dict[str, Any]:
        """Returns the object Message; a message replied to carries no reply of its own (``nested``)."""
        chat = self.chats[message.chat_id]
        shape: dict[str, Any] = {
            "message_id": message.id,
            "from": self.users[message.sender].as_api(),
            "chat": self.chat_json(chat),
            "date": message.date,
        }
        if message.sender_chat is not None:
            shape["sender_chat"] = self.chat_json(self.chats[message.sender_chat])
        if message.author is not None:
            author = self.users[message.author].as_api()
            origin = {"type": "user", "date": message.date, "sender_user": author}
            shape |= {"via_bot": author} if author["is_bot"] else {"forward_origin": origin}
        if message.edit_date is not None:
            shape["edit_date"] = message.edit_date
        if message.thread_id is not None:
            shape["message_thread_id"] = message.thread_id
            if chat.is_forum:
                shape["is_topic_message"] = True
        replied = chat.messages.get(message.reply_to) if message.reply_to is not None and not nested else None
        if replied is not None:
            shape["reply_to_message"] = self.message_json(replied, nested=True)
        if message.service is not None:
            shape.update(message.service)
        else:
            self._add_content(shape, message)
        if message.markup is not None:
            shape["reply_markup"] = message.markup
        return shape

    @staticmethod
    def _add_content(shape: dict[str, Any], message: Message) -> None:
        entities = [entity.as_api() for entity in message.entities]
        if message.kind == "text":
            shape["text"] = message.text
            if entities:
                shape["entities"] = entities
            return
        if message.file is not None:
            is_photo = message.kind == "photo"
            shape[message.kind] = message.file.as_photo() if is_photo else message.file.as_document()
        if message.text:
            shape["caption"] = message.text
        if entities:
            shape["caption_entities"] = entities

    def message_or_stub(self, chat: Chat, message_id: int) -> dict[str, Any]:
        """Returns the object MaybeInaccessibleMessage: one that is gone or older than 48 hours has only the date 0."""
        message = chat.messages.get(message_id)
        if message is None or self.now() - message.date > INACCESSIBLE_AFTER:
            return {"chat": self.chat_json(chat), "message_id": message_id, "date": 0}
        return self.message_json(message)

    def chat_view(self, chat: Chat) -> dict[str, Any]:
        """Returns a chat as the control API shows it."""
        return {
            **self.chat_json(chat),
            "members": [
                {"id": user, "name": self.users[user].first_name, "status": role}
                for user, role in chat.roles.items()
            ],
            "bot_status": chat.roles.get(self.bot.id),
            "topics": [{"id": topic, "name": name} for topic, name in chat.topics.items()],
            "bare_commands": chat.bare_commands,
            "moved_to": chat.moved_to,
        }

    def bot_member_json(self, chat: Chat) -> dict[str, Any]:
        """Returns the object ChatMember of the bot, which has ``left`` where it never was."""
        status = chat.roles.get(self.bot.id, "left")
        shape: dict[str, Any] = {"user": self.bot.as_api(), "status": status}
        if status == "kicked":
            shape["until_date"] = 0
        if status in ADMINS:
            shape["is_anonymous"] = False
        if status == "administrator":
            rights = (
                "can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members can_promote_members "
                "can_change_info can_invite_users can_post_stories can_edit_stories can_delete_stories"
            )
            shape |= dict.fromkeys(rights.split(), True) | {"can_be_edited": False}
        return shape
