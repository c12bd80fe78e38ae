"""Labels where they matter: a second sample drawn by a model's labels, and what it tells together with the first.

A plain sample of 300 holds few features that a model calls related, so precision is known badly. A focus set draws as
many from the model's related as from its not-related features; or, for two models, from the features on which they
differ. Such a set is no picture of the base file: counted plainly, a recall of 0.80 would read 0.94. So every figure
here is put together from the two strata with their known shares of the base file, W_related and W_not_related. The
figures are valid for these models alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.statistics.estimates import DRAWS, SEED, Estimate, from_draws, proportion, undefined

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

NONE_LABELED = "no labeled item among the model's {label} features"
NEVER_RELATED = "the model calls no feature related"
NO_FEATURES = "the model labels no feature usably"
ALWAYS_ONE_LABEL = "the model uses one label only"
NONE_RELATED = "no item is related"
ONE_LABEL = "all items have one label"
NONE_APART = "no labeled item among the features on which they differ"


@dataclass(frozen=True, slots=True)
class LabeledStratum:
    """The features to which a model gives one label, and what people say about some of them.

    Attributes:
        features: How many features of the base file are in it.
        items: The number of its items with a consensus, of the sample and of the focus set together.
        related: The number of those on which the consensus is related.
    """

    features: int
    items: int
    related: int


@dataclass(frozen=True, slots=True)
class FocusFigures:
    """One model on the whole base file, by the sample and the focus set together.

    Attributes:
        items: The number of labeled items behind the figures.
        precision: The share of related among the model's related features.
        recall: The share of the related features that the model finds.
        phi: The correlation of the model's labels with the people's.
        prevalence: The share of related among all features that the model labels usably.
    """

    items: int
    precision: Estimate
    recall: Estimate
    phi: Estimate
    prevalence: Estimate


def draw_for_one(
    labels: npt.ArrayLike, sampled: npt.ArrayLike, number: int, *, seed: int = SEED
) -> tuple[int, ...]:
    """Draw a focus set for one model: half from its related, half from its not-related features, in random order.

    The order is random so that nobody can guess the model's label from the fact that a card is shown.

    Args:
        labels: The model's label of each feature in file order: 1 related, 0 not-related, -1 anything else or none.
        sampled: The positions of the features in the sample, which are not drawn again.
        number: The number of features to draw; an odd one takes one more of the related.
        seed: The seed of the draw.

    Returns:
        Positions in the base file. They are fewer than `number` where a half has not as many; the other half does not
        make up for it.
    """
    import numpy as np

    codes = _without(labels, sampled)
    rng = np.random.default_rng(seed)
    halves = []
    for code, wanted in ((1, number - number // 2), (0, number // 2)):
        there = np.flatnonzero(codes == code)
        halves.append(rng.choice(there, min(wanted, there.size), replace=False))
    return tuple(int(position) for position in rng.permutation(np.concatenate(halves)))


def draw_for_two(
    first: npt.ArrayLike, second: npt.ArrayLike, sampled: npt.ArrayLike, number: int, *, seed: int = SEED
) -> tuple[int, ...]:
    """Draw a focus set for two models: random features on which they differ.

    Args:
        first: The first model's label of each feature in file order: 1 related, 0 not-related, -1 anything else.
        second: The second model's, likewise.
        sampled: The positions of the features in the sample, which are not drawn again.
        number: The number of features to draw.
        seed: The seed of the draw.

    Returns:
        Positions in the base file in random order; fewer than `number` where the models differ on fewer features.
    """
    import numpy as np

    one, other = _without(first, sampled), _without(second, sampled)
    there = np.flatnonzero((one >= 0) & (other >= 0) & (one != other))
    drawn = np.random.default_rng(seed).choice(there, min(number, there.size), replace=False)
    return tuple(int(position) for position in drawn)


def focus_figures(
    related: LabeledStratum, not_related: LabeledStratum, *, draws: int = DRAWS
) -> FocusFigures:
    """Return one model's figures on the whole base file.

    PPV and FOR are the shares of related among the model's related and not-related features. Intervals come from
    draws of PPV and FOR from Beta(k + 0.5, n - k + 0.5), where k of n items of the stratum are related.

    Args:
        related: The features that the model calls related.
        not_related: The features that the model calls not-related.
        draws: The number of draws behind the intervals.

    Raises:
        ValueError: If a stratum's counts are impossible.
    """
    import numpy as np

    strata = (related, not_related)
    for stratum in strata:
        if not 0 <= stratum.related <= stratum.items <= stratum.features:
            raise ValueError(f"{stratum}: related, items and features must grow in this order")
    rng = np.random.default_rng(SEED)
    drawn = [rng.beta(s.related + 0.5, s.items - s.related + 0.5, draws) for s in strata]
    found = [np.array([s.related / max(1, s.items)]) for s in strata]
    values, spread = _figures(*strata, *found), _figures(*strata, *drawn)
    reasons = _reasons(related, not_related)
    estimates = (
        undefined(reason) if reason else from_draws(float(value[0]), some)
        for reason, value, some in zip(reasons, values, spread, strict=True)
    )
    return FocusFigures(related.items + not_related.items, *estimates)


def focus_difference(apart: int, population: int, only_first: int, items: int) -> Estimate:
    """Return the difference of two models' accuracies: d (2 s - 1), with Wilson's interval of s.

    Args:
        apart: The number of features of the base file on which the models differ.
        population: The number of features that both models label usably; d = apart / population is known exactly.
        only_first: The number of labeled items among those apart on which the first model is right.
        items: The number of labeled items among those apart, of the sample and of the focus set together.

    Returns:
        The first's accuracy minus the second's; undefined without a labeled item, and exactly 0 where the models
        never differ.

    Raises:
        ValueError: If the counts are impossible.
    """
    if not 0 <= only_first <= items <= apart <= population:
        raise ValueError(f"{only_first}, {items}, {apart}, {population}: must grow in this order")
    if population and apart == 0:
        return Estimate(0.0)
    share = proportion(only_first, items, NONE_APART)
    if share.value is None or share.lower is None or share.upper is None:
        return share
    value, lower, upper = (apart / population * (2 * s - 1) for s in (share.value, share.lower, share.upper))
    return Estimate(value, lower, upper)


def _without(labels: npt.ArrayLike, sampled: npt.ArrayLike) -> npt.NDArray[np.int8]:
    """Return the labels with -1 at the positions of the sample."""
    import numpy as np

    codes = np.array(labels, dtype=np.int8)
    codes[np.asarray(sampled, dtype=np.intp)] = -1
    return codes


def _figures(
    related: LabeledStratum, not_related: LabeledStratum, ppv: Array, missed: Array
) -> tuple[Array, Array, Array, Array]:
    """Return precision, recall, phi and prevalence for each PPV and FOR (`missed`), nan where undefined."""
    import numpy as np

    whole = related.features + not_related.features
    share = related.features / whole if whole else 0.0
    tp, fp, fn, tn = share * ppv, share * (1 - ppv), (1 - share) * missed, (1 - share) * (1 - missed)
    with np.errstate(divide="ignore", invalid="ignore"):
        phi = (tp * tn - fp * fn) / np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
        return ppv, tp / (tp + fn), np.clip(phi, -1.0, 1.0), tp + fn  # rounding may pass the ends


def _reasons(related: LabeledStratum, not_related: LabeledStratum) -> tuple[str | None, ...]:
    """Return why precision, recall, phi and prevalence are undefined; None where they are defined."""
    # A stratum without features has no weight, so nothing needs to be known about it.
    unknown = [
        NONE_LABELED.format(label=label)
        for label, stratum in (("related", related), ("not-related", not_related))
        if stratum.features and not stratum.items
    ]
    either = unknown[0] if unknown else None
    found, items = related.related + not_related.related, related.items + not_related.items
    no_features = NO_FEATURES if related.features + not_related.features == 0 else None
    precision = NEVER_RELATED if not related.features else NONE_LABELED.format(label="related")
    one_label = ONE_LABEL if found in (0, items) else None
    one_side = ALWAYS_ONE_LABEL if 0 in (related.features, not_related.features) else None
    return (
        no_features or (None if related.items else precision),
        no_features or either or (None if found else NONE_RELATED),
        no_features or one_side or either or one_label,
        no_features or either,
    )
