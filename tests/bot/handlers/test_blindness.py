"""Blindness by sums: the quick forms of the rows of tests/soak/blindness.py."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.soak.blindness import blindness_by_sums, changing_ones_mind, game_of
from tests.support.attacker import Attacker, alphas_of, tables_of


@pytest.mark.long
def test_who_has_no_label_learns_none_from_all_figures_together(tmp_path: Path) -> None:
    outcome = blindness_by_sums(tmp_path, ["a first who rests, with one answer a step"], often=1000)
    assert outcome.losses == 0, outcome.figure


def test_the_same_reader_learns_every_label_where_nothing_holds_figures_back(tmp_path: Path) -> None:
    game = asyncio.run(game_of(tmp_path, [0] * 3, seed=1, often=1, step="1"))
    assert {(one.whose, one.row) for one in game.worked_out()} == {
        (whose, row) for whose in ("labeler-02", "one", "two") for row in range(3)
    }


def test_correcting_an_answer_and_asking_again_tells_nothing(tmp_path: Path) -> None:
    outcome = changing_ones_mind(tmp_path, changes=3)
    assert outcome.losses == 0, outcome.figure


def test_the_attacker_tells_what_is_determined_from_what_is_not() -> None:
    attacker = Attacker(["a"], ["one"], {("a", 0): 1, ("a", 1): 1, ("a", 2): 2})
    table = {"ties": 0, "labelers": [], "between_humans": None}
    attacker.read_metrics(1, "one", {"tp": 1, "tn": 1, "fp": 0, "fn": 0, **table})
    assert attacker.determined() == []
    attacker.read_metrics(2, "one", {"tp": 1, "tn": 1, "fp": 1, "fn": 0, **table})
    assert {(one.whose, one.row, one.related) for one in attacker.determined()} == {
        ("a", 2, False),
        ("one", 2, True),
    }


def test_figures_give_the_tables_that_they_come_from() -> None:
    assert tables_of(2, 1.0, 1.0) == [
        {(True, True): 1, (False, False): 1, (False, True): 0, (True, False): 0}
    ]
    assert len(tables_of(3, 1.0, None)) == 2
    (found,) = alphas_of(-0.5, 2)  # two items, on both of which they differ: 1 - 2 * 3 / (2 * 2)
    assert [number for _, number in found] == [0, 2, 0]
