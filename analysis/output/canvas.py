"""A picture to draw on: figure objects of its own, its own fonts and colours, no global state of matplotlib.

Sizes are for a phone that shows the 1,080 pixels as 390: the smallest text is 28 pixels high, 10 on the phone's.
"""

from __future__ import annotations

import io
import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import RendererBase
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

WIDTH = 1080
DOTS = 100
LARGE, NORMAL, SMALL = 52, 32, 28
"""Text heights in pixels."""
PAPER, INK, FADED, RULE = "#ffffff", "#1a1d21", "#50565e", "#d5d9de"
BLUE, ORANGE = "#0072b2", "#d55e00"
"""Of the palette by Okabe and Ito (2008), told apart with every kind of colour blindness."""
PALEST, DEEPEST = 0.12, 0.56
"""How strongly a cell may be tinted so that dark ink on it stays easy to read."""
UNKNOWN = "\ufffd"

DRAWING = threading.Lock()
"""Held while a picture is drawn: matplotlib's fonts are not made for several threads."""


class Canvas:
    """`WIDTH` by `height` pixels, x from 0 to WIDTH to the right, y from 0 to `height` downwards."""

    def __init__(self, height: int) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.height = height
        self.figure: Figure = Figure(figsize=(WIDTH / DOTS, height / DOTS), dpi=DOTS, facecolor=PAPER)
        self._canvas = FigureCanvasAgg(self.figure)
        self.axes: Axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_xlim(0, WIDTH)
        self.axes.set_ylim(height, 0)
        self.axes.axis("off")

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: int = NORMAL,
        color: str = INK,
        bold: bool = False,
        align: str = "left",
        room: float | None = None,
    ) -> None:
        """One line, its middle at `y`; `size` in pixels, made smaller (to SMALL at least) to fit into `room`."""
        drawn = self.axes.text(
            x,
            y,
            drawable(words),
            color=color,
            fontproperties=_font(bold),
            fontsize=size * 72 / DOTS,
            ha=align,
            va="center_baseline",
            parse_math=False,
        )
        if room is None:
            return
        width = drawn.get_window_extent(self._renderer()).width
        if width > room:
            drawn.set_fontsize(max(SMALL, size * room / width) * 72 / DOTS)

    def box(self, x: float, y: float, width: float, height: float, color: str) -> None:
        """A filled rectangle with rounded corners."""
        from matplotlib.patches import FancyBboxPatch

        style = "round,pad=0,rounding_size=14"
        self.axes.add_patch(FancyBboxPatch((x, y), width, height, boxstyle=style, fc=color, ec="none"))

    def line(self, xs: tuple[float, float], ys: tuple[float, float], color: str, width: float) -> None:
        """A straight line, `width` in pixels."""
        self.axes.plot(xs, ys, color=color, linewidth=width * 72 / DOTS, solid_capstyle="round")

    def dot(self, x: float, y: float, color: str, size: float) -> None:
        """A disc with a rim of paper, `size` its diameter in pixels."""
        self.axes.plot(
            [x], [y], "o", color=color, markersize=size * 72 / DOTS, markeredgecolor=PAPER, markeredgewidth=3
        )

    def png(self) -> bytes:
        """The picture."""
        out = io.BytesIO()
        self._canvas.print_png(out, metadata={"Software": None})  # type: ignore[no-untyped-call]  # matplotlib's
        return out.getvalue()

    def _renderer(self) -> RendererBase:
        return self._canvas.get_renderer()  # type: ignore[no-untyped-call, no-any-return]  # matplotlib's


def drawable(words: str) -> str:
    """The words with every character that the font cannot draw replaced by one sign."""
    known = _known()
    return "".join(c if ord(c) in known else UNKNOWN for c in words)


def tint(color: str, strength: float) -> str:
    """The tint of a cell that says `strength`, 0 to 1, in `color`."""
    strength = PALEST + (DEEPEST - PALEST) * strength
    parts = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return "#" + "".join(f"{round(255 + (part - 255) * strength):02x}" for part in parts)


def _font(bold: bool) -> FontProperties:
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=_font_file("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"))


def _font_file(file: str) -> str:
    import matplotlib

    return str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / file)


@lru_cache(maxsize=1)
def _known() -> frozenset[int]:
    """The characters that both fonts can draw."""
    from matplotlib.ft2font import FT2Font

    charmaps = [FT2Font(_font_file(file)).get_charmap() for file in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")]
    return frozenset(charmaps[0]).intersection(*charmaps[1:])
