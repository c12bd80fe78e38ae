"""The metrics JSON and the merged CSV, as the notebook writes them, with our figures after its own."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.records import RELATED
from analysis.statistics.ceiling import Ceiling
from analysis.statistics.confusion import Agreeing
from analysis.statistics.estimates import Estimate
from analysis.statistics.report import LabelerFigures, Report


def metrics_paths(output_dir: Path, labels_stem: str, classification_stem: str) -> tuple[Path, Path]:
    """Where the metrics JSON and the merged CSV of these two files belong."""
    folder = output_dir / "metrics"
    name = f"{labels_stem}_vs_{classification_stem}"
    return folder / f"{name}_metrics.json", folder / f"{name}_merged.csv"


def metrics_record(
    report: Report, *, timestamp: str, human_labels: str, model_classifications: str
) -> dict[str, Any]:
    """What the metrics file says: the notebook's keys in its order, then ours; undefined is None.

    timestamp: as the notebook writes it, `datetime.utcnow().isoformat() + 'Z'`. human_labels and
    model_classifications: the paths of the two files.
    """
    table = report.table
    return {
        "timestamp": timestamp,
        "model_name": report.stem,
        "samples": table.n,
        "accuracy": report.accuracy.value,
        "tp": table.tp,
        "tn": table.tn,
        "fp": table.fp,
        "fn": table.fn,
        "phi": report.phi.value,
        "human_labels": human_labels,
        "model_classifications": model_classifications,
        "join_key": report.join_key,
        "accuracy_se": report.accuracy_se.value,
        **_interval("accuracy", report.accuracy),
        **_interval("phi", report.phi),
        "precision": report.precision.value,
        "recall": report.recall.value,
        "f1": report.f1.value,
        "kappa": report.kappa.value,
        **_interval("kappa", report.kappa),
        "human_positive_rate": report.human_positive_rate.value,
        "model_positive_rate": report.model_positive_rate.value,
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
    """The record as the notebook dumps it: indent 2, ASCII escapes, no line end. Raises ValueError for nan."""
    return json.dumps(record, indent=2, allow_nan=False).encode("ascii")


def merged_csv(report: Report) -> bytes:
    """The merged table, byte for byte what the notebook's `merged.to_csv(index=False)` gives, in row order.

    Columns: the join key, label_human, label_model, y_true, y_pred (1 is related).
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((report.join_key, "label_human", "label_model", "y_true", "y_pred"))
    for row in report.rows:
        truth, judged = int(row.label_human == RELATED), int(row.label_model == RELATED)
        writer.writerow((row.key, row.label_human, row.label_model, truth, judged))
    return out.getvalue().encode("utf-8", "backslashreplace")


def _interval(name: str, estimate: Estimate) -> dict[str, float | None]:
    return {f"{name}_ci_lower": estimate.lower, f"{name}_ci_upper": estimate.upper}


def _with_interval(name: str, estimate: Estimate) -> dict[str, float | None]:
    return {name: estimate.value, **_interval(name, estimate)}


def _agreeing(figures: Agreeing) -> dict[str, float | None]:
    return {
        **_with_interval("accuracy", figures.accuracy),
        **_with_interval("phi", figures.phi),
        **_with_interval("kappa", figures.kappa),
    }


def _labeler(one: LabelerFigures) -> dict[str, Any]:
    table = one.table
    counts = {"tp": table.tp, "tn": table.tn, "fp": table.fp, "fn": table.fn}
    return {"labels": one.labels, "samples": table.n, **counts, **_agreeing(one.figures)}


def _between_humans(top: Ceiling | None) -> dict[str, Any] | None:
    if top is None:
        return None
    return {
        "samples": top.shared,
        "pairs": top.pairs,
        **_agreeing(top.people),
        **_with_interval("alpha", top.alpha),
        **_with_interval("model_accuracy", top.model.accuracy),
        **_with_interval("model_phi", top.model.phi),
        **_with_interval("model_kappa", top.model.kappa),
        **_with_interval("kappa_difference", top.difference),
    }
