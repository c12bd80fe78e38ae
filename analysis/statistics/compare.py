"""Two models against the same people's labels, on the same items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom, binomtest

from analysis.records import LABELS, ModelLabels, Study
from analysis.statistics.consensus import consensus, reviewed_count, used_labels
from analysis.statistics.estimates import DRAWS, NO_ITEMS, SEED, Estimate, from_draws, proportion, undefined
from analysis.statistics.fingerprint import fingerprint
from analysis.statistics.report import dropped_labels, stem_of
from analysis.statistics.verdict import comparison_verdict

POWER = 0.8
LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class ModelInComparison:
    """One of the two: its name, its file's stem, how often it is right on the common items, what was dropped."""

    model: str
    stem: str
    accuracy: Estimate
    dropped: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the items that have a true label and a usable one of each model (`samples`).

    both_right, only_first, only_second, both_wrong: in items, sum to `samples`. difference: of the accuracies,
    first minus second. p_value: exact McNemar; None where the two are never apart. further: items to be
    labeled besides these until McNemar would see such a difference with 80 % power; None where that is more
    than the base file has, and where no more are needed (`p_value` below 0.05, or None).
    left_out: items with a true label that a model has no usable label for. ties: items without a majority.
    """

    mode: str
    first: ModelInComparison
    second: ModelInComparison
    samples: int
    both_right: int
    only_first: int
    only_second: int
    both_wrong: int
    difference: Estimate
    p_value: float | None
    further: int | None
    labelers: int
    left_out: int
    ties: int
    reviewed: int
    reviewed_left_out: bool
    verdict: str
    fingerprint: str


def compare_models(
    study: Study, a: ModelLabels, b: ModelLabels, *, leave_out_reviewed: bool = False
) -> Comparison:
    """The two models by the labels of `study`; never raises for want of data."""
    used = used_labels(study, leave_out_reviewed=leave_out_reviewed)
    agreed = consensus(used, study.adjudicated)
    cells = {(x, y): 0 for x in (True, False) for y in (True, False)}
    for row, label in agreed.labels.items():
        first, second = a.labels.get(row), b.labels.get(row)
        if first in LABELS and second in LABELS:
            cells[first == label, second == label] += 1
    both, only_a, only_b, neither = (
        cells[k] for k in ((True, True), (True, False), (False, True), (False, False))
    )
    n = sum(cells.values())
    difference = paired_difference(only_a, only_b, n)
    p_value = mcnemar(only_a, only_b)
    further = None
    if p_value is not None and p_value >= LEVEL:
        enough = items_for_power(only_a, only_b, n, study.sample.base_count)
        further = None if enough is None else enough - n
    return Comparison(
        mode=study.mode,
        first=ModelInComparison(
            a.file.name, stem_of(a), proportion(both + only_a, n), dropped_labels(agreed, a)
        ),
        second=ModelInComparison(
            b.file.name, stem_of(b), proportion(both + only_b, n), dropped_labels(agreed, b)
        ),
        samples=n,
        both_right=both,
        only_first=only_a,
        only_second=only_b,
        both_wrong=neither,
        difference=difference,
        p_value=p_value,
        further=further,
        labelers=len(used),
        left_out=len(agreed.labels) - n,
        ties=len(agreed.ties),
        reviewed=reviewed_count(study),
        reviewed_left_out=leave_out_reviewed,
        verdict=comparison_verdict((a.file.name, b.file.name), difference, p_value, further),
        fingerprint=fingerprint(study.sample, used, study.adjudicated, a.sha256, b.sha256),
    )


def paired_difference(only_first: int, only_second: int, n: int) -> Estimate:
    """Difference of two accuracies on the same `n` items, -1 to 1, interval by bootstrap over the items."""
    if n == 0:
        return undefined(NO_ITEMS)
    shares = np.array([only_first, only_second, n - only_first - only_second]) / n
    draws = np.random.default_rng(SEED).multinomial(n, shares, size=DRAWS)
    return from_draws((only_first - only_second) / n, (draws[:, 0] - draws[:, 1]) / n)


def mcnemar(only_first: int, only_second: int) -> float | None:
    """Two-sided p of the exact McNemar test, a binomial test of the items on which only one is right.

    None where there is no such item. Source: Q. McNemar (1947), Note on the sampling error of the difference
    between correlated proportions or percentages, Psychometrika 12, 153-157.
    """
    if only_first + only_second == 0:
        return None
    return float(binomtest(only_first, only_first + only_second).pvalue)


def items_for_power(only_first: int, only_second: int, n: int, limit: int) -> int | None:
    """How many items in all the exact McNemar test needs for 80 % power, if it went on as on the first `n`.

    As on the first n: the same share of items on which only one is right, the same part of them for each.
    None when more than `limit` (the base file) would be needed.
    """
    if only_first == only_second or power(only_first, only_second, n, limit) < POWER:
        return None
    low, high = n, max(n, limit)  # the power at `low` is too small, at `high` it is enough
    while high - low > 1:
        middle = (low + high) // 2
        if power(only_first, only_second, n, middle) < POWER:
            low = middle
        else:
            high = middle
    return high


def power(only_first: int, only_second: int, n: int, items: int) -> float:
    """Chance that the exact McNemar test on `items` new items is below 0.05, at the rates seen on `n`.

    Sums over how many of the items may be such on which only one model is right.
    """
    apart = only_first + only_second
    spread = 7 * (items * apart / n * (1 - apart / n)) ** 0.5 + 1
    least, most = max(0, int(items * apart / n - spread)), min(items, int(items * apart / n + spread) + 1)
    counts = np.arange(least, most + 1)
    edge = binom.ppf(LEVEL / 2, counts, 0.5)
    edge = np.where(binom.cdf(edge, counts, 0.5) <= LEVEL / 2, edge, edge - 1)
    share = only_first / apart
    seen = binom.cdf(edge, counts, share) + binom.sf(counts - edge - 1, counts, share)
    return float((binom.pmf(counts, items, apart / n) * seen).sum())
