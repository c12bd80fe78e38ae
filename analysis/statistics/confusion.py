"""Two raters' labels on the same items: the four counts, and every figure that follows from them alone.

The first rater is the one that is taken as true (people), the second the one that is judged (a model).
Related is the positive class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from typing import TYPE_CHECKING

from analysis.records import LABELS, RELATED
from analysis.statistics.estimates import DRAWS, NO_ITEMS, SEED, Estimate, from_draws, proportion, undefined

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

PEOPLE = "the consensus"
MODEL = "the model"


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often two raters said what, in items.

    tp: both said related. tn: both said not-related. fp: only the second said related. fn: only the first did.
    """

    tp: int
    tn: int
    fp: int
    fn: int

    @property
    def n(self) -> int:
        """All items."""
        return self.tp + self.tn + self.fp + self.fn


@dataclass(frozen=True, slots=True)
class Agreeing:
    """The three figures that treat both raters alike: share of equal labels, phi, Cohen's kappa."""

    accuracy: Estimate
    phi: Estimate
    kappa: Estimate


def count(truth: Mapping[int, str], judged: Mapping[int, str]) -> Confusion:
    """The four counts over the rows that both have and that `judged` labels with one of the two labels."""
    cells = {(a, b): 0 for a in (True, False) for b in (True, False)}
    for row, label in truth.items():
        other = judged.get(row)
        if other in LABELS:
            cells[label == RELATED, other == RELATED] += 1
    return Confusion(cells[True, True], cells[False, False], cells[False, True], cells[True, False])


def accuracy(table: Confusion) -> Estimate:
    """Share of items on which both say the same, with Wilson's interval."""
    return proportion(table.tp + table.tn, table.n)


def precision(table: Confusion, judged: str = MODEL) -> Estimate:
    """Share of what the second rater calls related that is related to the first, with Wilson's interval."""
    return proportion(table.tp, table.tp + table.fp, f"{judged} never says related" if table.n else NO_ITEMS)


def recall(table: Confusion, truth: str = PEOPLE) -> Estimate:
    """Share of what is related to the first rater that the second finds, with Wilson's interval."""
    return proportion(table.tp, table.tp + table.fn, f"{truth} never says related" if table.n else NO_ITEMS)


def truth_rate(table: Confusion) -> Estimate:
    """How often the first rater says related (the prevalence), with Wilson's interval."""
    return proportion(table.tp + table.fn, table.n)


def judged_rate(table: Confusion) -> Estimate:
    """How often the second rater says related, with Wilson's interval."""
    return proportion(table.tp + table.fp, table.n)


def phi(table: Confusion, truth: str = PEOPLE, judged: str = MODEL) -> Estimate:
    """Matthews' correlation: (tp tn - fp fn) / sqrt((tp+fp)(tp+fn)(tn+fp)(tn+fn)), -1 to 1.

    Undefined when a margin is 0. The interval is the bootstrap over cells of `_draws`, which covers 95-97 % in
    simulated studies of 50 to 300 items where the Fisher z interval covers 65-85 %.
    """
    tp, tn, fp, fn = table.tp, table.tn, table.fp, table.fn
    margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    if margins == 0:
        return undefined(_one_sided(table, truth, judged))
    return from_draws((tp * tn - fp * fn) / sqrt(margins), phi_of(_draws(table)))


def kappa(table: Confusion, truth: str = PEOPLE, judged: str = MODEL) -> Estimate:
    """Cohen's kappa, agreement beyond what the two rates of `related` give by chance; at most 1.

    Undefined when both only ever give one and the same label. Source: J. Cohen (1960), A coefficient of
    agreement for nominal scales, Educational and Psychological Measurement 20, 37-46. Interval as for phi.
    """
    tp, tn, fp, fn = table.tp, table.tn, table.fp, table.fn
    chance = (tp + fp) * (tp + fn) + (tn + fp) * (tn + fn)
    if table.n == 0:
        return undefined(NO_ITEMS)
    if chance == table.n**2:
        word = "related" if tp else "not-related"
        return undefined(f"{truth} and {judged} always say {word}")
    value = ((tp + tn) * table.n - chance) / (table.n**2 - chance)
    return from_draws(value, kappa_of(_draws(table)))


def f1(table: Confusion, truth: str = PEOPLE, judged: str = MODEL) -> Estimate:
    """Harmonic mean of precision and recall, 2 tp / (2 tp + fp + fn), 0 to 1; interval as for phi."""
    if table.n == 0:
        return undefined(NO_ITEMS)
    found = 2 * table.tp + table.fp + table.fn
    if found == 0:
        return undefined(f"neither {truth} nor {judged} ever says related")
    return from_draws(2 * table.tp / found, f1_of(_draws(table)))


def agreeing(table: Confusion, truth: str = PEOPLE, judged: str = MODEL) -> Agreeing:
    """Accuracy, phi and kappa of one table."""
    return Agreeing(accuracy(table), phi(table, truth, judged), kappa(table, truth, judged))


def accuracy_of(cells: Array) -> Array:
    """Accuracy of tables given as an array whose last axis is tp, tn, fp, fn; nan where undefined."""
    return _ratio(cells[..., 0] + cells[..., 1], cells.sum(axis=-1))


def phi_of(cells: Array) -> Array:
    """Phi of tables given as an array whose last axis is tp, tn, fp, fn; nan where undefined."""
    import numpy as np

    tp, tn, fp, fn = np.moveaxis(cells, -1, 0)
    return _ratio(tp * tn - fp * fn, np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))


def kappa_of(cells: Array) -> Array:
    """Cohen's kappa of tables given as an array whose last axis is tp, tn, fp, fn; nan where undefined."""
    import numpy as np

    tp, tn, fp, fn = np.moveaxis(cells, -1, 0)
    n = tp + tn + fp + fn
    chance = (tp + fp) * (tp + fn) + (tn + fp) * (tn + fn)
    return _ratio((tp + tn) * n - chance, n * n - chance)


def f1_of(cells: Array) -> Array:
    """F1 of tables given as an array whose last axis is tp, tn, fp, fn; nan where undefined."""
    import numpy as np

    tp, _, fp, fn = np.moveaxis(cells, -1, 0)
    return _ratio(2 * tp, 2 * tp + fp + fn)


def _ratio(above: Array, below: Array) -> Array:
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(below == 0, np.nan, above / below))


@lru_cache(maxsize=8)
def _draws(table: Confusion) -> Array:
    """Bootstrap over the four cells, shape (DRAWS, 4): multinomial(n, (cells + 0.5) / (n + 2)), fixed seed."""
    import numpy as np

    cells = np.array([table.tp, table.tn, table.fp, table.fn]) + 0.5
    draws = np.random.default_rng(SEED).multinomial(table.n, cells / (table.n + 2), size=DRAWS).astype(float)
    draws.flags.writeable = False  # shared by all who ask for the same table
    return draws


def _one_sided(table: Confusion, truth: str, judged: str) -> str:
    """Which rater used one label only: why phi has no value."""
    if table.n == 0:
        return NO_ITEMS
    never = [name for name, yes in ((truth, table.tp + table.fn), (judged, table.tp + table.fp)) if yes == 0]
    always = [name for name, no in ((truth, table.tn + table.fp), (judged, table.tn + table.fn)) if no == 0]
    said = [
        f"{' and '.join(names)} {how} {'says' if len(names) == 1 else 'say'} related"
        for names, how in ((never, "never"), (always, "always"))
        if names
    ]
    return ", ".join(said)
