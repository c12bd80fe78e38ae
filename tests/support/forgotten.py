"""A study that holds everything of a person that can be held, and what is left of them afterwards.

The canary is in every place at once: answers, a skip, a note, marks, a card, label files and metrics, also under the
stem of an older base file. Its traces are looked for byte by byte.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

from bot.cli.reports import metrics_now
from bot.jobs.exports import export_task
from bot.jobs.sample import load_or_draw_sample
from bot.jobs.study import StudySource
from bot.settings import Settings, read_settings
from storage.records import Answer, Card, ItemNote, Skip
from storage.store import Store
from tests.support.bench import ADMIN
from tests.support.real_shapes import write_base_file

CANARY = 7_346_125_998_001
"""A Telegram id."""
WORDS = "canary-in-her-own-words"
PSEUDONYM = "labeler-02"
OLDER = "an-older-base-file"
SIZE = 12
CARD = 77
MODE = "alignment"
SETTINGS = {"SAMPLE_SIZE": str(SIZE), "OPEN_ACCESS": "true", "LABEL_MODES": MODE}


def study_with_canary(folder: Path) -> Path:
    """Make the folder of a bot in which the admin and the canary have labeled all items; gives the folder."""
    folder.mkdir(parents=True)
    base = write_base_file(folder, count=60)
    values = {
        **SETTINGS,
        "TELEGRAM_BOT_TOKEN": "123456:" + "a" * 35,
        "BASE_SAE_PATH": str(base),
        "CLASSIFICATIONS_DIR": str(folder / "models"),
        "OUTPUT_DIR": str(folder / "outputs"),
        "DATABASE_PATH": str(folder / "labels.sqlite3"),
    }
    settings = read_settings(values, needs=("TELEGRAM_BOT_TOKEN", "BASE_SAE_PATH"))
    model = [
        {"index": str(index), "label": ("related", "not-related")[place % 3 == 0]}
        for place, index in enumerate(asyncio.run(_fill(settings)))
    ]
    (folder / "models").mkdir()
    (folder / "models" / f"{base.stem}_{MODE}_classified_one.json").write_text(json.dumps(model))
    source = StudySource(folder / "labels.sqlite3", base.stem)
    export_task(source, (MODE,), folder / "outputs")
    asyncio.run(metrics_now(settings, "one", None, None, 4.0))
    for path in (folder / "outputs").rglob(f"*{base.stem}_human_labels_*"):
        path.with_name(path.name.replace(base.stem, OLDER)).write_bytes(path.read_bytes())
    assert traces(folder), "the canary has to be there before it can be gone"
    return folder


async def _fill(settings: Settings) -> list[int | None]:
    """Store everything of both people, and return the features that they labeled."""
    async with await Store.open_to_write(settings.database_path) as store:
        frozen = await load_or_draw_sample(store, settings, 1.0)
        sample = frozen.sample_id
        await store.samples.keep(replace(frozen.sample, stem=OLDER), "", 1.0)
        await store.samples.keep(frozen.sample, "", 1.0)
        for number, user_id in enumerate((ADMIN, CANARY), 1):
            await store.labelers.add(user_id, joined_at=1.0)
            labels = [("related", "not-related")[(row + number) % 3 == 0] for row in range(SIZE)]
            await store.answers.save_all(
                Answer(sample, MODE, number, row, label, f"{user_id} {row}", 2.0, 3.0, "1")
                for row, label in enumerate(labels)
            )
        await store.taps.skip(Skip(sample, MODE, 2, 3, f"{CANARY} skip", None, 4.0))
        await store.item_notes.add(sample, ItemNote(MODE, 2, 5, WORDS, 5.0), 6)
        await store.marks.mark_shown(sample, MODE, 2, 7, 7.0)
        await store.labelers.set_card(2, Card(CANARY, CARD))
        return [item.feature_index for item in frozen.sample.items]


def traces(folder: Path) -> list[str]:
    """Return what is left of the canary in database, log and outputs: the files' names; backups are not looked at."""
    database = folder / "labels.sqlite3"
    signs = (str(CANARY).encode(), CANARY.to_bytes(6, "big"), WORDS.encode())
    places = [database, database.with_name(database.name + "-wal"), folder / "stderr.txt"]
    inside = [path for path in places if path.exists() and any(sign in path.read_bytes() for sign in signs)]
    outputs = [
        path
        for path in (folder / "outputs").rglob("*")
        if path.name == PSEUDONYM or (path.is_file() and PSEUDONYM.encode() in path.read_bytes())
    ]
    return [str(path.relative_to(folder)) for path in (*inside, *outputs)]


def backups_with_canary(folder: Path) -> list[str]:
    """Return the names of the automatic backups that still hold the canary."""
    sign = CANARY.to_bytes(6, "big")
    return [path.name for path in folder.glob("labels.sqlite3.*.backup") if sign in path.read_bytes()]
