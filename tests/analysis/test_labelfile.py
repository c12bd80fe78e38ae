"""Labels out and in, byte for byte the notebook's."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.errors import LabelFileError
from analysis.output.labels import labels_json, labels_path
from analysis.reading.base_file import draw_sample
from analysis.reading.labels_file import read_labels_file
from analysis.records import Item, Sample
from tests.support import notebook
from tests.support.real_shapes import write_base_file

ITEMS = (
    Item(0, 17, "gemma-17", 'a "quoted" text,\nin two lines'),
    Item(1, None, None, "日本語 🙂 \u202e</b>"),
    Item(2, 5, 12, None),
    Item(3, 0, None, ""),
)
SAMPLE = Sample("base", 42, 100, ITEMS)


def record(row: int, label: Any = "related", **changes: Any) -> dict[str, Any]:
    item = ITEMS[row]
    return {
        "_row_id": row,
        "feature_index": item.feature_index,
        "feature_id": item.feature_id,
        "description": item.description,
        "label": label,
        **changes,
    }


def read(path: Path, records: Any, sample: Sample = SAMPLE) -> dict[int, str]:
    path.write_text(records if isinstance(records, str) else json.dumps(records), encoding="utf-8")
    return read_labels_file(path, sample=sample, max_mb=1)


def error_of(path: Path, records: Any) -> str:
    with pytest.raises(LabelFileError) as caught:
        read(path, records)
    assert str(caught.value).isprintable()
    return str(caught.value)


def test_the_file_has_the_notebooks_name_and_place() -> None:
    folder = Path("outputs") / "human_labels"
    assert (
        labels_path(Path("outputs"), "12-res", "formatting") == folder / "12-res_human_labels_formatting.json"
    )
    assert labels_path(Path("outputs"), "12-res", "alignment", "labeler-01") == (
        folder / "by_labeler" / "labeler-01" / "12-res_human_labels_alignment.json"
    )


def test_the_file_is_byte_for_byte_what_the_notebook_writes(tmp_path: Path) -> None:
    path = write_base_file(tmp_path, count=3000)
    sample = draw_sample(path, size=300, seed=42, max_mb=64)
    draw = random.Random(1)  # noqa: S311 # made-up answers, no secret
    labels = {row: draw.choice(["related", "not-related"]) for row in range(300) if row % 7}
    (tmp_path / "notebook.json").write_bytes(notebook.labels_file(notebook.sample_of(path), labels))
    assert labels_json(sample, labels) == (tmp_path / "notebook.json").read_bytes()
    assert read_labels_file(tmp_path / "notebook.json", sample=sample, max_mb=64) == labels


def test_the_records_are_ordered_by_row_and_what_is_absent_is_null() -> None:
    text = labels_json(SAMPLE, {3: "related", 1: "not-related"}).decode()
    assert text == (
        "[\n"
        "  {\n"
        '    "_row_id": 1,\n'
        '    "feature_index": null,\n'
        '    "feature_id": null,\n'
        '    "description": "日本語 🙂 \u202e</b>",\n'
        '    "label": "not-related"\n'
        "  },\n"
        "  {\n"
        '    "_row_id": 3,\n'
        '    "feature_index": 0,\n'
        '    "feature_id": null,\n'
        '    "description": "",\n'
        '    "label": "related"\n'
        "  }\n"
        "]"
    )


def test_no_labels_are_an_empty_list() -> None:
    assert labels_json(SAMPLE, {}) == b"[]"


def test_half_a_surrogate_pair_is_written_as_an_escape_and_read_back(tmp_path: Path) -> None:
    sample = Sample("base", 0, 1, (Item(0, 1, None, "a \ud800 b \udfff"),))
    data = labels_json(sample, {0: "related"})
    assert rb'"a \ud800 b \udfff"' in data
    (tmp_path / "labels.json").write_bytes(data)
    assert read_labels_file(tmp_path / "labels.json", sample=sample, max_mb=1) == {0: "related"}


def test_nothing_but_the_two_labels_and_the_samples_rows_is_ever_written() -> None:
    with pytest.raises(ValueError, match="row 1: 'perhaps' is not one of related, not-related"):
        labels_json(SAMPLE, {1: "perhaps"})
    with pytest.raises(ValueError, match="row 4 is not one of the 4 items of the sample"):
        labels_json(SAMPLE, {4: "related"})


texts = st.none() | st.text(st.characters())
items = st.builds(
    Item,
    row_id=st.just(0),
    feature_index=st.none() | st.integers(0, 2**62),
    feature_id=texts | st.integers(0, 2**62),
    description=texts,
)


@given(st.lists(st.tuples(items, st.sampled_from([None, "related", "not-related"])), max_size=8))
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, drawn: list[Any]) -> None:
    sample = Sample(
        "base",
        42,
        100,
        tuple(
            Item(row, item.feature_index, item.feature_id, item.description)
            for row, (item, _) in enumerate(drawn)
        ),
    )
    labels = {row: label for row, (_, label) in enumerate(drawn) if label}
    data = labels_json(sample, labels)
    assume(labels)
    path = tmp_path_factory.getbasetemp() / "labels.json"
    path.write_bytes(data)
    assert read_labels_file(path, sample=sample, max_mb=1) == labels
    assert labels_json(sample, read_labels_file(path, sample=sample, max_mb=1)) == data


def test_nan_which_the_notebook_writes_for_a_missing_value_is_missing(tmp_path: Path) -> None:
    records = [
        record(1, feature_index=float("nan"), feature_id=float("nan")),
        record(2, description=float("nan")),
        record(3, label=float("nan"), feature_id=float("nan")),
    ]
    assert "NaN" in json.dumps(records)
    assert read(tmp_path / "labels.json", records) == {1: "related", 2: "related"}


def test_an_absent_value_is_missing_and_numbers_may_be_written_as_floats(tmp_path: Path) -> None:
    bare = {"_row_id": 1, "description": ITEMS[1].description, "label": "related"}
    floats = record(2, _row_id=2.0, feature_index=5.0, feature_id=12.0)
    assert read(tmp_path / "labels.json", [floats, bare]) == {1: "related", 2: "related"}


def test_a_record_without_a_label_is_left_out_and_a_repeated_one_counts_once(tmp_path: Path) -> None:
    records = [record(3), record(0, None), record(1, ""), record(3), record(2), record(2, None)]
    found = read(tmp_path / "labels.json", records)
    assert (found, list(found)) == ({2: "related", 3: "related"}, [2, 3])


@pytest.mark.parametrize("records", [[], [record(1, None)], [{**record(1, None), "answer": "related"}]])
def test_a_file_without_a_single_label_is_refused(tmp_path: Path, records: Any) -> None:
    assert error_of(tmp_path / "labels.json", records) == (
        'labels.json: holds no label: no record has a "label" or "human_label"; nothing was imported'
    )


def test_labels_of_the_older_form_are_read_in_their_mode(tmp_path: Path) -> None:
    records = [
        {**record(0, None), "human_label": "alignment-related"},
        {**record(1, None), "human_label": "not-alignment-related"},
        {**record(2, None), "human_label": "related"},
    ]
    (tmp_path / "labels.json").write_text(json.dumps(records))
    found = read_labels_file(tmp_path / "labels.json", sample=SAMPLE, max_mb=1, mode="alignment")
    assert found == {0: "related", 1: "not-related", 2: "related"}
    with pytest.raises(
        LabelFileError, match="the label 'alignment-related' is neither related nor not-related"
    ):
        read_labels_file(tmp_path / "labels.json", sample=SAMPLE, max_mb=1, mode="formatting")


WRONG: list[tuple[Any, str]] = [
    ([record(0), record(0, "not-related")], "record 2: labels row 0 a second time, and differently"),
    ([record(0, "Related")], "record 1: the label 'Related' is neither related nor not-related"),
    ([record(0, 1)], "record 1: the label 1 is neither related nor not-related"),
    ([record(0, ["related"])], "record 1: the label ['related'] is neither related nor not-related"),
    ([record(0, _row_id=4)], "record 1: _row_id 4 is not in the sample, which has the rows 0 to 3"),
    ([record(0, _row_id=-1)], "record 1: _row_id -1 is not in the sample, which has the rows 0 to 3"),
    ([record(0, _row_id=None)], "record 1: has no _row_id that is a whole number"),
    ([record(0, _row_id=True)], "record 1: has no _row_id that is a whole number"),
    ([record(0, _row_id=1.5)], "record 1: has no _row_id that is a whole number"),
    ([record(1), {"label": "related"}], "record 2: has no _row_id that is a whole number"),
    ([record(1), "related"], "record 2: should be an object, not a text"),
    (
        [record(0, feature_index=18)],
        "record 1: row 0 has another feature_index than the sample (18, the sample has 17)",
    ),
    (
        [record(0, feature_index=None)],
        "record 1: row 0 has another feature_index than the sample (None, the sample has 17)",
    ),
    (
        [record(1, feature_index=1)],
        "record 1: row 1 has another feature_index than the sample (1, the sample has None)",
    ),
    (
        [record(0, None, feature_id="gemma-18")],
        "record 1: row 0 has another feature_id than the sample ('gemma-18', the sample has 'gemma-17')",
    ),
    (
        [record(2, feature_id="12")],
        "record 1: row 2 has another feature_id than the sample ('12', the sample has 12)",
    ),
    (
        [record(3, feature_index=False)],
        "record 1: row 3 has another feature_index than the sample (False, the sample has 0)",
    ),
    (
        [record(3, description="x\ny")],
        "record 1: row 3 has another description than the sample ('x\\ny', the sample has '')",
    ),
]


@pytest.mark.parametrize(("records", "message"), WRONG, ids=range(len(WRONG)))
def test_a_file_that_is_not_the_samples_is_refused_whole(tmp_path: Path, records: Any, message: str) -> None:
    assert error_of(tmp_path / "labels.json", records) == f"labels.json: {message}; nothing was imported"


DAMAGED = [
    ("", "labels.json: is empty; a list of records is wanted"),
    ("{}", "labels.json: should hold a list of labels, as the notebook writes it, not an object"),
    ("7", "labels.json: should hold a list of labels, as the notebook writes it, not a number"),
    ('{"items": []}', "labels.json: should hold a list of labels, as the notebook writes it, not an object"),
    ('{"a": {}}', "labels.json: should hold a list of labels, as the notebook writes it, not an object"),
    ('[{"_row_id": Infinity}]',
     "labels.json: not valid JSON: Infinity is no number; null says that a value is missing"),
    ('[{"_row_id": 0', "labels.json: not valid JSON: Expecting ',' delimiter: line 1 column 15 (char 14)"),
    ("[" * 100_000, "labels.json: is nested too deeply"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "message"), DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_file_is_one_clear_line(tmp_path: Path, content: str, message: str) -> None:
    assert error_of(tmp_path / "labels.json", content) == message


def test_a_missing_and_a_too_large_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelFileError, match=r"^labels\.json: there is no such file in "):
        read_labels_file(tmp_path / "labels.json", sample=SAMPLE, max_mb=1)
    assert error_of(tmp_path / "labels.json", " " * 2**21) == (
        "labels.json: has 2.0 MB, more than 1 MB. A larger MAX_FILE_MB allows it"
    )


def test_the_first_of_several_problems_is_named(tmp_path: Path) -> None:
    records = [record(1), record(0, "x"), record(0, _row_id=9)]
    assert error_of(tmp_path / "labels.json", records).startswith("labels.json: record 2: the label 'x'")
