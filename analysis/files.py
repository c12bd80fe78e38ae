"""Input files are looked at before they are read: what they are, and how large."""

from __future__ import annotations

import os
import stat
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

from analysis.errors import AnalysisError

MEGABYTE = 1024 * 1024
_MOST_LISTED = 1000
"""How many names of a folder are looked at for one that was meant."""


def open_input(
    path: Path,
    max_mb: int,
    *,
    error: type[AnalysisError] = AnalysisError,
    follow_symlinks: bool = True,
    shown: str | None = None,
) -> int:
    """Check an input file, open it for reading, check what was opened, and return the descriptor.

    Args:
        path: the file.
        max_mb: the largest size in megabytes of 1,048,576 bytes.
        error: the class to raise.
        follow_symlinks: whether a symbolic link is read.
        shown: what messages call the file; its name when None.

    Raises:
        AnalysisError: it is missing, not a regular file, a symbolic link where none is wanted, or too large, or it
            cannot be opened.
    """
    name = shown or path.name or str(path)
    # Not blocking: a pipe put there in between must not hang the program.
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow_symlinks else os.O_NOFOLLOW)
    try:
        _judge(path.stat(follow_symlinks=follow_symlinks), max_mb, name, error)
        fd = os.open(path, flags)
    except FileNotFoundError:
        raise error(f"{name}: {missing(path, 'file')}") from None
    except (OSError, ValueError) as problem:
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
        raise error(f"{name}: has {size:,.1f} MB, more than {max_mb} MB. A larger MAX_FILE_MB allows it")


def missing(path: Path, kind: str) -> str:
    """Return that there is no such `kind`, and what is: a name that was meant, or not even the folder."""
    folder = path.parent.absolute()
    try:
        there = [entry.name for entry in islice(os.scandir(folder), _MOST_LISTED)]
    except FileNotFoundError:
        return f"there is no such {kind}, because there is no folder {folder}"
    except OSError:
        there = []
    close = get_close_matches(path.name, there, n=2, cutoff=0.7)
    return f"there is no such {kind} in {folder}" + (f", but {' and '.join(close)}" if close else "")


def _reason(problem: Exception) -> str:
    return (isinstance(problem, OSError) and problem.strerror) or str(problem)
