"""What somebody sends or lays down is not felt by the others: the quick forms of the rows of tests/soak/cost.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.cost import calls_without_the_secret, files_that_cost, three_hundred_labelers

BESIDE_OTHER_TESTS = 6.0


@pytest.mark.long
def test_files_that_were_made_to_be_slow_are_not_felt_by_the_others(tmp_path: Path) -> None:
    outcome = files_that_cost(tmp_path, megabytes=1, patience=BESIDE_OTHER_TESTS, seconds=0.5)
    assert outcome.losses == 0, outcome.figure


@pytest.mark.long
def test_how_many_people_agree_is_not_felt_by_the_others(tmp_path: Path) -> None:
    outcome = three_hundred_labelers(tmp_path, labelers=100, patience=BESIDE_OTHER_TESTS, seconds=0.5)
    assert outcome.losses == 0, outcome.figure


@pytest.mark.long
def test_calls_without_the_secret_are_not_felt_by_the_others(tmp_path: Path) -> None:
    outcome = calls_without_the_secret(tmp_path, seconds=1.0, patience=BESIDE_OTHER_TESTS)
    assert outcome.losses == 0, outcome.figure
