"""Who may do what, as a pure rule."""

from __future__ import annotations

import itertools

from bot.rules.roles import Role, role_of
from storage.records import Labeler


def labeler(*, admin: bool = False, joined: bool = True, revoked: bool = False) -> Labeler:
    return Labeler(1, 7, admin, None, 1.0 if joined else None, 2.0 if revoked else None, True)


def test_an_unknown_person_is_a_stranger_unless_everybody_may_label() -> None:
    assert role_of(7, None, set(), open_access=False) is Role.STRANGER
    assert role_of(7, None, set(), open_access=True) is Role.LABELER
    assert role_of(7, None, {7}, open_access=False) is Role.ADMIN


def test_who_was_invited_labels_and_who_was_only_imported_does_not() -> None:
    assert role_of(7, labeler(), set(), open_access=False) is Role.LABELER
    assert role_of(7, labeler(joined=False), set(), open_access=False) is Role.STRANGER
    assert role_of(7, labeler(joined=False), set(), open_access=True) is Role.LABELER


def test_who_opened_the_admins_link_is_an_admin_until_revoked() -> None:
    assert role_of(7, labeler(admin=True), set(), open_access=False) is Role.ADMIN
    assert role_of(7, labeler(admin=True, revoked=True), set(), open_access=False) is Role.STRANGER


def test_who_was_revoked_stays_out_also_with_open_access() -> None:
    for admin, joined, is_open in itertools.product((False, True), repeat=3):
        person = labeler(admin=admin, joined=joined, revoked=True)
        assert role_of(7, person, {8}, open_access=is_open) is Role.STRANGER


def test_a_larger_role_may_do_all_that_a_smaller_one_may() -> None:
    assert Role.STRANGER < Role.LABELER < Role.ADMIN
