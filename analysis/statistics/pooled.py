"""People and a model on the same footing: how well people agree with each other, and how well the model with them.

Both kappas are pooled over people on the items that two or more people and the model label. The mean over pairs of
people would not do: where each labels a small part, most pairs share few items, and it called a model that is just as
good "clearly better" in 14 to 34 % of simulated studies. The consensus would not do either: it drops the ties.

Intervals come from a bootstrap over items. Resampling few items with few positives alone is too sure of itself: what
was not seen cannot be drawn. So each place of a resample is, with probability c / (n + c), a coin item: it has as many
people as a drawn item has, and they and the model flip fair coins. That generalises the half item that is added to
each cell of a table. With c = 4 the interval of the difference covers the truth in 92 to 100 % of simulated studies,
without coin items in as few as 51 %.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.statistics.estimates import DRAWS, SEED, Estimate, from_draws, undefined

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

COIN_ITEMS = 4
"""c for the kappas and their difference."""
ALPHA_COIN_ITEMS = 2
"""c for Krippendorff's alpha."""
NO_OVERLAP = "no two people labeled the same item"
NO_MODEL_OVERLAP = "no item has labels of two people and a usable one of the model"
ALL_AGREE = "everybody says the same on all items"
_BLOCK = 4_000_000  # counts held at once


@dataclass(frozen=True, slots=True)
class PooledKappas:
    """Agreement among people and of a model with people, on the same items.

    Attributes:
        items: The number of items with labels of two or more people and a usable label of the model.
        people: The pooled kappa of people with each other.
        model: Cohen's kappa of the model with people, each label of a person being one comparison.
        difference: `model` minus `people`, its usual 95 % interval taken from the same resamples.
    """

    items: int
    people: Estimate
    model: Estimate
    difference: Estimate


def pooled_kappas(
    related: npt.ArrayLike,
    people: npt.ArrayLike,
    model: npt.ArrayLike,
    *,
    resamples: int = DRAWS,
    seed: int = SEED,
) -> PooledKappas:
    """Return how well people agree with each other and how well the model agrees with them.

    With y of t people saying related and n = t - y not, and the model a: p = sum y / sum t; the people's kappa is
    1 - [sum 2 y n / (t - 1)] / (2 p (1 - p) sum t); the model's is Cohen's kappa of the table tp = sum y a,
    fp = sum n a, fn = sum y (1 - a), tn = sum n (1 - a).

    Args:
        related: y, the number of people who say related, for each item that the model labels usably, shape (n,).
        people: t, the number of people who label the item, shape (n,); items with fewer than two are left out.
        model: a, 1 where the model says related and 0 where it says not-related, shape (n,).
        resamples: The number of bootstrap resamples.
        seed: The seed of the resamples.

    Returns:
        The kappas and their difference. A figure is undefined where there is no item, and where all say the same.

    Raises:
        ValueError: If the shapes differ, a count is impossible, or a label of the model is neither 0 nor 1.
    """
    y, t, a = (np.asarray(values, dtype=np.int64) for values in (related, people, model))
    if not y.shape == t.shape == a.shape or y.ndim != 1:
        raise ValueError(f"shapes {y.shape}, {t.shape} and {a.shape}: must be one and the same, (items,)")
    if ((y < 0) | (y > t)).any() or ((a != 0) & (a != 1)).any():
        raise ValueError("related must lie between 0 and people, and the model's labels must be 0 or 1")
    shared = t >= 2
    y, t, a = y[shared], t[shared], a[shared]
    if t.size == 0:
        nothing = undefined(NO_MODEL_OVERLAP)
        return PooledKappas(0, nothing, nothing, nothing)
    value = _kappas(_columns(y, t, a).sum(axis=0))
    drawn = np.concatenate(
        [_kappas(sums) for sums in _resampled_sums(y, t, a, COIN_ITEMS, resamples, seed)], axis=-1
    )
    return PooledKappas(int(t.size), *map(_estimate, value, drawn))


