"""Label files: what people answered, gathered from the store and written in the notebook's form.

With many labelers this takes seconds, so the bot does it in another process, which reads the database for itself.
"""

from __future__ import annotations

import asyncio
import glob
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from analysis.output.answers import answers_csv
from analysis.output.focus_files import focus_paths, strata_json
from analysis.output.labels import humans_json, humans_path, labels_json, labels_path
from analysis.records import Study
from analysis.statistics.consensus import Consensus, consensus
from bot.jobs.history import history
from bot.jobs.study import StudySource, read_study
from storage.files import delete_file, probe_folder, read_regular, replace_file
from storage.samples import FrozenSample
from storage.store import Store

LARGEST_METRICS = 64 * 1024 * 1024
"""In bytes; with a thousand labelers such a file has a quarter of a megabyte."""


@dataclass(frozen=True, slots=True)
class Written:
    """What an export wrote.

    Attributes:
        consensus: mode -> the file with what counts.
        own: mode -> pseudonym -> file.
        others: The files beside these: in a model's form, after a review, of focus sets, and tables of answers.
    """

    consensus: dict[str, Path]
    own: dict[str, dict[str, Path]]
    others: list[Path]


def export_task(source: StudySource, modes: tuple[str, ...], output_dir: Path) -> Written:
    """Do what `export` does, in a process of its own."""

    async def work() -> Written:
        async with source.opened() as (store, frozen):
            return await export(store, frozen, modes, output_dir)

    return asyncio.run(work())


async def export(store: Store, frozen: FrozenSample, modes: Iterable[str], output_dir: Path) -> Written:
    """Write all label files of some modes; `Written` lists them. A file whose labels are all gone is deleted.

    Raises:
        OSError: A file cannot be written or deleted.
        StorageError: The answers cannot be read.
    """
    written = Written({}, {}, [])
    for mode in modes:
        study = await read_study(store, frozen, mode)
        _write(study, output_dir, written)
        written.others.extend(await _write_focus_sets(store, frozen, study, output_dir))
        written.others.extend(_write_after_review(study, output_dir))
        if study.labels:
            table = _table(written.consensus[mode])
            replace_file(table, answers_csv(await history(store, frozen, mode)), below=output_dir)
            written.others.append(table)
    return written


def write_consensus(study: Study, agreed: Consensus, output_dir: Path) -> Path:
    """Write what counts in one mode, or without labels delete the file; return its path. Raises OSError."""
    path = labels_path(output_dir, study.sample.stem, study.mode)
    if study.labels:
        replace_file(path, labels_json(study.sample, agreed.labels), below=output_dir)
    else:
        delete_file(path, output_dir)
    return path


def _write(study: Study, output_dir: Path, written: Written) -> None:
    sample, mode = study.sample, study.mode
    _forget_absent(output_dir, study)
    agreed = consensus(study.labels, study.adjudicated)
    path = write_consensus(study, agreed, output_dir)
    as_model = humans_path(output_dir, sample.stem, mode)
    if not study.labels:
        delete_file(_table(path), output_dir)
        delete_file(as_model, output_dir)
        return
    written.consensus[mode] = path
    replace_file(as_model, humans_json(sample, agreed.labels), below=output_dir)
    written.others.append(as_model)
    own = written.own[mode] = {}
    for name, labels in study.labels.items():
        own[name] = labels_path(output_dir, sample.stem, mode, name)
        replace_file(own[name], labels_json(sample, labels), below=output_dir)


