"""Reports, from labels and a model's file to texts, picture and files on disk.

Plain functions over plain records: the bot runs them in a process of their own, so that neither reading a
million records nor importing what draws ever holds up a tap; the command line calls them directly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import ClassificationFileError, reason_of
from analysis.output.labels import labels_path
from analysis.records import ClassificationFile, Study
from analysis.statistics.consensus import consensus
from bot.jobs.exports import write_consensus
from bot.jobs.model_files import model_labels
from bot.jobs.rendered_report import RenderedReport
from bot.jobs.study import StudySource, read_study
from storage.files import replace_file

if TYPE_CHECKING:  # the bot's own process must not load what reports need
    from analysis.statistics.report import Report


def study_task(
    source: StudySource, mode: str, labels_dir: Path | None, task: Callable[..., RenderedReport], *rest: Any
) -> RenderedReport:
    """Read what the snapshot of a mode holds, and make a report of it for the chat.

    Args:
        source: Where the answers are.
        mode: The mode.
        labels_dir: Where the labels file is written that the report names; None writes none. It holds the present
            labels, not those of the snapshot: it is what an export writes.
        task: Makes the report, `task(study, *rest)`.
        rest: What the task needs besides.

    Raises:
        StorageError: The answers cannot be read.
        AnalysisError: A file cannot be used.
    """

    async def read() -> tuple[Study, Study | None]:
        async with source.opened() as (store, frozen):
            await store.database.stay_at_this_moment()
            study = replace(await read_study(store, frozen, mode, snapshot=True), stepwise=source.stepwise)
            return study, await read_study(store, frozen, mode) if labels_dir is not None else None

    study, present = asyncio.run(read())
    report = task(study, *rest)
    if labels_dir is None or present is None or report.trouble:
        return report
    try:
        labels = write_labels(present, labels_dir)
    except OSError as error:
        return replace(report, files=(), trouble=_cannot(error))
    return replace(report, files=(*report.files, *labels))


def write_labels(study: Study, output_dir: Path) -> tuple[Path, ...]:
    """Write the labels file of a mode, and return it; none without labels. Raises OSError."""
    path = write_consensus(study, consensus(study.labels, study.adjudicated), output_dir)
    return (path,) if study.labels else ()


def metrics_task(
    study: Study,
    files: Sequence[ClassificationFile],
    max_mb: int,
    output_dir: Path,
    timestamp: str,
    with_reviewed: bool = False,
) -> RenderedReport:
    """Make the report on one model, and write its metrics JSON and merged CSV, in this order.

    The labels file that they name is written by `study_task`.

    Args:
        study: What people said.
        files: The model's file.
        max_mb: The largest file to read.
        output_dir: Where files are written.
        timestamp: ISO 8601, UTC, as the metrics file takes it.
        with_reviewed: Count marked answers, too. Such a report writes no file.

    Raises:
        ClassificationFileError: If the file cannot be read.
    """
    from analysis.output.charts import metrics_png
    from bot.views.report_more import report_more
    from bot.views.report_text import report_caption

    report = _report(study.counting_reviewed() if with_reviewed else study, files[0], max_mb)
    written = NO_FILE if with_reviewed else _write_metrics(report, study, files[0], output_dir, timestamp)
    kappa = report.ceiling.kappas.model if report.ceiling else report.figures["kappa"]
    return _rendered(
        report_caption(report),
        report_more(report),
        metrics_png(report),
        report.fingerprint,
        written,
        marked=0 if with_reviewed else report.marked,
        labels=sum(one.labels for one in report.labelers),
        kappa=kappa.value,
        focus_ended=report.focus_ended,
    )


def metrics_with_reviewed_task(
    study: Study, files: Sequence[ClassificationFile], max_mb: int, output_dir: Path, timestamp: str
) -> RenderedReport:
    """Make the report on one model with the marked answers, too: `metrics_task` says the rest."""
    return metrics_task(study, files, max_mb, output_dir, timestamp, with_reviewed=True)


def prevalence_task(
    study: Study, files: Sequence[ClassificationFile], max_mb: int, output_dir: Path, timestamp: str
) -> RenderedReport:
    """Make the report on how many of all features are related; the metrics file holds it.

    The arguments and errors are those of `metrics_task`.
    """
    from analysis.output.charts import prevalence_png
    from bot.views.report_more import prevalence_more
    from bot.views.report_text import prevalence_caption

    report = _report(study, files[0], max_mb)
    written = _write_metrics(report, study, files[0], output_dir, timestamp)
    picture = prevalence_png(report.prevalence)
    return _rendered(
        prevalence_caption(report), prevalence_more(report), picture, report.fingerprint, written
    )


def citation_task(study: Study, file: ClassificationFile, max_mb: int) -> str:
    """Return a methods paragraph with the facts of a study and what it found of a model.

    The errors are those of `metrics_task`.
    """
    from bot.views.citation import methods_paragraph

    return methods_paragraph(_report(study, file, max_mb), study.sample)


def comparison_task(
    study: Study,
    files: Sequence[ClassificationFile],
    max_mb: int,
    output_dir: Path,
    timestamp: str,
    with_reviewed: bool = False,
) -> RenderedReport:
    """Compare two models on the same items, and write the comparison JSON.

    The arguments and errors are those of `metrics_task`, with two files.
    """
    from analysis.output.charts import comparison_png
    from analysis.output.metrics import comparison_path, comparison_record, to_json
    from analysis.statistics.compare import compare_models
    from bot.views.report_more import comparison_more
    from bot.views.report_text import comparison_caption

    first, second = (model_labels(file, study.sample, max_mb) for file in files)
    found = compare_models(study.counting_reviewed() if with_reviewed else study, first, second)
    written = NO_FILE
    if not with_reviewed:
        path = comparison_path(output_dir, _labels_path(study, output_dir).stem, found)
        written = _write(output_dir, {path: to_json(comparison_record(found, timestamp=timestamp))})
    return _rendered(
        comparison_caption(found),
        comparison_more(found),
        comparison_png(found),
        found.fingerprint,
        written,
        focus_ended=found.focus_ended,
    )


def models_task(
    study: Study, files: Sequence[ClassificationFile], max_mb: int, output_dir: Path, timestamp: str
) -> RenderedReport:
    """Rank all models of a mode, and write the models JSON, which has no timestamp.

    A model whose file cannot be used is left out and told: it must not keep the others from being ranked.
    The arguments are those of `metrics_task`, with the files of all models.

    Raises:
        ClassificationFileError: If no model is left.
    """
    from analysis.output.charts import models_png
    from analysis.output.metrics import models_path, models_record, to_json
    from analysis.statistics.models import LeftOut, rank_models
    from bot.views.report_lines import plain
    from bot.views.report_more import models_more
    from bot.views.report_text import left_out_line, models_caption

    read, unread = [], []
    for file in files:
        try:
            read.append(model_labels(file, study.sample, max_mb))
        except ClassificationFileError as error:
            unread.append(LeftOut(file.name, reason_of(error)))
    found = rank_models(study, read, unread)
    if not found.models:
        raise ClassificationFileError(f"No model is left to rank. {plain(left_out_line(found.left_out))}")
    path = models_path(output_dir, _labels_path(study, output_dir).stem)
    written = _write(output_dir, {path: to_json(models_record(found))})
    return _rendered(models_caption(found), models_more(found), models_png(found), found.fingerprint, written)


def agreement_task(study: Study) -> RenderedReport:
    """Report how the people agree."""
    from analysis.output.charts import agreement_png
    from analysis.statistics.agreement import agreement
    from bot.views.report_more import agreement_more
    from bot.views.report_text import agreement_caption

    found = agreement(study)
    return _rendered(agreement_caption(found), agreement_more(found), agreement_png(found), found.fingerprint)


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """The files that were written, or why they were not."""

    files: tuple[Path, ...] = ()
    trouble: str = ""


NO_FILE = ReportFiles()


def _report(study: Study, file: ClassificationFile, max_mb: int) -> Report:
    from analysis.statistics.report import build_report

    return build_report(study, model_labels(file, study.sample, max_mb))


def _write_metrics(
    report: Report, study: Study, file: ClassificationFile, output_dir: Path, timestamp: str
) -> ReportFiles:
    """Write the metrics JSON and the merged CSV of a report."""
    from analysis.output.metrics import merged_csv, metrics_paths, metrics_record, to_json

    labels = _labels_path(study, output_dir)
    record = metrics_record(
        report, timestamp=timestamp, human_labels=str(labels), model_classifications=str(file.path)
    )
    metrics, merged = metrics_paths(output_dir, labels.stem, file)
    return _write(output_dir, {metrics: to_json(record), merged: merged_csv(report)})


def _write(output_dir: Path, contents: Mapping[Path, bytes]) -> ReportFiles:
    try:
        for path, data in contents.items():
            replace_file(path, data, below=output_dir)
    except OSError as error:
        return ReportFiles(trouble=_cannot(error))
    return ReportFiles(tuple(contents))


def _cannot(error: OSError) -> str:
    return f"The files cannot be written: {error.strerror}. Check OUTPUT_DIR."


def _labels_path(study: Study, output_dir: Path) -> Path:
    return labels_path(output_dir, study.sample.stem, study.mode)


def _rendered(
    caption: str, more: str, picture: bytes, fingerprint: str, written: ReportFiles = NO_FILE, **rest: Any
) -> RenderedReport:
    from bot.views.report_lines import plain

    text = f"{plain(caption)}\n\n{plain(more)}"
    return RenderedReport(
        caption, more, text, picture, fingerprint, files=written.files, trouble=written.trouble, **rest
    )
