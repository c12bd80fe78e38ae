"""From a base file of any shape to the notebook's sample."""

from __future__ import annotations

import contextlib
import gzip
import json
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.errors import BaseFileError
from analysis.reading.base_file import draw_sample
from analysis.reading.base_folder import stem_of
from analysis.records import Item
from tests.support import notebook
from tests.support.real_shapes import REAL_COUNT, base_records, write_base_file, write_records

RECORDS = [
    {"feature_id": f"gemma-{i}", "index": str(i * 7), "description": f'feature é {i} "q" \\ \n', "n": i / 3}
    for i in range(900)
]


def draw(path: Path, size: int = 300, seed: int = 42, max_mb: int = 64) -> tuple[Item, ...]:
    sample = draw_sample(path, size=size, seed=seed, max_mb=max_mb)
    assert [item.row_id for item in sample.items] == list(range(len(sample.items)))
    return sample.items


def drawn_by_the_notebook(path: Path, size: int = 300, seed: int = 42) -> tuple[Item, ...]:
    frame = notebook.sample_of(path, size, seed)
    if "feature_id" not in frame:
        frame["feature_id"] = None
    rows = frame[["feature_index", "feature_id", "description"]].astype(object)
    rows = rows.where(rows.notna(), None)
    return tuple(
        Item(row_id, None if index is None else int(index), feature_id, description)
        for row_id, (index, feature_id, description) in enumerate(rows.itertuples(index=False, name=None))
    )


def written(path: Path, data: Any, **options: Any) -> Path:
    path.write_text(json.dumps(data, **options), encoding="utf-8", errors="surrogatepass")
    return path


def error_of(path: Path, max_mb: int = 64, size: int = 3) -> str:
    with pytest.raises(BaseFileError) as caught:
        draw_sample(path, size=size, seed=0, max_mb=max_mb)
    assert str(caught.value).isprintable()
    return str(caught.value)


# The draw


@pytest.mark.parametrize("count", [1, 2, 3, 8, 65, 299, 300, 301, 1000])
@pytest.mark.parametrize("seed", [0, 42, 2**32 - 1])
def test_the_draw_is_a_prefix_of_numpys_seeded_permutation(tmp_path: Path, count: int, seed: int) -> None:
    path = written(tmp_path / "base.json", [{"index": i, "description": "x"} for i in range(count)])
    permuted = np.random.RandomState(seed).permutation(count).tolist()
    for size in (1, 300, 100_000):
        assert [item.feature_index for item in draw(path, size, seed)] == permuted[:size]


def test_the_sample_of_a_file_of_the_real_shape_is_the_notebooks(tmp_path: Path) -> None:
    path = write_base_file(tmp_path)
    sample = draw_sample(path, size=300, seed=42, max_mb=512)
    frame = pd.DataFrame(json.loads(path.read_text(encoding="utf-8"))).sample(n=300, random_state=42)
    assert (sample.stem, sample.seed, sample.base_count) == ("12-gemmascope-res-65k__l0-21", 42, REAL_COUNT)
    assert [item.feature_index for item in sample.items] == frame["index"].astype(int).tolist()
    assert [item.description for item in sample.items] == frame["description"].tolist()
    assert {item.feature_id for item in sample.items} == {None}


def test_a_larger_sample_of_a_file_keeps_every_row(tmp_path: Path) -> None:
    path = write_base_file(tmp_path, count=2000)
    assert draw(path, size=500)[:300] == draw(path, size=300)
    assert len(draw(path, size=5000)) == 2000


# Shapes


def as_json(**options: Any) -> Callable[[Path, list[Any]], Path]:
    return lambda folder, records: written(folder / "base.json", records, **options)


def under(key: str, **others: Any) -> Callable[[Path, list[Any]], Path]:
    return lambda folder, records: written(folder / "base.json", {"a": 1, **others, key: records, "b": {}})


