"""What the words behind `/focus` mean."""

from __future__ import annotations

import pytest

from bot.rules.focus_words import MOST, FocusWords, read_focus_words

MODES = ("alignment", "formatting")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", FocusWords("", None)),
        ("off", FocusWords("", None, off=True)),
        ("OFF", FocusWords("", None, off=True)),
        ("deepseek", FocusWords("deepseek", None)),
        ("deepseek 60", FocusWords("deepseek", None, 60)),
        ("deepseek gemini 60", FocusWords("deepseek gemini", None, 60)),
        ("deepseek 60 formatting", FocusWords("deepseek", "formatting", 60)),
        ("deepseek Formatting 60", FocusWords("deepseek", "formatting", 60)),
        ("formatting", FocusWords("", "formatting")),
        (f"deepseek {MOST}", FocusWords("deepseek", None, MOST)),
        ("off gemini", FocusWords("off gemini", None)),
        ("gemini-2.0", FocusWords("gemini-2.0", None)),
    ],
)
def test_names_mode_and_number_are_told_apart(typed: str, found: FocusWords) -> None:
    assert read_focus_words(typed.split(), MODES) == found


@pytest.mark.parametrize(
    "number", ["0", "1", "1001", "99999999999999999999", "٣٠", "30000000000000000000000000"]
)
def test_a_number_that_is_none_from_2_to_1000_means_nothing(number: str) -> None:
    assert read_focus_words(["deepseek", number], MODES) is None
