"""The runner of the long tests tells what held and what did not."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.soak import runner
from tests.soak.promise import Check, Outcome


def holds(folder: Path) -> Outcome:
    assert not list(folder.iterdir())
    return Outcome("a promise", "3 tries", 0)


def breaks(folder: Path) -> Outcome:
    return Outcome("a broken promise", "3 tries", 2)


def fails(folder: Path) -> Outcome:
    raise RuntimeError("what went wrong")


def hangs(folder: Path) -> Outcome:
    time.sleep(60)
    return Outcome("late", "", 0)


def dies(folder: Path) -> Outcome:
    os._exit(3)


CHECKS = (Check(holds), Check(breaks), Check(fails), Check(hangs, 0.5), Check(dies))


def test_every_long_test_has_one_line_and_a_loss_is_an_exit_code(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "MODULES", (__name__, "tests.soak.not_written_yet"))
    assert runner.main([]) == 1
    told = capsys.readouterr()
    assert [line.rsplit(" (", 1)[0] for line in told.out.splitlines()] == [
        "ok  a promise: 3 tries",
        "LOST 2: a broken promise: 3 tries",
        "LOST 1: test_soak.fails: failed: RuntimeError: what went wrong",
        "LOST 1: test_soak.hangs: not done within 0.5 s",
        "LOST 1: test_soak.dies: ended without a result",
    ]
    assert "Traceback" in told.err
    assert runner.main(["holds"]) == 0


def test_every_row_of_the_database_has_a_long_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "MODULES", ("tests.soak.storage",))
    assert {name.removeprefix("storage.") for name in runner.checks()} >= {
        "pragmas",
        "killed_savers",
        "programs",
        "cancellations",
        "backups",
        "damages",
        "killed_upgrades",
        "killed_beginnings",
    }
