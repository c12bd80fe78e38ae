"""Files that are whole: written beside their target, made durable, and only then given its name.

A reader may come and a process may be killed at any moment, so a file is never written in its place. Each new file
gets a random name in the folder of its target (a rename is atomic within one file system only), is forced to the
disk, and is renamed over the target; then the folder is forced to the disk, because the rename lies there.

Nothing outside is touched. On a shared machine somebody else may have put a link or a pipe under a name that can be
guessed: opening it would empty the file it leads to, or wait for ever. New files therefore get names that cannot be
guessed and are made only where nothing lies (`O_EXCL`), no link is followed (`O_NOFOLLOW`), and an existing file is
opened without waiting and looked at before it is used.

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
_BESIDE = ("", *LOG_SUFFIXES, "-journal")
"""What stands behind the name of a database in the names of the files that SQLite opens for it."""
SECOND_NAME = "is a second name of another file: delete it"

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
    path = _unguessable(target.parent)
    descriptor = _make_anew(path, mode)
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


def open_regular(path: Path, flags: int = os.O_RDONLY) -> int:
    """Open a file that is a plain one, without following a link and without waiting for a pipe.

    Args:
        path: The file.
        flags: As for `os.open`. A file that they make is for its owner alone.

    Returns:
        The descriptor.

    Raises:
        OSError: It cannot be opened, or it is a link, a pipe or anything else but a file.
    """
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "is not a regular file", str(path))


def read_regular(path: Path, most: int) -> bytes:
    """Read a file that this program may have written, up to `most` bytes. Raises the same errors as `open_regular`."""
    with os.fdopen(open_regular(path), "rb") as file:
        return file.read(most)


def is_regular(path: Path) -> bool:
    """Tell whether a plain file lies there, and no link to one."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def delete_file(path: Path, below: Path) -> None:
    """Delete a file somewhere below a folder, if it is there. Behind a link on the way nothing is deleted.

    Raises:
        OSError: It cannot be deleted.
    """
    place = below
    for part in path.parent.relative_to(below).parts:
        place = place / part
        if place.is_symlink():
            return
    path.unlink(missing_ok=True)


def make_folder(folder: Path, below: Path) -> None:
    """Make a folder somewhere below another one, through no link on the way.

    Raises:
        OSError: It cannot be made, or a link or a file lies on the way. Its `strerror` says so.
    """
    below.mkdir(parents=True, exist_ok=True)
    place = below
    for part in folder.relative_to(below).parts:
        place = place / part
        with contextlib.suppress(FileExistsError):
            place.mkdir()
            _sync_folder(place.parent)
        if place.is_symlink():
            raise OSError(errno.ELOOP, "is a symbolic link: put the folder itself there", str(place))


def probe_folder(folder: Path) -> None:
    """Make a folder if there is none, and see that a file can be made in it. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = _unguessable(folder)
    os.close(_make_anew(path, 0o600))
    path.unlink()


def replace_file(path: Path, data: bytes, *, below: Path | None = None) -> None:
    """Put `data` at `path` in one step: a reader finds the old file or the new one, never a part.

    Missing parent folders are made. The new file has the permissions of the old one, else what the umask gives. A
    link in the place of the file is replaced, not followed.

    Args:
        path: Where the file is to be.
        data: Its content.
        below: A folder that holds it; no link is followed from there on. None follows links to its folder.

    Raises:
        OSError: The file cannot be written; the old one is untouched and nothing is left beside it.
    """
    if below is not None:
        make_folder(path.parent, below)
    made = [folder for folder in (path.parent, *path.parent.parents) if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    with new_file(path, 0o666) as new:
        with contextlib.suppress(FileNotFoundError):
            if stat.S_ISREG(former := path.lstat().st_mode):
                os.fchmod(new.descriptor, stat.S_IMODE(former))
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


def check_database_files(database: Path) -> None:
    """See that what SQLite would open is plain files, or not there.

    A pipe would hold it up for ever, and it would write into whatever a second name of a file leads to. The database
    itself may have two names for a moment: a restore keeps the former one like that.

    Raises:
        OSError: Something else lies in the place of one of them; `filename` says where.
    """
    real = database.resolve()
    for suffix in _BESIDE:
        path = real.with_name(real.name + suffix)
        with contextlib.suppress(FileNotFoundError):
            found = path.lstat()
            if not stat.S_ISREG(found.st_mode):
                raise OSError(errno.EINVAL, "is not a regular file", str(path))
            if suffix and found.st_nlink > 1:
                raise OSError(errno.EINVAL, SECOND_NAME, str(path))


def followed(path: Path) -> Path:
    """Return the file that a path means: the place of a symbolic link is no place for another file."""
    return path.resolve() if path.is_symlink() else path


def log_of(database: Path) -> Path:
    """Return the path of a database's write-ahead log."""
    real = database.resolve()
    return real.with_name(real.name + "-wal")


def has_content(path: Path) -> bool:
    """Tell whether there is anything that is not an empty file."""
    try:
        found = path.lstat()
        return found.st_size > 0 or not stat.S_ISREG(found.st_mode)
    except OSError:
        return False


def _unguessable(folder: Path) -> Path:
    return folder / f".labelbot-{secrets.token_hex(8)}.tmp"


def _make_anew(path: Path, mode: int) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)


@contextlib.contextmanager
def _held(path: Path) -> Iterator[Path]:
    """Hold the lock of a leftover. Raises OSError while its writer lives."""
    descriptor = open_regular(path)
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
