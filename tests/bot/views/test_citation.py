"""The methods paragraph that `labelbot cite` prints."""

from __future__ import annotations

from dataclasses import replace

from analysis.statistics.report import build_report
from bot.views.citation import methods_paragraph
from tests.support.studies import from_table, labels, model, simulated, study


def test_the_paragraph_of_the_published_run_reads_like_this() -> None:
    made, judged = from_table(69, 201, 5, 25)
    report = build_report(replace(made, guide_versions=("a1b2",)), judged)
    assert methods_paragraph(report, made.sample) == (
        "We drew 300 of the 65,344 features of 12-gemmascope-res-65k__l0-21 at random (pandas DataFrame.sample, "
        "seed 42). One person labeled 300 of them in the mode 'formatting', from the feature's "
        "description under version a1b2 of a written guide; nobody saw a model's label or another person's answer "
        "before answering. The labels of deepseek-v3-0324 agree with that person on 270 of 300 items, an accuracy of "
        "0.900 (95 % interval 0.861 to 0.929, Wilson). Phi is 0.764 (95 % interval 0.677 to 0.831, bootstrap over the "
        f"four cells). The fingerprint of sample, labels and model file is {report.fingerprint}."
    )


def test_with_several_people_it_says_how_they_agree_what_is_decided_and_what_is_left_out() -> None:
    made, judged = simulated(3, 300, answered=0.8)
    odd = replace(made, adjudicated={0: "related"}, marked=4, guide_versions=("v1", "v2"))
    report = build_report(odd, model({**judged.labels, 5: "api-error"}))
    text = methods_paragraph(report, made.sample)
    assert "3 people labeled " in text
    assert "under versions v1 and v2 of a written guide" in text
    assert "4 answers given after seeing a model's label or a report are not counted." in text
    ties = len(report.consensus.ties)
    assert f"({ties} ties without one, 1 item decided by an adjudicator)" in text
    assert "Krippendorff's alpha (nominal) is 0." in text
    assert "the pooled kappa of people with each other is 0." in text
    assert (
        f" labeled {report.labeled} of them in the mode 'formatting', each alone, from the feature's description"
        in text
    )
    assert f" {report.labeled - report.table.n} labeled items could not be compared." in text
    one = methods_paragraph(replace(report, marked=1), made.sample)
    assert "1 answer given after seeing a model's label or a report is not counted." in one


def test_where_nothing_is_labeled_or_nobody_overlaps_it_says_no_figure() -> None:
    nothing = methods_paragraph(build_report(study(size=5), model({})), study(size=5).sample)
    assert nothing.endswith("Nobody has labeled any of them in the mode 'formatting' yet.")
    assert "None" not in nothing
    assert "nan" not in nothing
    apart = study(labels([1, 0]), labels([None, None, 1]))
    text = methods_paragraph(build_report(apart, model(labels([1, 1, 1]))), apart.sample)
    assert "alpha" not in text
    assert "kappa" not in text
