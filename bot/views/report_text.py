"""What the reports say in the chat: pure functions from a report to Telegram's HTML.

Each begins with one bold sentence. A caption has at most 1,024 UTF-16 units after entities, and lines in code blocks
have at most 24 characters. `bot.views.report_more` has what is behind `More`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from analysis.statistics.agreement import Agreement
from analysis.statistics.compare import Comparison
from analysis.statistics.confusion import STATISTICS
from analysis.statistics.estimates import Estimate
from analysis.statistics.models import Models
from analysis.statistics.prevalence import FEWEST_LABELED, Prevalence
from analysis.statistics.report import Report
from bot.views.report_lines import (
    INTERVALS,
    bare,
    bold,
    counted,
    figure,
    figures_of,
    fitting,
    label_counts,
    listed,
    marked,
    pairs,
    shown,
    so_far,
    title,
)

CAPTION_UNITS = 1024
_IN_CAPTION = 6
_MODELS_IN_CAPTION = 8


def report_caption(report: Report) -> str:
    """Return the report under the picture: what it comes to, the figures, and what was left out."""
    names = ("accuracy", "phi") if report.ceiling else ("accuracy", "phi", "kappa")
    figures = titled(report.figures, names)
    if report.ceiling:
        kappas = report.ceiling.kappas
        figures |= {"kappa, people": kappas.people, "kappa, model": kappas.model}
    table = report.table
    counts = pairs(("tp", table.tp), ("fn", table.fn), ("fp", table.fp), ("tn", table.tn))
    parts = [
        bold(report.headline),
        *([shown(report.detail, 200)] if report.detail else []),
        title(report.mode, report.model),
        *so_far(report.labeled, report.sample_size),
        *figures_of(figures),
        *([f"{counted(table.n, 'sample')}. {INTERVALS}", counts] if table.n else []),
        *_left_out(report, 2),
        *_decided(len(report.consensus.adjudicated)),
        *marked(report.marked, report.with_reviewed),
    ]
    return fitting(parts, CAPTION_UNITS)


def comparison_caption(comparison: Comparison) -> str:
    """Return how often each of two models is right, the difference, and whether it can be told."""
    c = comparison
    found = c.difference
    parts = [
        bold(c.headline),
        *([shown(c.detail, 200)] if c.detail else []),
        title(c.mode, c.first.model, c.second.model),
        *so_far(c.labeled, c.sample_size),
    ]
    if c.samples:
        parts += [figure(shown(side.model, 40), side.accuracy) for side in (c.first, c.second)]
        difference = figure("difference", found.difference)
        parts.append(f"{difference}, z {found.z:.2f}, {shown(p_words(found.p_value), 20)}")
        parts.append(f"{INTERVALS} That of the difference and p hold at every look.")
        cells = (
            ("both", c.both_right),
            ("neither", c.both_wrong),
            ("1st", c.only_first),
            ("2nd", c.only_second),
        )
        parts += [f"Who is right on the {counted(c.samples, 'item')}:", pairs(*cells)]
    parts += _missing(c) + _decided(len(c.consensus.adjudicated)) + marked(c.marked, c.with_reviewed)
    return fitting(parts, CAPTION_UNITS)


def agreement_caption(agreement: Agreement) -> str:
    """Return how people agree: alpha, and each person against the others."""
    a = agreement
    parts = [
        bold(a.headline),
        *([shown(a.detail, 200)] if a.detail else []),
        f"{title(a.mode)} · {counted(a.people, 'labeler')}",
    ]
    parts += so_far(a.labeled, a.sample_size)
    parts += figures_of({"Krippendorff's alpha": a.alpha}) if a.shared else []
    if (
        a.shared and a.labelers and a.people > 2
    ):  # of two, each is the other's others: the first sentence says it
        parts.append("Each against the majority of the others:")
        for one in a.labelers[:_IN_CAPTION]:
            parts.append(figure(shown(one.pseudonym, 16), one.with_others))
        if len(a.labelers) > _IN_CAPTION:
            parts.append(f"and {counted(len(a.labelers) - _IN_CAPTION, 'more labeler')}")
    parts += [INTERVALS] if a.shared else []
    if a.unanimous < a.shared:
        ties = f", {counted(a.ties, 'tie')} among them" if a.ties else ""
        parts.append(f"They differ on {counted(a.shared - a.unanimous, 'item')}{ties}: /adjudicate decides.")
    parts += _decided(a.adjudicated) + marked(a.marked, a.with_reviewed)
    return fitting(parts, CAPTION_UNITS)


def prevalence_caption(report: Report) -> str:
    """Return how many of all features are related, by people and model together."""
    found = report.prevalence
    about = [title(report.mode, report.model), *so_far(report.labeled, report.sample_size)]
    if found is None:
        return fitting(
            [
                bold("The model's labels of all features cannot be counted, so nothing can be said of them."),
                *about,
            ],
            CAPTION_UNITS,
        )
    value = found.estimate.value
    if value is None:
        lacking = f"{found.labeled} of the {FEWEST_LABELED} labeled items that are needed are there."
        return fitting(
            [bold("How many features are related cannot be told yet."), lacking, *about], CAPTION_UNITS
        )
    features = round(value * found.population)
    parts = [
        bold(f"About {features:,} of all {found.population:,} features are related ({_percent(value)})."),
        *about,
        figure("together", found.estimate),
        figure("people alone", found.people_alone),
        figure("model alone", Estimate(found.model_alone)),
        INTERVALS,
        *_effect(found),
        *marked(report.marked, report.with_reviewed),
    ]
    return fitting(parts, CAPTION_UNITS)


def models_caption(models: Models) -> str:
    """Return all models of a mode, best first, and which cannot be told apart."""
    parts = [bold(models.headline), title(models.mode), *so_far(models.labeled, models.sample_size)]
    if models.samples:
        for number_, one in enumerate(models.models[:_MODELS_IN_CAPTION], 1):
            parts.append(figure(f"{number_}. {shown(one.model, 30)}", one.accuracy))
        rest = len(models.models) - _MODELS_IN_CAPTION
        parts += [f"and {counted(rest, 'more model')}"] if rest > 0 else []
        parts.append(f"Accuracy on {counted(models.samples, 'item')} that all label. {INTERVALS}")
        parts += _cannot_be_told_apart(models)
        if len(models.models) > 1:
            parts.append(f"{len(models.models)} models tried: the best of many looks better than it is.")
    return fitting([*parts, *marked(models.marked, False)], CAPTION_UNITS)


def p_words(p_value: float) -> str:
    """Return `p 0.012`, or `p < 0.001`; a p that three decimals would round across 0.05 gets more."""
    if p_value < 0.0005:
        return "p < 0.001"
    return f"p {p_value:.4f}" if (p_value < 0.05) != (round(p_value, 3) < 0.05) else f"p {p_value:.3f}"


def _left_out(report: Report, names: int) -> list[str]:
    """Which labeled items are not among the samples, and what they could do to the accuracy."""
    said = []
    if report.dropped:
        unusable = sum(report.dropped.values())
        said.append(f"{unusable} without a usable model label ({label_counts(report.dropped, names)})")
    if report.unmatched:
        said.append(f"{report.unmatched} not in the model's file")
    if report.other_description:
        said.append(f"{report.other_description} of another description")
    if report.without_key:
        said.append(f"{report.without_key} without an index or id")
    if report.consensus.ties:
        said.append(counted(len(report.consensus.ties), "tie"))
    if not said:
        return []
    wrong, right = report.if_left_out_wrong, report.if_left_out_right
    bounds = f"accuracy {bare(wrong)} if the model is wrong on all of them, {bare(right)} if right"
    return [f"Left out: {listed(said)}; {bounds}."]


def _missing(c: Comparison) -> list[str]:
    sides = ((c.first.model, c.first.dropped), (c.second.model, c.second.dropped))
    dropped = [f"{shown(name, 20)}: {label_counts(labels, 2)}" for name, labels in sides if labels]
    names = f" ({'; '.join(dropped)})" if dropped else ""
    said = (
        [f"{counted(c.left_out, 'item')} that one of them does not label usably{names}"] if c.left_out else []
    )
    said += [counted(len(c.consensus.ties), "tie")] if c.consensus.ties else []
    return [f"Left out: {listed(said)}."] if said else []


def _decided(adjudicated: int) -> list[str]:
    return [f"{counted(adjudicated, 'item')} decided by an admin."] if adjudicated else []


def _cannot_be_told_apart(models: Models) -> list[str]:
    bands = [
        listed(str(place + 1) for place in band)
        for band in models.bands
        if max(band) < _MODELS_IN_CAPTION or len(band) <= _MODELS_IN_CAPTION
    ]
    return [f"Cannot be told apart: {'; '.join(bands[:4])}."] if bands else []


def _effect(found: Prevalence) -> list[str]:
    if found.effective_labels is None:
        return []
    if found.effective_labels <= found.labeled:
        return [f"The model adds nothing to what your {found.labeled} labeled items say."]
    return [f"Your {found.labeled} labels do the work of {found.effective_labels:,}."]


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def titled(figures: Mapping[str, Estimate], names: Iterable[str]) -> dict[str, Estimate]:
    """Return the figures of these names under what people read."""
    return {STATISTICS[name].title: figures[name] for name in names}
