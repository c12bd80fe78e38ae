"""The real commands in folders that somebody else has prepared with links and pipes.

The quick form is in tests/storage.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bot.jobs.sample import load_or_draw_sample
from bot.settings import read_settings
from storage.records import Answer
from storage.store import Store
from tests.soak.promise import Check, Outcome
from tests.support.real_shapes import write_base_file
from tests.support.storage_examples import ROOT
from tests.support.storage_traps import TRAPS, VICTIM, Trap, guessable_beside, guessable_outputs

COMMANDS = (("check",), ("export",), ("metrics", "one"), ("status",), ("backup", "a-copy"))
LONGEST = 60.0
"""Seconds after which a command counts as held up."""
STEM = "base"


def environment(folder: Path) -> dict[str, str]:
    """The settings of a bot in a folder, as a whole environment."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "TELEGRAM_BOT_TOKEN": "123456:" + "a" * 35,
        "TELEGRAM_API_URL": "http://127.0.0.1:9",
        "BASE_SAE_PATH": str(folder / f"{STEM}.json"),
        "CLASSIFICATIONS_DIR": str(folder / "models"),
        "OUTPUT_DIR": str(folder / "outputs"),
        "DATABASE_PATH": str(folder / "data" / "labels.sqlite3"),
        "SAMPLE_SIZE": "12",
    }


def lab_folder(folder: Path) -> Path:
    """A base file, a model and a database in which one person has labeled everything."""
    folder.mkdir(parents=True)
    write_base_file(folder, count=60).rename(folder / f"{STEM}.json")
    settings = read_settings(environment(folder), needs=("TELEGRAM_BOT_TOKEN", "BASE_SAE_PATH"))

    async def label() -> list[int | None]:
        async with await Store.open_to_write(settings.database_path) as store:
            frozen = await load_or_draw_sample(store, settings, 1.0)
            await store.labelers.add(1001, joined_at=1.0)
            await store.answers.save_all(
                [
                    Answer(frozen.sample_id, "alignment", 1, row, "related", f"tap {row}", None, 2.0, None)
                    for row in range(12)
                ]
            )
            return [item.feature_index for item in frozen.sample.items]

    model = [{"index": str(index), "label": "related"} for index in asyncio.run(label())]
    (folder / "models").mkdir()
    (folder / "models" / f"{STEM}_alignment_classified_one.json").write_text(json.dumps(model))
    return folder


def places(folder: Path) -> list[Path]:
    """Every name in the folders of a bot that can be guessed."""
    database = folder / "data" / "labels.sqlite3"
    return [*guessable_beside(database, "2024-02-25"), *guessable_outputs(folder / "outputs", STEM, "one")]


def what_went_wrong(
    case: Path, template: Path, trap: Trap, place: Path, commands: Sequence[tuple[str, ...]]
) -> str:
    """Lay one trap and run the commands; what was touched or held up, '' for nothing."""
    shutil.copytree(template, case / "lab")
    victim = case / "elsewhere" / "letter"
    victim.parent.mkdir()
    victim.write_bytes(VICTIM)
    laid = case / "lab" / place.relative_to(template)
    laid.parent.mkdir(parents=True, exist_ok=True)
    if laid.exists():
        laid.unlink()
    trap(laid, victim)
    for command in commands:
        line = [sys.executable, "-m", "bot", *command]
        try:
            ended = subprocess.run(
                line, cwd=case / "lab", env=environment(case / "lab"), capture_output=True, timeout=LONGEST
            )
        except subprocess.TimeoutExpired:
            return f"{command[0]} was held up"
        if b"Traceback" in ended.stderr:
            return f"{command[0]}: {ended.stderr.decode().splitlines()[-1]}"
    if victim.read_bytes() != VICTIM or [path.name for path in victim.parent.iterdir()] != ["letter"]:
        return "something outside was touched"
    return ""


def hostile_folders(
    folder: Path,
    traps: Sequence[Trap] = TRAPS,
    step: int = 1,
    commands: Sequence[tuple[str, ...]] = COMMANDS,
) -> Outcome:
    """Each trap under each name, or under each `step`-th."""
    template = lab_folder(folder / "template")
    cases = [(trap, place) for trap in traps for place in places(template)][::step]

    def run(number: int) -> str:
        trap, place = cases[number]
        wrong = what_went_wrong(folder / str(number), template, trap, place, commands)
        return f"{trap.__name__} at {place.relative_to(template)}: {wrong}" if wrong else ""

    with ThreadPoolExecutor(2) as pool:
        wrong = [told for told in pool.map(run, range(len(cases))) if told]
    figure = f"{len(cases)} traps, {len(commands)} commands each" + "".join(f"; {told}" for told in wrong)
    return Outcome("nothing outside is touched, and nothing holds a command up", figure, len(wrong))


CHECKS = (Check(hostile_folders, 1800.0),)
