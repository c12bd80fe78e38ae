"""Classification files: found, chosen, read and joined."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from analysis.errors import ClassificationFileError, reason_of
from analysis.output.labels import labels_json
from analysis.reading.base_file import draw_sample
from analysis.reading.classification_file import choose, find_classifications, read_classification
from analysis.records import ClassificationFile, Item, ModelLabels
from tests.support import notebook
from tests.support.real_shapes import base_records, write_base_file, write_classification

STEM = "12-res"


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("[]")


def found(folder: Path, modes: Sequence[str] = ("alignment", "formatting")) -> list[tuple[str, str, str]]:
    files = find_classifications(folder, stem=STEM, modes=modes)
    assert all(file.path.is_relative_to(folder) for file in files)
    return [(file.mode, file.model, file.name) for file in files]


def listed(*names: str, model: str = "") -> tuple[ClassificationFile, ...]:
    return tuple(ClassificationFile(Path(name), "alignment", model or name, name) for name in names)


def chosen(files: Sequence[ClassificationFile], wanted: str) -> list[str]:
    return [file.name for file in choose(files, wanted)]


# Finding


def test_files_are_found_in_depth_by_their_names(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "12-res_formatting_classified_gemini.json",
        "gemma/12-res_alignment_classified_deepseek-v3-0324.json",
        "gemma/deep/12-res_alignment_classified_claude.json",
        "gemma/12-res_alignment_classified_.json",
        "gemma/12-res_alignment_classified_x.jsonl",
        "gemma/12-res_alignment_classified_x.json.bak",
        "gemma/12-res_other_classified_x.json",
        "gemma/13-res_alignment_classified_x.json",
        "gemma/12-res_alignment.json",
        "12-res.json",
    )
    assert found(tmp_path) == [
        ("alignment", "claude", "claude"),
        ("alignment", "deepseek-v3-0324", "deepseek-v3-0324"),
        ("formatting", "gemini", "gemini"),
    ]
    assert [mode for mode, _, _ in found(tmp_path, ["formatting", "alignment"])] == [
        "formatting", "alignment", "alignment",
    ]  # fmt: skip


def test_what_this_program_wrote_is_no_classification_file(tmp_path: Path) -> None:
    name = "12-res_alignment_classified_x.json"
    touch(
        tmp_path, f"human_labels/{name}", f"metrics/{name}", f"a/metrics/b/{name}", f"a/human_labels/{name}"
    )
    assert found(tmp_path) == []
    touch(tmp_path, f"a/metrics-2/{name}")
    assert len(found(tmp_path)) == 1


def test_a_missing_folder_has_no_files(tmp_path: Path) -> None:
    assert find_classifications(tmp_path / "outputs", stem=STEM, modes=["alignment"]) == ()


def test_the_same_name_in_two_folders_is_told_apart_by_as_many_folders_as_it_takes(tmp_path: Path) -> None:
    name = "12-res_alignment_classified_deepseek.json"
    touch(tmp_path / "out", f"2b/{name}", f"9b/{name}", "9b/12-res_alignment_classified_gemini.json")
    assert [shown for _, _, shown in found(tmp_path / "out")] == ["2b/deepseek", "9b/deepseek", "gemini"]
    touch(tmp_path / "out", name)
    assert [shown for _, _, shown in found(tmp_path / "out")] == [
        "2b/deepseek", "9b/deepseek", "gemini", "out/deepseek",
    ]  # fmt: skip
    touch(tmp_path / "out", f"a/2b/{name}")
    assert [shown for _, _, shown in found(tmp_path / "out")] == [
        "a/2b/deepseek", "gemini", "out/2b/deepseek", "out/9b/deepseek", "out/deepseek",
    ]  # fmt: skip


def test_the_same_model_in_two_modes_needs_no_folder(tmp_path: Path) -> None:
    touch(tmp_path, "a/12-res_alignment_classified_x.json", "b/12-res_formatting_classified_x.json")
    assert found(tmp_path) == [("alignment", "x", "x"), ("formatting", "x", "x")]


def test_a_name_that_fits_two_modes_belongs_to_the_longer_one(tmp_path: Path) -> None:
    touch(tmp_path, "12-res_a_classified_b_classified_c.json")
    assert found(tmp_path, ["a", "a_classified_b"]) == [("a_classified_b", "c", "c")]


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/12-res_alignment_classified_x.json")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "out" / "loop").symlink_to(tmp_path / "out")
    (tmp_path / "out" / "12-res_alignment_classified_folder.json").symlink_to(tmp_path / "elsewhere")
    assert found(tmp_path / "out") == []


def test_a_link_to_a_file_is_listed_and_reading_it_says_what_is_wrong(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/secret.json")
    (tmp_path / "12-res_alignment_classified_x.json").symlink_to(tmp_path / "elsewhere/secret.json")
    (file,) = find_classifications(tmp_path, stem=STEM, modes=["alignment"])
    with pytest.raises(ClassificationFileError) as caught:
        read_classification(file, (), max_mb=1)
    assert str(caught.value) == (
        "12-res_alignment_classified_x.json: is a symbolic link; put the file itself there"
    )


def test_a_name_of_any_bytes_can_be_shown(tmp_path: Path) -> None:
    touch(tmp_path, "12-res_alignment_classified_\udcff.json")
    ((_, _, name),) = found(tmp_path)
    assert name == "\\udcff"


# Choosing


def test_an_exact_name_comes_before_a_part_and_case_is_ignored() -> None:
    files = listed("deepseek", "deepseek-v3", "Gemini-2", "gemini-2.5")
    assert chosen(files, "deepseek") == ["deepseek"]
    assert chosen(files, " DeepSeek ") == ["deepseek"]
    assert chosen(files, "seek") == ["deepseek", "deepseek-v3"]
    assert chosen(files, "GEMINI") == ["Gemini-2", "gemini-2.5"]
    assert chosen(files, "gemini-2") == ["Gemini-2"]
    assert chosen(files, "claude") == []


def test_nothing_asked_for_is_everything() -> None:
    assert chosen(listed("a", "b"), "  ") == ["a", "b"]


def test_names_that_differ_in_case_alone_can_both_be_chosen() -> None:
    files = listed("deepseek", "DeepSeek")
    assert chosen(files, "DeepSeek") == ["DeepSeek"]
    assert chosen(files, "DEEPSEEK") == ["deepseek", "DeepSeek"]


def test_a_model_in_two_folders_is_ambiguous_until_its_folder_is_named() -> None:
    files = (*listed("2b/deepseek", "9b/deepseek", model="deepseek"), *listed("deepseek-v3"))
    assert chosen(files, "deepseek") == ["2b/deepseek", "9b/deepseek"]
    assert chosen(files, "9B/deepseek") == ["9b/deepseek"]


@pytest.mark.parametrize(
    "wanted", ["../../etc/passwd", "\0", "<b>", "x" * 4000, "*", ".", "/", "\ud800", "%s"]
)
def test_whatever_is_typed_is_only_compared_with_names(wanted: str) -> None:
    assert choose(listed("deepseek"), wanted) == ()


# Reading

ITEMS = (
    Item(0, 10, None, "a"),
    Item(1, 20, "res-20", "b"),
    Item(2, None, "only-id", "c"),
    Item(3, None, None, "d"),
    Item(4, 30, "other-name", "e"),
    Item(5, 10, None, "f"),
    Item(6, None, 77, "g"),
)


def read(path: Path, data: Any, items: Sequence[Item] = ITEMS) -> ModelLabels:
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return read_classification(ClassificationFile(path, "alignment", "x", "x"), items, max_mb=2)


def error_of(path: Path, data: Any) -> str:
    with pytest.raises(ClassificationFileError) as caught:
        read(path, data)
    assert str(caught.value).isprintable()
    return str(caught.value)


def test_records_are_joined_by_index_and_by_id_where_there_is_none(tmp_path: Path) -> None:
    records = [
        {"index": "20", "label": "related"},
        {"index": 10, "feature_id": "x", "label": "not-related"},
        {"feature_id": "only-id", "label": "api-error"},
        {"label": "related"},
        {"index": 99, "label": "related"},
    ]
    result = read(tmp_path / "model.json", records)
    assert result.labels == {0: "not-related", 1: "related", 2: "api-error", 5: "not-related"}
    assert (result.unmatched, result.without_key, result.join_key) == ((4, 6), (3,), "feature_index")
    assert list(result.labels) == [0, 1, 2, 5]
    assert result.sha256 == hashlib.sha256((tmp_path / "model.json").read_bytes()).hexdigest()
    assert result.file.path == tmp_path / "model.json"


@pytest.mark.parametrize(
    ("record", "rows"),
    [
        ({"index": "010"}, [0, 5]),
        ({"index": 10.0}, [0, 5]),
        ({"index": 10.5}, []),
        ({"index": True, "feature_id": "a-10"}, [0, 5]),
        ({"index": None, "feature_id": "a-10"}, [0, 5]),
        ({"feature_id": "a-0010"}, [0, 5]),
        ({"feature_id": "10"}, [0, 5]),
        ({"id": "a-b-10"}, [0, 5]),
        ({"id": "a-10", "feature_id": "a-20"}, [1]),
        ({"id": "a-10", "feature_id": None}, [0, 5]),
        ({"feature_id": "other-name"}, [4]),
        ({"feature_id": "other-name", "index": 31}, []),
        ({"feature_id": "only-id", "index": 31}, [2]),
        ({"feature_id": "only-id", "index": 20}, [1, 2]),
        ({"feature_id": "77"}, [6]),
        ({"feature_id": 77}, [6]),
        ({"feature_id": ["only-id"]}, []),
        ({}, []),
    ],
)
def test_a_record_is_an_item_by_index_else_by_id(tmp_path: Path, record: Any, rows: list[int]) -> None:
    assert list(read(tmp_path / "model.json", [{**record, "label": "related"}]).labels) == rows


def test_where_only_ids_can_serve_that_is_said(tmp_path: Path) -> None:
    result = read(tmp_path / "model.json", [{"feature_id": "only-id", "label": "related"}])
    assert (result.labels, result.join_key) == ({2: "related"}, "feature_id")


@pytest.mark.parametrize(
    "data",
    [
        [{"feature_id": "a-20", "label": "related"}],
        [{"id": "a-20", "label": "related"}],
        {"items": [{"index": 20, "label": "related"}], "model": "x", "n": 1, "records": [{"index": 10}]},
        {"data": [5], "records": [{"index": 20, "label": "related"}]},
        {"data": [{"index": "20", "label": "related"}], "run": {"label": "x"}},
        {"a-20": {"label": "related", "index": None}, "a-9": {"label": "x"}},
        {"z": {"label": "related", "feature_id": "a-20"}, "rest": "bare"},
        {"z": {"label": "related", "index": 20}, "list": [1, 2]},
    ],
)
def test_every_shape_of_file_is_read(tmp_path: Path, data: Any) -> None:
    assert read(tmp_path / "model.json", data).labels == {1: "related"}


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("Related", "Related"),
        (None, "null"),
        (1, "1"),
        (1.5, "1.5"),
        (True, "true"),
        (["related"], "a list"),
        ({"is": "related"}, "an object"),
        ("", ""),
        ("\ud800", "?"),
    ],
)
def test_a_label_that_is_no_text_can_be_counted_by_name(tmp_path: Path, label: Any, shown: str) -> None:
    assert read(tmp_path / "model.json", [{"index": 20, "label": label}]).labels == {1: shown}


def test_an_absent_label_is_counted_as_null(tmp_path: Path) -> None:
    records = [{"index": 20}, {"index": 99, "label": "related"}]
    assert read(tmp_path / "model.json", records).labels == {1: "null"}


def test_a_feature_listed_twice_counts_once_if_its_labels_agree(tmp_path: Path) -> None:
    records = [{"index": 20, "label": "related"}, {"feature_id": "res-20", "label": "related"}]
    assert read(tmp_path / "model.json", records).labels == {1: "related"}


@pytest.mark.parametrize(
    ("first", "second", "feature"),
    [
        ({"index": 20}, {"index": "20"}, "20"),
        ({"index": 20}, {"feature_id": "x-20"}, "20"),
        ({"index": 30}, {"feature_id": "other-name"}, "30"),
        ({"feature_id": "only-id"}, {"feature_id": "only-id", "index": 1}, "only-id"),
    ],
)
def test_a_feature_listed_with_two_labels_is_named(
    tmp_path: Path, first: Any, second: Any, feature: str
) -> None:
    records = [{**first, "label": "related"}, {"index": 1, "label": "x"}, {**second, "label": "not-related"}]
    assert error_of(tmp_path / "model.json", records) == (
        f"model.json: feature {feature} is listed twice, with different labels"
    )


def test_a_key_given_twice_counts_as_the_last_one(tmp_path: Path) -> None:
    assert read(tmp_path / "model.json", '[{"index": 20, "label": "x", "label": "related"}]').labels == {
        1: "related"
    }


def test_a_feature_outside_the_sample_may_have_two_labels(tmp_path: Path) -> None:
    records = [
        {"index": 99, "label": "related"},
        {"index": 99, "label": "x"},
        {"index": 20, "label": "related"},
    ]
    assert read(tmp_path / "model.json", records).labels == {1: "related"}


WRONG: list[tuple[Any, str]] = [
    ([{"index": 10}], 'no record has a "label" or "classification": related or not-related'),
    ([], 'no record has a "label" or "classification": related or not-related'),
    ({"a-10": "related"}, 'no record has a "label" or "classification": related or not-related'),
    ([{"index": 10, "label": "x"}, 7], "record 2: should be an object, not a number"),
    ({"items": ["x"]}, "record 1: should be an object, not a text"),
    ("", "is empty; a list of records is wanted"),
    ("[{", "the file is cut off, get it again: it ends in record 1"),
    (
        '{"index": 10, "label": "related"}\n{"index": 20, "label": "related"}',
        "more follows after the end (JSON lines? Put the records in a list: [first, second, ...])",
    ),
    ('[{"label": NaN}]', "record 1: NaN is not JSON; null says that a value is missing"),
    ("[" * 100_000, "record 1: is nested too deeply"),
    ("x" * 3_000_000, "has 2.9 MB, more than 2 MB. A larger MAX_FILE_MB allows it"),
]


@pytest.mark.parametrize(("data", "message"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, data: Any, message: str) -> None:
    assert error_of(tmp_path / "model.json", data) == f"model.json: {message}"


def test_a_packed_file_is_read_and_hashed_as_it_lies_there(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_bytes(gzip.compress(b'[{"index": 20, "label": "related"}]'))
    result = read_classification(ClassificationFile(path, "a", "x", "x"), ITEMS, max_mb=1)
    assert result.labels == {1: "related"}
    assert result.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


# Large files

SOME = tuple(Item(row, index, None, "") for row, index in enumerate([3, 0, 1999, 1000, 1500, 20_000]))
FORMS: dict[str, dict[str, Any]] = {
    "indexes as text": {"index": str},
    "indexes as numbers": {"index": int},
    "ids": {"feature_id": "gemma-res-{}".format},
    "ids called id": {"id": "gemma-res-{}".format},
    "numbers called id": {"id": int, "index": str},
    "both": {"feature_id": "gemma-res-{}".format, "index": str},
    "ids with escapes": {"feature_id": 'gemma-"é"-{}'.format},
    "indexes with zeros in front": {"index": "{:05}".format},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("options", [{}, {"indent": 2}, {"separators": (",", ":"), "ensure_ascii": False}])
def test_a_large_uniform_file_is_joined_like_a_small_one(
    tmp_path: Path, form: str, options: dict[str, Any]
) -> None:
    records = [
        {key: write(i) for key, write in FORMS[form].items()}
        | {"notes": record["description"], "label": f'label "{i}"'}
        for i, record in enumerate(base_records(2000))
    ]
    result = read(tmp_path / "model.json", json.dumps(records, **options), SOME)
    assert result.labels == {row: f'label "{SOME[row].feature_index}"' for row in range(5)}
    assert result.unmatched == (5,)
    records[1777] |= {key: write(3) for key, write in FORMS[form].items()}
    assert "feature 3 is listed twice, with different labels" in error_of_join(
        tmp_path / "model.json", json.dumps(records, **options)
    )


def error_of_join(path: Path, content: str) -> str:
    with pytest.raises(ClassificationFileError) as caught:
        read(path, content, SOME)
    return str(caught.value)


def test_items_without_an_index_are_found_in_a_large_uniform_file(tmp_path: Path) -> None:
    items = (Item(0, None, "name \u00e9 7", "a"), Item(1, 1500, None, "b"), Item(2, None, 1800, "c"))
    records = [{"index": i, "feature_id": f"name \u00e9 {i}", "label": str(i)} for i in range(1790)]
    records += [{"index": i, "feature_id": str(i), "label": str(i)} for i in range(1790, 4000)]
    for options in ({}, {"ensure_ascii": False}):
        result = read(tmp_path / "model.json", json.dumps(records, **options), items)
        assert result.labels == {0: "7", 1: "1500", 2: "1800"}


def test_the_join_is_the_notebooks_on_a_file_of_the_real_shape(tmp_path: Path) -> None:
    base = write_base_file(tmp_path, count=4000)
    sample = draw_sample(base, size=300, seed=42, max_mb=64)
    draw = random.Random(5)  # noqa: S311 # made-up answers, no secret
    order = draw.sample(range(300), 94)
    labels = {row: "related" if row in order else "not-related" for row in range(300)}
    human = {sample.items[row].feature_index or 0: label for row, label in labels.items()}
    path = tmp_path / "model.json"
    write_classification(path, base, human, tp=69, tn=199, fp=5, fn=25, dropped={"api-error": 2})
    (tmp_path / "human.json").write_bytes(labels_json(sample, labels))
    figures, _ = notebook.metrics_of(tmp_path / "human.json", path, "")
    merged = notebook.merged_frame(tmp_path / "human.json", path)
    result = read_classification(ClassificationFile(path, "a", "x", "x"), sample.items, max_mb=64)
    by_index = {sample.items[row].feature_index: label for row, label in result.labels.items()}
    judged = {index: label for index, label in by_index.items() if label != "api-error"}
    assert judged == dict(zip(merged["feature_index"], merged["label_model"], strict=True))
    assert (result.join_key, result.unmatched, result.without_key) == (figures["join_key"], (), ())
    assert [figures[name] for name in ("samples", "tp", "tn", "fp", "fn")] == [298, 69, 199, 5, 25]


def test_wished_counts_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    base = write_base_file(tmp_path, count=10)
    with pytest.raises(ValueError, match=r"do not fit 1 related, 1 not"):
        write_classification(
            tmp_path / "m.json", base, {1: "related", 2: "not-related"}, tp=2, tn=0, fp=0, fn=0
        )


# Whose features


BASE = tuple(
    Item(row, 100 + row, None, f"words  about {row}\n", "gemma-2-2b", "12-gemmascope-res-65k")
    for row in range(10)
)


def said_of(row: int, **more: Any) -> dict[str, Any]:
    return {"index": 100 + row, "label": "related", "description": f" words about\t{row}", **more}


def test_white_space_makes_no_other_description(tmp_path: Path) -> None:
    result = read(tmp_path / "model.json", [said_of(row) for row in range(10)], BASE)
    assert (len(result.labels), result.other_description) == (10, ())


def test_items_with_another_description_are_left_out_and_counted(tmp_path: Path) -> None:
    records = [said_of(row, description="other" if row < 4 else f"words about {row}") for row in range(9)]
    result = read(tmp_path / "model.json", records, BASE)
    assert list(result.labels) == [4, 5, 6, 7, 8]
    assert (result.other_description, result.unmatched) == ((0, 1, 2, 3), (9,))


def test_a_file_in_which_more_than_half_differ_is_refused(tmp_path: Path) -> None:
    records = [said_of(row, description="other" if row < 6 else f"words about {row}") for row in range(10)]
    with pytest.raises(ClassificationFileError) as caught:
        read(tmp_path / "model.json", records, BASE)
    assert str(caught.value) == (
        "model.json: describes another SAE's features: of the 10 items of the sample that it names, 6 have another"
        " description or source there; a file made for this base file is wanted"
    )


def test_the_refusal_counts_those_alone_that_are_named_by_index(tmp_path: Path) -> None:
    items = (Item(0, 100, None, "words"), *(Item(row, None, f"id {row}", "words") for row in range(1, 5)))
    said = {"label": "related", "description": "other"}
    records = [{"index": 100, **said}, *({"feature_id": f"id {row}", **said} for row in range(1, 5))]
    with pytest.raises(
        ClassificationFileError, match="of the 1 items of the sample that it names, 1 have an"
    ):
        read(tmp_path / "model.json", records, items)


def test_why_a_file_cannot_be_used_is_told_without_the_advice_in_parentheses(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text('{"index": 1, "label": "related"}\n' * 2)
    file = ClassificationFile(tmp_path / "model.json", "alignment", "model", "model")
    with pytest.raises(ClassificationFileError) as caught:
        read_classification(file, BASE, max_mb=1)
    assert reason_of(caught.value) == "more follows after the end"


@pytest.mark.parametrize(
    ("prefix", "same"),
    [
        ("gemma-2-2b-12-gemmascope-res-65k-", True),
        ("gemma-2-2b-", True),
        ("12-gemmascope-res-65k-", True),
        ("x-", True),
        ("", True),
        ("gemma-2-2b-13-gemmascope-res-65k-", False),
        ("gemma-2-2b-12-gemmascope-res-16k-", False),
        ("gemma-2-9b-12-gemmascope-res-65k-", False),
    ],
)
def test_without_descriptions_the_source_in_the_ids_is_looked_at(
    tmp_path: Path, prefix: str, same: bool
) -> None:
    records = [{"feature_id": f"{prefix}{100 + row}", "label": "related"} for row in range(10)]
    if same:
        assert len(read(tmp_path / "model.json", records, BASE).labels) == 10
    else:
        with pytest.raises(ClassificationFileError, match="describes another SAE's features"):
            read(tmp_path / "model.json", records, BASE)


@pytest.mark.parametrize(
    ("source", "same"),
    [
        ({"modelId": "gemma-2-2b", "layer": "12-gemmascope-res-65k"}, True),
        ({"modelId": "gemma-2-2b", "layer": "20-gemmascope-res-65k"}, False),
        ({"modelId": "gemma-2-9b", "layer": "12-gemmascope-res-65k"}, False),
        ({"modelId": "gpt-4o"}, True),
        ({"modelId": "gpt-4o", "layer": None}, True),
    ],
)
def test_without_descriptions_and_ids_the_source_that_the_records_tell_is_looked_at(
    tmp_path: Path, source: dict[str, Any], same: bool
) -> None:
    records = [{"index": 100 + row, "label": "related", **source} for row in range(10)]
    if same:
        assert len(read(tmp_path / "model.json", records, BASE).labels) == 10
    else:
        with pytest.raises(ClassificationFileError, match="describes another SAE's features"):
            read(tmp_path / "model.json", records, BASE)


def test_of_several_explanations_of_a_feature_the_items_own_is_taken(tmp_path: Path) -> None:
    records = [
        said_of(0, description="a first", label="not-related"),
        said_of(0),
        said_of(0, description="a third"),
    ]
    result = read(tmp_path / "model.json", records, BASE[:1])
    assert (result.labels, result.other_description) == ({0: "related"}, ())


def test_older_files_are_read_in_their_own_words(tmp_path: Path) -> None:
    words = ["alignment-related", "not-alignment-related", "formatting-related", "related", None]
    records = [{"index": 100 + row, "classification": word} for row, word in enumerate(words)]
    assert read(tmp_path / "model.json", records, BASE).labels == {
        0: "related", 1: "not-related", 2: "formatting-related", 3: "related", 4: "null",
    }  # fmt: skip


def test_each_feature_of_the_whole_file_counts_once(tmp_path: Path) -> None:
    records = [{"index": n, "label": "related" if n < 30 else "not-related"} for n in range(50)]
    records += [{"index": 3, "label": "related"}, {"index": 77, "label": "api-error"}, {"label": "related"}]
    result = read(tmp_path / "model.json", records, ())
    assert (result.related_features, result.not_related_features) == (30, 20)


def test_files_of_another_stem_are_found_by_an_alias(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "12-res_alignment_classified_x.json",
        "old_alignment_classified_x.json",
        "old_alignment_classified_y.json",
        "older_alignment_classified_z.json",
    )
    files = find_classifications(tmp_path, stem=STEM, modes=["alignment"], aliases=["old"])
    assert [file.path.name for file in files] == [
        "12-res_alignment_classified_x.json",
        "old_alignment_classified_y.json",
    ]
