"""What every report rests on: how much of the sample is labeled, and which answers count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from analysis.records import Study
from analysis.statistics.consensus import Consensus


@dataclass(frozen=True, slots=True)
class Basis:
    """What a report rests on, by blind labels alone unless `with_reviewed`.

    Attributes:
        mode: The question.
        sample_size: The items that are planned to be labeled.
        grown_from: As in `Sample`.
        labeled: The items with any label.
        consensus: What counts for each item; its ties are left out.
        marked: As in `Study`.
        with_reviewed: Whether marked answers are counted.
        guide_versions: The versions of the guide under which the labels were given.
    """

    mode: str
    sample_size: int
    grown_from: int | None
    labeled: int
    consensus: Consensus
    marked: int
    with_reviewed: bool
    guide_versions: tuple[str, ...]


def basis_of(study: Study, agreed: Consensus) -> dict[str, Any]:
    """Return the fields of `Basis` by name, for a report that is made of them and of its own."""
    return {
        "mode": study.mode,
        "sample_size": len(study.sample.items),
        "grown_from": study.sample.grown_from,
        "labeled": agreed.labeled,
        "consensus": agreed,
        "marked": study.marked,
        "with_reviewed": study.with_reviewed,
        "guide_versions": study.guide_versions,
    }
