"""The metrics JSON, the merged CSV and the CSV of answers, against the notebook's own rules in pandas."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis.output.answers import ANSWER_COLUMNS, AnswerRow, answers_csv
from analysis.output.metrics import (
    comparison_path,
    comparison_record,
    merged_csv,
    metrics_paths,
    metrics_record,
    models_path,
    models_record,
    to_json,
)
from analysis.records import ModelLabels, Study
from analysis.statistics.compare import compare_models
from analysis.statistics.models import rank_models
from analysis.statistics.report import build_report
from tests.support.studies import STEM, from_table, labels, model, simulated, study

NOTEBOOK_KEYS = (
    "timestamp", "model_name", "samples", "accuracy", "tp", "tn", "fp", "fn", "phi",
    "human_labels", "model_classifications", "join_key",
)  # fmt: skip
OUR_KEYS = (
    "accuracy_se", "accuracy_ci_lower", "accuracy_ci_upper", "accuracy_if_left_out_wrong",
    "accuracy_if_left_out_right", "phi_ci_lower", "phi_ci_upper", "precision", "precision_ci_lower",
    "precision_ci_upper", "recall", "recall_ci_lower", "recall_ci_upper", "f1", "f1_ci_lower", "f1_ci_upper",
    "kappa", "kappa_ci_lower", "kappa_ci_upper", "human_positive_rate", "model_positive_rate", "dropped",
    "unmatched", "other_description", "labelers", "ties", "adjudicated", "after_review", "between_humans",
    "other_modes", "self_agreement", "focus", "verdict", "complete", "prevalence", "fingerprint",
)  # fmt: skip
WORDS = {
    "timestamp": "2025-01-02T03:04:05.678901Z",
    "human_labels": "out/human_labels/é.json",
    "model_classifications": "m.json",
}


def notebook(
    made: Study, judged: ModelLabels, join_key: str = "feature_index"
) -> tuple[dict[str, object], bytes]:
    """Metrics and merged table by the rules of the notebook's second cell, from one labeler's labels."""
    (given_,) = made.labels.values()
    items = made.sample.items
    human_df = pd.DataFrame([
        {"_row_id": r, "feature_index": items[r].feature_index, "feature_id": items[r].feature_id, "label": given_[r]}
        for r in sorted(given_)
    ])  # fmt: skip
    model_df = pd.DataFrame([
        {"feature_index": items[r].feature_index, "feature_id": items[r].feature_id, "label": label}
        for r, label in sorted(judged.labels.items(), reverse=True)
    ])  # fmt: skip
    merged = human_df[[join_key, "label"]].merge(
        model_df[[join_key, "label"]],
        on=join_key,
        how="inner",
        suffixes=("_human", "_model"),
        validate="many_to_one",
    )
    label_map = {"related": 1, "not-related": 0}
    merged["y_true"] = merged["label_human"].map(label_map)
    merged["y_pred"] = merged["label_model"].map(label_map)
    merged = merged.dropna(subset=["y_true", "y_pred"]).copy()
    merged["y_true"] = merged["y_true"].astype(int)
    merged["y_pred"] = merged["y_pred"].astype(int)
    n = len(merged)
    acc = float((merged["y_true"] == merged["y_pred"]).mean()) if n > 0 else float("nan")
    tp = int(((merged["y_true"] == 1) & (merged["y_pred"] == 1)).sum())
    tn = int(((merged["y_true"] == 0) & (merged["y_pred"] == 0)).sum())
    fp = int(((merged["y_true"] == 0) & (merged["y_pred"] == 1)).sum())
    fn = int(((merged["y_true"] == 1) & (merged["y_pred"] == 0)).sum())
    phi = None
    den = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    if den != 0:
        phi = float((tp * tn - fp * fn) / np.sqrt(den))
    found = {
        "timestamp": WORDS["timestamp"], "model_name": judged.file.path.stem, "samples": n, "accuracy": acc,
        "tp": tp, "tn": tn, "fp": fp, "fn": fn, "phi": phi, "human_labels": WORDS["human_labels"],
        "model_classifications": WORDS["model_classifications"], "join_key": join_key,
    }  # fmt: skip
    return found, merged.to_csv(index=False).encode()


def errors_among(made: Study, judged: ModelLabels) -> tuple[Study, ModelLabels]:
    """The same, with a few labels that are none and a few rows that the file lacks."""
    given_ = {row: label if row % 9 else "api-error" for row, label in judged.labels.items() if row % 11}
    return made, model(given_, unmatched=tuple(row for row in judged.labels if not row % 11))


@pytest.mark.parametrize("join_key", ["feature_index", "feature_id"])
@pytest.mark.parametrize(
    "case",
    [
        from_table(69, 201, 5, 25),
        from_table(23, 228, 5, 44),
        from_table(0, 50, 0, 10),
        simulated(1, answered=0.6),
        errors_among(*simulated(1)),
    ],
    ids=["first", "second", "never related", "half labeled", "errors"],
)
def test_both_files_are_the_notebooks(case: tuple[Study, ModelLabels], join_key: str) -> None:
    made, judged = case
    report = build_report(made, model(judged.labels, unmatched=judged.unmatched, join_key=join_key))
    expected, table = notebook(made, judged, join_key)
    record = metrics_record(report, **WORDS)
    head = dict(list(record.items())[: len(NOTEBOOK_KEYS)])
    assert json.dumps(head, indent=2) == json.dumps(expected, indent=2)
    assert merged_csv(report) == table
    assert to_json(record).startswith(json.dumps(expected, indent=2).encode()[:-2])


def test_keys_come_in_the_order_of_the_contract() -> None:
    keys = tuple(metrics_record(build_report(*simulated(2)), **WORDS))
    assert keys[: len(NOTEBOOK_KEYS) + len(OUR_KEYS)] == NOTEBOOK_KEYS + OUR_KEYS


def test_nested_values_have_the_shapes_of_the_contract() -> None:
    alone = metrics_record(build_report(*simulated(1)), **WORDS)
    assert (alone["between_humans"], alone["self_agreement"], alone["focus"], alone["prevalence"]) == (
        None,
    ) * 4
    assert alone["complete"] == 1.0
    made, judged = simulated(2)
    odd = replace(
        made,
        repeats=(("related", "related"), ("related", "not-related")),
        other_modes={"alignment": labels([1, 0] * 150)},
        marked=7,
    )
    file = replace(judged, related_features=20_000, not_related_features=45_000)
    both = metrics_record(build_report(odd, file), **WORDS)
    ends = ("ci_lower", "ci_upper")
    figures = ("people_kappa", "model_kappa", "difference", "alpha")
    named = [key for name in figures for key in (name, *(f"{name}_{end}" for end in ends))]
    assert list(both["between_humans"]) == ["items", *named]
    assert [list(one) for one in both["labelers"]] == [["pseudonym", "labels", "accuracy", "kappa"]] * 2
    assert both["labelers"][1]["pseudonym"] == "labeler-02"
    assert list(both["other_modes"]["alignment"]) == ["fp_related", "fp_labeled", "fn_related", "fn_labeled"]
    assert list(both["self_agreement"]) == ["agreed", "repeats", *ends]
    assert list(both["prevalence"]) == [
        "estimate", *ends, "people_alone", "people_alone_ci_lower", "people_alone_ci_upper", "model_alone",
        "population", "effective_labels",
    ]  # fmt: skip
    assert both["after_review"] == 7
    top = build_report(odd, file).ceiling
    assert top is not None
    assert both["between_humans"]["difference_ci_lower"] == top.verdict.difference.lower


def test_a_comparison_is_written_with_the_keys_of_the_contract() -> None:
    made, first = simulated(2)
    second = model(simulated(2, model_right=0.8)[1].labels, "b/gemini")
    found = compare_models(made, first, second)
    record = comparison_record(found, timestamp="t")
    assert list(record) == [
        "timestamp", "mode", "first", "second", "samples", "both_right", "only_first", "only_second", "both_wrong",
        "accuracy_first", "accuracy_first_ci_lower", "accuracy_first_ci_upper", "accuracy_second",
        "accuracy_second_ci_lower", "accuracy_second_ci_upper", "difference", "difference_ci_lower",
        "difference_ci_upper", "z", "p_value", "complete", "items_for_5_points", "verdict", "fingerprint",
    ]  # fmt: skip
    assert (record["difference_ci_lower"], record["p_value"]) == (
        found.difference.difference.lower,
        found.difference.p_value,
    )
    assert comparison_path(Path("out"), "labels", found) == Path(
        "out/metrics/labels_deepseek-v3-0324_vs_b_gemini_comparison.json"
    )
    nothing = comparison_record(compare_models(made, first, model({})), timestamp="t")
    assert json.loads(to_json(nothing)) == nothing
    assert (nothing["accuracy_first"], nothing["p_value"], nothing["samples"]) == (None, None, 0)


def test_all_models_are_a_list_best_first() -> None:
    made, worse = simulated(2, model_right=0.7)
    better = model(simulated(2, model_right=0.95)[1].labels, "better")
    found = models_record(rank_models(made, [worse, better]))
    assert [one["model"] for one in found] == ["better", "deepseek-v3-0324"]
    assert list(found[0]) == [
        "model", "samples", "accuracy", "accuracy_ci_lower", "accuracy_ci_upper", "kappa", "kappa_ci_lower",
        "kappa_ci_upper", "rank_lower", "rank_upper",
    ]  # fmt: skip
    assert [(one["rank_lower"], one["rank_upper"]) for one in found] == [(1, 1), (2, 2)]
    assert models_path(Path("out"), "labels") == Path("out/metrics/labels_models.json")


@pytest.mark.parametrize(
    "case",
    [
        (study(size=5), model({})),
        (study(labels([1])), model({0: "api-error"})),
        (study(labels([0] * 9), labels([0] * 9)), model(labels([0] * 9))),
        (study(labels([1, 0]), labels([None, None, 0])), model(labels([1, 1, 1]))),
    ],
    ids=["nothing", "errors", "unanimous", "apart"],
)
def test_undefined_is_null_and_never_nan(case: tuple[Study, ModelLabels]) -> None:
    record = metrics_record(build_report(*case), **WORDS)
    text = to_json(record).decode("ascii")
    assert "NaN" not in text
    assert json.loads(text) == record
    assert record["phi"] is None


def test_the_json_is_dumped_as_the_notebook_dumps_it() -> None:
    record = metrics_record(build_report(*from_table(1, 1, 1, 1)), **WORDS)
    assert to_json(record).decode() == json.dumps(record, indent=2)
    assert b"\\u00e9.json" in to_json(record)
    with pytest.raises(ValueError, match="Out of range float values are not JSON compliant"):
        to_json({"accuracy": math.nan})


def test_a_key_with_a_comma_a_quote_or_a_line_end_is_written_as_pandas_writes_it() -> None:
    keys = ["a,b", 'say "hi"', "two\nlines", " space ", "é", "plain", "tab\t", "cr\r"]
    made = study(labels([1, 0] * 4))
    items = tuple(
        type(item)(item.row_id, None, key, None) for item, key in zip(made.sample.items, keys, strict=True)
    )
    odd = Study(type(made.sample)(STEM, 42, 10, items), "m", made.labels)
    judged = model(labels([1] * 8), join_key="feature_id")
    frame = pd.DataFrame({
        "feature_id": keys, "label_human": ["related", "not-related"] * 4, "label_model": ["related"] * 8,
        "y_true": [1, 0] * 4, "y_pred": [1] * 8,
    })  # fmt: skip
    assert merged_csv(build_report(odd, judged)) == frame.to_csv(index=False).encode()


def test_an_empty_merged_table_is_its_header() -> None:
    report = build_report(study(size=3), model({}))
    assert merged_csv(report) == b"feature_index,label_human,label_model,y_true,y_pred\n"


def test_the_files_have_the_notebooks_names_in_the_folder_of_the_model() -> None:
    file = model({}, "x").file
    base = f"{STEM}_human_labels_formatting_vs_{STEM}_formatting_classified_x"
    labels_stem = f"{STEM}_human_labels_formatting"
    assert metrics_paths(Path("outputs"), labels_stem, file) == (
        Path(f"outputs/metrics/{base}_metrics.json"),
        Path(f"outputs/metrics/{base}_merged.csv"),
    )
    inside = metrics_paths(Path("outputs"), labels_stem, replace(file, name="gemma/b/x"))
    assert inside[0] == Path(f"outputs/metrics/gemma/b/{base}_metrics.json")


def answer(**changes: object) -> AnswerRow:
    """One answer."""
    shown = datetime(2025, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
    fields: dict[str, object] = {
        "pseudonym": "labeler-01", "mode": "alignment", "row_id": 3, "feature_index": 77, "label": "related",
        "shown_at": shown, "answered_at": shown + timedelta(seconds=2), "guide_version": "a1b2", "after_review": False,
        "kind": "answer", "note": "",
    }  # fmt: skip
    return AnswerRow(**{**fields, **changes})  # type: ignore[arg-type]


def test_answers_are_one_tidy_row_each_in_utc() -> None:
    east = datetime(2025, 3, 1, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    found = answers_csv(
        [answer(), answer(feature_index=None, shown_at=None, answered_at=east, after_review=True)]
    )
    assert found.decode().splitlines() == [
        ",".join(ANSWER_COLUMNS),
        "labeler-01,alignment,3,77,related,2025-03-01T12:00:00.250Z,2025-03-01T12:00:02.250Z,a1b2,false,answer,",
        "labeler-01,alignment,3,,related,,2025-03-01T12:00:00.000Z,a1b2,true,answer,",
    ]
    assert answers_csv([]).decode() == ",".join(ANSWER_COLUMNS) + "\n"


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_cell_can_start_a_formula_and_texts_come_back(mode: str, version: str) -> None:
    text = answers_csv([answer(mode=mode, guide_version=version)]).decode()
    (row,) = list(csv.DictReader(io.StringIO(text, newline="")))
    for cell, given_ in ((row["mode"], mode), (row["guide_version"], version)):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))
        said = given_.replace("\r\n", "\n").replace("\r", "\n")
        assert cell in (said, f"'{said}")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＠"])
def test_a_formula_gets_an_apostrophe(start: str) -> None:
    text = answers_csv([answer(pseudonym=f"{start}1+1")]).decode()
    assert list(csv.reader(io.StringIO(text, newline="")))[1][0] == f"'{start}1+1".replace("\r", "\n")


def test_skips_repeats_and_notes_are_rows_of_their_own_kind() -> None:
    found = answers_csv([
        answer(kind="skip", label="", guide_version="", after_review=None),
        answer(kind="repeat", label="not-related", after_review=None),
        answer(kind="note", label="", shown_at=None, guide_version="", after_review=None, note='two, "senses"'),
    ])  # fmt: skip
    moment = "2025-03-01T12:00:02.250Z"
    assert found.decode().splitlines()[1:] == [
        f"labeler-01,alignment,3,77,,2025-03-01T12:00:00.250Z,{moment},,,skip,",
        f"labeler-01,alignment,3,77,not-related,2025-03-01T12:00:00.250Z,{moment},a1b2,,repeat,",
        f'labeler-01,alignment,3,77,,,{moment},,,note,"two, ""senses"""',
    ]


@given(st.text(st.one_of(st.sampled_from("=+-@＝;,|\t\r\n \"'a1\x00"), st.characters()), max_size=40))
@example(" =1+1")
def test_a_note_starts_no_formula_whatever_separator_a_spreadsheet_expects(note: str) -> None:
    text = answers_csv([answer(kind="note", note=note)]).decode()
    (row,) = list(csv.DictReader(io.StringIO(text, newline="")))
    for separator in ";|\t\n,":
        for cell in row["note"].split(separator):
            assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝"))
    assert "\x00" not in row["note"]
    kept = re.sub(r"[\s\x00-\x1f\x7f']", "", note.encode("utf-8", "backslashreplace").decode())
    assert re.sub(r"[\s']", "", row["note"]) == kept
