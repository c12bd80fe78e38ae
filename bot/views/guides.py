"""What counts as related in a mode, as a message."""

from __future__ import annotations

import hashlib
import html
import re
from dataclasses import dataclass

from bot.views.text import cut, harmless

LONGEST = 3500


@dataclass(frozen=True, slots=True)
class Guide:
    """The guide of a mode; its text is Markdown with headings, `**bold**` words and lists."""

    mode: str
    text: str

    @property
    def version(self) -> str:
        """Eight hex digits that tell one wording from another; each answer records them."""
        return hashlib.sha256(self.text.encode("utf-8", "backslashreplace")).hexdigest()[:8]

    def html(self) -> str:
        """Return the guide as a message: headings and **words** bold, list marks as dots; everything else escaped."""
        lines = []
        for line in cut(harmless(self.text.strip()), LONGEST).splitlines():
            shown = html.escape(line, quote=False)
            shown = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", shown)
            if heading := re.match(r"#+\s*(.+)", shown):
                shown = f"<b>{re.sub(r'</?b>', '', heading[1])}</b>"
            lines.append(re.sub(r"^\s*[-*]\s+", "• ", shown))
        return "\n".join(lines)

    def folded(self) -> str:
        """Return the guide with all below its first line folded away, for a group, where it is one of several."""
        first, _, rest = self.html().partition("\n")
        return f"{first}\n<blockquote expandable>{rest.strip()}</blockquote>" if rest.strip() else first
