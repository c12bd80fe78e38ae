"""Reports on request and on schedule: which files there are, what was made before, and the work in between.

A report is made in the process beside the bot, which reads the database for itself. What was made once is kept, and
sent again as long as neither a label nor a model's file has changed and the files it wrote are still there.
"""

from __future__ import annotations

import asyncio
import datetime as dtm
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from analysis.reading.classification_file import find_classifications
from analysis.records import ClassificationFile
from bot.jobs.exports import Written, export_task
from bot.jobs.report_tasks import (
    RenderedReport,
    agreement_task,
    comparison_task,
    file_signature,
    labels_task,
    metrics_task,
    study_task,
)
from bot.jobs.study import StudySource
from bot.jobs.worker import Worker
from bot.services import Services

REPORTS_KEPT = 24

ModelLabels = Mapping[int, str]
Key = tuple[object, ...]


def timestamp(seconds: float) -> str:
    """Return seconds since 1970 as the notebook writes a time: ISO 8601 without offset, then Z."""
    return dtm.datetime.fromtimestamp(seconds, dtm.UTC).replace(tzinfo=None).isoformat() + "Z"


class ReportService:
    """Makes reports and label files in the worker; an unchanged question is answered from before."""

    def __init__(self, services: Services, worker: Worker) -> None:
        self._services = services
        self._worker = worker
        self._source = StudySource(services.settings.database_path, services.sample.stem)
        self._reports: dict[Key, RenderedReport] = {}
        self._model_labels: dict[Key, asyncio.Task[ModelLabels]] = {}

    async def files(self) -> tuple[ClassificationFile, ...]:
        """Return a fresh listing of the classification files."""
        settings = self._services.settings
        return await asyncio.to_thread(
            find_classifications,
            settings.classifications_dir,
            stem=self._services.sample.stem,
            modes=settings.modes,
            aliases=settings.stem_aliases,
        )

    async def labeled_modes(self) -> list[str]:
        """Return the modes in which anybody has labeled anything, in the order of LABEL_MODES."""
        counts = await self._services.store.answers.counts(self._services.frozen.sample_id)
        return [mode for mode in self._services.settings.modes if counts.get(mode)]

    async def export(self, modes: Iterable[str]) -> Written:
        """Write the label files of some modes. Raises OSError and StorageError."""
        folder = self._services.settings.output_dir
        return await self._worker.run(export_task, self._source, tuple(modes), folder)

    async def export_at_once(self, modes: Iterable[str]) -> None:
        """Write the label files in a thread of this process: for what must not wait until the worker is free.

        Raises:
            OSError: A file cannot be written.
            StorageError: The answers cannot be read.
        """
        folder = self._services.settings.output_dir
        await asyncio.to_thread(export_task, self._source, tuple(modes), folder)

    async def metrics(self, file: ClassificationFile) -> RenderedReport:
        """Make the report on one model, and write its files and the labels file that it names.

        Raises:
            AnalysisError: The model's file cannot be used.
            StorageError: The answers cannot be read.
        """
        settings = self._services.settings
        when = timestamp(self._services.clock())
        return await self._report(
            "metrics", metrics_task, file.mode, (file,), settings.max_file_mb, settings.output_dir, when
        )

    async def metrics_with_reviewed(self, file: ClassificationFile) -> RenderedReport:
        """Make the report with the answers that were given after seeing a model's label; write no file.

        Raises:
            AnalysisError: The model's file cannot be used.
            StorageError: The answers cannot be read.
        """
        max_mb = self._services.settings.max_file_mb
        return await self._report("with reviewed", metrics_task, file.mode, (file,), max_mb, None, "", True)

    async def comparison(self, first: ClassificationFile, second: ClassificationFile) -> RenderedReport:
        """Compare two models on the same items.

        Raises:
            AnalysisError: A model's file cannot be used.
            StorageError: The answers cannot be read.
        """
        max_mb = self._services.settings.max_file_mb
        return await self._report("compare", comparison_task, first.mode, (first, second), max_mb)

    async def agreement(self, mode: str) -> RenderedReport:
        """Say how the people agree. Raises StorageError."""
        return await self._report("agreement", agreement_task, mode, ())

    async def model_labels(self, file: ClassificationFile) -> ModelLabels:
        """Return a model's label of each item, for readers who have labeled them all.

        A file is read once, also when who asked first does not wait until it is read.

        Raises:
            AnalysisError: The file cannot be used.
        """
        key = await asyncio.to_thread(_signature_or_gone, file)
        reading = self._model_labels.get(key)
        if reading is None or (reading.done() and (reading.cancelled() or reading.exception())):
            settings, sample = self._services.settings, self._services.sample
            reading = asyncio.create_task(self._worker.run(labels_task, sample, file, settings.max_file_mb))
            _make_room(self._model_labels)
            self._model_labels[key] = reading
        return await asyncio.shield(reading)

    def forget(self) -> None:
        """Forget all reports that were made: somebody's answers were deleted."""
        self._reports.clear()

    async def close(self) -> None:
        """Give up what is being read, and end the worker."""
        for reading in self._model_labels.values():
            reading.cancel()
        await asyncio.gather(*self._model_labels.values(), return_exceptions=True)
        await self._worker.close()

    async def _report(
        self,
        name: str,
        task: Callable[..., RenderedReport],
        mode: str,
        files: tuple[ClassificationFile, ...],
        *rest: Any,
    ) -> RenderedReport:
        signatures = [await asyncio.to_thread(_signature_or_gone, file) for file in files]
        revision = await self._services.store.answers.revision(self._services.frozen.sample_id)
        key = (name, mode, *signatures, *revision)
        made = self._reports.get(key)
        if made is not None and await asyncio.to_thread(_all_there, made.files):
            return made
        report = await self._worker.run(study_task, self._source, mode, task, *files, *rest)
        if not report.trouble:  # files that could not be written are tried again next time
            _make_room(self._reports)
            self._reports[key] = report
        return report


def _make_room(kept: dict[Key, Any]) -> None:
    """Drop the oldest entries until one more fits."""
    while len(kept) >= REPORTS_KEPT:
        del kept[next(iter(kept))]


def _all_there(files: Iterable[Path]) -> bool:
    return all(file.exists() for file in files)


def _signature_or_gone(file: ClassificationFile) -> Key:
    try:
        return file_signature(file)
    except OSError:
        return (str(file.path), "gone")
