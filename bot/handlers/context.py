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


class ShownItems:
    """Remembers which item a message shows, of the last messages in which one item follows another, and since when."""

    def __init__(self) -> None:
        self._shown: dict[Hashable, tuple[int | None, float]] = {}

    def show(self, message: Hashable, row: int | None, now: float) -> None:
        """Remember what a message shows from now on."""
        self._shown.pop(message, None)
        if len(self._shown) >= REMEMBERED:
            del self._shown[next(iter(self._shown))]
        self._shown[message] = (row, now)

    def since(self, message: Hashable, row: int) -> float | None:
        """Return since when a message shows an item, None when it shows another or that is not known."""
        shown, at = self._shown.get(message, (None, 0.0))
        return at if shown == row else None


@dataclass(frozen=True, slots=True)
class BotData:
    """What the composition root (`bot.app`) built, for the handlers."""

    services: Services
    labeling: LabelingService
    reports: ReportService
    background: BackgroundRunner
    menus: CommandMenus
    once: AnsweredOnce = field(default_factory=AnsweredOnce)
    shown_items: ShownItems = field(default_factory=ShownItems)


class Context(CallbackContext[ExtBot[None], dict[Any, Any], dict[Any, Any], BotData]):
    """The context of one update; `context.bot_data` is the one `BotData`."""
