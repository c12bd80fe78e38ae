"""The key of a database: 32 random bytes, made when it is first opened for writing.

It keys whatever may be seen outside and could otherwise be guessed by trying: the fingerprint of a report (all labels
of a small study can be tried in seconds) and the hash of a banned person's Telegram id (there are few ids).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from storage.connection import Database
from storage.errors import NotRead

NAME = "database key"


async def make_database_key(database: Database) -> None:
    """Make the key unless there is one. Raises NotSaved."""
    await database.write("INSERT OR IGNORE INTO notes VALUES (?, ?)", [NAME, secrets.token_hex(32)])


async def database_key(database: Database) -> bytes:
    """Return the key, 32 bytes. Raises NotRead."""
    rows = await database.read_now("SELECT value FROM notes WHERE name = ?", [NAME])
    if not rows:
        raise NotRead(f"{database.path} has no key yet: start the bot once with 'labelbot run'.")
    return bytes.fromhex(rows[0][0])


async def hash_of_user(database: Database, user_id: int) -> bytes:
    """Return the keyed hash by which somebody is known again without their Telegram id. Raises NotRead."""
    return hmac.digest(await database_key(database), b"user %d" % user_id, hashlib.sha256)