SHAPES: dict[str, Callable[[Path, list[Any]], Path]] = {
    "a list": as_json(),
    "a list without ASCII escapes": as_json(ensure_ascii=False),
    "a list without white space": as_json(separators=(",", ":")),
    "an indented list": as_json(indent=2),
    "a list indented with tabs": as_json(indent="\t"),
    "an object with features": under("features"),
    "an object with items": under("items"),
    "an object with data": under("data"),
    "features before items": under("features", items=[{"description": "wrong"}], data=[1, "x"]),
    "features that are no list": under("items", features={"x": 1}),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_sample_of_the_notebook(tmp_path: Path, shape: str) -> None:
    path = SHAPES[shape](tmp_path, RECORDS)
    assert draw(path) == drawn_by_the_notebook(path)


def by_id(bare: bool) -> dict[str, Any]:
    return {
        f"layer-{i * 3}": f"text {i}" if bare else {"description": f"text {i}", "n": i} for i in range(3000)
    }


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("options", [{}, {"indent": 1}, {"separators": (",", ":")}])
def test_an_object_of_records_by_id_gives_the_sample_of_the_notebook(
    tmp_path: Path, bare: bool, options: dict[str, Any]
) -> None:
    path = written(tmp_path / "base.json", by_id(bare), **options)
    items = draw(path)
    assert items == drawn_by_the_notebook(path)
    assert items[0].feature_id == f"layer-{items[0].feature_index}"


def test_a_records_own_id_wins_over_its_key(tmp_path: Path) -> None:
    data = {"a-1": {"feature_id": "b-2", "description": "x"}, "a-3": "bare", "a-4": {"description": None}}
    path = written(tmp_path / "base.json", data)
    assert {(i.feature_id, i.feature_index, i.description) for i in draw(path)} == {
        ("b-2", 2, "x"),
        ("a-3", 3, "bare"),
        ("a-4", 4, None),
    }


def test_real_exports_have_their_list_under_explanations(tmp_path: Path) -> None:
    plain = draw(SHAPES["a list"](tmp_path, RECORDS))
    assert draw(under("explanations")(tmp_path, RECORDS)) == plain
    assert draw(under("explanations", data=RECORDS[:1])(tmp_path, RECORDS)) != plain


def lines_of(records: list[Any], end: str = "\n") -> bytes:
    return "".join(json.dumps(record, ensure_ascii=False) + end for record in records).encode()


PACKED: dict[str, Callable[[list[Any]], bytes]] = {
    "base.jsonl": lines_of,
    "crlf.jsonl": lambda records: lines_of(records, "\r\n"),
    "gaps.jsonl": lambda records: b"\n" + lines_of(records, "\n \n").rstrip(),
    "base.jsonl.gz": lambda records: gzip.compress(lines_of(records)),
    "base.json.gz": lambda records: gzip.compress(json.dumps(records).encode()),
    "two-members.json.gz": lambda records: (
        gzip.compress(json.dumps(records).encode()[:999]) + gzip.compress(json.dumps(records).encode()[999:])
    ),
    "packed.json": lambda records: gzip.compress(json.dumps(records).encode()),
    "unpacked.json.gz": lambda records: json.dumps(records).encode(),
    "marked.json": lambda records: b"\xef\xbb\xbf" + json.dumps(records).encode(),
    "marked.jsonl": lambda records: b"\xef\xbb\xbf" + lines_of(records),
    "spaced.json": lambda records: b" \n\t\r" * 9000 + json.dumps(records).encode() + b" \n" * 20_000,
}


@pytest.mark.parametrize("name", PACKED)
def test_lines_and_packed_files_give_the_same_sample(tmp_path: Path, name: str) -> None:
    expected = draw(SHAPES["a list"](tmp_path, RECORDS))
    path = tmp_path / name
    path.write_bytes(PACKED[name](RECORDS))
    assert draw(path) == expected


def test_a_folder_of_batches_is_read_in_numeric_order(tmp_path: Path) -> None:
    expected = draw(SHAPES["a list"](tmp_path, RECORDS))
    folder = tmp_path / "layer-9"
    folder.mkdir()
    (folder / "batch-10.jsonl.gz").write_bytes(gzip.compress(lines_of(RECORDS[500:])))
    (folder / "batch-2.json").write_bytes(json.dumps({"items": RECORDS[100:400]}).encode())
    (folder / "batch-3.jsonl").write_bytes(lines_of(RECORDS[400:500]))
    (folder / "batch-1.json.gz").write_bytes(gzip.compress(json.dumps(RECORDS[:100]).encode()))
    (folder / "README.md").write_text("not a batch")
    (folder / ".hidden.json").write_text("not a batch")
    assert draw(folder) == expected
    sample = draw_sample(folder, size=1, seed=0, max_mb=64)
    assert (sample.stem, sample.base_count) == ("layer-9", 900)


def test_the_description_key_is_looked_for_in_all_batches(tmp_path: Path) -> None:
    written(tmp_path / "1.json", [{"desc_short": "no", "index": 1}])
    written(tmp_path / "2.json", [{"description": "yes", "index": 2}])
    assert {(i.feature_index, i.description) for i in draw(tmp_path)} == {(1, None), (2, "yes")}


def test_a_link_to_the_base_file_is_followed(tmp_path: Path) -> None:
    SHAPES["a list"](tmp_path, RECORDS)
    (tmp_path / "link.json").symlink_to(tmp_path / "base.json")
    assert draw_sample(tmp_path / "link.json", size=1, seed=0, max_mb=1).stem == "link"


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("12-gemmascope-res-65k__l0-21.json", "12-gemmascope-res-65k__l0-21"),
        ("a.b.json", "a.b"),
        ("a.jsonl", "a"),
        ("a.json.gz", "a"),
        ("a.jsonl.gz", "a"),
        ("a.gz", "a"),
        ("a.json.json", "a.json"),
        ("a.txt", "a.txt"),
        (".json", ".json"),
    ],
)
def test_the_stem_is_the_name_without_its_endings(tmp_path: Path, name: str, stem: str) -> None:
    assert stem_of(tmp_path / name) == stem


