"""The notebook's way of reading, sampling and comparing, step by step as its cells do it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


def _index_of_base(row: Any) -> int | None:
    if "index" in row and pd.notna(row["index"]):
        try:
            return int(row["index"])
        except Exception:  # noqa: BLE001, S110 # as the notebook has it
            pass
    return _index_at_end(row)


def _index_of_model(row: Any) -> int | None:
    if "index" in row and row["index"] is not None:
        try:
            return int(row["index"])
        except Exception:  # noqa: BLE001, S110 # as the notebook has it
            pass
    return _index_at_end(row)


def _index_at_end(row: Any) -> int | None:
    feature_id = row.get("feature_id")
    if isinstance(feature_id, str):
        found = re.search(r"-(\d+)$", feature_id)
        if found:
            return int(found.group(1))
    return None


def base_frame(path: Path) -> pd.DataFrame:
    """The base file as the notebook's frame, with `description` and `feature_index`."""
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
    frame["feature_index"] = frame.apply(_index_of_base, axis=1)
    return frame


def notebook_sample(path: Path, size: int, seed: int) -> pd.DataFrame:
    """The notebook's sample of a base file."""
    frame = base_frame(path)
    return frame.sample(n=min(size, len(frame)), random_state=seed).reset_index(drop=True)


def notebook_labels(sample: pd.DataFrame, labels: Mapping[int, str]) -> list[dict[str, Any]]:
    """The records that the notebook's `save_now` writes, in the order of answering."""
    records = []
    for row_id, label in labels.items():
        item = sample.iloc[row_id]
        index = item.get("feature_index")
        records.append(
            {
                "_row_id": int(row_id),
                "feature_index": int(index) if pd.notna(index) else None,
                "feature_id": item.get("feature_id"),
                "description": item.get("description"),
                "label": label,
            }
        )
    return records


def load_records(path: Path) -> list[dict[str, Any]]:
    """A classification or labels file as the notebook's analysis reads it."""
    with path.open(encoding="utf-8") as file:
        data = json.load(file)
    if isinstance(data, dict):
        for key in ("items", "records", "data"):
            if key in data and isinstance(data[key], list):
                return list(data[key])
        return [dict(feature_id=k, **(v if isinstance(v, dict) else {"value": v})) for k, v in data.items()]
    return list(data)


def notebook_join(model_path: Path, human_path: Path) -> tuple[pd.DataFrame, str]:
    """The notebook's merge of the human labels with a classification file, and the key it joined on."""
    model = pd.DataFrame(load_records(model_path))
    human = pd.DataFrame(load_records(human_path))
    if "feature_id" not in model.columns and "id" in model.columns:
        model = model.rename(columns={"id": "feature_id"})
    model["feature_index"] = model.apply(_index_of_model, axis=1)
    key = "feature_index"
    columns = [c for c in ("feature_id", "label", "feature_index") if c in model.columns]
    merged = human[[key, "label"]].merge(
        model[columns].copy()[[key, "label"]],
        on=key,
        how="inner",
        suffixes=("_human", "_model"),
        validate="many_to_one",
    )
    return merged, key


def notebook_analysis(model_path: Path, human_path: Path) -> dict[str, Any]:
    """The notebook's figures for a classification file."""
    merged, key = notebook_join(model_path, human_path)
    codes = {"related": 1, "not-related": 0}
    merged["y_true"] = merged["label_human"].map(codes)
    merged["y_pred"] = merged["label_model"].map(codes)
    merged = merged.dropna(subset=["y_true", "y_pred"]).copy()
    true, pred = merged["y_true"].astype(int), merged["y_pred"].astype(int)
    tp, tn = int(((true == 1) & (pred == 1)).sum()), int(((true == 0) & (pred == 0)).sum())
    fp, fn = int(((true == 0) & (pred == 1)).sum()), int(((true == 1) & (pred == 0)).sum())
    margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    phi = float((tp * tn - fp * fn) / np.sqrt(margins)) if margins else None
    accuracy = float((true == pred).mean()) if len(merged) else float("nan")
    return {
        "samples": len(merged),
        "accuracy": accuracy,
        "tp": tp,
        "tn": tn,
        "fp": fp,
        "fn": fn,
        "phi": phi,
    } | {"join_key": key}
