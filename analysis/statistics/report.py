"""A model's labels against the people's: everything that the chat, the files and the picture say about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from analysis.records import LABELS, NOT_RELATED, RELATED, Item, ModelLabels, Study
from analysis.statistics.basis import Basis, basis_of
from analysis.statistics.confusion import PEOPLE, STATISTICS, Confusion, count, figures
from analysis.statistics.consensus import Consensus, consensus
from analysis.statistics.estimates import Estimate, standard_error
from analysis.statistics.fingerprint import fingerprint
from analysis.statistics.focus_study import FocusOnModel, file_has_changed, focus_on_model
from analysis.statistics.monitored import Verdict, verdict
from analysis.statistics.pooled import PooledKappas, alpha, pooled_kappas
from analysis.statistics.population import features_related
from analysis.statistics.prevalence import Prevalence
from analysis.statistics.self_agreement import SelfAgreement, self_agreement
from analysis.statistics.verdict import metrics_sentence


class MergedRow(NamedTuple):
    """One item with both labels: the value of the join key, what people say, what the model says."""

    key: str | int | None
    label_human: str
    label_model: str


class LabelerFigures(NamedTuple):
    """One labeler against the model: all their labels, and the two figures on items with a model label.

    `accuracy` and `kappa` are None where they are undefined, or not told of this labeler alone (`Study.told_alone`).
    """

    pseudonym: str
    labels: int
    accuracy: float | None
    kappa: float | None


class OtherMode(NamedTuple):
    """What people say in another mode of the items on which the model is wrong in this one.

    Of the false positives (false negatives) `fp_labeled` (`fn_labeled`) have a consensus in the other mode, and in
    `fp_related` (`fn_related`) it is related.
    """

    fp_related: int
    fp_labeled: int
    fn_related: int
    fn_labeled: int


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Agreement among people and of the model with people.

    Attributes:
        kappas: The two pooled kappas and their difference, on the items that two people and the model label.
        alpha: Krippendorff's, on all items that two people label.
        verdict: How the model stands to the people, and the monitored interval of the difference behind it.
    """

    kappas: PooledKappas
    alpha: Estimate
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Report(Basis):
    """How well a model agrees with people, by blind labels alone unless `with_reviewed`.

    Attributes:
        model: The model's name for people.
        stem: The name of its classification file without its last ending, as the notebook has it.
        labeled: The items with any label. These are the samples (`table.n`) and what is left out.
        table: The four counts of the consensus (with one labeler, the labeler's labels) and the model.
        figures: The figures of the table, by the names of `STATISTICS`.
        accuracy_se: The standard error of the accuracy.
        if_left_out_wrong, if_left_out_right: The accuracy if all that was left out counted as wrong, or as right;
            None where nothing is labeled.
        dropped: Left out because the model's label is neither of the two: label -> items, the commonest first.
        unmatched: Left out because the model's file has no such feature.
        without_key: Left out because the item has neither index nor id.
        other_description: Left out because the model's file describes the feature otherwise.
        labelers: Each person against the model, by pseudonym.
        ceiling: People beside the model; None with fewer than two labelers.
        other_modes: mode -> what people say there of the items on which the model is wrong here.
        self_agreement: Hidden repeats; None where there are none.
        prevalence: How many of all features are related; None where the labels of the model's whole file were not
            counted, or do not fit the base file.
        focus: The figures by the sample and focus sets together; None without a complete set on this file.
        focus_ended: Whether the latest focus set on this model does not count because its file has changed.
        headline, detail: What the report comes to, and what is open; `detail` may be empty.
        fingerprint: Of the sample, the labels and the model file.
        join_key: What the merged table is keyed by.
        rows: The merged table in row order.
    """

    model: str
    stem: str
    table: Confusion
    figures: Mapping[str, Estimate]
    accuracy_se: Estimate
    if_left_out_wrong: float | None
    if_left_out_right: float | None
    dropped: Mapping[str, int]
    unmatched: int
    without_key: int
    other_description: int
    labelers: tuple[LabelerFigures, ...]
    ceiling: Ceiling | None
    other_modes: Mapping[str, OtherMode]
    self_agreement: SelfAgreement | None
    prevalence: Prevalence | None
    focus: FocusOnModel | None
    focus_ended: bool
    headline: str
    detail: str
    fingerprint: str
    join_key: str
    rows: tuple[MergedRow, ...]


