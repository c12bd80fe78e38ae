"""The metrics JSON and the merged CSV, as the notebook writes them, with our figures after its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.records import RELATED
from analysis.statistics.ceiling import Ceiling
from analysis.statistics.estimates import Estimate
from analysis.statistics.report import LabelerFigures, Report

_WITHOUT_INTERVAL = ("precision", "recall", "f1", "human_positive_rate", "model_positive_rate")


def metrics_paths(
    output_dir: Path, labels_stem: str, classification_stem: str, folders: Sequence[str] = ()
) -> tuple[Path, Path]:
    """Return where the metrics JSON and the merged CSV of these two files belong.

    Args:
        output_dir: The folder of all that is written.
        labels_stem: The labels file's name without its ending.
        classification_stem: The same of the classification file.
        folders: Those that tell the classification file apart from one of the same name.
    """
    folder = output_dir.joinpath("metrics", *folders)
    name = f"{labels_stem}_vs_{classification_stem}"
    return folder / f"{name}_metrics.json", folder / f"{name}_merged.csv"


def metrics_record(
    report: Report, *, timestamp: str, human_labels: str, model_classifications: str
) -> dict[str, Any]:
    """Return what the metrics file says: the notebook's keys in its order, then ours.

    Args:
        report: The report.
        timestamp: As the notebook writes it, `datetime.utcnow().isoformat() + 'Z'`.
        human_labels: The path of the labels file.
        model_classifications: The path of the classification file.

    Returns:
        A record in which undefined is None.
    """
    table, found = report.table, report.figures
    return {
        "timestamp": timestamp,
        "model_name": report.stem,
        "samples": table.n,
        "accuracy": found["accuracy"].value,
        **asdict(table),
        "phi": found["phi"].value,
        "human_labels": human_labels,
        "model_classifications": model_classifications,
        "join_key": report.join_key,
        "accuracy_se": report.accuracy_se.value,
        **_ends("accuracy", found["accuracy"]),
        **_ends("phi", found["phi"]),
        **{name: found[name].value for name in _WITHOUT_INTERVAL[:3]},
        **_figures({"kappa": found["kappa"]}),
        **{name: found[name].value for name in _WITHOUT_INTERVAL[3:]},
        "dropped": dict(report.dropped),
        "unmatched": report.unmatched,
        "labelers": {one.pseudonym: _labeler(one) for one in report.labelers},
        "ties": report.ties,
        "between_humans": _between_humans(report.ceiling),
        "fingerprint": report.fingerprint,
        "without_key": report.without_key,
        "adjudicated": report.adjudicated,
        "answers_after_review": report.reviewed,
        "answers_after_review_left_out": report.reviewed_left_out,
        "guide_versions": list(report.guide_versions),
        "verdict": report.verdict,
    }


def metrics_json(record: Mapping[str, Any]) -> bytes:
    """Return the record as the notebook dumps it: indent 2, ASCII escapes, no line end.

    Raises:
        ValueError: If a figure is nan or infinite.
    """
    return json.dumps(record, indent=2, allow_nan=False).encode("ascii")


def merged_csv(report: Report) -> bytes:
    """Return the merged table, byte for byte what the notebook's `merged.to_csv(index=False)` gives.

    The rows stand in the order of the sample. The columns are the join key, label_human, label_model, y_true and
    y_pred (1 is related).
    """
    columns = [report.join_key, "label_human", "label_model"]
    merged = pd.DataFrame(report.rows, columns=columns, dtype=object)
    merged["y_true"] = (merged["label_human"] == RELATED).astype(int)
    merged["y_pred"] = (merged["label_model"] == RELATED).astype(int)
    return str(merged.to_csv(index=False, lineterminator="\n")).encode("utf-8", "backslashreplace")


def _ends(name: str, estimate: Estimate) -> dict[str, float | None]:
    return {f"{name}_ci_lower": estimate.lower, f"{name}_ci_upper": estimate.upper}


def _figures(figures: Mapping[str, Estimate]) -> dict[str, float | None]:
    """Each figure with the ends of its interval."""
    flat: dict[str, float | None] = {}
    for name, estimate in figures.items():
        flat |= {name: estimate.value, **_ends(name, estimate)}
    return flat


def _labeler(one: LabelerFigures) -> dict[str, Any]:
    return {"labels": one.labels, "samples": one.table.n, **asdict(one.table), **_figures(one.figures)}


def _between_humans(top: Ceiling | None) -> dict[str, Any] | None:
    if top is None:
        return None
    model = {f"model_{name}": estimate for name, estimate in top.model.items()}
    figures = {**top.people, "alpha": top.alpha, **model}
    return {
        "samples": top.shared,
        "pairs": top.pairs,
        **_figures(figures | {"kappa_difference": top.difference}),
    }
