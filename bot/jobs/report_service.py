"""Reports on request and on schedule: which files there are, what was made before, and the work in between.

A report is made in the process beside the bot, which reads the database for itself. What was made once is kept, and
sent again as long as neither a label nor a model's file has changed and the files it wrote are still there.
"""

from __future__ import annotations

import asyncio
import datetime as dtm
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from analysis.records import ClassificationFile
from bot.errors import NotYet
from bot.jobs.exports import Written, export_task
from bot.jobs.focus_tasks import FocusPlan, focus_task, hash_of
from bot.jobs.model_files import file_signature, labels_task, listed_files
from bot.jobs.recent import Recent
from bot.jobs.rendered_report import RenderedReport
from bot.jobs.report_tasks import (
    agreement_task,
    comparison_task,
    metrics_task,
    metrics_with_reviewed_task,
    models_task,
    prevalence_task,
    study_task,
)
from bot.jobs.sample import base_of
from bot.jobs.study import StudySource
from bot.jobs.worker import Worker
from bot.log import log_event
from bot.services import Services
from bot.views.focus import focus_ended

REPORTS_KEPT = 24

Key = tuple[object, ...]


def timestamp(seconds: float) -> str:
    """Return seconds since 1970 as the notebook writes a time: ISO 8601 without offset, then Z."""
    return dtm.datetime.fromtimestamp(seconds, dtm.UTC).replace(tzinfo=None).isoformat() + "Z"


