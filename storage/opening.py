"""What happens to a database before anything is served from it: it is made, checked and brought up to date.

A damaged database that is served would spread its damage into exports and backups, so a start looks at the whole
file first. Everything here either leaves a whole database of the present version or the file as it was.
"""

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
    reading,
    reading_address,
    single_value,
    version_of,
    why_not_ours,
    why_not_sound,
    why_not_whole,
)
from storage.errors import DatabaseDamaged, DatabaseTooOld, NotSaved, StorageError
from storage.files import LOG_SUFFIXES, check_database_files, has_content, log_of, new_file, sweep_leftovers

CHECK_KIB = 128 * 1024
"""SQLite's page cache while a large file is checked, in KiB: with less the check takes twice as long."""


def prepare(path: Path) -> None:
    """Leave a whole database of the present version at `path`; the caller holds its lock.

    Raises:
        DatabaseDamaged: The file is not whole, or not of this program.
        DatabaseTooNew: A newer version wrote it.
        NotSaved: It cannot be written.
    """
    try:
        if path.is_dir():
            raise NotSaved(f"{path} is no file. Check DATABASE_PATH.")
        check_database_files(path)
        sweep_leftovers(path.parent, deep=False)
        if path.exists():
            _bring_up_to_date(path)
        else:
            _make(path)
    except OSError as error:
        beside = str(error.filename).startswith(f"{path.resolve()}-")
        raise NotSaved(
            f"{error.filename if beside else path} cannot be written: {error.strerror}. Check DATABASE_PATH."
        ) from None
    except REFUSED_BY_SQLITE as error:
        raise refused(path, error) from None


def checked_address(path: Path) -> str:
    """Return the address under which a database of the present version can be read.

    Raises:
        FileNotFoundError: There is no database.
        DatabaseDamaged: The file is not whole, or not of this program.
        DatabaseTooNew: A newer version wrote it.
        DatabaseTooOld: An older version wrote it, and no bot has brought it up to date since.
        NotRead: It cannot be read.
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
    """Make the error for a database that SQLite would not open for writing."""
    trouble = not_read(path, error)
    if isinstance(trouble, DatabaseDamaged):
        return trouble
    return NotSaved(f"{path} cannot be written: {in_one_line(error)}. Check DATABASE_PATH.")


def _make(path: Path) -> None:
    """Make a new database beside its place and rename it: there is none, or a whole one.

    A log without its database is what is left when somebody moves or deletes a database in use. SQLite would
    play it into the new database, where its labels have no business.
    """
    if has_content(log_of(path)):
        raise DatabaseDamaged(
            f"{path} is missing, but {log_of(path).name} still holds what was written last: put the database"
            " back beside it, or move that file away to start anew."
        )
    for suffix in LOG_SUFFIXES:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    with (
        new_file(path, 0o600) as made,
        closing(sqlite3.connect(made.path, isolation_level=None)) as connection,
    ):
        # no journal: in the end it is whole and on the disk, or it is thrown away
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        migrate(connection)


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
    """Apply the missing migrations, each in one transaction with the version it leads to.

    Raises:
        sqlite3.Error: A statement was refused; the database has the version before.
    """
    version = single_value(connection, "PRAGMA user_version")
    for number in range(version, len(schema.MIGRATIONS)):
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements(schema.MIGRATIONS[number][1]):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute("COMMIT")


def statements(script: str) -> list[str]:
    """Split a script into its statements; a trigger is one."""
    found: list[str] = []
    current = ""
    for line in script.splitlines(keepends=True):
        current += line
        if current.strip() and sqlite3.complete_statement(current):
            found.append(current.strip())
            current = ""
    return found
