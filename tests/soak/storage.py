"""The long tests of the database. Each takes an empty folder; the quick forms are in tests/storage."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from storage.backup import back_up, prove
from storage.checks import STRAY_ANSWER, STRAY_LABEL
from storage.connection import PRAGMAS
from storage.errors import StorageError
from storage.store import Store
from tests.soak.promise import Check, Outcome
from tests.support.storage_children import UPGRADED
from tests.support.storage_examples import CHILD, ROOT, answer, contents, fill, sample_of
from tests.support.storage_model import AnswersMachine

BATCH = 5


def pragmas(folder: Path) -> Outcome:
    """What an open connection is really set to; what a power cut leaves follows from it."""

    async def work() -> int:
        async with await Store.open_to_write(folder / "labels.sqlite3") as store:
            connection = store.database._writing
            assert connection is not None
            found = [
                next(iter(await connection.execute_fetchall(f"PRAGMA {name}")))[0] for name, _, _ in PRAGMAS
            ]
            return sum(is_ != wanted for is_, (_, _, wanted) in zip(found, PRAGMAS, strict=True))

    losses = asyncio.run(work())
    return Outcome(
        "what is saved survives a power cut", "WAL with synchronous=FULL on the open connection", losses
    )


SHORT = 0.01
"""Seconds within which ten savers are cancelled: about as long as they take."""


def _chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - chance that can be repeated, no secret


def cancellations(folder: Path, number: int = 2000, seed: int = 1) -> Outcome:
    """Many savers at once, some cancelled while they wait, some in the middle of their transaction."""
    losses = asyncio.run(_cancellations(folder / "labels.sqlite3", number, _chance(seed)))
    return Outcome(
        "transactions do not mix, and none is left half done", f"{number} savers, cancelled at random", losses
    )


async def _cancellations(path: Path, number: int, chance: random.Random) -> int:
    acknowledged: set[int] = set()
    open_left = 0
    async with await Store.open_to_write(path) as store:
        await store.samples.keep(sample_of(20), "source", 1.0)
        await store.labelers.add(1001, joined_at=1.0)
        loop = asyncio.get_running_loop()

        async def saver(batch: int) -> None:
            taps = [answer((batch + i) % 20, tap=f"{batch}/{i}") for i in range(BATCH)]
            await store.answers.save_all(taps)
            acknowledged.add(batch)

        def cut_short() -> None:
            for task in chance.sample(
                sorted(store.database._unfinished, key=id), min(1, len(store.database._unfinished))
            ):
                task.cancel()

        for first in range(0, number, 10):
            savers = [asyncio.create_task(saver(batch)) for batch in range(first, min(first + 10, number))]
            for task in savers:
                if chance.random() < 0.8:
                    loop.call_later(chance.uniform(0, SHORT), task.cancel)
            cut = loop.call_later(chance.uniform(0, SHORT), cut_short) if chance.random() < 0.3 else None
            await asyncio.gather(*savers, return_exceptions=True)
            if cut is not None:
                cut.cancel()  # it must not hit what is saved after these
        while store.database._unfinished:
            await asyncio.wait(store.database._unfinished)
        await store.answers.save(answer(0, tap="last"))
        assert store.database._writing is not None
        open_left += store.database._writing.in_transaction
    saved: dict[int, int] = {}
    for row in contents(path)["answers"]:
        batch, _, rest = str(row[6]).partition("/")
        if rest:
            saved[int(batch)] = saved.get(int(batch), 0) + 1
    half = sum(parts != BATCH for parts in saved.values())
    return open_left + half + len(acknowledged - set(saved)) + _strays(path)


def _strays(path: Path) -> int:
    """Labels that are not their answer's, and answers that became no label."""
    with closing(sqlite3.connect(path)) as connection:
        return sum(connection.execute(sql).fetchone() is not None for sql in (STRAY_LABEL, STRAY_ANSWER))


def killed_savers(folder: Path, number: int = 60, seed: int = 2) -> Outcome:
    """A process that saves without pause is killed at random moments; what it told as saved must be there."""
    path, chance, told, losses = folder / "labels.sqlite3", _chance(seed), 0, 0
    for _ in range(number):
        with subprocess.Popen([*CHILD, "save", str(path)], stdout=subprocess.PIPE, cwd=ROOT) as process:
            assert process.stdout is not None
            first = process.stdout.readline()
            time.sleep(chance.uniform(0, 0.03))
            process.kill()
            lines = (first + process.stdout.read()).split(b"\n")[:-1]
        losses += not lines
        there = {str(row[6]) for row in contents(path)["answers"]}
        losses += sum(f"tap {int(line)}" not in there for line in lines)
        told += len(lines)
    losses += _strays(path)
    return Outcome(
        "what is saved survives a killed process", f"{number} kills, {told} answers told as saved", losses
    )


def backups(folder: Path, number: int = 50) -> Outcome:
    """Copies of a database that is being written: each is what was there at one moment."""
    losses, largest = asyncio.run(_backups(folder / "labels.sqlite3", number))
    return Outcome("backups restore", f"{number} backups under load, up to {largest} answers in one", losses)


