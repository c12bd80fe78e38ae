"""The reports on the command line: they look at all labels there are, and write the files that the chat's write."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.reading.classification_file import find_classifications
from analysis.records import ClassificationFile, Study
from bot.cli.commands import NotThere, named_modes, open_study
from bot.jobs.exports import why_not_writable
from bot.jobs.report_service import timestamp
from bot.jobs.report_tasks import (
    RenderedReport,
    citation_task,
    comparison_task,
    metrics_task,
    models_task,
    prevalence_task,
    write_labels,
)
from bot.jobs.study import read_study
from bot.rules.model_choice import Resolution, resolve, resolve_pair
from bot.settings import Settings
from storage.samples import FrozenSample
from storage.store import Store


class Desk:
    """What a report on the command line needs: the settings, the listed files and what is labeled."""

    def __init__(self, settings: Settings, store: Store, frozen: FrozenSample, labeled: list[str]) -> None:
        self.settings = settings
        self.labeled = labeled
        self.files = find_classifications(
            settings.classifications_dir,
            stem=frozen.sample.stem,
            modes=settings.modes,
            aliases=settings.stem_aliases,
        )
        self._store = store
        self._frozen = frozen

    @classmethod
    async def open(cls, settings: Settings) -> Desk:
        """Open the database for reading. Raises NotThere, AnalysisError and StorageError."""
        store, frozen = await open_study(settings)
        counts = await store.answers.counts(frozen.sample_id)
        return cls(settings, store, frozen, [mode for mode in settings.modes if counts.get(mode)])

    async def study(self, mode: str) -> Study:
        """Return what people said in a mode, and close the database. Raises StorageError."""
        async with self._store:
            return await read_study(self._store, self._frozen, mode)

    async def close(self) -> None:
        """Close the database."""
        await self._store.close()


def _one(typed: str, found: Resolution) -> ClassificationFile:
    """Return the file that was meant. Raises NotThere, which says what there is."""
    if found.file is not None:
        return found.file
    there = ", ".join(sorted({f"{file.name} ({file.mode})" for file in found.options}))
    problem = found.problem or "That fits several."
    raise NotThere(f"{typed!r}: {problem}{' There are: ' + there + '.' if there else ''}")


def _mode(settings: Settings, mode: str | None) -> str | None:
    return None if mode is None else named_modes(settings, mode)[0]


async def _model(settings: Settings, model: str, mode: str | None) -> tuple[ClassificationFile, Study]:
    """Return a model's file and what people said in its mode. Raises NotThere, AnalysisError and StorageError."""
    named = _mode(settings, mode)
    desk = await Desk.open(settings)
    try:
        file = _one(model, resolve(desk.files, model, named, settings.modes, desk.labeled))
        return file, await desk.study(file.mode)
    finally:
        await desk.close()


def _writable(settings: Settings) -> None:
    if problem := why_not_writable(settings.output_dir):
        raise NotThere(problem)


def _lines(report: RenderedReport) -> list[str]:
    """Return a report's lines. Raises NotThere when its files could not be written."""
    if report.trouble:
        raise NotThere(report.trouble)
    return report.text.strip().splitlines()


async def metrics_now(
    settings: Settings,
    model: str,
    mode: str | None,
    posted: str | None,
    now: float,
    *,
    with_reviewed: bool = False,
) -> list[str]:
    """Write what `/metrics MODEL` posts, and give its lines.

    Args:
        settings: The settings, with a base file.
        model: A part of the model's name.
        mode: The mode; None takes the first that has labels and such a file.
        posted: The fingerprint of a posted report to compare with, or None.
        now: Seconds since 1970, UTC, for the report's date.
        with_reviewed: Whether answers given after seeing a model's label count, too. Then no file is written.

    Raises:
        NotThere: Something is missing or undecided.
        AnalysisError: A file cannot be used.
        StorageError: The database cannot be used.
    """
    file, study = await _model(settings, model, mode)
    folder = None if with_reviewed else settings.output_dir
    if folder is not None:
        _writable(settings)
        write_labels(study, folder)
    report = metrics_task(study, file, settings.max_file_mb, folder, timestamp(now), with_reviewed)
    return [*_lines(report), *_reproduced(posted, report.fingerprint)]


def _reproduced(posted: str | None, now: str) -> list[str]:
    if posted is None:
        return []
    from analysis.statistics.fingerprint import changed_parts

    try:
        changed = changed_parts(posted, now)
    except ValueError as error:
        raise NotThere(f"{error}.") from None
    if not changed:
        return [f"Fingerprint {posted}: the posted report is reproduced exactly."]
    return [
        f"Fingerprint {posted}: cannot be reproduced from what is here now; changed: {', '.join(changed)}."
    ]


async def compare_now(
    settings: Settings, first: str, second: str, mode: str | None, now: float, *, with_reviewed: bool
) -> list[str]:
    """Write what `/compare FIRST SECOND` posts, and give its lines. Raises as `metrics_now`."""
    named = _mode(settings, mode)
    desk = await Desk.open(settings)
    try:
        pair = resolve_pair(desk.files, first, second, named, settings.modes, desk.labeled)
        files = [_one(typed, found) for typed, found in zip((first, second), pair, strict=True)]
        if files[0] == files[1] or files[0].mode != files[1].mode:
            raise NotThere("Name two different models that have files in the same mode.")
        study = await desk.study(files[0].mode)
    finally:
        await desk.close()
    folder = None if with_reviewed else settings.output_dir
    if folder is not None:
        _writable(settings)
    max_mb = settings.max_file_mb
    return _lines(comparison_task(study, files[0], files[1], max_mb, folder, timestamp(now), with_reviewed))


async def prevalence_now(settings: Settings, model: str, mode: str | None, now: float) -> list[str]:
    """Write what `/prevalence MODEL` posts, and give its lines. Raises as `metrics_now`."""
    file, study = await _model(settings, model, mode)
    _writable(settings)
    write_labels(study, settings.output_dir)
    return _lines(prevalence_task(study, file, settings.max_file_mb, settings.output_dir, timestamp(now)))


async def models_now(settings: Settings, mode: str | None, now: float) -> list[str]:
    """Write what `/models` posts, and give its lines. Raises as `metrics_now`."""
    named = _mode(settings, mode)
    desk = await Desk.open(settings)
    try:
        which = named or next((m for m in desk.labeled if any(f.mode == m for f in desk.files)), None)
        files = [file for file in desk.files if file.mode == which]
        if which is None or which not in desk.labeled or not files:
            raise NotThere(f"There is no mode with labels and a model's file{_of(named)}.")
        study = await desk.study(which)
    finally:
        await desk.close()
    _writable(settings)
    return _lines(models_task(study, files, settings.max_file_mb, settings.output_dir, timestamp(now)))


def _of(mode: str | None) -> str:
    return f": {mode} has not both" if mode else ""


async def cite_now(settings: Settings, mode: str | None) -> list[str]:
    """Give a methods paragraph with the study's own facts for each model of a mode. Raises as `metrics_now`."""
    named = _mode(settings, mode)
    desk = await Desk.open(settings)
    try:
        which = named or next(iter(desk.labeled), None)
        if which is None or which not in desk.labeled:
            raise NotThere(f"Nothing is labeled yet{f' in {which}' if which else ''}.")
        files: Sequence[ClassificationFile] = [file for file in desk.files if file.mode == which]
        if not files:
            raise NotThere(f"There is no model's file for {which} yet.")
        study = await desk.study(which)
    finally:
        await desk.close()
    return [citation_task(study, file, settings.max_file_mb) for file in files]
