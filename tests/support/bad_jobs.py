"""Jobs for the process beside the bot that do not end well."""

from __future__ import annotations

import os
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path


def die(*_: object) -> None:
    """Kill the process that does it."""
    os.kill(os.getpid(), signal.SIGKILL)


def hang(*_: object) -> None:
    """Never end, and do not listen to a polite word either."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(60)


def hang_in(note: Path) -> None:
    """Write down which process this is, then hang."""
    note.write_text(str(os.getpid()))
    hang()


def die_half_way() -> bytes:
    """Be killed when half of the result is sent."""

    def half(self: Connection, content: bytes, *_: object) -> None:
        os.write(self.fileno(), content[: len(content) // 2])
        die()

    Connection._send = half  # type: ignore[attr-defined] # in this process alone, which ends with it
    return b"a result"
