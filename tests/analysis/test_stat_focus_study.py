"""Sample and focus sets together: which sets count, how they are weighed, and what is said of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.output.focus_files import focus_paths, strata_json
from analysis.output.metrics import comparison_record, metrics_record
from analysis.records import NOT_RELATED, RELATED, LabeledFocusSet, ModelLabels, Study
from analysis.statistics.compare import compare_models
from analysis.statistics.focus import LabeledStratum, focus_difference, focus_figures
from analysis.statistics.focus_gain import gain_for_one, gain_for_two
from analysis.statistics.focus_study import focus_on_model, labeled_strata
from analysis.statistics.report import build_report
from bot.views.report_lines import plain
from bot.views.report_more import comparison_more, report_more
from bot.views.report_text import comparison_caption, report_caption
from tests.support.studies import MODE, SIZES, STEM, focus_set, labels, model, study

COLUMNS = 24
"""What a line of a code block may hold on a narrow phone."""
SHA, OTHER = "ab" * 32, "cd" * 32


HALVES = {RELATED: (60, 48), NOT_RELATED: (60, 1)}


def with_sets(*sets: LabeledFocusSet) -> tuple[Study, ModelLabels]:
    """A sample of 300: people call 24 of the model's 30 related and 6 of its 270 others related; and these sets."""
    made = study(labels([1] * 24 + [0] * 6 + [1] * 6 + [0] * 264), focus=sets)
    return made, model(labels([1] * 30 + [0] * 270))


def test_the_strata_of_the_sample_and_of_a_set_are_counted_together_and_weighed() -> None:
    made, judged = with_sets(focus_set(HALVES))
    report = build_report(made, judged)
    assert report.focus is not None
    by_hand = focus_figures(LabeledStratum(6_534, 90, 72), LabeledStratum(58_810, 330, 7))
    assert report.focus.figures == by_hand
    assert (report.focus.focus_items, report.focus.figures.items) == (120, 420)
    # counted plainly, sample and set together would say 72 of 79: it must never read so
    assert report.focus.figures.recall.value == pytest.approx(0.807, abs=0.001)
    assert 72 / 79 > 0.91
    assert report.focus.figures.prevalence.value == pytest.approx(0.1 * 0.8 + 0.9 * 7 / 330, abs=0.001)
    assert report.table.n == 300, "the figures of the sample alone stay as they are"


def test_several_complete_sets_by_the_same_file_are_counted_together() -> None:
    second = focus_set({RELATED: (10, 9), NOT_RELATED: (10, 0)}, first=600)
    report = build_report(*with_sets(focus_set(HALVES), second))
    assert report.focus is not None
    assert report.focus.figures == focus_figures(
        LabeledStratum(6_534, 100, 81), LabeledStratum(58_810, 340, 7)
    )


@pytest.mark.parametrize("state", ["active", "off", "ended"])
def test_a_set_that_is_not_complete_changes_no_figure_no_text_and_no_file(state: str) -> None:
    plainly, beside = (
        build_report(*with_sets(*sets)) for sets in ((), (replace(focus_set(HALVES), state=state),))
    )
    assert (plainly.focus, beside.focus) == (None, None)
    assert plainly == beside
    assert (report_caption(plainly), report_more(plainly)) == (report_caption(beside), report_more(beside))


def test_a_set_by_another_version_of_the_file_does_not_count_and_the_report_says_so() -> None:
    report = build_report(*with_sets(focus_set(HALVES, sha256=(OTHER,))))
    assert report.focus is None
    assert report.focus_ended
    assert (
        "The last focus set for deepseek-v3-0324 is not counted: its file has changed since."
        in report_caption(report)
    )
    drawn_anew = build_report(*with_sets(focus_set(HALVES, sha256=(OTHER,)), focus_set(HALVES)))
    assert drawn_anew.focus is not None
    assert not drawn_anew.focus_ended


def test_an_item_that_a_grown_sample_has_taken_in_counts_once() -> None:
    made, judged = with_sets(focus_set(HALVES, first=295))  # five of its items are in the sample now
    found = focus_on_model(made, made.labels["labeler-01"], judged)
    assert found is not None
    assert found.focus_items == 115


