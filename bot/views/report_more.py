"""What is behind the `More` button of each report: what the caption has no room for.

The texts have at most MESSAGE_UNITS.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from analysis.statistics.agreement import Agreement
from analysis.statistics.compare import Comparison
from analysis.statistics.estimates import Estimate, undefined
from analysis.statistics.models import Models
from analysis.statistics.report import Ceiling, LabelerFigures, OtherMode, Report
from analysis.statistics.self_agreement import self_agreement
from bot.views.report_lines import (
    INTERVALS,
    bare,
    figure,
    figures_of,
    fitting,
    label_counts,
    mixed_guides,
    number,
    same_again,
    shown,
    title,
)
from bot.views.report_text import left_out_line, shared_items, titled
from bot.views.text import MESSAGE_UNITS, counted

MONITORED = (
    "“Better”, “less” and “about as well” are said only if they would be wrong in at most 5 of 100 studies, also when "
    "somebody looks every day. So the intervals of differences are wider; the others are the usual 95 % ones."
)
GROWN = (
    "But the sample grew after labeling had begun, so they are wrong a little more often: in 8 of 100 studies where "
    "it doubles."
)
PEOPLE_ARE_THESE = "“People” are those who labeled here, not people at large."
BAND = "The band in the picture is the interval of their kappa."
FOCUS_FOR = "Valid for this model's file alone, and not if its prompt was tuned on these labels."
FOCUS_FOR_TWO = "Valid for these two models' files alone, and not if a prompt was tuned on these labels."
TUNED = "Not valid if the model's prompt was tuned on these labels."
_LABELERS = 20


def report_more(report: Report) -> str:
    """Return what is behind the `More` button."""
    rates = {f"related, {who}": rate for who, rate in _rates(report).items()}
    figures = titled(report.figures, ("precision", "recall", "f1"))
    top = shared_items(report)
    if top:
        figures["kappa, consensus"] = report.figures["kappa"]
    parts = [title(report.mode, report.model)]
    parts += figures_of(figures | rates) if report.table.n else []  # the caption says that there is no item
    if report.accuracy_se.value is not None:
        parts.append(f"standard error of the accuracy {number(report.accuracy_se.value)}")
    parts += _focus(report)
    parts += _between(top) if top else []
    parts += _labelers(report.labelers)
    parts += _names_of_dropped(report) + _other_modes(report.mode, report.other_modes)
    parts.append(same_again(report.self_agreement or self_agreement(())))
    parts += mixed_guides(report.guide_versions, 6)
    if top:
        people = f"{PEOPLE_ARE_THESE} {BAND}" if top.kappas.people.lower is not None else PEOPLE_ARE_THESE
        parts.append(_folded([INTERVALS, _claims(report), people]))
    else:
        parts.append(INTERVALS)
    return fitting([*parts, _print(report.fingerprint)], MESSAGE_UNITS)


def comparison_more(comparison: Comparison) -> str:
    """Return what is behind the `More` button of a comparison."""
    parts = [_claims(comparison), _print(comparison.fingerprint)]
    if comparison.focus is not None:
        found = comparison.focus
        sources = (
            f"{counted(found.items, 'item')} on which they differ, {found.focus_items} of them focus items"
        )
        over_all = f"The difference (focus) is that over all features, by sample and focus set ({sources})."
        parts = [f"{over_all} Its interval is the usual 95 % one.", FOCUS_FOR_TWO, *parts]
    return fitting(parts, MESSAGE_UNITS)


def agreement_more(agreement: Agreement) -> str:
    """Return what is behind the `More` button of the agreement: pairs, and how often each says related."""
    parts = [title(agreement.mode)]
    if agreement.pairs:
        parts.append("Cohen's kappa of each two:")
        for pair in agreement.pairs:
            names = " and ".join(shown(name, 16) for name in (pair.first, pair.second))
            parts.append(f"{figure(names, pair.kappa)}, {counted(pair.items, 'item')}")
    if agreement.labelers:
        parts.append("How often each says related:")
        for one in agreement.labelers[:_LABELERS]:
            rate = figure(shown(one.pseudonym, 16), one.positive_rate)
            parts.append(f"{rate}, {counted(one.labels, 'label')}")
    parts += [] if agreement.self_agreement.repeats else [same_again(agreement.self_agreement)]
    parts += mixed_guides(agreement.guide_versions, 6)
    return fitting([*parts, INTERVALS, _print(agreement.fingerprint)], MESSAGE_UNITS)


def prevalence_more(report: Report) -> str:
    """Return what is behind the `More` button of the prevalence."""
    how = (
        "The model sorts all features into its related, its not-related and the rest; people's labels say how many of "
        "each are related, and the known sizes put the three together."
    )
    return fitting([how, TUNED, _print(report.fingerprint)], MESSAGE_UNITS)


def models_more(models: Models) -> str:
    """Return what is behind the `More` button of all models: ranks and kappas."""
    parts = [title(models.mode)]
    for one in models.models[:_LABELERS]:
        ranks = f"rank {one.rank_lower}" + (
            f" to {one.rank_upper}" if one.rank_upper > one.rank_lower else ""
        )
        parts.append(f"{shown(one.model, 40)}: {ranks}, {figure('kappa', one.kappa)}")
    parts += [left_out_line(models.left_out[:_LABELERS])] if models.left_out else []
    return fitting([*parts, _claims(models), _print(models.fingerprint)], MESSAGE_UNITS)


def _claims(report: Report | Comparison | Models) -> str:
    """What a claim rests on: the size that was planned, so a sample that grew weakens it a little."""
    return f"{MONITORED} {GROWN}" if report.grown_from else MONITORED


def _rates(report: Report) -> dict[str, Estimate]:
    return titled(report.figures, ("human_positive_rate", "model_positive_rate"))


def _names_of_dropped(report: Report) -> list[str]:
    # The caption names the two commonest only.
    return [f"Unusable labels: {label_counts(report.dropped, 8)}."] if len(report.dropped) > 2 else []


def _between(top: Ceiling) -> list[str]:
    """What the caption does not say about people and model."""
    kappas = top.kappas
    return [
        f"On {counted(kappas.items, 'item')} with labels of two or more people:",
        *figures_of({"kappa, model minus people": top.verdict.difference}),
    ]


def _focus(report: Report) -> list[str]:
    """The figures by the sample and focus sets together, beside those of the sample alone."""
    if report.focus is None:
        return []
    found, alone = report.focus.figures, report.figures
    prevalence = report.prevalence.estimate if report.prevalence is not None else undefined("")
    beside = {
        "precision": (found.precision, alone["precision"]),
        "recall": (found.recall, alone["recall"]),
        "phi": (found.phi, alone["phi"]),
        "prevalence": (found.prevalence, prevalence),
    }
    lines = [
        f"{figure(name, both)}, sample alone {figure('', one).strip()}"
        for name, (both, one) in beside.items()
    ]
    sources = f"{counted(found.items, 'item')}, {report.focus.focus_items} of them focus items"
    return [f"Over all features, by sample and focus set ({sources}):", *lines, FOCUS_FOR]


def _labelers(labelers: Sequence[LabelerFigures]) -> list[str]:
    """Each labeler against the model, folded away; with one the caption says it all."""
    if len(labelers) < 2:
        return []
    lines = ["Model against each labeler:"]
    for one in labelers[:_LABELERS]:
        figures = f", accuracy {bare(one.accuracy)}, kappa {bare(one.kappa)}"
        told = figures if one.accuracy is not None else ""  # of who is still labeling none are told
        lines.append(f"{shown(one.pseudonym, 16)}: {counted(one.labels, 'label')}{told}")
    if len(labelers) > _LABELERS:
        lines.append(f"and {len(labelers) - _LABELERS} more, in the metrics file")
    return [_folded(lines)]


def _folded(lines: Iterable[str]) -> str:
    """Return lines of which a reader sees the first few, and the others when they ask."""
    return "<blockquote expandable>" + "\n".join(lines) + "</blockquote>"


def _other_modes(mode: str, others: Mapping[str, OtherMode]) -> list[str]:
    """How many of the model's errors in this mode people call related in another."""
    lines = []
    for other, c in list(others.items())[:6]:
        name, here = shown(other, 24), shown(mode, 24)
        for wrong, labeled, related in (
            ("False positives", c.fp_labeled, c.fp_related),
            ("False negatives", c.fn_labeled, c.fn_related),
        ):
            if labeled:
                lines.append(f"{wrong} in {here} that people call related in {name}: {related} of {labeled}.")
    return lines


def _print(fingerprint: str) -> str:
    return f"Fingerprint <code>{shown(fingerprint, 40)}</code>"