def test_the_stem_of_a_folder_is_its_whole_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "layer.json"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert [stem_of(path) for path in (folder, Path(), Path("../layer.json"))] == ["layer.json"] * 3


# Fields


@pytest.mark.parametrize(
    ("record", "index"),
    [
        ({"index": "123"}, 123),
        ({"index": 123}, 123),
        ({"index": 123.0}, 123),
        ({"index": "0"}, 0),
        ({"index": "007"}, 7),
        ({"index": 12.5, "feature_id": "a-4"}, 4),
        ({"index": "12.0", "feature_id": "a-4"}, 4),
        ({"index": "x", "feature_id": "a-4"}, 4),
        ({"index": None, "feature_id": "a-4"}, 4),
        ({"index": True, "feature_id": "a-4"}, 4),
        ({"index": [1], "feature_id": "a-4"}, 4),
        ({"index": 1e300, "feature_id": "a-4"}, 4),
        ({"index": str(2**63), "feature_id": "a-4"}, 4),
        ({"index": "9" * 5000, "feature_id": "a-4"}, 4),
        ({"index": "5", "feature_id": "a-4"}, 5),
        ({"feature_id": "gemma-2-2b-12-99"}, 99),
        ({"feature_id": "a-4b"}, None),
        ({"feature_id": "4"}, 4),
        ({"feature_id": 4}, 4),
        ({"feature_id": None}, None),
        ({}, None),
    ],
)
def test_the_index_is_a_whole_number_or_the_digits_at_the_end_of_the_id(
    tmp_path: Path, record: dict[str, Any], index: int | None
) -> None:
    path = written(
        tmp_path / "base.json", [{"description": "x", **record}, {"description": "y", "index": 77}]
    )
    (item,) = (item for item in draw(path) if item.description == "x")
    assert (item.feature_index, item.feature_id) == (index, record.get("feature_id"))


