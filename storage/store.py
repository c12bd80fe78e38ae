"""The store: everything the database keeps, behind one object."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from storage.answers import Answers
from storage.chats import Chats
from storage.connection import Database
from storage.labelers import Labelers
from storage.samples import Samples


class Store:
    """An open database with its samples, labelers, answers and chats. Use one of the two `open_...`, and `close` it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.samples = Samples(database)
        self.answers = Answers(database)
        self.labelers = Labelers(database, forgotten=self.answers.remember_nothing)
        self.chats = Chats(database)

    @classmethod
    async def open_to_write(cls, path: Path) -> Store:
        """Open the database as its only writer. Raises the same errors as `Database.open_to_write`."""
        return cls(await Database.open_to_write(path))

    @classmethod
    async def open_to_read(cls, path: Path) -> Store:
        """Open the database for reading. Raises the same errors as `Database.open_to_read`."""
        return cls(await Database.open_to_read(path))

    async def close(self) -> None:
        """Finish what is being written, then close."""
        await self.database.close()

    async def __aenter__(self) -> Store:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
