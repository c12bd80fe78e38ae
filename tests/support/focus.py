"""Two people who have labeled a sample of 40, and two models that label every feature: for tests of focus sets."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Mapping
from dataclasses import replace

from analysis.reading.classification_file import choose, find_classifications
from analysis.records import LABELS
from bot.jobs.focus_tasks import focus_task
from bot.jobs.study import StudySource
from bot.rules.session import NAME_OF
from storage.store import Store
from tests.support import notebook
from tests.support.bench import ADMIN, REPORT, Bench
from tests.support.labeling_steps import take_over_labels
from tests.support.phone import Chat, Message
from tests.support.two_labelers import CARL

SIZE = 40
FOCUS = 40
"""The items of a set."""
ADA_SAYS = {row: "related" if row % 4 == 0 else "not-related" for row in range(SIZE)}
CARL_SAYS = {**ADA_SAYS, 0: "not-related", 9: "related"}


def whole_model(
    bench: Bench, name: str, wrong: float, seed: int, sample: Mapping[int, str]
) -> dict[int, str]:
    """Write a model's file with a label for every feature, and return what people would say of each.

    On the sample people say `sample`, elsewhere a quarter is related. The model is wrong on a share of them.
    """
    draw = random.Random(seed)  # noqa: S311 - made-up data
    drawn = [int(index) for index in notebook.sample_of(bench.base, SIZE)["feature_index"]]
    by_sample = {index: sample[row] for row, index in enumerate(drawn)}
    truth, records = {}, []
    for record in json.loads(bench.base.read_text()):
        index = int(record["index"])
        truth[index] = by_sample.get(index, "related" if index % 4 == 0 else "not-related")
        other = "not-related" if truth[index] == "related" else "related"
        label = other if draw.random() < wrong else truth[index]
        records.append({"index": record["index"], "description": record["description"], "label": label})
    path = bench.models / f"{bench.base.stem}_alignment_classified_{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(records))
    return truth


async def prepare_focus(bench: Bench) -> dict[int, str]:
    """Let two people have labeled the sample, and write the models' files; return what is true of each feature."""
    bench.settings_more |= {"SAMPLE_SIZE": str(SIZE), "OPEN_ACCESS": "true"}
    await take_over_labels(bench, ADMIN, "alignment", ADA_SAYS)
    await take_over_labels(bench, CARL, "alignment", CARL_SAYS)
    whole_model(bench, "gemini", 0.25, 2, ADA_SAYS)
    return whole_model(bench, "deepseek", 0.1, 1, ADA_SAYS)


def truth_of(bench: Bench, truth: Mapping[int, str], card: str) -> str:
    """Return the word on the button that a truthful person taps on a card, found by its description."""
    by_text = {r["description"]: int(r["index"]) for r in json.loads(bench.base.read_text())}
    found = [index for text, index in by_text.items() if text.strip() in card]
    (index,) = found
    return NAME_OF[truth[index]]


async def answer_focus_cards(
    bench: Bench, person: Chat, truth: Mapping[int, str], number: int = 0
) -> Message:
    """Answer the cards of a focus set truthfully from where it stands, as many as `number` (all unless given)."""
    await person.send("/label")
    least = person.sent_id
    card = await person.wait_for(lambda m: m.by_bot and m.id > least and m.has("Related"))
    for done in range(number or 10_000):
        if "Focus" not in card.text or not card.has("Related"):
            assert done or number, person.picture()
            break
        card = await person.step(truth_of(bench, truth, card.text))
    return card


async def begin(person: Chat, typed: str = f"/focus deepseek {FOCUS}") -> None:
    """Ask for a set, and begin it."""
    asked = await person.ask(typed, seconds=REPORT)
    await person.tap("Begin", on=asked)
    told = await person.reply(after=asked.id, seconds=REPORT)
    assert told.text.startswith("Begun")


async def report(person: Chat, typed: str = "/metrics deepseek") -> Message:
    """A report as a picture, whatever else is written meanwhile."""
    await person.send(typed)
    least = person.sent_id
    return await person.wait_for(lambda m: m.is_photo and m.id > least, seconds=REPORT)


async def keep_set(bench: Bench, *, turned: bool) -> None:
    """Begin a set behind the bot's back; `turned`: the model says the opposite of each item."""
    settings = bench.settings()
    files = find_classifications(bench.models, stem=bench.base.stem, modes=["alignment"])
    source = StudySource(settings.database_path, bench.base.stem)
    plan = await asyncio.to_thread(focus_task, source, choose(files, "deepseek"), FOCUS, bench.base, 64)
    strata = plan.drawn.strata
    if turned:
        strata = tuple(LABELS[1 - LABELS.index(label)] for label in strata)
    async with await Store.open_to_write(settings.database_path) as store:
        await store.focus_sets.keep(1, replace(plan.drawn, strata=strata), 3.0)
