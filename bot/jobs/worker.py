"""One process beside the bot for everything slow; started when first needed, gone when the bot is."""

from __future__ import annotations

import asyncio
import errno
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import ParamSpec, TypeVar

from bot.log import log_event

P = ParamSpec("P")
T = TypeVar("T")


class Worker:
    """Runs plain functions with plain arguments in the other process, one at a time."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._closed = False

    async def run(self, job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The job's result, or its error. When the process dies, the job is tried once more in a new one.

        Raises ChildProcessError, an OSError, when that dies too, or after `close`.
        """
        assert not kwargs  # noqa: S101 - jobs take positions
        loop = asyncio.get_running_loop()
        for _ in range(2):
            pool = self._open()
            try:
                return await loop.run_in_executor(pool, job, *args)
            except BrokenProcessPool:
                if self._closed:
                    break
                log_event("the process for reports ended", level=logging.WARNING)
                if self._pool is pool:  # else another job has opened a new one already
                    await self._end()
        raise ChildProcessError(errno.ECHILD, "the process that makes them was ended")

    async def close(self) -> None:
        """End the process, for good."""
        self._closed = True
        await self._end()

    async def _end(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            processes = list((pool._processes or {}).values())
            pool.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.terminate()
            await asyncio.to_thread(pool.shutdown, wait=True)

    def _open(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                1, mp_context=multiprocessing.get_context("spawn"), initializer=_begin
            )
        return self._pool


def _begin() -> None:
    """Leave Ctrl-C to the bot, give it the processor when both want it, and go when it goes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(19)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)
