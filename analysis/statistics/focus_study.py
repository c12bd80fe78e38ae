"""What a study's sample and its focus sets say together, of one model or of two.

Only complete sets count: nobody may learn anything of a set before. And a set counts only for the very files it was
drawn by, which their hashes tell: its strata are those files' labels, and another version of a file has others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.records import LABELS, NOT_RELATED, RELATED, FocusSet, LabeledFocusSet, ModelLabels, Study
from analysis.statistics.consensus import consensus
from analysis.statistics.estimates import Estimate
from analysis.statistics.focus import FocusFigures, LabeledStratum, focus_difference, focus_figures

COMPLETE = "complete"
DIFFER, BOTH = "differ", "both"
"""The sizes of a set for two models: the features on which they differ, and those that both label usably."""


@dataclass(frozen=True, slots=True)
class FocusOnModel:
    """One model on all features of the base file, by the sample and its focus sets together.

    Attributes:
        kind: That of the sets.
        focus_items: The items of the sets that have a consensus.
        figures: The figures; their `items` are those of the sample and of the sets.
    """

    kind: str
    focus_items: int
    figures: FocusFigures


@dataclass(frozen=True, slots=True)
class FocusOnDifference:
    """Two models on all features of the base file, by the items on which they differ.

    Attributes:
        kind: That of the sets.
        focus_items: The items of the sets that have a consensus.
        items: Those and the items of the sample that have one and on which the models differ, together.
        difference: The first's accuracy minus the second's.
    """

    kind: str
    focus_items: int
    items: int
    difference: Estimate


def focus_on_model(study: Study, agreed: Mapping[int, str], model: ModelLabels) -> FocusOnModel | None:
    """Return one model's figures by the sample and its complete focus sets; None without such a set.

    Args:
        study: What people said, with the focus sets.
        agreed: row_id -> the consensus on the sample.
        model: The model's labels of the sample.
    """
    sets = _counting(study, model.sha256)
    if not sets:
        return None
    more = said_in_sets(study, model)
    related, not_related = labeled_strata(sets[-1].drawn.sizes, agreed, model.labels, more)
    return FocusOnModel(sets[-1].drawn.kind, len(more), focus_figures(related, not_related))


def labeled_strata(
    sizes: Mapping[str, int],
    agreed: Mapping[int, str],
    judged: Mapping[int, str],
    more: Sequence[tuple[str, str]] = (),
) -> tuple[LabeledStratum, LabeledStratum]:
    """Return a model's related and its not-related features, with what people say of some.

    Args:
        sizes: How many features of the base file the model calls `related` and `not-related`.
        agreed: row_id -> the consensus on the sample.
        judged: row_id -> the model's label on the sample.
        more: The stratum and the consensus of each item of focus sets.
    """
    said = [(judged[row], label) for row, label in agreed.items() if judged.get(row) in LABELS]
    people = {stratum: [label for s, label in (*said, *more) if s == stratum] for stratum in LABELS}
    related, not_related = (
        LabeledStratum(sizes[stratum], len(people[stratum]), people[stratum].count(RELATED))
        for stratum in (RELATED, NOT_RELATED)
    )
    return related, not_related


def focus_on_difference(
    study: Study, agreed: Mapping[int, str], a: ModelLabels, b: ModelLabels
) -> FocusOnDifference | None:
    """Return the difference of two models by the sample and their complete focus sets; None without such a set.

    Args:
        study: What people said, with the focus sets.
        agreed: row_id -> the consensus on the sample.
        a, b: The labels of the first and of the second model.
    """
    sets = _counting(study, a.sha256, b.sha256) + _counting(study, b.sha256, a.sha256)
    if not sets:
        return None
    in_sets = right_in_sets(study, a, b)
    right = right_of_first(agreed, a.labels, b.labels) + in_sets
    sizes = sets[-1].drawn.sizes
    found = focus_difference(sizes[DIFFER], sizes[BOTH], sum(right), len(right))
    return FocusOnDifference(sets[-1].drawn.kind, len(in_sets), len(right), found)


def right_of_first(agreed: Mapping[int, str], a: Mapping[int, str], b: Mapping[int, str]) -> list[bool]:
    """Return for each item of the sample on which two models differ whether the first is right.

    Args:
        agreed: row_id -> the consensus.
        a, b: row_id -> the label of the first and of the second model.
    """
    return [a[row] == label for row, label in agreed.items() if {a.get(row), b.get(row)} == set(LABELS)]


def said_in_sets(study: Study, model: ModelLabels) -> list[tuple[str, str]]:
    """Return the stratum and the consensus of each item of a model's complete focus sets."""
    return [said for drawn in _counting(study, model.sha256) for said in _said(study, drawn)]


def right_in_sets(study: Study, a: ModelLabels, b: ModelLabels) -> list[bool]:
    """Return for each item of two models' complete focus sets whether the first model is right."""
    straight, turned = _counting(study, a.sha256, b.sha256), _counting(study, b.sha256, a.sha256)
    right = [stratum == label for drawn in straight for stratum, label in _said(study, drawn)]
    return right + [stratum != label for drawn in turned for stratum, label in _said(study, drawn)]


def file_has_changed(study: Study, *models: ModelLabels) -> bool:
    """Tell whether a model's file has changed since the focus set on these models: the active or else the latest."""
    names = sorted(model.file.name for model in models)
    sets = [one for one in study.focus if sorted(one.drawn.models) == names and one.state != "off"]
    if not sets:
        return False
    drawn = next((one for one in sets if one.state == "active"), sets[-1]).drawn
    now = {model.file.name: model.sha256 for model in models}
    return any(now[n] != sha256 for n, sha256 in zip(drawn.models, drawn.sha256, strict=True))


def same_files(drawn: FocusSet, sha256: Sequence[str]) -> bool:
    """Tell whether a set was drawn by the files with these hashes, in any order."""
    return sorted(drawn.sha256) == sorted(sha256)


def _counting(study: Study, *sha256: str) -> list[LabeledFocusSet]:
    """Return the complete sets that were drawn by these very files, in this order."""
    return [
        one
        for one in study.focus
        if one.state == COMPLETE
        and one.labels  # else everybody who labeled it was forgotten
        and one.drawn.sha256 == sha256
        and one.drawn.sample.base_count == study.sample.base_count
    ]


def _said(study: Study, one: LabeledFocusSet) -> list[tuple[str, str]]:
    """Return the stratum and the consensus of each item of a set that has one.

    A sample that has grown since may have taken in an item of the set: then it counts there.
    """
    return [
        (one.drawn.strata[row], label)
        for row, label in consensus(one.labels, {}).labels.items()
        if one.drawn.positions[row] >= len(study.sample.items)
    ]