class ReportService:
    """Makes reports and label files in the worker; a report that would be the same again is not made anew."""

    def __init__(self, services: Services, worker: Worker) -> None:
        self._services = services
        self._worker = worker
        settings = services.settings
        self._source = StudySource(
            settings.database_path, services.sample.stem, stepwise=settings.report_step > 1
        )
        self._reports: Recent[Key, tuple[RenderedReport, Key]] = Recent(REPORTS_KEPT)
        self._model_labels: Recent[Key, asyncio.Task[Mapping[int, str]]] = Recent(REPORTS_KEPT)

    async def files(self) -> tuple[ClassificationFile, ...]:
        """Return a fresh listing of the classification files."""
        return await asyncio.to_thread(listed_files, self._services.settings, self._services.sample.stem)

    async def labeled_modes(self) -> list[str]:
        """Return the modes in which anybody has labeled anything, in the order of LABEL_MODES."""
        counts = await self._services.store.answers.counts(self._services.frozen.sample_id)
        return [mode for mode in self._services.settings.modes if counts.get(mode)]

    async def export(self, modes: Iterable[str]) -> Written:
        """Write the label files of some modes. Raises OSError and StorageError."""
        folder = self._services.settings.output_dir
        return await self._worker.run(export_task, self._source, tuple(modes), folder)

    async def metrics(self, file: ClassificationFile) -> RenderedReport:
        """Make the report on one model, and write its files and the labels file that it names.

        This and the other reports raise the errors of `_report`.
        """
        return await self._report(metrics_task, (file,), labels=True)

    async def metrics_with_reviewed(self, file: ClassificationFile) -> RenderedReport:
        """Make the report with the answers that are not blind, too; write no file."""
        return await self._report(metrics_with_reviewed_task, (file,))

    async def prevalence(self, file: ClassificationFile) -> RenderedReport:
        """Say how many of all features are related."""
        return await self._report(prevalence_task, (file,), labels=True)

    async def models(self, files: Sequence[ClassificationFile]) -> RenderedReport:
        """Compare all models of one mode."""
        return await self._report(models_task, files)

    async def comparison(self, first: ClassificationFile, second: ClassificationFile) -> RenderedReport:
        """Compare two models on the same items."""
        return await self._report(comparison_task, (first, second))

    async def agreement(self, mode: str) -> RenderedReport:
        """Say how the people agree."""
        return await self._report(agreement_task, (), mode=mode)

    async def focus_plan(self, files: Sequence[ClassificationFile], number: int) -> FocusPlan:
        """Draw a focus set for one model or two, and say what it would bring; nothing is begun.

        Raises:
            AnalysisError: A file cannot be used, or there is nothing to draw.
            StorageError: The answers cannot be read, or the base file is not the one that the sample was drawn from.
            WorkStopped: The worker could not finish.
        """
        settings, mode = self._services.settings, files[0].mode
        sample_id, step = self._services.frozen.sample_id, settings.report_step
        gone = await self._services.without_access()
        await self._services.store.report_steps.advance(sample_id, mode, step, gone=gone)
        plan = await self._worker.run(
            focus_task, self._source, tuple(files), number, base_of(settings), settings.max_file_mb
        )
        # what a set would bring comes from the labels and the model's: it is a report like others
        await self._services.store.report_steps.report_was_made(sample_id, mode, gone=gone)
        return plan

    async def model_labels(self, file: ClassificationFile) -> Mapping[int, str]:
        """Return a model's label of each item, for readers who have labeled them all.

        A file is read once, even if the person who asked first does not wait until it is read.

        Raises:
            AnalysisError: The file cannot be used.
        """
        key = await asyncio.to_thread(_signature_or_gone, file)
        reading = self._model_labels.get(key)  # one that failed or was given up is done again
        if reading is None or (reading.done() and (reading.cancelled() or reading.exception())):
            settings, sample = self._services.settings, self._services.sample
            reading = asyncio.create_task(self._worker.run(labels_task, sample, file, settings.max_file_mb))
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
        task: Callable[..., RenderedReport],
        files: Sequence[ClassificationFile],
        mode: str = "",
        labels: bool = False,
    ) -> RenderedReport:
        """Make a report of a mode's snapshot, or return the one that was made before.

        Args:
            task: Makes it, in the worker; each kind of report has its own.
            files: The models' files that it rests on.
            mode: The mode; that of the files unless given.
            labels: Whether the labels file is written, too.

        Raises:
            NotYet: Too few labels have come for the first figures.
            AnalysisError: A model's file cannot be used.
            StorageError: The answers cannot be read.
            WorkStopped: The worker could not finish.
        """
        mode = mode or files[0].mode
        services, settings = self._services, self._services.settings
        sample_id, steps = services.frozen.sample_id, services.store.report_steps
        width, gone = settings.report_step, await services.without_access()
        standing = {m: await steps.advance(sample_id, m, width, gone=gone) for m in settings.modes}
        boundary = standing[mode].boundary
        if not boundary.answer_id:
            raise NotYet(mode, standing[mode].lacking)
        signatures = [await asyncio.to_thread(_signature_or_gone, file) for file in files]
        _, _, people_ever, people_now, *_ = await services.store.answers.revision(sample_id)
        sets = await services.store.focus_sets.states(sample_id)
        boundaries = [each.boundary for each in standing.values()]
        key = (task, mode, *signatures, *boundaries, people_ever, people_now, *sets)
        report, written = self._reports.get(key, (None, ()))
        if report is None or await asyncio.to_thread(_states, report.files) != written:
            now = timestamp(services.clock())
            told = (tuple(files), settings.max_file_mb, settings.output_dir, now)
            labels_dir = settings.output_dir if labels else None
            report = await self._worker.run(
                study_task, self._source, mode, labels_dir, task, *(told if files else ())
            )
            if not report.trouble:  # files that could not be written are tried again next time
                self._reports[key] = report, await asyncio.to_thread(_states, report.files)
        await steps.report_was_made(sample_id, mode, gone=gone)
        if report.focus_ended:
            await self.end_changed_focus()
        return report

    async def end_changed_focus(self) -> None:
        """End the active focus set if a model's file has changed since it was drawn: nobody labels for nothing.

        The admins are told. Raises StorageError.
        """
        services = self._services
        active = await services.store.focus_sets.active(services.frozen.sample_id)
        if active is None:
            return
        drawn = active.drawn
        there = {file.name: file for file in await self.files() if file.mode == drawn.mode}
        present = [await asyncio.to_thread(hash_of, there[name]) for name in drawn.models if name in there]
        if len(present) < len(drawn.models) or None in present or tuple(present) == drawn.sha256:
            return  # a file that is away for a moment may come back as it was
        await services.store.focus_sets.stop(active.focus_id, "ended")
        log_event("a focus set was ended, because a model's file has changed", name=drawn.name)
        await services.tell_admins(focus_ended(active))


def _states(files: Iterable[Path]) -> Key:
    """Return what changes when other files take the place of a report's own.

    `labelbot metrics` writes its figures under the same names, but of the present labels, and `Files` must not send
    those. A labels file always holds the present ones, so it only has to be there.
    """
    found: list[object] = []
    for file in files:
        if file.parent.name == "human_labels" or not file.exists():
            found.append(file.exists())
        else:
            stat = file.lstat()
            found += [stat.st_ino, stat.st_size, stat.st_mtime_ns]
    return tuple(found)


def _signature_or_gone(file: ClassificationFile) -> Key:
    try:
        return file_signature(file)
    except OSError:
        return (str(file.path), "gone")
