"""What people do in the little Telegram: write, tap, edit, delete, block, add and remove, upgrade a group.

Every method checks that the person could do it, changes the world, tells those who watch, and queues the update
that the bot would get. Orders that make no sense raise OrderError.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping
from typing import Any

from playground.errors import OrderError
from playground.state.records import ANONYMOUS_ADMIN, INSIDE, Callback, Chat, Message, User
from playground.state.telegram import Telegram
from playground.text.entities import tidy, utf16_length

MESSAGE_UNITS = 4096
ROLES = frozenset({"member", "administrator", "kicked", "left"})
_command = re.compile(r"/[A-Za-z0-9_]{1,64}(?:@(\w+))?(?!\w)")


class People:
    """The people's side of a Telegram."""

    def __init__(self, telegram: Telegram) -> None:
        self.telegram = telegram
        self.world = telegram.world
        self.bot = telegram.bot

    # -- making the world ---------------------------------------------------------------------------------

    def add_person(self, user_id: int, name: str, *, username: str = "", started: bool = False) -> Chat:
        """Adds a person and their private chat; ``started`` means that they pressed Start some time ago."""
        chat = self.world.add_person(User(user_id, name, username=username))
        if started:
            chat.roles[self.bot.id] = "member"
        self.telegram.tell_chat(chat)
        return chat

    def add_group(
        self,
        chat_id: int,
        title: str,
        members: list[int],
        *,
        kind: str = "group",
        topics: Mapping[str, str] | None = None,
        bare_commands: bool = False,
        with_bot: bool = True,
    ) -> Chat:
        """Adds a group that its first member made.

        Args:
            chat_id: a new negative number.
            title: the group's name.
            members: ids of people.
            kind: ``group`` or ``supergroup``.
            topics: names by their numbers, written as text; only a supergroup has topics.
            bare_commands: whether ``/command`` without the bot's name reaches it there.
            with_bot: whether the bot is in it since some time ago; it gets no update for that.
        """
        if kind not in ("group", "supergroup") or (topics and kind == "group"):
            raise OrderError("a group is of kind group or supergroup, and only a supergroup has topics")
        roles = dict.fromkeys(members, "member")
        if members:
            roles[members[0]] = "creator"
        if with_bot:
            roles[self.bot.id] = "member"
        named = {int(topic): name for topic, name in (topics or {}).items()}
        chat = Chat(chat_id, kind, title, roles, named, bare_commands)
        chat.last_id = max(chat.topics, default=0)
        self.telegram.tell_chat(self.world.add_group(chat))
        return chat

    # -- writing and tapping ------------------------------------------------------------------------------

    def send(
        self,
        user_id: int,
        chat_id: int,
        text: str,
        *,
        thread_id: int | None = None,
        reply_to: int | None = None,
        anonymous: bool = False,
        author: int | None = None,
    ) -> Message:
        """Writes a text; the first one in a private chat starts the bot (again, after a block).

        With an ``author`` the words are that user's: a person's, which are forwarded, or a bot's, written through it.
        """
        chat = self._entered(user_id, chat_id)
        text, entities = tidy(text, [])
        if not 1 <= utf16_length(text) <= MESSAGE_UNITS:
            raise OrderError(f"a message has 1 to {MESSAGE_UNITS} characters, not {utf16_length(text)}")
        if thread_id is not None and thread_id not in chat.topics:
            raise OrderError(f"chat {chat_id} has no topic {thread_id}")
        if reply_to is not None:
            self._message(chat, reply_to)
        if anonymous and not self.world.is_admin(chat, user_id):
            raise OrderError(f"user {user_id} is no admin of chat {chat_id}")
        return self._post(
            chat,
            ANONYMOUS_ADMIN if anonymous else user_id,
            text=text,
            entities=tuple(entities),
            thread_id=thread_id,
            reply_to=reply_to,
            sender_chat=chat.id if anonymous else None,
            author=None if author is None else self.world.user(author).id,
        )

    def upload(self, user_id: int, chat_id: int, name: str, content: bytes) -> Message:
        """Sends a document."""
        chat = self._entered(user_id, chat_id)
        mime_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return self._post(chat, user_id, kind="document", file=self.world.add_file(name, content, mime_type))

    def edit(self, chat_id: int, message_id: int, text: str) -> Message:
        """Changes the text of a message, as its author."""
        chat = self.world.chat(chat_id)
        message = self._message(chat, message_id)
        if message.sender == self.bot.id:
            raise OrderError("people cannot edit the bot's messages")
        message.text, entities = tidy(text, [])
        message.entities, message.edit_date = tuple(entities), self.world.now()
        self.telegram.tell_message("message_edited", message)
        self._deliver("edited_message", chat, message)
        return message

    def press(self, user_id: int, chat_id: int, message_id: int, data: str, *, raw: bool = False) -> Callback:
        """Taps the button with ``data`` under a message.

        ``raw`` sends what no button carries, too: any data, by anybody, on any message, as a modified app could.
        """
        chat = self.world.chat(chat_id)
        self.world.user(user_id)
        if not raw:
            self._inside(user_id, chat_id)
            if data not in _data_of(self._message(chat, message_id)):
                raise OrderError(f"message {message_id} has no button with data {data!r}")
        if chat.roles.get(self.bot.id) not in INSIDE:
            raise OrderError(f"the bot is not in chat {chat_id}")
        callback = self.world.add_callback(user_id, chat, message_id, data)
        self.telegram.events.publish("button_pressed", callback.as_control)
        self.deliver_tap(callback)
        return callback

    def deliver_tap(self, callback: Callback) -> None:
        """Queues the update of a tap; each call queues another one."""
        chat = self.world.chats[callback.chat_id]
        query = {
            "id": callback.id,
            "from": self.world.users[callback.user_id].as_api(),
            "message": self.world.message_or_stub(chat, callback.message_id),
            "chat_instance": str(-(abs(chat.id) * 7919 + 1)),
            "data": callback.data,
        }
        self.telegram.updates.add("callback_query", query, seconds=self.world.callback_seconds)

    def delete(self, chat_id: int, message_id: int) -> None:
        """Deletes a message for everybody; bots get no update for that."""
        chat = self.world.chat(chat_id)
        del chat.messages[self._message(chat, message_id).id]
        self.telegram.events.publish(
            "message_deleted", lambda: {"chat_id": chat_id, "message_id": message_id}
        )

    # -- coming and going ---------------------------------------------------------------------------------

    def set_bot_role(self, by: int, chat_id: int, role: str) -> None:
        """Makes the bot ``member``, ``administrator``, ``kicked`` or ``left`` in a chat.

        In a private chat ``kicked`` means that the person blocks the bot, and ``member`` ends that.
        """
        if role not in ROLES:
            raise OrderError(f"no role {role!r}; there are: {', '.join(sorted(ROLES))}")
        chat = self.world.chat(chat_id)
        before = self.world.bot_member_json(chat)
        was = chat.roles.get(self.bot.id)
        if was == role:
            return
        chat.roles[self.bot.id] = role
        change = {
            "chat": self.world.chat_json(chat),
            "from": self.world.user(by).as_api(),
            "date": self.world.now(),
            "old_chat_member": before,
            "new_chat_member": self.world.bot_member_json(chat),
        }
        self.telegram.updates.add("my_chat_member", change)
        self.telegram.tell_chat(chat)
        if not chat.is_private and (was in INSIDE) != (role in INSIDE):
            bot = self.bot.as_api()
            service = {"new_chat_members": [bot]} if role in INSIDE else {"left_chat_member": bot}
            self._post(chat, by, kind="service", service=service)

    def migrate(self, chat_id: int) -> Chat:
        """Makes a supergroup with another id of a group; under the old id the bot only learns the new one."""
        world = self.world
        old = world.chat(chat_id)
        if old.type != "group" or old.moved_to is not None:
            raise OrderError(f"chat {chat_id} is no group that could become a supergroup")
        creator = next((user for user, role in old.roles.items() if role == "creator"), ANONYMOUS_ADMIN)
        roles, bare = dict(old.roles), old.bare_commands
        new = world.add_group(Chat(world.supergroup_id(), "supergroup", old.title, roles, bare_commands=bare))
        self._post(old, creator, kind="service", service={"migrate_to_chat_id": new.id})
        came = {"migrate_from_chat_id": old.id}
        self._post(new, ANONYMOUS_ADMIN, kind="service", service=came, sender_chat=new.id)
        old.moved_to = new.id
        self.telegram.tell_chat(old)
        self.telegram.tell_chat(new)
        return new

    # -- helpers ------------------------------------------------------------------------------------------

    def _inside(self, user_id: int, chat_id: int) -> Chat:
        """Returns the chat, in which this person must be."""
        chat = self.world.chat(chat_id)
        self.world.user(user_id)
        if chat.moved_to is not None:
            raise OrderError(f"chat {chat_id} became {chat.moved_to}")
        if chat.roles.get(user_id) not in INSIDE:
            raise OrderError(f"user {user_id} is not in chat {chat_id}")
        return chat

    def _entered(self, user_id: int, chat_id: int) -> Chat:
        """Returns the chat, ready for a message: the first one in a private chat starts the bot, or unblocks it."""
        chat = self._inside(user_id, chat_id)
        role = chat.roles.get(self.bot.id)
        if chat.is_private and role == "kicked":
            self.set_bot_role(chat.id, chat.id, "member")
        elif chat.is_private and role is None:
            chat.roles[self.bot.id] = "member"
            self.telegram.tell_chat(chat)
        return chat

    @staticmethod
    def _message(chat: Chat, message_id: int) -> Message:
        if (message := chat.messages.get(message_id)) is None:
            raise OrderError(f"chat {chat.id} has no message {message_id}")
        return message

    def _post(self, chat: Chat, sender: int, **fields: Any) -> Message:
        """Adds a message, tells those who watch, and queues the update; ``fields`` are those of Message."""
        message = self.world.add_message(chat, sender, **fields)
        self.telegram.tell_message("message_new", message)
        self._deliver("message", chat, message)
        return message

    def _deliver(self, kind: str, chat: Chat, message: Message) -> None:
        """Queues the update unless privacy mode keeps the message from the bot."""
        if chat.roles.get(self.bot.id) in INSIDE and self._reaches_bot(chat, message):
            self.telegram.updates.add(kind, self.world.message_json(message))

    def _reaches_bot(self, chat: Chat, message: Message) -> bool:
        if chat.is_private or not self.telegram.privacy_mode or message.service is not None:
            return True
        if self.world.is_admin(chat, self.bot.id):
            return True
        replied = chat.messages.get(message.reply_to) if message.reply_to is not None else None
        if replied is not None and replied.sender == self.bot.id:
            return True
        match = _command.match(message.text)
        if match is None:
            return False
        if match[1] is None:
            return chat.bare_commands
        return match[1].lower() == self.bot.username.lower()


def _data_of(message: Message) -> list[str]:
    rows = message.markup["inline_keyboard"] if message.markup else []
    return [button["callback_data"] for row in rows for button in row if "callback_data" in button]
