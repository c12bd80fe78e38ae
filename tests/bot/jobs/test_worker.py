"""The process beside the bot, when it is killed."""

from __future__ import annotations

import os
import signal

import pytest

from bot.jobs.worker import Worker


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def test_a_job_that_kills_its_process_twice_is_an_error_of_the_system_and_the_next_one_works() -> None:
    worker = Worker()
    try:
        with pytest.raises(OSError, match="was ended"):
            await worker.run(die)
        assert await worker.run(os.getpid) != os.getpid()
    finally:
        await worker.close()
