"""The store: everything the database keeps, behind one object."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from storage.answers import Answers
from storage.chats import Chats
from storage.connection import Database
from storage.decisions import Decisions
from storage.deletions import Deletions
from storage.focus_sets import FocusSets
from storage.item_notes import ItemNotes
from storage.keys import database_key, make_database_key
from storage.labelers import Labelers
from storage.marks import Marks
from storage.reminders import Reminders
from storage.repeats import Repeats
from storage.report_steps import ReportSteps
from storage.samples import Samples
from storage.taps import Taps


class Store:
    """An open database with its samples, labelers, answers and chats. Use one of the two `open_...`, and `close` it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.samples = Samples(database)
        self.taps = Taps(database)
        self.marks = Marks(database)
        self.decisions = Decisions(database, self.taps)
        self.answers = Answers(database, self.taps)
        self.repeats = Repeats(database, self.taps)
        self.report_steps = ReportSteps(database)
        self.item_notes = ItemNotes(database)
        self.reminders = Reminders(database)
        self.deletions = Deletions(database)
        self.labelers = Labelers(database, self.deletions, self.answers.remember_nothing)
        self.chats = Chats(database)
        self.focus_sets = FocusSets(database)

    @classmethod
    async def open_to_write(cls, path: Path) -> Store:
        """Open the database as its only writer. Raises the same errors as `Database.open_to_write`."""
        database = await Database.open_to_write(path)
        try:
            await make_database_key(database)
        except BaseException:
            await database.close()
            raise
        return cls(database)

    @classmethod
    async def open_to_read(cls, path: Path) -> Store:
        """Open the database for reading. Raises the same errors as `Database.open_to_read`."""
        return cls(await Database.open_to_read(path))

    async def key(self) -> bytes:
        """Return the database's key, 32 bytes (see `storage.keys`). Raises NotRead."""
        return await database_key(self.database)

    async def close(self) -> None:
        """Finish what is being written, then close."""
        await self.database.close()

    async def __aenter__(self) -> Store:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
