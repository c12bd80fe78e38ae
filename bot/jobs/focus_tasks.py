"""The draw of a focus set, in the process beside the bot: it reads the base file and a model's whole file.

The sample is the beginning of a seeded order of the base file, so the whole order gives both: its first rows are the
sample, and what comes after them may be drawn. The position of an item is its row in that order.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from analysis.errors import NothingToDraw
from analysis.reading.base_folder import base_files
from analysis.reading.classification_file import read_classification
from analysis.records import (
    LABELS,
    NOT_RELATED,
    RELATED,
    ClassificationFile,
    FocusSet,
    ModelLabels,
    Sample,
    Study,
)
from analysis.statistics.consensus import consensus
from analysis.statistics.estimates import SEED
from analysis.statistics.focus import draw_for_one, draw_for_two
from analysis.statistics.focus_gain import Gain, gain_for_one, gain_for_two
from analysis.statistics.focus_study import (
    BOTH,
    DIFFER,
    labeled_strata,
    right_in_sets,
    right_of_first,
    said_in_sets,
    same_files,
)
from bot.jobs.model_files import file_signature
from bot.jobs.study import StudySource, read_study
from storage.files import open_regular
from storage.records import StoredFocusSet
from storage.samples import check_same


@dataclass(frozen=True, slots=True)
class FocusPlan:
    """A focus set that could be begun.

    Attributes:
        drawn: The set, or the one that would go on.
        gains: What it is expected to bring, by the name of the figure.
        goes_on: The set that was left half answered and would go on; None for a new one.
        answers: How many answers that one has already; None for a new one.
    """

    drawn: FocusSet
    gains: Mapping[str, Gain]
    goes_on: StoredFocusSet | None = None
    answers: int | None = None


def focus_task(
    source: StudySource, files: Sequence[ClassificationFile], number: int, base: Path, max_mb: int
) -> FocusPlan:
    """Draw a focus set for one model or two, and estimate what it would bring.

    Args:
        source: Where the answers are.
        files: The model's file, or those of two, of one mode.
        number: How many items are wanted.
        base: The base file.
        max_mb: The largest file to read.

    Raises:
        AnalysisError: A file cannot be used, or there is nothing to draw.
        StorageError: The answers cannot be read, or the base file is not the one that the sample was drawn from.
    """
    from analysis.reading.base_file import read_base

    async def study_and_sets() -> tuple[Study, list[tuple[StoredFocusSet, int]]]:
        """Return the study, and the sets of its mode, each with the number of its answers."""
        async with source.opened() as (store, frozen):
            study = await read_study(store, frozen, files[0].mode, snapshot=True)
            sets = []
            for one in await store.focus_sets.of_sample(frozen.sample_id):
                if one.drawn.mode == study.mode:
                    counts = (await store.answers.counts(one.items_id)).get(study.mode, {})
                    sets.append((one, sum(counts.values())))
            return study, sets

    study, sets = asyncio.run(study_and_sets())
    read = read_base(base, max_mb=max_mb)
    whole = read.sample(read.count, study.sample.seed)
    check_same(study.sample, whole)
    models = [read_classification(file, whole.items, max_mb=max_mb) for file in files]
    hashes = [model.sha256 for model in models]
    made = [(one, answers) for one, answers in sets if same_files(one.drawn, hashes)]
    half_done = [(one, answers) for one, answers in made if one.state in ("off", "ended") and answers]
    if half_done:
        goes_on, answers = half_done[-1]
        return FocusPlan(goes_on.drawn, _gains(study, models, goes_on.drawn), goes_on, answers)
    drawn = _draw(whole, study, models, [one.drawn for one, _ in made], number, _hash_of_base(base))
    return FocusPlan(drawn, _gains(study, models, drawn))


def hash_of(file: ClassificationFile) -> str | None:
    """Return the SHA-256 of a file's bytes, hashed again only when it has changed; None when it cannot be read."""
    try:
        return _hash(file.path, file_signature(file))
    except OSError:
        return None


