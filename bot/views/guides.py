"""What counts as related in each mode: texts of our own, replaceable by `guides/<mode>.md` where the bot runs."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from bot.errors import SettingsError
from bot.views.card import cut, harmless, question

LONGEST = 3500


@dataclass(frozen=True, slots=True)
class Guide:
    """The guide of a mode. text: Markdown of a few marks. version: eight hex digits that change with the text."""

    mode: str
    text: str

    @property
    def version(self) -> str:
        """Tells one wording from another; each answer records it."""
        return hashlib.sha256(self.text.encode("utf-8", "backslashreplace")).hexdigest()[:8]

    def html(self) -> str:
        """The guide as a message: headings and **words** bold, list marks as dots; everything else escaped."""
        lines = []
        for line in cut(harmless(self.text.strip()), LONGEST).splitlines():
            shown = html.escape(line, quote=False)
            shown = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", shown)
            if heading := re.match(r"#+\s*(.+)", shown):
                shown = f"<b>{re.sub(r'</?b>', '', heading[1])}</b>"
            lines.append(re.sub(r"^\s*[-*]\s+", "• ", shown))
        return "\n".join(lines)


def load_guides(modes: Sequence[str], folder: Path) -> dict[str, Guide]:
    """The guide of each mode: `folder/<mode>.md` if there is one, else ours, else a line made from the question.

    Raises SettingsError naming each file that cannot be read.
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
