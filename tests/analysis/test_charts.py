"""The pictures: that they can be read 390 pixels wide, whatever the names and figures."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import combinations
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from analysis.output import charts
from analysis.output.charts import agreement_png, comparison_png, metrics_png, models_png, prevalence_png
from analysis.statistics.agreement import agreement
from analysis.statistics.compare import compare_models
from analysis.statistics.models import rank_models
from analysis.statistics.report import build_report
from tests.support.studies import from_table, labels, model, simulated, study

AWKWARD = [
    "$x_1$ \\frac",
    "日本語モデル",
    "🎉" * 30,
    "\u202egpj.exe",
    "<b>&amp;",
    "x" * 300,
    "a\nb\x00c",
    "",
    "שלום",
]
MADE, FIRST = simulated(3)
SECOND = model(simulated(3, model_right=0.85)[1].labels, "gemini-2.0-flash")
COUNTED = replace(FIRST, related_features=20_000, not_related_features=45_000)

PICTURES: dict[str, Callable[[], bytes]] = {
    "metrics": lambda: metrics_png(build_report(*from_table(69, 201, 5, 25))),
    "people and model": lambda: metrics_png(build_report(MADE, FIRST)),
    "twelve": lambda: metrics_png(build_report(*simulated(12, answered=0.15))),
    "nothing": lambda: metrics_png(build_report(study(size=5), model({}))),
    "one class": lambda: metrics_png(build_report(*from_table(0, 50, 0, 0))),
    "agreement": lambda: agreement_png(agreement(MADE)),
    "agreement of twelve": lambda: agreement_png(agreement(simulated(12)[0])),
    "alone": lambda: agreement_png(agreement(simulated(1)[0])),
    "nobody": lambda: agreement_png(agreement(study(size=5))),
    "unanimous": lambda: agreement_png(agreement(study(labels([0] * 9), labels([0] * 9)))),
    "opposite": lambda: agreement_png(agreement(study(labels([0, 1] * 9), labels([1, 0] * 9)))),
    "apart": lambda: agreement_png(agreement(study(labels([0, 1]), labels([None, None, 1])))),
    "comparison": lambda: comparison_png(compare_models(MADE, FIRST, SECOND)),
    "the same": lambda: comparison_png(compare_models(MADE, FIRST, FIRST)),
    "no items": lambda: comparison_png(compare_models(MADE, FIRST, model({}))),
    "few items": lambda: comparison_png(compare_models(study(labels([0, 1])), model(labels([0, 0])), FIRST)),
    "prevalence": lambda: prevalence_png(build_report(MADE, COUNTED).prevalence),
    "prevalence of few": lambda: prevalence_png(build_report(study(labels([1])), COUNTED).prevalence),
    "not counted": lambda: prevalence_png(build_report(MADE, FIRST).prevalence),
    "models": lambda: models_png(rank_models(MADE, [FIRST, SECOND, FIRST])),
    "no model": lambda: models_png(rank_models(MADE, [])),
    "ten models": lambda: models_png(rank_models(MADE, [FIRST, SECOND] * 5)),
}


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Figure]]:
    """The figures of the pictures drawn in a test."""
    kept: list[Figure] = []
    really = charts.draw

    def keep(*args: Any) -> Figure:
        kept.append(really(*args))
        return kept[-1]

    monkeypatch.setattr(charts, "draw", keep)
    yield kept


def texts_of(figure: Figure) -> list[Text]:
    """Every text of a picture that is not empty, those of the scales included."""
    figure.canvas.draw()
    return [
        text for axes in figure.axes for text in (*axes.texts, *axes.get_xticklabels())
        if (text.get_text() and axes.get_xlim()[0] - 1e-9 <= text.get_unitless_position()[0] <= axes.get_xlim()[1])
        or text in axes.texts
    ]  # fmt: skip


def shape(png: bytes) -> np.ndarray:
    """Pixels, (height, width, 4)."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_solid_leaves_room_for_its_caption_and_its_texts_are_large_whole_and_apart(
    name: str, drawn: list[Figure]
) -> None:
    pixels = shape(PICTURES[name]())
    height, width, _ = pixels.shape
    assert width == 1080
    assert 180 <= height <= 800
    assert (pixels[..., 3] == 255).all()
    assert {tuple(pixels[y, x, :3]) for y in (0, -1) for x in (0, -1)} == {(0x3F, 0x4A, 0x56)}
    (one,) = drawn
    boxes = []
    for text in texts_of(one):
        box = text.get_window_extent()
        assert text.get_fontsize() * charts.DOTS / 72 * 320 / 1080 >= 11.8
        assert 0 <= box.x0 < box.x1 <= 1080, text.get_text()
        assert 0 <= box.y0 < box.y1 <= height, text.get_text()
        boxes.append((text.get_text(), box))
    for (a, first), (b, second) in combinations(boxes, 2):
        assert not first.overlaps(second), (a, b)


