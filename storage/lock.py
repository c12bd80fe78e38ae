"""One writer per database.

The lock is an `flock` on a file beside the database: it ends with its process however that ends. A file that only
holds a process number would block the restart after a kill, until somebody deletes it by hand.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path

from storage.errors import DatabaseBusy, NotSaved

PAUSES = (0.02, 0.05, 0.1)


class FileLock:
    """The right to write a database, held until the process ends however it ends."""

    def __init__(self, database: Path) -> None:
        real = database.resolve()
        self.path = real.with_name(real.name + ".lock")
        self._database = database
        self._descriptor: int | None = None

    def take(self) -> None:
        """Take the lock and write this process's number into it.

        Raises:
            DatabaseBusy: Another process has it; the message names that one.
            NotSaved: The lock's file cannot be made.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                self._lock(descriptor)
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            except BaseException:
                os.close(descriptor)
                raise
        except OSError as error:
            raise NotSaved(
                f"{self._database} cannot be written: {error.strerror}. Check DATABASE_PATH."
            ) from None
        self._descriptor = descriptor

    def _lock(self, descriptor: int) -> None:
        """Lock the file. Whoever only looks (`holder_of`) is in the way for a moment: try again before giving up."""
        for pause in (*PAUSES, None):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if pause is None:
                    raise DatabaseBusy(
                        f"{self._database} is in use by process {_holder(descriptor)}:"
                        " stop that one first, or set another DATABASE_PATH."
                    ) from None
                time.sleep(pause)
            else:
                return

    def beat(self) -> None:
        """Show to others that the holder is alive and at work: the file's time is now."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):  # a sign of life that fails must not end a life
                os.utime(self._descriptor)

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that writes a database.

    Attributes:
        pid: Its number as written into the lock, or `unknown`.
        beat_at: Its last sign of life, in seconds since 1970.
    """

    pid: str
    beat_at: float


def holder_of(database: Path) -> Holder | None:
    """Return the process that holds a database, or None."""
    try:
        descriptor = os.open(FileLock(database).path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return Holder(_holder(descriptor), os.fstat(descriptor).st_mtime)
    except OSError:
        return None
    else:
        return None
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    return os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
