"""One chat in the hands of one person: looking, writing, tapping, waiting. Made by Phone."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.support.phone_messages import Answer, Message, read_message

if TYPE_CHECKING:
    from tests.support.phone import Phone

WAIT = 5.0


class Chat:
    """One chat in the hands of one person. ``messages`` are up to date whenever the test looks."""

    def __init__(self, phone: Phone, chat_id: int, user_id: int) -> None:
        self.phone = phone
        self.id = chat_id
        self.user_id = user_id
        self.sent_id = 0

    def by(self, person: Chat | int) -> Chat:
        """Returns the same chat in another person's hands."""
        return Chat(self.phone, self.id, person if isinstance(person, int) else person.user_id)

    # -- looking ----------------------------------------------------------------------------------------------

    @property
    def messages(self) -> list[Message]:
        """All messages, oldest first."""
        found = self.phone.mirror.get(self.id, {})
        return [found[number] for number in sorted(found)]

    @property
    def from_bot(self) -> list[Message]:
        """The bot's messages, oldest first."""
        return [message for message in self.messages if message.by_bot]

    @property
    def last(self) -> Message:
        """The bot's newest message."""
        if not (found := self.from_bot):
            raise LookupError(f"the bot has written nothing in chat {self.id}")
        return found[-1]

    @property
    def card(self) -> Message:
        """The bot's newest message with buttons."""
        found = [message for message in self.from_bot if message.buttons]
        if not found:
            raise LookupError(f"no message with buttons in {self.picture()}")
        return found[-1]

    def message(self, message_id: int) -> Message | None:
        """Returns a message as it is now, or None when it was deleted."""
        return self.phone.mirror.get(self.id, {}).get(message_id)

    def picture(self) -> str:
        """Returns the chat in words, for failures."""
        lines = [f"chat {self.id}:"]
        for message in self.messages[-8:]:
            who = "bot" if message.by_bot else "person"
            lines.append(f"  #{message.id} {who}: {message.text!r} {message.rows or ''}")
        return "\n".join(lines)

    # -- acting -----------------------------------------------------------------------------------------------

    async def send(
        self,
        text: str,
        *,
        topic: int | None = None,
        reply_to: int | None = None,
        anonymous: bool = False,
        author: int | None = None,
    ) -> Message:
        """Writes a message; the first one in a private chat starts the bot. `author`: whose words are passed on."""
        raw = await self.phone.order(
            "send",
            user_id=self.user_id,
            chat_id=self.id,
            text=text,
            thread_id=topic,
            reply_to=reply_to,
            anonymous=anonymous,
            author=author,
        )
        self.sent_id = raw["message_id"]
        return read_message(raw, self.phone.bot_id)

    async def upload(self, name: str, content: bytes) -> Message:
        """Sends a document."""
        encoded = base64.b64encode(content).decode()
        raw = await self.phone.order(
            "upload", user_id=self.user_id, chat_id=self.id, name=name, content=encoded
        )
        self.sent_id = raw["message_id"]
        return read_message(raw, self.phone.bot_id)

    async def edit(self, message: Message | int, text: str) -> Message:
        """Changes an own message."""
        raw = await self.phone.order("edit", chat_id=self.id, message_id=_id(message), text=text)
        return read_message(raw, self.phone.bot_id)

    async def delete(self, message: Message | int) -> None:
        """Deletes a message for everybody."""
        await self.phone.order("delete", chat_id=self.id, message_id=_id(message))

    async def ask(self, text: str, *, seconds: float = WAIT, **options: Any) -> Message:
        """Writes and waits for the bot's next message."""
        await self.send(text, **options)
        return await self.reply(seconds=seconds)

    async def press(self, data: str, on: Message | int | None = None) -> str:
        """Sends any callback data for any message, as a modified app could; gives the id of the tap at once."""
        message_id = _id(on) if on is not None else self.card.id
        order = {
            "user_id": self.user_id,
            "chat_id": self.id,
            "message_id": message_id,
            "data": data,
            "raw": True,
        }
        return str((await self.phone.order("press", **order))["callback_id"])

    async def answer(self, callback_id: str, *, seconds: float = WAIT) -> Answer:
        """Returns the bot's answer to a tap."""
        tap = await self.phone.order("callback", callback_id=callback_id, wait=seconds)
        if tap["answer"] is None:
            raise AssertionError(
                f"a tap ({tap['data']!r}) was not answered within {seconds} s in {self.picture()}"
            )
        return Answer(tap["answer"]["text"], tap["answer"]["show_alert"], tap["answer"]["url"], callback_id)

    async def tap(self, words: str, *, on: Message | None = None, seconds: float = WAIT) -> Answer:
        """Taps the button with these words and waits for the answer. Without ``on``: under the newest message that
        has it, as it is now; with ``on``: as that message was when the test looked at it (an old card, a double tap).
        """
        card = on or self._with_button(words)
        button = card.button(words)
        if not button.data:
            raise LookupError(f"{button} is no button to tap")
        if on is not None:
            return await self.answer(await self.press(button.data, card), seconds=seconds)
        order = {"user_id": self.user_id, "chat_id": self.id, "message_id": card.id, "data": button.data}
        tap = await self.phone.order("press", **order)
        return await self.answer(str(tap["callback_id"]), seconds=seconds)

    async def step(self, words: str, *, on: Message | None = None, seconds: float = WAIT) -> Message:
        """Taps, and waits for the answer and until the card is changed or another one has come; gives the card."""
        card = on or self._with_button(words)
        before = self.message(card.id)
        newest = self.messages[-1].id
        await self.tap(words, on=on, seconds=seconds)
        await self.phone.until(
            lambda: self.message(card.id) is not before or self.messages[-1].id > newest,
            f"the card to change after {words!r}",
            seconds,
            self,
        )
        now = self.message(card.id)
        return now if now is not None and self.messages[-1].id == newest else self.card

    def _with_button(self, words: str) -> Message:
        for message in reversed(self.from_bot):
            if message.has(words):
                return message
        raise LookupError(f"no button {words!r} in {self.picture()}")

    # -- waiting ----------------------------------------------------------------------------------------------

    async def reply(self, *, after: int | None = None, seconds: float = WAIT) -> Message:
        """Returns the bot's first message after number ``after`` (the last one that this person sent)."""
        least = self.sent_id if after is None else after
        return await self.wait_for(lambda message: message.by_bot and message.id > least, seconds=seconds)

    async def wait_for(self, predicate: Callable[[Message], object], *, seconds: float = WAIT) -> Message:
        """Returns the oldest message that fits, now or as soon as there is one (a new one or an edit)."""
        found: list[Message] = []

        def fits() -> bool:
            found[:] = [message for message in self.messages if predicate(message)][:1]
            return bool(found)

        await self.phone.until(fits, "a message", seconds, self)
        return found[0]

    async def wait_text(self, part: str, *, seconds: float = WAIT) -> Message:
        """Returns a message of the bot with these words in it."""
        return await self.wait_for(lambda message: message.by_bot and part in message.text, seconds=seconds)

    async def gone(self, message: Message | int, *, seconds: float = WAIT) -> None:
        """Waits until a message is deleted."""
        await self.phone.until(lambda: self.message(_id(message)) is None, "a message to go", seconds, self)

    # -- the rest ---------------------------------------------------------------------------------------------

    async def file(self, message: Message) -> bytes:
        """Returns the bytes of the photo or document."""
        if message.file_id is None:
            raise LookupError(f"message {message.id} has no file")
        return await self.phone.link.file(message.file_id)

    async def menu(self) -> list[dict[str, str]]:
        """Returns the commands that this person is offered here."""
        found: list[dict[str, str]] = await self.phone.order("menu", chat_id=self.id)
        return found

    async def block(self) -> None:
        """The person blocks the bot."""
        await self.bot_role("kicked")

    async def unblock(self) -> None:
        """The person lets the bot write again."""
        await self.bot_role("member")

    async def bot_role(self, role: str) -> None:
        """This person adds the bot (``member``), makes it ``administrator`` or removes it (``kicked``)."""
        await self.phone.order("bot_role", by=self.user_id, chat_id=self.id, role=role)

    async def migrate(self) -> Chat:
        """The group becomes a supergroup; gives the new chat."""
        return Chat(self.phone, (await self.phone.order("migrate", chat_id=self.id))["id"], self.user_id)


def _id(message: Message | int) -> int:
    return message if isinstance(message, int) else message.id
