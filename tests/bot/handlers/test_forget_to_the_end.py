"""`/forget` to the end, by the real process: the quick forms of the rows of tests/soak/forgetting.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.forgetting import (
    forget_in_a_slowed_chat,
    forget_killed_at_each_step,
    forgotten_on_the_day_named,
)
from tests.storage.test_killed_calls import can_trace

pytestmark = pytest.mark.long


@pytest.mark.skipif(not can_trace(), reason="strace is not installed, or may not trace here")
def test_who_is_forgotten_is_gone_to_the_last_byte_whatever_call_a_kill_hits(tmp_path: Path) -> None:
    # of the calls that `make soak` tries, the two kinds that change what is left
    outcome = forget_killed_at_each_step(tmp_path, most=1, calls="pwrite64,unlink")
    assert outcome.losses == 0, outcome.figure


def test_what_waits_for_a_slowed_chat_does_not_bring_back_who_is_forgotten(tmp_path: Path) -> None:
    outcome = forget_in_a_slowed_chat(tmp_path)
    assert outcome.losses == 0, outcome.figure


def test_the_last_backup_that_holds_who_was_forgotten_is_gone_on_the_day_named(tmp_path: Path) -> None:
    outcome = forgotten_on_the_day_named(tmp_path, days=(0,))
    assert outcome.losses == 0, outcome.figure