@pytest.mark.parametrize(
    ("records", "descriptions"),
    [
        ([{"Explanations": "b", "desc": "a"}], ["b"]),
        ([{"x": 1}, {"short_DESC": "a", "x": 2}, {"explanation": "b"}], ["a", None, None]),
        ([{"explanation": "a", "description": "b"}], ["b"]),
        ([{"explanation": 5}, {"description": "b"}], ["b", None]),
        ([{"description": None}, {"description": "b"}], ["b", None]),
    ],
)
def test_the_description_is_description_or_the_first_key_that_sounds_like_it(
    tmp_path: Path, records: list[Any], descriptions: list[str | None]
) -> None:
    indexed = [{**record, "index": number} for number, record in enumerate(records)]
    found = [item.description for item in draw(written(tmp_path / "base.json", indexed))]
    assert sorted(found, key=str) == sorted(descriptions, key=str)


def test_records_of_mixed_shapes_between_uniform_ones_are_read_alike(tmp_path: Path) -> None:
    records: list[dict[str, Any]] = list(base_records(2000))
    records[700] = dict(reversed(records[700].items()))
    records[800]["deep"] = {"a": [1, {"b": None}], "c": [{"d": "},{"}, {}]}
    records[900]["description"] = 'a "quoted\\" word: \\\\ / \b\f\n\r\t \x7f ü 🙂 ","index": "5"}, {'
    records[1000] = {"description": None}
    records[1100]["index"] = 1100
    for options in ({}, {"ensure_ascii": False}, {"indent": 2}):
        path = written(tmp_path / "base.json", records, **options)
        items = draw(path, size=2000)
        expected = [records[p] for p in np.random.RandomState(42).permutation(2000)]
        assert [i.description for i in items] == [r["description"] for r in expected]
        assert [i.feature_index for i in items] == [
            int(r["index"]) if "index" in r else None for r in expected
        ]


def test_half_a_surrogate_pair_which_no_file_can_hold_becomes_a_question_mark(tmp_path: Path) -> None:
    (tmp_path / "base.json").write_bytes(
        rb'[{"description": "a \ud800 b \ud83d\ude42", "feature_id": "\ud800-5"}]'
    )
    sample = draw_sample(tmp_path / "base.json", size=1, seed=0, max_mb=1)
    assert sample.items == (Item(0, 5, "?-5", "a ? b 🙂"),)


def test_a_key_given_twice_counts_as_the_last_one(tmp_path: Path) -> None:
    path = tmp_path / "base.json"
    path.write_text('[{"index": 1, "description": "a", "index": 2, "description": "b"}]')
    assert draw(path) == (Item(0, 2, None, "b"),) == drawn_by_the_notebook(path)
    entries = [f'"f-{i}": {{"description": "x {i}"}}' for i in range(30_000)]
    path.write_text(
        "{" + ", ".join([*entries, '"f-\\u0037": "twice", "f-29": {"description": "twice, too"}']) + "}"
    )
    items = draw(path, size=30_000)
    assert items == drawn_by_the_notebook(path, size=30_000)
    assert {i.description for i in items if i.feature_index in (7, 29)} == {"twice", "twice, too"}
    path.write_text(
        '{"items": [{"index": 1, "description": "a"}], "items": [{"index": 2, "description": "b"}]}'
    )
    assert draw(path) == (Item(0, 2, None, "b"),)


# What is wrong

