"""Reading the guides: texts of our own, replaceable by `guides/<mode>.md` where the bot runs."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from bot.errors import SettingsError
from bot.views.card import question
from bot.views.guides import Guide


def load_guides(modes: Sequence[str], folder: Path) -> dict[str, Guide]:
    """Read the guide of each mode: `folder/<mode>.md` if there is one, else ours, else a line made from the question.

    Raises:
        SettingsError: Names each file that is empty or cannot be read.
    """
    guides: dict[str, Guide] = {}
    problems: list[str] = []
    for mode in modes:
        own = folder / f"{mode}.md"
        ours = resources.files("bot.views") / "guide_texts" / f"{mode}.md"
        try:
            if own.is_file():
                text = own.read_text(encoding="utf-8")
            elif ours.is_file():
                text = ours.read_text(encoding="utf-8")
            else:
                text = f"# {question(mode)}\n\nSay **Related** when it is, **Not Related** when it is not."
            if not text.strip():
                problems.append(f"{own} is empty: write what counts as related, or delete it.")
            guides[mode] = Guide(mode, text)
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            problems.append(f"{own} cannot be read: {reason}.")
    if problems:
        raise SettingsError(tuple(problems))
    return guides
