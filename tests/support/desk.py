"""A desk at which a handler is called without a server: a real database, real rules; what would be sent is kept."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.records import Item, Sample
from bot.app import COMMANDS
from bot.botapi.outbox import Outbox
from bot.handlers.command import Command, CommandContext, authorize
from bot.handlers.context import BotData
from bot.jobs.background import BackgroundRunner
from bot.jobs.guides import load_guides
from bot.jobs.labeling_service import LabelingService
from bot.jobs.menus import CommandMenus
from bot.jobs.report_service import ReportService
from bot.services import Services
from bot.settings import read_settings
from bot.views.screen import Screen
from storage.store import Store

ADMIN, LABELER, STRANGER, GROUP = 11, 12, 13, -14
NOON = 1_800_000_000.0


class KeptOutbox(Outbox):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__(None)  # type: ignore[arg-type] # nothing is sent
        self.kept: list[tuple[int, Screen]] = []

    def message(self, chat_id: int, screen: Screen, **more: Any) -> None:
        self.kept.append((chat_id, screen))

    def post(self, chat_id: int, job: Any) -> None:
        """Send no card and no menu: these need the line to Telegram."""


@dataclass
class Desk:
    """Somebody who writes commands, and what the bot answers."""

    parts: BotData
    outbox: KeptOutbox
    commands: Mapping[str, Command] = field(
        default_factory=lambda: {command.name: command for command in COMMANDS}
    )

    async def write(self, user_id: int, line: str, chat_id: int | None = None) -> list[str]:
        """Return the texts that answer somebody's line in their private chat, or in a group when `chat_id` is one."""
        name, *args = line.removeprefix("/").split()
        before = len(self.outbox.kept)
        request = CommandContext(
            parts=self.parts,
            chat_id=chat_id or user_id,
            thread_id=None,
            asking=1,
            message=None,  # type: ignore[arg-type] # handlers read what is beside it
            user_id=user_id,
            private=chat_id is None,
            role=await self.parts.services.role(user_id),
            args=tuple(args),
        )
        if await authorize(self.commands[name], request):
            await self.commands[name].run(request)
        return [screen.text for _, screen in self.outbox.kept[before:]]


@contextlib.asynccontextmanager
async def desk(folder: Path, items: Sequence[Item] = (), **settings: str) -> AsyncIterator[Desk]:
    """Give a desk on a new database in `folder`, with a sample of `items` (three of them unless given)."""
    environment = {"DATABASE_PATH": str(folder / "labels.sqlite3"), "ADMIN_IDS": str(ADMIN), **settings}
    made = read_settings(environment)
    drawn = tuple(items) or tuple(Item(row, row, None, f"description {row}") for row in range(3))
    async with await Store.open_to_write(made.database_path) as store:
        frozen = await store.samples.keep(Sample("desk", 42, len(drawn), drawn), "made up", NOON)
        await store.labelers.add(LABELER, joined_at=NOON)
        outbox = KeptOutbox()
        guides = load_guides(made.modes, folder)
        services = Services(made, guides, store, frozen, outbox, lambda: NOON, username="desk_bot")
        nobody: Any = None
        menus = CommandMenus(nobody, [command.menu_entry for command in COMMANDS])
        labeling = LabelingService(services, nobody)
        parts = BotData(services, labeling, ReportService(services, nobody), BackgroundRunner(nobody), menus)
        yield Desk(parts, outbox)
