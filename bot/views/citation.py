"""The methods paragraph of a paper, with a study's own facts: a pure function of a report."""

from __future__ import annotations

from analysis.records import Sample
from analysis.statistics.estimates import Estimate
from analysis.statistics.report import Report
from bot.views.report_lines import bare, number
from bot.views.text import counted, listed


def methods_paragraph(report: Report, sample: Sample) -> str:
    """Return a methods paragraph that can be copied into a paper.

    Args:
        report: The report on one model in one mode.
        sample: The items that were labeled, with the seed of the draw.
    """
    drawn = (
        f"We drew {len(sample.items):,} of the {sample.base_count:,} features of {sample.stem} at random "
        f"(pandas DataFrame.sample, seed {sample.seed})."
    )
    if sample.grown_from:
        drawn += f" The sample had {sample.grown_from:,} items when labeling began."
    if not report.labelers:
        return f"{drawn} Nobody has labeled any of them in the mode {report.mode!r} yet."
    parts = [drawn, _labeling(report)]
    if report.marked:
        kept = ("is" if report.marked == 1 else "are") + ("" if report.with_reviewed else " not") + " counted"
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


def _labeling(report: Report) -> str:
    """Tell who labeled how many items, and what they saw of them."""
    people = len(report.labelers)
    who, alone = ("One person", "") if people == 1 else (f"{people} people", ", each alone")
    guide = f" under {_guides(report.guide_versions)}" if report.guide_versions else ""
    return (
        f"{who} labeled {report.labeled:,} of them in the mode {report.mode!r}{alone}, from the feature's "
        f"description{guide}; nobody saw a model's label or another person's answer before answering."
    )


def _guides(versions: tuple[str, ...]) -> str:
    if len(versions) == 1:
        return f"version {versions[0]} of a written guide"
    return f"versions {listed(versions)} of a written guide"


def _agreement(report: Report) -> list[str]:
    """Tell how people agree, and how the model stands to them."""
    top = report.ceiling
    if top is None:
        return []
    said = []
    if top.alpha.value is not None:
        said.append(f"Krippendorff's alpha (nominal) is {_with_interval(top.alpha)}.")
    kappas = top.kappas
    if kappas.people.value is not None and kappas.model.value is not None:
        said.append(
            f"On the {kappas.items:,} items with labels of two or more people, the pooled kappa of people with each "
            f"other is {_with_interval(kappas.people)} and that of the model with people "
            f"{_with_interval(kappas.model)}; both intervals are from a bootstrap over items with 4 coin items."
        )
    return said


def _model(report: Report) -> list[str]:
    accuracy, phi, table = report.figures["accuracy"], report.figures["phi"], report.table
    if accuracy.value is None:
        return []
    people = "the consensus" if len(report.labelers) > 1 else "that person"
    left = report.labeled - table.n
    without = f" {counted(left, 'labeled item')} could not be compared." if left else ""
    said = [
        f"The labels of {report.model} agree with {people} on {table.tp + table.tn:,} of "
        f"{counted(table.n, 'item')}, an accuracy of {_with_interval(accuracy, 'Wilson')}.{without}"
    ]
    if phi.value is not None:
        said.append(f"Phi is {_with_interval(phi, 'bootstrap over the four cells')}.")
    return [*said, f"The fingerprint of sample, labels and model file is {report.fingerprint}."]


def _with_interval(estimate: Estimate, method: str = "") -> str:
    """Return a figure that has a value, as `0.764 (95 % interval 0.677 to 0.831, Wilson)`."""
    value = bare(estimate.value)
    if estimate.lower is None or estimate.upper is None:
        return value
    how = f", {method}" if method else ""
    return f"{value} (95 % interval {number(estimate.lower)} to {number(estimate.upper)}{how})"
