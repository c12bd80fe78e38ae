"""What several people's labels amount to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from analysis.records import LABELS, NOT_RELATED, RELATED


@dataclass(frozen=True, slots=True)
class Consensus:
    """The label that counts for each item.

    Attributes:
        labels: row_id -> label, in row order.
        ties: Rows with labels but neither a strict majority nor a decision.
        adjudicated: Rows whose label an admin decided.
        votes: row_id -> how many people say related and how many label the item, in row order.
    """

    labels: Mapping[int, str]
    ties: tuple[int, ...]
    adjudicated: tuple[int, ...]
    votes: Mapping[int, tuple[int, int]]

    @property
    def labeled(self) -> int:
        """Items with any label."""
        return len(self.labels) + len(self.ties)


def consensus(labels: Mapping[str, Mapping[int, str]], adjudicated: Mapping[int, str]) -> Consensus:
    """Return the strict majority of the labelers' labels on each item; a decision by an admin stands above it.

    Args:
        labels: pseudonym -> row_id -> label. With one labeler the consensus is the labeler's own labels.
        adjudicated: row_id -> label decided by an admin.

    Raises:
        ValueError: If a label is neither of the two.
    """
    given = votes(labels)
    majority = {
        row: RELATED if 2 * yes > n else NOT_RELATED for row, (yes, n) in given.items() if 2 * yes != n
    }
    decided = {**majority, **adjudicated}
    ties = tuple(row for row in given if row not in decided)
    return Consensus({row: decided[row] for row in sorted(decided)}, ties, tuple(sorted(adjudicated)), given)


def votes(labels: Mapping[str, Mapping[int, str]]) -> dict[int, tuple[int, int]]:
    """Return row_id -> how many people say related and how many label the item, in row order.

    Raises:
        ValueError: If a label is neither of the two.
    """
    people: Counter[int] = Counter()
    related: Counter[int] = Counter()
    for who, given in labels.items():
        for row, label in given.items():
            if label not in LABELS:
                raise ValueError(f"{who} labels row {row} {label!r}: must be {RELATED} or {NOT_RELATED}")
        people.update(given.keys())
        related.update(row for row, label in given.items() if label == RELATED)
    return {row: (related[row], people[row]) for row in sorted(people)}
