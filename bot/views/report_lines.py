"""The pieces that the texts of all reports are put together from.

Everything that comes from outside passes `shown`, which cuts and escapes it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping

from analysis.names import tidy, units
from analysis.statistics.basis import Basis
from analysis.statistics.estimates import Estimate
from analysis.statistics.self_agreement import FEWEST_REPEATS, NO_REPEATS, SelfAgreement
from bot.views.text import counted, listed

INTERVALS = "In brackets: 95 % intervals."
MODEL_UNITS = 40
MODE_UNITS = 24
LABEL_UNITS = 20
_MARKUP = re.compile(r"</?(?:b|i|code|pre|blockquote)(?: expandable)?>")


def shown(name: str, limit: int) -> str:
    """Return a name from outside as it may stand in HTML: one line, at most `limit` UTF-16 units, escaped."""
    return html.escape(tidy(name, limit), quote=False)


def plain(text: str) -> str:
    """Return a report's HTML as text for a terminal: the same lines without the markup."""
    return html.unescape(_MARKUP.sub("", text))


def bold(sentence: str) -> str:
    """Return the sentence that a report begins with."""
    return f"<b>{shown(sentence, 260)}</b>"


def figure(name: str, estimate: Estimate) -> str:
    """Return `accuracy 0.900 [0.861, 0.929]`. The line is running text, so that a narrow phone can wrap it."""
    if estimate.value is None:
        return f"{name} undefined"
    return f"{name} {number(estimate.value)}{interval(estimate)}"


def interval(estimate: Estimate) -> str:
    """Return ` [0.861, 0.929]`, nothing where there is no interval."""
    if estimate.lower is None or estimate.upper is None:
        return ""
    return f" [{number(estimate.lower)}, {number(estimate.upper)}]"


def bare(value: float | None) -> str:
    """Return the figure alone, a dash where it is undefined."""
    return "–" if value is None else number(value)


def number(value: float) -> str:
    """Return three decimals, without a minus before zero."""
    written = f"{value:.3f}"
    return "0.000" if written == "-0.000" else written


def reasons(figures: Mapping[str, Estimate]) -> list[str]:
    """Return one line for each reason why some of the figures have no value: `phi undefined: ...`."""
    by_reason: dict[str, list[str]] = {}
    for name, estimate in figures.items():
        if estimate.value is None:
            by_reason.setdefault(estimate.reason or "", []).append(name)
    return [f"{listed(names)} undefined: {shown(reason, 90)}." for reason, names in by_reason.items()]


def figures_of(figures: Mapping[str, Estimate]) -> list[str]:
    """Return a line for each figure that has a value, then why the others have none."""
    defined = [figure(name, one) for name, one in figures.items() if one.value is not None]
    return [*defined, *reasons(figures)]


def label_counts(dropped: Mapping[str, int], most: int) -> str:
    """Return `3 api-error, 2 no-description`: the first `most` labels by name, the others as a number.

    `dropped` has the most frequent first.
    """
    named = [f"{items} {shown(name, LABEL_UNITS)}" for name, items in list(dropped.items())[:most]]
    rest = sum(list(dropped.values())[most:])
    return ", ".join([*named, f"{rest} others"] if rest else named)


def title(mode: str, *models: str) -> str:
    """Return the line that says what a report is about: the models and the mode."""
    return " · ".join([*(shown(model, MODEL_UNITS) for model in models), shown(mode, MODE_UNITS)])


def so_far(about: Basis) -> list[str]:
    """Return `120 of 300 labeled so far` while some are not, and the size when labeling began where it has grown."""
    labeled, size = about.labeled, about.sample_size
    parts = [f"{labeled} of {size} labeled so far"] if labeled < size else []
    grown = [f"the sample grew from {about.grown_from} to {size}"] if about.grown_from else []
    return parts + grown


def marked(count: int, with_reviewed: bool) -> list[str]:
    """Return the line on answers that are not blind; none when there are none."""
    if not count:
        return []
    if with_reviewed:
        return [f"{counted(count, 'answer')} not blind: counted here."]
    return [f"{counted(count, 'answer')} not blind: not counted."]


def decided(adjudicated: int) -> list[str]:
    """Return the line on items that an admin decided; none when there are none."""
    return [f"{counted(adjudicated, 'item')} decided by an admin."] if adjudicated else []


def mixed_guides(versions: tuple[str, ...], most: int) -> list[str]:
    """Return the line that says that people worked by different guides, naming `most`; none when they did not."""
    if len(versions) < 2:
        return []
    names = [shown(version, LABEL_UNITS) for version in versions[:most]]
    more = ["…"] if len(versions) > most else []
    return [f"Labels were given under {len(versions)} versions of the guide: {listed(names + more)}."]


def fitting(parts: Iterable[str], limit: int) -> str:
    """Join as many of the parts by line ends as fit into `limit` UTF-16 units of text; later ones fall away first."""
    kept: list[str] = []
    for part in parts:
        if units(plain("\n".join([*kept, part]))) > limit:
            break
        kept.append(part)
    return "\n".join(kept)


def same_again(found: SelfAgreement) -> str:
    """Return how often people gave the same answer when an item came again, or why that cannot be told."""
    if not found.repeats:
        return f"How people agree with themselves cannot be told: {NO_REPEATS}."
    if found.repeats < FEWEST_REPEATS:
        there = f"{found.repeats} of the {FEWEST_REPEATS} repeated answers that are needed are there"
        return f"How people agree with themselves cannot be told yet: {there}."
    return f"Same answer when an item came again unannounced: {found.agreed} of {found.repeats}{interval(found.share)}."
