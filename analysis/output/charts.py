"""The pictures of the reports as PNG: figures as points on their intervals, one below the other.

They stand on a mid ground of their own, so that they suit a light and a dark chat (Telegram turns photos into JPEG,
which knows no transparency). A phone shows the 1,080 pixels as 390 or fewer, so the smallest text is 40 pixels high,
10 where a picture is 290 wide. Every figure of a picture stands in its caption, too. Nothing here touches
matplotlib's global state.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.ticker import MaxNLocator

from analysis.names import tidy
from analysis.statistics.agreement import Agreement
from analysis.statistics.compare import Comparison
from analysis.statistics.confusion import STATISTICS
from analysis.statistics.estimates import Estimate
from analysis.statistics.models import Models
from analysis.statistics.prevalence import Prevalence
from analysis.statistics.report import Report

WIDTH = 1080
DOTS = 100
TEXT = 40
"""The height of all text in pixels."""
GROUND, INK, RULE = "#3f4a56", "#ffffff", "#66727f"
BLUE, ORANGE = "#7cc7f2", "#f5b335"
"""Lighter tints of two colours of the palette by Okabe and Ito (2008), told apart with every colour blindness."""
UNKNOWN = "\ufffd"
_ROW = 66
_MOST_ROWS = 5
_SHORT = 13
_NAMES = 330
"""Room for the names to the left of their rows; where one is longer, all names of the group stand above."""
_EDGE = 70

_DRAWING = threading.Lock()
"""Held while a picture is drawn: matplotlib's fonts are not made for several threads."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: a point on its interval.

    Attributes:
        band: A range behind it, such as the people's.
        with_zero: Whether zero belongs on its scale.
    """

    name: str
    estimate: Estimate
    color: str = BLUE
    band: Estimate | None = None
    with_zero: bool = False


def metrics_png(report: Report) -> bytes:
    """How a model agrees with the consensus; with two or more people, its kappa on the range of the people's."""
    rows = [Row(STATISTICS[name].title, report.figures[name]) for name in ("accuracy", "phi")]
    if report.ceiling is None:
        return _picture([[*rows, Row("kappa", report.figures["kappa"])]])
    kappas = report.ceiling.kappas
    return _picture([
        [*rows, Row("kappa: model", kappas.model, ORANGE, kappas.people), Row("kappa: people", kappas.people)]
    ])  # fmt: skip


def comparison_png(comparison: Comparison) -> bytes:
    """How often each of two models agrees with the people, and below the difference with zero marked."""
    c = comparison
    return _picture(
        [
            [Row(c.first.model, c.first.accuracy), Row(c.second.model, c.second.accuracy, ORANGE)],
            [Row("difference", c.difference.difference, INK, with_zero=True)],
        ]
    )


def agreement_png(agreement: Agreement) -> bytes:
    """Krippendorff's alpha, and how often each person agrees with the others."""
    people = [Row(one.pseudonym, one.with_others, ORANGE) for one in agreement.busiest(_MOST_ROWS)]
    return _picture([[Row("alpha", agreement.alpha)], *([people] if len(people) > 2 else [])])


def prevalence_png(found: Prevalence | None) -> bytes:
    """The share of related features by people and model together, by people alone and by the model alone."""
    if found is None:
        return _picture([[Row("together", Estimate(None))]])
    return _picture([
        [
            Row("together", found.estimate, ORANGE),
            Row("people alone", found.people_alone),
            Row("model alone", Estimate(found.model_alone)),
        ]
    ])  # fmt: skip


def models_png(models: Models) -> bytes:
    """The accuracy of every model, best first; a bracket joins those that cannot be told apart."""
    shown = models.models[:_MOST_ROWS]
    rows = [Row(one.model, one.accuracy, ORANGE if number == 0 else BLUE) for number, one in enumerate(shown)]
    bands = [band for band in models.bands if min(band) < len(shown)]
    return _picture([rows or [Row("no model", Estimate(None))]], bands)


def drawable(words: str) -> str:
    """Return the words with every character that the font cannot draw replaced by one sign."""
    known = _known()
    return "".join(c if ord(c) in known else UNKNOWN for c in words)


def _picture(groups: Sequence[Sequence[Row]], bands: Sequence[tuple[int, ...]] = ()) -> bytes:
    """Draw groups of rows, each on a scale of its own; `bands` joins rows of the first group by brackets."""
    with _DRAWING:
        figure = draw(groups, bands)
        out = io.BytesIO()
        figure.canvas.print_png(out, metadata={"Software": None})  # type: ignore[attr-defined]
        return out.getvalue()


