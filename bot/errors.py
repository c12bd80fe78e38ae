"""What ends the program, a command or a report with one line that says why.

BotError, to which `bot.cli` adds two of its own
├── SettingsError   settings are missing or wrong; one line each
├── Stopped         the bot had to stop by itself (token refused, a second instance, no contact)
├── NotYet          figures were asked for before enough labels have come
└── WorkStopped     slow work was ended before it was done
"""

from __future__ import annotations


class BotError(Exception):
    """Root of all errors of this package."""


class SettingsError(BotError):
    """Settings are missing or wrong. problems: one line each, naming the key and what would be right."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Stopped(BotError):
    """The bot had to stop by itself."""


class NotYet(BotError):
    """Figures were asked for before enough labels have come, so that they would tell single labels.

    Attributes:
        mode: The mode.
        lacking: How many labels must come before the first figures.
    """

    def __init__(self, mode: str, lacking: int) -> None:
        super().__init__(f"The first figures in {mode} come after {lacking} more labels.")
        self.mode = mode
        self.lacking = lacking


class WorkStopped(BotError):
    """Slow work was ended before it was done: it ran into its time limit, or its process died twice."""
