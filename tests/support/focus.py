"""Two people who have labeled a sample of 40, and two models that label every feature: for tests of focus sets."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping

from bot.rules.session import NAME_OF
from tests.support import notebook
from tests.support.bench import ADMIN, Bench
from tests.support.labeling_steps import take_over_labels
from tests.support.phone import Chat, Message
from tests.support.two_labelers import CARL

SIZE = 40
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
