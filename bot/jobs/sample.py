"""The frozen sample: drawn at first use, grown when the settings ask for more, and checked against the base file."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path

from analysis.records import Sample
from bot.errors import SettingsError
from bot.jobs.worker import Worker
from bot.settings import Settings
from storage.samples import FrozenSample, check_same
from storage.store import Store


def base_of(settings: Settings) -> Path:
    """Return the base file. Raises SettingsError when none is set."""
    if settings.base_path is None:
        raise SettingsError(("BASE_SAE_PATH is not set: the base file with the feature descriptions.",))
    return settings.base_path


def stem_of_base(settings: Settings) -> str:
    """Return the name that everything derived from the base file carries. Raises SettingsError when none is set."""
    from analysis.reading.base_folder import stem_of

    return stem_of(base_of(settings))


async def load_or_draw_sample(store: Store, settings: Settings, now: float) -> FrozenSample:
    """Return the frozen sample. The base file is read only when it, the size or the seed is not as it was.

    Raises:
        SettingsError: No base file is set.
        AnalysisError: The base file cannot be read.
        StorageError: The base file or the settings do not fit the frozen sample.
        OSError: The folder of the base files cannot be read.
    """
    stem = stem_of_base(settings)
    source = await asyncio.to_thread(base_signature, base_of(settings))
    frozen = await store.samples.load(stem)
    if frozen is not None and _unchanged(frozen, settings, source):
        return frozen
    drawn = await _draw(settings)
    if frozen is None and (renamed := await store.samples.same_items(drawn)):
        check_same(renamed.sample, drawn)
        await store.samples.rename(renamed, stem)
    return await store.samples.keep(drawn, source, now)


async def find_sample(store: Store, settings: Settings) -> FrozenSample | None:
    """Return the frozen sample of the present base file, also if that was renamed, or None when nothing was drawn.

    Nothing is written. The errors are those of `load_or_draw_sample`.
    """
    stem = stem_of_base(settings)
    source = await asyncio.to_thread(base_signature, base_of(settings))
    frozen = await store.samples.load(stem)
    if frozen is not None and _unchanged(frozen, settings, source):
        return frozen
    drawn = await _draw(settings)
    frozen = frozen or await store.samples.same_items(drawn)
    if frozen is None:
        return None
    check_same(frozen.sample, drawn)
    return replace(frozen, sample=replace(frozen.sample, stem=stem))


async def _draw(settings: Settings) -> Sample:
    """Draw in a process of its own: what reads the file needs pandas, which this one does without."""
    wanted = base_of(settings), settings.sample_size, settings.sample_seed, settings.max_file_mb
    if "pandas" in sys.modules:  # on the command line, say, where a process more would only cost time
        return await asyncio.to_thread(_draw_job, *wanted)
    worker = Worker()
    try:
        return await worker.run(_draw_job, *wanted)
    finally:
        await worker.close()


def _draw_job(base: Path, size: int, seed: int, max_mb: int) -> Sample:
    from analysis.reading.base_file import draw_sample

    return draw_sample(base, size=size, seed=seed, max_mb=max_mb)


def _unchanged(frozen: FrozenSample, settings: Settings, source: str) -> bool:
    sample = frozen.sample
    return (
        frozen.source == source
        and sample.seed == settings.sample_seed
        and len(sample.items) == min(settings.sample_size, sample.base_count)
    )


def base_signature(base: Path) -> str:
    """Return a short text that changes when the base file (or a file of its folder) is replaced or written to."""
    paths = sorted(base.iterdir()) if base.is_dir() else [base]
    found = []
    for path in paths:
        try:
            stat = path.stat()
        except OSError:
            continue
        found.append([path.name, stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns])
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()
