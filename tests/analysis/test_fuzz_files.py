"""Whatever is in a file, it is read, or there is one clear line; and what is read is what JSON says."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analysis.errors import AnalysisError
from analysis.reading import base_file, jsonstream, strictjson
from analysis.reading.base_file import draw_sample
from analysis.reading.classification_file import read_classification
from analysis.reading.draw import draw_positions
from analysis.reading.inputs import Input
from analysis.reading.jsonstream import Block, read_blocks, read_span
from analysis.reading.labels_file import labels_json, read_labels_file
from analysis.records import ClassificationFile, Item, Sample
from analysis.statistics import join
from tests.support.shapes import base_records

MUCH = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True, params=["small blocks", "real blocks"])
def _block_sizes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With blocks of some records, a file of a few kilobytes takes every way through the reader."""
    if request.param == "small blocks":
        for module in (strictjson, jsonstream):
            monkeypatch.setattr(module, "BLOCK_BYTES", 300)
        monkeypatch.setattr(strictjson, "_FIRST_LOOK", 16)
        monkeypatch.setattr(strictjson, "_TAIL", 64)


# What JSON says


class _WrongError(Exception):
    """The oracle's verdict."""


def oracle(content: bytes) -> Any:
    """What the standard library makes of the whole file, strictly; _WrongError if it is none."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(found)) != len(found):
            raise _WrongError
        return dict(found)

    def constant(_: str) -> Any:
        raise _WrongError

    try:
        text = content.decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    except (ValueError, RecursionError):
        raise _WrongError from None


def values_of(path: Path, **options: Any) -> tuple[dict[str | None, list[Any]], dict[str, Any]]:
    """What the reader makes of a file: key -> elements of the list under it; and the outermost entries."""
    lists: dict[str | None, list[Any]] = {}
    entries: dict[str, Any] = {}
    with Input(path, max_mb=4, error=AnalysisError) as source:
        blocks = list(read_blocks(source, lines=False, **options))
        for block in blocks:
            with source.again() as again:
                values = values_in(block, again)
            if block.kind == "entries":
                entries.update(zip(block.keys, values, strict=True))
            else:
                known = lists.setdefault(block.key, [])
                assert len(known) == block.first
                known.extend(values)
    return lists, entries


def values_in(block: Block, source: Input) -> list[Any]:
    """The values of a block, which decoding its bytes again must give, too."""
    if block.kind == "entries" and list(block.values) == [[]]:
        return list(block.values)  # stands for a list, whose elements come as blocks of their own
    again = list(read_span(source, block.kind, block.first, block.offset, block.size).values)
    if block.matched:
        assert len(block.matched.rows) == len(again)
        return again
    assert list(block.values) == again
    return again


def check_against_the_oracle(path: Path, content: bytes, **options: Any) -> bool:
    """Compare reader and oracle; returns whether the file was read."""
    path.write_bytes(content)
    try:
        expected = oracle(content)
    except _WrongError:
        expected = None
    if not isinstance(expected, list | dict):
        with pytest.raises(AnalysisError) as caught:
            values_of(path, **options)
        assert_one_line(caught.value)
        return False
    lists, entries = values_of(path, **options)
    if isinstance(expected, list):
        assert (lists, entries) == ({None: expected}, {})
    else:
        assert lists == {key: value for key, value in expected.items() if isinstance(value, list)}
        assert entries == {key: [] if isinstance(value, list) else value for key, value in expected.items()}
        assert list(entries) == list(expected)
    return True


def assert_one_line(error: BaseException) -> None:
    assert str(error).isprintable()
    assert len(str(error)) <= 400
    assert ": " in str(error)


scalars = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=12)
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


@settings(MUCH, max_examples=50)
@given(
    data=st.lists(anything, max_size=12) | st.dictionaries(st.text(max_size=5), anything, max_size=12),
    layout=layouts,
)
def test_any_json_is_read_as_the_standard_library_reads_it(
    tmp_path: Path, data: Any, layout: dict[str, Any]
) -> None:
    assert check_against_the_oracle(tmp_path / "file.json", encoded(data, layout))


@pytest.mark.parametrize("length", range(8, 24))
@pytest.mark.parametrize("end", [".5", "e3", "E-3", ".25e+10", ""])
def test_a_number_is_whole_wherever_the_first_look_ends(tmp_path: Path, length: int, end: str) -> None:
    content = f"[-{'1' * length}{end}]".encode()
    assert check_against_the_oracle(tmp_path / "file.json", content)


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
    texts = ["plain", 'a "word"', "back\\slash", '\\"', "line\nbreak", "é 🙂", "", "}, {", "\ud800"]
    return [
        {"index": str(i), "description": texts[i % len(texts)], "label": "related", "n": i}
        for i in range(count)
    ]


@MUCH
@given(mutate=mutations(), layout=layouts, count=st.integers(0, 40))
@example(mutate=lambda content: content.replace(b'"30"', b'"30\\"'), layout={}, count=40)
@example(mutate=lambda content: content.replace(b'"n": 30', b'"n": 030'), layout={}, count=40)
@example(mutate=lambda content: content.replace(b'"n": 30', b'"n": 3, "n": 0'), layout={}, count=40)
def test_mutated_uniform_records_are_judged_as_the_standard_library_does(
    tmp_path: Path, mutate: Callable[[bytes], bytes], layout: dict[str, Any], count: int
) -> None:
    content = mutate(encoded(uniform(count), layout))
    for shape in (base_file._shape, join.shape, None):
        check_against_the_oracle(tmp_path / "file.json", content, shape=shape)


def test_the_templates_are_at_work_in_these_tests(tmp_path: Path) -> None:
    (tmp_path / "file.json").write_bytes(encoded(uniform(1000), {}))
    with Input(tmp_path / "file.json", max_mb=4, error=AnalysisError) as source:
        blocks = list(read_blocks(source, lines=False, shape=join.shape))
    matched = sum(len(block.matched.rows) for block in blocks if block.matched)
    assert matched > 500


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


@MUCH
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


@MUCH
@given(content=st.binary(max_size=80), name=st.sampled_from(["base.json", "base.jsonl", "base.json.gz"]))
def test_a_file_of_any_bytes_is_read_or_gives_one_clear_line(
    tmp_path: Path, content: bytes, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    outcome(lambda: draw_sample(path, size=5, seed=0, max_mb=1))
    outcome(lambda: read_classification(ClassificationFile(path, "a", "x", "x"), (), max_mb=1))
    outcome(lambda: read_labels_file(path, sample=SAMPLE, max_mb=1))


SAMPLE = Sample("base", 0, 40, tuple(Item(i, i * 3, None, f"text {i}") for i in range(12)))


@MUCH
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
        rows = sorted([*found.labels, *found.unmatched, *found.without_key])
        assert rows == list(range(len(SAMPLE.items)))
        assert all(isinstance(label, str) for label in found.labels.values())


@MUCH
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


@MUCH
@given(records=records, layout=layouts, size=st.integers(1, 70), seed=st.integers(0, 2**32 - 1))
def test_a_sample_holds_the_drawn_records_whatever_the_layout(
    tmp_path: Path, records: list[dict[str, Any]], layout: dict[str, Any], size: int, seed: int
) -> None:
    path = tmp_path / "base.json"
    path.write_bytes(encoded(records, layout))
    sample = draw_sample(path, size=size, seed=seed, max_mb=1)
    drawn = [records[position] for position in draw_positions(len(records), size, seed)]
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