async def _backups(path: Path, number: int) -> tuple[int, int]:
    losses, held, issued, saved, done = 0, 0, 0, 0, False
    async with await Store.open_to_write(path) as store:
        await store.samples.keep(sample_of(20), "source", 1.0)
        await store.labelers.add(1001, joined_at=1.0)

        async def load() -> None:
            nonlocal issued, saved
            while not done:
                issued += 1
                await store.answers.save(
                    answer(saved % 20, ("related", "not-related")[saved % 2], tap=f"{saved}")
                )
                saved += 1

        writer = asyncio.create_task(load())
        for copy in (path.with_name(f"copy-{i}") for i in range(number)):
            least = saved
            held = await asyncio.to_thread(back_up, path, copy)
            most = issued
            taps = {str(row[6]) for row in contents(copy)["answers"]}
            losses += (
                not least <= held <= most or taps != {str(i) for i in range(held)} or prove(copy) != held
            )
        done = True
        await writer
    return losses, held


def damages(folder: Path, number: int = 100, seed: int = 3) -> Outcome:
    """Truncated and bit-flipped databases: refused with one line, or nothing that is served has changed."""
    losses, detected = asyncio.run(_damages(folder, number, _chance(seed)))
    figure = f"{number} damaged files, {detected} refused, the others served what was there"
    return Outcome("damage is not served", figure, losses)


async def _damages(folder: Path, number: int, chance: random.Random) -> tuple[int, int]:
    await fill(folder / "whole.sqlite3")
    whole = (folder / "whole.sqlite3").read_bytes()
    right = await _served(folder / "whole.sqlite3")
    losses = detected = 0
    for turn in range(number):
        path = folder / f"{turn}.sqlite3"
        broken = bytearray(whole)
        if turn % 3 == 0:
            del broken[chance.randrange(len(broken)) :]
        else:
            broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
        path.write_bytes(broken)
        try:
            losses += await _served(path) != right
        except StorageError as error:
            detected += 1
            losses += "\n" in str(error) or path.name not in str(error)
    return losses, detected


async def _served(path: Path) -> list[object]:
    async with await Store.open_to_write(path) as store:
        frozen = await store.samples.load("base")
        if frozen is None:
            return []
        modes = ("alignment", "formatting")
        return [frozen.sample, *[await store.answers.by_labeler(frozen.sample_id, mode) for mode in modes]]


def killed_upgrades(folder: Path, most: int = 200) -> Outcome:
    """A migration killed before each of its statements: the database is the old one or the new one."""
    losses = killed = 0
    asyncio.run(fill(folder / "old.sqlite3", items=10))
    before = contents(folder / "old.sqlite3")
    for deadly in range(1, most):
        path = folder / f"{deadly}.sqlite3"
        path.write_bytes((folder / "old.sqlite3").read_bytes())
        if subprocess.run([*CHILD, "migrate", str(path), str(deadly)], cwd=ROOT).returncode == 0:
            break
        killed += 1
        losses += not _old_or_new(path, before)
        losses += subprocess.run([*CHILD, "migrate", str(path)], cwd=ROOT).returncode != 0
        losses += not _is_new(path)
    else:
        losses += 1  # there are more statements than were tried
    return Outcome("migrations are all or nothing", f"killed before each of {killed} statements", losses)


def killed_beginnings(folder: Path, most: int = 200) -> Outcome:
    """The first start killed before each statement: no database, or a whole one, and the next start works."""
    losses = killed = 0
    for deadly in range(1, most):
        path = folder / f"{deadly}.sqlite3"
        if subprocess.run([*CHILD, "migrate", str(path), str(deadly)], cwd=ROOT).returncode == 0:
            break
        killed += 1
        losses += path.exists() and not _is_new(path)
        losses += subprocess.run([*CHILD, "migrate", str(path)], cwd=ROOT).returncode != 0
        losses += not _is_new(path) or bool(list(folder.glob(f".{path.name}*.part*")))
    else:
        losses += 1  # there are more statements than were tried
    return Outcome(
        "a database is made whole or not at all", f"killed before each of {killed} statements", losses
    )


def _is_new(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        return bool(version == len(UPGRADED)) and contents(path).get("colours") == [("red",)]


def _old_or_new(path: Path, before: dict[str, list[tuple[object, ...]]]) -> bool:
    if _is_new(path):
        return contents(path)["answers"] == before["answers"]
    with closing(sqlite3.connect(path)) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    return bool(version == len(UPGRADED) - 1) and contents(path) == before


def programs(folder: Path, number: int = 1000) -> Outcome:
    """Random programs of answers, corrections, redeliveries and imports against a model."""
    options = settings(
        max_examples=number,
        stateful_step_count=20,
        derandomize=False,  # new examples each time, also where CI is set
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    with AnswersMachine.stored_in(folder):
        run_state_machine_as_test(AnswersMachine, settings=options)
    return Outcome("one tap is one answer", f"{number} random programs agree with the model", 0)


CHECKS = (
    Check(pragmas),
    Check(killed_savers, 180.0),
    Check(programs, 240.0),
    Check(cancellations),
    Check(backups),
    Check(damages),
    Check(killed_upgrades),
    Check(killed_beginnings),
)