def draw(groups: Sequence[Sequence[Row]], bands: Sequence[tuple[int, ...]] = ()) -> Figure:
    """Return the figure object of `_picture`, which holds the texts and their places."""
    above = [any(len(row.name) > _SHORT for row in rows) for rows in groups]
    heights = [
        round(_ROW * (1.4 if over else 1)) * len(rows) + 100 for over, rows in zip(above, groups, strict=True)
    ]
    height = sum(heights) + 40
    figure = Figure(figsize=(WIDTH / DOTS, height / DOTS), dpi=DOTS, facecolor=GROUND)
    FigureCanvasAgg(figure)
    top = height - 30
    for rows, over, tall in zip(groups, above, heights, strict=True):
        left = _EDGE if over else _NAMES
        place = (left, top - tall + 100, WIDTH - left - _EDGE, tall - 100)
        axes = figure.add_axes((place[0] / WIDTH, place[1] / height, place[2] / WIDTH, place[3] / height))
        _rows(axes, rows, over)
        top -= tall
    for number, band in enumerate(bands[:3]):
        x = 1.025 + 0.02 * number
        places = [place for place in band if place < _MOST_ROWS]
        figure.axes[0].plot(
            [x, x],
            [min(places) - 0.3, max(places) + 0.3],
            color=INK,
            linewidth=5,
            transform=figure.axes[0].get_yaxis_transform(),
            clip_on=False,
        )
    return figure


def _rows(axes: Axes, rows: Sequence[Row], above: bool) -> None:
    low, high = _limits(rows)
    axes.set_xlim(low, high)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_facecolor(GROUND)
    axes.yaxis.set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(3))
    axes.tick_params(colors=INK, length=0, pad=14)
    for label in axes.get_xticklabels():
        label.set_fontproperties(_font())
    axes.grid(axis="x", color=RULE, linewidth=2)
    axes.set_axisbelow(True)
    for side in axes.spines.values():
        side.set_visible(False)
    if low < 0 < high:
        axes.axvline(0, color=INK, linewidth=3)
    for y, row in enumerate(rows):
        _name(axes, y - 0.28 if above else y, row.name, above)
        _row(axes, y + 0.18 if above else y, row)


def _name(axes: Axes, y: float, name: str, above: bool) -> None:
    """Write a row's name to the left of the scale, or above the interval where names are long."""
    axes.annotate(
        drawable(tidy(name, 36)),
        (0, y),
        xycoords=("axes fraction", "data"),
        xytext=(0 if above else -18, 0),
        textcoords="offset points",
        ha="left" if above else "right",
        va="center_baseline",
        color=INK,
        fontproperties=_font(),
        parse_math=False,
        annotation_clip=False,
    )


def _row(axes: Axes, y: float, row: Row) -> None:
    one, band = row.estimate, row.band
    if band is not None and band.lower is not None and band.upper is not None:
        axes.fill_betweenx([y - 0.42, y + 0.42], band.lower, band.upper, color=BLUE, alpha=0.35, linewidth=0)
    if one.value is None:
        axes.text(
            0.02, y, "undefined", transform=axes.get_yaxis_transform(), color=INK,
            va="center_baseline", fontproperties=_font(),
        )  # fmt: skip
        return
    if one.lower is not None and one.upper is not None:
        axes.plot([one.lower, one.upper], [y, y], color=row.color, linewidth=12, solid_capstyle="butt")
    axes.plot(
        [one.value],
        [y],
        "o",
        color=row.color,
        markersize=25,
        markeredgecolor=INK,
        markeredgewidth=3,
        clip_on=False,
    )


def _limits(rows: Sequence[Row]) -> tuple[float, float]:
    """The ends of a scale that holds all intervals of the rows, and zero where it belongs there."""
    shown = [one for row in rows for one in (row.estimate, row.band) if one is not None]
    ends = [end for one in shown for end in (one.lower, one.value, one.upper) if end is not None]
    if any(row.with_zero for row in rows):
        ends.append(0.0)
    if not ends:
        return 0.0, 1.0
    room = max(0.01, 0.06 * (max(ends) - min(ends)))
    return min(ends) - room, max(ends) + room


def _font() -> FontProperties:
    return FontProperties(fname=_FONT, size=TEXT * 72 / DOTS)


_FONT = str(Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")


@lru_cache(maxsize=1)
def _known() -> frozenset[int]:
    return frozenset(FT2Font(_FONT).get_charmap())
