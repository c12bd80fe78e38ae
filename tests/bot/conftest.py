"""The fixtures of the bot's tests: a real bot in this process talks HTTP to the real playground; data in tmp_path."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from tests.support.bench import Bench, Clock
from tests.support.phone import Phone
from tests.support.real_shapes import write_base_file
from tests.support.two_labelers import prepare


@pytest.fixture
def base_records() -> int:
    """How many records the base file of a test has."""
    return 400


@pytest.fixture
def clock() -> Clock:
    """The clock of the bot of `bench`."""
    return Clock()


@pytest.fixture
async def bench(tmp_path: Path, base_records: int, clock: Clock) -> AsyncIterator[Bench]:
    """A playground and the data for a bot, not started yet."""
    write_base_file(tmp_path, count=base_records)
    async with Phone.start() as phone:
        yield Bench(phone, tmp_path, clock=clock)


@pytest.fixture
def options() -> Mapping[str, str]:
    """Settings of the running bot that a test wants different."""
    return {}


@pytest.fixture
async def running(bench: Bench, options: Mapping[str, str]) -> AsyncIterator[Bench]:
    """The same with the bot running."""
    async with bench.running(**options):
        yield bench


@pytest.fixture
async def lab(bench: Bench) -> AsyncIterator[Bench]:
    """A running bot in which two people have labeled everything."""
    await prepare(bench)
    async with bench.running():
        yield bench
