"""The files of a focus set: its labels in the notebook's form, and beside them what they have to be weighed by."""

from __future__ import annotations

import json
from pathlib import Path

from analysis.output.labels import labels_path
from analysis.records import LABELS, FocusSet


def focus_paths(output_dir: Path, drawn: FocusSet) -> tuple[Path, Path]:
    """Return where the labels of a set and its strata are written."""
    labels = labels_path(output_dir, drawn.name, drawn.mode)
    folder = labels.parent / "focus"
    return folder / labels.name, folder / f"{labels.stem}_strata.json"


def strata_json(drawn: FocusSet) -> bytes:
    """Return how a set was drawn, and how much each of its strata weighs.

    A set is no picture of the base file, so its labels must never be counted without `weights`: for one model the share
    of all features that have this label of the model, among those that it labels usably. For two models there is one
    stratum, the features on which they differ; its weight is their share among those that both label usably.
    """
    sizes = dict(drawn.sizes)
    if len(drawn.models) == 1:
        whole = sum(sizes.values())
        weights = {label: sizes[label] / whole for label in LABELS}
    else:
        weights = {"differ": sizes["differ"] / sizes["both"]}
    items = zip(drawn.sample.items, drawn.positions, drawn.strata, strict=True)
    record = {
        "name": drawn.name,
        "kind": drawn.kind,
        "mode": drawn.mode,
        "models": [
            {"model": model, "sha256": sha256}
            for model, sha256 in zip(drawn.models, drawn.sha256, strict=True)
        ],
        "base_sha256": drawn.base_sha256,
        "base_count": drawn.sample.base_count,
        "seed": drawn.sample.seed,
        "features": sizes,
        "weights": weights,
        "items": [
            {
                "_row_id": item.row_id,
                "feature_index": item.feature_index,
                "position": position,
                "stratum": stratum,
            }
            for item, position, stratum in items
        ],
    }
    return json.dumps(record, indent=2).encode("ascii")
