"""Who labels: access, mode, card and invitations.

Only `add` and `accept` make a labeler. Work that was queued for somebody who is forgotten meanwhile (a card to be
drawn, a welcome) must not bring the person back, so every other method either changes nothing or raises
UnknownLabeler.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import aiosqlite

from storage.connection import Database, Row
from storage.deletions import Deletions
from storage.errors import AccessEnded, UnknownLabeler
from storage.keys import hash_of_user
from storage.records import Card, Labeler

INVITATION = """
SELECT i.invitation_id, i.admin, i.uses, i.made_at, i.expires_at,
    coalesce(l.revoked_at, b.revoked_at) AS revoked_at, l.admin AS is_admin,
    l.joined_at IS NOT NULL AND l.revoked_at IS NULL AS is_in,
    u.labeler_id IS NOT NULL AS used
FROM invitations i
LEFT JOIN labelers l ON l.user_id = ?1
LEFT JOIN bans b ON b.user_hash = ?3
LEFT JOIN invitation_uses u ON u.invitation_id = i.invitation_id AND u.labeler_id = l.labeler_id
WHERE i.token_hash = ?2
"""


class Labelers:
    """People by their Telegram id. Each update asks who somebody is, so what was read once is remembered.

    That is safe, because there is one writer. What is remembered changes together with the database, also when the
    caller does not wait for it; what was read while something changed is not remembered.
    """

    def __init__(self, database: Database, deletions: Deletions, forgotten: Callable[[], None]) -> None:
        self._db = database
        self._deletions = deletions
        self._forgotten = forgotten
        self._known: dict[int, Labeler] = {}
        self._changes = 0

    async def by_user(self, user_id: int) -> Labeler | None:
        """Return the labeler behind a Telegram id, or None for somebody unknown. Raises NotRead."""
        if user_id in self._known:
            return self._known[user_id]
        changes = self._changes
        rows = await self._db.read_now("SELECT * FROM labelers WHERE user_id = ?", [user_id])
        if not rows:
            return None
        labeler = _labeler(rows[0])
        if changes == self._changes:
            self._known[user_id] = labeler
        return labeler

    async def everybody(self) -> tuple[Labeler, ...]:
        """Return all labelers in the order of their numbers, also those whose access was ended. Raises NotRead."""
        return tuple(
            _labeler(row) for row in await self._db.read_now("SELECT * FROM labelers ORDER BY labeler_id")
        )

    async def add(self, user_id: int, *, joined_at: float | None, admin: bool = False) -> Labeler:
        """Know somebody from now on. Who is known already keeps what is stored.

        Args:
            user_id: The Telegram id.
            joined_at: When access was given; None gives none that was not there.
            admin: Whether to make this person an admin; False takes nothing away.

        Raises:
            AccessEnded: This person was sent away and then forgotten, and `joined_at` gives no new access.
            NotSaved: Nothing was written.
        """
        if await self._deletions.is_banned(user_id):
            if joined_at is None:
                raise AccessEnded(f"{self._db.path}: this person was sent away; a new invitation is needed.")
            await self._db.write(
                "DELETE FROM bans WHERE user_hash = ?", [await hash_of_user(self._db, user_id)]
            )
        return await self._change(
            user_id,
            "INSERT INTO labelers (user_id, joined_at, admin) VALUES (?1, ?2, ?3)"
            " ON CONFLICT (user_id) DO UPDATE SET joined_at = coalesce(joined_at, ?2), admin = max(admin, ?3)"
            " RETURNING *",
            [user_id, joined_at, int(admin)],
        )

    async def choose_mode(self, user_id: int, mode: str) -> Labeler:
        """Remember which question somebody answers. Raises UnknownLabeler, NotSaved."""
        return await self._change(
            user_id, "UPDATE labelers SET mode = ?2 WHERE user_id = ?1 RETURNING *", [user_id, mode]
        )

    async def mark_welcomed(self, user_id: int) -> Labeler:
        """Remember that the welcome was sent; it comes once. Raises UnknownLabeler, NotSaved."""
        return await self._change(
            user_id, "UPDATE labelers SET welcomed = 1 WHERE user_id = ? RETURNING *", [user_id]
        )

    async def revoke(self, labeler_id: int, now: float, *, by: int | None = None) -> Labeler | None:
        """End somebody's access and keep the answers.

        Args:
            labeler_id: Whose access ends.
            now: The time.
            by: The Telegram id of who ends it, who must be an admin in this very moment: of two who send each other
                away at once one stays. None where that need not be asked.

        Returns:
            The labeler without access, or None for an unknown number, or when `by` is no admin any more.

        Raises:
            NotSaved: Nothing was written.
        """
        rows = await self._db.write(
            "UPDATE labelers SET revoked_at = ?2, admin = 0 WHERE labeler_id = ?1 AND (?3 IS NULL OR EXISTS ("
            "SELECT 1 FROM labelers WHERE user_id = ?3 AND admin AND revoked_at IS NULL)) RETURNING *",
            [labeler_id, now, by],
            then=self._remember,
        )
        return _labeler(rows[0]) if rows else None

    async def has_admin(self) -> bool:
        """Tell whether somebody became admin by the one-time link and still is. Raises NotRead."""
        return bool(
            await self._db.read_now("SELECT 1 FROM labelers WHERE admin AND revoked_at IS NULL LIMIT 1")
        )

    async def card(self, labeler_id: int) -> Card | None:
        """Return the labeler's live card, or None before the first. Raises NotRead."""
        rows = await self._db.read_now(
            "SELECT card_chat, card_message FROM labelers WHERE labeler_id = ? AND card_message IS NOT NULL",
            [labeler_id],
        )
        return Card(*rows[0]) if rows else None

    async def set_card(self, labeler_id: int, card: Card) -> None:
        """Remember the live card. Nothing happens for somebody who was forgotten. Raises NotSaved."""
        await self._db.write(
            "UPDATE labelers SET card_chat = ?2, card_message = ?3 WHERE labeler_id = ?1",
            [labeler_id, card.chat_id, card.message_id],
        )

    async def invite(
        self, token: str, *, admin: bool, uses: int, now: float, expires_at: float | None
    ) -> None:
        """Keep an invitation; only the hash of its token is stored.

        Args:
            token: What the link carries.
            admin: Whether it makes an admin. Such a link replaces the one before.
            uses: How many people it lets in.
            now: The time.
            expires_at: When it ends, None for never.

        Raises:
            NotSaved: Nothing was written.
        """
        await self._db.write_all(
            ("UPDATE invitations SET uses = 0 WHERE admin AND ?", [admin]),
            (
                "INSERT INTO invitations (token_hash, admin, uses, made_at, expires_at) VALUES (?, ?, ?, ?, ?)",
                [_hash(token), int(admin), uses, now, expires_at],
            ),
        )

    async def accept(self, user_id: int, token: str, now: float) -> bool | None:
        """Let somebody in by an invitation. Raises NotSaved, NotRead.

        One person counts once: opening the same link again, or any when in already, uses nothing up. Who was
        sent away needs an invitation made since: an older one, used or not, does not undo it.

        Returns:
            Whether the invitation makes an admin; None when it is unknown, expired or used up.
        """

        user_hash = await hash_of_user(self._db, user_id)

        async def work(connection: aiosqlite.Connection) -> bool | None:
            rows = list(await connection.execute_fetchall(INVITATION, [user_id, _hash(token), user_hash]))
            if not rows:
                return None
            found = rows[0]
            makes_admin = bool(found["admin"])
            if found["revoked_at"] is not None:
                if found["used"] or found["made_at"] < found["revoked_at"]:
                    return None
            elif found["used"]:
                return makes_admin
            if found["uses"] < 1 or (found["expires_at"] is not None and found["expires_at"] <= now):
                return None
            if found["is_in"] and found["is_admin"] >= found["admin"]:
                return makes_admin
            await _join(connection, user_id, found, now)
            await connection.execute_fetchall("DELETE FROM bans WHERE user_hash = ?", [user_hash])
            return makes_admin

        def then(_: object) -> None:
            self._changes += 1
            self._known.pop(user_id, None)

        return await self._db.transaction(work, then=then)

    async def forget(self, labeler_id: int) -> bool:
        """Delete somebody's answers and identity, also from the free pages and the log. Raises NotSaved, NotRead.

        What is to be deleted outside the database is stored as owed (see `storage.deletions`).

        Returns:
            False when all is deleted, but traces stay in the log until the database is closed, because another
            program reads it on and on or the disk is full.
        """
        return await self._db.finish(self._forget(labeler_id))

    async def _forget(self, labeler_id: int) -> bool:
        rows = await self._db.read_now("SELECT user_id FROM labelers WHERE labeler_id = ?", [labeler_id])
        user_hash = await hash_of_user(self._db, rows[0][0]) if rows else b""

        async def work(connection: aiosqlite.Connection) -> None:
            for labeler in await connection.execute_fetchall(
                "SELECT * FROM labelers WHERE labeler_id = ?", [labeler_id]
            ):
                await self._deletions.delete_in(connection, labeler, user_hash)

        def then(_: None) -> None:
            self._changes += 1
            self._forgotten()
            self._known = {
                user: known for user, known in self._known.items() if known.labeler_id != labeler_id
            }

        await self._db.transaction(work, then=then)
        return await self._db.empty_log()

    async def _change(self, user_id: int, sql: str, values: list[object]) -> Labeler:
        rows = await self._db.write(sql, values, then=self._remember)
        if not rows:
            raise UnknownLabeler(f"{self._db.path}: nobody with the id {user_id} is known (any more).")
        return _labeler(rows[0])

    def _remember(self, rows: list[Row]) -> None:
        self._changes += 1
        for row in rows:
            self._known[row["user_id"]] = _labeler(row)


async def _join(connection: aiosqlite.Connection, user_id: int, invitation: Row, now: float) -> None:
    await connection.execute_fetchall(
        "UPDATE invitations SET uses = uses - 1 WHERE invitation_id = ?", [invitation["invitation_id"]]
    )
    joined = list(
        await connection.execute_fetchall(
            "INSERT INTO labelers (user_id, joined_at, admin) VALUES (?1, ?2, ?3)"
            " ON CONFLICT (user_id) DO UPDATE SET joined_at = ?2, revoked_at = NULL, admin = max(admin, ?3)"
            " RETURNING labeler_id",
            [user_id, now, invitation["admin"]],
        )
    )
    await connection.execute_fetchall(
        "INSERT INTO invitation_uses VALUES (?, ?, ?)",
        [invitation["invitation_id"], joined[0]["labeler_id"], now],
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _labeler(row: Row) -> Labeler:
    return Labeler(
        row["labeler_id"],
        row["user_id"],
        bool(row["admin"]),
        row["mode"],
        row["joined_at"],
        row["revoked_at"],
        bool(row["welcomed"]),
    )
