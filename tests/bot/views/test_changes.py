"""What a scheduled report says of the one before."""

from __future__ import annotations

from bot.views.changes import figures_note, what_changed, with_line
from bot.views.text import CAPTION_UNITS


def test_the_first_report_says_nothing_of_one_before() -> None:
    assert what_changed(None, 40, 0.4) == ""


def test_new_labels_and_another_kappa_are_told() -> None:
    assert (
        what_changed(figures_note(40, 0.412), 72, 0.47)
        == "Since the last report: +32 labels, kappa 0.412 → 0.470."
    )
    assert what_changed(figures_note(40, None), 39, 0.47) == "Since the last report: -1 labels."


def test_the_same_figures_are_not_told() -> None:
    assert what_changed(figures_note(40, 0.4), 40, 0.4) == ""


def test_a_line_that_does_not_fit_is_left_out() -> None:
    assert with_line("caption", "line") == "caption\nline"
    assert with_line("c" * CAPTION_UNITS, "line") == "c" * CAPTION_UNITS
