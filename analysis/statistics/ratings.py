"""Several raters' labels on the same items, and the bootstrap over items that all their figures share.

Items on which every rater said the same are interchangeable, so they are kept as patterns with a count. Every
figure here is a function of sums over items, so a resample is a row of counts times a matrix.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.records import LABELS, RELATED
from analysis.statistics.confusion import STATISTICS, SYMMETRIC, Array
from analysis.statistics.estimates import DRAWS, SEED

Places = npt.NDArray[np.intp]

KINDS = ((1, 1), (0, 0), (0, 1), (1, 0))
"""What the two raters of a pair say for tp, tn, fp and fn."""
_CHEAPER_BY_INDEX = 5  # numpy draws a multinomial cell in about the time of five indices
_ONE_THREAD = 200_000  # multiplications; OpenBLAS starts threads somewhat above
_BLOCK = 4_000_000  # resampled indices held at once


@dataclass(frozen=True, slots=True)
class Ratings:
    """codes: shape (raters, patterns), 1 related, 0 not-related, -1 no label. counts: items per pattern."""

    codes: npt.NDArray[np.int8]
    counts: npt.NDArray[np.int64]

    @property
    def items(self) -> int:
        """How many items the patterns stand for."""
        return int(self.counts.sum())


def ratings(raters: Iterable[Mapping[int, str]]) -> Ratings:
    """The raters' labels (row_id -> label) as patterns; labels other than the two count as missing.

    Items that nobody labeled are not there.
    """
    given = list(raters)
    rows = {row: place for place, row in enumerate(sorted({row for one in given for row in one}))}
    codes = np.full((len(given), len(rows)), -1, dtype=np.int8)
    for rater, labels in enumerate(given):
        for row, label in labels.items():
            if label in LABELS:
                codes[rater, rows[row]] = label == RELATED
    codes = codes[:, (codes >= 0).any(axis=0)] if given else codes
    if codes.shape[1] == 0:
        return Ratings(codes, np.zeros(0, dtype=np.int64))
    patterns, counts = np.unique(codes, axis=1, return_counts=True)
    return Ratings(patterns, counts)


def resampled(data: Ratings, draws: int = DRAWS) -> Array:
    """How often each pattern comes up when as many items are drawn with replacement; shape (draws, patterns)."""
    rng = np.random.default_rng(SEED)
    items, kinds = data.items, len(data.counts)
    if items == 0:
        return np.zeros((draws, kinds))
    if items > _CHEAPER_BY_INDEX * kinds:
        return rng.multinomial(items, data.counts / items, size=draws).astype(float)
    pattern_of = np.repeat(np.arange(kinds), data.counts)
    out = np.empty((draws, kinds))
    step = max(1, _BLOCK // items)
    for start in range(0, draws, step):
        size = min(step, draws - start)
        drawn = pattern_of[rng.integers(0, items, (size, items))] + kinds * np.arange(size)[:, None]
        out[start : start + size] = np.bincount(drawn.ravel(), minlength=size * kinds).reshape(size, kinds)
    return out


def pair_cells(data: Ratings, first: Places, second: Places, weights: Array) -> Array:
    """The four counts of each pair of raters on the items that both labeled, for each resample.

    first, second: the raters of each pair, the first taken as the true one. weights: how often each pattern
    counts, shape (draws, patterns). Returned shape (draws, pairs, 4), the last axis being tp, tn, fp, fn.
    """
    one, other = data.codes[first], data.codes[second]
    marks = np.stack([(one == a) & (other == b) for a, b in KINDS], axis=1)
    flat = marks.reshape(len(first) * 4, -1).T.astype(float)
    return _sums(weights, flat).reshape(len(weights), len(first), 4)


def cells_of_pairs(data: Ratings, first: Places, second: Places) -> Array:
    """The four counts of each pair, as `pair_cells`, of the data as they are; shape (pairs, 4).

    By products of matrices over all raters: half a million pairs take about as long as reading their answers.
    """
    said = {code: (data.codes == code).astype(float) for code in (0, 1)}
    return np.stack([_sums(said[a] * data.counts, said[b].T)[first, second] for a, b in KINDS], axis=-1)


def pair_means(cells: Array) -> dict[str, Array]:
    """Mean over the pairs of accuracy, phi and kappa; pairs for which one is undefined do not count in it.

    cells: shape (..., pairs, 4). Returned shape (...); nan where it is undefined for all pairs.
    """
    return {name: _mean(STATISTICS[name].values(cells)) for name in SYMMETRIC}


def alpha_of(data: Ratings, weights: Array) -> Array:
    """Krippendorff's nominal alpha, shape (...) for weights of shape (..., patterns); nan where undefined.

    With two labels it is 1 - (N - 1) sum(n1 n0 / (m - 1)) / (N1 N0) over the items with m >= 2 labels, n1 of
    them related and n0 not; N1, N0 and N are the sums of n1, n0 and m. Source: K. Krippendorff (2011),
    Computing Krippendorff's alpha-reliability, section B.
    """
    yes, no = (data.codes == 1).sum(axis=0), (data.codes == 0).sum(axis=0)
    shared = yes + no >= 2
    yes, no = np.where(shared, yes, 0), np.where(shared, no, 0)
    differing = yes * no / np.maximum(yes + no - 1, 1)
    columns = np.stack([yes, no, differing], axis=1)
    total_yes, total_no, observed = np.moveaxis(_sums(weights, columns), -1, 0)
    expected = total_yes * total_no
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(
            np.where(expected == 0, np.nan, 1 - (total_yes + total_no - 1) * observed / expected)
        )


def _sums(weights: Array, columns: Array) -> Array:
    """`weights @ columns`, in pieces too small for the linear algebra library to start threads for.

    Its threads wait busily, and would take the processor from whoever else is being served.
    """
    pieces = 1 + weights.size * columns.shape[1] // _ONE_THREAD if weights.ndim > 1 else 1
    if pieces == 1:
        return np.asarray(weights @ columns)
    return np.concatenate([piece @ columns for piece in np.array_split(weights, min(pieces, len(weights)))])


def _mean(values: Array) -> Array:
    """Mean over the last axis of what is not nan; nan where nothing is left."""
    defined = ~np.isnan(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(defined, values, 0.0).sum(axis=-1) / defined.sum(axis=-1))
