"""Consistent copies of a database that is in use, and the way back."""

from __future__ import annotations

import contextlib
import datetime as dtm
import glob
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from storage import schema
from storage.checks import (
    REFUSED_BY_SQLITE,
    in_one_line,
    one,
    reading_address,
    version_of,
    why_not_complete,
    why_not_ours,
    why_not_sound,
    why_not_whole,
)
from storage.errors import DatabaseDamaged, NotSaved, StorageError
from storage.files import LOG_SUFFIXES, followed, has_content, in_the_making, log_of, put_in_place
from storage.lock import FileLock

BACKUP_SUFFIX = ".backup"
BACKUPS_KEPT = 7
DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"


def automatic_backups(database: Path) -> list[Path]:
    """The daily copies beside a database, oldest first."""
    return sorted(database.parent.glob(f"{glob.escape(database.name)}.{DAY}{BACKUP_SUFFIX}"))


def back_up_daily(database: Path, today: dtm.date) -> Path | None:
    """Today's copy beside the database, None when it is there already; only the last seven are kept.

    A copy made before an upgrade goes when it is seven days old. Raises as `back_up`.
    """
    target = database.with_name(f"{database.name}.{today.isoformat()}{BACKUP_SUFFIX}")
    if target.exists():
        return None
    back_up(database, target)
    for old in automatic_backups(database)[:-BACKUPS_KEPT]:
        old.unlink(missing_ok=True)
    for old in database.parent.glob(f"{glob.escape(database.name)}.version-*{BACKUP_SUFFIX}"):
        made = dtm.datetime.fromtimestamp(old.stat().st_mtime, dtm.UTC).date()
        if (today - made).days >= BACKUPS_KEPT:
            old.unlink(missing_ok=True)
    return target


def back_up_before_upgrade(database: Path, version: int) -> None:
    """Keep a copy of a database of an older version beside it. Raises as `back_up`."""
    back_up(database, database.with_name(f"{database.name}.version-{version}{BACKUP_SUFFIX}"))


def back_up(database: Path, target: Path) -> int:
    """Copy a database, also one that is being written, to `target`; how many answers the copy holds.

    The copy is written beside the target, proved, and put in place whole; an existing target is replaced.
    Raises FileNotFoundError without a database, DatabaseDamaged, DatabaseTooNew, NotRead, NotSaved.
    """
    real = database.resolve()
    if target.resolve() in {
        real,
        *(real.with_name(real.name + suffix) for suffix in (*LOG_SUFFIXES, ".lock")),
    }:
        raise NotSaved(f"{target} belongs to the database itself: name another file for the copy.")
    if not database.is_file():
        raise FileNotFoundError(database)
    with _made_for(target) as made:
        answers = _copy(database, made)
        put_in_place(made, target)
    return answers


def prove(copy: Path) -> int:
    """Check that a file is a whole database of this program; how many answers it holds.

    Raises FileNotFoundError, DatabaseDamaged, DatabaseTooNew, NotRead.
    """
    return _prove(copy, named=copy)


def restore(copy: Path, database: Path, *, replace: bool) -> tuple[int, Path | None]:
    """Put a backup in the place of the database; how many answers it holds, and where the former database is now.

    The copy is proved first. An existing database stays unless `replace`, and is then kept beside it as
    `<name>.replaced`. Raises FileNotFoundError, DatabaseDamaged, DatabaseTooNew, DatabaseBusy, NotRead,
    NotSaved; StorageError when a database is there already.
    """
    prove(copy)
    database = followed(database)
    lock = FileLock(database)
    lock.take()
    try:
        for present in (database, log_of(database)):
            if not replace and (present == database or has_content(present)) and present.exists():
                raise StorageError(f"{present} exists: add --replace to put {copy.name} in its place.")
        with _made_for(database) as made:
            answers = _copy(copy, made)
            kept = _set_aside(database)
            put_in_place(made, database)
        return answers, kept
    finally:
        lock.release()


def _prove(path: Path, *, named: Path) -> int:
    """named: the file that an error speaks of."""
    if not path.is_file():
        raise FileNotFoundError(path)
    why: object
    try:
        with closing(sqlite3.connect(reading_address(path), uri=True)) as connection:
            why = why_not_ours(connection)
            if why is None:
                version = version_of(connection, named)
                why = why_not_whole(connection)
            if why is None and version == len(schema.MIGRATIONS):
                why = why_not_sound(connection) or why_not_complete(connection)
            if why is None:
                return int(one(connection, "SELECT count(*) FROM answers"))
    except REFUSED_BY_SQLITE as error:
        why = error
    raise DatabaseDamaged(f"{named} is no whole database of labelbot ({in_one_line(why)}): use one that is.")


def _copy(source: Path, made: Path) -> int:
    """Fill an empty file with a proved copy; how many answers it holds."""
    try:
        with closing(sqlite3.connect(reading_address(source), uri=True)) as connection:
            if why := why_not_ours(connection):
                raise DatabaseDamaged(f"{source} is no database of labelbot ({why}): use one that is.")
            connection.execute("VACUUM INTO ?", [str(made)])
    except REFUSED_BY_SQLITE as error:
        raise NotSaved(f"{source} could not be copied: {in_one_line(error)}.") from None
    return _prove(made, named=source)


@contextlib.contextmanager
def _made_for(target: Path) -> Iterator[Path]:
    """A file beside the target to be filled and put in place; gone afterwards if it was not."""
    made: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        made = in_the_making(target)
        yield made
    except OSError as error:
        raise NotSaved(f"{target} cannot be written: {error.strerror}.") from None
    finally:
        if made is not None:
            for left in (made, made.with_name(made.name + "-journal")):
                left.unlink(missing_ok=True)


def _set_aside(database: Path) -> Path | None:
    """Keep the present database, with what is still in its log, as `<name>.replaced`, or with a number after it.

    Returns where; None when there was none.

    It goes on lying in its place as well until another is renamed to it, so that at no moment there is none.
    """
    log = log_of(database)
    if database.exists():
        with contextlib.suppress(sqlite3.Error), closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = _free(database.with_name(database.name + ".replaced"))
    if database.exists():
        try:
            os.link(database, kept)
        except OSError:  # a disk without hard links
            database.replace(kept)
    if has_content(log):
        log.replace(kept.with_name(kept.name + "-wal"))
    for suffix in LOG_SUFFIXES:
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    return kept if kept.exists() else None


def _free(name: Path) -> Path:
    """The name, or the first of name-2, name-3, ... at which nothing lies: an older copy is never lost."""
    number, free = 1, name
    while free.exists() or free.with_name(free.name + "-wal").exists():
        number += 1
        free = name.with_name(f"{name.name}-{number}")
    return free