def test_the_kappa_of_the_model_lies_on_the_range_of_the_peoples(drawn: list[Figure]) -> None:
    report = build_report(MADE, FIRST)
    metrics_png(report)
    assert report.ceiling is not None
    (band,) = drawn[0].axes[0].collections
    (path,) = band.get_paths()
    people, row = report.ceiling.kappas.people, 2
    assert (path.vertices[:, 0].min(), path.vertices[:, 0].max()) == pytest.approx(
        (people.lower, people.upper)
    )
    assert path.vertices[:, 1].min() < row < path.vertices[:, 1].max()
    assert drawn[0].axes[0].texts[row].get_text() == "kappa: model"


def test_the_picture_of_a_comparison_draws_the_interval_that_the_caption_prints(drawn: list[Figure]) -> None:
    found = compare_models(MADE, FIRST, SECOND)
    comparison_png(found)
    d = found.difference.difference
    lines = [list(map(float, line.get_xdata())) for line in drawn[0].axes[1].lines]
    assert [0, 0] in lines
    assert [d.lower, d.upper] in lines
    assert d.lower is not None
    assert (d.lower > 0) == found.difference.claimed


def test_a_model_named_like_the_difference_is_drawn_on_the_scale_of_its_accuracy(drawn: list[Figure]) -> None:
    comparison_png(compare_models(MADE, replace(FIRST, file=replace(FIRST.file, name="difference")), SECOND))
    assert drawn[0].axes[0].get_xlim()[0] > 0.3
    assert drawn[0].axes[1].get_xlim()[0] < 0


def test_of_many_labelers_the_busiest_are_drawn(drawn: list[Figure]) -> None:
    found = agreement(simulated(12, answered=0.8)[0])
    agreement_png(found)
    names = [text.get_text() for axes in drawn[0].axes for text in axes.texts]
    busiest = sorted(found.labelers, key=lambda one: (-one.labels, one.pseudonym))[:5]
    assert names == ["alpha", *sorted(one.pseudonym for one in busiest)]


def test_models_that_cannot_be_told_apart_are_joined_by_a_bracket(drawn: list[Figure]) -> None:
    models_png(rank_models(MADE, [FIRST, SECOND, model(FIRST.labels, "twin")]))
    brackets = [
        line for line in drawn[0].axes[0].lines if not line.get_clip_on() and len(line.get_xdata()) == 2
    ]
    assert [list(line.get_ydata()) for line in brackets] == [[-0.3, 1.3]]


@pytest.mark.parametrize("name", AWKWARD, ids=range(len(AWKWARD)))
def test_awkward_names_are_drawn_without_a_warning(name: str) -> None:
    shape(metrics_png(build_report(MADE, model(FIRST.labels, name))))
    shape(comparison_png(compare_models(MADE, model(FIRST.labels, name), model(SECOND.labels, name))))


def test_threads_may_draw_at_once_and_draw_the_same() -> None:
    wanted = [PICTURES["metrics"], PICTURES["agreement"]] * 4
    with ThreadPoolExecutor(4) as pool:
        pictures = list(pool.map(lambda draw: draw(), wanted))
    assert len(set(pictures)) == 2


def test_the_global_state_of_matplotlib_is_left_alone() -> None:
    before = dict(mpl.rcParams)
    PICTURES["comparison"]()
    assert dict(mpl.rcParams) == before
    code = """
import sys
from tests.analysis.test_charts import PICTURES
PICTURES["metrics"]()
print("matplotlib.pyplot" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_ink_and_figures_stand_out_from_the_ground_and_the_ground_from_light_and_dark_chats() -> None:
    assert contrast(charts.INK, charts.GROUND) >= 7
    assert min(contrast(color, charts.GROUND) for color in (charts.BLUE, charts.ORANGE)) >= 4.5
    assert contrast(charts.GROUND, "#ffffff") >= 3
    assert contrast(charts.GROUND, "#0e1621") >= 1.5


def contrast(first: str, second: str) -> float:
    """Contrast of two colours as WCAG 2.2 defines it, 1 to 21."""
    light = []
    for color in (first, second):
        parts = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        light.append(0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
    return max(light) / min(light)
