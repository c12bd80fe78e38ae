"""Each form in which producers hand out feature descriptions is read, or refused in one line."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.errors import BaseFileError
from analysis.reading.base_file import read_base
from analysis.reading.drawn_records import drawn_records

COUNT = 12
SOURCE = {"modelId": "gemma-2-2b", "layer": "20-gemmascope-res-16k"}
DUMPED = [
    {
        "id": f"cm{index}x",
        **SOURCE,
        "index": str(index),
        "authorId": "a1",
        "description": f"words about {index}",
        "embedding": [0.25, -0.5, 1e-3],
        "typeName": "oai_token-act-pair",
        "explanationModelName": "gpt-4o-mini",
        "umap_x": 0.1,
    }
    for index in sorted(range(COUNT), key=str)
]
FEATURES = [
    {
        **SOURCE,
        "index": str(index),
        "neuron": None,
        "activations": [{"tokens": ["a"], "values": [1.5]}],
        "explanations": [
            {"id": "e", "description": f"words about {index}", "scores": []},
            {"description": "a later one"},
        ],
    }
    for index in range(COUNT)
]
PLAIN = pd.DataFrame({"description": [f"words about {index}" for index in range(COUNT)]})


def written(path: Path, data: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data))
    return path


def dump(folder: Path) -> Path:
    """A source as Neuronpedia hands it out."""
    top = folder / "20-gemmascope-res-16k"
    for number, records in ((2, DUMPED[:5]), (10, DUMPED[5:])):
        lines = b"\n".join(json.dumps(record).encode() for record in records)
        (top / "explanations").mkdir(parents=True, exist_ok=True)
        (top / "explanations" / f"batch-{number}.jsonl.gz").write_bytes(gzip.compress(lines))
    written(top / "model.jsonl", {"id": "gemma-2-2b", "layers": 26})
    written(top / "source.jsonl", {"id": "20-gemmascope-res-16k", "modelId": "gemma-2-2b"})
    written(top / "features" / "batch-0.jsonl", {"index": "0"})
    return top


def delphi(folder: Path) -> Path:
    for index in range(COUNT):
        written(folder / "run" / f"layers.12_latent{index}.txt", f"words about {index}")
    written(folder / "run" / "notes.txt", "no feature")
    return folder / "run"


def table(column: str, **options: Any) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        frame = PLAIN.assign(**{column: range(COUNT)})
        frame.to_csv(folder / f"base.csv{options.get('end', '')}", index=False)
        return folder / f"base.csv{options.get('end', '')}"

    return write


def records_of(column: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        PLAIN.assign(**{column: range(COUNT)}).to_json(folder / "base.json", orient="records")
        return folder / "base.json"

    return write


SHAPES: dict[str, tuple[Callable[[Path], Path], str, str]] = {
    "a dump of a source": (dump, "20-gemmascope-res-16k", "index"),
    "its explanations": (lambda folder: dump(folder) / "explanations", "20-gemmascope-res-16k", "index"),
    "a list of feature objects": (lambda f: written(f / "base.json", FEATURES), "base", "index"),
    "delphi's folder": (delphi, "run", "feature_id"),
    "delphi's object": (
        lambda f: written(
            f / "base.json", {f"layers.12_latent{i}": f"words about {i}" for i in range(COUNT)}
        ),
        "base",
        "feature_id",
    ),
    "ids of digits": (
        lambda f: written(f / "base.json", {str(i): f"words about {i}" for i in range(COUNT)}),
        "base",
        "feature_id",
    ),
    "a list under records": (
        lambda f: written(f / "base.json", {"n": 1, "records": DUMPED}),
        "base",
        "index",
    ),
    "a list under results": (lambda f: written(f / "base.json", {"results": DUMPED}), "base", "index"),
    "a CSV": (table("feature_index"), "base", "feature_index"),
    "a packed CSV": (table("index_in_sae", end=".gz"), "base", "index_in_sae"),
    **{
        f"a frame with {key}": (records_of(key), "base", key)
        for key in ("index", "feature", "latent", "neuron")
    },
}


@pytest.mark.parametrize("name", SHAPES)
def test_each_shape_gives_its_features_their_indexes_and_a_name(tmp_path: Path, name: str) -> None:
    write, stem, index = SHAPES[name]
    base = read_base(write(tmp_path), max_mb=4)
    assert (base.stem, base.index, base.without_index, base.doubled) == (stem, index, 0, 0)
    found = {(item.feature_index, item.description) for item in base.sample(100, 42).items}
    assert found == {(i, f"words about {i}") for i in range(COUNT)}


def test_a_dump_keeps_its_order_and_says_where_features_are_from(tmp_path: Path) -> None:
    base = read_base(dump(tmp_path), max_mb=4)
    assert base.indexes.tolist() == [int(record["index"]) for record in DUMPED]
    item = base.sample(1, 0).items[0]
    assert (item.model_id, item.layer) == (SOURCE["modelId"], SOURCE["layer"])
    assert base.layers == (SOURCE["layer"],)


def test_one_feature_object_is_one_feature(tmp_path: Path) -> None:
    path = written(tmp_path / "base.json", FEATURES[7])
    (item,) = read_base(path, max_mb=4).sample(10, 0).items
    assert (item.feature_index, item.description, item.layer) == (7, "words about 7", SOURCE["layer"])
    assert drawn_records(path, size=10, seed=0, max_mb=4) == [FEATURES[7]]


def test_several_explanations_of_a_feature_are_features_and_counted(tmp_path: Path) -> None:
    path = written(
        tmp_path / "base.json", [*DUMPED, {"index": 3, "description": "another"}, {"description": "?"}]
    )
    base = read_base(path, max_mb=4)
    assert (base.count, base.doubled, base.without_index) == (COUNT + 2, 1, 1)


@pytest.mark.parametrize("name", SHAPES)
def test_the_drawn_records_are_as_they_stand_and_give_the_same_items(tmp_path: Path, name: str) -> None:
    path = SHAPES[name][0](tmp_path)
    drawn = read_base(path, max_mb=4).sample(5, 42).items
    records = drawn_records(path, size=5, seed=42, max_mb=4)
    if "dump" in name or "list under" in name:
        assert all(record in DUMPED for record in records)
    if "feature objects" in name:
        assert all(record in FEATURES for record in records)
    again = read_base(written(tmp_path / "again.json", records), max_mb=4)
    assert again.indexes.tolist() == [item.feature_index for item in drawn]
    found = {(item.feature_index, item.description) for item in again.sample(5, 0).items}
    assert found == {(item.feature_index, item.description) for item in drawn}


WANTED = (
    "holds no features: no record has index, feature_index, feature, latent, index_in_sae or neuron as a whole number,"
    " or digits at the end of a feature_id; the SAE's explanations are wanted"
)
OF_A_SERVER = (
    "holds no features, but what looks like a server's message: open it, and download the file from where it says;"
    " the SAE's explanations are wanted"
)
REFUSED: dict[str, tuple[str, Any, str]] = {
    "a moved address": (
        "base.json",
        {"newUrl": "https://example.org", "message": "moved"},
        f"base.json: {OF_A_SERVER} (keys found: newUrl, message)",
    ),
    "an error": (
        "base.json",
        {"error": "not found", "path": "x"},
        f"base.json: {OF_A_SERVER} (keys found: error, path)",
    ),
    "metadata by key": (
        "base.json",
        {"name": "x", "md5": "y"},
        f"base.json: {WANTED} (keys found: name, md5)",
    ),
    "a source": (
        "source.jsonl",
        {"id": "20-res", "modelId": "m", "hasDashboards": True},
        f"source.jsonl: {WANTED} (keys found: id, modelId, hasDashboards)",
    ),
    "a graph": (
        "base.json",
        {"metadata": {"slug": "x"}, "nodes": [{"node_id": "1_2"}], "links": [{"source": "a"}]},
        f"base.json: {WANTED} (keys found: slug, node_id, nodes, source, links)",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_holds_no_features_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    file, data, message = REFUSED[name]
    path = written(tmp_path / file, data)
    with pytest.raises(BaseFileError) as caught:
        read_base(path, max_mb=4)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("keys", "odd"),
    [
        (["53844", "7"], []),
        (["layers.12_latent5"], []),
        (["f5", "f6"], []),
        (["Feature5"], []),
        (["gemma-2-2b-12-res-65k-53844", "name", "md5"], ["name", "md5"]),
    ],
)
def test_keys_of_bare_texts_that_look_like_no_ids_are_counted(
    tmp_path: Path, keys: list[str], odd: list[str]
) -> None:
    assert list(read_base(written(tmp_path / "base.json", dict.fromkeys(keys, "x")), max_mb=4).no_ids) == odd


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\n<!DOCTYPE html><html>", "is a web page, not the file: download the file itself"),
        (
            b"<?xml version='1.0'?><Error><Code>AccessDenied",
            "is a web page, not the file: download the file itself",
        ),
        (b"PK\x03\x04\x14\x00", "is packed as zip: unpack it, and name what was in it"),
        (b"PAR1\x15\x04", "is a Parquet file: write it as CSV"),
        (
            b"version https://git-lfs.github.com/spec/v1\n",
            "is a placeholder of Git LFS, not the file: 'git lfs pull'",
        ),
        ('[{"index": 1}]'.encode("utf-16"), "is UTF-16 text: save it as UTF-8"),
        ('[{"index": 1}]'.encode("utf-16-le"), "is UTF-16 text: save it as UTF-8"),
        ('[{"index": 1}]'.encode("utf-16-be"), "is UTF-16 text: save it as UTF-8"),
    ],
)
@pytest.mark.parametrize("name", ["base.json", "base.jsonl", "base.csv"])
def test_a_file_that_is_none_of_ours_is_called_what_it_is(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BaseFileError) as caught:
        read_base(tmp_path / name, max_mb=4)
    assert str(caught.value).startswith(f"{name}: {message}")


def test_metadata_that_lies_beside_the_batches_becomes_no_card(tmp_path: Path) -> None:
    folder = tmp_path / "20-gemmascope-res-16k"
    written(folder / "batch-0.jsonl", DUMPED[0])
    written(folder / "batch-1.jsonl", {"description": "?"} | DUMPED[1])
    assert read_base(folder, max_mb=4).count == 2
    written(
        folder / "source.jsonl", {"id": "20-gemmascope-res-16k", "modelId": "gemma-2-2b", "setName": "res"}
    )
    with pytest.raises(BaseFileError, match=r"source.jsonl: holds no features: take it out of the folder, "):
        read_base(folder, max_mb=4)


def test_a_table_under_another_name_is_told_how_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "base.tsv").write_text("index\tdescription\n1\ta\n")
    with pytest.raises(BaseFileError) as caught:
        read_base(tmp_path / "base.tsv", max_mb=4)
    begins = r"index\tdescription"
    assert str(caught.value) == (
        f'base.tsv: not valid JSON: it begins with "{begins}"; JSON lines are named .jsonl, tables .csv'
    )


def test_a_table_whose_indexes_pandas_wrote_as_floats_is_read(tmp_path: Path) -> None:
    path = tmp_path / "base.csv"
    pd.DataFrame({"index": [5, 12, None], "description": ["a", "b", "c"]}).to_csv(path, index=False)
    assert path.read_text().splitlines()[1] == "5.0,a"
    base = read_base(path, max_mb=4)
    assert (base.indexes.dropna().tolist(), base.without_index) == ([5, 12], 1)
    assert {"index": "12.0", "description": "b"} in drawn_records(path, size=3, seed=0, max_mb=4)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "base.csv: is empty; a header and a row for each feature are wanted"),
        (b"a,b\n1,2\n", "base.csv: holds no features"),
        (b'index,description\n1,"x\n', "base.csv: not valid CSV: a quotation mark is not closed, or"),
        (b"index;description\n1;a, b\n", "base.csv: its columns are parted by semicolons; commas are wanted"),
        (b"index\tdescription\n1\ta\n", "base.csv: its columns are parted by tabs; commas are wanted"),
        (b"index,description\n1,\xff\n", "base.csv: is not UTF-8 text"),
        (b"index,description\n1,a,b,c\n2,a,b,c,d,e\n", "base.csv: not valid CSV: "),
    ],
)
def test_a_table_that_is_none_is_refused_in_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "base.csv").write_bytes(content)
    with pytest.raises(BaseFileError) as caught:
        read_base(tmp_path / "base.csv", max_mb=4)
    assert str(caught.value).startswith(message)
