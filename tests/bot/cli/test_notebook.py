"""The notebook's two cells, and those of its later version, on files that the commands wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bot.cli.test_commands_on_the_machine import LABELS, Machine, classified
from tests.support import notebook

OTHERS = {row: label for row, label in LABELS.items() if row % 5}
"""A second person's labels: the same on all but three items, which that person leaves out."""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    yield Machine(tmp_path, monkeypatch)


def humans(machine: Machine) -> Path:
    return machine.written().with_name(f"{machine.stem}_alignment_classified_humans.json")


def metrics(machine: Machine, model: Path) -> dict[str, Any]:
    machine.lines("metrics", "deepseek")
    path = machine.folder / "outputs" / "metrics" / f"{machine.written().stem}_vs_{model.stem}_metrics.json"
    record: dict[str, Any] = json.loads(path.read_bytes())
    return record


def test_the_first_cell_goes_on_from_our_labels_and_writes_them_as_they_were(machine: Machine) -> None:
    machine.import_labels({row: label for row, label in LABELS.items() if row != 4})
    machine.lines("export")
    labels = notebook.resumed(machine.written())
    assert labels == {row: label for row, label in LABELS.items() if row != 4}
    assert (
        notebook.labels_file(notebook.sample_of(machine.base, 12), labels) == machine.written().read_bytes()
    )
    (own,) = (machine.folder / "outputs" / "human_labels" / "by_labeler").rglob("*.json")
    assert notebook.resumed(own) == labels


def test_the_second_cell_gives_our_figures_for_the_consensus_of_two_people(machine: Machine) -> None:
    flipped = {"related": "not-related", "not-related": "related"}
    machine.import_labels()
    machine.import_labels({**OTHERS, 1: flipped[OTHERS[1]]}, user="700002")
    model = classified(machine, "deepseek", tp=7, tn=3, fp=1, fn=1)
    ours = metrics(machine, model)
    expected, _ = notebook.metrics_of(machine.written(), model, ours["timestamp"])
    assert expected["samples"] == 11  # one is a tie
    assert {key: ours[key] for key in ("samples", "accuracy", "tp", "tn", "fp", "fn", "phi")} == {
        key: expected[key] for key in ("samples", "accuracy", "tp", "tn", "fp", "fn", "phi")
    }


def test_the_second_cell_reads_what_people_say_as_if_it_were_a_models(machine: Machine) -> None:
    machine.import_labels()
    machine.lines("export")
    against_themselves, _ = notebook.metrics_of(machine.written(), humans(machine), "")
    related = sum(label == "related" for label in LABELS.values())
    assert {key: against_themselves[key] for key in ("samples", "accuracy", "tp", "tn", "fp", "fn", "phi")} == {
        "samples": 12, "accuracy": 1.0, "tp": related, "tn": 12 - related, "fp": 0, "fn": 0, "phi": 1.0,
    }  # fmt: skip
    machine.import_labels({**LABELS, 0: "related"}, user="700002")
    model = humans(machine).rename(
        machine.folder / f"{machine.stem}_alignment_classified_the-first-person.json"
    )
    machine.lines("export")
    (second,) = (
        path
        for path in (machine.folder / "outputs" / "human_labels" / "by_labeler").rglob("*.json")
        if notebook.resumed(path) != LABELS
    )
    of_two, _ = notebook.metrics_of(second, model, "")
    assert (of_two["samples"], of_two["fn"], of_two["fp"]) == (12, 1, 0)


def test_the_later_version_gives_our_figures_and_standard_error(machine: Machine) -> None:
    machine.import_labels()
    model = classified(machine, "deepseek", tp=7, tn=3, fp=1, fn=1)
    ours = metrics(machine, model)
    later = notebook.later_metrics_of(machine.written(), model, ours["timestamp"])
    assert later.keys() <= ours.keys()
    # its interval of phi is another one: Fisher's z covers the truth in as little as half of the cases
    same = later.keys() - {
        "human_labels",
        "model_classifications",
        "phi_ci_lower",
        "phi_ci_upper",
        "accuracy_se",
    }
    assert {key: ours[key] for key in same} == {key: later[key] for key in same}
    assert ours["accuracy_se"] == pytest.approx(later["accuracy_se"], rel=1e-12)
    assert (later["phi_ci_lower"], later["phi_ci_upper"]) == pytest.approx((0.0797, 0.8824), abs=1e-4)
