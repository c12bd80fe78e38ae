"""The files of the reports: metrics JSON and merged CSV as the notebook writes them, comparison and models JSON.

In the metrics file the notebook's keys come first, in its order, then ours. Undefined is `null` everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.names import file_name
from analysis.records import RELATED, ClassificationFile
from analysis.statistics.compare import Comparison
from analysis.statistics.estimates import Estimate
from analysis.statistics.focus_study import FocusOnDifference, FocusOnModel
from analysis.statistics.models import Models
from analysis.statistics.prevalence import Prevalence
from analysis.statistics.report import Ceiling, Report
from analysis.statistics.self_agreement import SelfAgreement

Record = dict[str, Any]


def metrics_paths(output_dir: Path, labels_stem: str, file: ClassificationFile) -> tuple[Path, Path]:
    """Return where the metrics JSON and the merged CSV of a model belong.

    A model whose name begins with a folder, because another file has the same name, gets that folder.
    """
    folder = (output_dir / "metrics" / file.name).parent
    stem = f"{labels_stem}_vs_{file.path.stem}"
    return folder / file_name(stem, "_metrics.json"), folder / file_name(stem, "_merged.csv")


def comparison_path(output_dir: Path, labels_stem: str, comparison: Comparison) -> Path:
    """Return where the JSON of a comparison belongs."""
    first, second = (side.model.replace("/", "_") for side in (comparison.first, comparison.second))
    name = file_name(f"{labels_stem}_{first}_vs_{second}", "_comparison.json")
    return output_dir / "metrics" / name


def models_path(output_dir: Path, labels_stem: str) -> Path:
    """Return where the JSON of all models belongs."""
    return output_dir / "metrics" / f"{labels_stem}_models.json"


def metrics_record(
    report: Report, *, timestamp: str, human_labels: str, model_classifications: str
) -> Record:
    """Return what the metrics file says.

    Args:
        report: The report.
        timestamp: As the notebook writes it, `datetime.utcnow().isoformat() + 'Z'`.
        human_labels: The path of the labels file.
        model_classifications: The path of the classification file.
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
        **_ends("accuracy_", found["accuracy"]),
        "accuracy_if_left_out_wrong": report.if_left_out_wrong,
        "accuracy_if_left_out_right": report.if_left_out_right,
        **_ends("phi_", found["phi"]),
        **_figures({name: found[name] for name in ("precision", "recall", "f1", "kappa")}),
        "human_positive_rate": found["human_positive_rate"].value,
        "model_positive_rate": found["model_positive_rate"].value,
        "dropped": dict(report.dropped),
        "unmatched": report.unmatched,
        "other_description": report.other_description,
        "labelers": [one._asdict() for one in report.labelers],
        "ties": len(report.consensus.ties),
        "adjudicated": len(report.consensus.adjudicated),
        "after_review": report.marked,
        "between_humans": _between_humans(report.ceiling),
        "other_modes": {mode: other._asdict() for mode, other in report.other_modes.items()},
        "self_agreement": _self_agreement(report.self_agreement),
        "focus": _focus(report.focus),
        "verdict": report.headline,
        "complete": _complete(report),
        "prevalence": prevalence_record(report.prevalence),
        "fingerprint": report.fingerprint,
        "without_key": report.without_key,
        "guide_versions": list(report.guide_versions),
    }


def comparison_record(comparison: Comparison, *, timestamp: str) -> Record:
    """Return what the file of a comparison says."""
    c = comparison
    return {
        "timestamp": timestamp,
        "mode": c.mode,
        "first": c.first.model,
        "second": c.second.model,
        "samples": c.samples,
        "both_right": c.both_right,
        "only_first": c.only_first,
        "only_second": c.only_second,
        "both_wrong": c.both_wrong,
        **_figures({"accuracy_first": c.first.accuracy, "accuracy_second": c.second.accuracy}),
        **_figure("difference", c.difference.difference),
        "z": c.difference.z if c.samples else None,
        "p_value": c.difference.p_value if c.samples else None,
        "complete": _complete(c),
        "items_for_5_points": c.difference.items_for_5_points,
        "verdict": c.headline,
        "fingerprint": c.fingerprint,
        **({} if c.focus is None else {"focus": _focus_difference(c.focus)}),
    }


def models_record(models: Models) -> list[Record]:
    """Return what the file of all models says, best accuracy first; last those that are left out, and why."""
    ranked: list[Record] = [
        {
            "model": one.model,
            "samples": models.samples,
            **_figures({"accuracy": one.accuracy, "kappa": one.kappa}),
            "rank_lower": one.rank_lower,
            "rank_upper": one.rank_upper,
        }
        for one in models.models
    ]
    none = dict.fromkeys(next(iter(ranked), {}))
    left_out = [none | {"model": one.model, "samples": 0, "left_out": one.reason} for one in models.left_out]
    return ranked + left_out


def prevalence_record(found: Prevalence | None) -> Record | None:
    """Return the share of related features as the metrics file has it; None where it cannot be told."""
    if found is None or found.estimate.value is None:
        return None
    return {
        "estimate": found.estimate.value,
        **_ends("", found.estimate),
        **_figure("people_alone", found.people_alone),
        "model_alone": found.model_alone,
        "population": found.population,
        "effective_labels": found.effective_labels,
    }


def to_json(record: Mapping[str, Any] | list[Record]) -> bytes:
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


def _figure(name: str, estimate: Estimate) -> dict[str, float | None]:
    """A figure with the ends of its interval."""
    return {name: estimate.value, **_ends(f"{name}_", estimate)}


def _ends(prefix: str, estimate: Estimate) -> dict[str, float | None]:
    return {f"{prefix}ci_lower": estimate.lower, f"{prefix}ci_upper": estimate.upper}


def _figures(figures: Mapping[str, Estimate]) -> dict[str, float | None]:
    flat: dict[str, float | None] = {}
    for name, estimate in figures.items():
        flat |= _figure(name, estimate)
    return flat


def _between_humans(top: Ceiling | None) -> Record | None:
    if top is None:
        return None
    figures = {
        "people_kappa": top.kappas.people,
        "model_kappa": top.kappas.model,
        "difference": top.verdict.difference,
        "alpha": top.alpha,
    }
    return {"items": top.kappas.items, **_figures(figures)}


def _focus(found: FocusOnModel | None) -> Record | None:
    if found is None:
        return None
    names = ("precision", "recall", "phi", "prevalence")
    figures = _figures({name: getattr(found.figures, name) for name in names})
    return {"kind": found.kind, "items": found.figures.items, **figures}


def _focus_difference(found: FocusOnDifference) -> Record:
    return {"kind": found.kind, "items": found.items, **_figure("difference", found.difference)}


def _self_agreement(found: SelfAgreement | None) -> Record | None:
    if found is None:
        return None
    return {"agreed": found.agreed, "repeats": found.repeats, **_ends("", found.share)}


def _complete(one: Report | Comparison) -> float:
    return one.labeled / one.sample_size if one.sample_size else 0.0
