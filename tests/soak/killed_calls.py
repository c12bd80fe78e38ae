"""SIGKILL at each system call that changes a file, by strace: what is left is the old state or the new one.

Needs strace and the right to trace; where either is missing the row says so and counts as lost, so that nobody takes
silence for a result. The quick form, with some of the calls, is in tests/storage.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from storage.backup import back_up, prove
from storage.store import Store
from tests.soak.promise import Check, Outcome
from tests.support.storage_examples import CHILD, ROOT, answer, fill, older_database, sample_of

CALLS = (
    "write,pwrite64,writev,pwritev,ftruncate,fallocate,rename,renameat,renameat2,unlink,unlinkat,link,linkat,"
    "mkdir,mkdirat,fsync,fdatasync,fchmod"
)
TRACED = re.compile(r"^(\d+)\s+(\w+)\(", re.MULTILINE)
CANARY = "canary-of-a-labeler"
USER_ID = 5_544_332_211
STRACE = shutil.which("strace")
TRACING = ("-f", "-qq", "--seccomp-bpf")
"""Also in threads, without talk, and stopped at the calls in question alone, which is four times as fast."""


async def _answers(path: Path) -> int:
    async with await Store.open_to_write(path) as store:
        frozen = await store.samples.load("base")
        assert frozen is not None
        return len(await store.answers.history(1))


def _nothing(path: Path) -> None:
    pass


def _some_answers(path: Path) -> None:
    asyncio.run(fill(path, items=20))


def _with_older_copy(path: Path) -> None:
    _some_answers(path)
    back_up(path, path.with_name("copy"))

    async def more() -> None:
        async with await Store.open_to_write(path) as store:
            await store.answers.save(answer(0, tap="made since"))

    asyncio.run(more())


def _older(path: Path) -> None:
    older_database(
        path,
        1,
        "INSERT INTO samples VALUES (1, 'base', 42, 1000, '%s', 'source', 1.0);"  # noqa: S608 - our own words
        " INSERT INTO items SELECT 1, value, 7 * value, NULL, json_quote('mentions of colour number ' || value)"
        " FROM generate_series;".replace("generate_series", "json_each('[0,1,2]')")
        % sample_of(3).digest()
        + "INSERT INTO labelers (user_id) VALUES (1001);"
        "INSERT INTO answers (sample_id, mode, labeler_id, row_id, label, tap_id, answered_at, after_review)"
        " VALUES (1, 'alignment', 1, 0, 'related', 'a', 1.0, 1), (1, 'alignment', 1, 0, 'related', 'b', 2.0, 0);",
    )


def _with_canary(path: Path) -> None:
    async def work() -> None:
        async with await Store.open_to_write(path) as store:
            await store.samples.keep(sample_of(20), "source", 1.0)
            await store.labelers.add(USER_ID, joined_at=1.0)
            await store.answers.save_all([answer(row, tap=f"{CANARY}{row}") for row in range(20)])

    asyncio.run(work())


def _starts(path: Path) -> bool:
    """The next start works, and draws what is not there yet."""

    async def work() -> bool:
        async with await Store.open_to_write(path) as store:
            return len((await store.samples.keep(sample_of(20), "source", 1.0)).sample.items) == 20

    return asyncio.run(work())


def _grown_or_not(path: Path) -> bool:
    async def work() -> bool:
        async with await Store.open_to_write(path) as store:
            frozen = await store.samples.load("base")
            return frozen is not None and len(frozen.sample.items) in (20, 40)

    return asyncio.run(work()) and asyncio.run(_answers(path)) == 100


def _has(*numbers: int) -> Callable[[Path], bool]:
    return lambda path: asyncio.run(_answers(path)) in numbers


def _copy_is_whole(path: Path) -> bool:
    sound = prove(path.with_name("copy")) in (100, 101)
    back_up(path, path.with_name("copy"))  # sweeps what the killed one left
    return sound and asyncio.run(_answers(path)) == 101


def _forgotten_or_not(path: Path) -> bool:
    """All of the person or nothing; what is owed can be struck out, and then no byte is left."""

    async def work() -> bool:
        async with await Store.open_to_write(path) as store:
            there = await store.labelers.by_user(USER_ID) is not None
            owed = await store.deletions.owed()
            whole = len(await store.answers.history(1)) == (20 if there else 0)
            for one in owed:
                await store.deletions.done(one.owed_id)
            return whole and not (there and owed)

    sound = asyncio.run(work())
    content = path.read_bytes()
    there = USER_ID.to_bytes(5, "big") in content
    return sound and there == (CANARY.encode() in content)


CHANGES: dict[str, tuple[Callable[[Path], None], Callable[[Path], bool]]] = {
    "first start": (_nothing, _starts),
    "growth": (_some_answers, _grown_or_not),
    "import": (_some_answers, _has(100, 120)),
    "backup": (_with_older_copy, _copy_is_whole),
    "restore": (_with_older_copy, _has(100, 101)),
    "upgrade": (_older, _has(2)),
    "forget": (_with_canary, _forgotten_or_not),
}
"""What is done: the files before, and whether those that are left are sound."""


def _run(path: Path, what: str, *options: str) -> int:
    assert STRACE is not None
    command = [
        STRACE,
        *TRACING,
        "-o",
        str(path.with_name("trace")),
        *options,
        *CHILD,
        "change",
        str(path),
        what,
    ]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True).returncode


def _calls(folder: Path, what: str) -> Iterator[tuple[str, int]]:
    """Each call and how often the busiest thread makes it: strace counts in each thread for itself."""
    path = _fresh(folder, what)
    assert _run(path, what, "-e", f"trace={CALLS}") == 0, what
    counted = Counter(TRACED.findall(path.with_name("trace").read_text()))
    most: dict[str, int] = {}
    for (_, call), times in counted.items():
        most[call] = max(times, most.get(call, 0))
    yield from sorted(most.items())


def _fresh(folder: Path, what: str) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    path = folder / "labels.sqlite3"
    CHANGES[what][0](path)
    return path


def _is_lost(folder: Path, what: str, call: str, when: int) -> bool:
    path = _fresh(folder, what)
    _run(path, what, "-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={when}")
    try:
        sound = CHANGES[what][1](path)
    except Exception:  # noqa: BLE001 - whatever it is, the files are not sound
        return True
    return not sound or bool(list(folder.glob(".labelbot-*")))


def killed_calls(folder: Path, wanted: tuple[str, ...] = tuple(CHANGES), most: int = 1000) -> Outcome:
    """Kill at each call, or at `most` of each kind, evenly spread."""
    promise = "files are old or new, whatever call a kill hits"
    if STRACE is None:
        return Outcome(promise, "strace is not installed", 1)
    points = []
    for what in wanted:
        for call, times in _calls(folder / "count", what):
            step = -(-times // most)
            points += [(what, call, when) for when in range((step + 1) // 2, times + 1, step)]
    with ThreadPoolExecutor(2) as pool:
        lost = list(pool.map(lambda n: _is_lost(folder / str(n), *points[n]), range(len(points))))
    broken = [points[n] for n in range(len(points)) if lost[n]]
    figure = f"{len(points)} kills in {', '.join(wanted)}" + (f"; lost: {broken[:5]}" if broken else "")
    return Outcome(promise, figure, len(broken))


CHECKS = (Check(killed_calls, 3600.0),)
