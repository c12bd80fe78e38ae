"""The commands that print what the chat posts, and write its files: metrics, prevalence, compare, models, cite.

On the machine there is no REPORT_STEP: who may read the database may read every answer in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analysis.errors import ClassificationFileError
from analysis.records import ClassificationFile, Study
from bot.cli.commands import NotThere, modes_meant, open_sample
from bot.jobs.exports import why_not_writable
from bot.jobs.model_files import listed_files
from bot.jobs.rendered_report import RenderedReport
from bot.jobs.report_service import timestamp
from bot.jobs.report_tasks import (
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


@dataclass(frozen=True, slots=True)
class Choice:
    """What there is to choose from.

    Attributes:
        files: All classification files.
        mode: The mode that was named, None for none.
        modes: All modes, in the order of LABEL_MODES.
        labeled: Those in which anybody has labeled anything.
    """

    files: tuple[ClassificationFile, ...]
    mode: str | None
    modes: tuple[str, ...]
    labeled: tuple[str, ...]

    def one(self, model: str) -> list[ClassificationFile]:
        """Find the file of a model. Raises NotThere."""
        return [_only(model, resolve(self.files, model, self.mode, self.modes, self.labeled))]

    def two(self, first: str, second: str) -> list[ClassificationFile]:
        """Find the files of two models in one mode. Raises NotThere."""
        pair = resolve_pair(self.files, first, second, self.mode, self.modes, self.labeled)
        a, b = _only(first, pair[0]), _only(second, pair[1])
        if a == b:
            raise NotThere(f"{first!r} and {second!r} are the same model, {a.name}: name two.")
        return [a, b]

    def ranked(self) -> list[ClassificationFile]:
        """Find all models' files in the mode, or in the first that has labels and files. Raises NotThere."""
        for mode in (self.mode,) if self.mode else self.labeled:
            if found := [file for file in self.files if file.mode == mode]:
                return found
        where = self.mode or ", ".join(self.labeled) or "any mode"
        raise NotThere(f"There is no classification file of a labeled mode ({where}) in CLASSIFICATIONS_DIR.")


async def _read(
    settings: Settings,
    mode: str | None,
    choose: Callable[[Choice], list[ClassificationFile]],
    *,
    writes: bool = True,
) -> tuple[Study, list[ClassificationFile]]:
    """Choose files, and read what people said in their mode. Raises NotThere, AnalysisError, StorageError."""
    named = None if mode is None else modes_meant(settings, mode)[0]
    store, frozen = await open_sample(settings)
    async with store:
        counts = await store.answers.counts(frozen.sample_id)
        labeled = tuple(known for known in settings.modes if counts.get(known))
        files = listed_files(settings, frozen.sample.stem)
        if writes and (problem := why_not_writable(settings.output_dir)):
            raise NotThere(problem)
        chosen = choose(Choice(files, named, settings.modes, labeled))
        return await read_study(store, frozen, chosen[0].mode), chosen


def _only(model: str, chosen: Resolution) -> ClassificationFile:
    """Give the file that was found. Raises NotThere, with what there is."""
    if chosen.file is not None:
        return chosen.file
    there = ", ".join(sorted({f"{file.name} ({file.mode})" for file in chosen.options}))
    problem = chosen.problem or "That fits several."
    raise NotThere(f"{model!r}: {problem}{' There are: ' + there + '.' if there else ''}")


def _lines(report: RenderedReport) -> list[str]:
    """Give the lines of a report. Raises NotThere when its files could not be written."""
    if report.trouble:
        raise NotThere(report.trouble)
    return report.text.rstrip().splitlines()


async def metrics_now(
    settings: Settings,
    model: str,
    mode: str | None,
    posted: str | None,
    now: float,
    *,
    with_reviewed: bool = False,
) -> list[str]:
    """Make the report that `/metrics MODEL` posts, write its files, and give its lines.

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
    study, files = await _read(settings, mode, lambda choice: choice.one(model), writes=not with_reviewed)
    if not with_reviewed:
        write_labels(study, settings.output_dir)
    report = metrics_task(
        study, files, settings.max_file_mb, settings.output_dir, timestamp(now), with_reviewed
    )
    return [*_lines(report), *_reproduced(posted, report.fingerprint)]


async def prevalence_now(settings: Settings, model: str, mode: str | None, now: float) -> list[str]:
    """Write what `/prevalence MODEL` posts, and give its lines. Arguments and errors are those of `metrics_now`."""
    study, files = await _read(settings, mode, lambda choice: choice.one(model))
    write_labels(study, settings.output_dir)
    return _lines(prevalence_task(study, files, settings.max_file_mb, settings.output_dir, timestamp(now)))


async def compare_now(
    settings: Settings, first: str, second: str, mode: str | None, now: float, *, with_reviewed: bool = False
) -> list[str]:
    """Write what `/compare A B` posts, and give its lines. Arguments and errors are those of `metrics_now`."""
    study, files = await _read(
        settings, mode, lambda choice: choice.two(first, second), writes=not with_reviewed
    )
    max_mb, folder = settings.max_file_mb, settings.output_dir
    return _lines(comparison_task(study, files, max_mb, folder, timestamp(now), with_reviewed))


async def models_now(settings: Settings, mode: str | None, now: float) -> list[str]:
    """Write what `/models` posts, and give its lines. Arguments and errors are those of `metrics_now`."""
    study, files = await _read(settings, mode, Choice.ranked)
    return _lines(models_task(study, files, settings.max_file_mb, settings.output_dir, timestamp(now)))


async def cite_now(settings: Settings, mode: str | None) -> list[str]:
    """Give a methods paragraph for each model. Arguments and errors are those of `metrics_now`.

    A model whose file cannot be used is left out, and told; if none is left, its error is raised.
    """
    study, files = await _read(settings, mode, Choice.ranked, writes=False)
    told: list[str] = []
    problems: list[ClassificationFileError] = []
    for file in files:
        try:
            told += ["", *citation_task(study, file, settings.max_file_mb).splitlines()]
        except ClassificationFileError as error:
            problems.append(error)
    if not told:
        raise problems[0]
    return [*told[1:], *(f"Left out: {problem}" for problem in problems)]


def _reproduced(posted: str | None, made: str) -> list[str]:
    """Compare the fingerprints of a posted report and of the one made now. Raises NotThere for what is none."""
    if posted is None:
        return []
    from analysis.statistics.fingerprint import changed_parts

    try:
        changed = changed_parts(posted, made)
    except ValueError as error:
        raise NotThere(f"{error}.") from None
    if not changed:
        return [f"Fingerprint {posted}: the posted report is reproduced exactly."]
    return [
        f"Fingerprint {posted}: cannot be reproduced from what is here now; changed: {', '.join(changed)}."
    ]
