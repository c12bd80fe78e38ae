"""Reports, from labels and a model's file to texts, picture and files on disk.

Plain functions over plain records: the bot runs them in a process of their own, so that neither reading a
million records nor importing what draws ever holds up a tap; the command line calls them directly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.reading.classification_file import read_classification
from analysis.records import ClassificationFile, ModelLabels, Sample, Study
from bot.jobs.exports import write_consensus
from bot.jobs.study import StudySource, read_study
from storage.files import replace_file

_READ: dict[tuple[object, ...], ModelLabels] = {}
_KEEP = 12


@dataclass(frozen=True, slots=True)
class RenderedReport:
    """A finished report. caption and more: HTML. text: the same for a terminal. picture: PNG.

    trouble: why its files could not be written. files: those that it wrote. reviewed: how many answers that it
    counts were given after seeing a model's label.
    """

    caption: str
    more: str
    text: str
    picture: bytes
    fingerprint: str
    trouble: str = ""
    reviewed: int = 0
    files: tuple[Path, ...] = ()


def study_task(
    source: StudySource, mode: str, job: Callable[..., RenderedReport], *rest: Any
) -> RenderedReport:
    """Read what people said in a mode, then do `job(study, *rest)`; raises as both."""

    async def study() -> Study:
        async with source.opened() as (store, frozen):
            await store.database.stay_at_this_moment()
            return await read_study(store, frozen, mode)

    return job(asyncio.run(study()), *rest)


def file_signature(file: ClassificationFile) -> tuple[object, ...]:
    """Changes when the file is replaced or written to. Raises OSError when it is gone."""
    stat = file.path.lstat()
    return (str(file.path), stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)


def model_labels(file: ClassificationFile, sample: Sample, max_mb: int) -> ModelLabels:
    """What the file says of the sample's items; read again only when it has changed.

    Raises ClassificationFileError.
    """
    try:
        key = (*file_signature(file), len(sample.items), sample.digest())
    except OSError:
        return read_classification(file, sample.items, max_mb=max_mb)
    if key not in _READ:
        while len(_READ) >= _KEEP:
            del _READ[next(iter(_READ))]
        _READ[key] = read_classification(file, sample.items, max_mb=max_mb)
    return _READ[key]


def metrics_task(
    study: Study,
    file: ClassificationFile,
    max_mb: int,
    output_dir: Path | None,
    timestamp: str,
    leave_out_reviewed: bool = False,
) -> RenderedReport:
    """The report on one model; with an output folder its metrics JSON, merged CSV and the labels file are written.

    timestamp: ISO 8601, UTC, as the metrics file takes it. `trouble` says why files could not be written.
    Raises ClassificationFileError.
    """
    from analysis.output.charts import confusion_png
    from analysis.output.metrics import merged_csv, metrics_json, metrics_paths, metrics_record
    from analysis.statistics.report import build_report
    from bot.views.report_lines import plain
    from bot.views.report_text import report_caption, report_more

    judged = model_labels(file, study.sample, max_mb)
    report = build_report(study, judged, leave_out_reviewed=leave_out_reviewed)
    files: tuple[Path, ...] = ()
    trouble = ""
    if output_dir is not None:
        try:
            labels = write_consensus(study, report.consensus, output_dir)
            record = metrics_record(
                report, timestamp=timestamp, human_labels=str(labels), model_classifications=str(file.path)
            )
            folders = file.name.split("/")[:-1]  # those that tell it apart from one of the same name
            files = metrics_paths(output_dir, labels.stem, file.path.stem, folders)
            replace_file(files[0], metrics_json(record))
            replace_file(files[1], merged_csv(report))
            if study.labels:
                files = (*files, labels)
        except OSError as error:
            files = ()
            trouble = f"The files cannot be written: {error.strerror}. Check OUTPUT_DIR."
    names = tuple(path.name for path in files[:2])
    caption, more = report_caption(report), report_more(report, names)
    return RenderedReport(
        caption,
        more,
        f"{plain(caption)}\n\n{plain(more)}",
        confusion_png(report),
        report.fingerprint,
        trouble,
        0 if leave_out_reviewed else report.reviewed,
        files,
    )


def comparison_task(
    study: Study, a: ClassificationFile, b: ClassificationFile, max_mb: int
) -> RenderedReport:
    """Two models on the same items. Raises ClassificationFileError."""
    from analysis.output.charts import comparison_png
    from analysis.statistics.compare import compare_models
    from bot.views.report_text import comparison_caption

    first, second = (model_labels(file, study.sample, max_mb) for file in (a, b))
    found = compare_models(study, first, second)
    caption = comparison_caption(found)
    return RenderedReport(caption, "", "", comparison_png(found), found.fingerprint)


def agreement_task(study: Study) -> RenderedReport:
    """How the people agree."""
    from analysis.output.charts import agreement_png
    from analysis.statistics.agreement import agreement
    from bot.views.report_text import agreement_caption

    found = agreement(study)
    return RenderedReport(agreement_caption(found), "", "", agreement_png(found), found.fingerprint)


def labels_task(sample: Sample, file: ClassificationFile, max_mb: int) -> Mapping[int, str]:
    """What a model says of each item, for a reader who has labeled them all. Raises ClassificationFileError."""
    return dict(model_labels(file, sample, max_mb).labels)
