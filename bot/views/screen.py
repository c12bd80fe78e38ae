"""One message as the chat shows it: its text and its buttons."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button: `data` comes back when tapped, or `url` opens. style: '', success, danger or primary."""

    text: str
    data: str = ""
    url: str = ""
    style: str = ""


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Screen:
    """One message: HTML and rows of buttons."""

    text: str
    rows: Rows = ()


def markup(screen: Screen) -> dict[str, list[list[dict[str, str]]]] | None:
    """Return the buttons of a screen as the Bot API takes them, or None when it has none."""
    if not screen.rows:
        return None
    return {"inline_keyboard": [[_button(button) for button in row] for row in screen.rows]}


def _button(button: Button) -> dict[str, str]:
    if button.url:
        return {"text": button.text, "url": button.url}
    plain = {"text": button.text, "callback_data": button.data}
    return {**plain, "style": button.style} if button.style else plain
