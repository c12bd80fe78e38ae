"""The plain frozen records that the rest of the program speaks in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

RELATED = "related"
NOT_RELATED = "not-related"
LABELS = (RELATED, NOT_RELATED)


def labels_naming(mode: str) -> dict[str, str]:
    """Return the two labels by what files with the mode's name in their labels write, such as `alignment-related`."""
    return {f"{mode}-related": RELATED, f"not-{mode}-related": NOT_RELATED}


@dataclass(frozen=True, slots=True)
class Item:
    """One feature of a sample.

    row_id: place in the sample, from 0. feature_index: whole number, None where the base file gives none.
    feature_id, description: as the base file has them, None where it has none (or null). model_id, layer: the record's
    `modelId` and `layer`; they tell where the feature is from, and are no part of what the item is.
    """

    row_id: int
    feature_index: int | None
    feature_id: str | int | None
    description: str | None
    model_id: str | None = field(default=None, compare=False)
    layer: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Sample:
    """The items drawn from a base file.

    stem: what all that is made of the base file is named after, as `stem_of` gives it. seed: of the draw.
    base_count: records in the base file. items: in the order drawn, `items[i].row_id == i`. grown_from: how many items
    there were when the first labels were given; None where that is as many as now.
    """

    stem: str
    seed: int
    base_count: int
    items: tuple[Item, ...]
    grown_from: int | None = field(default=None, compare=False)

    def digest(self, size: int | None = None) -> str:
        """SHA-256 (64 hex digits) of the first `size` items (all of them when None)."""
        rows = [[i.row_id, i.feature_index, i.feature_id, i.description] for i in self.items[:size]]
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class FocusSet:
    """A second sample, drawn by the labels of one model, or from the features on which two models differ.

    Attributes:
        mode: The question.
        models: The model or the two models, by the names that people see.
        sha256: Of the bytes of each model's classification file, in the same order.
        base_sha256: Of the base file, or of a folder's files one after the other.
        sizes: How many features of the base file there are. One model: those that it calls `related` and
            `not-related`. Two models: those on which they `differ`, and those that `both` label usably.
        sample: The items in the order in which people get them, with the seed of the draw.
        positions: The place of each item in the seeded order of the base file; the sample is that order's beginning.
        strata: The first model's label of each item.
        name: Names its files, such as `<stem>_focus-1`; empty until the set is kept.
    """

    mode: str
    models: tuple[str, ...]
    sha256: tuple[str, ...]
    base_sha256: str
    sizes: Mapping[str, int]
    sample: Sample
    positions: tuple[int, ...]
    strata: tuple[str, ...]
    name: str = ""

    @property
    def kind(self) -> str:
        """`one model` or `two models`."""
        return "one model" if len(self.models) == 1 else "two models"

    def digest(self) -> str:
        """SHA-256 (64 hex digits) of everything but the name."""
        told = [self.mode, self.models, self.sha256, self.base_sha256, sorted(self.sizes.items())]
        drawn = [self.sample.seed, self.sample.base_count, self.sample.digest(), self.positions, self.strata]
        return hashlib.sha256(json.dumps([told, drawn]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class LabeledFocusSet:
    """A focus set with what people said.

    Attributes:
        drawn: The set.
        state: `active`, `off`, `complete` or `ended`.
        labels: pseudonym -> row_id -> label; empty unless the set is complete, because nobody may learn anything of
            a set before.
    """

    drawn: FocusSet
    state: str
    labels: Mapping[str, Mapping[int, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Study:
    """What people said about a sample in one mode.

    Attributes:
        sample: The items; so many are planned to be labeled.
        mode: The question.
        labels: pseudonym -> row_id -> blind label, the last that was given before its labeler saw a model's label
            for the item. A labeler without one is absent.
        adjudicated: row_id -> label decided by an admin without a model's label in view; it is the consensus there.
        labels_with_reviewed: As `labels`, with marked answers in place of the blind ones. Marked are answers given
            after seeing a model's label, and corrections after a report was out.
        adjudicated_with_reviewed: As `adjudicated`, with the decisions taken in view of a model's label.
        marked: How many labels have a marked answer in place of the blind one; marked decisions are not counted.
        guide_versions: The versions of the guide under which `labels` were given, sorted; several are mixed.
        other_modes: mode -> row_id -> the consensus of the same people on the same items in another mode.
        repeats: The first and the second label of each hidden repeat.
        focus: The focus sets of this mode, oldest first.
        fingerprint_key: A secret of the database, so that labels cannot be guessed from a fingerprint.
        with_reviewed: Whether `labels` and `adjudicated` hold marked answers, as `counting_reviewed` gives them.
        stepwise: Whether reports show the labels in steps of several answers. Then nothing may be told of a labeler
            alone who has not finished: a step of many people may hold one answer of theirs.
    """

    sample: Sample
    mode: str
    labels: Mapping[str, Mapping[int, str]]
    adjudicated: Mapping[int, str] = field(default_factory=dict)
    labels_with_reviewed: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    adjudicated_with_reviewed: Mapping[int, str] = field(default_factory=dict)
    marked: int = 0
    guide_versions: tuple[str, ...] = ()
    other_modes: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    repeats: tuple[tuple[str, str], ...] = ()
    focus: tuple[LabeledFocusSet, ...] = ()
    fingerprint_key: bytes = field(default=b"", repr=False)
    with_reviewed: bool = False
    stepwise: bool = False

    def told_alone(self, who: str) -> bool:
        """Whether figures may be told of one labeler alone."""
        return not self.stepwise or len(self.labels[who]) >= len(self.sample.items)

    def counting_reviewed(self) -> Study:
        """The same study with marked answers in place of the blind ones."""
        labels, decided = self.labels_with_reviewed, self.adjudicated_with_reviewed
        return replace(self, labels=labels, adjudicated=decided, with_reviewed=True)


@dataclass(frozen=True, slots=True)
class ClassificationFile:
    """A model's classification file found in a folder, not read yet.

    path: as found. model: the part of the name after `<stem>_<mode>_classified_`. name: what people see and
    type: the model, with its folder in front (`gemma-2-2b/deepseek`) where two files share a model.
    """

    path: Path
    mode: str
    model: str
    name: str


@dataclass(frozen=True, slots=True)
class ModelLabels:
    """What a model's classification file says of a sample's items.

    labels: row_id -> the label as the file has it, which may be neither of the two (`api-error`).
    unmatched: rows that have a key but are not in the file. without_key: rows with neither index nor id.
    join_key: `feature_index`, or `feature_id` when the index could not serve. sha256: of the file's bytes.
    other_description: rows that the file gives another description; their label is not among `labels`.
    related_features, not_related_features: how many features of the base file have this label in the whole file;
        None where that was not counted.
    """

    file: ClassificationFile
    labels: Mapping[int, str]
    unmatched: tuple[int, ...]
    without_key: tuple[int, ...]
    join_key: str
    sha256: str
    other_description: tuple[int, ...] = ()
    related_features: int | None = None
    not_related_features: int | None = None
