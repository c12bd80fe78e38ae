"""Two labelers who differ on three of twelve items, and two models: what the tests of several people start from."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support import notebook
from tests.support.bench import ADMIN, REPORT, Bench
from tests.support.labeling_steps import take_over_labels
from tests.support.phone import Chat, Message

CARL = 700002
SIZE = 12
ID_PREFIX = "gemma-2-2b-12-gemmascope-res-65k-"
ADAS = dict(enumerate(["related"] * 6 + ["not-related"] * 6))
CARLS = {**ADAS, 0: "not-related", 5: "not-related", 11: "related"}
MODELS = {**ADAS, 1: "not-related", 2: "not-related", 11: "related"}
CONSENSUS = {row: label for row, label in ADAS.items() if row not in (0, 5, 11)}


def model_file(
    bench: Bench, name: str, labels: dict[int, str], mode: str = "alignment", size: int = SIZE
) -> Path:
    """Write a model's file that gives exactly these labels to the rows of a sample of `size` items."""
    sample = notebook.sample_of(bench.base, size)
    path = bench.models / f"{bench.base.stem}_{mode}_classified_{name}.json"
    path.parent.mkdir(exist_ok=True)
    indices = {row: sample["feature_index"][row] for row in labels}
    records = [
        {"feature_id": f"{ID_PREFIX}{indices[row]}", "index": str(indices[row]), "label": label}
        for row, label in labels.items()
    ]
    path.write_text(json.dumps(records))
    return path


async def carl_of(bench: Bench) -> Chat:
    return await bench.phone.person("Carl Colleague", user_id=CARL, username="carl")


async def group_of(bench: Bench) -> Chat:
    people = [await bench.admin(), await carl_of(bench)]
    group = await bench.phone.group("The Lab", people, bare_commands=True)
    await group.ask("/help")
    return group


def labels_path(bench: Bench, who: str = "") -> Path:
    folder = bench.outputs / "human_labels"
    folder = folder / "by_labeler" / who if who else folder
    return folder / f"{bench.base.stem}_human_labels_alignment.json"


async def review_card(person: Chat, typed: str = "/review deepseek") -> Message:
    return await person.ask(typed, seconds=REPORT)


async def prepare(bench: Bench) -> None:
    """Ada has labeled all twelve items, Carl too, and differs on three; a model differs from Ada on three."""
    await take_over_labels(bench, ADMIN, "alignment", ADAS)
    await take_over_labels(bench, CARL, "alignment", CARLS)
    model_file(bench, "deepseek", MODELS)
    model_file(bench, "gemini", {**ADAS, 3: "not-related"})
    bench.settings_more["OPEN_ACCESS"] = "true"
