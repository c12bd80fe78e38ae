"""Consistent copies of a database that is in use, and the way back.

A copy of the bare file would lose what is still in its write-ahead log, so SQLite itself makes the copy (`VACUUM
INTO`). Each copy is proved before it gets its name: a backup that cannot be restored is none.
"""

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
    reading_address,
    single_value,
    version_of,
    why_not_complete,
    why_not_ours,
    why_not_sound,
    why_not_whole,
)
from storage.errors import DatabaseDamaged, NotSaved, StorageError
from storage.files import LOG_SUFFIXES, followed, has_content, is_regular, log_of, new_file, sweep_leftovers
from storage.lock import FileLock

BACKUP_SUFFIX = ".backup"
DAYS_KEPT = 7
"""A daily copy is deleted when it is so many days old. What somebody deleted is gone from all copies by then."""
DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"


def automatic_backups(database: Path) -> dict[Path, dtm.date]:
    """Return the daily copies beside a database with their days, oldest first, also those with a day to come."""
    found = sorted(database.parent.glob(f"{glob.escape(database.name)}.{DAY}{BACKUP_SUFFIX}"))
    return {path: day for path in found if is_regular(path) and (day := _day_of(path))}


def future_backups(database: Path, today: dtm.date) -> list[Path]:
    """Return the daily copies that a clock dated in the future. Nothing deletes them: somebody has to look."""
    return [path for path, day in automatic_backups(database).items() if day > today]


def gone_by(database: Path, today: dtm.date) -> dtm.date | None:
    """Return the day by which every automatic copy made so far is deleted, or None when there is none.

    Copies with a date in the future do not count: see `future_backups`.
    """
    future = future_backups(database, today)
    days = [day for path, day in _dated_copies(database).items() if path not in future]
    return max(days) + dtm.timedelta(days=DAYS_KEPT) if days else None


def back_up_daily(database: Path, today: dtm.date) -> Path | None:
    """Make today's copy beside the database, and delete the automatic copies that are seven days old or older.

    Copies go by their date and not by their number: otherwise those of a bot that is seldom started would stay for
    months after somebody was forgotten, and one date in the future would make each new copy the oldest.

    Returns:
        The copy, or None when today's is there already.

    Raises:
        StorageError: The same errors as `back_up`.
    """
    target = database.with_name(f"{database.name}.{today.isoformat()}{BACKUP_SUFFIX}")
    made = None
    if not is_regular(target):
        back_up(database, target)
        made = target
    for path, day in _dated_copies(database).items():
        if (today - day).days >= DAYS_KEPT:
            path.unlink(missing_ok=True)
    return made


def _dated_copies(database: Path) -> dict[Path, dtm.date]:
    """Return the daily copies, and those that were made before an upgrade, with the day of each."""
    others = database.parent.glob(f"{glob.escape(database.name)}.version-*{BACKUP_SUFFIX}")
    return automatic_backups(database) | {path: _made_on(path) for path in others if is_regular(path)}


def _day_of(copy: Path) -> dtm.date | None:
    """Return the date in the name of a daily copy, or None when it is no date: 31 February is none."""
    try:
        return dtm.date.fromisoformat(copy.name.removesuffix(BACKUP_SUFFIX)[-10:])
    except ValueError:
        return None


def _made_on(copy: Path) -> dtm.date:
    return dtm.datetime.fromtimestamp(copy.stat().st_mtime, dtm.UTC).date()


def back_up_before_upgrade(database: Path, version: int) -> None:
    """Keep a copy of a database of an older version beside it. Raises the same errors as `back_up`."""
    back_up(database, database.with_name(f"{database.name}.version-{version}{BACKUP_SUFFIX}"))


def back_up(database: Path, target: Path) -> int:
    """Copy a database, also one that is being written, to `target`.

    The copy is written beside the target, proved, and put in place whole; an existing target is replaced.

    Returns:
        How many answers the copy holds.

    Raises:
        FileNotFoundError: There is no database.
        DatabaseDamaged: The database is not whole, or not of this program.
        DatabaseTooNew: A newer version wrote the database.
        NotRead: The database cannot be read.
        NotSaved: The copy cannot be written, or SQLite refuses to make it.
    """
    real = database.resolve()
    own = {real, *(real.with_name(real.name + suffix) for suffix in (*LOG_SUFFIXES, ".lock"))}
    # a link in the target's place is replaced, not followed: where it leads does not matter
    if target.parent.resolve() / target.name in own:
        raise NotSaved(f"{target} belongs to the database itself: name another file for the copy.")
    if not database.is_file():
        raise FileNotFoundError(database)
    with _new_copy(database, target) as answers:
        return answers


