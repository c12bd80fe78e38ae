"""The notebook's two cells, labeling and analysis, written down once: what the bot's files are held against.

Steps, names and formats are the notebook's; widgets, prints and paths are left out. A later version of the notebook
reads the same files and writes three keys more: `later_metrics_of`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

# The first cell: the base file, the draw, the labels


def base_frame(path: Path) -> pd.DataFrame:
    """Return the base file as a frame with a column `description`."""
    with path.open(encoding="utf-8") as file:
        data = json.load(file)
    if isinstance(data, dict):
        for key in ("features", "items", "data"):
            if key in data and isinstance(data[key], list):
                records = data[key]
                break
        else:
            records = [
                {"feature_id": k, **v} if isinstance(v, dict) else {"feature_id": k, "description": v}
                for k, v in data.items()
            ]
    else:
        records = data
    frame = pd.DataFrame(records)
    if "description" not in frame.columns:
        named = [c for c in frame.columns if "desc" in c.lower() or "explanation" in c.lower()]
        frame = frame.rename(columns={named[0]: "description"})
    return frame


def index_of(row: Any) -> int | None:
    """Return what both cells call the feature's index."""
    if "index" in row and pd.notna(row["index"]):
        try:
            return int(row["index"])
        except ValueError:
            pass
    name = row.get("feature_id")
    found = re.search(r"-(\d+)$", name) if isinstance(name, str) else None
    return int(found[1]) if found else None


def sample_of(base: Path, count: int = 300, seed: int = 42) -> pd.DataFrame:
    """Return the items as the notebook draws them; the index is worked out for those alone, which is the same."""
    frame = base_frame(base)
    drawn = frame.sample(n=min(count, len(frame)), random_state=seed).reset_index(drop=True)
    drawn["feature_index"] = drawn.apply(index_of, axis=1)
    return drawn


def labels_file(sample: pd.DataFrame, labels: Mapping[int, str]) -> bytes:
    """Return what `save_now` writes, in the order of answering."""
    records = []
    for row_id, label in labels.items():
        record = sample.iloc[row_id]
        index = record.get("feature_index")
        records.append(
            {
                "_row_id": int(row_id),
                "feature_index": int(index) if pd.notna(index) else None,
                "feature_id": record.get("feature_id"),
                "description": record.get("description"),
                "label": label,
            }
        )
    return json.dumps(records, indent=2, ensure_ascii=False).encode()


def resumed(human: Path) -> dict[int, str]:
    """Return the labels with which the first cell goes on where a labels file lies already: row -> label."""
    records = json.loads(human.read_text(encoding="utf-8"))
    labeled = [(record.get("_row_id"), record.get("label")) for record in records]
    return {int(row): label for row, label in labeled if row is not None and label}


# The second cell: the join, the figures, the merged table


def load_records(path: Path) -> list[dict[str, Any]]:
    """Return a classification or labels file."""
    with path.open(encoding="utf-8") as file:
        data = json.load(file)
    if isinstance(data, dict):
        for key in ("items", "records", "data"):
            if key in data and isinstance(data[key], list):
                return list(data[key])
        return [dict(feature_id=k, **(v if isinstance(v, dict) else {"value": v})) for k, v in data.items()]
    return list(data)


def merged_frame(human: Path, model: Path) -> pd.DataFrame:
    """Return labels and classifications joined on the index, mapped, and without what could not be mapped."""
    model_frame = pd.DataFrame(load_records(model))
    if "feature_id" not in model_frame.columns and "id" in model_frame.columns:
        model_frame = model_frame.rename(columns={"id": "feature_id"})
    model_frame["feature_index"] = model_frame.apply(index_of, axis=1)
    model_frame = model_frame[["feature_id", "label", "feature_index"]].copy()
    human_frame = pd.DataFrame(load_records(human))
    merged = human_frame[["feature_index", "label"]].merge(
        model_frame[["feature_index", "label"]],
        on="feature_index",
        how="inner",
        suffixes=("_human", "_model"),
        validate="many_to_one",
    )
    numbers = {"related": 1, "not-related": 0}
    merged["y_true"] = merged["label_human"].map(numbers)
    merged["y_pred"] = merged["label_model"].map(numbers)
    merged = merged.dropna(subset=["y_true", "y_pred"]).copy()
    return merged.astype({"y_true": int, "y_pred": int})


def metrics_of(human: Path, model: Path, timestamp: str) -> tuple[dict[str, Any], bytes]:
    """Return the notebook's metrics, and its merged table as CSV."""
    merged = merged_frame(human, model)
    truth, judged = merged["y_true"], merged["y_pred"]
    tp, tn = int(((truth == 1) & (judged == 1)).sum()), int(((truth == 0) & (judged == 0)).sum())
    fp, fn = int(((truth == 0) & (judged == 1)).sum()), int(((truth == 1) & (judged == 0)).sum())
    below = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    metrics = {
        "timestamp": timestamp,
        "model_name": model.stem,
        "samples": len(merged),
        "accuracy": float((truth == judged).mean()) if len(merged) else None,
        "tp": tp,
        "tn": tn,
        "fp": fp,
        "fn": fn,
        "phi": float((tp * tn - fp * fn) / np.sqrt(below)) if below else None,
        "human_labels": str(human),
        "model_classifications": str(model),
        "join_key": "feature_index",
    }
    return metrics, merged.to_csv(index=False).encode()


def later_metrics_of(human: Path, model: Path, timestamp: str) -> dict[str, Any]:
    """Return the metrics of the later version: a standard error, and an interval of phi by Fisher's z."""
    metrics, _ = metrics_of(human, model, timestamp)
    n, accuracy, phi = metrics["samples"], metrics["accuracy"], metrics["phi"]
    ends: dict[str, float | None] = {"phi_ci_lower": None, "phi_ci_upper": None}
    if phi is not None and n > 3 and abs(phi) < 0.9999:
        z = 0.5 * np.log((1 + phi) / (1 - phi))
        around = (z - 1.96 / np.sqrt(n - 3), z + 1.96 / np.sqrt(n - 3))
        ends = dict(zip(ends, map(float, np.tanh(around)), strict=True))
    error = float(np.sqrt(accuracy * (1 - accuracy) / n)) if n else None
    later: dict[str, Any] = {}
    for key, value in metrics.items():
        later[key] = value
        later |= {"accuracy_se": error} if key == "accuracy" else ends if key == "phi" else {}
    return later
