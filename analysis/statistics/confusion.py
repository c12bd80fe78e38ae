"""Two raters' labels on the same items: the four counts, and every figure that follows from them alone.

The first rater is the one that is taken as true (people), the second the one that is judged (a model). Related is
the positive class. `STATISTICS` holds one entry for each figure, from which its value, its interval and its title
follow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.records import LABELS, RELATED
from analysis.statistics.estimates import DRAWS, NO_ITEMS, SEED, Estimate, from_draws, proportion, undefined

Array = npt.NDArray[np.float64]

PEOPLE = "the consensus"
MODEL = "the model"


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often two raters said what, in items.

    Attributes:
        tp: Items that both call related.
        tn: Items that both call not-related.
        fp: Items that only the second rater calls related.
        fn: Items that only the first rater calls related.
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
class Statistic:
    """One figure of a table of four counts.

    Attributes:
        name: Its key in the metrics file.
        title: What people read.
        ratio: From tp, tn, fp, fn (whole numbers, or arrays of one shape) to the two numbers whose quotient the
            figure is. It is undefined where the second is 0.
        reason: From the table and the two raters' names to why the figure has no value.
        lowest: The smallest value that the figure can have; the largest is 1.
        is_share: Whether the two numbers of `ratio` count items, so that Wilson's interval holds. Other figures
            have a bootstrap interval over the four cells.
    """

    name: str
    title: str
    ratio: Callable[[Any, Any, Any, Any], tuple[Any, Any]]
    reason: Callable[[Confusion, str, str], str]
    lowest: float = 0.0
    is_share: bool = True

    def of(self, table: Confusion, truth: str = PEOPLE, judged: str = MODEL) -> Estimate:
        """The figure of one table with its 95 % interval.

        Args:
            table: The four counts.
            truth: What the reason for an undefined figure calls the first rater.
            judged: What it calls the second rater.
        """
        above, below = self.ratio(table.tp, table.tn, table.fp, table.fn)
        if below == 0:
            return undefined(self.reason(table, truth, judged) if table.n else NO_ITEMS)
        if self.is_share:
            return proportion(above, below)
        return from_draws(float(above / below), self.values(_draws(table)))

    def values(self, cells: Array) -> Array:
        """The figure of many tables at once.

        Args:
            cells: Counts; the last axis is tp, tn, fp, fn.

        Returns:
            One value for each table, nan where it is undefined.
        """
        above, below = self.ratio(*np.moveaxis(cells, -1, 0))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(below == 0, np.nan, above / below))


def _phi(tp: Any, tn: Any, fp: Any, fn: Any) -> tuple[Any, Any]:
    """Matthews' correlation, (tp tn - fp fn) / sqrt((tp + fp)(tp + fn)(tn + fp)(tn + fn))."""
    margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return tp * tn - fp * fn, np.sqrt(np.asarray(margins, dtype=float))


def _kappa(tp: Any, tn: Any, fp: Any, fn: Any) -> tuple[Any, Any]:
    """Agreement beyond what the two rates of `related` give by chance.

    Source: J. Cohen (1960), A coefficient of agreement for nominal scales, Educational and Psychological
    Measurement 20, 37-46.
    """
    n = tp + tn + fp + fn
    chance = (tp + fp) * (tp + fn) + (tn + fp) * (tn + fn)
    return (tp + tn) * n - chance, n * n - chance


def _one_sided(table: Confusion, truth: str, judged: str) -> str:
    """Which rater used one label only: why phi has no value."""
    never = [name for name, yes in ((truth, table.tp + table.fn), (judged, table.tp + table.fp)) if yes == 0]
    always = [name for name, no in ((truth, table.tn + table.fp), (judged, table.tn + table.fn)) if no == 0]
    said = [
        f"{' and '.join(names)} {how} {'says' if len(names) == 1 else 'say'} related"
        for names, how in ((never, "never"), (always, "always"))
        if names
    ]
    return ", ".join(said)


def _one_label(table: Confusion, truth: str, judged: str) -> str:
    return f"{truth} and {judged} always say {'related' if table.tp else 'not-related'}"


def _no_items(*_: object) -> str:
    return NO_ITEMS


_ALL = (
    Statistic("accuracy", "accuracy", lambda tp, tn, fp, fn: (tp + tn, tp + tn + fp + fn), _no_items),
    Statistic("phi", "phi", _phi, _one_sided, lowest=-1, is_share=False),
    Statistic(
        "precision",
        "precision",
        lambda tp, tn, fp, fn: (tp, tp + fp),
        lambda _, truth, judged: f"{judged} never says related",
    ),
    Statistic(
        "recall",
        "recall",
        lambda tp, tn, fp, fn: (tp, tp + fn),
        lambda _, truth, judged: f"{truth} never says related",
    ),
    Statistic(
        "f1",
        "F1",
        lambda tp, tn, fp, fn: (2 * tp, 2 * tp + fp + fn),
        lambda _, truth, judged: f"neither {truth} nor {judged} ever says related",
        is_share=False,
    ),
    Statistic("kappa", "kappa", _kappa, _one_label, lowest=-1, is_share=False),
    Statistic(
        "human_positive_rate", "people", lambda tp, tn, fp, fn: (tp + fn, tp + tn + fp + fn), _no_items
    ),
    Statistic("model_positive_rate", "model", lambda tp, tn, fp, fn: (tp + fp, tp + tn + fp + fn), _no_items),
)
STATISTICS: Mapping[str, Statistic] = {one.name: one for one in _ALL}
"""Every figure of a table by name, in the order of the metrics file."""


def count(truth: Mapping[int, str], judged: Mapping[int, str]) -> Confusion:
    """Count what two raters say of the items that both labeled.

    Args:
        truth: row_id -> label of the first rater, one of the two labels.
        judged: row_id -> label of the second rater. Items on which it is neither of the two do not count.
    """
    cells = {(a, b): 0 for a in (True, False) for b in (True, False)}
    for row, label in truth.items():
        other = judged.get(row)
        if other in LABELS:
            cells[label == RELATED, other == RELATED] += 1
    return Confusion(cells[True, True], cells[False, False], cells[False, True], cells[True, False])


def figures(table: Confusion, truth: str = PEOPLE) -> dict[str, Estimate]:
    """All figures of a table by name; `truth` is what reasons call the people."""
    return {name: one.of(table, truth) for name, one in STATISTICS.items()}


@lru_cache(maxsize=8)
def _draws(table: Confusion) -> Array:
    """Bootstrap over the four cells, shape (DRAWS, 4): multinomial(n, (cells + 0.5) / (n + 2)), fixed seed."""
    cells = np.array([table.tp, table.tn, table.fp, table.fn]) + 0.5
    draws = np.random.default_rng(SEED).multinomial(table.n, cells / (table.n + 2), size=DRAWS).astype(float)
    draws.flags.writeable = False  # shared by all who ask for the same table
    return draws
