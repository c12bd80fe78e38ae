"""The bot's process without the second that its imports take: forked from one that has imported all already.

Each start is a process of its own that runs `labelbot run` from its first line on, with its own environment,
folder and output, and can be killed like any other.

    python -m tests.soak.warm       reads one JSON object a line (folder, environment, log), prints the process id
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from tests.support.process import BotProcess

IMPORTED = ("bot.cli.main", "bot.run", "bot.botapi.polling", "bot.jobs.schedule", "bot.log", "bot.settings")


class WarmProcess(BotProcess):
    """As BotProcess; its exit code is not known, so it is for killing."""

    def __init__(self, nursery: Nursery, folder: Path, settings: dict[str, str]) -> None:
        super().__init__(folder, settings)
        self._nursery = nursery
        self._pid = 0
        self._ended = asyncio.Event()

    @property
    def pid(self) -> int:
        return self._pid

    @property
    def running(self) -> bool:
        return self._pid > 0 and not self._ended.is_set()

    async def start(self) -> None:
        order = {"folder": str(self.folder), "environment": dict(self.settings), "log": str(self.err)}
        self._ended.clear()
        self._pid = await self._nursery.fork(order)
        loop, watched = asyncio.get_running_loop(), os.pidfd_open(self._pid)

        def ended() -> None:
            loop.remove_reader(watched)
            os.close(watched)
            self._ended.set()

        loop.add_reader(watched, ended)

    async def wait(self, seconds: float = 20.0) -> int:
        async with asyncio.timeout(seconds):
            await self._ended.wait()
        return -signal.SIGKILL


class Nursery:
    """The process that forks; one for all."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._one = asyncio.Lock()

    async def __aenter__(self) -> Nursery:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.soak.warm", stdin=pipe, stdout=pipe
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()

    async def fork(self, order: dict[str, Any]) -> int:
        """The id of a new process."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        async with self._one:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            return int(await self._process.stdout.readline())


def main() -> None:
    """Fork a bot for every line."""
    for name in IMPORTED:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries them
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _be_a_bot(order)
        print(pid, flush=True)  # noqa: T201 - the answer


def _be_a_bot(order: dict[str, Any]) -> None:
    """What `labelbot run` does, in this process; does not come back."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    code = 1
    try:
        importlib.import_module("bot.cli.main").main(["run"])
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
