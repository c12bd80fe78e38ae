"""Whatever is in a file, it is read, or there is one clear line; and what is read is what JSON says."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis.errors import AnalysisError
from analysis.output.labels import labels_json
from analysis.reading import json_events, record_shape, tables
from analysis.reading.base_file import draw_sample
from analysis.reading.classification_file import read_classification
from analysis.reading.inputs import Input
from analysis.reading.labels_file import read_labels_file
from analysis.reading.tables import read_json
from analysis.records import ClassificationFile, Item, Sample
from tests.support.real_shapes import base_records


@pytest.fixture(autouse=True, params=["small pieces", "real pieces"])
def _sizes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With small pieces, a file of a few kilobytes takes every way through the reader."""
    if request.param == "small pieces":
        monkeypatch.setattr(json_events, "_PIECE", 7)
        monkeypatch.setattr(tables, "_ROWS", 3)


# What JSON says


class Everything:
    """Keeps the rows it is given."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def add(self, frame: pd.DataFrame) -> None:
        if not isinstance(frame.index[0], str):  # a number, not the key in an object
            assert list(frame.index) == list(range(len(self.rows), len(self.rows) + len(frame)))
        self.rows += frame.to_dict("records")


def rows_of(path: Path) -> list[dict[str, Any]]:
    with Input(path, max_mb=4, error=AnalysisError) as source:
        found = read_json(
            source, lines=False, lists=(), wanted=lambda _: True, bare="value", new=Everything, if_lines=""
        )
        return found.rows


def emptied(value: Any) -> Any:
    """A value as the reader gives it: of a list or an object its kind alone."""
    return type(value)() if isinstance(value, list | dict) else value


def assert_one_line(error: BaseException) -> None:
    assert str(error).isprintable()
    assert len(str(error)) <= 400
    assert ": " in str(error)


scalars = st.none() | st.booleans() | st.integers(1 - 2**63, 2**63 - 1) | st.text(max_size=12)
scalars |= st.floats(allow_nan=False, allow_infinity=False)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)
layouts = st.sampled_from(
    [{}, {"indent": 2}, {"indent": "\t"}, {"separators": (",", ":")}, {"ensure_ascii": False}]
)


def encoded(data: Any, layout: dict[str, Any]) -> bytes:
    return json.dumps(data, **layout).encode(errors="backslashreplace")


@given(
    data=st.lists(st.dictionaries(st.text(min_size=1, max_size=5), anything, max_size=5), max_size=12),
    layout=layouts,
)
def test_any_records_are_read_as_the_standard_library_reads_them(
    tmp_path: Path, data: list[dict[str, Any]], layout: dict[str, Any]
) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(encoded(data, layout))
    expected = [
        {key: emptied(value) for key, value in record.items()} for record in json.loads(path.read_bytes())
    ]
    for row, record in zip(rows_of(path), expected, strict=True):
        assert {key: row[key] for key in record} == record
        assert all(row[key] is None for key in row.keys() - record.keys())


MARKS = [
    b'"',
    b"\\",
    b"\\\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\n",
    b"\x00",
    b"\xff",
    b"NaN",
    b"1",
    b"e",
    b"",
    b" ",
]
MARKS += [
    b'", "',
    b"}, {",
    b'\\"',
    b"\\u12",
    b"\xc3\xa9",
    b"null",
    b"-",
    b".5",
    b"0",
    b'"index": "7", ',
    b'"label": 1, ',
]


@st.composite
def mutations(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """A function that replaces some bytes of a file by others, or cuts it, or doubles a part of it."""
    changes = draw(
        st.lists(
            st.tuples(st.floats(0, 1), st.integers(0, 6), st.sampled_from(MARKS) | st.binary(max_size=3)),
            max_size=3,
        )
    )
    cut = draw(st.none() | st.floats(0, 1))

    def mutate(content: bytes) -> bytes:
        for place, length, mark in changes:
            at = int(place * len(content))
            content = content[:at] + mark + content[at + length :]
        return content if cut is None else content[: int(cut * len(content))]

    return mutate


def uniform(count: int) -> list[dict[str, Any]]:
    texts = ["plain", 'a "word"', "back\\slash", '\\"', "line\nbreak", "é 🙂", "", "}, {"]
    return [
        {"index": str(i), "description": texts[i % len(texts)], "label": "related", "n": i}
        for i in range(count)
    ]


def no_json(name: str) -> Any:
    raise ValueError(name)


@given(mutate=mutations(), layout=layouts, count=st.integers(0, 40))
@example(mutate=lambda content: content + b'"', layout={}, count=0)
@example(mutate=lambda content: content.replace(b'"30"', b'"30\\"'), layout={}, count=40)
@example(mutate=lambda content: content.replace(b'"n": 30', b'"n": 030'), layout={}, count=40)
@example(mutate=lambda content: content.replace(b'"n": 30', b'"n": 3, "n": 0'), layout={}, count=40)
def test_mutated_records_are_judged_as_the_standard_library_does(
    tmp_path: Path, mutate: Callable[[bytes], bytes], layout: dict[str, Any], count: int
) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(mutate(encoded(uniform(count), layout)))
    try:
        expected = json.loads(path.read_bytes().decode("utf-8-sig"), parse_constant=no_json)
    except ValueError:
        expected = None
    if isinstance(expected, list) and all(isinstance(record, dict) for record in expected):
        assert len(rows_of(path)) == len(expected)
    elif not isinstance(expected, dict):
        with pytest.raises(AnalysisError) as caught:
            rows_of(path)
        assert_one_line(caught.value)


# Records of the same shape, many at once

ALIKE = [
    '{"index": #, "description": "é #"}',
    '{"index": "#", "description": null}',
    '{"description": "#", "index": #.5}',
    '{"index": #, "index": true}',
    '{"index": #, "label": "#"}',
    '{"index": #, "description": ["#", #]}',
    '{"index": #, "description": {"unwanted": #}}',
    '{"index": {"description": "#"}}',
    '{"unwanted": [{"index": #}, #], "label": #}',
    '{"unwanted": [{"index": #}], "label": #}',
    '{"index": #, "explanations": [{"text": #, "description": "#"}]}',
    '{"index": #, "explanations": [{"text": #, "a_desc": "#"}, {"description": "#"}]}',
    '{"index": #, "explanations": ["#", {}]}',
    '{"index": #, "explanations": []}',
    '{"unwanted": #}',
    "{}",
    "[]",
    "#",
]
"""Records, and what is none, that are like their neighbours in something; # is another number in each."""