RIGHT = '{"index": "1", "description": "x"}'
NO_FEATURES = (
    "base.json: holds no features: no record has index, feature_index, feature, latent, index_in_sae or neuron as a"
    " whole number, or digits at the end of a feature_id; the SAE's explanations are wanted (keys found: {})"
)
WRONG: list[tuple[str, str]] = [
    ("", "base.json: is empty; a list of records is wanted"),
    ("  \n ", "base.json: is empty; a list of records is wanted"),
    ("[]", "base.json: holds no records; at least one is wanted"),
    ("{}", "base.json: holds no records; at least one is wanted"),
    ('{"items": []}', "base.json: holds no records; at least one is wanted"),
    ("hello\nyou", 'base.json: not valid JSON: it begins with "hello"'),
    ('"text"', "base.json: a list or an object of records is wanted"),
    ("7", "base.json: a list or an object of records is wanted"),
    ("\ufeff\ufeff[]", 'base.json: not valid JSON: it begins with "\\ufeff\\ufeff[]"'),
    (f"[{RIGHT}, 5]", "base.json: record 2: should be an object, not a number"),
    (f"[{RIGHT}, null]", "base.json: record 2: should be an object, not null"),
    (f"[{RIGHT}, [{RIGHT}]]", "base.json: record 2: should be an object, not a list"),
    ("[1, 2, 3]", "base.json: record 1: should be an object, not a number"),
    ("[{}]", NO_FEATURES.format("none")),
    ('[{"text": "x"}]', NO_FEATURES.format("text")),
    ('[{"index": 1, "text": "x"}]', "base.json: no description in any record; a key description, or one whose name "
     "contains desc or explanation, is wanted (keys found: index, text)"),
    ('[{"index": 1, "description": 5}]',
     'base.json: record 1: its "description" should be a text or null, not a number'),
    ('[{"index": 1, "desc": ["x"]}]', 'base.json: record 1: its "desc" should be a text or null, not a list'),
    ('{"a-1": "x", "a-2": true}',
     'base.json: record "a-2": its "description" should be a text or null, not true or false'),
    ('{"layer-5": [{"description": "x"}]}', 'base.json: record "layer-5": its "description" should be a text or null, '
     "not a list; a list of records is wanted under features, items, data, explanations, records or results"),
    ('[{"description": "x", "feature_id": 1.5}]',
     "base.json: record 1: its feature_id should be a text or a whole number, not 1.5"),
    ('[{"description": "x", "feature_id": false}]',
     "base.json: record 1: its feature_id should be a text or a whole number, not False"),
    (f"[{RIGHT}, {{\"description\": NaN}}]", "base.json: record 2: NaN is not JSON; null says that a value is missing"),
    ('[{"description": "x", "n": -Infinity}]',
     "base.json: record 1: -Infinity is not JSON; null says that a value is missing"),
    ('[{"description": "x" "index": 1}]',
     "base.json: record 1: not valid JSON: after key and value, inside map, I expect ',' or '}'"),
    ("[{'description': 1}]", "base.json: record 1: not valid JSON: invalid char in json text"),
    ('[{"description": "a\nb"}]', "base.json: record 1: not valid JSON: invalid character inside string"),
    ('[{"description": "a\\xb"}]', "base.json: record 1: not valid JSON: inside a string, '\\' occurs before a "
     "character which it may not"),
    (f"[{RIGHT} {RIGHT}]", "base.json: record 2: not valid JSON: after array element, I expect ',' or ']'"),
    (f"[{RIGHT},]", "base.json: record 2: not valid JSON: unallowed token at this point in JSON text"),
    (f"[{RIGHT}", "base.json: the file is cut off, get it again: it ends in record 2"),
    (f"[{RIGHT},", "base.json: the file is cut off, get it again: it ends in record 2"),
    (f"[{RIGHT}, {RIGHT[:-3]}", "base.json: the file is cut off, get it again: it ends in record 2"),
    (f"[{RIGHT}, {RIGHT[:-1]}", "base.json: the file is cut off, get it again: it ends in record 2"),
    ("[", "base.json: the file is cut off, get it again: it ends in record 1"),
    ("{", "base.json: the file is cut off, get it again: it ends in the first key"),
    ('{"a-1": "x", ', 'base.json: the file is cut off, get it again: it ends in record "a-1"'),
    ('{"a-1"', 'base.json: the file is cut off, get it again: it ends in record "a-1"'),
    ('{"a-1": "x", 5: 6}', 'base.json: record "a-1": not valid JSON: invalid object key (must be a string)'),
    ('{"a-1" "x"}',
     "base.json: record \"a-1\": not valid JSON: object key and value must be separated by a colon (':')"),
    (f"[{RIGHT}] []", "base.json: more follows after the end (JSON lines belong in a file named .jsonl)"),
    (f'[{RIGHT}]"', "base.json: more follows after the end (JSON lines belong in a file named .jsonl)"),
    (f'[{RIGHT}]"abc', "base.json: more follows after the end (JSON lines belong in a file named .jsonl)"),
    (f"{RIGHT}\n{RIGHT}", "base.json: more follows after the end (JSON lines belong in a file named .jsonl)"),
    ("[" * 100_000, "base.json: record 1: is nested too deeply"),
    ('{"a":' * 100_000, 'base.json: record "a": is nested too deeply'),
    (f'[{RIGHT}, {{"description": {"[" * 100_000}', "base.json: record 2: is nested too deeply"),
    (f'[{{"description": "x", "n": {"9" * 5000}}}]', "base.json: record 1: holds a number of more than 64 "
     "bits; it can stand there as a text"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "message"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_said_in_one_line_with_its_place(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "base.json").write_text(content, encoding="utf-8")
    assert error_of(tmp_path / "base.json") == message


WRONG_LINES: list[tuple[bytes, str]] = [
    (b"", "base.jsonl: is empty; a record in each line is wanted"),
    (b"\n \r\n", "base.jsonl: is empty; a record in each line is wanted"),
    (
        b'{"description": "x"}\n\n{"description": "x"\n',
        "base.jsonl: the file is cut off, get it again: it ends in record 2",
    ),
    (
        b'{"description": "x"}\n{"a": NaN}',
        "base.jsonl: record 2: NaN is not JSON; null says that a value is missing",
    ),
    (b'{"description": "x"}\n{"a": "\xff"}', "base.jsonl: record 2: is not UTF-8 text"),
    (b'{"description": "x"}\n' + b"[" * 100_000, "base.jsonl: record 2: is nested too deeply"),
    (b'{"description": "x"}\n"y"\n', "base.jsonl: record 2: should be an object, not a text"),
    (b'{"description": "x"}\n5', "base.jsonl: record 2: should be an object, not a number"),
    (
        b'{"description": "x"}\n"y',
        "base.jsonl: the file is cut off, get it again: it ends in record 2",
    ),
    (b'[{"description": "x"}]', "base.jsonl: is one list, not JSON lines: name it .json"),
]


@pytest.mark.parametrize(("content", "message"), WRONG_LINES, ids=range(len(WRONG_LINES)))
def test_what_is_wrong_in_lines_is_said_with_the_line(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "base.jsonl").write_bytes(content)
    assert error_of(tmp_path / "base.jsonl") == message


@pytest.mark.parametrize("name", ["list", "lines", "by id"])
@pytest.mark.parametrize("number", [0, 1, 500, 1999])
def test_a_fault_deep_in_a_file_is_found_with_its_place(tmp_path: Path, name: str, number: int) -> None:
    records = [json.dumps(record) for record in base_records(2000)]
    faults = {
        '"gpt-4o-mini"': {
            "NaN": "NaN is not JSON; null says that a value is missing",
            "01": "not valid JSON: after key and value, inside map, I expect ',' or '}'",
            '"\x01"': "not valid JSON: invalid character inside string",
        },
        '"layer"': {"layer": "not valid JSON: invalid char in json text"},
    }
    for right, wrongs in faults.items():
        for wrong, reason in wrongs.items():
            changed = [*records[:number], records[number].replace(right, wrong), *records[number + 1 :]]
            place = f'record "f-{number}"' if name == "by id" else f"record {number + 1}"
            path = tmp_path / ("base.jsonl" if name == "lines" else "base.json")
            if name == "by id":
                path.write_text(
                    "{" + ", ".join(f'"f-{i}": {record}' for i, record in enumerate(changed)) + "}"
                )
            else:
                path.write_text("\n".join(changed) if name == "lines" else f"[{', '.join(changed)}]")
            assert error_of(path) == f"{path.name}: {place}: {reason}"


def test_a_wrong_description_deep_in_a_file_is_found_though_it_is_not_drawn(tmp_path: Path) -> None:
    records = list(base_records(2000))
    records[1500]["description"] = 5
    path = write_records(tmp_path / "base.json", records)
    assert (
        error_of(path) == 'base.json: record 1501: its "description" should be a text or null, not a number'
    )


def test_text_that_is_not_utf_8_is_named_with_its_record(tmp_path: Path) -> None:
    for records in ([b'{"description": "x"}'], [json.dumps(r).encode() for r in base_records(1500)]):
        (tmp_path / "base.json").write_bytes(
            b"[" + b",".join([*records, b'{"description": "caf\xe9"}']) + b"]"
        )
        assert error_of(tmp_path / "base.json") == f"base.json: record {len(records) + 1}: is not UTF-8 text"
    (tmp_path / "base.json").write_text("[]", encoding="utf-16")
    assert error_of(tmp_path / "base.json") == "base.json: is UTF-16 text: save it as UTF-8"


def test_a_file_cut_anywhere_is_an_error(tmp_path: Path) -> None:
    content = json.dumps([{"index": "1", "description": 'é 🙂 \\ " x'}] * 2, ensure_ascii=False).encode()
    for end in range(len(content)):
        (tmp_path / "base.json").write_bytes(content[:end])
        assert error_of(tmp_path / "base.json").startswith("base.json: ")


def test_a_packed_file_cut_or_changed_anywhere_is_an_error(tmp_path: Path) -> None:
    content = gzip.compress(json.dumps(RECORDS[:20]).encode(), mtime=0)
    path = tmp_path / "base.json.gz"
    for end in range(0, len(content), 7):
        path.write_bytes(content[:end])
        assert error_of(path).startswith("base.json.gz: ")
    path.write_bytes(content[:-20])
    assert error_of(path) == "base.json.gz: the gzip data ends too early: the file is cut off, get it again"
    path.write_bytes(content[:100] + bytes([content[100] ^ 255]) + content[101:])
    assert error_of(path).startswith("base.json.gz: the gzip data is damaged: ")
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 255]))
    assert error_of(path).startswith("base.json.gz: the gzip data is damaged: ")