def test_the_report_shows_both_beside_each_other_on_a_phone() -> None:
    report = build_report(*with_sets(focus_set(HALVES)))
    caption, more = report_caption(report), plain(report_more(report))
    assert "\nprecision (focus) 0.800 [" in caption
    assert "\nrecall (focus) 0.807 [" in caption
    assert "by sample and focus set (420 items, 120 of them focus items):" in more
    assert len(plain(caption)) <= 1024
    for name in ("precision", "recall", "phi", "prevalence"):
        (line,) = [
            line for line in more.splitlines() if line.startswith(f"{name} ") and "sample alone" in line
        ]
        assert line.count("[") == (1 if name == "prevalence" else 2), line  # the file was not counted here
    record = metrics_record(report, timestamp="t", human_labels="h", model_classifications="m")
    ends = [f"{name}{end}" for name in ("precision", "recall", "phi", "prevalence") for end in ENDS]
    assert list(record["focus"]) == ["kind", "items", *ends]
    assert (record["focus"]["kind"], record["focus"]["items"]) == ("one model", 420)
    assert record["recall"] == pytest.approx(24 / 30)
    plainly = build_report(*with_sets())
    assert (
        metrics_record(plainly, timestamp="t", human_labels="h", model_classifications="m")["focus"] is None
    )
    assert report.fingerprint != plainly.fingerprint


ENDS = ("", "_ci_lower", "_ci_upper")
TWO = {"differ": 6_534, "both": 65_340}


@pytest.mark.parametrize("turned", [False, True])
def test_the_difference_of_two_models_is_put_together_whichever_is_named_first(turned: bool) -> None:
    # 20 items of the sample on which they differ, the first right on 12; in the set on 53 of 80
    people = labels([1] * 12 + [0] * 8 + [0] * 280)
    a = model(labels([1] * 20 + [0] * 280), "a", sha256="aa")
    b = model(labels([0] * 300), "b", sha256="bb")
    said = {RELATED: (50, 40), NOT_RELATED: (30, 17)}  # the first is right on 40 and on 30 - 17
    one = focus_set(said, sha256=("aa", "bb"), models=("a", "b"), sizes=TWO)
    made = study(people, focus=(one,))
    found = compare_models(made, *((b, a) if turned else (a, b)))
    assert found.focus is not None
    expected = focus_difference(6_534, 65_340, 12 + 40 + 13, 100)
    sign = -1 if turned else 1
    assert found.focus.difference.value == pytest.approx(sign * (expected.value or 0))
    assert (found.focus.focus_items, found.focus.items) == (80, 100)
    assert "\ndifference (focus) " in comparison_caption(found)
    assert "100 items on which they differ" in comparison_more(found)
    record = comparison_record(found, timestamp="t")
    assert record["focus"] == {
        "kind": "two models",
        "items": 100,
        "difference": found.focus.difference.value,
        "difference_ci_lower": found.focus.difference.lower,
        "difference_ci_upper": found.focus.difference.upper,
    }
    assert build_report(made, a).focus is None, "a set for two says nothing of one"


def test_what_is_promised_narrows_and_is_open_where_nothing_is_known() -> None:
    made, judged = with_sets()
    strata = labeled_strata(SIZES, made.labels["labeler-01"], judged.labels)
    assert strata == (LabeledStratum(6_534, 30, 24), LabeledStratum(58_810, 270, 6))
    gains = gain_for_one(*strata, 50, 50)
    for gain in gains.values():
        assert gain.now is not None
        assert gain.then is not None
        assert gain.then < gain.now
    recall = gains["recall"]
    assert (round(100 * (recall.now or 0)), round(100 * (recall.then or 0))) == (13, 11)
    nothing = gain_for_one(LabeledStratum(100, 0, 0), LabeledStratum(900, 0, 0), 50, 50)
    assert nothing["precision"].now is None
    assert nothing["precision"].then is not None
    assert (nothing["recall"].then, nothing["phi"].then) == (None, None)
    two = gain_for_two(6_534, 65_340, 15, 30, 90)
    assert two.now is not None
    assert two.then is not None
    assert two.now / two.then == pytest.approx(2, abs=0.1), "four times the items, half the width"
    assert gain_for_two(6_534, 65_340, 0, 0, 90).now is None


def test_the_strata_of_a_set_lie_beside_its_labels_with_what_they_weigh(tmp_path: Path) -> None:
    drawn = focus_set(HALVES).drawn
    labels_file, strata_file = focus_paths(tmp_path, drawn)
    assert labels_file == tmp_path / "human_labels" / "focus" / f"{STEM}_focus-1_human_labels_{MODE}.json"
    assert strata_file.parent == labels_file.parent
    told = json.loads(strata_json(drawn))
    assert told["weights"] == {RELATED: 0.09999387855044074, NOT_RELATED: 0.9000061214495593}
    assert told["features"] == SIZES
    assert told["models"] == [{"model": "deepseek-v3-0324", "sha256": SHA}]
    assert told["items"][0] == {
        "_row_id": 0,
        "feature_index": 50_000,
        "position": 300,
        "stratum": RELATED,
    }
    two = focus_set({RELATED: (5, 3)}, sha256=("aa", "bb"), models=("a", "b"), sizes=TWO).drawn
    assert json.loads(strata_json(two))["weights"] == {"differ": 0.1}
