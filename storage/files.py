"""Files that are put in place whole: written beside their target, made durable, renamed."""

from __future__ import annotations

import glob
import os
import re
from pathlib import Path

LOG_SUFFIXES = ("-wal", "-shm")


def in_the_making(target: Path) -> Path:
    """A fresh empty file beside a target, readable by its owner only. Raises OSError."""
    path = target.with_name(f".{target.name}.{os.getpid()}.part")
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    return path


def put_in_place(made: Path, target: Path) -> None:
    """Rename a finished file to its target, both on the disk when this returns. Raises OSError."""
    _sync(made, os.O_RDONLY)
    made.replace(target)
    _sync(target.parent, os.O_RDONLY | os.O_DIRECTORY)


def sweep(database: Path) -> None:
    """Remove what processes that are gone left in the making beside a database."""
    for path in database.parent.glob(f".{glob.escape(database.name)}*.part*"):
        maker = re.search(r"\.(\d+)\.part(-journal)?$", path.name)
        if maker is not None and not _is_alive(int(maker[1])):
            path.unlink(missing_ok=True)


def followed(path: Path) -> Path:
    """The file that is meant: a link's own place is no place for another file."""
    return path.resolve() if path.is_symlink() else path


def log_of(database: Path) -> Path:
    """The write-ahead log of a database."""
    real = database.resolve()
    return real.with_name(real.name + "-wal")


def has_content(path: Path) -> bool:
    """Whether there is a file that is not empty."""
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _is_alive(pid: int) -> bool:
    """Whether another process has this number; what has our own was left by one before us."""
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
