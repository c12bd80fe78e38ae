"""One writer per database.

The lock is an `flock` on a file beside the database: it ends with its process however that ends. A file that only
holds a process number would block the restart after a kill, until somebody deletes it by hand.

A lock file that somebody deletes while it is held would let a second writer in, who makes a new one. So the writer
also holds an `flock` on the write-ahead log, which exists as long as the database is open; SQLite itself never locks
that file. The log alone would not do: before the first write, and during a restore, there is none. The file beside the
database says who the writer is and when it last showed life; when it is gone, the next sign of life makes it again.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path

from storage.errors import DatabaseBusy, NotSaved
from storage.files import SECOND_NAME, log_of, open_regular

PAUSES = (0.02, 0.05, 0.1)


class FileLock:
    """The right to write a database, held until the process ends however it ends."""

    def __init__(self, database: Path) -> None:
        real = database.resolve()
        self.path = real.with_name(real.name + ".lock")
        self._database = database
        self._log = log_of(database)
        self._descriptor: int | None = None
        self._log_descriptor: int | None = None

    def take(self) -> None:
        """Take the lock and write this process's number into it.

        Raises:
            DatabaseBusy: Another process has it; the message names that one.
            NotSaved: The lock's file cannot be made, or something else lies in its place.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = self._locked_file()
            with contextlib.suppress(FileNotFoundError):  # no log: no writer
                os.close(self._locked(open_regular(self._log)))
        except OSError as error:
            self.release()
            # something strange in the lock's place is named itself; else it is the folder that cannot be written
            named = error.filename if error.errno in (errno.ELOOP, errno.EINVAL) else self._database
            raise NotSaved(f"{named} cannot be written: {error.strerror}. Check DATABASE_PATH.") from None
        except BaseException:
            self.release()
            raise

    def hold_log(self) -> None:
        """Lock the write-ahead log as well, once there is one. Raises DatabaseBusy, OSError."""
        self._log_descriptor = self._locked(open_regular(self._log))

    def _locked_file(self) -> int:
        """Open the lock's file, lock it and write this process's number into it; return its descriptor."""
        descriptor = open_regular(self.path, os.O_RDWR | os.O_CREAT)
        if os.fstat(descriptor).st_nlink > 1:  # writing would change a file that lies somewhere else as well
            os.close(descriptor)
            raise OSError(errno.EINVAL, SECOND_NAME, str(self.path))
        self._locked(descriptor)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        return descriptor

    def _locked(self, descriptor: int) -> int:
        """Lock an open file, or close it. Whoever only looks is in the way for a moment: try again before giving up."""
        try:
            for pause in (*PAUSES, None):
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if pause is None:
                        raise DatabaseBusy(
                            f"{self._database} is in use by process {self._holder()}:"
                            " stop that one first, or set another DATABASE_PATH."
                        ) from None
                    time.sleep(pause)
                else:
                    break
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _holder(self) -> str:
        """Return the number in the lock's file. A deleted one does not say who it was."""
        with contextlib.suppress(OSError):
            descriptor = open_regular(self.path)
            try:
                return _pid_in(descriptor)
            finally:
                os.close(descriptor)
        return "unknown"

    def beat(self) -> None:
        """Show to others that the holder is alive and at work, by setting the file's time to now."""
        if self._descriptor is None:
            return
        with contextlib.suppress(OSError, DatabaseBusy):  # a sign of life that fails must not end a life
            if os.fstat(self._descriptor).st_nlink == 0:  # deleted: others would see nobody here
                fresh = self._locked_file()
                os.close(self._descriptor)
                self._descriptor = fresh
            os.utime(self._descriptor)

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        for descriptor in (self._log_descriptor, self._descriptor):
            if descriptor is not None:
                os.close(descriptor)
        self._descriptor = self._log_descriptor = None


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
        descriptor = open_regular(FileLock(database).path)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return Holder(_pid_in(descriptor), os.fstat(descriptor).st_mtime)
    except OSError:
        pass
    finally:
        os.close(descriptor)
    return None


def _pid_in(descriptor: int) -> str:
    return os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
