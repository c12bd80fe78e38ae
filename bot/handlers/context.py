"""What every handler can reach: python-telegram-bot's context, with types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from telegram.ext import CallbackContext, ExtBot

from bot.jobs.background import BackgroundRunner
from bot.jobs.labeling_service import LabelingService
from bot.jobs.menus import CommandMenus
from bot.jobs.report_service import ReportService
from bot.services import Services


@dataclass(frozen=True, slots=True)
class BotData:
    """What the composition root (`bot.app`) built, for the handlers."""

    services: Services
    labeling: LabelingService
    reports: ReportService
    background: BackgroundRunner
    menus: CommandMenus


class Context(CallbackContext[ExtBot[None], dict[Any, Any], dict[Any, Any], BotData]):
    """The context of one update; `context.bot_data` is the one `BotData`."""
