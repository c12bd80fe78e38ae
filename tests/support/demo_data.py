"""Makes the demo's labels anew: `python -m tests.support.demo_data` writes them to `playground/data`.

Nobody was asked and no model was: a careful reader's labels for all features are written down here, and every person
and model of the demo is that reader with seeded mistakes. How many each makes is what the demo shows: two people who
mostly agree, a model about as good as they are, one that fails on part of its requests, one that says related too
often. With 240 items "about as well as people agree with each other" can be told; with 60 it could not be, even if
nobody ever made a mistake.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

DATA = Path(__file__).parents[2] / "playground" / "data"
SAMPLE_SIZE, SAMPLE_SEED = 240, 42  # what the demo runs with
SEED = 5
RELATED = {
    "alignment": """
    249 2311 3444 3681 4926 5044 5433 5583 6236 6254 6477 8686 8866 10038 11304 12428 13578 13685
    15065 18113 18588 19441 19555 20003 20779 20842 21469 22830 24289 24471 26603 29331 30766 31951
    32255 32931 33281 34056 34568 34767 34768 36428 36532 38045 39414 39836 41895 42543 43503 43695
    44182 44664 45945 47281 47838 48435 50090 50244 50765 53099 53822 55119 55168 55673 57642 57719
    58463 59372 61764 65285
    """,
    "formatting": """
    223 448 667 807 841 1333 1540 1569 4376 4975 5136 5349 5990 6087 6123 6381 6475 7724 8208 8851
    8981 9035 9168 9920 10271 10282 11111 11206 12685 12956 13106 15580 16092 16211 16839 17584
    18036 18321 19056 19279 19404 19764 20411 20676 22002 22942 23113 25956 26557 29434 29462 29987
    30979 31101 31179 31273 32343 33166 33948 34510 35521 36793 37624 40529 41574 41866 42130 42272
    42476 42863 42939 43365 45138 45217 45456 45544 46029 46863 47235 47380 47555 47562 47947 48211
    49144 49589 49854 50840 51058 52378 52484 53750 55027 55453 55525 55837 55899 56313 56579 57050
    57113 57166 57585 59363 59366 59419 59559 59572 60166 60463 60540 62272 63196 63343 64078 64180
    64533 65064
    """,
}
Labels = dict[str, str]


@dataclass(frozen=True)
class Reader:
    """Somebody who makes mistakes.

    missed: share of the related features called not-related. invented: share of the others called related.
    failed: share without a usable label.
    """

    name: str
    missed: float
    invented: float
    failed: float = 0.0


PEOPLE = (Reader("labeler-03", 0.03, 0.006), Reader("labeler-04", 0.05, 0.01))
MODELS = (
    Reader("deepseek-v3-0324", 0.03, 0.006, 0.004),
    Reader("gemini-2.0-flash", 0.06, 0.02, 0.12),
    Reader("llama-3.1-8b", 0.15, 0.22, 0.006),
)


def read_base() -> list[dict[str, str]]:
    """Return the features of the demo's base file, in its order."""
    records: list[dict[str, str]] = json.loads((DATA / "demo-sae.json").read_text(encoding="utf-8"))
    return records


def labels_of(reader: Reader, mode: str, indices: list[str]) -> Labels:
    """Return a reader's labels for features; the same at each call."""
    draw = random.Random(f"{SEED} {reader.name} {mode}")  # noqa: S311 # seeded data, no secrets
    related = [index for index in indices if index in RELATED[mode].split()]
    others = [index for index in indices if index not in RELATED[mode].split()]
    missed = draw.sample(related, round(reader.missed * len(related)))
    invented = draw.sample(others, round(reader.invented * len(others)))
    labels = dict.fromkeys(indices, "not-related")
    labels |= dict.fromkeys({*related, *invented} - {*missed}, "related")
    for index in draw.sample(indices, round(reader.failed * len(indices))):
        labels[index] = draw.choices(["api-error", "unexpected-response"], [5, 1])[0]
    return labels


def make() -> dict[Path, str]:
    """Return the text of every file with labels, by its path in `playground/data`."""
    base = read_base()
    sample = pd.DataFrame(base).sample(n=SAMPLE_SIZE, random_state=SAMPLE_SEED).to_dict("records")
    drawn = [str(record["index"]) for record in sample]
    files = {}
    for mode in RELATED:
        for model in MODELS:
            labels = labels_of(model, mode, [record["index"] for record in base])
            records: list[dict[str, Any]] = [
                {
                    "feature_id": f"{record['modelId']}-{record['layer']}-{record['index']}",
                    "label": labels[record["index"]],
                }
                for record in base
            ]
            path = Path("classifications", f"demo-sae_{mode}_classified_{model.name}.json")
            files[path] = json.dumps(records, indent=1) + "\n"
        for person in PEOPLE:
            labels = labels_of(person, mode, drawn)
            answers = [
                {
                    "_row_id": row,
                    "feature_index": int(record["index"]),
                    "feature_id": None,
                    "description": record["description"],
                    "label": labels[str(record["index"])],
                }
                for row, record in enumerate(sample)
            ]
            path = Path("human_labels", person.name, f"demo-sae_human_labels_{mode}.json")
            files[path] = json.dumps(answers, indent=2, ensure_ascii=False)
    return files


if __name__ == "__main__":
    for path, text in make().items():
        (DATA / path).parent.mkdir(parents=True, exist_ok=True)
        (DATA / path).write_text(text, encoding="utf-8", newline="")
