"""Which commands a person is told of: the menus that Telegram shows, and the texts of `/help`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.rules.roles import Role

DESCRIPTION = (
    "Read a short description, tap Related or Not Related, and the next one comes.\n\n"
    "Every tap is saved at once; stop and go on whenever you like."
)
SHORT_DESCRIPTION = "Label short texts by tapping, and see how well a language model agrees."


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One command as people are told of it.

    Attributes:
        name: The command without its slash.
        help: What it does in a private chat; empty when it is not listed there.
        least: The least role that sees it in a private chat.
        group_help: What it does in a group; empty when it is not listed there.
    """

    name: str
    help: str
    least: Role
    group_help: str


def private_menu(entries: Sequence[MenuEntry], role: Role) -> list[tuple[str, str]]:
    """Return (name, what it does) of each command that somebody of this role has in a private chat."""
    return [(entry.name, entry.help) for entry in entries if entry.help and role >= entry.least]


def group_menu(entries: Sequence[MenuEntry]) -> list[tuple[str, str]]:
    """Return (name, what it does) of each command of a group."""
    return [(entry.name, entry.group_help) for entry in entries if entry.group_help]


def private_help(entries: Sequence[MenuEntry], role: Role) -> str:
    """Return the text of `/help` in a private chat."""
    lines = [f"/{name} – {what}" for name, what in private_menu(entries, role)]
    if role >= Role.ADMIN:
        lines.append("\nIn a group chat, /subscribe there posts reports on schedule.")
    return "\n".join(["<b>You can</b>", *lines])


def group_help(entries: Sequence[MenuEntry]) -> str:
    """Return the text of `/help` in a group."""
    return "\n".join(["<b>Here I can</b>", *(f"/{name} – {what}" for name, what in group_menu(entries))])
