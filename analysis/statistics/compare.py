"""Two models against the same people's labels, on the same items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.records import LABELS, ModelLabels, Study
from analysis.statistics.basis import Basis, basis_of
from analysis.statistics.consensus import consensus
from analysis.statistics.differences import Difference, difference
from analysis.statistics.estimates import Estimate, proportion
from analysis.statistics.fingerprint import fingerprint
from analysis.statistics.focus_study import FocusOnDifference, file_has_changed, focus_on_difference
from analysis.statistics.monitored import share_done
from analysis.statistics.report import dropped_labels
from analysis.statistics.verdict import comparison_sentence


@dataclass(frozen=True, slots=True)
class ModelInComparison:
    """One of the two models.

    Attributes:
        model: Its name for people.
        accuracy: How often it is right on the common items.
        dropped: Its labels that are neither of the two, on items with a consensus: label -> items.
    """

    model: str
    accuracy: Estimate
    dropped: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Comparison(Basis):
    """Two models on the items (`samples`) that have a consensus and a usable label of each model.

    Attributes:
        first, second: The two models.
        samples: The items compared; `both_right`, `only_first`, `only_second` and `both_wrong` are its parts.
        difference: Of the accuracies, first minus second, with the interval, z and p that hold at every look.
        left_out: Items with a consensus that a model has no usable label for.
        focus: The difference over all features by the sample and focus sets together; None without a complete set.
        focus_ended: Whether the latest focus set on these two does not count because a file has changed.
        headline, detail: What it comes to, and what is open; `detail` may be empty.
        fingerprint: Of the sample, the labels and the two model files.
    """

    first: ModelInComparison
    second: ModelInComparison
    samples: int
    both_right: int
    only_first: int
    only_second: int
    both_wrong: int
    difference: Difference
    left_out: int
    focus: FocusOnDifference | None
    focus_ended: bool
    headline: str
    detail: str
    fingerprint: str


def compare_models(study: Study, a: ModelLabels, b: ModelLabels) -> Comparison:
    """Return how two models compare by the labels of a study. It never raises for want of data."""
    agreed = consensus(study.labels, study.adjudicated)
    cells = {(x, y): 0 for x in (True, False) for y in (True, False)}
    for row, label in agreed.labels.items():
        first, second = a.labels.get(row), b.labels.get(row)
        if first in LABELS and second in LABELS:
            cells[first == label, second == label] += 1
    n = sum(cells.values())
    only_a, only_b = cells[True, False], cells[False, True]
    found = difference(only_a, only_b, n, share_done(agreed.labeled, len(study.sample.items)))
    labels = sum(map(len, study.labels.values()))
    headline, detail = comparison_sentence((a.file.name, b.file.name), found, labels)
    sides = [
        ModelInComparison(
            model.file.name,
            proportion(cells[True, True] + only, n),
            dropped_labels(agreed, model),
        )
        for model, only in ((a, only_a), (b, only_b))
    ]
    return Comparison(
        **basis_of(study, agreed),
        first=sides[0],
        second=sides[1],
        samples=n,
        both_right=cells[True, True],
        only_first=only_a,
        only_second=only_b,
        both_wrong=cells[False, False],
        difference=found,
        left_out=len(agreed.labels) - n,
        focus=focus_on_difference(study, agreed.labels, a, b),
        focus_ended=file_has_changed(study, a, b),
        headline=headline,
        detail=detail,
        fingerprint=fingerprint(study, a.sha256, b.sha256),
    )
