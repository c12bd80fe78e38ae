"""Formatting of a text as the Bot API has it: entities, counted in UTF-16 units, kept in order as the server does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

PREFORMATTED = frozenset({"code", "pre"})
_found = re.compile(
    r"(?P<bot_command>(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/]))"
    r"|(?P<mention>(?<![\w/@])@[A-Za-z][A-Za-z0-9_]{2,31}(?!\w))"
    r"|(?P<url>(?<![\w@./])(?:https?://|t\.me/)[^\s<>\"]*[^\s<>\".,;:!?)\]])"
)
_perhaps = re.compile(r"[/@]\w|://|t\.me/")
_host = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}|localhost|[\d.]+|\[[0-9a-f:]+\]", re.IGNORECASE)
_unwanted = re.compile("[\0-\x09\x0b-\x1f\u2028-\u202e]")


@dataclass(frozen=True, slots=True)
class Entity:
    """One stretch of formatting. ``offset`` and ``length`` count UTF-16 units; ``url`` may be ''."""

    type: str
    offset: int
    length: int
    url: str = ""

    @property
    def end(self) -> int:
        return self.offset + self.length

    def overlaps(self, other: Entity) -> bool:
        return self.offset < other.end and other.offset < self.end

    def as_api(self) -> dict[str, Any]:
        """Returns the object MessageEntity of the Bot API."""
        shape: dict[str, Any] = {"type": self.type, "offset": self.offset, "length": self.length}
        if self.url:
            shape["url"] = self.url
        return shape


def utf16_length(text: str) -> int:
    """Returns the length of a text in UTF-16 units, which is how Telegram counts."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def in_order(entities: Iterable[Entity]) -> list[Entity]:
    """Returns the entities by offset; of those that begin together, the longer ones first."""
    return sorted(entities, key=lambda entity: (entity.offset, -entity.length))


def checked_link(url: str) -> str:
    """Returns an address as Telegram keeps it, such as ``http://example.org/``; '' for what is no address."""
    url = url.strip()
    if re.match(r"(?:tg|ton|tonsite|mailto|tel):", url, re.IGNORECASE):
        return url
    if not re.match(r"[a-z][a-z0-9+.-]*://", url, re.IGNORECASE):
        url = f"http://{url}"
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    name = re.sub(r":\d+$", "", host)
    if parts.scheme.lower() not in ("http", "https") or not _host.fullmatch(name):
        return ""
    return url if parts.path else parts._replace(path="/").geturl()


def tidy(text: str, entities: Sequence[Entity]) -> tuple[str, list[Entity]]:
    """Returns what the server keeps of a text and its entities.

    Control characters and direction overrides go, both ends are trimmed, and the commands, mentions and addresses that
    are found in the text are added. What Telegram does to formatting inside code and to quotations in quotations is
    left out: no message of the bot has any.
    """
    kept = list(entities)
    if _unwanted.search(text):
        text, kept = _cleaned(text, kept)
    text, kept = _trimmed(text, kept)
    return text, _with_found(text, in_order(kept))


def _cleaned(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Makes spaces of control characters, drops ``\\r`` and direction overrides, and moves the entities along."""
    kept: list[str] = []
    moved = [0]  # from each UTF-16 unit of the old text to its place in the new one
    for char in text:
        gone = char == "\r" or "\u2028" <= char <= "\u202e"
        if not gone:
            kept.append(" " if char < " " and char != "\n" else char)
        moved.append(moved[-1] + (0 if gone else 1))
        if char > "\uffff":
            moved.append(moved[-1] + 1)
    spans = ((entity, moved[entity.offset], moved[min(entity.end, len(moved) - 1)]) for entity in entities)
    return "".join(kept), _respanned(spans)


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Takes the white space at both ends away."""
    stripped = text.strip(" \n\t")
    if len(stripped) == len(text):
        return text, entities
    before = len(text) - len(text.lstrip(" \n\t"))
    units = utf16_length(stripped)
    spans = ((one, max(one.offset - before, 0), min(one.end - before, units)) for one in entities)
    return stripped, _respanned(spans)


def _respanned(spans: Iterable[tuple[Entity, int, int]]) -> list[Entity]:
    """Moves each entity to its new start and end, and drops those that have become empty."""
    return [replace(entity, offset=start, length=end - start) for entity, start, end in spans if end > start]


def _with_found(text: str, entities: list[Entity]) -> list[Entity]:
    """Adds the commands, mentions and addresses in the text that no code or link covers."""
    if not _perhaps.search(text):
        return entities
    taken = [one for one in entities if one.type in PREFORMATTED or one.type == "text_link"]
    found = []
    for match in _found.finditer(text):
        offset = utf16_length(text[: match.start()])
        entity = Entity(match.lastgroup or "url", offset, utf16_length(match[0]))
        if not any(entity.overlaps(other) for other in taken):
            found.append(entity)
    return in_order([*entities, *found])
