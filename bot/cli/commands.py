"""The commands that work beside the bot, or without it: export, sample, import, status. Each gives lines to print."""

from __future__ import annotations

import datetime as dtm
import json
import secrets
import time
from pathlib import Path

from analysis.reading.labels_file import read_labels_file
from bot.errors import BotError
from bot.jobs.exports import export, why_not_writable
from bot.jobs.model_files import listed_files
from bot.jobs.sample import base_of, find_sample, load_or_draw_sample, stem_of_base
from bot.rules.cron import next_run
from bot.settings import Settings
from bot.views.text import counted, duration
from storage.files import replace_file
from storage.lock import holder_of
from storage.records import Answer
from storage.samples import FrozenSample
from storage.store import Store

NOTHING = (
    "Nothing is labeled yet: start the bot with 'labelbot run', or take labels over with 'labelbot import'."
)


class NotThere(BotError):
    """What a command needs is not there; the text says what would be right."""


async def open_sample(settings: Settings) -> tuple[Store, FrozenSample]:
    """Open the store for reading, with the frozen sample, which must be that of the present base file.

    Raises NotThere, AnalysisError, StorageError.
    """
    try:
        store = await Store.open_to_read(settings.database_path)
    except FileNotFoundError:
        raise NotThere(f"{settings.database_path} does not exist. {NOTHING}") from None
    try:
        frozen = await find_sample(store, settings)
        if frozen is None:
            raise NotThere(f"{settings.database_path} has no sample of {stem_of_base(settings)}. {NOTHING}")
    except BaseException:
        await store.close()
        raise
    return store, frozen


def modes_meant(settings: Settings, mode: str | None) -> tuple[str, ...]:
    """Give all modes, or the one that is named. Raises NotThere."""
    if mode is None:
        return settings.modes
    for known in settings.modes:
        if known.lower() == mode.lower():
            return (known,)
    raise NotThere(f"{mode!r} is no mode: LABEL_MODES has {', '.join(settings.modes)}.")


async def export_now(settings: Settings, mode: str | None) -> list[str]:
    """Write the label files, and say which. Raises NotThere, AnalysisError, StorageError."""
    modes = modes_meant(settings, mode)
    store, frozen = await open_sample(settings)
    async with store:
        if problem := why_not_writable(settings.output_dir):
            raise NotThere(problem)
        written = await export(store, frozen, modes, settings.output_dir)
    lines = [str(path) for path in written.consensus.values()]
    lines += [str(path) for own in written.own.values() for path in own.values()]
    lines += map(str, written.others)
    return lines or [f"Nothing is labeled yet in {', '.join(modes)}: no file was written."]


async def write_sample(settings: Settings, path: Path) -> list[str]:
    """Write the records of the sample as they stand in the base file. Raises NotThere, AnalysisError, OSError."""
    from analysis.reading.drawn_records import drawn_records

    stem = stem_of_base(settings)
    for known, what in _not_to_replace(settings).items():
        if path.exists() and known.exists() and path.samefile(known):
            raise NotThere(f"{path} is {what}: name another file.")
    size, seed = settings.sample_size, settings.sample_seed
    records = drawn_records(base_of(settings), size=size, seed=seed, max_mb=settings.max_file_mb)
    replace_file(path, json.dumps(records, indent=2, ensure_ascii=False).encode())
    return [
        f"{path}: {counted(len(records), 'record')}, as they stand in the base file.",
        f"A classifier's answers to these belong into {stem}_<mode>_classified_<model>.json"
        f" below {settings.classifications_dir}.",
    ]


def _not_to_replace(settings: Settings) -> dict[Path, str]:
    """Return the files that a slip on the command line must not cost, each with what it is. Raises AnalysisError."""
    from analysis.reading.base_folder import base_files

    listed = listed_files(settings, stem_of_base(settings))
    database = settings.database_path
    return {
        **dict.fromkeys(base_files(base_of(settings)), "the base file itself"),
        **dict.fromkeys((file.path for file in listed), "a model's classification file"),
        **dict.fromkeys((database, database.with_name(f"{database.name}-wal")), "the database"),
    }


async def import_labels(settings: Settings, path: Path, mode: str, user_id: int, now: float) -> list[str]:
    """Import a labels file for one labeler, all of it or nothing. Raises AnalysisError, StorageError, NotThere."""
    (known,) = modes_meant(settings, mode)
    async with await Store.open_to_write(settings.database_path) as store:
        frozen = await load_or_draw_sample(store, settings, now)
        labels = read_labels_file(path, sample=frozen.sample, max_mb=settings.max_file_mb, mode=known)
        labeler = await store.labelers.by_user(user_id)
        if labeler is None:
            joined = now if user_id in settings.admin_ids else None
            labeler = await store.labelers.add(user_id, joined_at=joined)
        held = await store.answers.labels(frozen.sample_id, known, labeler.labeler_id)
        new = {row: label for row, label in labels.items() if held.by_row.get(row) != label}
        await store.answers.save_all(
            [
                Answer(
                    sample_id=frozen.sample_id,
                    mode=known,
                    labeler_id=labeler.labeler_id,
                    row_id=row,
                    label=label,
                    tap_id=f"import:{secrets.token_hex(8)}:{row}",
                    shown_at=None,
                    answered_at=now,
                    guide_version=None,
                )
                for row, label in new.items()
            ]
        )
    changed = len(new.keys() & held.by_row.keys())
    told = [f"{counted(len(new), 'label')} taken over for {labeler.pseudonym} in {known}"]
    if changed:
        told.append(f"{changed} of them in place of another answer")
    if len(new) < len(labels):
        told.append(f"{len(labels) - len(new)} were there already")
    return [", ".join(told) + "."]


async def status(settings: Settings, now: float) -> list[str]:
    """Say whether the bot is polling, when the last label came, the size, and the next scheduled runs."""
    path = settings.database_path
    holder = holder_of(path)
    if holder is None:
        lines = ["bot: not running"]
    else:
        silent = now - holder.beat_at
        alive = "polling" if silent < 90 else "NOT heard from Telegram lately"
        lines = [f"bot: {alive} (process {holder.pid}, last word {_ago(silent)})"]
    try:
        store = await Store.open_to_read(path)
    except FileNotFoundError:
        return [*lines, f"database: {path} does not exist yet"]
    async with store:
        last = await store.answers.last_answer_at()
        people = await store.labelers.everybody()
    lines.append(f"last label: {'none yet' if last is None else f'{_utc(last)} ({_ago(now - last)})'}")
    size = sum(p.stat().st_size for p in (path, path.with_name(path.name + "-wal")) if p.exists())
    lines.append(f"database: {path}, {size / 1e6:.1f} MB, {counted(len(people), 'labeler')}")
    moment = dtm.datetime.fromtimestamp(now, dtm.UTC)
    for name, expression in (("export", settings.export_cron), ("report", settings.report_cron)):
        due = next_run(expression, moment, settings.timezone).isoformat() if expression else "switched off"
        lines.append(f"next {name}: {due}")
    return lines


def _utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))


def _ago(seconds: float) -> str:
    if seconds < 86_400:
        return f"{duration(max(seconds, 0))} ago"
    return f"{counted(int(seconds // 86_400), 'day')} ago"
