"""All models of a mode on the same items: which is best, and which cannot be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.names import tidy
from analysis.records import LABELS, ModelLabels, Study
from analysis.statistics.basis import Basis, basis_of
from analysis.statistics.confusion import STATISTICS, count
from analysis.statistics.consensus import consensus
from analysis.statistics.estimates import Estimate
from analysis.statistics.fingerprint import fingerprint
from analysis.statistics.monitored import share_done
from analysis.statistics.ranking import rank
from analysis.statistics.verdict import NAME_UNITS, part_of_items

NO_USABLE_LABEL = "no usable label on the labeled items"


@dataclass(frozen=True, slots=True)
class ModelInRanking:
    """One model on the common items.

    Attributes:
        model: Its name for people.
        right: The items on which it says the same as the people.
        accuracy, kappa: Against the consensus, with their usual 95 % intervals.
        rank_lower, rank_upper: The ranks that the labels leave open.
    """

    model: str
    right: int
    accuracy: Estimate
    kappa: Estimate
    rank_lower: int
    rank_upper: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A model that is not ranked: its name for people, and why in a few words."""

    model: str
    reason: str


@dataclass(frozen=True, slots=True)
class Models(Basis):
    """Several models on the items that have a consensus and that all of them label usably.

    Attributes:
        samples: The items compared.
        models: The models, the most accurate first.
        left_out: Models that are not among them: their file could not be read, or it has no usable label on the
            labeled items, so that no item would be common to all.
        bands: As in `Ranking`.
        headline: What it comes to.
        fingerprint: Of the sample and the labels.
    """

    samples: int
    models: tuple[ModelInRanking, ...]
    left_out: tuple[LeftOut, ...]
    bands: tuple[tuple[int, ...], ...]
    headline: str
    fingerprint: str


def rank_models(study: Study, read: Sequence[ModelLabels], unread: Sequence[LeftOut] = ()) -> Models:
    """Return the models, best first. It never raises for want of data.

    Args:
        study: What people said.
        read: The models whose files could be read.
        unread: Those whose could not; they are only told.
    """
    agreed = consensus(study.labels, study.adjudicated)
    models, left_out = [], list(unread)
    for one in read:
        # while nothing is labeled, no model is to blame
        if not agreed.labels or any(one.labels.get(row) in LABELS for row in agreed.labels):
            models.append(one)
        else:
            left_out.append(LeftOut(one.file.name, NO_USABLE_LABEL))
    rows = [row for row in agreed.labels if all(model.labels.get(row) in LABELS for model in models)]
    truth = {row: agreed.labels[row] for row in rows}
    right = np.array([[model.labels[row] == truth[row] for row in rows] for model in models], dtype=bool)
    done = share_done(agreed.labeled, len(study.sample.items))
    ranking = rank(right.reshape(len(models), len(rows)), done)
    found = []
    for place in ranking.models:
        model = models[place.position]
        table = count(truth, model.labels)
        accuracy, kappa = (STATISTICS[name].of(table) for name in ("accuracy", "kappa"))
        ranks = place.rank_lower, place.rank_upper
        found.append(ModelInRanking(model.file.name, place.right, accuracy, kappa, *ranks))
    return Models(
        **basis_of(study, agreed),
        samples=len(rows),
        models=tuple(found),
        left_out=tuple(left_out),
        bands=ranking.bands,
        headline=_headline(found, len(rows)),
        fingerprint=fingerprint(study),
    )


def _headline(models: Sequence[ModelInRanking], samples: int) -> str:
    if not models:
        return "There is no model to rank."
    if not samples:
        return "There is no labeled item that all models label, so they cannot be ranked."
    best = models[0]
    name = tidy(best.model, NAME_UNITS)
    agrees = f"{name} agrees on {part_of_items(best.right, samples)}"
    if len(models) == 1:
        return f"{agrees}; there is no other model."
    if best.rank_upper == 1:
        others = len(models) - 1
        worse = tidy(models[1].model, NAME_UNITS) if others == 1 else f"each of the {others} others"
        return f"{agrees}, more often than {worse}."
    if len(models) == 2:
        return "These labels do not tell which of the two models is better."
    maybe = sum(model.rank_lower == 1 for model in models)
    if maybe == len(models):
        return f"These labels do not tell which of the {maybe} models is best."
    return f"{maybe} of the {len(models)} models may be the best; these labels do not tell which."
