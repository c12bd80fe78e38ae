"""Formatted text back to Telegram's HTML, so that a test can look at it in one line."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

TAGS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "spoiler": "tg-spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
    "text_link": "a",
}


def to_html(text: str, entities: Iterable[dict[str, Any]]) -> str:
    """Writes tags around formatting; what Telegram finds by itself (commands, addresses) has none."""
    shaped = [entity for entity in entities if entity["type"] in TAGS]
    opening: dict[int, list[str]] = {}
    closing: dict[int, list[str]] = {}
    for entity in sorted(shaped, key=lambda one: (one["offset"], -one["length"])):
        start, end = entity["offset"], entity["offset"] + entity["length"]
        opening.setdefault(start, []).append(_start_tag(entity))
        closing.setdefault(end, []).insert(0, f"</{TAGS[entity['type']]}>")
    units = text.encode("utf-16-le", "surrogatepass")
    pieces = []
    at = 0
    for place in sorted({*opening, *closing, len(units) // 2}):
        pieces.append(escape(units[at * 2 : place * 2].decode("utf-16-le", "surrogatepass"), quote=False))
        pieces += closing.get(place, [])
        pieces += opening.get(place, [])
        at = place
    return "".join(pieces)


def _start_tag(entity: dict[str, Any]) -> str:
    kind = entity["type"]
    if kind == "text_link":
        return f'<a href="{escape(entity["url"])}">'
    if kind == "expandable_blockquote":
        return "<blockquote expandable>"
    return f"<{TAGS[kind]}>"
