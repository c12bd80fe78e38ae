"""Group chats that are served, their subscriptions to reports, and the program's notes to itself."""

from __future__ import annotations

from dataclasses import astuple

from storage.connection import Database
from storage.records import Subscription


class Chats:
    """Groups, whether they are served, and what reports they get."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def is_served(self, chat_id: int) -> bool:
        """Tell whether an admin added the bot to this group or spoke to it there. Raises NotRead."""
        return bool(await self._db.read_now("SELECT 1 FROM chats WHERE chat_id = ?", [chat_id]))

    async def serve(self, chat_id: int, now: float) -> None:
        """Serve a group from now on. Raises NotSaved."""
        await self._db.write("INSERT OR IGNORE INTO chats VALUES (?, ?)", [chat_id, now])

    async def leave(self, chat_id: int, *, since: float | None = None) -> None:
        """Serve a group no more, and end its reports: whoever adds the bot again decides anew.

        Args:
            chat_id: The group.
            since: When the bot came into it; a group that is served since then, or moved since, stays as it is.
                None: whenever.

        Raises:
            NotSaved: Nothing was written.
        """
        if since is not None and await self._db.read_now(
            "SELECT 1 FROM chats WHERE chat_id = ? AND served_since >= ?", [chat_id, since]
        ):
            return
        await self._db.write_all(
            ("DELETE FROM chats WHERE chat_id = ?", [chat_id]),
            ("DELETE FROM subscriptions WHERE chat_id = ?", [chat_id]),
        )

    async def moved(self, old: int, new: int, now: float) -> None:
        """Follow a group that became a supergroup. Telling it twice changes nothing more. Raises NotSaved."""
        if old == new:
            return
        # a supergroup that is known already keeps what it has
        await self._db.write_all(
            ("UPDATE OR IGNORE chats SET chat_id = ?, served_since = ? WHERE chat_id = ?", [new, now, old]),
            ("DELETE FROM chats WHERE chat_id = ?", [old]),
            ("UPDATE OR IGNORE subscriptions SET chat_id = ? WHERE chat_id = ?", [new, old]),
            ("DELETE FROM subscriptions WHERE chat_id = ?", [old]),
        )

    async def subscribe(self, subscription: Subscription) -> None:
        """Post scheduled reports in a group from now on; a group has one subscription. Raises NotSaved."""
        await self._db.write(
            "INSERT OR REPLACE INTO subscriptions (chat_id, thread_id, model, mode, last_fingerprint)"
            " VALUES (?, ?, ?, ?, ?)",
            astuple(subscription),
        )

    async def unsubscribe(self, chat_id: int) -> bool:
        """Stop the reports of a group. Raises NotSaved.

        Returns:
            Whether there were any.
        """
        return bool(
            await self._db.write("DELETE FROM subscriptions WHERE chat_id = ? RETURNING chat_id", [chat_id])
        )

    async def subscriptions(self) -> tuple[Subscription, ...]:
        """Return all subscriptions, by the group's id. Raises NotRead."""
        rows = await self._db.read_now(
            "SELECT chat_id, thread_id, model, mode, last_fingerprint FROM subscriptions ORDER BY chat_id"
        )
        return tuple(Subscription(*row) for row in rows)

    async def posted(self, chat_id: int, fingerprint: str) -> None:
        """Remember the fingerprint of the last report in a group. Raises NotSaved."""
        await self._db.write(
            "UPDATE subscriptions SET last_fingerprint = ? WHERE chat_id = ?", [fingerprint, chat_id]
        )

    async def note(self, name: str) -> str | None:
        """Return a note by its name, or None. Raises NotRead."""
        rows = await self._db.read_now("SELECT value FROM notes WHERE name = ?", [name])
        return rows[0][0] if rows else None

    async def keep_note(self, name: str, value: str) -> None:
        """Keep a note in place of the one before. Raises NotSaved."""
        await self._db.write("INSERT OR REPLACE INTO notes VALUES (?, ?)", [name, value])
