"""The real bot in a process of its own, to be stopped, killed and started again on the same data."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.support.bench import ADMIN
from tests.support.phone import Phone
from tests.support.real_shapes import write_base_file
from tests.support.warm import addresses, be_a_bot, forking

START_SECONDS = 30.0


def environment(phone: Phone, folder: Path, **more: str) -> dict[str, str]:
    """Return the settings of a bot on the data of a folder, as a whole environment."""
    if not list(folder.glob("*.json")):
        write_base_file(folder, count=400)
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    return {
        **kept,
        **phone.environment,
        "ADMIN_IDS": str(ADMIN),
        "BASE_SAE_PATH": str(next(folder.glob("*.json"))),
        "CLASSIFICATIONS_DIR": str(folder / "models"),
        "OUTPUT_DIR": str(folder / "outputs"),
        "DATABASE_PATH": str(folder / "labels.sqlite3"),
        "EXPORT_CRON": "",
        "REPORT_CRON": "",
        "MIN_LOOK_SECONDS": "0",
        "REPORT_STEP": "1",
        **more,
    }


def free_port() -> int:
    """A port on which nobody listens at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


async def until(done: Callable[[], object], seconds: float = 5.0) -> None:
    """Look again and again until something holds."""
    async with asyncio.timeout(seconds):
        while not done():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.005)


class BotProcess:
    """One run of `labelbot run`. What it writes goes to `out` and `err`, behind what earlier runs wrote."""

    def __init__(
        self, folder: Path, settings: Mapping[str, str], command: Sequence[str] = ("bot", "run")
    ) -> None:
        self.folder = folder
        self.settings = settings
        self.command = command
        self.out = folder / "stdout.txt"
        self.err = folder / "stderr.txt"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def said(self) -> str:
        """Everything on stderr so far."""
        return self.err.read_text(encoding="utf-8")

    async def start(self) -> None:
        """Start it, and return at once."""
        with self.out.open("ab") as out, self.err.open("ab") as err:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *self.command,
                cwd=self.folder, env={**self.settings, "PYTHONPATH": os.pathsep.join(sys.path)}, stdout=out, stderr=err,
            )  # fmt: skip

    async def start_polling(self, phone: Phone) -> None:
        """Start it, and wait until it asks for updates."""
        asked = asks(phone)
        await self.start()
        await polled(self, asked)

    async def wait(self, seconds: float = 20.0) -> int:
        """Wait for its end, and return the exit code."""
        assert self._process is not None
        async with asyncio.timeout(seconds):
            return await self._process.wait()

    async def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = 20.0) -> int:
        """Ask it to end, and return the exit code."""
        os.kill(self.pid, number)
        return await self.wait(seconds)

    def shoot(self) -> None:
        """Kill it by SIGKILL, so that it can clean nothing up. This does not wait for its end."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    async def kill(self) -> None:
        """Kill it by SIGKILL, and wait for its end."""
        self.shoot()
        assert await self.wait() == -signal.SIGKILL


class WarmProcess(BotProcess):
    """The same without the second that its imports take: see tests/support/warm.py."""

    _forked: ForkServerProcess | None = None

    @property
    def pid(self) -> int:
        assert self._forked is not None
        assert self._forked.pid is not None
        return self._forked.pid

    @property
    def running(self) -> bool:
        return self._forked is not None and self._forked.is_alive()

    async def start(self) -> None:
        for path in (self.out, self.err):
            path.touch()  # a test may look into it before the process has opened it
        _, beside = addresses()
        self._forked = forking.Process(
            target=be_a_bot,
            args=(self.folder, dict(self.settings), self.out, self.err, self.command[1:], beside),
        )
        self._forked.start()

    async def wait(self, seconds: float = 20.0) -> int:
        assert self._forked is not None
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._forked.sentinel, ended.set)
        try:
            async with asyncio.timeout(seconds):
                await ended.wait()
        finally:
            loop.remove_reader(self._forked.sentinel)
        self._forked.join()
        assert self._forked.exitcode is not None
        return self._forked.exitcode


def asks(phone: Phone) -> Callable[[], bool]:
    """Says whether a bot has asked for updates since now; a poll that a killed one left open does not count."""
    playground = phone.playground
    assert playground is not None
    before, began = playground.updates.poller, time.time()

    def asked() -> bool:
        if playground.updates.poller is not None and playground.updates.poller is not before:
            return True
        new = itertools.takewhile(lambda call: call.time >= began, reversed(playground.calls))
        return any(call.method == "getUpdates" and call.time - call.seconds >= began for call in new)

    return asked


async def polled(bot: BotProcess, asked: Callable[[], bool]) -> None:
    """Wait until a bot asks for updates; fails with what it said when it ends before."""
    await until(lambda: asked() or not bot.running, START_SECONDS)
    assert bot.running, f"the bot ended: {bot.said}"


@contextlib.asynccontextmanager
async def bot_process(
    phone: Phone, folder: Path, *, kind: type[BotProcess] = WarmProcess, **more: str
) -> AsyncIterator[BotProcess]:
    """Give a bot that is polling; ended when the block ends, if the block has not done so."""
    bot = kind(folder, environment(phone, folder, **more))
    try:
        await bot.start_polling(phone)
        yield bot
    finally:
        if bot.running:
            await bot.kill()
