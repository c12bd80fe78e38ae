"""From the start of the process to its first poll, the sample already frozen.

    python -m benchmarks.start

Against the minimal aiogram bot and a minimal python-telegram-bot bot. The first round is not counted: it freezes the
sample and fills the file system's cache.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from benchmarks.harness import STEM, Row, Server, compare, serving, show, workshop

ROUNDS = 4
RECORDS = 65_344


def commands(folder: Path, server: Server) -> dict[str, list[str]]:
    """What is started."""
    base, database = str(folder / f"{STEM}.json"), str(folder / "aiogram.sqlite3")
    return {
        "ours": ["-m", "bot", "run"],
        "aiogram": ["-m", "benchmarks.baseline_aiogram", server.address, server.token, base, database],
        "ptb": ["-m", "benchmarks.baseline_ptb", server.address, server.token],
    }


def seconds(name: str, folder: Path) -> float:
    """Start one of them with a playground of its own, and end it."""
    with (
        contextlib.closing(Server()) as server,
        serving(name, commands(folder, server)[name], folder, server) as side,
    ):
        return side.to_first_poll()


def main() -> list[Row]:
    """Measure, print and give the rows."""
    found: dict[str, list[float]] = {"ours": [], "aiogram": [], "ptb": []}
    with workshop(RECORDS) as folder:
        for name in found:
            seconds(name, folder)
        for number in range(ROUNDS):
            for name in found if number % 2 == 0 else reversed(found):
                found[name].append(seconds(name, folder))
    aiogram, told_aiogram = compare(found["ours"], found["aiogram"], "s", 2)
    ptb, told_ptb = compare(found["ours"], found["ptb"], "s", 2)
    what = "start to first poll, sample frozen"
    return show(
        [
            Row(what, "at most 0.2 of aiogram", told_aiogram, aiogram <= 0.2),
            Row(what, "at most 1.5 of a minimal PTB bot", told_ptb, ptb <= 1.5),
        ]
    )


if __name__ == "__main__":
    main()
