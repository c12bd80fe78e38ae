"""What the reports say in the chat: pure functions from a report to Telegram's HTML.

Each begins with one bold sentence. A caption has at most 1,024 UTF-16 units after entities, and is within one screen
with its picture and buttons at 390 px. `bot.views.report_more` has what is behind `More`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from analysis.statistics.agreement import Agreement
from analysis.statistics.compare import Comparison
from analysis.statistics.confusion import STATISTICS
from analysis.statistics.estimates import Estimate
from analysis.statistics.models import LeftOut, Models
from analysis.statistics.prevalence import FEWEST_LABELED, Prevalence
from analysis.statistics.report import Ceiling, Report
from bot.views.report_lines import (
    INTERVALS,
    bare,
    bold,
    decided,
    figure,
    figures_of,
    fitting,
    label_counts,
    marked,
    same_again,
    shown,
    so_far,
    title,
)
from bot.views.text import CAPTION_UNITS, counted, listed

_IN_CAPTION = 5
"""How many labelers or models have a line with an interval, as many as the picture shows."""
_LEFT_OUT = 2
"""How many models that are not ranked are named in a caption; `More` names the others."""


def report_caption(report: Report) -> str:
    """Return the report under the picture: what it comes to, the figures, and what was left out."""
    figures = titled(report.figures, ("accuracy", "phi"))
    if top := shared_items(report):
        figures |= {"kappa, people": top.kappas.people, "kappa, model": top.kappas.model}
    else:
        figures |= titled(report.figures, ("kappa",))
    table = report.table
    counts = f"tp {table.tp}, fn {table.fn}, fp {table.fp}, tn {table.tn}"
    parts = [
        bold(report.headline),
        *([shown(report.detail, 200)] if report.detail else []),
        title(report.mode, report.model),
        *so_far(report),
        *figures_of(figures),
        *([f"{counted(table.n, 'sample')}: {counts}. {INTERVALS}"] if table.n else []),
        *focus_lines(report),
        " ".join(
            [
                *_left_out(report),
                *decided(len(report.consensus.adjudicated)),
                *marked(report.marked, report.with_reviewed),
            ]
        ),
    ]
    return fitting(filter(None, parts), CAPTION_UNITS)


def comparison_caption(comparison: Comparison) -> str:
    """Return how often each of two models is right, the difference, and whether it can be told."""
    c = comparison
    parts = [
        bold(c.headline),
        *([shown(c.detail, 200)] if c.detail else []),
        # with figures, each model's name stands before its own
        _about(c, () if c.samples else (c.first.model, c.second.model)),
    ]
    if c.samples:
        parts += [figure(shown(side.model, 40), side.accuracy) for side in (c.first, c.second)]
        parts.append(figure("difference", c.difference.difference))
        parts.append(f"z {c.difference.z:.2f}, {shown(p_words(c.difference.p_value), 20)}")
        parts.append(f"{INTERVALS} That of the difference and p hold at every look.")
        alone = f"only the first on {c.only_first}, only the second on {c.only_second}"
        parts.append(
            f"Of {counted(c.samples, 'item')} both are right on {c.both_right}, {alone}, neither on {c.both_wrong}."
        )
    if c.focus is not None:
        parts.append(figure("difference (focus)", c.focus.difference))
    parts += [_focus_ended(c.first.model, c.second.model)] if c.focus_ended else []
    parts += _missing(c) + decided(len(c.consensus.adjudicated)) + marked(c.marked, c.with_reviewed)
    return fitting(parts, CAPTION_UNITS)


def shared_items(report: Report) -> Ceiling | None:
    """Return people beside the model; None while no item has labels of two people and a usable one of the model."""
    return report.ceiling if report.ceiling and report.ceiling.kappas.items else None


def focus_lines(report: Report) -> list[str]:
    """Return what the focus sets add to a report: precision and recall; the rest is behind `More`."""
    ended = [_focus_ended(report.model)] if report.focus_ended else []
    if report.focus is None:
        return ended
    found = report.focus.figures
    return [*figures_of({"precision (focus)": found.precision, "recall (focus)": found.recall}), *ended]


def _focus_ended(*models: str) -> str:
    names = listed(shown(model, 40) for model in models)
    whose = "its file has" if len(models) == 1 else "one of their files has"
    return f"The last focus set for {names} is not counted: {whose} changed since."


def agreement_caption(agreement: Agreement) -> str:
    """Return how people agree: alpha, and each person against the others."""
    a = agreement
    parts = [
        bold(a.headline),
        *([shown(a.detail, 200)] if a.detail else []),
        f"{title(a.mode)} · {counted(a.people, 'labeler')}",
    ]
    parts += so_far(a)
    if a.shared and (a.alpha.value is not None or not a.detail):  # else the detail says why there is none
        parts += figures_of({"Krippendorff's alpha": a.alpha})
    # of two, each is the other's others: the first sentence says it
    if a.shared and a.labelers and a.people > 2:
        parts.append("Each against the majority of the others:")
        for one in a.busiest(_IN_CAPTION):
            parts.append(figure(shown(one.pseudonym, 16), one.with_others))
        if len(a.labelers) > _IN_CAPTION:
            parts.append(f"and {counted(len(a.labelers) - _IN_CAPTION, 'more labeler')}")
    again = a.self_agreement
    parts += [same_again(again)] if again.repeats else []
    parts += [INTERVALS] if "[" in "".join(parts) else []
    if a.unanimous < a.shared:
        some = [counted(a.ties, "tie")] if a.ties else []
        some += [f"{a.adjudicated} decided"] if a.adjudicated else []
        among = f" ({', '.join(some)})" if some else ""
        parts.append(f"They differ on {counted(a.shared - a.unanimous, 'item')}{among}: /adjudicate decides.")
    parts += marked(a.marked, a.with_reviewed)
    return fitting(parts, CAPTION_UNITS)


def prevalence_caption(report: Report) -> str:
    """Return how many of all features are related, by people and model together."""
    found = report.prevalence
    about = [title(report.mode, report.model), *so_far(report)]
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
    parts = [bold(models.headline), _about(models)]
    left_out = _not_ranked(models.left_out)
    if models.samples:
        for place, one in enumerate(models.models[: _IN_CAPTION - len(left_out)], 1):
            parts.append(figure(f"{place}. {shown(one.model, 30)}", one.accuracy))
        what = f"Accuracy on {counted(models.samples, 'item')} that all label. {INTERVALS}"
        parts.append(" ".join([what, *left_out]))
        parts += _cannot_be_told_apart(models)
        if len(models.models) > 1:
            parts.append(f"The best of {len(models.models)} tried looks better than it is.")
    else:
        parts += left_out
    return fitting([*parts, *marked(models.marked, False)], CAPTION_UNITS)


def left_out_line(left_out: Sequence[LeftOut]) -> str:
    """Return the line that names models that are not ranked, each with its reason."""
    return f"Left out: {'; '.join(f'{shown(one.model, 20)}, {shown(one.reason, 60)}' for one in left_out)}."


def p_words(p_value: float) -> str:
    """Return `p 0.012`, or `p < 0.001`; a p that three decimals would round across 0.05 gets more."""
    if p_value < 0.0005:
        return "p < 0.001"
    return f"p {p_value:.4f}" if (p_value < 0.05) != (round(p_value, 3) < 0.05) else f"p {p_value:.3f}"


def _about(report: Comparison | Models, models: Sequence[str] = ()) -> str:
    return " · ".join([title(report.mode, *models), *so_far(report)])


def _left_out(report: Report) -> list[str]:
    """Return which labeled items are not among the samples, and what they could do to the accuracy."""
    said = []
    if report.dropped:
        said.append(label_counts(report.dropped, 2))
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
    return [f"Left out: {listed(said)}. With them: accuracy {bare(wrong)} to {bare(right)}."]


def _missing(c: Comparison) -> list[str]:
    labels = dict.fromkeys([*c.first.dropped, *c.second.dropped])
    names = f" ({', '.join(shown(label, 20) for label in list(labels)[:3])})" if labels else ""
    said = (
        [f"{counted(c.left_out, 'item')} that one of them does not label usably{names}"] if c.left_out else []
    )
    said += [counted(len(c.consensus.ties), "tie")] if c.consensus.ties else []
    return [f"Left out: {listed(said)}."] if said else []


def _cannot_be_told_apart(models: Models) -> list[str]:
    if len(models.bands[0] if models.bands else ()) == len(models.models):
        return []  # all are alike: the first sentence says so
    bands = [_places(band) for band in models.bands if band[0] < _IN_CAPTION]
    return [f"Cannot be told apart: {'; '.join(bands[:4])}."] if bands else []


def _not_ranked(left_out: Sequence[LeftOut]) -> list[str]:
    """Return one model with its reason; of several only names, because there is no room for more."""
    if len(left_out) < 2:
        return [left_out_line(left_out)] if left_out else []
    names = [shown(one.model, 16) for one in left_out[:_LEFT_OUT]]
    more = [f"{len(left_out) - _LEFT_OUT} more"] if len(left_out) > _LEFT_OUT else []
    return [f"Left out: {listed([*names, *more])}: see More."]


def _places(band: Sequence[int]) -> str:
    first, last = band[0] + 1, band[-1] + 1
    in_a_row = len(band) > 2 and last - first == len(band) - 1
    return f"{first} to {last}" if in_a_row else listed(str(place + 1) for place in band)


def _effect(found: Prevalence) -> list[str]:
    if found.effective_labels is None:
        return []
    if found.effective_labels <= found.labeled:
        return [f"The model adds nothing to what these {found.labeled} labeled items say."]
    return [f"As exact as {found.effective_labels:,} labels without the model."]


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def titled(figures: Mapping[str, Estimate], names: Iterable[str]) -> dict[str, Estimate]:
    """Return the figures of these names, under the titles that people read."""
    return {STATISTICS[name].title: figures[name] for name in names}
