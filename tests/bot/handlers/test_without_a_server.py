"""Handlers, called without a server: who is told what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import COMMANDS
from bot.rules.roles import Role
from bot.views import messages
from tests.support.desk import ADMIN, GROUP, LABELER, STRANGER, Desk, desk


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path) as found:
        yield found


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
async def test_a_stranger_is_told_one_line_and_nothing_of_them_is_stored(at: Desk, name: str) -> None:
    assert await at.write(STRANGER, f"/{name}") == [messages.stranger(STRANGER)]
    assert await at.parts.services.store.labelers.by_user(STRANGER) is None


@pytest.mark.parametrize("name", [command.name for command in COMMANDS if command.private is Role.ADMIN])
async def test_what_admins_may_is_refused_to_labelers(at: Desk, name: str) -> None:
    assert await at.write(LABELER, f"/{name}") == [messages.ADMINS_ONLY]


@pytest.mark.parametrize("name", [command.name for command in COMMANDS if command.private is None])
async def test_what_is_for_groups_says_so_in_private(at: Desk, name: str) -> None:
    assert await at.write(ADMIN, f"/{name}") == [f"Reports are posted in groups: write /{name} there."]


async def test_a_group_is_served_once_an_admin_writes_there(at: Desk) -> None:
    assert await at.write(LABELER, "/help", GROUP) == [messages.NOT_SERVED]
    assert (await at.write(ADMIN, "/help", GROUP))[0].startswith("<b>Here I can</b>")
    assert (await at.write(LABELER, "/help", GROUP))[0].startswith("<b>Here I can</b>")


async def test_a_word_that_is_no_mode_is_told_as_such(at: Desk) -> None:
    told = ["“nonsense” is no mode. There are: alignment, formatting."]
    assert await at.write(ADMIN, "/adjudicate nonsense") == told
    for name in ("agreement", "models", "label", "mode"):
        assert await at.write(LABELER, f"/{name} nonsense") == told


async def test_deciding_waits_until_everything_is_labeled(at: Desk) -> None:
    assert await at.write(ADMIN, "/adjudicate formatting") == [
        "This opens when you have labeled the whole sample in formatting: 3 items left. /label goes on."
    ]
    assert await at.write(LABELER, "/review") == [
        "This opens when you have labeled the whole sample in alignment: 3 items left. /label goes on."
    ]


async def test_nobody_revokes_themselves_or_an_admin_of_the_settings(at: Desk) -> None:
    await at.write(ADMIN, "/progress")  # makes the admin a labeler, too
    assert await at.write(ADMIN, "/revoke") == [
        "Name one labeler as /labelers shows them, such as /revoke labeler-03."
    ]
    assert await at.write(ADMIN, "/revoke labeler-02") == [
        "labeler-02 is an admin by the settings. Take the id out of ADMIN_IDS first."
    ]