def prove(copy: Path, *, named: Path | None = None) -> int:
    """Check that a file is a whole database of this program.

    Args:
        copy: The file.
        named: The file that an error speaks of; None for `copy` itself.

    Returns:
        How many answers it holds.

    Raises:
        FileNotFoundError: There is no such file.
        DatabaseDamaged: It is not whole, or not of this program.
        DatabaseTooNew: A newer version wrote it.
        NotRead: It cannot be read.
    """
    named = named or copy
    if not copy.exists():
        raise FileNotFoundError(copy)
    if not copy.is_file():
        what = "a folder" if copy.is_dir() else "a pipe" if copy.is_fifo() else "a device or socket"
        raise DatabaseDamaged(f"{named} is {what}, no database of labelbot: use a file that is one.")
    why: object
    try:
        with closing(sqlite3.connect(reading_address(copy), uri=True)) as connection:
            why = why_not_ours(connection)
            if why is None:
                version = version_of(connection, named)
                why = why_not_whole(connection)
            if why is None and version == len(schema.MIGRATIONS):
                why = why_not_sound(connection) or why_not_complete(connection)
            if why is None:
                return int(single_value(connection, "SELECT count(*) FROM answers"))
    except REFUSED_BY_SQLITE as error:
        why = error
    raise DatabaseDamaged(f"{named} is no whole database of labelbot ({in_one_line(why)}): use one that is.")


def restore(copy: Path, database: Path, *, replace: bool) -> tuple[int, Path | None]:
    """Put a backup in the place of the database. The backup is proved first, and stays as it is.

    Args:
        copy: The backup.
        database: Where the database is to be.
        replace: Whether an existing database may be replaced. It is then kept beside it as `<name>.replaced`.

    Returns:
        How many answers the restored database holds, and where the former one is now (None: there was none).

    Raises:
        FileNotFoundError: There is no such backup.
        DatabaseDamaged: The backup is not whole, or not of this program.
        DatabaseTooNew: A newer version wrote the backup.
        DatabaseBusy: A process uses the database.
        NotRead: The backup cannot be read.
        NotSaved: The database cannot be written.
        StorageError: A database is there already, and `replace` is false.
    """
    prove(copy)
    database = followed(database)
    lock = FileLock(database)
    lock.take()
    try:
        present = database if database.exists() else log_of(database)
        if not replace and (present == database or has_content(present)):
            raise StorageError(f"{present} exists: add --replace to put {copy.name} in its place.")
        with _new_copy(copy, database) as answers:
            kept = _set_aside(database)
        return answers, kept
    finally:
        lock.release()


@contextlib.contextmanager
def _new_copy(source: Path, target: Path) -> Iterator[int]:
    """Make a proved copy beside the target, and put it in place when the block ends well.

    Yields how many answers it holds.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # of a backup that was killed: the next one may be the only visitor
        sweep_leftovers(target.parent, deep=False)
        with new_file(target, 0o600) as made:
            try:
                with closing(sqlite3.connect(reading_address(source), uri=True)) as connection:
                    if why := why_not_ours(connection):
                        raise DatabaseDamaged(
                            f"{source} is no database of labelbot ({why}): use one that is."
                        )
                    connection.execute("VACUUM INTO ?", [str(made.path)])
            except REFUSED_BY_SQLITE as error:
                raise NotSaved(f"{source} could not be copied: {in_one_line(error)}.") from None
            yield prove(made.path, named=source)
    except OSError as error:
        raise NotSaved(f"{target} cannot be written: {error.strerror}.") from None


def _set_aside(database: Path) -> Path | None:
    """Keep the present database, with what is still in its log, as `<name>.replaced` or `<name>.replaced-2`, ...

    It goes on lying in its place as well until another is renamed to it, so that at no moment there is none.

    Returns:
        Where it is kept, or None when there was no database.
    """
    log = log_of(database)
    if database.exists():
        with contextlib.suppress(sqlite3.Error), closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = _free_name(database.with_name(database.name + ".replaced"))
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


def _free_name(name: Path) -> Path:
    """Return the name, or the first of name-2, name-3, ... at which nothing lies: an older copy is never lost."""
    number, free = 1, name
    while os.path.lexists(free) or os.path.lexists(free.with_name(free.name + "-wal")):
        number += 1
        free = name.with_name(f"{name.name}-{number}")
    return free