def listed(runs: list[tuple[str, int]], under_a_key: bool) -> bytes:
    """Records as a file: each so many times."""
    records = [record for record, count in runs for _ in range(count)]
    content = ", ".join(record.replace("#", str(place)) for place, record in enumerate(records, 10))
    return (f'{{"data": [{content}]}}' if under_a_key else f"[{content}]").encode()


class Labeled:
    """Keeps the rows it is given with their labels, and the columns in the order in which they came."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, list[tuple[str, Any]]]] = []
        self.columns: dict[str, None] = {}

    def add(self, frame: pd.DataFrame) -> None:
        self.columns |= dict.fromkeys(frame.columns)
        for label, row in zip(frame.index, frame.to_dict("records"), strict=True):
            self.rows.append((label, sorted((key, value) for key, value in row.items() if value is not None)))


def labeled(path: Path, *, fewest: int, piece: int, rows: int) -> str:
    """What is read where so many records must be alike to be taken at once."""
    with (
        pytest.MonkeyPatch.context() as patch,
        Input(path, max_mb=4, error=AnalysisError) as source,
    ):
        patch.setattr(record_shape, "_FEWEST", fewest)
        patch.setattr(json_events, "_PIECE", piece)
        patch.setattr(tables, "_ROWS", rows)
        found = read_json(
            source,
            lines=False,
            lists=("data",),
            wanted=lambda key: key != "unwanted",
            bare="value",
            new=Labeled,
            if_lines="",
        )
    return repr((found.rows, list(found.columns)))  # as text, because 1, 1.0 and true are equal


EACH_AFTER_EACH = [(record, 7) for pair in permutations(ALIKE[:-2], 2) for record in pair]


@given(
    runs=st.lists(st.tuples(st.sampled_from(ALIKE), st.integers(1, 20)), max_size=12),
    under_a_key=st.booleans(),
    mutate=st.just(lambda content: content) | mutations(),
    piece=st.integers(5, 2000),
    rows=st.integers(1, 30),
    fewest=st.integers(1, 4),
)
@example(runs=EACH_AFTER_EACH, under_a_key=False, mutate=bytes, piece=1999, rows=100, fewest=1)
@example(runs=EACH_AFTER_EACH, under_a_key=True, mutate=bytes, piece=301, rows=7, fewest=2)
@example(runs=[("{}", 9), ("[]", 9)], under_a_key=False, mutate=bytes, piece=99, rows=7, fewest=1)
def test_records_taken_many_at_once_are_those_read_one_by_one(
    tmp_path: Path,
    runs: list[tuple[str, int]],
    under_a_key: bool,
    mutate: Callable[[bytes], bytes],
    piece: int,
    rows: int,
    fewest: int,
) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(mutate(listed(runs, under_a_key)))
    one_by_one = outcome(lambda: labeled(path, fewest=10**9, piece=piece, rows=rows))
    assert outcome(lambda: labeled(path, fewest=fewest, piece=piece, rows=rows)) == one_by_one


# Whole files


def outcome(read: Callable[[], Any]) -> Any:
    """What a reader returns, or its one clear line."""
    try:
        return read()
    except AnalysisError as error:
        assert_one_line(error)
        return str(error)


def base_files() -> Iterator[tuple[str, bytes]]:
    records = list(base_records(12))
    by_id = {f"res-{record['index']}": record["description"] for record in records}
    yield "base.json", json.dumps(records).encode()
    yield "base.json", json.dumps({"model": "x", "features": records, "n": 1}, indent=1).encode()
    yield "base.json", json.dumps(by_id, ensure_ascii=False).encode()
    yield "base.jsonl", b"\n".join(json.dumps(record).encode() for record in records)
    yield "base.json.gz", gzip.compress(json.dumps(records).encode(), mtime=0)


@given(file=st.sampled_from(list(base_files())), mutate=mutations())
def test_a_mutated_base_file_is_read_or_gives_one_clear_line(
    tmp_path: Path, file: tuple[str, bytes], mutate: Callable[[bytes], bytes]
) -> None:
    name, content = file
    (tmp_path / name).write_bytes(mutate(content))
    found = outcome(lambda: draw_sample(tmp_path / name, size=5, seed=0, max_mb=1))
    if isinstance(found, Sample):
        assert len(found.items) == min(5, found.base_count)
        assert len(found.digest()) == 64
        labels_json(found, {item.row_id: "related" for item in found.items}).decode()


@given(content=st.binary(max_size=80), name=st.sampled_from(["base.json", "base.jsonl", "base.json.gz"]))
def test_a_file_of_any_bytes_is_read_or_gives_one_clear_line(
    tmp_path: Path, content: bytes, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    outcome(lambda: draw_sample(path, size=5, seed=0, max_mb=1))
    outcome(lambda: read_classification(ClassificationFile(path, "a", "x", "x"), (), max_mb=1))
    outcome(lambda: read_labels_file(path, sample=SAMPLE, max_mb=1))


SAMPLE = Sample("base", 0, 40, tuple(Item(i, i * 3, None, None) for i in range(12)))


@given(mutate=mutations(), by_id=st.booleans())
def test_a_mutated_classification_file_is_read_or_gives_one_clear_line(
    tmp_path: Path, mutate: Callable[[bytes], bytes], by_id: bool
) -> None:
    records = uniform(40)
    data = {f"res-{i}": {"label": record["label"]} for i, record in enumerate(records)} if by_id else records
    path = tmp_path / "model.json"
    path.write_bytes(mutate(encoded(data, {})))
    found = outcome(
        lambda: read_classification(ClassificationFile(path, "a", "x", "x"), SAMPLE.items, max_mb=1)
    )
    if not isinstance(found, str):
        rows = sorted([*found.labels, *found.unmatched, *found.other_description, *found.without_key])
        assert rows == list(range(len(SAMPLE.items)))
        assert all(isinstance(label, str) for label in found.labels.values())


@given(mutate=mutations())
def test_a_mutated_labels_file_is_read_or_gives_one_clear_line(
    tmp_path: Path, mutate: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "labels.json"
    path.write_bytes(mutate(labels_json(SAMPLE, dict.fromkeys(range(12), "related"))))
    found = outcome(lambda: read_labels_file(path, sample=SAMPLE, max_mb=1))
    if not isinstance(found, str):
        assert set(found) <= set(range(12))
        assert set(found.values()) <= {"related", "not-related"}


# Round trips

records = st.lists(
    st.fixed_dictionaries(
        {"description": st.none() | st.text(max_size=20)},
        optional={
            "index": st.integers(0, 99) | st.integers(0, 99).map(str),
            "feature_id": st.text(max_size=9),
        },
    ),
    min_size=1,
    max_size=60,
)


@given(records=records, layout=layouts, size=st.integers(1, 70), seed=st.integers(0, 2**32 - 1))
def test_a_sample_holds_the_drawn_records_whatever_the_layout(
    tmp_path: Path, records: list[dict[str, Any]], layout: dict[str, Any], size: int, seed: int
) -> None:
    records = [*records, {"description": "", "index": 7}]
    path = tmp_path / "base.json"
    path.write_bytes(encoded(records, layout))
    sample = draw_sample(path, size=size, seed=seed, max_mb=1)
    drawn = [records[position] for position in np.random.RandomState(seed).permutation(len(records))[:size]]
    assert [item.description for item in sample.items] == [record["description"] for record in drawn]
    assert [item.feature_id for item in sample.items] == [record.get("feature_id") for record in drawn]
    assert all(
        i.feature_index == int(r["index"]) for i, r in zip(sample.items, drawn, strict=True) if "index" in r
    )
    lines = tmp_path / "base.jsonl"
    lines.write_bytes(b"\n".join(encoded(record, {}) for record in records))
    assert draw_sample(lines, size=size, seed=seed, max_mb=1) == sample
    packed = tmp_path / "base.json.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert draw_sample(packed, size=size, seed=seed, max_mb=1) == sample
