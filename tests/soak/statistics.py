"""Long simulations behind the reports' claims (docs/simulations.md); the quick forms are in tests/analysis."""

from __future__ import annotations

from pathlib import Path

from tests.soak.promise import Check, Outcome
from tests.support.reported import compared as compared_in_reports
from tests.support.reported import reported
from tests.support.simulated_studies import (
    Looked,
    compared,
    focus_coverage,
    focus_difference_coverage,
    focus_gains,
    judged,
    prevalence_coverage,
    ranked,
    too_many,
)

STUDIES = 4000
SETTINGS = ((2, 1.0), (3, 1.0), (5, 1.0), (2, 0.6), (3, 0.5), (5, 0.3))
"""People, and the share of the items that each labels."""


def outside(shares: dict[str, float], low: float, high: float) -> int:
    """How many of the shares do not lie within these bounds."""
    return sum(not low <= share <= high for share in shares.values())


def told(shares: dict[str, float]) -> str:
    """All shares in one line, in percent."""
    return ", ".join(f"{name} {100 * share:.1f} %" for name, share in shares.items())


def comparison(folder: Path, studies: int = STUDIES) -> Outcome:
    """Two equal models, and two of which one is worse, each looked at 30 times."""
    equal, unequal = compared(studies), compared(studies, noise=0.05)
    coverage = {"equal": equal.coverage, "one worse": unequal.coverage}
    losses = max(0, equal.false_claims - too_many(studies)) + outside(coverage, 0.93, 0.99)
    figure = (
        f"{100 * equal.false_claims / studies:.1f} % false claims in {studies} studies with 30 looks; "
        f"the interval held at all of them: {told(coverage)}; a model 4 points worse was told in "
        f"{100 * unequal.told / studies:.0f} %"
    )
    return Outcome("equal models are seldom told apart, however often one looks", figure, losses)


def verdicts(folder: Path, studies: int = 600) -> Outcome:
    """A model just as good as people, judged 30 times, with 2, 3 and 5 people who label all or few items."""
    found = {_name(people, part): judged(studies, people, part) for people, part in SETTINGS}
    false = {name: one.false_claims / studies for name, one in found.items()}
    losses = sum(max(0, one.false_claims - too_many(studies)) for one in found.values())
    figure = f"false claims in {studies} studies with 30 looks: {told(false)}; {_coverage(found)}"
    return Outcome("a model just as good as people is seldom called better or worse", figure, losses)


def worse_models(folder: Path, studies: int = 200) -> Outcome:
    """A model whose kappa is 0.2 below the people's, judged from 100 items on."""
    looks = range(100, 301, 20)
    found = {
        f"{_name(people, part)}, {100 * prevalence:.0f} % related": judged(
            studies, people, part, worse=0.2, looks=looks, prevalence=prevalence
        )
        for people, part in SETTINGS
        for prevalence in (0.05, 0.2)
    }
    losses = sum(one.false_claims for one in found.values())
    right = {name: one.told / studies for name, one in found.items()}
    figure = f"{losses} in {studies * len(found)} studies; called worse in {told(right)}"
    return Outcome('a model 0.2 of kappa worse is never called "about as well"', figure, losses)


def reports(folder: Path, studies: int = 8) -> Outcome:
    """The same on the way that a report takes, read from its sentence and its JSON, at 30 looks."""
    false = contradictions = as_well = 0
    for people, part in SETTINGS:
        equal, pair = reported(studies, people, part), compared_in_reports(10 * studies, people, part)
        worse = reported(studies, people, part, worse=0.2, looks=range(100, 301, 50))
        as_well += worse.as_well_from_100_items
        contradictions += equal.contradictions + pair.contradictions + worse.contradictions
        false += max(0, equal.claims_of_a_difference - too_many(studies))
        false += max(0, pair.claims_of_a_difference - too_many(10 * studies))
    figure = (
        f"{contradictions} contradictions between sentence, interval and p; {as_well} worse models called as good; "
        f"{false} false claims too many, in {studies} studies of each of {len(SETTINGS)} settings"
    )
    return Outcome("reports say what the methods allow", figure, contradictions + as_well + false)


def prevalences(folder: Path, studies: int = STUDIES) -> Outcome:
    """The share of all features that are related, by one to three people and a model."""
    shares = {
        f"{people} at {100 * truth:.0f} %": prevalence_coverage(studies, truth, people)
        for truth in (0.03, 0.1, 0.3)
        for people in (1, 2, 3)
    }
    losses = outside(shares, 0.93, 0.99)
    return Outcome("the interval of the prevalence holds it", f"{told(shares)} of {studies}", losses)


def focus_sets(folder: Path, studies: int = 2000) -> Outcome:
    """A sample of 300 and a focus set of 100, put together by strata."""
    shares = {
        f"{name} at {100 * truth:.0f} %": share
        for truth in (0.03, 0.1, 0.3)
        for name, share in focus_coverage(studies, truth).items()
    }
    shares |= {
        f"difference at {100 * truth:.0f} %": focus_difference_coverage(studies, truth)
        for truth in (0.03, 0.1, 0.3)
    }
    losses = outside(shares, 0.92, 0.99)
    return Outcome("the intervals by focus sets hold the truth", f"{told(shares)} of {studies}", losses)


def focus_promises(folder: Path, studies: int = 500) -> Outcome:
    """What a focus set is said to bring before it is begun, beside what it brings."""
    shares = {
        f"{name} at {100 * truth:.0f} %": came / promised
        for truth in (0.03, 0.1, 0.3)
        for name, (promised, came) in focus_gains(studies, truth).items()
    }
    losses = outside(shares, 0.85, 1.15)
    return Outcome("focus sets bring what is promised, within 15 %", f"{told(shares)} of it", losses)


def rankings(folder: Path, studies: int = STUDIES) -> Outcome:
    """Five equal models in order."""
    wrong = ranked(studies)
    figure = f"{100 * wrong / studies:.1f} % of {studies} studies"
    return Outcome(
        "five equal models are seldom ranked one above another", figure, max(0, wrong - too_many(studies))
    )


def _name(people: int, answered: float) -> str:
    return f"{people} people" if answered == 1 else f"{people} people on {100 * answered:.0f} %"


def _coverage(found: dict[str, Looked]) -> str:
    return "the interval held at all looks: " + told({name: one.coverage for name, one in found.items()})


CHECKS = (
    Check(comparison),
    Check(verdicts, 1800),
    Check(worse_models, 900),
    Check(reports, 900),
    Check(prevalences, 300),
    Check(focus_sets, 600),
    Check(focus_promises, 600),
    Check(rankings),
)
