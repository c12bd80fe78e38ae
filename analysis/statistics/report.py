"""A model's labels against the people's: everything that the chat, the files and the picture say about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from analysis.records import LABELS, Item, ModelLabels, Study
from analysis.statistics.ceiling import Ceiling, ceiling
from analysis.statistics.confusion import PEOPLE, SYMMETRIC, Confusion, count, figures
from analysis.statistics.consensus import Consensus, consensus, reviewed_count, used_labels
from analysis.statistics.estimates import Estimate, standard_error
from analysis.statistics.fingerprint import fingerprint
from analysis.statistics.verdict import metrics_verdict


class MergedRow(NamedTuple):
    """One item with both labels: the value of the join key, what people say, what the model says."""

    key: str | int | None
    label_human: str
    label_model: str


@dataclass(frozen=True, slots=True)
class LabelerFigures:
    """One labeler against the model.

    labels: all items the labeler labeled. table: on those that have a model label, the labeler being right.
    """

    pseudonym: str
    labels: int
    table: Confusion
    figures: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Report:
    """How well a model agrees with people.

    model: its name for people; stem: of the classification file. labeled: items with any human label; these
    are `table.n` (with a true and a model label) and, besides, `dropped` (the model's label is neither of the
    two; label -> items, the commonest first), `unmatched` (not in the model's file), `without_key` (neither
    index nor id) and `ties` (no majority). adjudicated: items among `labeled` that an admin decided.
    labelers: by pseudonym. ceiling: None with fewer than two labelers. reviewed: present answers that were
    given after seeing a model's label; reviewed_left_out: whether they were left out of all figures.
    rows: the merged table in row order, keyed by `join_key`.
    """

    model: str
    stem: str
    mode: str
    sample_size: int
    labeled: int
    table: Confusion
    truth: str
    figures: Mapping[str, Estimate]
    accuracy_se: Estimate
    dropped: Mapping[str, int]
    unmatched: int
    without_key: int
    ties: int
    adjudicated: int
    labelers: tuple[LabelerFigures, ...]
    ceiling: Ceiling | None
    consensus: Consensus
    verdict: str
    reviewed: int
    reviewed_left_out: bool
    guide_versions: tuple[str, ...]
    fingerprint: str
    join_key: str
    rows: tuple[MergedRow, ...]


def build_report(study: Study, model: ModelLabels, *, leave_out_reviewed: bool = False) -> Report:
    """The report on `model` by the labels of `study`.

    The truth is the consensus (with one labeler, the labeler's own labels). leave_out_reviewed: without the
    answers that were given after their labeler saw a model's. Never raises for want of data: a figure that
    cannot be had says why.
    """
    used = used_labels(study, leave_out_reviewed=leave_out_reviewed)
    agreed = consensus(used, study.adjudicated)
    truth = _truth_name(used)
    table = count(agreed.labels, model.labels)
    found = figures(table, truth=truth)
    top = ceiling(used, model.labels)
    absent = set(agreed.labels) - set(model.labels)
    without_key = len(absent & set(model.without_key))
    return Report(
        model=model.file.name,
        stem=stem_of(model),
        mode=study.mode,
        sample_size=len(study.sample.items),
        labeled=len(agreed.labels) + len(agreed.ties),
        table=table,
        truth=truth,
        figures=found,
        accuracy_se=standard_error(found["accuracy"], table.n),
        dropped=dropped_labels(agreed, model),
        unmatched=len(absent) - without_key,
        without_key=without_key,
        ties=len(agreed.ties),
        adjudicated=len(agreed.adjudicated),
        labelers=tuple(_labeler(who, labels, model) for who, labels in used.items()),
        ceiling=top,
        consensus=agreed,
        verdict=metrics_verdict(model.file.name, used, table, top),
        reviewed=reviewed_count(study),
        reviewed_left_out=leave_out_reviewed,
        guide_versions=study.guide_versions,
        fingerprint=fingerprint(study.sample, used, study.adjudicated, model.sha256),
        join_key=model.join_key,
        rows=_rows(study.sample.items, agreed, model),
    )


def stem_of(model: ModelLabels) -> str:
    """Name of the classification file without its last ending, as the notebook has it."""
    return model.file.path.stem


def dropped_labels(agreed: Consensus, model: ModelLabels) -> dict[str, int]:
    """The model's labels that are neither of the two, on items with a true label: label -> items.

    The commonest comes first, equals by name.
    """
    names = Counter(model.labels[row] for row in agreed.labels if row in model.labels)
    return dict(sorted(((n, k) for n, k in names.items() if n not in LABELS), key=lambda x: (-x[1], x[0])))


def _truth_name(used: Mapping[str, Mapping[int, str]]) -> str:
    return next(iter(used)) if len(used) == 1 else PEOPLE


def _labeler(who: str, labels: Mapping[int, str], model: ModelLabels) -> LabelerFigures:
    table = count(labels, model.labels)
    return LabelerFigures(who, len(labels), table, figures(table, SYMMETRIC, truth=who))


def _rows(items: tuple[Item, ...], agreed: Consensus, model: ModelLabels) -> tuple[MergedRow, ...]:
    by_index = model.join_key == "feature_index"
    rows = []
    for row, label in agreed.labels.items():
        judged = model.labels.get(row)
        if judged in LABELS:
            item = items[row]
            rows.append(MergedRow(item.feature_index if by_index else item.feature_id, label, judged))
    return tuple(rows)
