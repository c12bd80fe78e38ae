"""The pictures of the reports as PNG, made to be read 390 pixels wide on a phone.

Each has its own solid background, says everything in figures as well as in colour, and may be drawn in any
thread. Nothing here touches matplotlib's global state.
"""

from __future__ import annotations

from analysis.names import tidy
from analysis.output.canvas import (
    BLUE,
    DRAWING,
    FADED,
    INK,
    LARGE,
    NORMAL,
    ORANGE,
    RULE,
    SMALL,
    WIDTH,
    Canvas,
    tint,
)
from analysis.statistics.agreement import Agreement, Pair
from analysis.statistics.compare import Comparison
from analysis.statistics.estimates import Estimate
from analysis.statistics.report import Report

_EDGE = 44
_MOST_LABELERS = 8


def confusion_png(report: Report) -> bytes:
    """The four counts as a table of two by two, with the accuracy below."""
    table = report.table
    cells = (
        ((table.tp, "both related", BLUE), (table.fn, "people only", ORANGE)),
        ((table.fp, "model only", ORANGE), (table.tn, "both not related", BLUE)),
    )
    with DRAWING:
        canvas = Canvas(830)
        _title(canvas, report.model, report.mode)
        left, top, wide, high, gap = 250, 200, 385, 240, 16
        for column, head in enumerate(("related", "not related")):
            middle = left + column * (wide + gap) + wide / 2
            canvas.text(middle, top - 34, f"Model: {head}", color=FADED, align="center")
        for row, (head, cell_row) in enumerate(zip(("related", "not related"), cells, strict=True)):
            y = top + row * (high + gap)
            canvas.text(_EDGE, y + high / 2 - 24, "People:", color=FADED)
            canvas.text(_EDGE, y + high / 2 + 24, head, color=FADED)
            for column, (items, words, hue) in enumerate(cell_row):
                x = left + column * (wide + gap)
                canvas.box(x, y, wide, high, tint(hue, items / max(1, table.n)))
                canvas.text(x + wide / 2, y + 96, str(items), size=96, bold=True, align="center")
                canvas.text(x + wide / 2, y + 188, words, align="center")
        _accuracy_line(canvas, report.figures["accuracy"], table.n, 768)
        return canvas.png()


def agreement_png(agreement: Agreement) -> bytes:
    """Kappa of every two labelers, of the eight who labeled most, with Krippendorff's alpha below."""
    busiest = sorted(agreement.labelers, key=lambda one: (-one.labels, one.pseudonym))[:_MOST_LABELERS]
    who = sorted(one.pseudonym for one in busiest)
    pairs = {(pair.first, pair.second): pair for pair in agreement.pairs}
    sides = max(1, len(who) - 1)
    wide = min(420.0, (WIDTH - 2 * _EDGE - 90) / sides)
    high = min(220.0, max(100.0, wide * 0.62))
    left, top = _EDGE + 90 + (WIDTH - 2 * _EDGE - 90 - wide * sides) / 2, 210
    with DRAWING:
        canvas = Canvas(round(top + sides * high + 200))
        _title(canvas, "How people agree", agreement.mode)
        canvas.text(_EDGE, 150, "Cohen's kappa of each two labelers", color=FADED)
        if len(who) < 2:
            canvas.text(WIDTH / 2, top + high / 2, "Two people must have labeled first.", align="center")
        for row, second in enumerate(who[1:]):
            y = top + row * high
            canvas.text(left - 24, y + high / 2, _short(second), color=FADED, align="right")
            for column, first in enumerate(who[: row + 1]):
                _pair_cell(canvas, pairs[first, second], left + column * wide, y, wide, high)
        for column, first in enumerate(who[:-1]):
            middle = left + (column + 0.5) * wide
            canvas.text(middle, top + sides * high + 34, _short(first), color=FADED, align="center")
        below = top + sides * high + 110
        canvas.text(
            WIDTH / 2, below, f"Krippendorff's alpha {_written(agreement.alpha)}", align="center", room=990
        )
        count = f"{agreement.shared} items labeled by two or more"
        if len(who) < len(agreement.labelers):
            count = f"{len(who)} of {len(agreement.labelers)} labelers, {count}"
        canvas.text(WIDTH / 2, below + 50, count, size=SMALL, color=FADED, align="center", room=990)
        return canvas.png()


