"""The notebook's rules with pandas and json, written down once more: what the bot's files are held against."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


def index_of(row: Any) -> int | None:
    if "index" in row and pd.notna(row["index"]):
        try:
            return int(row["index"])
        except ValueError:
            pass
    name = row.get("feature_id")
    found = re.search(r"-(\d+)$", name) if isinstance(name, str) else None
    return int(found[1]) if found else None


def sample_of(base: Path, count: int = 300, seed: int = 42) -> pd.DataFrame:
    """The items as the notebook draws them; the index is worked out for those alone, which is the same."""
    frame = pd.DataFrame(json.loads(base.read_text(encoding="utf-8")))
    drawn = frame.sample(n=min(count, len(frame)), random_state=seed).reset_index(drop=True)
    drawn["feature_index"] = drawn.apply(index_of, axis=1)
    return drawn


def labels_file(sample: pd.DataFrame, labels: Mapping[int, str]) -> bytes:
    """What `save_now` writes."""
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


def merged_frame(human: Path, model: Path) -> pd.DataFrame:
    """Labels and classifications joined on the index, mapped, and without what could not be mapped."""
    model_frame = pd.DataFrame(json.loads(model.read_text(encoding="utf-8")))
    model_frame["feature_index"] = model_frame.apply(index_of, axis=1)
    human_frame = pd.DataFrame(json.loads(human.read_text(encoding="utf-8")))
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
    """The notebook's metrics, and its merged table as CSV."""
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
