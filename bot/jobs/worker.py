"""One process beside the bot for everything slow; started when first needed, gone when the bot is.

Jobs take turns, and each has a time limit: a file that was made to be slow must not stop everybody's reports for ever.
What has run into it may not listen any more (a regular expression, a loop in C), so its process is killed, and the
next job gets a new one.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, ParamSpec, TypeVar, cast

from bot.errors import WorkStopped
from bot.log import log_event

P = ParamSpec("P")
T = TypeVar("T")

MOST_SECONDS = 5 * 60.0
"""How long a job may take; a report on a million records takes a small part of it."""
TOO_LONG = "That took too long and was stopped: more than {seconds:g} seconds. The labels are safe."
DIED = "The process for reports and files was ended twice, perhaps for want of memory. The labels are safe."


class Worker:
    """Runs plain functions with plain arguments in the other process, one at a time.

    Args:
        most_seconds: How long a job may take, from its turn on.
    """

    def __init__(self, most_seconds: float = MOST_SECONDS) -> None:
        self._most_seconds = most_seconds
        self._turn = asyncio.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._closed = False

    async def run(self, job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the job's result, or raise its error. When the process dies, the job is tried once more in a new one.

        Raises:
            WorkStopped: The job ran into its time limit, and is not tried again; or the second process died, too; or
                the worker is closed.
        """
        assert not kwargs  # noqa: S101 - jobs take positions
        async with self._turn:
            for _ in range(2):
                if self._closed:
                    break
                try:
                    return await self._in_process(job, *args)
                except BrokenProcessPool:
                    log_event("the process for reports ended", level=logging.WARNING)
                    await self._end()
        raise WorkStopped(DIED)

    async def _in_process(self, job: Callable[..., T], *args: object) -> T:
        """Do a job in the process, which is killed when the job takes too long or nobody waits for it any more."""
        pool: Any = self._open()
        working = asyncio.get_running_loop().run_in_executor(pool, job, *args)
        # The process alone keeps its ends of the two pipes. With ours open, the pool's threads would wait for ever for
        # the rest of a result, or for room for an argument, in the middle of which the process was killed.
        pool._result_queue._writer.close()
        pool._call_queue._reader.close()
        try:
            done, _ = await asyncio.wait((working,), timeout=self._most_seconds)
        except asyncio.CancelledError:
            working.cancel()
            await self._end()
            raise
        if done:
            return working.result()
        working.cancel()
        await self._end()
        log_event("a job took too long and was stopped", level=logging.ERROR, seconds=self._most_seconds)
        raise WorkStopped(TOO_LONG.format(seconds=self._most_seconds))

    async def close(self) -> None:
        """End the process, for good."""
        self._closed = True
        await self._end()

    async def _end(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            processes = list((pool._processes or {}).values())
            # the pool forgets its thread; one that still ends when the bot does makes a traceback
            thread = cast("threading.Thread | None", pool._executor_manager_thread)
            for process in processes:
                process.kill()  # first: a shutdown may wait for the thread, and the thread for a living process
            pool.shutdown(wait=False, cancel_futures=True)
            if thread is not None:
                await asyncio.to_thread(thread.join)

    def _open(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                1, mp_context=multiprocessing.get_context("spawn"), initializer=_begin
            )
        return self._pool


def _begin() -> None:
    """Ignore Ctrl-C, which is for the bot; give the bot the processor when both want it; end when the bot ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(19)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)
