"""One database file: how it is guarded, read and written while it is open.

All writes go through one connection, one after the other. aiosqlite puts statements in order, not transactions:
two coroutines that both begin one would mix their statements, and a rollback of one would take labels of the other
along. So a lock is held from BEGIN to COMMIT, and each write runs in a task of its own, which a cancelled caller
does not stop half-way.

Two more connections read what was committed: one for short reads, one for long ones, so that a tap waits for no
report. What was committed is on the disk (`synchronous=FULL`): with the usual `NORMAL` a power cut may take the last
labels of a write-ahead log along, after the phone said that they are saved.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from storage.checks import REFUSED_BY_SQLITE, in_one_line, not_read, reading
from storage.errors import NotRead, NotSaved
from storage.files import LOG_SUFFIXES, followed
from storage.lock import FileLock
from storage.opening import checked_address, prepare, refused

T = TypeVar("T")
Row = sqlite3.Row
Values = Sequence[object]

PATIENCE_MS = 5000
PRAGMAS: tuple[tuple[str, object, object], ...] = (  # name, what is set, what must then be read
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", 2),
    ("foreign_keys", "ON", 1),
    ("secure_delete", "ON", 1),
    ("busy_timeout", PATIENCE_MS, PATIENCE_MS),
    ("trusted_schema", "OFF", 0),
)
TRIES_TO_EMPTY = 50
PAUSE_TO_EMPTY = 0.1


class Database:
    """An open database. Use `open_to_write` or `open_to_read`, and `close` it."""

    def __init__(self, path: Path, lock: FileLock | None) -> None:
        self.path = path
        self._lock_file = lock
        self._writing: aiosqlite.Connection | None = None
        self._short: aiosqlite.Connection | None = None
        self._long: aiosqlite.Connection | None = None
        self._write_lock = asyncio.Lock()
        self._unfinished: set[asyncio.Task[Any]] = set()
        self._closing: asyncio.Task[None] | None = None
        self._identity: tuple[tuple[int, int], ...] = ()
        self._files = [f"{path}{suffix}" for suffix in ("", *LOG_SUFFIXES)]

    @classmethod
    async def open_to_write(cls, path: Path) -> Database:
        """Open the database as its only writer; make it, or bring it up to date, when needed.

        Raises:
            DatabaseBusy: Another process writes it.
            DatabaseDamaged: The file is not whole, or not of this program.
            DatabaseTooNew: A newer version wrote it.
            NotSaved: It cannot be written.
        """
        path = followed(path)
        lock = FileLock(path)
        self = cls(path, lock)
        try:
            lock.take()
            prepare(path)  # nothing is served yet: the loop may wait
            await self._open_writer(lock)
            address = f"{path.absolute().as_uri()}?mode=ro"
            self._short = await _connect(address, uri=True)
            self._long = await _connect(address, uri=True)
        except BaseException as error:
            await self.close()
            if isinstance(error, REFUSED_BY_SQLITE):
                raise refused(path, error) from None
            raise
        return self

    @classmethod
    async def open_to_read(cls, path: Path) -> Database:
        """Open an existing database for reading, also while a bot writes it.

        Raises:
            FileNotFoundError: There is no database.
            DatabaseDamaged: The file is not whole, or not of this program.
            DatabaseTooNew: A newer version wrote it.
            DatabaseTooOld: An older version wrote it, and no bot has brought it up to date since.
            NotRead: It cannot be read.
        """
        self = cls(path, None)
        address = checked_address(path)
        with reading(path):
            self._short = self._long = await _connect(address, uri=True)
        return self

    async def _open_writer(self, lock: FileLock) -> None:
        self._writing = await _connect(str(self.path), uri=False)
        for name, wanted, expected in PRAGMAS:
            await self._writing.execute_fetchall(f"PRAGMA {name} = {wanted}")
            rows = list(await self._writing.execute_fetchall(f"PRAGMA {name}"))
            if rows[0][0] != expected:
                raise NotSaved(
                    f"{self.path} cannot be kept safe here (SQLite refuses {name} = {wanted}):"
                    " set DATABASE_PATH to a local disk."
                )
        await self._writing.execute_fetchall("SELECT count(*) FROM sqlite_schema")  # makes the log's files
        self._identity = self._files_in_place()
        lock.hold_log()
        # A real write: BEGIN IMMEDIATE alone succeeds on a read-only file.
        await self.write("INSERT OR REPLACE INTO notes (name, value) VALUES ('probe', 'written')")

    @property
    def is_writer(self) -> bool:
        """Tell whether this is the only writer, so that what it has read stays true until it writes."""
        return self._lock_file is not None

    def beat(self) -> None:
        """Give a sign of life to other processes (see `Holder.beat_at`)."""
        if self._lock_file is not None:
            self._lock_file.beat()

    async def close(self) -> None:
        """Finish what is being written, then close and give the lock back; closing twice is harmless."""
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        try:
            while self._unfinished:
                await asyncio.wait(self._unfinished)
        finally:
            connections = dict.fromkeys((self._short, self._long, self._writing))
            self._short = self._long = self._writing = None
            for connection in connections:
                if connection is not None:
                    with contextlib.suppress(sqlite3.Error):  # what was committed is safe already
                        await connection.close()
            if self._lock_file is not None:
                self._lock_file.release()

    async def stay_at_this_moment(self) -> None:
        """Read the database as it is now, whatever is written from here on. Raises NotRead, DatabaseDamaged."""
        await self.read("BEGIN")
        await self.read("SELECT 1 FROM sqlite_schema LIMIT 1")  # BEGIN pins nothing: the first read does

    async def read(self, sql: str, values: Values = ()) -> list[Row]:
        """Return the rows of a query that may take long: reports, exports. Raises NotRead, DatabaseDamaged."""
        return await self._rows(self._long, sql, values)

    async def read_now(self, sql: str, values: Values = ()) -> list[Row]:
        """Return the rows of a short query, which waits for no long one. Raises NotRead, DatabaseDamaged."""
        return await self._rows(self._short, sql, values)

    async def _rows(self, connection: aiosqlite.Connection | None, sql: str, values: Values) -> list[Row]:
        if connection is None:
            raise NotRead(f"{self.path} is closed.")
        try:
            return list(await connection.execute_fetchall(sql, values))
        except REFUSED_BY_SQLITE as error:
            raise not_read(self.path, error) from error

    async def write(
        self, sql: str, values: Values = (), *, then: Callable[[list[Row]], None] | None = None
    ) -> list[Row]:
        """Run one statement and commit it.

        Args:
            sql: The statement.
            values: Its parameters.
            then: Called with the rows once they are committed, also when the caller was cancelled meanwhile.

        Returns:
            The rows of a RETURNING clause.

        Raises:
            NotSaved: Nothing was written.
        """

        async def single(connection: aiosqlite.Connection) -> list[Row]:
            # a statement outside of a transaction is committed by SQLite itself: `_connect` sets no isolation level
            return list(await connection.execute_fetchall(sql, values))

        return await self.finish(self._guarded(single, then))

    async def transaction(
        self, work: Callable[[aiosqlite.Connection], Awaitable[T]], *, then: Callable[[T], None] | None = None
    ) -> T:
        """Run `work` between BEGIN IMMEDIATE and COMMIT: all of it or nothing.

        Args:
            work: Gets the writing connection.
            then: Called with the result of `work` once it is committed, also when the caller was cancelled
                meanwhile.

        Raises:
            NotSaved: Nothing was written.
        """

        async def whole(connection: aiosqlite.Connection) -> T:
            try:
                await connection.execute_fetchall("BEGIN IMMEDIATE")
                result = await work(connection)
                self._check_in_place()
                await connection.execute_fetchall("COMMIT")
            except BaseException:  # also a cancellation: a statement still on its way is done before this one
                with contextlib.suppress(sqlite3.Error):  # no transaction was open, or `_guarded` tries again
                    await connection.execute_fetchall("ROLLBACK")
                raise
            return result

        return await self.finish(self._guarded(whole, then))

    async def write_all(
        self, *statements: tuple[str, Values], then: Callable[[None], None] | None = None
    ) -> None:
        """Run statements, each with its parameters, and commit them together: all or none. Raises NotSaved."""

        async def each(connection: aiosqlite.Connection) -> None:
            for sql, values in statements:
                await connection.execute_fetchall(sql, values)

        await self.transaction(each, then=then)

    async def empty_log(self) -> bool:
        """Rewrite the file and empty its log, so that nothing deleted is left in either.

        Returns:
            Whether that was done. Another program that reads on and on, or a full disk, prevents it; closing the
            database empties the log as well.
        """

        async def truncate(connection: aiosqlite.Connection) -> bool:
            await connection.execute_fetchall("PRAGMA busy_timeout = 0")  # others want to write meanwhile
            try:
                rows = list(await connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)"))
            finally:
                await connection.execute_fetchall(f"PRAGMA busy_timeout = {PATIENCE_MS}")
            return bool(rows[0][0] == 0)

        with contextlib.suppress(NotSaved):
            await self.write("VACUUM")
            for _ in range(TRIES_TO_EMPTY):
                if await self.finish(self._guarded(truncate, None)):
                    return True
                await asyncio.sleep(PAUSE_TO_EMPTY)
        return False

    async def finish(self, writing: Coroutine[Any, Any, T]) -> T:
        """Let a write finish also when its caller is cancelled."""
        task = asyncio.ensure_future(writing)
        self._unfinished.add(task)
        task.add_done_callback(self._unfinished.discard)
        return await asyncio.shield(task)

    async def _guarded(
        self, work: Callable[[aiosqlite.Connection], Awaitable[T]], then: Callable[[T], None] | None
    ) -> T:
        async with self._write_lock:
            if self._writing is None:
                raise NotSaved(f"{self.path} is not open for writing.")
            self._check_in_place()
            try:
                if self._writing.in_transaction:  # a rollback that failed: what follows must not end up in it
                    await self._writing.execute_fetchall("ROLLBACK")
                result = await work(self._writing)
            except REFUSED_BY_SQLITE as error:
                raise NotSaved(f"{self.path} could not be written: {in_one_line(error)}.") from error
            if then is not None:
                then(result)
            return result

    def _files_in_place(self) -> tuple[tuple[int, int], ...]:
        """Return device and inode of the database and of the two files of its log. Raises OSError."""
        return tuple((stat.st_dev, stat.st_ino) for stat in map(os.stat, self._files))

    def _check_in_place(self) -> None:
        """Refuse to write into an unlinked file, which would swallow labels without an error. Raises NotSaved."""
        try:
            present = self._files_in_place()
        except OSError as error:
            raise NotSaved(
                f"{error.filename} is gone ({error.strerror}): put it back and start again."
            ) from None
        if present != self._identity:
            raise NotSaved(f"{self.path} was replaced by another file while it was in use: start again.")


async def _connect(address: str, *, uri: bool) -> aiosqlite.Connection:
    opening = aiosqlite.connect(address, uri=uri, isolation_level=None)
    opening._thread.daemon = True  # one left open by mistake must not keep the process alive
    connection = await opening
    connection.row_factory = sqlite3.Row
    try:
        await connection.execute_fetchall(f"PRAGMA busy_timeout = {PATIENCE_MS}")
    except BaseException:
        await connection.close()
        raise
    return connection
