"""The methods paragraph of a paper, with a study's own facts: a pure function of a report."""

from __future__ import annotations

from analysis.records import Sample
from analysis.statistics.estimates import Estimate
from analysis.statistics.report import Report
from bot.views.report_lines import counted, listed, number


def methods_paragraph(report: Report, sample: Sample) -> str:
    """Return a methods paragraph that can be copied into a paper.

    Args:
        report: The report on one model in one mode.
        sample: The items that were labeled, with the seed of the draw.
    """
    versions = report.guide_versions
    guide = f" under {_guides(versions)}" if versions else ""
    parts = [
        f"We drew {len(sample.items):,} of the {sample.base_count:,} features of {sample.stem} at random "
        f"(pandas DataFrame.sample, seed {sample.seed}).",
        f"{_people(len(report.labelers))} labeled {report.labeled:,} of them in the mode {report.mode!r}, each alone, "
        f"from the feature's description{guide}; nobody saw a model's label or another person's answer before "
        "answering.",
    ]
    if report.marked:
        kept = "are counted" if report.with_reviewed else "are not counted"
        parts.append(
            f"{counted(report.marked, 'answer')} given after seeing a model's label or a report {kept}."
        )
    if len(report.labelers) > 1:
        decided = len(report.consensus.adjudicated)
        also = f", {counted(decided, 'item')} decided by an adjudicator" if decided else ""
        parts.append(
            f"The consensus is the strict majority of the labels ({counted(len(report.consensus.ties), 'tie')} "
            f"without one{also})."
        )
    return " ".join([*parts, *_agreement(report), *_model(report)])


def _people(number_: int) -> str:
    return "One person" if number_ == 1 else f"{number_} people"


def _guides(versions: tuple[str, ...]) -> str:
    if len(versions) == 1:
        return f"version {versions[0]} of a written guide"
    return f"versions {listed(versions)} of a written guide"


def _agreement(report: Report) -> list[str]:
    """How people agree, and how the model stands to them."""
    if report.ceiling is None:
        return []
    said = []
    top = report.ceiling
    if top.alpha.value is not None:
        said.append(f"Krippendorff's alpha (nominal) is {number(top.alpha.value)}{_ends(top.alpha)}.")
    kappas = top.kappas
    if kappas.people.value is not None and kappas.model.value is not None:
        said.append(
            f"On the {kappas.items:,} items with labels of two or more people, the pooled kappa of people with each "
            f"other is {number(kappas.people.value)}{_ends(kappas.people)} and that of the model with people "
            f"{number(kappas.model.value)}{_ends(kappas.model)} (bootstrap over items with 4 coin items)."
        )
    return said


def _model(report: Report) -> list[str]:
    accuracy, phi = report.figures["accuracy"], report.figures["phi"]
    if accuracy.value is None:
        return []
    left = report.labeled - report.table.n
    without = f"; {left:,} labeled items were left out" if left else ""
    said = [
        f"The labels of {report.model} agree with the people's on {number(accuracy.value)}{_ends(accuracy)} of "
        f"{report.table.n:,} items (Wilson's interval{without})."
    ]
    if phi.value is not None:
        said.append(f"Phi is {number(phi.value)}{_ends(phi)} (bootstrap over the four cells).")
    return [*said, f"The fingerprint of sample, labels and model file is {report.fingerprint}."]


def _ends(estimate: Estimate) -> str:
    if estimate.lower is None or estimate.upper is None:
        return ""
    return f" (95 % interval {number(estimate.lower)} to {number(estimate.upper)})"
