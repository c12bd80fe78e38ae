"""Files of the real shape, made up from a seed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

BASE_NAME = "12-gemmascope-res-65k__l0-21.json"
REAL_COUNT = 65_344

_STARTS = (
    "references to", "mentions of", "phrases about", "terms related to", "words expressing", "the beginning of",
    "instances of", "punctuation around", "names that occur in", "questions about", "code for", "numbers in",
)  # fmt: skip
_MIDDLES = (
    "legal", "medical", "political", "musical", "emotional", "scientific", "ethical", "numerical", "culinary",
    "historical", "geographical", "harmful", "polite", "formal", "list-like", "quoted", "bold", "foreign",
)  # fmt: skip
_ENDS = (
    "documents", "dialogue", "headings", "people", "places", "events", "rules and permissions", "proofs", "recipes",
    "apologies", "refusals", "tables: rows and columns", "the word \"the\"", "menus in cafés", "weapons",
)  # fmt: skip
_AWKWARD = (
    "\\LaTeX commands", "line breaks\nand tabs\t", "naïve 日本語 text", "smiling 🙂 faces", "<b>markup</b> & entities",
    "text from right to left: \u202eabc\u202c", "[lists], {objects}, and so on", "=formulas()",
)  # fmt: skip
OFTEN_WRITTEN = 1000
"""Base files of no more records than this are made once, and kept for the next test."""
_WRITTEN: dict[tuple[int, int], bytes] = {}


def base_records(count: int, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Return records of `modelId, layer, index, description, explanationModelName, typeName`; the index is a string."""
    draw = random.Random(seed)  # noqa: S311 # made-up data, no secret
    for index in range(count):
        ends = _AWKWARD if draw.random() < 0.01 else _ENDS
        words = (draw.choice(_STARTS), draw.choice(_MIDDLES), draw.choice(ends))
        yield {
            "modelId": "gemma-2-2b",
            "layer": "12-gemmascope-res-65k",
            "index": str(index),
            "description": f"{' '.join(words)} ({draw.randrange(10**6)})",
            "explanationModelName": "gpt-4o-mini",
            "typeName": "oai_token-act-pair",
        }


def write_records(path: Path, records: Iterable[Mapping[str, Any]]) -> Path:
    """Write a list of records as `json.dump` does, one by one, so that a million of them need little memory."""
    with path.open("w", encoding="utf-8") as file:
        gap = "["
        for record in records:
            file.write(gap + json.dumps(record, ensure_ascii=False))
            gap = ", "
        file.write("[]" if gap == "[" else "]")
    return path


def write_base_file(folder: Path, count: int = REAL_COUNT, seed: int = 0) -> Path:
    """Write a base file under its real name into `folder`, and return its path."""
    path = folder / BASE_NAME
    if count > OFTEN_WRITTEN:
        return write_records(path, base_records(count, seed))
    if (known := _WRITTEN.get((count, seed))) is None:
        known = _WRITTEN[count, seed] = write_records(path, base_records(count, seed)).read_bytes()
    path.write_bytes(known)
    return path


def write_classification(
    path: Path,
    base_path: Path,
    human: Mapping[int, str],
    *,
    tp: int,
    tn: int,
    fp: int,
    fn: int,
    dropped: Mapping[str, int] | None = None,
    seed: int = 0,
) -> Path:
    """Write a model's labels for a whole base file, that agree with people as often as wished.

    path: the file to write; its folders are made. base_path: a file that `write_base_file` wrote. human: feature index
    -> `related` or `not-related`. tp, fn: of the features that people call related, how many the model does and does
    not call so; fp, tn: the same of the others. dropped: label that is neither of the two -> how many of
    the labeled features get it. The five must add up to what people labeled. Everything else gets a label by the seed.
    """
    draw = random.Random(seed)  # noqa: S311 # made-up data, no secret
    related = sorted(index for index, label in human.items() if label == "related")
    others = sorted(human.keys() - set(related))
    draw.shuffle(related)
    draw.shuffle(others)
    odd = [label for label, count in (dropped or {}).items() for _ in range(count)]
    if tp + fn > len(related) or fp + tn > len(others) or tp + tn + fp + fn + len(odd) != len(human):
        raise ValueError(
            f"{tp=} {tn=} {fp=} {fn=} {dropped=} do not fit {len(related)} related, {len(others)} not"
        )
    model = dict.fromkeys(related[:tp] + others[:fp], "related")
    model |= dict.fromkeys(related[tp : tp + fn] + others[fp : fp + tn], "not-related")
    model |= zip(related[tp + fn :] + others[fp + tn :], odd, strict=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    records = json.loads(base_path.read_text(encoding="utf-8"))
    return write_records(path, (_classified(r, model, draw) for r in records))


def _classified(record: Mapping[str, Any], model: Mapping[int, str], draw: random.Random) -> dict[str, Any]:
    label = "related" if draw.random() < 0.3 else "not-related"
    return {
        "feature_id": f"{record['modelId']}-{record['layer']}-{record['index']}",
        "index": record["index"],
        "description": record["description"],
        "label": model.get(int(record["index"]), label),
    }
