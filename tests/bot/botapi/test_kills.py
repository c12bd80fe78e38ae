"""SIGKILL at any moment: what was acknowledged is there, and counts once. The long form is in tests/soak."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.killing import Witness, kill_under_load, kill_with_taps_waiting, verdict
from tests.support.phone import Phone
from tests.support.process import WarmProcess, bot_process, environment
from tests.support.tapping_crowd import open_cards

pytestmark = pytest.mark.long


async def test_a_label_that_was_acknowledged_survives_every_kill_and_counts_once(tmp_path: Path) -> None:
    async with Phone.start(validate=False) as phone:
        bot = WarmProcess(tmp_path, environment(phone, tmp_path, OPEN_ACCESS="true"))
        await bot.start_polling(phone)
        people = await open_cards(phone, range(1, 7))
        witness = Witness(phone.playground)
        await kill_under_load(bot, phone, witness, people, kills=6, seed=1)
        await bot.kill()
        found = verdict(witness, tmp_path / "labels.sqlite3")
        assert (found.lost, found.twice, found.foreign) == (0, 0, 0), found
        assert found.acknowledged > 36
    assert "Traceback" not in bot.said


async def test_taps_that_wait_are_not_lost_by_kills(tmp_path: Path) -> None:
    async with Phone.start(validate=False) as phone, bot_process(phone, tmp_path, OPEN_ACCESS="true") as bot:
        people = await open_cards(phone, range(1, 6))
        assert await bot.stop() == 0
        witness = Witness(phone.playground)
        waiting = await kill_with_taps_waiting(bot, phone, witness, people, taps=120, kills=3, seed=2)
        assert await bot.stop() == 0
        found = verdict(witness, tmp_path / "labels.sqlite3")
        assert waiting >= 2
        assert (found.lost, found.twice, found.foreign) == (0, 0, 0), found
        assert found.saved == 120
