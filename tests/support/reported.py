"""Simulated studies on the way that a report takes: labels of people and models -> the report, its sentence, its JSON.

The people and models are those of `tests.support.simulated_studies`; here they go through `build_report` and
`compare_models` as the bot's worker calls them, and what is said is read from the sentence and the JSON alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from analysis.output.metrics import comparison_record, metrics_record
from analysis.records import ModelLabels, Study
from analysis.statistics.compare import compare_models
from analysis.statistics.report import build_report
from bot.views.report_lines import plain
from bot.views.report_text import comparison_caption, report_caption
from tests.support import studies as made_up
from tests.support.simulated_studies import FEATURES, LOOKS, SAMPLE_SIZE, World, world

AS_WELL = "about as well as people agree"
CLAIMS_OF_A_DIFFERENCE = ("less than people agree", "better than people agree")


@dataclass
class Said:
    """What the reports of some studies said. Each number counts studies; contradictions count reports."""

    studies: int = 0
    claims_of_a_difference: int = 0
    as_well_from_100_items: int = 0
    contradictions: int = 0


def reported(studies: int, people: int, answered: float, *, worse: float = 0.0, looks: Iterable[int] = LOOKS,
             seed: int = 8) -> Said:  # fmt: skip
    """Report on a model that is as good as the people, or `worse` by so much of kappa, at each look.

    Each person answers each item with the probability `answered`.
    """
    said = Said(studies)
    for rng in _each(studies, seed):
        labels, (model,) = _drawn(rng, people, answered, (worse,))
        claimed = as_well = False
        for items in looks:
            study, judged = _so_far(labels, model, items)
            report = build_report(study, judged)
            record = metrics_record(report, timestamp="", human_labels="", model_classifications="")
            sentence = plain(report_caption(report)).splitlines()[0]
            claimed |= any(claim in sentence for claim in CLAIMS_OF_A_DIFFERENCE)
            as_well |= items >= 100 and AS_WELL in sentence
            said.contradictions += sentence != record["verdict"] or not _stands(
                sentence, record["between_humans"]
            )
        said.claims_of_a_difference += claimed
        said.as_well_from_100_items += as_well
    return said


def compared(studies: int, people: int, answered: float, looks: Iterable[int] = LOOKS, seed: int = 9) -> Said:
    """Compare two models that are equally good, at each look."""
    said = Said(studies)
    for rng in _each(studies, seed):
        labels, (first, second) = _drawn(rng, people, answered, (0.0, 0.0))
        claimed = False
        for items in looks:
            study, one = _so_far(labels, first, items)
            _, other = _so_far(labels, second, items, "gemini")
            found = compare_models(study, one, other)
            record = comparison_record(found, timestamp="")
            sentence = plain(comparison_caption(found)).splitlines()[0]
            claims = "more often than" in sentence
            claimed |= claims
            p, low, high = record["p_value"], record["difference_ci_lower"], record["difference_ci_upper"]
            known = p is not None and low is not None
            leaves_0_out = known and (low > 0 or high < 0)
            said.contradictions += sentence != record["verdict"] or claims != leaves_0_out
            said.contradictions += known and claims != (p < 0.05)
        said.claims_of_a_difference += claimed
    return said


@cache
def _file() -> World:
    return world(0.2)


@cache
def _noise(worse: float) -> float:
    return _file().noise_for(worse) if worse else 0.0


def _each(studies: int, seed: int) -> Iterator[np.random.Generator]:
    return (np.random.default_rng([seed, number]) for number in range(studies))


def _drawn(
    rng: np.random.Generator, people: int, answered: float, worse: Iterable[float]
) -> tuple[list[list[bool | None]], list[list[bool]]]:
    """The people's labels of a sample, None where one gave none, and those of the models."""
    file = _file()
    places = rng.integers(0, FEATURES, SAMPLE_SIZE)
    given = rng.random((people, SAMPLE_SIZE)) < answered
    told = rng.random((people, SAMPLE_SIZE)) < file.says[places]
    models = [rng.random(SAMPLE_SIZE) < file.model(_noise(w))[places] for w in worse]
    labels = [
        [bool(yes) if gave else None for yes, gave in zip(*one, strict=True)]
        for one in zip(told, given, strict=True)
    ]
    return labels, [[bool(yes) for yes in model] for model in models]


def _so_far(
    labels: list[list[bool | None]], model: list[bool], items: int, name: str = "deepseek"
) -> tuple[Study, ModelLabels]:
    """The study and the model's file when the first `items` of the sample are labeled."""
    people = [made_up.labels(one[:items]) for one in labels]
    return made_up.study(*people, size=SAMPLE_SIZE), made_up.model(made_up.labels(model), name)


def _stands(sentence: str, between: dict[str, Any]) -> bool:
    """Whether the sentence claims just what the interval in the JSON allows."""
    low, high = between["difference_ci_lower"], between["difference_ci_upper"]
    if low is None or high is None or between["items"] < 50:
        return not any(claim in sentence for claim in (AS_WELL, *CLAIMS_OF_A_DIFFERENCE))
    if AS_WELL in sentence:
        return bool(low >= -0.1 and high <= 0.1)
    if "less than people agree" in sentence:
        return bool(high < 0) and ("clearly" in sentence) == (high < -0.1)
    if "better than people agree" in sentence:
        return bool(low > 0) and ("clearly" in sentence) == (low > 0.1)
    return bool(low <= 0 <= high) and not (low >= -0.1 and high <= 0.1)
