"""Files are whole: replaced in one step, and looked at before they are read."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from analysis.errors import AnalysisError

MEGABYTE = 1024 * 1024

_LEFTOVER = re.compile(r"\.labelbot-[0-9a-f]{16}\.tmp")


def replace_file(path: Path, data: bytes) -> None:
    """Put `data` at `path` in one step, so that a reader finds the old file or the new one, never a part.

    Missing parent folders are made. The new file has the mode of the old one, else what the umask gives.
    After the return the file survives a power cut.

    Raises:
        OSError: it cannot be written; the old file is untouched and nothing is left beside it.
    """
    made = [folder for folder in (path.parent, *path.parent.parents) if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".labelbot-{secrets.token_hex(8)}.tmp"
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with os.fdopen(fd, "wb") as file:
            # Held until the file has its name: whoever sweeps meanwhile sees that the writer is alive.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with contextlib.suppress(FileNotFoundError):
                os.fchmod(file.fileno(), stat.S_IMODE(path.stat().st_mode))
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    for folder in (path.parent, *(folder.parent for folder in made)):
        _sync_folder(folder)


def sweep_leftovers(folder: Path) -> int:
    """Remove what killed writers left in `folder` and below, and return how many files that were.

    Only names that `replace_file` gives are touched, none that a living writer holds, and symbolic links are
    not followed. What cannot be removed is left; a missing folder has nothing to sweep.
    """
    swept = 0
    for place, _, names in os.walk(folder):
        for name in filter(_LEFTOVER.fullmatch, names):
            with contextlib.suppress(OSError), _held(Path(place, name)) as leftover:
                leftover.unlink()
                swept += 1
    return swept


def check_input(
    path: Path,
    max_mb: int,
    *,
    error: type[AnalysisError] = AnalysisError,
    follow_symlinks: bool = True,
    shown: str | None = None,
) -> os.stat_result:
    """Look at an input file without reading it, and return its status.

    max_mb: the largest size in megabytes of 1,048,576 bytes. error: the class to raise. shown: what messages
    call the file, its name when None.

    Raises:
        AnalysisError: it is missing, not a regular file, a symbolic link where none is wanted, or too large.
    """
    name = shown or path.name or str(path)
    try:
        status = path.stat(follow_symlinks=follow_symlinks)
    except FileNotFoundError:
        raise error(f"{name}: there is no such file in {path.parent.absolute()}") from None
    except (OSError, ValueError) as problem:
        raise error(f"{name}: cannot be read: {_reason(problem)}") from None
    _judge(status, max_mb, name, error)
    return status


def open_input(
    path: Path,
    max_mb: int,
    *,
    error: type[AnalysisError] = AnalysisError,
    follow_symlinks: bool = True,
    shown: str | None = None,
) -> int:
    """Check as `check_input` does, open for reading, and check what was opened; returns the descriptor.

    Raises:
        AnalysisError: as `check_input`, or it cannot be opened.
    """
    check_input(path, max_mb, error=error, follow_symlinks=follow_symlinks, shown=shown)
    name = shown or path.name
    # Not blocking: a pipe put there in between must not hang the program.
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow_symlinks else os.O_NOFOLLOW)
    try:
        fd = os.open(path, flags)
    except OSError as problem:
        raise error(f"{name}: cannot be read: {_reason(problem)}") from None
    try:
        _judge(os.fstat(fd), max_mb, name, error)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _judge(status: os.stat_result, max_mb: int, name: str, error: type[AnalysisError]) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise error(f"{name}: is a symbolic link; put the file itself there")
    if stat.S_ISDIR(status.st_mode):
        raise error(f"{name}: is a folder; a file is wanted")
    if not stat.S_ISREG(status.st_mode):
        raise error(f"{name}: is not a regular file")
    if status.st_size > max_mb * MEGABYTE:
        size = status.st_size / MEGABYTE
        raise error(f"{name}: has {size:,.1f} MB, more than the {max_mb} MB that MAX_FILE_MB allows")


def _reason(problem: Exception) -> str:
    return (isinstance(problem, OSError) and problem.strerror) or str(problem)


@contextlib.contextmanager
def _held(path: Path) -> Iterator[Path]:
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield path
    finally:
        os.close(fd)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    except OSError as problem:
        if problem.errno not in (errno.EINVAL, errno.ENOTSUP):  # network folders cannot, and say so like this
            raise
    finally:
        os.close(fd)
