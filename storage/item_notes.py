"""Notes of labelers on items. They are text of strangers: escape and cut them wherever they are shown."""

from __future__ import annotations

from storage.connection import Database
from storage.records import ItemNote


class ItemNotes:
    """What labelers wrote about items."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(self, sample_id: int, note: ItemNote, message_id: int) -> bool:
        """Keep a note. Raises NotSaved, also when the labeler is not known or the text is too long.

        Args:
            sample_id: The sample of the item.
            note: The note. Halves of surrogate pairs in its text are replaced: SQLite cannot store them.
            message_id: The message that it came in, by which one delivered twice is known.

        Returns:
            False when this very message was kept before; then nothing changes.
        """
        text = note.text.encode("utf-8", "replace").decode()
        return bool(
            await self._db.write(
                "INSERT INTO item_notes (sample_id, mode, labeler_id, row_id, text, message_id, noted_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (labeler_id, message_id) DO NOTHING RETURNING note_id",
                [sample_id, note.mode, note.labeler_id, note.row_id, text, message_id, note.noted_at],
            )
        )

    async def of_sample(self, sample_id: int, mode: str) -> tuple[ItemNote, ...]:
        """Return every note on a sample's items in one mode, oldest first. Raises NotRead."""
        rows = await self._db.read(
            "SELECT mode, labeler_id, row_id, text, noted_at FROM item_notes"
            " WHERE sample_id = ? AND mode = ? ORDER BY note_id",
            [sample_id, mode],
        )
        return tuple(ItemNote(*row) for row in rows)

    async def of_item(self, sample_id: int, mode: str, row_id: int) -> tuple[ItemNote, ...]:
        """Return every note on one item, oldest first. Raises NotRead."""
        return tuple(note for note in await self.of_sample(sample_id, mode) if note.row_id == row_id)

    async def count_of(self, labeler_id: int) -> int:
        """Return how many notes of a labeler are stored. Raises NotRead."""
        rows = await self._db.read("SELECT count(*) FROM item_notes WHERE labeler_id = ?", [labeler_id])
        return int(rows[0][0])