def test_a_small_packed_file_that_unpacks_to_more_than_twenty_times_the_limit_is_refused(
    tmp_path: Path,
) -> None:
    path = tmp_path / "base.json.gz"
    megabyte = b'{"description":1'.ljust(2**20 - 2) + b"},"
    path.write_bytes(gzip.compress(b"[" + megabyte * 19))
    assert error_of(path, max_mb=1) == "base.json.gz: the file is cut off, get it again: it ends in record 20"
    path.write_bytes(gzip.compress(b"[" + megabyte * 20))
    assert path.stat().st_size < 100_000
    assert (
        error_of(path, max_mb=1)
        == "base.json.gz: holds more than 20 MB unpacked. It may hold 20 times MAX_FILE_MB"
    )


def test_a_value_of_more_than_16_mb_is_refused(tmp_path: Path) -> None:
    (tmp_path / "base.json").write_text(f'[{{"description": "{"x" * 40_000_000}"}}]')
    assert error_of(tmp_path / "base.json") == "base.json: record 1: holds a value of more than 16 MB"
    (tmp_path / "base.jsonl").write_text(f'{{"description": "{"x" * 40_000_000}"}}\n')
    assert error_of(tmp_path / "base.jsonl") == "base.jsonl: record 1: holds a value of more than 16 MB"


