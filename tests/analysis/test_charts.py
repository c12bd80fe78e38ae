"""The pictures: that they can be read 390 pixels wide, whatever the names and figures."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from analysis.output import canvas, charts
from analysis.output.charts import agreement_png, comparison_png, confusion_png
from analysis.statistics.agreement import agreement
from analysis.statistics.compare import compare_models
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

PICTURES: dict[str, Callable[[], bytes]] = {
    "confusion": lambda: confusion_png(build_report(*from_table(69, 201, 5, 25))),
    "large counts": lambda: confusion_png(build_report(*from_table(12_000, 20_000, 5, 25))),
    "nothing": lambda: confusion_png(build_report(study(size=5), model({}))),
    "agreement": lambda: agreement_png(agreement(MADE)),
    "two": lambda: agreement_png(agreement(simulated(2)[0])),
    "five": lambda: agreement_png(agreement(simulated(5, answered=0.7)[0])),
    "twelve": lambda: agreement_png(agreement(simulated(12)[0])),
    "alone": lambda: agreement_png(agreement(simulated(1)[0])),
    "nobody": lambda: agreement_png(agreement(study(size=5))),
    "unanimous": lambda: agreement_png(agreement(study(labels([0] * 9), labels([0] * 9)))),
    "opposite": lambda: agreement_png(agreement(study(labels([0, 1] * 9), labels([1, 0] * 9)))),
    "apart": lambda: agreement_png(agreement(study(labels([0, 1]), labels([None, None, 1])))),
    "comparison": lambda: comparison_png(compare_models(MADE, FIRST, SECOND)),
    "the same": lambda: comparison_png(compare_models(MADE, FIRST, FIRST)),
    "no items": lambda: comparison_png(compare_models(MADE, FIRST, model({}))),
    "few items": lambda: comparison_png(compare_models(study(labels([0, 1])), model(labels([0, 0])), FIRST)),
}


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[canvas.Canvas]]:
    """The canvases of the pictures drawn in a test."""
    kept: list[canvas.Canvas] = []

    class Kept(canvas.Canvas):
        def __init__(self, height: int) -> None:
            super().__init__(height)
            kept.append(self)

    monkeypatch.setattr(charts, "Canvas", Kept)
    yield kept


def shape(png: bytes) -> np.ndarray:
    """Pixels, (height, width, 4)."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_solid_not_too_tall_and_its_texts_are_large_inside_and_clear_of_each_other(
    name: str, drawn: list[canvas.Canvas]
) -> None:
    pixels = shape(PICTURES[name]())
    height, width, _ = pixels.shape
    assert width == 1080
    assert 600 <= height <= 1120
    assert (pixels[..., 3] == 255).all()
    assert (pixels[[0, 0, -1, -1], [0, -1, 0, -1], :3] == 255).all()
    (one,) = drawn
    boxes = []
    for text in one.axes.texts:
        box = text.get_window_extent(one._renderer())
        assert text.get_fontsize() * canvas.DOTS / 72 >= canvas.SMALL - 0.01
        assert 10 <= box.x0 < box.x1 <= 1070, text.get_text()
        assert 0 <= box.y0 < box.y1 <= height, text.get_text()
        boxes.append((text.get_text(), box))
    assert len(boxes) >= 4
    for (a, first), (b, second) in combinations(boxes, 2):
        assert not first.overlaps(second), (a, b)


def test_the_four_counts_and_the_accuracy_stand_in_the_picture(drawn: list[canvas.Canvas]) -> None:
    confusion_png(build_report(*from_table(69, 201, 5, 25)))
    words = [text.get_text() for text in drawn[0].axes.texts]
    assert words[:2] == ["deepseek-v3-0324", "formatting"]
    assert {"69", "201", "5", "25", "300 items, accuracy 0.900 [0.861, 0.929]"} <= set(words)
    place = {text.get_text(): text.get_position() for text in drawn[0].axes.texts}
    assert place["69"][0] == place["5"][0] < place["25"][0] == place["201"][0]  # columns: the model
    assert place["69"][1] == place["25"][1] < place["5"][1] == place["201"][1]  # rows: the people


def test_of_many_labelers_the_eight_busiest_are_drawn_and_it_says_so(drawn: list[canvas.Canvas]) -> None:
    found = agreement(simulated(12, answered=0.8)[0])
    agreement_png(found)
    words = [text.get_text() for text in drawn[0].axes.texts]
    assert any(word.startswith("8 of 12 labelers, ") for word in words)
    busiest = sorted(found.labelers, key=lambda one: -one.labels)[:8]
    assert {one.pseudonym[-2:] for one in busiest} <= set(words)
    assert sum(word.startswith("0.") for word in words) == 28


@pytest.mark.parametrize("name", AWKWARD, ids=range(len(AWKWARD)))
def test_awkward_names_are_drawn_without_a_warning(name: str) -> None:
    shape(confusion_png(build_report(MADE, model(FIRST.labels, name))))
    shape(comparison_png(compare_models(MADE, model(FIRST.labels, name), model(SECOND.labels, name))))


def test_threads_may_draw_at_once_and_draw_the_same() -> None:
    wanted = [PICTURES["confusion"], PICTURES["agreement"]] * 4
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
PICTURES["confusion"]()
print("matplotlib.pyplot" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_ink_stands_out_from_every_ground_it_is_drawn_on() -> None:
    grounds = [canvas.PAPER, canvas.RULE, *(canvas.tint(c, 1) for c in (canvas.BLUE, canvas.ORANGE))]
    assert min(contrast(canvas.INK, ground) for ground in grounds) >= 7
    assert contrast(canvas.FADED, canvas.PAPER) >= 4.5
    assert contrast(canvas.BLUE, canvas.PAPER) >= 4.5
    assert contrast(canvas.ORANGE, canvas.PAPER) >= 3  # names in bold of 32 pixels, and a line


def contrast(first: str, second: str) -> float:
    """Contrast of two colours as WCAG 2.2 defines it, 1 to 21."""
    light = []
    for color in (first, second):
        parts = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        light.append(0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
    return max(light) / min(light)
