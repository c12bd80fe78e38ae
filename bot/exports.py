"""Label files: what people answered, gathered from the store and written in the notebook's form."""

from __future__ import annotations

import asyncio
import datetime as dtm
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.answers import AnswerRow, answers_csv
from analysis.consensus import consensus
from analysis.files import replace_file
from analysis.labelfile import labels_json, labels_path
from analysis.records import Sample, Study
from storage.records import PastAnswer, pseudonym
from storage.samples import FrozenSample
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Written:
    """What an export wrote. consensus: mode -> the file with what counts; own: mode -> pseudonym -> file."""

    consensus: Mapping[str, Path]
    own: Mapping[str, Mapping[str, Path]]


async def gather(store: Store, frozen: FrozenSample, mode: str) -> Study:
    """What people said about the frozen sample in one mode."""
    answers = store.answers
    return Study(
        sample=frozen.sample,
        mode=mode,
        labels=await answers.by_labeler(frozen.sample_id, mode),
        adjudicated=await answers.adjudicated(frozen.sample_id, mode),
        after_review=await answers.reviewed(frozen.sample_id, mode),
        guide_versions=await answers.guide_versions(frozen.sample_id, mode),
    )


async def export(store: Store, frozen: FrozenSample, modes: Iterable[str], output_dir: Path) -> Written:
    """Write every mode's files: the consensus, each labeler's own, and the history as a table.

    A file whose labels are all gone is deleted. Raises OSError when the folder cannot be written.
    """
    studies = [await gather(store, frozen, mode) for mode in modes]
    history = await store.answers.history(frozen.sample_id)
    return await asyncio.to_thread(_write, studies, history, output_dir)


def _write(studies: list[Study], history: tuple[PastAnswer, ...], output_dir: Path) -> Written:
    agreed: dict[str, Path] = {}
    own: dict[str, dict[str, Path]] = {}
    for study in studies:
        sample, mode = study.sample, study.mode
        path = labels_path(output_dir, sample.stem, mode)
        table = path.with_name(f"{path.stem}_answers.csv")
        _forget_absent(output_dir, study)
        if not study.labels:
            path.unlink(missing_ok=True)
            table.unlink(missing_ok=True)
            continue
        found = consensus(study.labels, study.adjudicated).labels
        replace_file(path, labels_json(sample, found))
        agreed[mode] = path
        own[mode] = {}
        for name, labels in study.labels.items():
            own[mode][name] = labels_path(output_dir, sample.stem, mode, name)
            replace_file(own[mode][name], labels_json(sample, labels))
        rows = [_row(sample, answer) for answer in history if answer.mode == mode]
        replace_file(table, answers_csv(rows))
    return Written(agreed, own)


def _forget_absent(output_dir: Path, study: Study) -> None:
    """Delete the files of labelers who have no answer in this mode (any more)."""
    name = labels_path(output_dir, study.sample.stem, study.mode).name
    for path in (output_dir / "human_labels" / "by_labeler").glob(f"*/{name}"):
        if path.parent.name not in study.labels:
            path.unlink(missing_ok=True)


def forget_metrics(output_dir: Path, stem: str, pseudonym: str) -> None:
    """Delete the metrics files that rest on a labeler's answers; the next report writes fresh ones.

    Raises OSError when one cannot be deleted.
    """
    for path in (output_dir / "metrics").glob("*_metrics.json"):
        if not path.name.startswith(f"{stem}_human_labels_"):
            continue
        try:
            record = json.loads(path.read_bytes())
        except ValueError:
            continue  # not written by this program
        if isinstance(record, dict) and pseudonym in record.get("labelers", ()):
            path.unlink(missing_ok=True)
            path.with_name(path.name.removesuffix("metrics.json") + "merged.csv").unlink(missing_ok=True)


def _row(sample: Sample, answer: PastAnswer) -> AnswerRow:
    return AnswerRow(
        pseudonym=pseudonym(answer.labeler_id),
        mode=answer.mode,
        row_id=answer.row_id,
        feature_index=sample.items[answer.row_id].feature_index,
        label=answer.label,
        shown_at=_time(answer.shown_at),
        answered_at=_time(answer.answered_at),
        guide_version=answer.guide_version or "",
        after_review=answer.after_review,
    )


def _time(seconds: float | None) -> dtm.datetime | None:
    return None if seconds is None else dtm.datetime.fromtimestamp(seconds, dtm.UTC)


def why_not_writable(folder: Path) -> str | None:
    """Why files cannot be written below a folder, None when they can. Makes the folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".labelbot-probe"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        return f"{folder} cannot be written: {error.strerror}. Check OUTPUT_DIR."
    return None
