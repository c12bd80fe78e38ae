"""What the commands on the machine make of real files: of another SAE, under other names, two of one name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.cli.test_commands_on_the_machine import LABELS, Machine
from tests.support import notebook
from tests.support.real_shapes import write_records


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    yield Machine(tmp_path, monkeypatch)


def test_check_warns_of_a_key_that_is_almost_a_setting(machine: Machine) -> None:
    machine.set(LABEL_MODE="formatting")
    assert machine.lines("check")[0] == "doubtful: LABEL_MODE is no setting: LABEL_MODES is"


def test_check_counts_features_that_nothing_can_be_joined_to(machine: Machine) -> None:
    records = json.loads(machine.base.read_text())
    write_records(machine.base, [*records, {"description": "x"}, records[0] | {"description": "another"}])
    assert (
        "doubtful: BASE_SAE_PATH has 202 features, 12 are drawn; descriptions from description, indexes from index;"
        " 1 more explanation of features that have one: joined by index and description; 1 without an index: no"
        " classification can be joined to these"
    ) in machine.lines("check")


def test_check_doubts_a_file_whose_records_are_of_another_layer(machine: Machine) -> None:
    records = json.loads(machine.base.read_text())
    write_records(machine.base, [record | {"layer": "12-gemmascope-res-16k"} for record in records])
    assert (
        f"doubtful: BASE_SAE_PATH is named {machine.stem}, but its records have the layer 12-gemmascope-res-16k:"
        " is it the right file?"
    ) in machine.lines("check")


def test_check_tells_a_few_of_many_layers(machine: Machine) -> None:
    records = json.loads(machine.base.read_text())
    write_records(machine.base, [record | {"layer": f"{i}-res"} for i, record in enumerate(records)])
    told = "doubtful: BASE_SAE_PATH has records of several layers, such as 0-res, 1-res, 2-res"
    assert told in machine.lines("check")


def write_model(machine: Machine, model: str, mode: str, records: object, stem: str = "") -> None:
    path = machine.folder / "models" / f"{stem or machine.stem}_{mode}_classified_{model}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(records))


def test_check_calls_no_classification_file_right_that_metrics_would_refuse(machine: Machine) -> None:
    told = [record | {"label": "related"} for record in json.loads(machine.base.read_text())]
    part = [record | {"label": "api-error"} if i < 100 else record for i, record in enumerate(told)]
    write_model(machine, "whole", "alignment", told)
    write_model(machine, "part", "alignment", part)
    write_model(
        machine, "other", "alignment", [record | {"description": "of another SAE"} for record in told]
    )
    write_model(machine, "old", "formatting", told, stem="old")
    result = machine.run("check")
    lacking = sum(index < 100 for index in notebook.sample_of(machine.base, 12)["feature_index"])
    assert result.exit_code == 1
    assert "right: alignment, whole: labels 12 of 12 items\n" in result.stdout
    assert (
        f"doubtful: alignment, part: labels {12 - lacking} of 12 items,"
        f" {lacking} have a label that is neither related nor not-related\n"
    ) in result.stdout
    assert (
        f"doubtful: CLASSIFICATIONS_DIR models has no {machine.stem}_formatting_classified_<model>.json, but files for"
        " old: if the features are the same, name these in STEM_ALIASES\n"
    ) in result.stdout
    refused = (
        f"wrong: alignment, other: {machine.stem}_alignment_classified_other.json: describes another SAE's"
    )
    assert result.stderr.startswith(refused)
    assert result.stdout.endswith("next: mend what is wrong, then 'labelbot check' again\n")
    machine.import_labels()
    assert "describes another SAE's features" in machine.problem("metrics", "other")
    machine.set(STEM_ALIASES="old")
    assert "right: formatting, old: labels 12 of 12 items\n" in machine.run("check").stdout


def test_check_doubts_labels_and_metadata_in_place_of_the_base_file(machine: Machine) -> None:
    records = json.loads(machine.base.read_text())
    write_records(machine.base, [record | {"_row_id": 1, "label": "related"} for record in records])
    assert (
        "doubtful: BASE_SAE_PATH has records with _row_id and label: is it a file of labels, not the base file?"
    ) in machine.lines("check")
    machine.base.write_text(json.dumps({"latent-5": "x", "name": "y", "md5": "z"}))
    assert (
        "doubtful: 2 texts stand under keys that look like no feature ids (name, md5): are these explanations?"
    ) in machine.lines("check")


def test_models_leaves_out_by_name_what_cannot_be_ranked_and_ranks_the_others(machine: Machine) -> None:
    told = [record | {"label": "related"} for record in json.loads(machine.base.read_text())]
    write_model(machine, "good", "alignment", told)
    write_model(machine, "gemini", "alignment", [one | {"description": "of another SAE"} for one in told])
    write_model(machine, "idle", "alignment", [one | {"label": "api-error"} for one in told])
    (machine.folder / "models" / f"{machine.stem}_alignment_classified_torn.json").write_text(
        '[{"index": "1"'
    )
    machine.import_labels()
    lines = machine.lines("models")
    assert lines[0].startswith("good agrees on 8 of 12 items")
    assert lines[3].endswith(
        " that all label. In brackets: 95 % intervals. Left out: gemini, torn and 1 more: see More."
    )
    assert (
        "Left out: gemini, its file describes another SAE's features; torn, the file is cut off;"
        " idle, no usable label on the labeled items."
    ) in lines
    (written,) = (machine.folder / "outputs" / "metrics").glob("*_models.json")
    ranked, *left_out = json.loads(written.read_text())
    assert (ranked["model"], ranked["samples"], "left_out" in ranked) == ("good", 12, False)
    assert [(one["model"], one["samples"], one["accuracy"], one["left_out"]) for one in left_out] == [
        ("gemini", 0, None, "its file describes another SAE's features"),
        ("torn", 0, None, "the file is cut off"),
        ("idle", 0, None, "no usable label on the labeled items"),
    ]
    cited = machine.lines("cite")
    assert [line.partition(".json: ")[2][:25] for line in cited if line.startswith("Left out: ")] == [
        "describes another SAE's f",
        "the file is cut off, get ",
    ]
    (machine.folder / "models" / f"{machine.stem}_alignment_classified_good.json").unlink()
    assert machine.problem("models").startswith(
        "No model is left to rank. Left out: gemini, its file describes another SAE's features; torn, "
    )


def test_check_names_a_linked_folder_that_is_not_looked_into(machine: Machine) -> None:
    (machine.folder / "elsewhere").mkdir()
    (machine.folder / "models").mkdir()
    (machine.folder / "models" / "runs").symlink_to(machine.folder / "elsewhere")
    told = "models/runs is a link, and is not looked into: put the folder itself there"
    assert f"doubtful: CLASSIFICATIONS_DIR: {told}" in machine.lines("check")


def test_check_takes_no_line_from_a_models_name(machine: Machine) -> None:
    write_model(machine, "a\nright: all is well\x1b[2K", "alignment", [])
    result = machine.run("check")
    said = (result.stdout + result.stderr).splitlines()
    assert not [line for line in said if line.startswith("right: all is well")]
    assert "\x1b" not in result.stdout + result.stderr


def test_check_counts_one_in_the_singular(machine: Machine) -> None:
    first = notebook.sample_of(machine.base, 12)["feature_index"][0]
    told = [record | {"label": "related"} for record in json.loads(machine.base.read_text())]
    write_model(
        machine, "odd", "alignment", [r | {"label": "maybe"} if r["index"] == str(first) else r for r in told]
    )
    write_model(machine, "short", "alignment", [r for r in told if r["index"] != str(first)])
    odd, short = (line for line in machine.lines("check") if "labels 11 of 12" in line)
    assert odd.endswith(", 1 has a label that is neither related nor not-related")
    assert short.endswith(", 1 is not in the file")


def test_sample_writes_the_drawn_records_as_they_stand(machine: Machine) -> None:
    told = machine.lines("sample", "drawn.json")
    assert told[0] == "drawn.json: 12 records, as they stand in the base file."
    assert f"{machine.stem}_<mode>_classified_<model>.json" in told[1]
    base = json.loads(machine.base.read_text())
    indexes = notebook.sample_of(machine.base, 12)["feature_index"].tolist()
    assert json.loads((machine.folder / "drawn.json").read_text()) == [base[index] for index in indexes]
    told_not = machine.problem("sample", str(machine.base))
    assert told_not.endswith("is the base file itself: name another file.")


def test_sample_replaces_neither_the_database_nor_a_file_that_is_read(machine: Machine) -> None:
    machine.import_labels()
    write_model(machine, "m", "alignment", json.loads(machine.base.read_text()))
    (model,) = (machine.folder / "models").iterdir()
    (machine.folder / "link.json").symlink_to(model)
    for path, what in (
        (machine.folder / "data" / "labels.sqlite3", "the database"),
        (model, "a model's classification file"),
        (machine.folder / "link.json", "a model's classification file"),
    ):
        before = path.read_bytes()
        assert machine.problem("sample", str(path)) == f"{path} is {what}: name another file."
        assert path.read_bytes() == before
    machine.lines("export")
    for _ in range(2):
        machine.lines("sample", "drawn.json")


@pytest.mark.parametrize("name", ["human_labels", "metrics"])
def test_check_calls_no_folder_writable_in_which_a_link_takes_the_place_of_ours(
    machine: Machine, name: str
) -> None:
    outputs, elsewhere = machine.folder / "outputs", machine.folder / "elsewhere"
    assert "right: OUTPUT_DIR outputs can be written" in machine.lines("check")
    elsewhere.mkdir()
    (outputs / name).symlink_to(elsewhere)
    told = f"outputs/{name} is a symbolic link: put the folder itself there."
    assert f"doubtful: {told}" in machine.lines("check")
    machine.import_labels()
    assert machine.problem("export") == told
    assert list(elsewhere.iterdir()) == []


def test_check_counts_drawn_features_that_nobody_described(machine: Machine) -> None:
    records = json.loads(machine.base.read_text())
    write_records(machine.base, [record | {"description": None} for record in records])
    assert "doubtful: 12 of the 12 drawn have no description: nobody can label these" in machine.lines(
        "check"
    )


def test_a_base_file_under_another_name_goes_on_with_its_labels(machine: Machine) -> None:
    machine.import_labels()
    renamed = machine.base.rename(machine.folder / "other-name.json")
    machine.set(BASE_SAE_PATH=str(renamed))
    machine.lines("check")
    machine.lines("export")
    written = machine.folder / "outputs" / "human_labels"
    assert (written / "other-name_human_labels_alignment.json").exists()
    assert machine.lines(
        "import", str(machine.folder / "notebook.json"), "--mode", "alignment", "--labeler", "700001"
    )
    machine.lines("export")


def test_what_people_say_is_written_for_programs_that_read_models_and_listed_as_none(
    machine: Machine,
) -> None:
    machine.import_labels()
    machine.lines("export")
    file = machine.folder / "outputs" / "human_labels" / f"{machine.stem}_alignment_classified_humans.json"
    sample = notebook.sample_of(machine.base, 12)
    assert json.loads(file.read_text()) == [
        {
            "feature_id": f"gemma-2-2b-12-gemmascope-res-65k-{sample['feature_index'][row]}",
            "description": sample["description"][row],
            "label": LABELS[row],
        }
        for row in range(12)
    ]
    machine.set(CLASSIFICATIONS_DIR="outputs")
    assert "No model's file is there yet" in machine.problem("metrics", "humans")


def test_two_files_of_one_name_get_metrics_of_their_own(machine: Machine) -> None:
    machine.import_labels()
    records = json.loads(machine.base.read_text())
    for folder, label in (("a", "related"), ("b", "not-related")):
        path = machine.folder / "models" / folder / f"{machine.stem}_alignment_classified_m.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps([record | {"label": label} for record in records]))
    assert "a/m (alignment), b/m (alignment)" in machine.problem("metrics", "m")
    for folder in ("a", "b"):
        machine.lines("metrics", f"{folder}/m")
    found = (machine.folder / "outputs" / "metrics").rglob("*_metrics.json")
    assert {path.parent.name for path in found} == {"a", "b"}
