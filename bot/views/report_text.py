"""What the reports say in the chat: pure functions from a report to Telegram's HTML.

Captions have at most 1,024 UTF-16 units after entities, longer texts 4,096. Lines in code blocks have at most 30
characters. `bot.views.report_lines.plain` turns each into text for a terminal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analysis.names import tidy
from analysis.statistics.agreement import Agreement, Pair
from analysis.statistics.ceiling import Ceiling
from analysis.statistics.compare import Comparison
from analysis.statistics.confusion import STATISTICS, SYMMETRIC
from analysis.statistics.estimates import Estimate
from analysis.statistics.report import LabelerFigures, Report
from analysis.statistics.verdict import p_words
from bot.views.report_lines import (
    COLUMNS,
    HEADING,
    after_review,
    bare,
    block,
    counted,
    figure,
    label_counts,
    listed,
    mixed_guides,
    number,
    plain,
    reasons,
    shown,
    title,
)

__all__ = ["agreement_caption", "comparison_caption", "plain", "report_caption", "report_more"]

CAPTION_UNITS = 1024
MESSAGE_UNITS = 4096
_LABELERS = 20
_IN_CAPTION = 8
_PAIRS_IN_CAPTION = 10
_FILES = 5
_VERDICT_UNITS = 240


def report_caption(report: Report) -> str:
    """The report under the picture: model, mode, samples, figures, ceiling, what was left out, verdict."""
    table, top = report.table, report.ceiling
    figures = _titled(report.figures, SYMMETRIC)
    lines = [f"samples   {table.n} of {report.labeled} labeled"[:COLUMNS]]
    lines += [HEADING, *(figure(name, estimate) for name, estimate in figures.items())]
    if report.figures["human_positive_rate"].value is not None:
        lines.append(f"related   {number(report.figures['human_positive_rate'].value)} of the samples")
    if top is not None:
        lines += [
            "kappa, pair by pair:",
            figure(" model", top.model["kappa"]),
            figure(" people", top.people["kappa"]),
        ]
        figures |= {
            "kappa between people": top.people["kappa"],
            "kappa of model and people": top.model["kappa"],
        }
    lines += [f"tp {table.tp:<9} fp {table.fp}", f"fn {table.fn:<9} tn {table.tn}"]
    parts = [title(report.mode, report.model), block(lines), *reasons(figures), *_left_out(report, 2)]
    parts += after_review(report.reviewed, report.reviewed_left_out)
    return "\n".join([*parts, shown(report.verdict, _VERDICT_UNITS)])


def report_more(report: Report, files: Sequence[str] = ()) -> str:
    """What is behind the `More` button; files: names of the files that hold the report."""
    figures = _titled(report.figures, ("precision", "recall", "f1"))
    lines = [HEADING, *(figure(name, estimate) for name, estimate in figures.items()), "say related:"]
    rates = _titled(report.figures, ("human_positive_rate", "model_positive_rate"))
    lines += [figure(f" {who}", rate) for who, rate in rates.items()]
    if report.accuracy_se.value is not None:
        lines.append(f"std error {number(report.accuracy_se.value)} of accuracy")
    parts = [title(report.mode, report.model), block(lines), *reasons(figures)]
    if report.ceiling is not None:
        parts += _between(report.ceiling)
    parts += _labelers(report.labelers) + _left_out(report, 8)
    if report.adjudicated:
        parts.append(f"{counted(report.adjudicated, 'item')} decided by an admin.")
    parts += after_review(report.reviewed, report.reviewed_left_out) + mixed_guides(report.guide_versions, 6)
    if files:
        names = (f"<code>{shown(name, 200)}</code>" for name in files[:_FILES])
        parts.append("Files:\n" + "\n".join(names))
    return "\n".join([*parts, _print(report.fingerprint)])


def comparison_caption(comparison: Comparison) -> str:
    """Two models on the same items: how often each is right, the difference, and whether it can be told."""
    c = comparison
    lines = [f"samples   {c.samples}", HEADING, "agrees with people:", figure(" A", c.first.accuracy)]
    lines += [figure(" B", c.second.accuracy), figure(" A - B", c.difference)]
    lines += [f"both right    {c.both_right}", f"only A right  {c.only_first}"]
    lines += [f"only B right  {c.only_second}", f"both wrong    {c.both_wrong}"]
    if c.p_value is not None:
        lines.append(f"McNemar       {p_words(c.p_value)}")
    parts = [title(c.mode, f"A: {c.first.model}", f"B: {c.second.model}"), block(lines)]
    parts += reasons({"the figures are": c.difference})
    dropped = [
        f"{x}: {label_counts(m.dropped, 2)}" for x, m in (("A", c.first), ("B", c.second)) if m.dropped
    ]
    names = f" ({'; '.join(dropped)})" if dropped else ""
    missing = [f"{counted(c.left_out, 'item')} without a usable label of both{names}"] if c.left_out else []
    missing += [counted(c.ties, "tie")] if c.ties else []
    parts += [f"Left out: {listed(missing)}."] if missing else []
    parts += after_review(c.reviewed, c.reviewed_left_out)
    return "\n".join([*parts, shown(c.verdict, _VERDICT_UNITS), _print(c.fingerprint)])


def agreement_caption(agreement: Agreement) -> str:
    """How people agree: alpha, kappa of each pair, how far each is from the consensus and says related."""
    a = agreement
    lines = [f"labelers  {len(a.labelers)}", f"items     {a.labeled}, {a.shared} by two"[:COLUMNS], HEADING]
    lines += [figure("alpha", a.alpha), *_pairs(a.pairs)]
    if a.labelers:
        lines.append("            consensus  related")
    for one in a.labelers[:_IN_CAPTION]:
        name = tidy(one.pseudonym, 11)
        lines.append(f"{name:<11}{bare(one.with_consensus):>10}{bare(one.positive_rate):>9}"[:COLUMNS])
    parts = [f"<b>How people agree</b> · {title(a.mode)}", block(lines), *reasons({"alpha": a.alpha})]
    if len(a.labelers) > _IN_CAPTION:
        parts.append(f"And {counted(len(a.labelers) - _IN_CAPTION, 'more labeler')}.")
    if a.shared:
        ties = [counted(a.ties, "tie")] if a.ties else []
        decided = [f"{a.adjudicated} decided by an admin"] if a.adjudicated else []
        same = f"All say the same on {a.unanimous} of {counted(a.shared, 'item')} that two or more labeled"
        parts.append(f"{', '.join([same, *ties, *decided])}.")
    parts += after_review(a.reviewed, a.reviewed_left_out) + mixed_guides(a.guide_versions)
    return "\n".join([*parts, _print(a.fingerprint)])


def _titled(figures: Mapping[str, Estimate], names: Sequence[str]) -> dict[str, Estimate]:
    """The figures of these names, under what people read."""
    return {STATISTICS[name].title: figures[name] for name in names}


def _left_out(report: Report, names: int) -> list[str]:
    """Which labeled items are not among the samples, and why; no line when all are."""
    unusable = sum(report.dropped.values())
    said = []
    if unusable:
        said.append(f"{unusable} without a usable model label ({label_counts(report.dropped, names)})")
    if report.unmatched:
        said.append(f"{report.unmatched} not in the model's file")
    if report.without_key:
        said.append(f"{report.without_key} without an index or id")
    if report.ties:
        said.append(counted(report.ties, "tie"))
    return [f"Left out: {listed(said)}."] if said else []


def _between(top: Ceiling) -> list[str]:
    """How people agree with each other beside how the model agrees with them."""
    lines = ["pair by pair   people    model"]
    for name in SYMMETRIC:
        title_ = STATISTICS[name].title
        lines.append(f"{title_:<11}{bare(top.people[name]):>10}{bare(top.model[name]):>9}")
    lines += ["kappa, model minus people:", figure("", top.difference), "Krippendorff's alpha:"]
    lines.append(figure("", top.alpha))
    on = f"On {counted(top.shared, 'item')} labeled by two or more, {counted(top.pairs, 'pair')} of people."
    undefined = {"the difference": top.difference, "alpha": top.alpha}
    return [block(lines), on, *reasons(undefined)]


def _labelers(labelers: Sequence[LabelerFigures]) -> list[str]:
    """Each labeler against the model, folded away."""
    if not labelers:
        return []
    lines = ["Model against each labeler:"]
    for one in labelers[:_LABELERS]:
        accuracy, kappa = bare(one.figures["accuracy"]), bare(one.figures["kappa"])
        who = shown(one.pseudonym, 16)
        lines.append(f"{who}: {counted(one.labels, 'label')}, accuracy {accuracy}, kappa {kappa}")
    if len(labelers) > _LABELERS:
        lines.append(f"and {len(labelers) - _LABELERS} more, in the metrics file")
    return ["<blockquote expandable>" + "\n".join(lines) + "</blockquote>"]


def _pairs(pairs: Sequence[Pair]) -> list[str]:
    """Kappa of each two labelers; of many, the lowest and the highest."""
    if not pairs:
        return []
    if len(pairs) <= _PAIRS_IN_CAPTION:
        return ["kappa, pair by pair:", *(_pair(pair) for pair in pairs)]
    ranked = sorted((p for p in pairs if p.kappa.value is not None), key=lambda p: p.kappa.value or 0.0)
    if not ranked:
        return [f"kappa of {len(pairs)} pairs: undefined"[:COLUMNS]]
    low, high = ranked[:3], ranked[3:][-3:]
    rest = ["kappa, highest pairs:", *(_pair(pair) for pair in high)] if high else []
    return ["kappa, lowest pairs:", *(_pair(pair) for pair in low), *rest]


def _pair(pair: Pair) -> str:
    first, second = (tidy(name.removeprefix("labeler-"), 3) for name in (pair.first, pair.second))
    return figure(f" {first}-{second}", pair.kappa)


def _print(fingerprint: str) -> str:
    return f"Fingerprint <code>{shown(fingerprint, 40)}</code>"