def test_a_value_of_a_megabyte_is_read(tmp_path: Path) -> None:
    for text in ("x" * 1_000_000, "é🙂" * 200_000):
        path = written(tmp_path / "base.json", [{"description": text}, *RECORDS[:2]], ensure_ascii=False)
        assert text in [item.description for item in draw(path)]
        (tmp_path / "base.jsonl").write_bytes(lines_of([{"description": text}, *RECORDS[:2]]))
        assert draw(tmp_path / "base.jsonl") == draw(path)


def test_a_missing_file_and_a_too_large_one_are_refused(tmp_path: Path) -> None:
    assert error_of(tmp_path / "base.json") == f"base.json: there is no such file in {tmp_path}"
    (tmp_path / "base.json").write_bytes(b" " * 3_000_000)
    assert error_of(tmp_path / "base.json", max_mb=2) == (
        "base.json: has 2.9 MB, more than 2 MB. A larger MAX_FILE_MB allows it"
    )


def test_a_folder_is_judged_by_its_batches(tmp_path: Path) -> None:
    folder = tmp_path / "layer"
    folder.mkdir()
    kinds = ".json, .jsonl, .csv, .json.gz, .jsonl.gz, .csv.gz or ..._latent<number>.txt are wanted"
    wanted = f"{kinds}, or a folder explanations with such files"
    assert error_of(folder) == f"layer: the folder holds no batches; files named {wanted}"
    for number in range(3):
        (folder / f"batch-{number}.json").write_bytes(b"[" + b" " * 1_000_000 + b"]")
    assert error_of(folder, max_mb=1) == "layer: holds no records; at least one is wanted"
    (folder / "batch-1.json").write_bytes(b"[" + b" " * 2_000_000 + b"]")
    assert error_of(folder, max_mb=1) == (
        "layer/batch-1.json: has 1.9 MB, more than 1 MB. A larger MAX_FILE_MB allows it"
    )
    (folder / "batch-1.json").write_text("[{]")
    assert error_of(folder).startswith("layer/batch-1.json: record 1: not valid JSON")


