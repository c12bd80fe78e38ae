"""Confirmed means handled, for every kind of button: the quick form of tests/soak/confirmed.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.rules.callback_data import KINDS
from tests.soak.confirmed import confirmed_means_handled, taps


@pytest.mark.long
def test_what_was_confirmed_is_handled_and_changes_nothing_when_it_comes_again(tmp_path: Path) -> None:
    outcome = confirmed_means_handled(tmp_path, kill_every=16)
    assert outcome.losses == 0, outcome.figure


def test_every_action_of_every_kind_of_button_has_a_case() -> None:
    tapped = {(data.kind.prefix, data.action) for _, data in taps()}
    assert tapped == {(kind.prefix, action) for kind in KINDS for action in kind.actions}
