"""What every handler can reach: python-telegram-bot's context, with types."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from telegram.ext import CallbackContext, ExtBot

from bot.jobs.background import BackgroundRunner
from bot.jobs.labeling_service import LabelingService
from bot.jobs.menus import CommandMenus
from bot.jobs.report_service import ReportService
from bot.services import Services

REMEMBERED = 10_000


class AnsweredOnce:
    """Remembers the last buttons that were answered, of those that answer once."""

    def __init__(self) -> None:
        self._seen: dict[Hashable, None] = {}

    def __contains__(self, key: Hashable) -> bool:
        return key in self._seen

    def seen(self, key: Hashable) -> bool:
        """Return whether a button was answered before, and remember it."""
        if key in self._seen:
            return True
        if len(self._seen) >= REMEMBERED:
            del self._seen[next(iter(self._seen))]
        self._seen[key] = None
        return False


@dataclass(frozen=True, slots=True)
class BotData:
    """What the composition root (`bot.app`) built, for the handlers."""

    services: Services
    labeling: LabelingService
    reports: ReportService
    background: BackgroundRunner
    menus: CommandMenus
    once: AnsweredOnce = field(default_factory=AnsweredOnce)


class Context(CallbackContext[ExtBot[None], dict[Any, Any], dict[Any, Any], BotData]):
    """The context of one update; `context.bot_data` is the one `BotData`."""
