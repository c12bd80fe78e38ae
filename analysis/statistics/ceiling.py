"""How well a model agrees with people, beside how well people agree with each other.

Pair by pair: the model with each person, each person with each other person, all on the items that both of a
pair labeled, items on which people tie included. The consensus would not do as the yardstick: it leaves the ties
out, so two people agree with it, and on its items with each other, exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import krippendorff
import numpy as np

from analysis.statistics.confusion import SYMMETRIC, Array
from analysis.statistics.estimates import SEED, Estimate, from_draws, undefined
from analysis.statistics.ratings import (
    Places,
    Ratings,
    alpha_of,
    cells_of_pairs,
    pair_cells,
    pair_means,
    ratings,
    resampled,
)

MOST_PAIRS = 1000
MARGIN = 0.1
"""Kappas that surely differ by less than this are called about the same, even when they surely differ."""
FEWEST_SHARED = 50
"""Items labeled by two or more people before anything is said about how the model stands."""
NO_OVERLAP = "no two people labeled the same item"
ALL_AGREE = "all agree"
ONE_LABEL = "in every pair somebody gives one label only"
NO_MODEL_OVERLAP = "the model has no usable label on any labeled item"


class Standing(StrEnum):
    """How the model stands to the people."""

    AS_WELL = "about as well"
    LESS = "clearly less"
    BETTER = "clearly better"
    OPEN = "cannot be told yet"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Agreement among people and of a model with people, both as means over pairs.

    shared: items labeled by two or more people. pairs: pairs of people with at least one such item.
    people, model: the mean figures, intervals by bootstrap over items. alpha: Krippendorff's, over all people.
    difference: the model's kappa minus the people's, interval from the same resamples.
    """

    shared: int
    pairs: int
    people: Mapping[str, Estimate]
    model: Mapping[str, Estimate]
    alpha: Estimate
    difference: Estimate
    standing: Standing


def ceiling(people: Mapping[str, Mapping[int, str]], model: Mapping[int, str]) -> Ceiling | None:
    """The ceiling for `model` (row_id -> label); None when fewer than two people labeled anything."""
    if len(people) < 2:
        return None
    asked = {row for labels in people.values() for row in labels}
    data = ratings([*people.values(), {row: model[row] for row in asked if row in model}])
    shared, weights = _shared(data, len(people)), resampled(data)
    among, among_drawn, overlap = _pairwise(data, weights, *np.triu_indices(len(people), 1))
    everyone = np.arange(len(people))
    to_model, to_model_drawn, usable = _pairwise(data, weights, everyone, np.full_like(everyone, len(people)))
    people_figures = _figures(among, among_drawn, None if overlap else NO_OVERLAP)
    model_figures = _figures(to_model, to_model_drawn, None if usable else NO_MODEL_OVERLAP)
    value = np.asarray(to_model["kappa"] - among["kappa"])
    reason = people_figures["kappa"].reason or model_figures["kappa"].reason or ALL_AGREE
    difference = _estimate(value, to_model_drawn["kappa"] - among_drawn["kappa"], reason)
    return Ceiling(
        shared,
        overlap,
        people_figures,
        model_figures,
        alpha(_without_last(data), weights),
        difference,
        standing(difference, shared),
    )


def _pairwise(
    data: Ratings, weights: Array, first: Places, second: Places
) -> tuple[dict[str, Array], dict[str, Array], int]:
    """The mean figures of pairs of raters, the same for each resample, and how many pairs share an item.

    The means are over all pairs. Of more than MOST_PAIRS, so many (drawn with a fixed seed) stand for all in how
    the means change from resample to resample: 1,000 people are half a million pairs, 45 are 990.
    """
    cells = cells_of_pairs(data, first, second)
    sharing = np.flatnonzero(cells.sum(axis=-1))
    some = sharing if len(sharing) else np.arange(1)
    if len(some) > MOST_PAIRS:
        some = np.random.default_rng(SEED).choice(some, MOST_PAIRS, replace=False)
    means = pair_means(cells)
    drawn = pair_means(pair_cells(data, first[some], second[some], weights))
    if len(some) < len(sharing):
        off = {name: means[name] - value for name, value in pair_means(cells[some]).items()}
        drawn = {name: values + off[name] for name, values in drawn.items()}
    return means, drawn, len(sharing)


def alpha(data: Ratings, weights: Array) -> Estimate:
    """Krippendorff's alpha (nominal) of `data`, interval from the resamples `weights` (draws, patterns).

    Undefined when no item has two labels, and when all labels on such items are the same.
    """
    if _shared(data, len(data.codes)) == 0:
        return undefined(NO_OVERLAP)
    drawn = alpha_of(data, weights)
    if np.isnan(alpha_of(data, data.counts.astype(float))):
        return undefined(ALL_AGREE)
    table = np.repeat(np.where(data.codes < 0, np.nan, data.codes), data.counts, axis=1)
    value = krippendorff.alpha(table, level_of_measurement="nominal", value_domain=[0, 1])
    return from_draws(float(value), drawn)


def standing(difference: Estimate, shared: int) -> Standing:
    """What the interval of the difference of the two kappas, on `shared` items, allows to say."""
    if difference.value is None or shared < FEWEST_SHARED:
        return Standing.OPEN
    if difference.lower is None or difference.upper is None:  # no two of all raters ever differ
        return Standing.AS_WELL
    if difference.lower > -MARGIN and difference.upper < MARGIN:
        return Standing.AS_WELL
    if difference.upper < 0:
        return Standing.LESS
    return Standing.BETTER if difference.lower > 0 else Standing.OPEN


def _shared(data: Ratings, people: int) -> int:
    """Items with labels by two or more of the first `people` raters."""
    return int(data.counts[(data.codes[:people] >= 0).sum(axis=0) >= 2].sum())


def _without_last(data: Ratings) -> Ratings:
    return Ratings(data.codes[:-1], data.counts)


def _figures(values: dict[str, Array], draws: dict[str, Array], nothing: str | None) -> dict[str, Estimate]:
    """The three means as estimates; `nothing` is the reason when there is no pair at all."""
    reasons = {"phi": ONE_LABEL}
    return {
        name: _estimate(values[name], draws[name], nothing or reasons.get(name, ALL_AGREE))
        for name in SYMMETRIC
    }


def _estimate(value: Array, draws: Array, reason: str) -> Estimate:
    return undefined(reason) if np.isnan(value) else from_draws(float(value), draws)
