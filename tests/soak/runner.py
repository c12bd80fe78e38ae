"""Runs the long tests one after the other, each in a process of its own and bounded in time."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import multiprocessing
import sys
import tempfile
import time
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

from tests.soak.promise import Check, Outcome

MODULES = (
    "tests.soak.storage",
    "tests.soak.killed_calls",
    "tests.soak.hostile",
    "tests.soak.forgetting",
    "tests.soak.blindness",
    "tests.soak.confirmed",
    "tests.soak.cost",
    "tests.soak.bot",
    "tests.soak.statistics",
    "tests.soak.properties",
)


def checks() -> dict[str, tuple[str, int, Check]]:
    """Every long test by name, with the module and the place in its CHECKS."""
    found = {}
    for module in MODULES:
        if importlib.util.find_spec(module) is None:
            continue
        for number, check in enumerate(importlib.import_module(module).CHECKS):
            found[f"{module.rpartition('.')[2]}.{check.run.__name__}"] = (module, number, check)
    return found


def _run(module: str, number: int, results: Connection) -> None:
    """In a process of its own: what hangs or dies takes nothing else with it."""
    check: Check = importlib.import_module(module).CHECKS[number]
    gc.freeze()  # statsmodels looks through all objects at each ranking: not through what was imported
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        try:
            results.send(check.run(Path(folder)))
        except BaseException:  # noqa: BLE001 - whatever it is, it is told
            results.send(traceback.format_exc())


def outcome(name: str, module: str, number: int, check: Check) -> Outcome:
    """Run one long test, for its time limit at most."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(module, number, theirs))
    process.start()
    theirs.close()
    try:
        if not ours.poll(check.limit):
            return Outcome(name, f"not done within {check.limit:g} s", 1)
        told = ours.recv()
        process.join(10)
    except EOFError:
        return Outcome(name, "ended without a result", 1)
    finally:
        process.kill()
        process.join()
        ours.close()
    if isinstance(told, Outcome):
        return told
    print(told, file=sys.stderr, flush=True)  # noqa: T201 - for the person at the terminal
    return Outcome(name, f"failed: {told.strip().splitlines()[-1]}", 1)


def main(wanted: list[str]) -> int:
    """Run all, or those whose name contains one of the words; 0 when every promise held."""
    lost = 0
    for name, (module, number, check) in checks().items():
        if wanted and not any(word in name for word in wanted):
            continue
        begun = time.monotonic()
        told = outcome(name, module, number, check)
        lost += told.losses > 0
        word = f"LOST {told.losses}:" if told.losses else "ok "
        seconds = time.monotonic() - begun
        print(f"{word} {told.promise}: {told.figure} ({seconds:.0f} s)", flush=True)  # noqa: T201 - the result
    return 1 if lost else 0
