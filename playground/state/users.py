"""What people do in the little Telegram: write, tap, edit, delete, block, add and remove, upgrade a group.

Every method checks that the person could do it, changes the world, tells those who watch, and queues the update
that the bot would get. Wrong orders raise Refused.
"""

from __future__ import annotations

import mimetypes
import re
from typing import TYPE_CHECKING, Any

from playground.errors import Refused
from playground.state.records import ADMINS, ANONYMOUS_ADMIN, INSIDE, Callback, Chat, Message, User
from playground.text.entities import tidy, utf16_length

if TYPE_CHECKING:
    from playground.emulator import Playground

_command = re.compile(r"/[A-Za-z0-9_]{1,64}(?:@(\w+))?(?!\w)")


class People:
    """The people's side of a Playground."""

    def __init__(self, playground: Playground) -> None:
        self.pg = playground

    # -- making the world ---------------------------------------------------------------------------------

    def add_person(
        self,
        user_id: int,
        first_name: str,
        *,
        username: str = "",
        language_code: str = "en",
        started: bool = False,
    ) -> Chat:
        """A person and their private chat; ``started`` means that they pressed Start some time ago."""
        chat = self.pg.world.add_person(
            User(user_id, first_name, username=username, language_code=language_code)
        )
        if started:
            chat.roles[self.pg.bot.id] = "member"
        self.pg.tell_chat(chat)
        return chat

    def add_group(
        self,
        title: str,
        members: list[int],
        *,
        chat_id: int = -1000,
        kind: str = "group",
        topics: dict[int, str] | None = None,
        bare_commands: bool = False,
        with_bot: bool = True,
    ) -> Chat:
        """A group; the first member made it. ``with_bot``: the bot is in it since some time ago, without an update."""
        if kind not in ("group", "supergroup") or (topics and kind == "group"):
            raise Refused("a group is of kind group or supergroup, and only a supergroup has topics")
        roles = dict.fromkeys(members, "member")
        if members:
            roles[members[0]] = "creator"
        if with_bot:
            roles[self.pg.bot.id] = "member"
        chat = Chat(chat_id, kind, title, roles, dict(topics or {}), bare_commands)
        chat.last_id = max(chat.topics, default=0)
        self.pg.tell_chat(self.pg.world.add_group(chat))
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
    ) -> Message:
        """A text by a person; the first one in a private chat starts the bot (again, after a block)."""
        chat = self._inside(user_id, chat_id)
        text, entities = tidy(text, [])
        if not 1 <= utf16_length(text) <= 4096:
            raise Refused(f"a message has 1 to 4096 characters, not {utf16_length(text)}")
        if thread_id is not None and thread_id not in chat.topics:
            raise Refused(f"chat {chat_id} has no topic {thread_id}")
        if reply_to is not None and reply_to not in chat.messages:
            raise Refused(f"chat {chat_id} has no message {reply_to}")
        if anonymous and not self.pg.world.is_admin(chat, user_id):
            raise Refused(f"user {user_id} is no admin of chat {chat_id}")
        if chat.is_private:
            self._start(chat)
        message = self.pg.world.add_message(
            chat,
            ANONYMOUS_ADMIN if anonymous else user_id,
            text=text,
            entities=tuple(entities),
            thread_id=thread_id,
            reply_to=reply_to,
            sender_chat=chat.id if anonymous else None,
        )
        self.pg.tell_message("message_new", message)
        self._deliver("message", chat, message)
        return message

    def upload(self, user_id: int, chat_id: int, name: str, content: bytes, caption: str = "") -> Message:
        """A document by a person."""
        chat = self._inside(user_id, chat_id)
        if chat.is_private:
            self._start(chat)
        mime_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        file = self.pg.world.add_file(name, content, mime_type)
        text, entities = tidy(caption, [])
        message = self.pg.world.add_message(
            chat, user_id, kind="document", text=text, entities=tuple(entities), file=file
        )
        self.pg.tell_message("message_new", message)
        self._deliver("message", chat, message)
        return message

    def edit(self, chat_id: int, message_id: int, text: str) -> Message:
        """The author of a message changes its text."""
        chat = self.pg.world.chat(chat_id)
        message = self._message(chat, message_id)
        if message.sender == self.pg.bot.id:
            raise Refused("people cannot edit the bot's messages")
        shown, entities = tidy(text, [])
        message.text, message.entities, message.edit_date = shown, tuple(entities), self.pg.world.now()
        self.pg.tell_message("message_edited", message)
        self._deliver("edited_message", chat, message)
        return message

    def press(self, user_id: int, chat_id: int, message_id: int, data: str, *, raw: bool = False) -> Callback:
        """A tap on the button with ``data`` under a message. ``raw`` sends what no button carries, too: any data,
        by anybody, on any message, as a modified app could."""
        chat = self.pg.world.chat(chat_id)
        self.pg.world.user(user_id)
        if not raw:
            self._inside(user_id, chat_id)
            if data not in _data_of(self._message(chat, message_id)):
                raise Refused(f"message {message_id} has no button with data {data!r}")
        if chat.roles.get(self.pg.bot.id) not in INSIDE:
            raise Refused(f"the bot is not in chat {chat_id}")
        callback = self.pg.world.add_callback(user_id, chat, message_id, data)
        self.pg.events.publish("button_pressed", callback.as_control)
        self.pg.updates.add(
            "callback_query", self.callback_json(callback), seconds=self.pg.world.callback_seconds
        )
        return callback

    def callback_json(self, callback: Callback) -> dict[str, Any]:
        """The object CallbackQuery."""
        world = self.pg.world
        chat = world.chats[callback.chat_id]
        return {
            "id": callback.id,
            "from": world.users[callback.user_id].as_api(),
            "message": world.message_or_stub(chat, callback.message_id),
            "chat_instance": str(-(abs(chat.id) * 7919 + 1)),
            "data": callback.data,
        }

    def forget_message(self, chat: Chat, message_id: int) -> None:
        """Removes a message; bots get no update for that."""
        del chat.messages[message_id]
        self.pg.events.publish("message_deleted", lambda: {"chat_id": chat.id, "message_id": message_id})

    def delete(self, chat_id: int, message_id: int) -> None:
        """Somebody deletes a message for everybody."""
        chat = self.pg.world.chat(chat_id)
        self._message(chat, message_id)
        self.forget_message(chat, message_id)

    # -- coming and going ---------------------------------------------------------------------------------

    def block(self, user_id: int) -> None:
        """The person blocks the bot."""
        self.set_bot_role(user_id, self.pg.world.chat(user_id).id, "kicked")

    def unblock(self, user_id: int) -> None:
        """The person lets the bot write again."""
        self.set_bot_role(user_id, self.pg.world.chat(user_id).id, "member")

    def set_bot_role(self, by: int, chat_id: int, role: str) -> None:
        """``member``, ``administrator``, ``kicked`` or ``left``, by a person (or by the bot itself, leaving)."""
        world = self.pg.world
        chat = world.chat(chat_id)
        before = world.member_json(chat, self.pg.bot.id)
        was = chat.roles.get(self.pg.bot.id)
        if was == role:
            return
        chat.roles[self.pg.bot.id] = role
        change = {
            "chat": world.chat_json(chat),
            "from": world.user(by).as_api(),
            "date": world.now(),
            "old_chat_member": before,
            "new_chat_member": world.member_json(chat, self.pg.bot.id),
        }
        self.pg.updates.add("my_chat_member", change)
        self.pg.tell_chat(chat)
        if not chat.is_private and (was in INSIDE) != (role in INSIDE):
            self._service_of_bot(by, chat, came=role in INSIDE)

    def _service_of_bot(self, by: int, chat: Chat, *, came: bool) -> None:
        bot = self.pg.bot.as_api()
        service: dict[str, Any] = {"new_chat_members": [bot]} if came else {"left_chat_member": bot}
        message = self.pg.world.add_message(chat, by, kind="service", service=service)
        self.pg.tell_message("message_new", message)
        if came:
            self._deliver("message", chat, message)

    def set_role(self, user_id: int, chat_id: int, role: str) -> None:
        """Makes a person ``member``, ``administrator``, ``left`` or ``kicked`` in a group."""
        chat = self.pg.world.chat(chat_id)
        user = self.pg.world.user(user_id)
        was = chat.roles.get(user_id)
        chat.roles[user_id] = role
        self.pg.tell_chat(chat)
        if (was in INSIDE) == (role in INSIDE):
            return
        came = role in INSIDE
        service = {"new_chat_members": [user.as_api()]} if came else {"left_chat_member": user.as_api()}
        message = self.pg.world.add_message(chat, user_id, kind="service", service=service)
        self.pg.tell_message("message_new", message)
        self._deliver("message", chat, message)

    def migrate(self, chat_id: int) -> Chat:
        """The group becomes a supergroup with another id; its old id only says where it went."""
        world = self.pg.world
        old = world.chat(chat_id)
        if old.type != "group" or old.moved_to is not None:
            raise Refused(f"chat {chat_id} is no group that could become a supergroup")
        creator = next((user for user, role in old.roles.items() if role == "creator"), ANONYMOUS_ADMIN)
        new = world.add_group(
            Chat(
                world.supergroup_id(),
                "supergroup",
                old.title,
                dict(old.roles),
                bare_commands=old.bare_commands,
            )
        )
        gone = world.add_message(old, creator, kind="service", service={"migrate_to_chat_id": new.id})
        came = world.add_message(
            new, ANONYMOUS_ADMIN, kind="service", service={"migrate_from_chat_id": old.id}, sender_chat=new.id
        )
        for chat, message in ((old, gone), (new, came)):
            self.pg.tell_message("message_new", message)
            self._deliver("message", chat, message)
        old.moved_to = new.id
        self.pg.tell_chat(old)
        self.pg.tell_chat(new)
        return new

    # -- looking ------------------------------------------------------------------------------------------

    def chat_view(self, chat: Chat) -> dict[str, Any]:
        """A chat as the control interface shows it."""
        names = {user: self.pg.world.users[user].first_name for user in chat.roles}
        return {
            **self.pg.world.chat_json(chat),
            "members": [
                {"id": user, "name": names[user], "status": role} for user, role in chat.roles.items()
            ],
            "bot_status": chat.roles.get(self.pg.bot.id),
            "topics": [{"id": topic, "name": name} for topic, name in chat.topics.items()],
            "bare_commands": chat.bare_commands,
            "moved_to": chat.moved_to,
            "last_message_id": max(chat.messages, default=None),
        }

    # -- helpers ------------------------------------------------------------------------------------------

    def _inside(self, user_id: int, chat_id: int) -> Chat:
        chat = self.pg.world.chat(chat_id)
        self.pg.world.user(user_id)
        if chat.moved_to is not None:
            raise Refused(f"chat {chat_id} became {chat.moved_to}")
        if chat.roles.get(user_id) not in INSIDE:
            raise Refused(f"user {user_id} is not in chat {chat_id}")
        return chat

    def _start(self, chat: Chat) -> None:
        """The first message starts the bot; after a block it lets it write again."""
        role = chat.roles.get(self.pg.bot.id)
        if role == "kicked":
            self.unblock(chat.id)
        elif role is None:
            chat.roles[self.pg.bot.id] = "member"
            self.pg.tell_chat(chat)

    @staticmethod
    def _message(chat: Chat, message_id: int) -> Message:
        if (message := chat.messages.get(message_id)) is None:
            raise Refused(f"chat {chat.id} has no message {message_id}")
        return message

    def _deliver(self, kind: str, chat: Chat, message: Message) -> None:
        """Queues the update unless privacy mode keeps the message from the bot."""
        if chat.roles.get(self.pg.bot.id) in INSIDE and self._reaches_bot(chat, message):
            self.pg.updates.add(kind, self.pg.world.message_json(message))

    def _reaches_bot(self, chat: Chat, message: Message) -> bool:
        if chat.is_private or not self.pg.privacy_mode or message.service is not None:
            return True
        if chat.roles.get(self.pg.bot.id) in ADMINS:
            return True
        replied = chat.messages.get(message.reply_to) if message.reply_to is not None else None
        if replied is not None and replied.sender == self.pg.bot.id:
            return True
        match = _command.match(message.text)
        if match is None:
            return False
        if match[1] is None:
            return chat.bare_commands
        return match[1].lower() == self.pg.bot.username.lower()


def _data_of(message: Message) -> list[str]:
    rows = message.markup["inline_keyboard"] if message.markup else []
    return [button["callback_data"] for row in rows for button in row if "callback_data" in button]
