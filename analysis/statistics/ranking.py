"""Which of several models agree with people better, and which cannot be told apart.

With five equal models, ten unadjusted pairs make a wrong claim in 25 % of simulated studies; adjusted by Holm in 4 %.
The p of each pair holds at every look, so the ranking does, too. A model has no single rank but a rank set: as many
ranks as the labels leave open. Source of the adjustment: S. Holm (1979), A simple sequentially rejective multiple test
procedure, Scandinavian Journal of Statistics 6, 65-70.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
from statsmodels.stats.multitest import multipletests

from analysis.statistics.differences import LEVEL, p_value


@dataclass(frozen=True, slots=True)
class RankedModel:
    """One model's place among the others.

    Attributes:
        position: The model's row in what was ranked.
        right: The number of items on which it says the same as the people.
        rank_lower: 1 + the number of models that are surely better.
        rank_upper: The number of models - the number of models that are surely worse.
    """

    position: int
    right: int
    rank_lower: int
    rank_upper: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """Several models on the items that all of them label usably.

    Attributes:
        models: The models, the most accurate first; equally accurate ones in the order in which they came.
        p_values: Holm's adjusted p of each pair of positions, the smaller first; below 0.05 the two are told apart.
        bands: The largest groups of two or more places in `models` of which no two can be told apart, in order. A
            model can be in several.
    """

    models: tuple[RankedModel, ...]
    p_values: dict[tuple[int, int], float]
    bands: tuple[tuple[int, ...], ...]


def rank(right: npt.ArrayLike, done: float) -> Ranking:
    """Rank models by how often they say the same as the people.

    Args:
        right: Whether each model is right on each item, shape (models, items).
        done: The share t of the planned items that are labeled, 0 to 1.
    """
    table = np.atleast_2d(np.asarray(right, dtype=bool)).astype(np.int64)
    both, counts = table @ table.T, table.sum(axis=1)
    pairs = list(combinations(range(len(table)), 2))
    raw = [p_value(int(counts[a] - both[a, b]), int(counts[b] - both[a, b]), done) for a, b in pairs]
    holm = multipletests(raw, method="holm")[1].tolist() if raw else []
    adjusted = dict(zip(pairs, holm, strict=True))
    sure = {pair for pair, p in adjusted.items() if p < LEVEL}
    better = {(a, b) if counts[a] > counts[b] else (b, a) for a, b in sure}
    order = sorted(range(len(table)), key=lambda model: (-counts[model], model))
    models = tuple(
        RankedModel(
            model,
            int(counts[model]),
            1 + sum(worse == model for _, worse in better),
            len(table) - sum(best == model for best, _ in better),
        )
        for model in order
    )
    return Ranking(models, adjusted, _bands(order, set(pairs) - sure))


def _bands(order: Sequence[int], alike: Iterable[tuple[int, int]]) -> tuple[tuple[int, ...], ...]:
    """Return the largest groups of places in `order` in which every two models are alike, from the alike pairs.

    These are the maximal cliques of a graph (C. Bron, J. Kerbosch (1973), Communications of the ACM 16, 575-577). Not
    only neighbours in the ranking can be alike: two models that differ on few items are told apart sooner.
    """
    near: dict[int, set[int]] = {model: set() for model in order}
    for a, b in alike:
        near[a].add(b)
        near[b].add(a)
    found: list[set[int]] = []

    def grow(group: set[int], candidates: set[int], done: set[int]) -> None:
        if not candidates and not done:
            found.append(group)
            return
        pivot = max(candidates | done, key=lambda model: len(near[model] & candidates))
        for model in sorted(candidates - near[pivot]):
            grow(group | {model}, candidates & near[model], done & near[model])
            candidates = candidates - {model}
            done = done | {model}

    grow(set(), set(order), set())
    places = {model: place for place, model in enumerate(order)}
    return tuple(sorted(tuple(sorted(places[model] for model in group)) for group in found if len(group) > 1))
