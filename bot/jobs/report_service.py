"""Reports on request and on schedule: what is there, what was computed before, and the work in between."""

from __future__ import annotations

import asyncio
import datetime as dtm
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from telegram.constants import ChatAction
from telegram.error import TelegramError
from telegram.ext import ExtBot

from analysis.reading.classification_file import find_classifications
from analysis.records import ClassificationFile
from bot.jobs.exports import Source, Written, export_job
from bot.jobs.report_tasks import (
    RenderedReport,
    agreement_task,
    comparison_task,
    file_signature,
    labels_task,
    metrics_task,
    study_task,
)
from bot.jobs.worker import Worker
from bot.services import Services

KEEP = 24


def timestamp(seconds: float) -> str:
    """Seconds since 1970 as the notebook writes a time: ISO 8601 without offset, then Z."""
    return dtm.datetime.fromtimestamp(seconds, dtm.UTC).replace(tzinfo=None).isoformat() + "Z"


class Reports:
    """Computes reports in the worker, one at a time per chat; an unchanged question is answered from before."""

    def __init__(self, services: Services, bot: ExtBot[None]) -> None:
        self._services = services
        self._bot = bot
        self._source = Source(services.settings.database_path, services.sample.stem)
        self._worker = Worker()
        self._done: dict[tuple[object, ...], RenderedReport] = {}
        self._said: dict[tuple[object, ...], Mapping[int, str]] = {}
        self._turns: dict[int, asyncio.Lock] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Give up what is being computed and end the worker."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._worker.close()

    def start(
        self,
        chat_id: int,
        thread_id: int | None,
        work: Callable[[], Awaitable[None]],
        action: str = ChatAction.UPLOAD_PHOTO,
    ) -> None:
        """Do slow work for a chat as a task of its own, showing that something is under way."""

        async def run() -> None:
            async with self._turns.setdefault(chat_id, asyncio.Lock()):
                showing = asyncio.create_task(self._show_action(chat_id, thread_id, action))
                try:
                    await work()
                except Exception:
                    logging.getLogger("labelbot").exception("slow work for a chat failed")
                finally:
                    showing.cancel()

        task = asyncio.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _show_action(self, chat_id: int, thread_id: int | None, action: str) -> None:
        while True:
            try:
                await self._bot.send_chat_action(chat_id, action, message_thread_id=thread_id)
            except TelegramError:
                return  # it is only a courtesy
            await asyncio.sleep(4.5)

    async def files(self) -> tuple[ClassificationFile, ...]:
        """A fresh listing of the classification files."""
        settings = self._services.settings
        return await asyncio.to_thread(
            find_classifications,
            settings.classifications_dir,
            stem=self._services.sample.stem,
            modes=settings.modes,
        )

    async def labeled_modes(self) -> list[str]:
        """The modes in which anybody has labeled anything, in the order of LABEL_MODES."""
        counts = await self._services.store.answers.counts(self._services.frozen.sample_id)
        return [mode for mode in self._services.settings.modes if counts.get(mode)]

    async def export(self, modes: Iterable[str]) -> Written:
        """Write the label files of some modes. Raises OSError, StorageError."""
        return await self._worker.run(
            export_job, self._source, tuple(modes), self._services.settings.output_dir
        )

    async def export_at_once(self, modes: Iterable[str]) -> None:
        """As `export`, in a thread of this process: for what must not wait until the worker is free."""
        folder = self._services.settings.output_dir
        await asyncio.to_thread(export_job, self._source, tuple(modes), folder)

    async def metrics(self, file: ClassificationFile) -> RenderedReport:
        """The report on one model; its files, and the labels file it names, are written.

        Raises AnalysisError for a file that cannot be read, StorageError.
        """
        services = self._services
        return await self._once(
            ("metrics", *await asyncio.to_thread(_signature_or_gone, file), file.mode),
            metrics_task,
            file.mode,
            file,
            services.settings.max_file_mb,
            services.settings.output_dir,
            timestamp(services.clock()),
        )

    async def metrics_with_reviewed(self, file: ClassificationFile) -> RenderedReport:
        """The report with the answers that were given after seeing a model's label; no file is written.

        Raises as `metrics`.
        """
        key = ("with reviewed", *await asyncio.to_thread(_signature_or_gone, file), file.mode)
        max_mb = self._services.settings.max_file_mb
        return await self._once(key, metrics_task, file.mode, file, max_mb, None, "", True)

    async def comparison(self, a: ClassificationFile, b: ClassificationFile) -> RenderedReport:
        """Two models on the same items; as `metrics`."""
        key = (
            "compare",
            *await asyncio.to_thread(_signature_or_gone, a),
            *await asyncio.to_thread(_signature_or_gone, b),
            a.mode,
        )
        return await self._once(key, comparison_task, a.mode, a, b, self._services.settings.max_file_mb)

    async def agreement(self, mode: str) -> RenderedReport:
        """How the people agree."""
        return await self._once(("agreement", mode), agreement_task, mode)

    async def model_labels(self, file: ClassificationFile) -> Mapping[int, str]:
        """A model's label of each item. For readers who have labeled them all. Raises AnalysisError."""
        key = await asyncio.to_thread(_signature_or_gone, file)
        if key not in self._said:
            said = await self._worker.run(
                labels_task, self._services.sample, file, self._services.settings.max_file_mb
            )
            while len(self._said) >= KEEP:
                del self._said[next(iter(self._said))]
            self._said[key] = said
        return self._said[key]

    async def knows_labels(self, file: ClassificationFile) -> bool:
        """Whether `model_labels` answers at once, without reading the file."""
        return await asyncio.to_thread(_signature_or_gone, file) in self._said

    def forget(self) -> None:
        """Forget all reports: somebody's answers were deleted."""
        self._done.clear()

    async def _once(
        self, key: tuple[object, ...], job: Callable[..., RenderedReport], mode: str, *rest: Any
    ) -> RenderedReport:
        revision = await self._services.store.answers.revision(self._services.frozen.sample_id)
        key = (*key, *revision)
        done = self._done.get(key)
        if done is not None and await asyncio.to_thread(_all_there, done.files):
            return done
        answered = await self._worker.run(study_task, self._source, mode, job, *rest)
        while len(self._done) >= KEEP:
            del self._done[next(iter(self._done))]
        if not answered.trouble:  # files that could not be written are tried again next time
            self._done[key] = answered
        return answered


def _all_there(files: Iterable[Path]) -> bool:
    return all(file.exists() for file in files)


def _signature_or_gone(file: ClassificationFile) -> tuple[object, ...]:
    try:
        return file_signature(file)
    except OSError:
        return (str(file.path), "gone")
