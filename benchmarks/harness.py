"""Starting the playground and the bots as processes of their own, and telling what came out."""

from __future__ import annotations

import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psutil

T = TypeVar("T")
R = TypeVar("R")

HERE = Path(__file__).parent
ROOT = HERE.parent
STEM = "12-gemmascope-res-65k__l0-21"
WORDS = (
    "mentions of code words that refer to risk harm refusal lists tables headings dates quotes numbers names"
    " places laws rules sport music science trust honesty safety words that begin or end a sentence"
).split()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table. reached: None where a row has no target."""

    what: str
    target: str
    measured: str
    reached: bool | None = None


class Server:
    """The playground with its people."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.crowd"],
            cwd=HERE.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        hello = self._read()
        self.address: str = hello["address"]
        self.token: str = hello["token"]

    def tell(self, do: str, **order: Any) -> dict[str, Any]:
        """Give an order and wait until it is carried out; what came of it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **order}) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the playground ended with code {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


@dataclass(slots=True)
class Side:
    """A bot at work, with a playground of its own. started: when its process was made, on the monotonic clock."""

    name: str
    server: Server
    process: subprocess.Popen[bytes]
    started: float

    def to_first_poll(self) -> float:
        """Seconds from the start of the process until it asked for updates first."""
        return float(self.server.tell("first_poll")["at"]) - self.started

    def cpu(self) -> float:
        """Seconds of processor time of the bot so far, its children not counted."""
        used = psutil.Process(self.process.pid).cpu_times()
        return float(used.user + used.system)

    def memory(self) -> float:
        """MB that belong to the bot (proportional set size), with its children."""
        process = psutil.Process(self.process.pid)
        return sum(p.memory_full_info().pss for p in (process, *process.children(recursive=True))) / 2**20


def environment(folder: Path, server: Server, **more: str) -> dict[str, str]:
    """What our bot is started with."""
    return {
        **os.environ,
        "TELEGRAM_BOT_TOKEN": server.token,
        "TELEGRAM_API_URL": server.address,
        "ADMIN_IDS": "1",
        "BASE_SAE_PATH": str(folder / f"{STEM}.json"),
        "CLASSIFICATIONS_DIR": str(folder / "models"),
        "OUTPUT_DIR": str(folder / "outputs"),
        "DATABASE_PATH": str(folder / "labels.sqlite3"),
        "OPEN_ACCESS": "true",
        "MIN_LOOK_SECONDS": "0",
        "REPORT_STEP": "1",
        **more,
    }


@contextlib.contextmanager
def serving(name: str, command: Sequence[str], folder: Path, server: Server, **more: str) -> Iterator[Side]:
    """A bot that runs while the block does; its log is `<name>.log` in the folder."""
    with (folder / f"{name}.log").open("ab") as log:
        started = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment(folder, server, **more),
            stdout=log,
            stderr=log,
        )
    try:
        yield Side(name, server, process, started)
    except BaseException:
        print((folder / f"{name}.log").read_text()[-2000:], file=sys.stderr)
        raise
    finally:
        process.terminate()
        process.wait(30)


@contextlib.contextmanager
def ours(folder: Path, **more: str) -> Iterator[Side]:
    """The real bot, as `labelbot run` starts it, past its first poll."""
    server = Server()
    try:
        with serving("ours", ["-m", "bot", "run"], folder, server, **more) as side:
            side.to_first_poll()
            yield side
    finally:
        server.close()


@contextlib.contextmanager
def aiogram(folder: Path) -> Iterator[Side]:
    """The minimal aiogram bot, past its first poll."""
    server = Server()
    base, database = str(folder / f"{STEM}.json"), str(folder / "aiogram.sqlite3")
    command = ["-m", "benchmarks.baseline_aiogram", server.address, server.token, base, database]
    try:
        with serving("aiogram", command, folder, server) as side:
            side.to_first_poll()
            yield side
    finally:
        server.close()


@contextlib.contextmanager
def workshop(records: int = 2000) -> Iterator[Path]:
    """A folder with a base file, thrown away afterwards."""
    with tempfile.TemporaryDirectory(prefix="labelbot-bench-") as name:
        folder = Path(name)
        (folder / f"{STEM}.json").write_text(json.dumps(base_records(records)))
        yield folder


def base_records(count: int) -> list[dict[str, Any]]:
    """Records in the real file's shape; the same each time."""
    draw = random.Random(5)
    return [
        {
            "modelId": "gemma-2-2b",
            "layer": "12-gemmascope-res-65k",
            "index": str(index),
            "description": " ".join(draw.choices(WORDS, k=draw.randint(5, 16))),
            "explanationModelName": "gpt-4o-mini",
            "typeName": "oai_token-act-pair",
        }
        for index in range(count)
    ]


def compare(ours: Sequence[float], theirs: Sequence[float], unit: str, digits: int = 1) -> tuple[float, str]:
    """The ratio of the medians of runs made in turns; a text with it, the medians, and the range of both sides.

    Of medians, because a pause of the disk, which a shared machine has every other minute, spoils one run only.
    """
    a, b = statistics.median(ours), statistics.median(theirs)
    told = [
        f"{median:,.{digits}f} [{min(side):,.{digits}f} to {max(side):,.{digits}f}, {len(side)} runs]"
        for median, side in ((a, ours), (b, theirs))
    ]
    return a / b, f"{a / b:.3g}; {' and '.join(told)} {unit}"


def in_turns(sides: tuple[T, T], rounds: int, measure: Callable[[T], R]) -> tuple[list[R], list[R]]:
    """Measure both sides so many times, in turns, the order changing each time."""
    found: tuple[list[R], list[R]] = ([], [])
    for number in range(rounds):
        for place in (0, 1) if number % 2 == 0 else (1, 0):
            found[place].append(measure(sides[place]))
    return found


def median_ms(times: Sequence[float]) -> float:
    """The median of seconds, in milliseconds."""
    return 1000 * statistics.median(times)


def p99_ms(times: Sequence[float]) -> float:
    """What 99 of 100 stay below, in milliseconds."""
    ordered = sorted(times)
    return 1000 * ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]


def show(rows: Sequence[Row]) -> list[Row]:
    """Print rows of the table, and give them back."""
    for row in rows:
        mark = {True: "yes", False: "NO", None: ""}[row.reached]
        print(f"| {row.what} | {row.target} | {row.measured} | {mark} |", flush=True)
    return list(rows)
