"""How the people who labeled agree with each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from analysis.records import RELATED, Study
from analysis.statistics.ceiling import NO_OVERLAP, alpha
from analysis.statistics.confusion import STATISTICS, Confusion, count
from analysis.statistics.consensus import Consensus, consensus, reviewed_count, used_labels
from analysis.statistics.estimates import Estimate, proportion, undefined
from analysis.statistics.fingerprint import fingerprint
from analysis.statistics.ratings import ratings, resampled


@dataclass(frozen=True, slots=True)
class Pair:
    """Two labelers on the items that both labeled; `table` takes the first as true."""

    first: str
    second: str
    table: Confusion
    accuracy: Estimate
    kappa: Estimate


@dataclass(frozen=True, slots=True)
class LabelerAgreement:
    """One labeler.

    labels: items labeled. positive_rate: how often the labeler says related. compared: items that the labeler
    labeled, somebody else did too, and that have a consensus; with_consensus: how often the two are the same.
    """

    pseudonym: str
    labels: int
    positive_rate: Estimate
    compared: int
    with_consensus: Estimate


@dataclass(frozen=True, slots=True)
class Agreement:
    """How people agree.

    labeled: items with any label; shared: those with two or more people's; unanimous: those of the shared on
    which all say the same; ties: without a majority; adjudicated: decided by an admin. pairs: every two
    labelers, in order. alpha: Krippendorff's (nominal). reviewed: present answers given after seeing a
    model's label.
    """

    mode: str
    sample_size: int
    labeled: int
    shared: int
    unanimous: int
    ties: int
    adjudicated: int
    labelers: tuple[LabelerAgreement, ...]
    pairs: tuple[Pair, ...]
    alpha: Estimate
    reviewed: int
    reviewed_left_out: bool
    guide_versions: tuple[str, ...]
    fingerprint: str


def agreement(study: Study, *, leave_out_reviewed: bool = False) -> Agreement:
    """How the labelers of `study` agree; never raises for want of data, figures say why they are undefined."""
    used = used_labels(study, leave_out_reviewed=leave_out_reviewed)
    agreed = consensus(used, study.adjudicated)
    by_item: dict[int, list[str]] = {}
    for given in used.values():
        for row, label in given.items():
            by_item.setdefault(row, []).append(label)
    shared = {row for row, labels in by_item.items() if len(labels) >= 2}
    data = ratings(used.values())
    return Agreement(
        mode=study.mode,
        sample_size=len(study.sample.items),
        labeled=len(by_item),
        shared=len(shared),
        unanimous=sum(1 for row in shared if len(set(by_item[row])) == 1),
        ties=len(agreed.ties),
        adjudicated=len(agreed.adjudicated),
        labelers=tuple(_labeler(who, given, agreed, shared) for who, given in used.items()),
        pairs=tuple(_pair(a, used[a], b, used[b]) for a, b in combinations(used, 2)),
        alpha=alpha(data, resampled(data)) if len(used) > 1 else undefined("fewer than two people labeled"),
        reviewed=reviewed_count(study),
        reviewed_left_out=leave_out_reviewed,
        guide_versions=study.guide_versions,
        fingerprint=fingerprint(study.sample, used, study.adjudicated),
    )


def _labeler(who: str, given: Mapping[int, str], agreed: Consensus, shared: set[int]) -> LabelerAgreement:
    compared = [row for row in given if row in shared and row in agreed.labels]
    same = sum(given[row] == agreed.labels[row] for row in compared)
    return LabelerAgreement(
        who,
        len(given),
        proportion(sum(label == RELATED for label in given.values()), len(given)),
        len(compared),
        proportion(same, len(compared), "nobody else labeled the same items"),
    )


def _pair(first: str, a: Mapping[int, str], second: str, b: Mapping[int, str]) -> Pair:
    table = count(a, b)
    if table.n == 0:
        nothing = undefined(NO_OVERLAP)
        return Pair(first, second, table, nothing, nothing)
    return Pair(
        first, second, table, *(STATISTICS[name].of(table, first, second) for name in ("accuracy", "kappa"))
    )