@lru_cache(maxsize=12)
def _hash(path: Path, signature: tuple[object, ...]) -> str:
    with os.fdopen(open_regular(path), "rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _draw(
    whole: Sample,
    study: Study,
    models: Sequence[ModelLabels],
    made: Sequence[FocusSet],
    number: int,
    base_sha256: str,
) -> FocusSet:
    """Draw a set outside the sample and outside the sets that were drawn by these very files before.

    Leaving out sets of other files would bend the strata: their features were not chosen at random within these.

    Args:
        whole: All features of the base file in the seeded order of which the sample is the beginning.
        study: The sample and the mode.
        models: What one model or two say of the rows of `whole`.
        made: The sets that were drawn by these files before.
        number: How many items are wanted.
        base_sha256: The hash of the base file.

    Raises:
        NothingToDraw: There is no feature left.
    """
    taken = [*range(len(study.sample.items)), *(position for one in made for position in one.positions)]
    codes = [[_code(model.labels.get(row)) for row in range(len(whole.items))] for model in models]
    names = tuple(model.file.name for model in models)
    seed = SEED + len(made)
    if len(models) == 1:
        positions = draw_for_one(codes[0], taken, number, seed=seed)
        sizes = {RELATED: codes[0].count(1), NOT_RELATED: codes[0].count(0)}
    else:
        positions = draw_for_two(codes[0], codes[1], taken, number, seed=seed)
        pairs = [pair for pair in zip(*codes, strict=True) if -1 not in pair]
        sizes = {DIFFER: sum(a != b for a, b in pairs), BOTH: len(pairs)}
    if not positions:
        raise NothingToDraw(
            f"There is no feature to draw for {' and '.join(names)} outside the sample and the focus sets so far:"
            " it takes features that a model calls related or not-related, or on which two differ."
        )
    strata = tuple(models[0].labels[position] for position in positions)
    if len(models) == 1 and len(set(strata)) == 1:
        # its size alone would tell an admin, who labels it, too, what the model says of every item
        raise NothingToDraw(
            f"All features to draw for {names[0]} outside the sample and the focus sets so far have one"
            " label of the model: whoever labels such a set would know it. A set takes features of both kinds."
        )
    items = tuple(replace(whole.items[position], row_id=row) for row, position in enumerate(positions))
    return FocusSet(
        mode=study.mode,
        models=names,
        sha256=tuple(model.sha256 for model in models),
        base_sha256=base_sha256,
        sizes=sizes,
        sample=Sample(study.sample.stem, seed, len(whole.items), items),
        positions=positions,
        strata=strata,
    )


def _gains(study: Study, models: Sequence[ModelLabels], drawn: FocusSet) -> dict[str, Gain]:
    """Return what the set is expected to bring to each figure that it is for, beside complete sets before it."""
    agreed = consensus(study.labels, study.adjudicated).labels
    if len(models) == 1:
        strata = labeled_strata(drawn.sizes, agreed, models[0].labels, said_in_sets(study, models[0]))
        return gain_for_one(*strata, *(drawn.strata.count(label) for label in LABELS))
    right = right_in_sets(study, *models) + right_of_first(agreed, *(model.labels for model in models))
    sizes = drawn.sizes
    return {
        "difference": gain_for_two(sizes[DIFFER], sizes[BOTH], sum(right), len(right), len(drawn.positions))
    }


def _code(label: str | None) -> int:
    """Return a label as a draw takes it: 1 related, 0 not-related, -1 anything else."""
    return {RELATED: 1, NOT_RELATED: 0}.get(label or "", -1)


def _hash_of_base(base: Path) -> str:
    """Return the SHA-256 of a base file, or of a folder's files one after the other. Raises OSError."""
    digest = hashlib.sha256()
    for file in base_files(base):
        with file.open("rb") as data:
            digest.update(hashlib.file_digest(data, "sha256").digest())
    return digest.hexdigest()