def build_report(study: Study, model: ModelLabels) -> Report:
    """Return the report on a model. It never raises for want of data: a figure that cannot be had says why."""
    agreed = consensus(study.labels, study.adjudicated)
    table = count(agreed.labels, model.labels)
    found = figures(table, truth=next(iter(study.labels)) if len(study.labels) == 1 else PEOPLE)
    top = _ceiling(study, agreed, model)
    headline, detail = metrics_sentence(len(study.labels), table, top.verdict if top else None)
    right = table.tp + table.tn
    absent = agreed.labels.keys() - model.labels.keys()
    without_key = len(absent & set(model.without_key))
    otherwise = len(absent & set(model.other_description))
    return Report(
        **basis_of(study, agreed),
        model=model.file.name,
        stem=model.file.path.stem,
        table=table,
        figures=found,
        accuracy_se=standard_error(found["accuracy"], table.n),
        if_left_out_wrong=right / agreed.labeled if agreed.labeled else None,
        if_left_out_right=(right + agreed.labeled - table.n) / agreed.labeled if agreed.labeled else None,
        dropped=dropped_labels(agreed, model),
        unmatched=len(absent) - without_key - otherwise,
        without_key=without_key,
        other_description=otherwise,
        labelers=tuple(
            _labeler(who, study.labels[who], model)
            if study.told_alone(who)
            else LabelerFigures(who, len(study.labels[who]), None, None)
            for who in sorted(study.labels)
        ),
        ceiling=top,
        other_modes={mode: _other_mode(agreed, model, said) for mode, said in study.other_modes.items()},
        self_agreement=self_agreement(study.repeats) if study.repeats else None,
        prevalence=features_related(study, agreed, model),
        focus=focus_on_model(study, agreed.labels, model),
        focus_ended=file_has_changed(study, model),
        headline=headline,
        detail=detail,
        fingerprint=fingerprint(study, model.sha256),
        join_key=model.join_key,
        rows=_rows(study.sample.items, agreed, model),
    )


def dropped_labels(agreed: Consensus, model: ModelLabels) -> dict[str, int]:
    """Return the model's labels that are neither of the two, on items with a consensus: label -> items.

    The commonest comes first, equals by name.
    """
    names = Counter(model.labels[row] for row in agreed.labels if row in model.labels)
    return dict(sorted(((n, k) for n, k in names.items() if n not in LABELS), key=lambda x: (-x[1], x[0])))


def alpha_of(study: Study) -> Estimate:
    """Return Krippendorff's alpha of the people."""
    rows = {row: place for place, row in enumerate(sorted({r for g in study.labels.values() for r in g}))}
    ratings = np.full((len(rows), len(study.labels)), np.nan)
    for column, who in enumerate(sorted(study.labels)):
        for row, label in study.labels[who].items():
            ratings[rows[row], column] = label == RELATED
    return alpha(ratings)


def _ceiling(study: Study, agreed: Consensus, model: ModelLabels) -> Ceiling | None:
    if len(study.labels) < 2:
        return None
    usable = {row: vote for row, vote in agreed.votes.items() if model.labels.get(row) in LABELS}
    related, people = np.array(list(usable.values()), dtype=np.int64).reshape(-1, 2).T
    judged = np.array([model.labels[row] == RELATED for row in usable], dtype=np.int64)
    kappas = pooled_kappas(related, people, judged)
    stands = verdict(kappas.difference, kappas.items, len(study.sample.items))
    return Ceiling(kappas, alpha_of(study), stands)


def _labeler(who: str, labels: Mapping[int, str], model: ModelLabels) -> LabelerFigures:
    # Values alone: a bootstrap for each of 300 labelers would take longer than all else.
    table = count(labels, model.labels)
    cells = np.array([table.tp, table.tn, table.fp, table.fn], dtype=float)
    values = (float(STATISTICS[name].values(cells)) for name in ("accuracy", "kappa"))
    return LabelerFigures(who, len(labels), *(None if np.isnan(value) else value for value in values))


def _other_mode(agreed: Consensus, model: ModelLabels, said: Mapping[int, str]) -> OtherMode:
    counts = []
    for people, judged in ((NOT_RELATED, RELATED), (RELATED, NOT_RELATED)):
        wrong = [r for r, label in agreed.labels.items() if label == people and model.labels.get(r) == judged]
        labels = [said[row] for row in wrong if row in said]
        counts += [labels.count(RELATED), len(labels)]
    return OtherMode(*counts)


def _rows(items: tuple[Item, ...], agreed: Consensus, model: ModelLabels) -> tuple[MergedRow, ...]:
    by_index = model.join_key == "feature_index"
    return tuple(
        MergedRow(items[row].feature_index if by_index else items[row].feature_id, label, model.labels[row])
        for row, label in agreed.labels.items()
        if model.labels.get(row) in LABELS
    )
