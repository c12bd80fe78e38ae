"""What people said about the frozen sample, read from the database: in the bot, or in the process beside it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from analysis.records import LabeledFocusSet, Study
from analysis.statistics.consensus import consensus
from storage.errors import NoSuchSample, NotRead
from storage.records import ReportBoundary
from storage.samples import FrozenSample
from storage.store import Store


@dataclass(frozen=True, slots=True)
class StudySource:
    """Where answers are, for another process to read.

    Attributes:
        database: The path of the database.
        stem: The stem of the base file, which names the sample.
        stepwise: Whether reports in the chat move on by several answers at once, see `analysis.records.Study`.
    """

    database: Path
    stem: str
    stepwise: bool = False

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[tuple[Store, FrozenSample]]:
        """Open the store for reading, with the frozen sample.

        Raises:
            StorageError: The database cannot be read, or has no such sample.
        """
        try:
            opening = await Store.open_to_read(self.database)
        except FileNotFoundError:
            raise NotRead(f"{self.database} is gone: put it back and start again.") from None
        async with opening as store:
            frozen = await store.samples.load(self.stem)
            if frozen is None:
                raise NoSuchSample(f"{self.database} has no sample of {self.stem}.")
            yield store, frozen


async def read_study(store: Store, frozen: FrozenSample, mode: str, *, snapshot: bool = False) -> Study:
    """Return what people said about the frozen sample in one mode.

    Args:
        store: The open store.
        frozen: The sample.
        mode: The question.
        snapshot: Whether only the labels in the snapshot of REPORT_STEP count, as in the chat; else all of them.

    Raises:
        StorageError: The answers cannot be read.
    """
    answers, decisions, sample = store.answers, store.decisions, frozen.sample_id

    async def boundary(of: str) -> ReportBoundary | None:
        return await store.report_steps.boundary(sample, of) if snapshot else None

    up_to = await boundary(mode)
    labels = await answers.by_labeler(sample, mode, blind=True, up_to=up_to)
    marked = await store.marks.count(sample, mode)
    others = [other for other in await answers.counts(sample) if other != mode]
    return Study(
        sample=frozen.sample,
        mode=mode,
        labels=labels,
        adjudicated=await decisions.adjudicated(sample, mode, blind=True, up_to=up_to),
        labels_with_reviewed=await answers.by_labeler(sample, mode, up_to=up_to) if marked else labels,
        adjudicated_with_reviewed=await decisions.adjudicated(sample, mode, up_to=up_to),
        marked=marked,
        guide_versions=await answers.guide_versions(sample, mode),
        other_modes={
            other: consensus(
                await answers.by_labeler(sample, other, blind=True, up_to=await boundary(other)),
                await decisions.adjudicated(sample, other, blind=True, up_to=await boundary(other)),
            ).labels
            for other in others
        },
        repeats=tuple(
            (repeat.earlier_label, repeat.label) for repeat in await store.repeats.of_sample(sample, mode)
        ),
        focus=await _focus_sets(store, sample, mode),
        fingerprint_key=await store.key(),
    )


async def _focus_sets(store: Store, sample_id: int, mode: str) -> tuple[LabeledFocusSet, ...]:
    """Return the focus sets of a mode; only complete ones come with their labels. Raises StorageError."""
    found = []
    for one in await store.focus_sets.of_sample(sample_id):
        if one.drawn.mode == mode:
            complete = one.state == "complete"
            labels = await store.answers.by_labeler(one.items_id, mode, blind=True) if complete else {}
            found.append(LabeledFocusSet(one.drawn, one.state, labels))
    return tuple(found)
