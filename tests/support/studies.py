"""Studies and model files made up for the tests of figures, reports and pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from analysis.records import NOT_RELATED, RELATED, ClassificationFile, Item, ModelLabels, Sample, Study
from analysis.statistics.confusion import Confusion

STEM = "12-gemmascope-res-65k__l0-21"
MODE = "formatting"


def sample(size: int, base_count: int = 65_344) -> Sample:
    """Return a sample whose feature indices are not its row ids."""
    return Sample(
        STEM, 42, base_count, tuple(Item(i, 1000 + 7 * i, f"f-{i}", f"text {i}") for i in range(size))
    )


def labels(values: Iterable[object]) -> dict[int, str]:
    """Return labels by row for truth values in row order; None leaves the row out."""
    return {i: RELATED if value else NOT_RELATED for i, value in enumerate(values) if value is not None}


def study(*people: Mapping[int, str], size: int | None = None, **more: object) -> Study:
    """Return people labeler-01, labeler-02, ... with these labels."""
    rows = size if size is not None else 1 + max((row for given in people for row in given), default=0)
    named = {f"labeler-{k:02}": given for k, given in enumerate(people, 1)}
    return Study(sample(rows), MODE, named, **more)  # type: ignore[arg-type]


def model(given: Mapping[int, str], name: str = "deepseek-v3-0324", **more: object) -> ModelLabels:
    """Return a model's labels as if read from its classification file."""
    path = Path(f"outputs/{STEM}_{MODE}_classified_{name.replace('/', '_')[:60]}.json")
    fields: dict[str, object] = {
        "unmatched": (), "without_key": (), "join_key": "feature_index", "sha256": "ab" * 32, **more,
    }  # fmt: skip
    return ModelLabels(ClassificationFile(path, MODE, name, name), given, **fields)  # type: ignore[arg-type]


def from_table(tp: int, tn: int, fp: int, fn: int) -> tuple[Study, ModelLabels]:
    """Return one labeler and a model with these four counts."""
    return (
        study(labels([1] * tp + [0] * tn + [0] * fp + [1] * fn), size=tp + tn + fp + fn),
        model(labels([1] * tp + [0] * tn + [1] * fp + [0] * fn)),
    )


def vectors(table: Confusion) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and the second rater's labels, 1 and 0, that give this table."""
    tp, tn, fp, fn = table.tp, table.tn, table.fp, table.fn
    return np.repeat([1, 0, 0, 1], [tp, tn, fp, fn]), np.repeat([1, 0, 1, 0], [tp, tn, fp, fn])


def simulated(
    people: int, items: int = 300, *, prevalence: float = 0.3, right: float = 0.93, model_right: float = 0.93,
    answered: float = 1.0, seed: int = 0,
) -> tuple[Study, ModelLabels]:  # fmt: skip
    """Return raters who each see a hidden truth and say it with probability `right`, on `answered` of the items."""
    rng = np.random.default_rng(seed)
    truth = rng.random(items) < prevalence
    told = [truth ^ (rng.random(items) > right) for _ in range(people)]
    given = [[v if rng.random() < answered else None for v in one] for one in told]
    judged = truth ^ (rng.random(items) > model_right)
    return study(*map(labels, given), size=items), model(labels(judged))
