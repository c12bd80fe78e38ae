"""What every handler can reach: python-telegram-bot's context, with types."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from telegram.ext import CallbackContext, ExtBot

from bot.jobs.background import BackgroundRunner
from bot.jobs.labeling_service import LabelingService
from bot.jobs.menus import CommandMenus
from bot.jobs.recent import Recent
from bot.jobs.report_service import ReportService
from bot.services import Services

REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class BotData:
    """What the composition root (`bot.app`) built, for the handlers."""

    services: Services
    labeling: LabelingService
    reports: ReportService
    background: BackgroundRunner
    menus: CommandMenus
    answered: Recent[Hashable, str] = field(default_factory=lambda: Recent(REMEMBERED))
    """The tap that answered a button, of the buttons that answer only once."""
    shown_items: Recent[Hashable, tuple[int | None, float]] = field(
        default_factory=lambda: Recent(REMEMBERED)
    )
    """Which item a message shows, where one item follows another in it, and since when."""


class Context(CallbackContext[ExtBot[None], dict[Any, Any], dict[Any, Any], BotData]):
    """The context of one update; `context.bot_data` is the one `BotData`."""
