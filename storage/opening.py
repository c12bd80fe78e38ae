"""What happens to a database before anything is served from it: made, checked, brought up to date."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from storage import schema
from storage.backup import back_up_before_upgrade
from storage.checks import (
    REFUSED_BY_SQLITE,
    damaged,
    in_one_line,
    not_read,
    one,
    reading,
    reading_address,
    statements,
    version_of,
    why_not_ours,
    why_not_sound,
    why_not_whole,
)
from storage.errors import DatabaseDamaged, DatabaseTooOld, NotSaved, StorageError
from storage.files import LOG_SUFFIXES, has_content, in_the_making, log_of, put_in_place, sweep

CHECK_KIB = 128 * 1024
"""What checking a large file may take of memory, for a moment: with less it takes twice as long."""


def prepare(path: Path) -> None:
    """Leave a whole database of the present version at `path`; the caller holds its lock.

    Raises DatabaseDamaged, DatabaseTooNew, NotSaved.
    """
    try:
        sweep(path)
        if not path.exists():
            _make(path)
            return
        if not path.is_file():
            raise NotSaved(f"{path} is no file. Check DATABASE_PATH.")
        _bring_up_to_date(path)
    except OSError as error:
        raise NotSaved(f"{path} cannot be written: {error.strerror}. Check DATABASE_PATH.") from None
    except REFUSED_BY_SQLITE as error:
        raise refused(path, error) from None


def look(path: Path) -> str:
    """The address under which a database of the present version can be read.

    Raises FileNotFoundError when there is none, DatabaseDamaged, DatabaseTooNew, DatabaseTooOld, NotRead.
    """
    if not path.is_file():
        raise FileNotFoundError(path)
    with reading(path):
        address = reading_address(path)
        with closing(sqlite3.connect(address, uri=True)) as connection:
            if why := why_not_ours(connection):
                raise damaged(path, why)
            if version_of(connection, path) < len(schema.MIGRATIONS):
                raise DatabaseTooOld(
                    f"{path} was written by an older labelbot: start the bot once with 'labelbot run'."
                )
    return address


def refused(path: Path, error: Exception) -> StorageError:
    """The error for a database that SQLite would not open for writing."""
    trouble = not_read(path, error)
    if isinstance(trouble, DatabaseDamaged):
        return trouble
    return NotSaved(f"{path} cannot be written: {in_one_line(error)}. Check DATABASE_PATH.")


def _make(path: Path) -> None:
    """Make a new database beside its place and rename it: there is none, or a whole one.

    A log without its database is what is left when somebody moves or deletes a database in use. Its labels
    would mix with the new ones.
    """
    if has_content(log_of(path)):
        raise DatabaseDamaged(
            f"{path} is missing, but {log_of(path).name} still holds what was written last: put the database"
            " back beside it, or move that file away to start anew."
        )
    for suffix in LOG_SUFFIXES:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    made = in_the_making(path)
    try:
        with closing(sqlite3.connect(made, isolation_level=None)) as connection:
            migrate(connection)
        put_in_place(made, path)
    finally:
        made.unlink(missing_ok=True)


def _bring_up_to_date(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA cache_size = -{CHECK_KIB}")
        if why := why_not_ours(connection):
            raise damaged(path, why)
        version = version_of(connection, path)
        if why := why_not_whole(connection):
            raise damaged(path, why)
        if version < len(schema.MIGRATIONS):
            back_up_before_upgrade(path, version)
            migrate(connection)
        if why := why_not_sound(connection):
            raise damaged(path, why)


def migrate(connection: sqlite3.Connection) -> None:
    """Apply the missing migrations, each in one transaction with the version it leads to. Raises sqlite3.Error."""
    version = one(connection, "PRAGMA user_version")
    for number in range(version, len(schema.MIGRATIONS)):
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements(schema.MIGRATIONS[number][1]):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute("COMMIT")