def comparison_png(comparison: Comparison) -> bytes:
    """How often each of two models agrees with the people, and the difference, as points on 95 % intervals."""
    c = comparison
    with DRAWING:
        canvas = Canvas(830)
        _title(canvas, "Two models, same items", c.mode)
        canvas.text(
            _EDGE, 150, f"Share of {c.samples} items on which each agrees with people", color=FADED, room=990
        )
        both = (c.first.accuracy, c.second.accuracy)
        scale = _Scale([bound for one in both for bound in _bounds(one)], within=(0.0, 1.0))
        scale.draw(canvas, 215, 455)
        for y, one, color in ((240, c.first, BLUE), (350, c.second, ORANGE)):
            canvas.text(_EDGE, y, tidy(one.model, 34), bold=True, color=color, room=540)
            canvas.text(WIDTH - _EDGE, y, _written(one.accuracy), align="right", room=450)
            _interval(canvas, scale, y + 60, one.accuracy, color)
        canvas.text(_EDGE, 580, "Difference, first minus second", color=FADED)
        canvas.text(WIDTH - _EDGE, 580, _written(c.difference), align="right", room=450)
        scale = _Scale([*_bounds(c.difference), 0.0], within=(-1.0, 1.0))
        scale.draw(canvas, 625, 745, zero=True)
        _interval(canvas, scale, 685, c.difference, INK)
        return canvas.png()


class _Scale:
    """From a figure to a place between the edges of the picture."""

    def __init__(self, bounds: list[float], within: tuple[float, float]) -> None:
        low, high = (min(bounds), max(bounds)) if bounds else within
        room = max(0.015, 0.12 * (high - low))
        self.low, self.high = max(within[0], low - room), min(within[1], high + room)

    def x(self, value: float) -> float:
        """Pixels from the left."""
        first, last = _EDGE + 20, WIDTH - _EDGE - 20
        return first + (value - self.low) / (self.high - self.low) * (last - first)

    def ticks(self) -> list[float]:
        """Three to six round figures."""
        steps = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
        step = next((s for s in steps if (self.high - self.low) / s <= 5.5), 0.5)
        first = -(-self.low // step)
        return [step * (first + k) for k in range(7) if step * (first + k) <= self.high + 1e-9]

    def draw(self, canvas: Canvas, top: float, bottom: float, *, zero: bool = False) -> None:
        """Upright rules with their figures below."""
        for value in self.ticks():
            x = self.x(value)
            canvas.line((x, x), (top, bottom), RULE, 2)
            canvas.text(x, bottom + 32, f"{value + 0.0:.2f}", size=SMALL, color=FADED, align="center")
        if zero:
            canvas.line((self.x(0), self.x(0)), (top, bottom), FADED, 4)


def _interval(canvas: Canvas, scale: _Scale, y: float, estimate: Estimate, color: str) -> None:
    if estimate.lower is not None and estimate.upper is not None:
        canvas.line((scale.x(estimate.lower), scale.x(estimate.upper)), (y, y), color, 14)
    if estimate.value is not None:
        canvas.dot(scale.x(estimate.value), y, color, 40)


def _pair_cell(canvas: Canvas, pair: Pair, x: float, y: float, wide: float, high: float) -> None:
    value = pair.kappa.value
    color = RULE if value is None else tint(BLUE if value >= 0 else ORANGE, min(1.0, abs(value)))
    canvas.box(x + 5, y + 5, wide - 10, high - 10, color)
    words = "–" if value is None else f"{value:.3f}"
    interval = wide > 260 and pair.kappa.lower is not None
    size = LARGE if wide > 180 else NORMAL + 4
    canvas.text(x + wide / 2, y + high / 2 - (22 if interval else 0), words, size=size, align="center")
    if interval:
        bounds = f"{pair.kappa.lower:.3f} – {pair.kappa.upper:.3f}"
        canvas.text(x + wide / 2, y + high / 2 + 38, bounds, size=SMALL, align="center")


def _title(canvas: Canvas, words: str, mode: str) -> None:
    canvas.text(_EDGE, 56, tidy(words, 40), size=46, bold=True, room=WIDTH - 2 * _EDGE)
    canvas.text(_EDGE, 106, tidy(mode, 40), size=NORMAL, color=FADED)


def _accuracy_line(canvas: Canvas, accuracy: Estimate, items: int, y: float) -> None:
    words = f"{items} items, accuracy {_written(accuracy)}"
    canvas.text(WIDTH / 2, y, words, size=36, align="center", room=WIDTH - 2 * _EDGE)


def _written(estimate: Estimate) -> str:
    if estimate.value is None:
        return f"undefined: {estimate.reason}"
    if estimate.lower is None or estimate.upper is None:
        return f"{estimate.value:.3f}"
    return f"{estimate.value:.3f} [{estimate.lower:.3f}, {estimate.upper:.3f}]"


def _bounds(estimate: Estimate) -> list[float]:
    return [b for b in (estimate.lower, estimate.value, estimate.upper) if b is not None]


def _short(pseudonym: str) -> str:
    return tidy(pseudonym.removeprefix("labeler-"), 4)
