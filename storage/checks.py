"""Whether a file is a whole database of this program, and how it can be read.

The checks come in three depths. `why_not_ours` reads the header. `why_not_whole` lets SQLite read every page, in any
version. `why_not_sound` and `why_not_complete` know the tables of the present version: labels are copies of answers,
so damage that SQLite cannot see (a flipped bit inside a label) shows as a difference between the two.
"""

from __future__ import annotations

import contextlib
import functools
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from storage import schema
from storage.errors import DatabaseDamaged, DatabaseTooNew, NotRead, StorageError
from storage.files import check_database_files, has_content, log_of
from storage.rows import FOCUS_ITEMS, FOCUS_SETS, ITEMS, focus_set_of, sample_of

REFUSED_BY_SQLITE = (sqlite3.Error, OverflowError, UnicodeError)
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
NO_LOG_POSSIBLE = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)

# A label is a copy of its answer: what differs was changed by something else than this program.
STRAY_LABEL = """
SELECT 1 FROM labels l LEFT JOIN answers a USING (answer_id)
WHERE (a.sample_id, a.mode, a.labeler_id, a.row_id, a.label)
    IS NOT (l.sample_id, l.mode, l.labeler_id, l.row_id, l.label)
LIMIT 1
"""
STRAY_BLIND_LABEL = """
SELECT 1 FROM labels l
WHERE iif(
    blind_answer_id IS answer_id,
    blind_label IS NOT label,
    blind_answer_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM answers a WHERE a.answer_id = l.blind_answer_id AND NOT a.after_review
        AND (a.sample_id, a.mode, a.labeler_id, a.row_id, a.label)
            = (l.sample_id, l.mode, l.labeler_id, l.row_id, l.blind_label)
    )
)
LIMIT 1
"""
STRAY_ANSWER = """
SELECT 1 FROM answers a LEFT JOIN labels l USING (sample_id, mode, labeler_id, row_id)
WHERE l.answer_id IS NULL OR l.answer_id < a.answer_id
LIMIT 1
"""
PARTS = "SELECT type, name, CASE type WHEN 'trigger' THEN sql END FROM sqlite_schema"


def single_value(connection: sqlite3.Connection, sql: str) -> Any:
    """Return the first value of the first row."""
    return connection.execute(sql).fetchone()[0]


def damaged(path: Path, why: object) -> DatabaseDamaged:
    """Make the error for a database in use that is not whole."""
    return DatabaseDamaged(
        f"{path} is damaged or no database of labelbot ({in_one_line(why)}):"
        " bring back a backup with 'labelbot restore'."
    )


def not_read(path: Path, error: Exception) -> StorageError:
    """Make the error for a read that SQLite refused."""
    undecodable = isinstance(error, UnicodeDecodeError) or str(error).startswith("Could not decode to UTF-8")
    if undecodable or _code(error) in DAMAGED:
        return damaged(path, error)
    return NotRead(f"{path} could not be read: {in_one_line(error)}.")


def in_one_line(why: object) -> str:
    """Return what SQLite says in one printable line: it may quote a piece of a damaged file."""
    return "".join(sign if sign.isprintable() else " " for sign in str(why))[:300]


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn errors of SQLite in the block into StorageErrors that name the file."""
    try:
        yield
    except REFUSED_BY_SQLITE as error:
        raise not_read(path, error) from None


def reading_address(path: Path) -> str:
    """Return the address under which SQLite reads a file without changing it.

    A write-ahead log wants a file beside the database. Where none can be made (a folder of somebody else, a
    read-only disk) and nothing waits in the log, the database is read as it lies there.

    Raises:
        NotRead: Something waits in a log that cannot be read.
        sqlite3.Error: The file cannot be read.
    """
    try:
        check_database_files(path)
    except OSError as error:
        raise NotRead(f"{error.filename} {error.strerror}.") from None
    address = f"{path.resolve().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            single_value(connection, "SELECT count(*) FROM sqlite_schema")
    except sqlite3.OperationalError as error:
        if _code(error) not in NO_LOG_POSSIBLE:
            raise
        if has_content(log_of(path)):
            raise NotRead(
                f"{path} could not be read: what was written last is still in {log_of(path).name}, and its"
                " folder cannot be written. Read it as the user who runs the bot."
            ) from None
        return address + "&immutable=1"
    return address


def why_not_ours(connection: sqlite3.Connection) -> str | None:
    """Say why a file is no database of this program, or return None. Raises sqlite3.Error."""
    if single_value(connection, "PRAGMA application_id") == schema.APPLICATION_ID:
        return None
    empty = single_value(connection, "SELECT count(*) FROM sqlite_schema") == 0
    return "it is empty" if empty else "it belongs to another program"


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """Return how many migrations a database has seen. Raises DatabaseTooNew, sqlite3.Error."""
    version = int(single_value(connection, "PRAGMA user_version"))
    known = len(schema.MIGRATIONS)
    if version > known:
        raise DatabaseTooNew(
            f"{path} was written by a newer labelbot (version {version}, this one knows {known}):"
            " upgrade labelbot, or bring back an older backup."
        )
    return version


def why_not_whole(connection: sqlite3.Connection) -> str | None:
    """Say what is wrong inside a database of any version, or return None. Raises sqlite3.Error."""
    verdict = str(single_value(connection, "PRAGMA integrity_check(1)"))
    if verdict != "ok":
        return verdict.splitlines()[-1]
    if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        return "records that belong together do not match"
    return None


def why_not_sound(connection: sqlite3.Connection) -> str | None:
    """Say what is wrong in a whole database of the present version, or return None. Raises sqlite3.Error."""
    if not _expected_parts() <= set(connection.execute(PARTS)):
        return "its tables are not the ones that were made"
    for stray in (STRAY_LABEL, STRAY_BLIND_LABEL):
        if connection.execute(stray).fetchone() is not None:
            return "labels and the history of answers do not match"
    return None


def why_not_complete(connection: sqlite3.Connection) -> str | None:
    """Look at a sound database more thoroughly than a start has time for. Raises sqlite3.Error.

    Returns:
        What is wrong, or None.
    """
    if connection.execute(STRAY_ANSWER).fetchone() is not None:
        return "labels and the history of answers do not match"
    connection.row_factory = sqlite3.Row
    return _why_not_frozen(connection) or _why_not_drawn(connection)


def _why_not_frozen(connection: sqlite3.Connection) -> str | None:
    """Say which sample is not the one that was frozen, or return None. Raises sqlite3.Error."""
    for head in connection.execute("SELECT * FROM samples").fetchall():
        if sample_of(head, connection.execute(ITEMS, [head["sample_id"]])) is None:
            return f"the sample of {head['stem']} is not the one that was frozen"
    return None


def _why_not_drawn(connection: sqlite3.Connection) -> str | None:
    """Say which focus set is not the one that was drawn, or return None. Raises sqlite3.Error."""
    for row in connection.execute(FOCUS_SETS).fetchall():
        items, places = (connection.execute(sql, [row["items_id"]]) for sql in (ITEMS, FOCUS_ITEMS))
        if focus_set_of(row, items, places) is None:
            return f"{row['name']} is not the focus set that was drawn"
    return None


@functools.cache
def _expected_parts() -> frozenset[tuple[str, str, str | None]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        for _, script in schema.MIGRATIONS:
            connection.executescript(script)
        return frozenset(connection.execute(PARTS))


def _code(error: Exception) -> int:
    """Return SQLite's primary result code, 0 for what Python itself raised."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