async def _write_focus_sets(store: Store, frozen: FrozenSample, study: Study, output_dir: Path) -> list[Path]:
    """Write the consensus, the strata and the history of each complete focus set; no other file has its items."""
    written: list[Path] = []
    kept = [one for one in await store.focus_sets.of_sample(frozen.sample_id) if one.drawn.mode == study.mode]
    for one, stored in zip(study.focus, kept, strict=True):
        labels, strata = focus_paths(output_dir, one.drawn)
        if not one.labels:  # not complete, or everybody who labeled it was forgotten
            for path in (labels, strata, _table(labels)):
                delete_file(path, output_dir)
            continue
        agreed = consensus(one.labels, {})
        replace_file(labels, labels_json(one.drawn.sample, agreed.labels), below=output_dir)
        replace_file(strata, strata_json(one.drawn), below=output_dir)
        rows = await history(store, FrozenSample(stored.items_id, one.drawn.sample, ""), study.mode)
        replace_file(_table(labels), answers_csv(rows), below=output_dir)
        written += [labels, strata, _table(labels)]
    return written


def _write_after_review(study: Study, output_dir: Path) -> list[Path]:
    """Write label files with marked answers in place of the blind ones; none in a mode where no answer is marked."""
    sample, mode, reviewed = study.sample, study.mode, study.counting_reviewed()
    wanted: dict[Path, bytes] = {}
    if (reviewed.labels, reviewed.adjudicated) != (study.labels, study.adjudicated):
        agreed = consensus(reviewed.labels, reviewed.adjudicated).labels
        wanted[labels_path(output_dir, sample.stem, mode)] = labels_json(sample, agreed)
        for name, labels in reviewed.labels.items():
            wanted[labels_path(output_dir, sample.stem, mode, name)] = labels_json(sample, labels)
    human = output_dir / "human_labels"
    contents = {human / "after_review" / path.relative_to(human): data for path, data in wanted.items()}
    name = labels_path(output_dir, sample.stem, mode).name
    for path in (human / "after_review").rglob(glob.escape(name)):
        if path not in contents:
            delete_file(path, output_dir)
    for path, data in contents.items():
        replace_file(path, data, below=output_dir)
    return list(contents)


def _table(labels: Path) -> Path:
    return labels.with_name(f"{labels.stem}_answers.csv")


def _forget_absent(output_dir: Path, study: Study) -> None:
    """Delete the files of labelers who have no answer in this mode (any more)."""
    name = labels_path(output_dir, study.sample.stem, study.mode).name
    for path in (output_dir / "human_labels" / "by_labeler").glob(f"*/{glob.escape(name)}"):
        if path.parent.name not in study.labels:
            delete_file(path, output_dir)


def forget_metrics(output_dir: Path, stem: str, pseudonym: str) -> None:
    """Delete the metrics files that rest on a labeler's answers; the next report writes fresh ones.

    Comparisons and tables of models name nobody, but rest on everybody's labels: all of this stem are deleted.

    Raises:
        OSError: A file cannot be deleted.
    """
    for path in (output_dir / "metrics").rglob(f"{glob.escape(stem)}_human_labels_*.json"):
        if path.name.endswith(("_comparison.json", "_models.json")):
            delete_file(path, output_dir)
        elif path.name.endswith("_metrics.json") and _names(path, pseudonym):
            delete_file(path, output_dir)
            delete_file(path.with_name(path.name.removesuffix("metrics.json") + "merged.csv"), output_dir)


def _names(path: Path, pseudonym: str) -> bool:
    """Tell whether a metrics file names a labeler. Whoever put a link or a pipe there is not waited for."""
    try:
        return f'"{pseudonym}"'.encode() in read_regular(path, LARGEST_METRICS)
    except OSError:
        return False


def why_not_writable(folder: Path) -> str | None:
    """Return why files cannot be written below a folder, None when they can. Makes the folder."""
    for place in (folder, folder / "human_labels", folder / "metrics"):
        if place.exists() and not place.is_dir():
            return f"{place} cannot be written: it is a file, not a folder. Check OUTPUT_DIR."
    try:
        probe_folder(folder)
    except OSError as error:
        return f"{folder} cannot be written: {error.strerror}. Check OUTPUT_DIR."
    for inner in (folder / "human_labels", folder / "metrics"):
        if inner.is_symlink():  # no file is written through it
            return f"{inner} is a symbolic link: put the folder itself there."
    return None
