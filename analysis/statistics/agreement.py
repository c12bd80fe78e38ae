"""How the people who labeled agree with each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from analysis.records import NOT_RELATED, RELATED, Study
from analysis.statistics.basis import Basis, basis_of
from analysis.statistics.confusion import STATISTICS, count
from analysis.statistics.consensus import consensus
from analysis.statistics.estimates import Estimate, proportion, undefined
from analysis.statistics.fingerprint import fingerprint
from analysis.statistics.pooled import NO_OVERLAP
from analysis.statistics.report import alpha_of
from analysis.statistics.self_agreement import SelfAgreement, self_agreement
from analysis.statistics.verdict import agreement_sentence

MOST_IN_PAIRS = 5
"""Of so many people every pair gets a kappa; of more, each is shown against the others only."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two labelers on the items that both labeled."""

    first: str
    second: str
    items: int
    kappa: Estimate


@dataclass(frozen=True, slots=True)
class LabelerAgreement:
    """One labeler against the others.

    Attributes:
        pseudonym: Who it is.
        labels: The items that this person labeled.
        positive_rate: How often this person says related.
        with_others: How often this label is the strict majority of the others' labels, where they have one.
    """

    pseudonym: str
    labels: int
    positive_rate: Estimate
    with_others: Estimate


@dataclass(frozen=True, slots=True)
class Agreement(Basis):
    """How people agree, by blind labels alone unless `with_reviewed`.

    Attributes:
        shared: The items with labels of two or more people.
        unanimous: Those of the shared on which all say the same.
        ties: The items without a majority and without a decision.
        adjudicated: The items that an admin decided.
        people: How many labeled.
        labelers: Each person of whom figures may be told alone (`Study.told_alone`), by pseudonym.
        pairs: Every two people, in order; empty with more than `MOST_IN_PAIRS`.
        alpha: Krippendorff's (nominal).
        self_agreement: How people agree with themselves, by hidden repeats.
        headline, detail: What it comes to, and whether that is enough; `detail` may be empty.
        fingerprint: Of the sample and the labels.
    """

    shared: int
    unanimous: int
    ties: int
    adjudicated: int
    people: int
    labelers: tuple[LabelerAgreement, ...]
    pairs: tuple[Pair, ...]
    alpha: Estimate
    self_agreement: SelfAgreement
    headline: str
    detail: str
    fingerprint: str

    def busiest(self, most: int) -> list[LabelerAgreement]:
        """Return the `most` labelers who labeled most, by pseudonym: those whom a caption and its picture show."""
        first = sorted(self.labelers, key=lambda one: (-one.labels, one.pseudonym))[:most]
        return sorted(first, key=lambda one: one.pseudonym)


def agreement(study: Study) -> Agreement:
    """Return how the labelers agree. It never raises for want of data: figures say why they are undefined."""
    agreed = consensus(study.labels, study.adjudicated)
    given = agreed.votes
    shared = [vote for vote in given.values() if vote[1] >= 2]
    unanimous = sum(related in (0, people) for related, people in shared)
    alpha = alpha_of(study)
    headline, detail = agreement_sentence(unanimous, len(shared), alpha)
    who = sorted(filter(study.told_alone, study.labels))
    pairs = combinations(who if len(who) <= MOST_IN_PAIRS else (), 2)
    return Agreement(
        **basis_of(study, agreed),
        shared=len(shared),
        unanimous=unanimous,
        ties=len(agreed.ties),
        adjudicated=len(agreed.adjudicated),
        people=len(study.labels),
        labelers=tuple(_labeler(one, study.labels[one], given) for one in who),
        pairs=tuple(_pair(a, study.labels[a], b, study.labels[b]) for a, b in pairs),
        alpha=alpha,
        self_agreement=self_agreement(study.repeats),
        headline=headline,
        detail=detail,
        fingerprint=fingerprint(study),
    )


def _labeler(who: str, own: Mapping[int, str], given: Mapping[int, tuple[int, int]]) -> LabelerAgreement:
    others = {}
    for row, label in own.items():
        related, people = given[row]
        lead = 2 * (related - (label == RELATED)) - (people - 1)
        if lead:
            others[row] = RELATED if lead > 0 else NOT_RELATED
    same = sum(own[row] == label for row, label in others.items())
    return LabelerAgreement(
        who,
        len(own),
        proportion(sum(label == RELATED for label in own.values()), len(own)),
        proportion(same, len(others), "nobody else labeled the same items"),
    )


def _pair(first: str, a: Mapping[int, str], second: str, b: Mapping[int, str]) -> Pair:
    table = count(a, b)
    kappa = STATISTICS["kappa"].of(table, first, second)
    return Pair(first, second, table.n, kappa if table.n else undefined(NO_OVERLAP))