def alpha(ratings: npt.ArrayLike, *, resamples: int = DRAWS) -> Estimate:
    """Return Krippendorff's alpha (nominal) of people, with an interval from a bootstrap with 2 coin items.

    Args:
        ratings: 1 for related, 0 for not-related, nan where the labeler gave no label, shape (items, labelers).
        resamples: The number of bootstrap resamples.

    Returns:
        Alpha over all items with two or more labels. It is undefined where there is none, and where all say the same.
    """
    import krippendorff

    table = np.asarray(ratings, dtype=float)
    given = ~np.isnan(table)
    t, y = given.sum(axis=1), np.where(given, table, 0).astype(np.int64).sum(axis=1)
    y, t = y[t >= 2], t[t >= 2]
    if t.size == 0:
        return undefined(NO_OVERLAP)
    if y.sum() in (0, t.sum()):
        return undefined(ALL_AGREE)
    value = krippendorff.alpha(value_counts=np.stack([t - y, y], axis=1), level_of_measurement="nominal")
    blocks = _resampled_sums(y, t, np.zeros_like(y), ALPHA_COIN_ITEMS, resamples, SEED)
    return from_draws(float(value), np.concatenate([_alpha(sums) for sums in blocks]))


def _columns(y: Counts, t: Counts, a: Counts) -> Array:
    """Return what is summed over items: y, t, the disagreement y n / (t - 1), y a, t a; shape (n, 5)."""
    return np.stack([y, t, y * (t - y) / (t - 1), y * a, t * a], axis=-1).astype(float)


def _kappas(sums: Array) -> Array:
    """Return the people's kappa, the model's and the difference, shape (3, ...), nan where undefined.

    Args:
        sums: Sums of `_columns`, shape (..., 5).
    """
    yes, total, apart, both_yes, model_yes = np.moveaxis(sums, -1, 0)
    p, q = yes / total, model_yes / total
    with np.errstate(divide="ignore", invalid="ignore"):
        people = np.where(p * (1 - p) == 0, np.nan, 1 - apart / (p * (1 - p) * total))
        # Cohen's kappa of two raters who say related with shares p and q: 2 (P11 - p q) / (p + q - 2 p q).
        chance = p + q - 2 * p * q
        model = np.where(chance == 0, np.nan, 2 * (both_yes / total - p * q) / chance)
    return np.stack([people, model, model - people])


def _alpha(sums: Array) -> Array:
    """Return Krippendorff's nominal alpha of two values, shape (...), nan where undefined.

    It is 1 - (N - 1) sum(y n / (t - 1)) / (N1 N0), with N labels in all, N1 of them related and N0 not. Source:
    K. Krippendorff (2011), Computing Krippendorff's alpha-reliability, section B.

    Args:
        sums: Sums of `_columns`, shape (..., 5).
    """
    yes, total, apart = np.moveaxis(sums[..., :3], -1, 0)
    expected = yes * (total - yes)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected == 0, np.nan, 1 - (total - 1) * apart / expected)


def _resampled_sums(
    y: Counts, t: Counts, a: Counts, coin_items: int, resamples: int, seed: int
) -> Iterator[Array]:
    """Yield the sums of `_columns` over each resample of n items, in blocks of shape (block, 5).

    Items with the same y, t and a are interchangeable, so a resample is a count for each kind of item.
    """
    rng = np.random.default_rng(seed)
    items = y.size
    kinds, counts = np.unique(np.stack([y, t, a], axis=1), axis=0, return_counts=True)
    columns = _columns(*kinds.T)
    block = max(1, _BLOCK // len(counts))
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        coins = rng.binomial(items, coin_items / (items + coin_items), size)
        drawn = rng.multinomial(items - coins, counts / items)
        # einsum, because matrix products start threads that take the processor from whoever is being served
        sums = np.einsum("dk,kc->dc", drawn.astype(float), columns)
        yield sums + _coin_sums(t, coins, rng)


def _coin_sums(t: Counts, coins: Counts, rng: np.random.Generator) -> Array:
    """Return the sums of `_columns` over so many coin items in each resample, shape (resamples, 5)."""
    total = int(coins.sum())
    people = rng.choice(t, total)
    columns = _columns(rng.binomial(people, 0.5), people, rng.integers(0, 2, total))
    place = np.repeat(np.arange(coins.size), coins)
    return np.stack([np.bincount(place, column, coins.size) for column in columns.T], axis=1)


def _estimate(value: np.float64, draws: Array) -> Estimate:
    return undefined(ALL_AGREE) if np.isnan(value) else from_draws(float(value), draws)
