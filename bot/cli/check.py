"""`labelbot check`: what is right, doubtful or wrong, one line each, as `run` would find it."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import AnalysisError
from bot.errors import SettingsError
from bot.jobs.exports import why_not_writable
from bot.jobs.guides import load_guides
from bot.settings import Settings
from storage.errors import StorageError

RIGHT, DOUBTFUL, WRONG = "right", "doubtful", "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. kind: right, doubtful or wrong."""

    kind: str
    text: str


def findings(settings: Settings, env_file: Path) -> Iterator[Finding]:
    """All findings for settings that could be read."""
    yield Finding(RIGHT, "TELEGRAM_BOT_TOKEN has the form of a token")
    if settings.admin_ids:
        yield Finding(RIGHT, f"ADMIN_IDS names {len(settings.admin_ids)}")
    else:
        yield Finding(
            DOUBTFUL, "ADMIN_IDS is empty: 'labelbot run' prints a link that makes its opener the admin"
        )
    yield from _sample(settings)
    yield from _models(settings)
    if problem := why_not_writable(settings.output_dir):
        yield Finding(DOUBTFUL, problem)
    else:
        yield Finding(RIGHT, f"OUTPUT_DIR {settings.output_dir} can be written")
    try:
        load_guides(settings.modes, Path("guides"))
    except SettingsError as error:
        yield from (Finding(WRONG, problem) for problem in error.problems)
    if settings.open_access:
        yield Finding(DOUBTFUL, "OPEN_ACCESS is true: anybody who finds the bot may label")
    if settings.webhook_url and not settings.webhook_url.startswith("https://"):
        yield Finding(DOUBTFUL, "WEBHOOK_URL is not https://: Telegram itself only calls such addresses")
    for path in (env_file, settings.database_path):
        if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(DOUBTFUL, f"{path} can be read by other users: chmod 600 {path}")


def _sample(settings: Settings) -> Iterator[Finding]:
    from analysis.reading.base_file import draw_sample

    assert settings.base_path is not None  # noqa: S101 - check needs it set
    try:
        drawn = draw_sample(
            settings.base_path,
            size=settings.sample_size,
            seed=settings.sample_seed,
            max_mb=settings.max_file_mb,
        )
    except AnalysisError as error:
        yield Finding(WRONG, f"BASE_SAE_PATH: {error}")
        yield from _database(settings, None)
        return
    yield Finding(RIGHT, f"BASE_SAE_PATH has {drawn.base_count} records, {len(drawn.items)} are drawn")
    yield from _database(settings, drawn)


def _database(settings: Settings, drawn: object) -> Iterator[Finding]:
    from analysis.records import Sample
    from storage.backup import prove
    from storage.samples import check_same
    from storage.store import Store

    path = settings.database_path
    if not path.exists():
        yield Finding(RIGHT, f"DATABASE_PATH {path} will be made at the first start")
        return

    async def look() -> None:
        async with await Store.open_to_read(path) as store:
            if isinstance(drawn, Sample) and (frozen := await store.samples.load(drawn.stem)):
                check_same(frozen.sample, drawn)

    try:
        answers = prove(path)
        asyncio.run(look())
    except (StorageError, FileNotFoundError) as error:
        yield Finding(WRONG, f"DATABASE_PATH: {error}")
    else:
        yield Finding(RIGHT, f"DATABASE_PATH {path} is whole, {answers} answers")


def _models(settings: Settings) -> Iterator[Finding]:
    from analysis.reading.classification_file import find_classifications
    from bot.jobs.sample import stem_of_base

    stem = stem_of_base(settings)
    files = find_classifications(settings.classifications_dir, stem=stem, modes=settings.modes)
    for mode in settings.modes:
        names = sorted(file.name for file in files if file.mode == mode)
        if names:
            yield Finding(RIGHT, f"CLASSIFICATIONS_DIR has {len(names)} for {mode}: {', '.join(names)}")
        else:
            pattern = f"{stem}_{mode}_classified_<model>.json"
            yield Finding(DOUBTFUL, f"CLASSIFICATIONS_DIR {settings.classifications_dir} has no {pattern}")
