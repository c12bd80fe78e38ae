"""Files that are whole: written beside their target, made durable, and only then given its name.

A reader may come and a process may be killed at any moment, so a file is never written in its place. Each new file
gets a random name in the folder of its target (a rename is atomic within one file system only), is forced to the
disk, and is renamed over the target; then the folder is forced to the disk, because the rename lies there.

A killed writer leaves its new file behind. Whoever sweeps must not take one that is still being written: the writer
holds a lock (`flock`) on it until it has its name. The lock ends with the process however that ends, while a process
number in the name would be given again to another process some day.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import itertools
import os
import re
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LOG_SUFFIXES = ("-wal", "-shm")

_LEFTOVER = re.compile(r"\.labelbot-[0-9a-f]{16}\.tmp")
_JOURNAL = "-journal"


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file in the making: its present path, and a descriptor that is open for writing."""

    path: Path
    descriptor: int


@contextlib.contextmanager
def new_file(target: Path, mode: int) -> Iterator[NewFile]:
    """Make an empty file beside `target`, and put it in the target's place when the block ends well.

    The file survives a power cut from then on. When the block raises, the target stays as it was and nothing is
    left beside it.

    Args:
        target: Where the file will be; its folder exists.
        mode: The permissions of the file, before the umask.

    Raises:
        OSError: The file cannot be made, written or renamed.
    """
    path = target.parent / f".labelbot-{secrets.token_hex(8)}.tmp"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield NewFile(path, descriptor)
        os.fsync(descriptor)
        path.replace(target)
    finally:
        os.close(descriptor)
        for left in (path, path.with_name(path.name + _JOURNAL)):  # SQLite's journal, when it was a database
            left.unlink(missing_ok=True)
    _sync_folder(target.parent)


def replace_file(path: Path, data: bytes) -> None:
    """Put `data` at `path` in one step: a reader finds the old file or the new one, never a part.

    Missing parent folders are made. The new file has the permissions of the old one, else what the umask gives.

    Raises:
        OSError: The file cannot be written; the old one is untouched and nothing is left beside it.
    """
    made = [folder for folder in (path.parent, *path.parent.parents) if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    with new_file(path, 0o666) as new:
        with contextlib.suppress(FileNotFoundError):
            os.fchmod(new.descriptor, stat.S_IMODE(path.stat().st_mode))
        with os.fdopen(new.descriptor, "wb", closefd=False) as file:
            file.write(data)
    for folder in made:
        _sync_folder(folder.parent)


def sweep_leftovers(folder: Path, *, deep: bool = True) -> int:
    """Remove what killed writers left in a folder, and return how many files that were.

    Only names that `new_file` gives are touched, none that a living writer holds, and symbolic links are not
    followed. What cannot be removed is left; a missing folder has nothing to sweep.

    Args:
        folder: Where to look.
        deep: Whether to look in the folders below as well.
    """
    swept = 0
    for place, _, names in itertools.islice(os.walk(folder), None if deep else 1):
        for name in filter(_LEFTOVER.fullmatch, names):
            with contextlib.suppress(OSError), _held(Path(place, name)) as leftover:
                leftover.with_name(name + _JOURNAL).unlink(missing_ok=True)
                leftover.unlink()
                swept += 1
    return swept


def followed(path: Path) -> Path:
    """Return the file that a path means: the place of a symbolic link is no place for another file."""
    return path.resolve() if path.is_symlink() else path


def log_of(database: Path) -> Path:
    """Return the path of a database's write-ahead log."""
    real = database.resolve()
    return real.with_name(real.name + "-wal")


def has_content(path: Path) -> bool:
    """Tell whether there is a file that is not empty."""
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


@contextlib.contextmanager
def _held(path: Path) -> Iterator[Path]:
    """Hold the lock of a leftover. Raises OSError while its writer lives."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield path
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as problem:
        if problem.errno not in (errno.EINVAL, errno.ENOTSUP):  # network folders cannot, and say so like this
            raise
    finally:
        os.close(descriptor)
