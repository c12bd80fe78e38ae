"""The door of every command: how it is declared, how it is read from an update, and who may use it.

A command is one function with its declaration:

    @command("agreement", private=Role.LABELER, group=Role.STRANGER, help="how well people agree")
    async def agreement(request: CommandContext) -> None: ...

`bot.app` finds it by its declaration; menus, `/help` and the README's table follow from it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from telegram import Message, Update
from telegram.constants import ChatAction, ChatType

from analysis.errors import AnalysisError
from analysis.records import ClassificationFile
from bot.errors import NotYet, WorkStopped
from bot.handlers.context import BotData, Context
from bot.jobs.rendered_report import RenderedReport
from bot.log import log_event
from bot.rules.model_choice import resolve_pair, split_mode
from bot.rules.roles import Role
from bot.services import Services
from bot.views import messages
from bot.views.command_menu import MenuEntry
from bot.views.for_admins import in_plain_words
from bot.views.model_buttons import not_one_model
from bot.views.screen import Button, Rows, Screen
from bot.views.text import echo
from storage.errors import StorageError

GROUPS = (ChatType.GROUP, ChatType.SUPERGROUP)
PLAIN_START = "label"
"""What our own link into the private chat carries instead of an invitation."""


@dataclass(frozen=True, slots=True)
class ChatContext:
    """A chat in which somebody asked for something, and the ways to answer there.

    Attributes:
        parts: What the handlers work with.
        chat_id: The chat.
        user_id: The Telegram id of who asked; 0 for an anonymous admin of a group.
        private: Whether it is that person's private chat.
        role: What the person may do; of an anonymous admin nothing is known: STRANGER.
        thread_id: The topic of the chat, None outside of topics.
        asking: The id of the message that asked, to which reports reply; None when Telegram did not say.
    """

    parts: BotData
    chat_id: int
    user_id: int
    private: bool
    role: Role
    thread_id: int | None
    asking: int | None

    @property
    def services(self) -> Services:
        """The settings, the store, the sample and the way out."""
        return self.parts.services

    def reply(self, text: str) -> None:
        """Queue a text of HTML."""
        self.show(Screen(text))

    def told(self, problem: str) -> str:
        """Return a problem as it may be told here: only admins in their private chat read the names of settings."""
        return problem if self.private and self.role is Role.ADMIN else in_plain_words(problem)

    def show(self, screen: Screen) -> None:
        """Queue a message with buttons."""
        self.services.outbox.message(self.chat_id, screen, thread_id=self.thread_id)

    def show_report(self, report: RenderedReport, rows: Rows = ()) -> None:
        """Queue a report: its picture with caption and buttons, and why its files could not be written, if so."""
        screen = Screen(report.caption, rows)
        self.services.outbox.photo(
            self.chat_id, report.picture, screen, thread_id=self.thread_id, reply_to=self.asking
        )
        if report.trouble:
            self.reply(echo(self.told(report.trouble), 300))

    def send_file(self, path: Path, caption: str) -> None:
        """Queue a file under its own name."""
        self.services.outbox.document(
            self.chat_id, path, caption, thread_id=self.thread_id, reply_to=self.asking
        )

    def start(self, work: Callable[[], Awaitable[None]], action: str = ChatAction.TYPING) -> None:
        """Do slow work beside the updates. Whatever goes wrong, who asked gets one line."""
        self.parts.background.start(self.chat_id, self.thread_id, work, action, self.fail)

    def fail(self, error: Exception) -> None:
        """Answer with the one line that an error comes to; a mistake of our own goes into the log as a whole."""
        if isinstance(error, NotYet):
            self.reply(messages.not_yet(error.mode, error.lacking))
        elif isinstance(error, (AnalysisError, StorageError, WorkStopped)):
            log_event("a request was not carried out", level=logging.WARNING, reason=str(error))
            self.reply(echo(self.told(str(error)), 400))
        elif isinstance(error, OSError):
            reason = error.strerror or type(error).__name__
            log_event("a request was not carried out", level=logging.ERROR, reason=reason)
            self.reply(self.told(messages.not_written(reason)))
        else:
            logging.getLogger("labelbot").error("a request failed", exc_info=error)
            self.reply(messages.NOT_MADE)


@dataclass(frozen=True, slots=True)
class CommandContext(ChatContext):
    """A command as it came in.

    Attributes:
        message: The message that holds it.
        args: The words behind the command.
    """

    message: Message
    args: tuple[str, ...]

    def named_mode(self) -> str | None:
        """Read the words behind a command that takes a mode and nothing else.

        Returns:
            The mode, empty when none is named. None when something else is: then the line that says so is on its way.
        """
        modes = self.services.settings.modes
        typed, mode = split_mode(self.args, modes)
        if typed:
            self.reply(messages.no_such_mode(typed, modes))
            return None
        return mode or ""

    def two_models(
        self, typed: str, mode: str | None, files: Sequence[ClassificationFile], labeled: Sequence[str]
    ) -> list[ClassificationFile]:
        """Find the two models that were typed, of which the first has a name of one word.

        Args:
            typed: Two words or more.
            mode: The mode, None when none was named.
            files: The listed files.
            labeled: The modes with labels.

        Returns:
            The files of two different models in one mode; none when the line that says what is wrong is on its way.
        """
        names, found = typed.split(" ", 1), []
        pair = resolve_pair(files, names[0], names[1], mode, self.services.settings.modes, labeled)
        for name, one in zip(names, pair, strict=True):
            if one.file is None:
                self.reply(not_one_model(name, self.told(one.problem), one.options))
                return []
            found.append(one.file)
        if found[0] == found[1] or found[0].mode != found[1].mode:
            self.reply(messages.TWO_DIFFERENT_MODELS)
            return []
        return found


@dataclass(frozen=True, slots=True)
class Command:
    """A declared command; calling it handles an update.

    Attributes:
        name: The command without its slash.
        run: What it does, once its asker may.
        private: The least role for it in a private chat; None when it does not work there.
        group: The least role for it in a group that is served (STRANGER: everybody there); None: not there.
        help: What it does in a private chat, for menus; empty when it is not listed.
        group_help: What it does in a group, for menus; empty when it is not listed.
        elsewhere: The line for the wrong place.
        own_data: Whether it also serves people without access of whom something is stored, because it is about that.
    """

    name: str
    run: Callable[[CommandContext], Awaitable[None]]
    private: Role | None
    group: Role | None
    help: str
    group_help: str
    elsewhere: str
    own_data: bool

    async def __call__(self, update: Update, context: Context) -> None:
        """Handle an update with this command in it."""
        request = await parse_command(update, context)
        if request is None:
            return
        try:
            if await authorize(self, request):
                await self.run(request)
        except StorageError as error:
            log_event("a command could not be carried out", level=logging.ERROR, reason=str(error))
            request.reply(messages.NOT_SAVED_HERE)

    @property
    def menu_entry(self) -> MenuEntry:
        """How people are told of it."""
        return MenuEntry(self.name, self.help, self.private or Role.LABELER, self.group_help)


def command(
    name: str,
    *,
    private: Role | None = None,
    group: Role | None = None,
    help: str = "",  # noqa: A002 - it is the help
    group_help: str = "",
    elsewhere: str = "",
    own_data: bool = False,
) -> Callable[[Callable[[CommandContext], Awaitable[None]]], Command]:
    """Declare a command; see `Command`. `group_help` is `help` where the command works in groups, unless given."""

    def declare(run: Callable[[CommandContext], Awaitable[None]]) -> Command:
        in_group = group_help or (help if group is not None else "")
        in_private = help if private is not None else ""
        return Command(name, run, private, group, in_private, in_group, elsewhere, own_data)

    return declare


async def parse_command(update: Update, context: Context) -> CommandContext | None:
    """Read who asks what and where. Returns None for an update without a new message in a private chat or a group."""
    message = update.message
    if message is None or message.chat.type not in (ChatType.PRIVATE, *GROUPS):
        return None
    person = message.from_user if message.sender_chat is None else None  # else it is a group's or a channel's
    role = await context.bot_data.services.role(person.id) if person else Role.STRANGER
    # words of somebody else: an admin who passes them on has not said them
    borrowed = message.forward_origin is not None or message.via_bot is not None
    return CommandContext(
        parts=context.bot_data,
        chat_id=message.chat_id,
        thread_id=message.message_thread_id if message.is_topic_message else None,
        asking=message.message_id,
        message=message,
        user_id=person.id if person else 0,
        private=message.chat.type == ChatType.PRIVATE,
        role=min(role, Role.LABELER) if borrowed else role,
        args=tuple(context.args or ()),
    )


async def authorize(asked: Command, request: CommandContext) -> bool:
    """Return whether a command goes ahead; when not, the one line that says why is on its way.

    Raises:
        StorageError: It cannot be read what is stored of a person or a group, or a group cannot be remembered.
    """
    if request.private:
        without_access = request.role is Role.STRANGER and asked.private is not Role.STRANGER
        if without_access and not (asked.own_data and await request.services.is_stored(request.user_id)):
            request.reply(messages.stranger(request.user_id))
        elif asked.private is None:
            request.reply(asked.elsewhere or messages.GROUP_ONLY)
        elif request.role < asked.private and not asked.own_data:
            request.reply(messages.ADMINS_ONLY)
        else:
            return True
        return False
    chats = request.services.store.chats
    if request.role is Role.ADMIN:
        await chats.serve(request.chat_id, request.services.clock())
    if not await chats.is_served(request.chat_id):
        request.reply(messages.NOT_SERVED)
    elif asked.group is None:
        link = f"https://t.me/{request.services.username}?start={PLAIN_START}"
        request.show(
            Screen(asked.elsewhere or messages.PRIVATE_ONLY, ((Button("Open the private chat", url=link),),))
        )
    elif not request.user_id and asked.group is not Role.STRANGER:
        request.reply(messages.ANONYMOUS)
    elif request.role < asked.group:
        request.reply(messages.ADMINS_ONLY)
    else:
        return True
    return False
