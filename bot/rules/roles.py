"""Who may do what."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from enum import IntEnum

from storage.records import Labeler


class Role(IntEnum):
    """A larger role may do all that a smaller one may."""

    STRANGER = 0
    LABELER = 1
    ADMIN = 2


def role_of(user_id: int, labeler: Labeler | None, admin_ids: AbstractSet[int], *, open_access: bool) -> Role:
    """Return the role of a person.

    Unless ADMIN_IDS names them, who was revoked stays out until a new invitation, also with open access.
    """
    if user_id in admin_ids:
        return Role.ADMIN
    if labeler is None:
        return Role.LABELER if open_access else Role.STRANGER
    if labeler.revoked_at is not None:
        return Role.STRANGER
    if labeler.admin:
        return Role.ADMIN
    return Role.LABELER if open_access or labeler.joined_at is not None else Role.STRANGER
