"""What several people's labels amount to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.records import LABELS, NOT_RELATED, RELATED, Study


@dataclass(frozen=True, slots=True)
class Consensus:
    """The label that counts for each item.

    labels: row_id -> label, in row order. ties: rows with labels but no strict majority and no decision.
    adjudicated: rows whose label an admin decided.
    """

    labels: Mapping[int, str]
    ties: tuple[int, ...]
    adjudicated: tuple[int, ...]


def consensus(labels: Mapping[str, Mapping[int, str]], adjudicated: Mapping[int, str]) -> Consensus:
    """Strict majority of the labelers' labels on each item; a decision by an admin stands above it.

    labels: pseudonym -> row_id -> label. With one labeler this is the labeler's own. Raises ValueError for a
    label that is neither of the two.
    """
    balance: dict[int, int] = {}
    for who, given in labels.items():
        for row, label in given.items():
            if label not in LABELS:
                raise ValueError(f"{who} labels row {row} {label!r}: must be {RELATED} or {NOT_RELATED}")
            balance[row] = balance.get(row, 0) + (1 if label == RELATED else -1)
    decided = {row: RELATED if sum_ > 0 else NOT_RELATED for row, sum_ in balance.items() if sum_}
    decided.update(adjudicated)
    return Consensus(
        {row: decided[row] for row in sorted(decided)},
        tuple(sorted(row for row in balance if row not in decided)),
        tuple(sorted(adjudicated)),
    )


def used_labels(study: Study, *, leave_out_reviewed: bool = False) -> dict[str, dict[int, str]]:
    """The labels that a figure rests on, pseudonym -> row_id -> label, both in order.

    leave_out_reviewed: without the labels given after their labeler saw a model's. Who has none is absent.
    """
    kept = {}
    for who in sorted(study.labels):
        left_out = study.after_review.get(who, frozenset()) if leave_out_reviewed else frozenset()
        given = study.labels[who]
        rows = {row: given[row] for row in sorted(given) if row not in left_out}
        if rows:
            kept[who] = rows
    return kept


def reviewed_count(study: Study) -> int:
    """How many present labels were given after their labeler saw a model's."""
    return sum(len(rows & study.labels.get(who, {}).keys()) for who, rows in study.after_review.items())
