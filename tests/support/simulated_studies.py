"""Simulated studies of labelers who err on the same items, because items differ in difficulty (docs/simulations.md)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom

from analysis.statistics.differences import p_value, tango_interval
from analysis.statistics.focus import (
    FocusFigures,
    LabeledStratum,
    draw_for_one,
    draw_for_two,
    focus_difference,
    focus_figures,
)
from analysis.statistics.focus_gain import gain_for_one, half_width
from analysis.statistics.monitored import FEWEST_ITEMS, Standing, critical_value, share_done, verdict
from analysis.statistics.pooled import pooled_kappas
from analysis.statistics.prevalence import Stratum, prevalence
from analysis.statistics.ranking import rank

FEATURES = 65_344
SAMPLE_SIZE = 300
LOOKS = range(10, SAMPLE_SIZE + 1, 10)
"""Items labeled at each of 30 looks."""
CLAIMS_OF_A_DIFFERENCE = {
    Standing.LESS,
    Standing.CLEARLY_LESS,
    Standing.BETTER,
    Standing.CLEARLY_BETTER,
}


@dataclass(frozen=True, slots=True)
class World:
    """A base file. says: for each feature the probability that a labeler says related, shape (FEATURES,)."""

    says: np.ndarray

    def model(self, noise: float = 0.0) -> np.ndarray:
        """The same for a model that is a labeler like the others, and then flips its label with this probability."""
        return self.says + noise * (1 - 2 * self.says)

    def kappa_difference(self, noise: float) -> float:
        """Return the true kappa of such a model with people, minus that of people with each other."""
        model, p, q = self.model(noise), self.says.mean(), self.model(noise).mean()
        people = 1 - (self.says * (1 - self.says)).mean() / (p * (1 - p))
        return float(2 * ((self.says * model).mean() - p * q) / (p + q - 2 * p * q) - people)

    def noise_for(self, difference: float) -> float:
        """Return the noise with which the model's kappa is below the people's by this much."""
        return float(brentq(lambda noise: self.kappa_difference(noise) + difference, 0, 0.5))

    def accuracy(self, noise: float) -> float:
        """Tell how often such a model says the same as one labeler."""
        model = self.model(noise)
        return float((self.says * model + (1 - self.says) * (1 - model)).mean())


def world(prevalence: float, seed: int = 5) -> World:
    """Return a file with this share of truly related features; a labeler errs with half a Beta(0.3, 3), 0 to 0.5."""
    rng = np.random.default_rng(seed)
    related = rng.random(FEATURES) < prevalence
    errs = 0.5 * rng.beta(0.3, 3.0, FEATURES)
    return World(np.where(related, 1 - errs, errs))


def too_many(studies: int, share: float = 0.05) -> int:
    """More false claims than this are not chance: the 99.9 % point of as many as `share` allows."""
    return int(binom.ppf(0.999, studies, share))


@dataclass(frozen=True, slots=True)
class Looked:
    """What studies looked at again and again came to: how many claimed falsely, missed the truth, claimed rightly."""

    studies: int
    false_claims: int
    missed: int
    told: int

    @property
    def coverage(self) -> float:
        """The share of studies whose intervals held the truth at every look."""
        return 1 - self.missed / self.studies


def compared(studies: int, noise: float = 0.0, prevalence: float = 0.2, seed: int = 1) -> Looked:
    """Two models against one labeler at 30 looks; the second flips its label with the probability `noise`."""
    rng, file = np.random.default_rng(seed), world(prevalence)
    truth = file.accuracy(0.0) - file.accuracy(noise)
    places = rng.integers(0, FEATURES, (studies, SAMPLE_SIZE))
    labels, first, second = (
        rng.random(places.shape) < chance[places] for chance in (file.says, file.model(), file.model(noise))
    )
    only_first = ((first == labels) & (second != labels)).cumsum(axis=1)
    only_second = ((first != labels) & (second == labels)).cumsum(axis=1)
    claimed, missed = np.zeros(studies, dtype=bool), np.zeros(studies, dtype=bool)
    right = np.zeros(studies, dtype=bool)
    for items in LOOKS:
        b, c = only_first[:, items - 1].astype(float), only_second[:, items - 1].astype(float)
        done = share_done(items, SAMPLE_SIZE)
        lower, upper = tango_interval(b, c, np.full(studies, float(items)), critical_value(done))
        p = np.array([p_value(int(x), int(y), done) for x, y in zip(b, c, strict=True)])
        claimed |= (p < 0.05) & ((b < c) | (noise == 0))
        right |= (p < 0.05) & (b > c) & (noise > 0)
        missed |= (lower > truth) | (upper < truth)
    return Looked(studies, int(claimed.sum()), int(missed.sum()), int(right.sum()))


def judged(
    studies: int, people: int, answered: float, *, worse: float = 0.0, looks: range = LOOKS,
    prevalence: float = 0.2, resamples: int = 1000, seed: int = 2,
) -> Looked:  # fmt: skip
    """A model whose kappa is `worse` below the people's, judged at each look by its verdict.

    Each person answers each item with the probability `answered`; the first look is at the 50th item that two people
    answered. False is every claim of a difference when there is none, "about as well" and "better" when the model is
    worse.
    """
    rng, file = np.random.default_rng(seed), world(prevalence)
    noise = file.noise_for(worse) if worse else 0.0
    truth = file.kappa_difference(noise)
    wrong = {Standing.AS_WELL, Standing.BETTER, Standing.CLEARLY_BETTER} if worse else CLAIMS_OF_A_DIFFERENCE
    false = missed = told = 0
    for _ in range(studies):
        places = rng.integers(0, FEATURES, SAMPLE_SIZE)
        given = rng.random((SAMPLE_SIZE, people)) < answered
        said = (rng.random((SAMPLE_SIZE, people)) < file.says[places][:, None]) & given
        model = rng.random(SAMPLE_SIZE) < file.model(noise)[places]
        standings, outside = set(), False
        for items in looks:
            related, answers = said[:items].sum(axis=1), given[:items].sum(axis=1)
            if (answers >= 2).sum() < FEWEST_ITEMS:  # nothing can be claimed
                continue
            found = pooled_kappas(related, answers, model[:items], resamples=resamples)
            claim = verdict(found.difference, found.items, SAMPLE_SIZE)
            standings.add(claim.standing)
            lower, upper = claim.difference.lower, claim.difference.upper
            outside |= lower is not None and upper is not None and not lower <= truth <= upper
        false += bool(standings & wrong)
        missed += outside
        told += bool(standings - wrong - {Standing.OPEN})
    return Looked(studies, false, missed, told)


def prevalence_coverage(studies: int, truth: float, people: int, seed: int = 3) -> float:
    """Tell how often the interval of the share of related features holds what people would say of the whole file."""
    rng, file = np.random.default_rng(seed), world(truth)
    model = rng.random(FEATURES) < file.model(0.02)
    usable = rng.random(FEATURES) < 0.98
    codes = np.where(usable, model.astype(int), 2)
    features = np.bincount(codes, minlength=3)
    held = 0
    for _ in range(studies):
        places = rng.choice(FEATURES, SAMPLE_SIZE, replace=False)
        shares = rng.binomial(people, file.says[places]) / people
        strata = [
            Stratum(int(features[code]), [float(s) for s in shares[codes[places] == code]])
            for code in (1, 0, 2)
        ]
        found = prevalence(*strata).estimate
        assert found.lower is not None
        assert found.upper is not None
        held += found.lower <= file.says.mean() <= found.upper
    return held / studies


def focus_coverage(studies: int, truth: float, number: int = 100, seed: int = 4) -> dict[str, float]:
    """Tell how often each figure of a sample and a focus set together holds that of the whole file."""
    rng, file = np.random.default_rng(seed), world(truth)
    model = (rng.random(FEATURES) < file.model(0.02)).astype(int)
    whole = _figures_of_all(file.says, model)
    held = dict.fromkeys(whole, 0)
    for study in range(studies):
        sample = rng.choice(FEATURES, SAMPLE_SIZE, replace=False)
        drawn = np.array(draw_for_one(model, sample, number, seed=study))
        places = np.concatenate([sample, drawn])
        labels = rng.random(places.size) < file.says[places]
        found = _focus_of(model, places, labels)
        for name, value in whole.items():
            estimate = getattr(found, name)
            assert estimate.lower is not None
            held[name] += estimate.lower <= value <= estimate.upper
    return {name: count / studies for name, count in held.items()}


def focus_difference_coverage(studies: int, truth: float, number: int = 100, seed: int = 7) -> float:
    """How often the difference of two models by a sample and a focus set together holds that of the whole file."""
    rng, file = np.random.default_rng(seed), world(truth)
    first, second = ((rng.random(FEATURES) < file.model(noise)).astype(int) for noise in (0.02, 0.05))
    true = float((_agrees(first, file.says) - _agrees(second, file.says)).mean())
    differ = first != second
    held = 0
    for study in range(studies):
        sample = rng.choice(FEATURES, SAMPLE_SIZE, replace=False)
        drawn = np.array(draw_for_two(first, second, sample, number, seed=study))
        places = np.concatenate([sample[differ[sample]], drawn])
        labels = rng.random(places.size) < file.says[places]
        right = int((labels == (first[places] == 1)).sum())
        found = focus_difference(int(differ.sum()), FEATURES, right, places.size)
        assert found.lower is not None
        assert found.upper is not None
        held += found.lower <= true <= found.upper
    return held / studies


def focus_gains(
    studies: int, truth: float, number: int = 100, seed: int = 8
) -> dict[str, tuple[float, float]]:
    """The mean half width that was promised from the sample alone, and the mean one that came; by figure."""
    rng, file = np.random.default_rng(seed), world(truth)
    model = (rng.random(FEATURES) < file.model(0.02)).astype(int)
    promised: dict[str, list[float]] = {"precision": [], "recall": [], "phi": []}
    came: dict[str, list[float]] = {name: [] for name in promised}
    for study in range(studies):
        sample = rng.choice(FEATURES, SAMPLE_SIZE, replace=False)
        drawn = np.array(draw_for_one(model, sample, number, seed=study))
        labels = rng.random(SAMPLE_SIZE + drawn.size) < file.says[np.concatenate([sample, drawn])]
        halves = int(model[drawn].sum()), int((1 - model[drawn]).sum())
        gains = gain_for_one(*_strata(model, sample, labels[:SAMPLE_SIZE]), *halves)
        found = _focus_of(model, np.concatenate([sample, drawn]), labels)
        for name, gain in gains.items():
            half = half_width(getattr(found, name))
            if gain.then is not None and half is not None:
                promised[name].append(gain.then)
                came[name].append(half)
    return {name: (float(np.mean(promised[name])), float(np.mean(came[name]))) for name in promised}


def recall_by(
    truth: float, studies: int = 100, number: int = 200, seed: int = 9
) -> tuple[float, float, float]:
    """The true recall of a model, and its mean by weighed strata and by counting sample and focus set plainly."""
    rng, file = np.random.default_rng(seed), world(truth)
    model = (rng.random(FEATURES) < file.model(0.02)).astype(int)
    weighed, pooled = [], []
    for study in range(studies):
        sample = rng.choice(FEATURES, SAMPLE_SIZE, replace=False)
        places = np.concatenate([sample, np.array(draw_for_one(model, sample, number, seed=study))])
        labels = rng.random(places.size) < file.says[places]
        weighed.append(_focus_of(model, places, labels).recall.value)
        pooled.append((labels & (model[places] == 1)).sum() / labels.sum())
    return _figures_of_all(file.says, model)["recall"], float(np.mean(weighed)), float(np.mean(pooled))


def ranked(studies: int, models: int = 5, seed: int = 6) -> int:
    """In how many studies of equally good models, all labeled, any is ranked above another."""
    rng, file = np.random.default_rng(seed), world(0.2)
    wrong = 0
    for _ in range(studies):
        says = file.says[rng.integers(0, FEATURES, SAMPLE_SIZE)]
        labels = rng.random(SAMPLE_SIZE) < says
        right = (rng.random((models, SAMPLE_SIZE)) < says) == labels
        wrong += any(model.rank_lower > 1 for model in rank(right, 1.0).models)
    return wrong


def _focus_of(model: np.ndarray, places: np.ndarray, labels: np.ndarray) -> FocusFigures:
    return focus_figures(*_strata(model, places, labels), draws=2000)


def _strata(
    model: np.ndarray, places: np.ndarray, labels: np.ndarray
) -> tuple[LabeledStratum, LabeledStratum]:
    related, not_related = (
        LabeledStratum(
            int((model == code).sum()),
            int((model[places] == code).sum()),
            int(labels[model[places] == code].sum()),
        )
        for code in (1, 0)
    )
    return related, not_related


def _agrees(model: np.ndarray, says: np.ndarray) -> np.ndarray:
    return np.where(model == 1, says, 1 - says)


def _figures_of_all(says: np.ndarray, model: np.ndarray) -> dict[str, float]:
    tp, fn = (says * model).mean(), (says * (1 - model)).mean()
    fp, tn = model.mean() - tp, 1 - model.mean() - fn
    phi = (tp * tn - fp * fn) / np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return {"precision": tp / (tp + fp), "recall": tp / (tp + fn), "phi": phi, "prevalence": tp + fn}
