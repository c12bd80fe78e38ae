"""One little Telegram with one bot: what the methods of the Bot API, the people and the control API share.

It holds no rules of its own. Who may do what is in ``world``, what the bot is still to be told in ``updates``, what
goes wrong on request in ``faults``; whoever changes a message or a chat says so here, so that those who watch are told.
"""

from __future__ import annotations

import time

from playground.state.events import EventHub
from playground.state.faults import Faults
from playground.state.profile import Profile
from playground.state.records import Chat, Message, User
from playground.state.signal import Signal
from playground.state.updates import UpdateQueue
from playground.state.webhook_sender import WebhookSender
from playground.state.world import World

NAME = "Label bot"
USERNAME = "labelbot_demo_bot"


class Telegram:
    """The state of one little Telegram.

    Attributes:
        token: the bot's, digits, a colon and a secret.
        shift: seconds that this Telegram's clock is ahead of the real one.
        privacy_mode: whether the bot gets only commands and replies from groups.
        activity: wakes who waits for the bot to have done something.
        closed: whether the server is ending; long polls end, too, then.
    """

    def __init__(self, token: str, *, callback_seconds: float = 150.0) -> None:
        bot_id, _, secret = token.partition(":")
        if not bot_id.isdecimal() or not secret:
            raise ValueError("a token is digits, a colon and letters")
        self.token = token
        self.shift = 0.0
        self.privacy_mode = True
        self.closed = False
        bot = User(int(bot_id), NAME, is_bot=True, username=USERNAME)
        self.world = World(bot, self.now, callback_seconds=callback_seconds)
        self.updates = UpdateQueue(self.now)
        self.events = EventHub()
        self.faults = Faults()
        self.profile = Profile()
        self.activity = Signal()
        self.webhook = WebhookSender(self.updates, self.activity)

    @property
    def bot(self) -> User:
        return self.world.bot

    def now(self) -> float:
        """Seconds since 1970 by this Telegram's clock."""
        return time.time() + self.shift

    def tell_message(self, kind: str, message: Message) -> None:
        """Publishes ``message_new`` or ``message_edited`` with the whole message."""
        self.events.publish(
            kind, lambda: {"chat_id": message.chat_id, "message": self.world.message_json(message)}
        )

    def tell_chat(self, chat: Chat) -> None:
        """Publishes ``chat_changed``: the chat's name, members or state are new."""
        self.events.publish("chat_changed", lambda: {"chat_id": chat.id, "chat": self.world.chat_view(chat)})
