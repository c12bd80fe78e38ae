"""A real bot in this process, talking HTTP to the real playground; data in tmp_path."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dtm
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from telegram.ext import CommandHandler

from bot.app import App, build
from bot.botapi.client import LabelBot
from bot.botapi.timings import USUAL, Timings
from bot.jobs.report_service import ReportService
from bot.run import serve
from bot.services import Services
from bot.settings import Settings, read_settings
from tests.support.phone import Chat, Phone

ADMIN = 700001
REPORT = 40.0
"""Seconds that a report may take: the first one starts a process on a machine that has other things to do."""

MISTAKES = (
    "can't parse entities",
    "too long",
    "is empty",
    "BUTTON_",
    "unknown parameter",
    "not known to the playground",
    "must be of type",
    "reply_markup",
)
"""In the words of refusals that are the bot's own mistake."""


class Clock:
    """The real time, which a test can put forward; seconds since 1970."""

    def __init__(self) -> None:
        self.shift = 0.0

    def __call__(self) -> float:
        return time.time() + self.shift

    def at(self, moment: dtm.datetime) -> None:
        """It is this moment (aware) now, and time goes on from there."""
        self.shift = moment.timestamp() - time.time()

    def forward(self, *, days: float = 0, seconds: float = 0) -> None:
        self.shift += days * 86_400 + seconds


def name_of(job: Callable[..., Any], args: tuple[Any, ...]) -> str:
    """Tell what a job is for: one that reads the answers first takes the real one along."""
    return next((arg.__name__ for arg in args if callable(arg)), job.__name__)


class InThread:
    """In place of bot.jobs.worker.Worker: the same tasks in a thread of this process."""

    def __init__(self) -> None:
        self.jobs: list[str] = []

    async def run(self, job: Callable[..., Any], *args: Any) -> Any:
        self.jobs.append(name_of(job, args))
        return await asyncio.to_thread(job, *args)

    async def close(self) -> None:
        """Do nothing: there is nothing to end."""


@dataclass(frozen=True)
class Inside:
    """What a running bot is made of, for tests of what nobody can ask for from outside."""

    app: App

    @property
    def services(self) -> Services:
        return self.app.bot_data.services

    @property
    def reports(self) -> ReportService:
        return self.app.bot_data.reports


@dataclass
class Bench:
    """A playground, and a bot that can be started and stopped on the same data as often as wanted."""

    phone: Phone
    folder: Path
    settings_more: dict[str, str] = field(default_factory=dict)
    clock: Callable[[], float] | None = None
    slowed: dict[str, Callable[[Any, Any], Any]] = field(default_factory=dict)
    """Commands before which something else is done first."""
    worker: Any = field(default_factory=InThread)
    inside: Inside | None = None
    timings: Timings = USUAL

    @property
    def base(self) -> Path:
        return next(self.folder.glob("*__l0-21.json"))

    @property
    def database(self) -> Path:
        return self.folder / "labels.sqlite3"

    @property
    def outputs(self) -> Path:
        return self.folder / "outputs"

    @property
    def models(self) -> Path:
        return self.folder / "models"

    def environment(self, **more: str) -> dict[str, str]:
        """Return the settings of this bot as an environment."""
        return {
            **self.phone.environment,
            "ADMIN_IDS": str(ADMIN),
            "BASE_SAE_PATH": str(self.base),
            "CLASSIFICATIONS_DIR": str(self.models),
            "OUTPUT_DIR": str(self.outputs),
            "DATABASE_PATH": str(self.database),
            "SAMPLE_SIZE": "12",
            "EXPORT_CRON": "",
            "REPORT_CRON": "",
            "MIN_LOOK_SECONDS": "0",
            "SESSION_ITEMS": "0",
            "REPORT_STEP": "1",
            **self.settings_more,
            **more,
        }

    def settings(self, **more: str) -> Settings:
        return read_settings(self.environment(**more), needs=("TELEGRAM_BOT_TOKEN", "BASE_SAE_PATH"))

    def compose(self, line: LabelBot, services: Services) -> App:
        """Put the bot together as it is, but for where its slow work is done and what a test slows down."""
        app = build(line, services, self.worker)
        for name, first in self.slowed.items():
            app.add_handler(CommandHandler(name, first), group=-1)
        self.inside = Inside(app)
        return app

    @contextlib.asynccontextmanager
    async def running(self, **more: str) -> AsyncIterator[Inside]:
        """Give the bot, from its first poll to a clean end."""
        stop = asyncio.Event()
        clock = self.clock or time.time
        task = asyncio.create_task(serve(self.settings(**more), stop, clock, self.timings, self.compose))
        polled = asyncio.create_task(self._polled())
        try:
            done, _ = await asyncio.wait((task, polled), timeout=20, return_when=asyncio.FIRST_COMPLETED)
            if task in done:
                await task
            assert polled in done, "the bot did not poll"
            assert self.inside is not None
            yield self.inside
            await self._check_calls()
        finally:
            polled.cancel()
            stop.set()
            await asyncio.wait_for(task, 20)

    async def _check_calls(self) -> None:
        """Fail when Telegram refused a call for what is in it, whatever a test is about."""
        refused = [f"{call.method}: {call.description}" for call in await self.phone.refusals()]
        assert [said for said in refused if any(sign in said for sign in MISTAKES)] == []

    async def _polled(self) -> None:
        assert self.phone.playground is not None
        while self.phone.playground.updates.poller is None:  # noqa: ASYNC110 # nobody is told of a poll
            await asyncio.sleep(0.005)

    async def rest(self) -> None:
        """Wait until the bot has answered everything and has written down what came of it."""
        await self.phone.settle()
        if self.inside is not None:
            await self.inside.services.outbox.drain(10)

    async def admin(self) -> Chat:
        """Return the admin of ADMIN_IDS, in their private chat."""
        return await self.phone.person("Ada Admin", user_id=ADMIN, username="ada_admin")
