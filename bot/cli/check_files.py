"""What `labelbot check` says of the files: base file, database, classification files."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import AnalysisError, one_line
from analysis.records import LABELS, ClassificationFile, Item, Sample
from bot.cli.findings import DOUBTFUL, RIGHT, WRONG, Finding
from bot.jobs.sample import base_of, stem_of_base
from bot.rules.hidden_repeats import FROM_LABELS
from bot.settings import Settings
from bot.views.text import counted
from storage.errors import StorageError

if TYPE_CHECKING:
    from analysis.reading.base_file import BaseFile

_MOST_STEMS = 3
_MOST_KEYS = 3
_MOST_LINKS = 3
_NO_LABEL = "a label that is neither related nor not-related"


def check_files(settings: Settings) -> Iterator[Finding]:
    """Yield the findings about the files that the settings name."""
    from analysis.reading.base_file import read_base

    try:
        base = read_base(base_of(settings), max_mb=settings.max_file_mb)
    except AnalysisError as error:
        yield Finding(WRONG, f"BASE_SAE_PATH: {error}")
        yield from _database(settings, None)
        return
    drawn = base.sample(settings.sample_size, settings.sample_seed)
    yield _base(base, len(drawn.items))
    if empty := sum(not (item.description or "").strip() for item in drawn.items):
        yield Finding(
            DOUBTFUL, f"{empty} of the {len(drawn.items)} drawn have no description: nobody can label these"
        )
    if base.label_keys:
        named = " and ".join(base.label_keys[:2])
        yield Finding(
            DOUBTFUL, f"BASE_SAE_PATH has records with {named}: is it a file of labels, not the base file?"
        )
    if base.no_ids:
        named = ", ".join(one_line(key, 30) for key in base.no_ids[:_MOST_KEYS])
        stand = "text stands" if len(base.no_ids) == 1 else "texts stand"
        yield Finding(
            DOUBTFUL,
            f"{len(base.no_ids)} {stand} under keys that look like no feature ids ({named}): are these explanations?",
        )
    if contradiction := _layer_doubt(base):
        yield Finding(DOUBTFUL, contradiction)
    room = max(0, len(drawn.items) - FROM_LABELS)
    if settings.repeats > room:
        yield Finding(
            DOUBTFUL,
            f"REPEATS is {settings.repeats}, but at most {room} come: one for each item beyond the first {FROM_LABELS}",
        )
    yield from _database(settings, drawn)
    yield from _classifications(settings, drawn.items)


def _base(base: BaseFile, drawn: int) -> Finding:
    """Tell how many features there are, what they are known by, and what stands in the way of a join."""
    told = [
        f"BASE_SAE_PATH has {counted(base.count, 'feature')}, {drawn} {'is' if drawn == 1 else 'are'} drawn",
        f"descriptions from {base.description}, indexes from {base.index}",
    ]
    if base.doubled:
        more = counted(base.doubled, "more explanation")
        told.append(f"{more} of features that have one: joined by index and description")
    if base.without_index:
        told.append(f"{base.without_index} without an index: no classification can be joined to these")
    return Finding(DOUBTFUL if base.without_index else RIGHT, "; ".join(told))


def _layer_doubt(base: BaseFile) -> str:
    """Tell where the records' `layer` contradicts the layer in the file's name; "" when it does not."""
    layers = ", ".join(base.layers)
    if len(base.layers) > 1:
        return f"BASE_SAE_PATH has records of several layers, such as {layers}"
    if not layers or not re.match(r"[0-9]+-", base.stem) or not re.match(r"[0-9]+-", layers):
        return ""
    if re.match(rf"{re.escape(layers)}([^A-Za-z0-9]|$)", base.stem):
        return ""
    return (
        f"BASE_SAE_PATH is named {base.stem}, but its records have the layer {layers}: is it the right file?"
    )


def _database(settings: Settings, drawn: Sample | None) -> Iterator[Finding]:
    from storage.backup import prove
    from storage.samples import check_same
    from storage.store import Store

    path = settings.database_path
    if not path.exists():
        yield Finding(RIGHT, f"DATABASE_PATH {path} will be made at the first start")
        return

    async def look() -> None:
        async with await Store.open_to_read(path) as store:
            if drawn is None:
                return
            frozen = await store.samples.load(drawn.stem) or await store.samples.same_items(drawn)
            if frozen is not None:
                check_same(frozen.sample, drawn)

    try:
        answers = prove(path)
        asyncio.run(look())
    except (StorageError, FileNotFoundError) as error:
        yield Finding(WRONG, f"DATABASE_PATH: {error}")
    else:
        yield Finding(RIGHT, f"DATABASE_PATH {path} is whole, {counted(answers, 'answer')}")


def _classifications(settings: Settings, items: Sequence[Item]) -> Iterator[Finding]:
    from bot.jobs.model_files import listed_files

    stem = stem_of_base(settings)
    files = listed_files(settings, stem)
    for file in files:
        yield _classification(file, items, settings.max_file_mb)
    for link in _linked_folders(settings.classifications_dir):
        yield Finding(
            DOUBTFUL,
            f"CLASSIFICATIONS_DIR: {link} is a link, and is not looked into: put the folder itself there",
        )
    for mode in settings.modes:
        if any(file.mode == mode for file in files):
            continue
        wanted = f"{stem}_{mode}_classified_<model>.json"
        told = f"CLASSIFICATIONS_DIR {settings.classifications_dir} has no {wanted}"
        if others := _other_stems(settings, mode, {stem, *settings.stem_aliases}):
            told += f", but files for {', '.join(others)}: if the features are the same, name these in STEM_ALIASES"
        yield Finding(DOUBTFUL, told)


def _classification(file: ClassificationFile, items: Sequence[Item], max_mb: int) -> Finding:
    """Tell what a report would say of the file, before anybody has labeled anything."""
    from analysis.reading.classification_file import read_classification

    try:
        judged = read_classification(file, items, max_mb=max_mb)
    except AnalysisError as error:
        return Finding(WRONG, f"{file.mode}, {file.name}: {error}")
    usable = sum(label in LABELS for label in judged.labels.values())
    told = [f"{file.mode}, {file.name}: labels {usable} of {len(items)} items"]
    other = len(judged.labels) - usable
    for count, one, many in (
        (other, f"has {_NO_LABEL}", f"have {_NO_LABEL}"),
        (len(judged.unmatched), "is not in the file", "are not in the file"),
        (len(judged.other_description), "has another description there", "have another description there"),
    ):
        if count:
            told.append(f"{count} {one if count == 1 else many}")
    return Finding(RIGHT if usable == len(items) else DOUBTFUL, ", ".join(told))


def _linked_folders(folder: Path) -> list[Path]:
    """Return the first links to folders below a folder."""
    places = (Path(place, name) for place, folders, _ in os.walk(folder) for name in sorted(folders))
    return list(islice((place for place in places if place.is_symlink()), _MOST_LINKS))


def _other_stems(settings: Settings, mode: str, known: set[str]) -> list[str]:
    """Return names of other base files for which CLASSIFICATIONS_DIR has files of the mode."""
    pattern = re.compile(rf"(.+)_{re.escape(mode)}_classified_.+\.json")
    names = (name for _, _, names in os.walk(settings.classifications_dir) for name in names)
    found = {match[1] for name in names if (match := pattern.fullmatch(name))}
    return sorted(found - known)[:_MOST_STEMS]
