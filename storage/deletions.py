"""Forgetting somebody, to the end.

What the database holds goes in one transaction. What lies outside (label files, metrics, the buttons of a card) takes
longer, and the process may be killed meanwhile; so the same transaction stores what is owed, and the next start
finishes it. What is owed names the person by pseudonym and card only until it is done.

Who was sent away before is not let in again by being forgotten: a keyed hash of the Telegram id stays. It tells nothing
without the database's key, and no label or card is known by it.
"""

from __future__ import annotations

import json

import aiosqlite

from storage.connection import Database, Row
from storage.keys import hash_of_user
from storage.records import Card, OwedDeletion, pseudonym

OF_A_LABELER = (
    "labels",
    "answers",
    "shown_labels",
    "skips",
    "repeats",
    "item_notes",
    "reminders",
    "refused_taps",
    "acted_taps",
    "invitation_uses",
)
STEMS = """
SELECT stem FROM samples WHERE sample_id NOT IN (SELECT items_id FROM focus_sets)
UNION SELECT stem FROM former_stems
"""
MODES = """
SELECT mode FROM answers WHERE labeler_id = ?1 UNION SELECT mode FROM skips WHERE labeler_id = ?1
UNION SELECT mode FROM item_notes WHERE labeler_id = ?1 UNION SELECT mode FROM repeats WHERE labeler_id = ?1
ORDER BY 1
"""


class Deletions:
    """What was deleted, and what is still owed."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def delete_in(self, connection: aiosqlite.Connection, labeler: Row, user_hash: bytes) -> None:
        """Delete a labeler inside a transaction, and store what is owed. Raises sqlite3.Error.

        Args:
            connection: The one of the transaction.
            labeler: The labeler's row.
            user_hash: What stays of somebody whose access was ended.
        """
        number = labeler["labeler_id"]
        stems = [row[0] for row in await connection.execute_fetchall(STEMS)]
        modes = [row[0] for row in await connection.execute_fetchall(MODES, [number])]
        await connection.execute_fetchall(
            "INSERT INTO owed_deletions (pseudonym, stems, modes, card_chat, card_message) VALUES (?, ?, ?, ?, ?)",
            [
                pseudonym(number),
                json.dumps(stems),
                json.dumps(modes),
                labeler["card_chat"],
                labeler["card_message"],
            ],
        )
        if labeler["revoked_at"] is not None:
            await connection.execute_fetchall(
                "INSERT OR REPLACE INTO bans VALUES (?, ?)", [user_hash, labeler["revoked_at"]]
            )
        for table in OF_A_LABELER:
            await connection.execute_fetchall(f"DELETE FROM {table} WHERE labeler_id = ?", [number])
        # the decisions stay: they are the study's. The id of a tap holds the Telegram id of who tapped
        await connection.execute_fetchall(
            "UPDATE decisions SET decided_by = NULL, tap_id = NULL WHERE decided_by = ?", [number]
        )
        await connection.execute_fetchall("DELETE FROM labelers WHERE labeler_id = ?", [number])

    async def owed(self) -> tuple[OwedDeletion, ...]:
        """Return what is still to be deleted outside the database, oldest first. Raises NotRead."""
        return tuple(
            OwedDeletion(
                row["owed_id"],
                row["pseudonym"],
                tuple(json.loads(row["stems"])),
                tuple(json.loads(row["modes"])),
                None if row["card_message"] is None else Card(row["card_chat"], row["card_message"]),
            )
            for row in await self._db.read_now("SELECT * FROM owed_deletions ORDER BY owed_id")
        )

    async def done(self, owed_id: int) -> bool:
        """Strike out what was owed, also from the free pages and the log. Raises NotSaved.

        Returns:
            False when it is struck out, but traces stay in the log until the database is closed.
        """
        await self._db.write("DELETE FROM owed_deletions WHERE owed_id = ?", [owed_id])
        return await self._db.empty_log()

    async def is_banned(self, user_id: int) -> bool:
        """Tell whether somebody was sent away and then forgotten. Raises NotRead.

        Only a new invitation, or being added with access, lets such a person back.
        """
        user_hash = await hash_of_user(self._db, user_id)
        return bool(await self._db.read_now("SELECT 1 FROM bans WHERE user_hash = ?", [user_hash]))