def test_a_name_with_a_line_break_stays_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "a\nb.json").write_text("[")
    assert error_of(tmp_path / "a\nb.json").startswith("a\\nb.json: the file is cut off")


def peak_of(path: Path) -> int:
    tracemalloc.start()
    try:
        draw(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_reading_needs_the_memory_of_the_used_columns(tmp_path: Path) -> None:
    records = list(base_records(1200))
    unused = [record | {"embedding": [0.123456789] * 128, "notes": "x" * 900} for record in records]
    slim, fat = written(tmp_path / "slim.json", records), written(tmp_path / "fat.json", unused)
    assert fat.stat().st_size - slim.stat().st_size > 2_800_000
    peak_of(slim)
    assert peak_of(fat) < peak_of(slim) + 700_000


HOSTILE: dict[str, bytes] = {
    "objects and numbers": b"[" + b"{},1," * 400_000 + b"1]",
    "deep": b"[" * 2_000_000,
    "deep in each record": b"[" + b",".join([b'{"a":' + b"[" * 60 + b"]" * 60 + b"}"] * 16_000) + b"]",
    "one long text": b'[{"description": "' + b"x" * 2_000_000 + b'"}]',
    "escapes": b'[{"description": "' + b"\\u0041" * 330_000 + b'"}]',
    "many keys": b"[{" + b",".join(b'"desc%d":1' % i for i in range(130_000)) + b"}]",
    "keys of its own in each record": b"[" + b",".join(b'{"desc%d":"x"}' % i for i in range(120_000)) + b"]",
    "digits": b"[" + b"9" * 2_000_000 + b"]",
    "white space": b"[" + b" " * 2_000_000 + b"]",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_two_hostile_megabytes_take_at_most_two_seconds(tmp_path: Path, name: str) -> None:
    path = tmp_path / "base.json"
    path.write_bytes(HOSTILE[name])
    start = time.process_time()
    with contextlib.suppress(BaseFileError):
        draw(path)
    assert time.process_time() - start < 2
