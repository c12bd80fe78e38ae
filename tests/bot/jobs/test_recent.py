"""What is remembered does not grow for ever."""

from __future__ import annotations

from bot.jobs.recent import Recent


def test_the_oldest_entry_goes_and_one_that_is_set_again_is_the_newest() -> None:
    kept: Recent[str, int] = Recent(2)
    kept["a"], kept["b"] = 1, 2
    kept["a"] = 3
    kept["c"] = 4
    assert kept == {"a": 3, "c": 4}
