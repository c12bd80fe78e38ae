"""The pieces that the texts of all reports are put together from: rows of a table for 30 columns, counts in words.

Everything that comes from outside passes `shown`, which cuts and escapes it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping

from analysis.names import tidy
from analysis.statistics.estimates import Estimate

HEADING = f"{'':<16}95 % interval"
COLUMNS = 30
"""What a phone shows of a code block without scrolling sideways."""
MODEL_UNITS = 40
MODE_UNITS = 24
LABEL_UNITS = 20
_MARKUP = re.compile(r"</?(?:b|i|code|pre|blockquote)(?: expandable)?>")


def shown(name: str, limit: int) -> str:
    """A name from outside as it may stand in HTML: one line, at most `limit` UTF-16 units, escaped."""
    return html.escape(tidy(name, limit), quote=False)


def plain(text: str) -> str:
    """A report's HTML as text for a terminal: the same lines without the markup."""
    return html.unescape(_MARKUP.sub("", text))


def figure(name: str, estimate: Estimate) -> str:
    """`accuracy  0.900 [0.861, 0.929]`, at most COLUMNS wide.

    name: up to 9 characters for a figure that is never negative, up to 8 for one that may be.
    """
    if estimate.value is None:
        return f"{name:<9} undefined"
    value = f"{number(estimate.value):>6}"
    if estimate.lower is None or estimate.upper is None:
        return f"{name:<9}{value}"
    lower, upper = number(estimate.lower), number(estimate.upper)
    line = f"{name:<9}{value} [{lower}, {upper}]"
    if len(line) > COLUMNS:
        line = f"{name:<9}{value} [{lower},{upper}]"
    return line if len(line) <= COLUMNS else f"{name:<8}{value} [{lower},{upper}]"


def bare(estimate: Estimate) -> str:
    """The figure alone, a dash where it is undefined."""
    return "–" if estimate.value is None else number(estimate.value)


def number(value: float) -> str:
    """Three decimals, without a minus before zero."""
    written = f"{value:.3f}"
    return "0.000" if written == "-0.000" else written


def block(lines: Iterable[str]) -> str:
    """The lines as a code block."""
    return "<pre>" + html.escape("\n".join(lines), quote=False) + "</pre>"


def reasons(figures: Mapping[str, Estimate]) -> list[str]:
    """One line for each reason why some of the figures have no value: `phi undefined: ...`."""
    by_reason: dict[str, list[str]] = {}
    for name, estimate in figures.items():
        if estimate.value is None:
            by_reason.setdefault(estimate.reason or "", []).append(name)
    return [f"{listed(names)} undefined: {shown(reason, 90)}." for reason, names in by_reason.items()]


def listed(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *before, last = words
    return f"{', '.join(before)} and {last}" if before else last


def counted(number_: int, one: str, many: str | None = None) -> str:
    """`1 tie`, `2 ties`."""
    return f"{number_} {one if number_ == 1 else many or one + 's'}"


def label_counts(dropped: Mapping[str, int], most: int) -> str:
    """`3 api-error, 2 no-description`, at most `most` of the labels by name, the others as a number."""
    named = [f"{items} {shown(name, LABEL_UNITS)}" for name, items in list(dropped.items())[:most]]
    rest = sum(list(dropped.values())[most:])
    return ", ".join([*named, f"{rest} others"] if rest else named)


def title(mode: str, *models: str) -> str:
    """The first line: the models in bold, and the mode."""
    return " · ".join([*(f"<b>{shown(m, MODEL_UNITS)}</b>" for m in models), shown(mode, MODE_UNITS)])


def after_review(count: int, left_out: bool) -> list[str]:
    """The line that says that people have corrected answers in view of a model's; none when nobody has."""
    if not count:
        return []
    fate = "left out" if left_out else "counted"
    return [f"{counted(count, 'answer')} given after seeing a model's label: {fate}."]


def mixed_guides(versions: tuple[str, ...], most: int = 0) -> list[str]:
    """The line that says that people worked by different guides, naming `most`; none when they did not."""
    if len(versions) < 2:
        return []
    names = [shown(version, LABEL_UNITS) for version in versions[:most]]
    named = f": {listed([*names, '…'] if len(versions) > most else names)}" if names else ""
    return [f"Labels were given under {len(versions)} versions of the guide{named}."]
