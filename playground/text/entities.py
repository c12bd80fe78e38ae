"""Formatting of a text as the Bot API has it: entities over UTF-16 units, checked and tidied as the server does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from playground.errors import EntityError

WITHOUT_ARGUMENT = frozenset(
    [
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "code",
        "blockquote",
        "expandable_blockquote",
        "mention",
        "hashtag",
        "cashtag",
        "bot_command",
        "url",
        "email",
        "phone_number",
    ]
)
KNOWN = WITHOUT_ARGUMENT | {"pre", "text_link", "text_mention", "custom_emoji"}
PREFORMATTED = frozenset({"code", "pre"})
QUOTES = frozenset({"blockquote", "expandable_blockquote"})
_found = re.compile(
    r"(?P<bot_command>(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/]))"
    r"|(?P<mention>(?<![\w/@])@[A-Za-z][A-Za-z0-9_]{2,31}(?!\w))"
    r"|(?P<url>(?<![\w@./])(?:https?://|t\.me/)[^\s<>\"]*[^\s<>\".,;:!?)\]])"
)
_perhaps = re.compile(r"[/@]\w|://|t\.me/")
_host = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}|localhost|[\d.]+|\[[0-9a-f:]+\]", re.IGNORECASE)
_unwanted = re.compile("[\0-\x08\x09\x0b-\x0c\x0e-\x1f\r\u2028-\u202e]")


@dataclass(frozen=True, slots=True)
class Entity:
    """One stretch of formatting; ``offset`` and ``length`` in UTF-16 units, empty strings where nothing applies."""

    type: str
    offset: int
    length: int
    url: str = ""
    language: str = ""
    custom_emoji_id: str = ""
    user_id: int = 0

    @property
    def end(self) -> int:
        return self.offset + self.length

    def as_api(self) -> dict[str, Any]:
        """The object MessageEntity (a mentioned user with the id alone)."""
        shape: dict[str, Any] = {"type": self.type, "offset": self.offset, "length": self.length}
        if self.url:
            shape["url"] = self.url
        if self.language:
            shape["language"] = self.language
        if self.custom_emoji_id:
            shape["custom_emoji_id"] = self.custom_emoji_id
        if self.user_id:
            shape["user"] = {"id": self.user_id, "is_bot": False, "first_name": str(self.user_id)}
        return shape


def utf16_length(text: str) -> int:
    """Length in UTF-16 units, which is how Telegram counts."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def in_order(entities: Iterable[Entity]) -> list[Entity]:
    """By offset, the longer first."""
    return sorted(entities, key=lambda entity: (entity.offset, -entity.length))


def linked_user(url: str) -> int | None:
    """The id in ``tg://user?id=123``."""
    match = re.fullmatch(r"tg:(?://)?user\?id=(\d{1,15})", url, re.IGNORECASE)
    return int(match[1]) if match else None


def checked_link(url: str) -> str:
    """The address as Telegram keeps it (``example.org`` becomes ``http://example.org/``); '' for what is none."""
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


def read_entities(raw: Any, text: str) -> list[Entity]:
    """Entities that a request gives itself; ``raw`` is the decoded JSON. Raises EntityError in Telegram's words."""
    if not isinstance(raw, list):
        raise EntityError("can't parse entities JSON object")
    units = utf16_length(text)
    entities = [_read_entity(one, units) for one in raw]
    if not text.isascii():
        _check_boundaries(entities, text)
    return _apart(in_order(entities))


def _check_boundaries(entities: list[Entity], text: str) -> None:
    """No entity begins or ends inside a surrogate pair."""
    units = text.encode("utf-16-le", "surrogatepass")
    for entity in entities:
        for place, verb in ((entity.offset, "begins"), (entity.end, "ends")):
            low_half = units[2 * place + 1 : 2 * place + 2]
            if low_half and 0xDC <= low_half[0] <= 0xDF:
                raise EntityError(f"entity {verb} in a middle of a UTF-16 symbol at UTF-16 offset {place}")


def _read_entity(raw: Any, units: int) -> Entity:
    if not isinstance(raw, dict):
        raise EntityError("can't parse MessageEntity: expected an Object")
    for name, kind, word in (("offset", int, "Number"), ("length", int, "Number"), ("type", str, "String")):
        if name not in raw:
            raise EntityError(f"can't parse MessageEntity: Can't find field \"{name}\"")
        if type(raw[name]) is not kind:
            raise EntityError(f'can\'t parse MessageEntity: Field "{name}" must be of type {word}')
    entity = Entity(raw["type"], raw["offset"], raw["length"])
    if entity.type not in KNOWN:
        raise EntityError("can't parse MessageEntity: Unsupported type specified")
    if entity.offset < 0:
        raise EntityError(f"receive an entity with incorrect offset {entity.offset}")
    if entity.length < 0:
        raise EntityError(f"receive an entity with incorrect length {entity.length}")
    if entity.offset > units:
        raise EntityError(f"entity begins after the end of the text at UTF-16 offset {entity.offset}")
    if entity.end > units:
        raise EntityError(
            f"entity beginning at UTF-16 offset {entity.offset} "
            f"ends after the end of the text at UTF-16 offset {entity.end}"
        )
    return _with_argument(entity, raw)


def _with_argument(entity: Entity, raw: dict[str, Any]) -> Entity:
    if entity.type == "text_link":
        url = str(raw.get("url", ""))
        if not (link := checked_link(url)):
            reason = "Wrong HTTP URL" if url else "URL host is empty"
            raise EntityError(f"entity URL '{url}' is invalid: {reason}")
        return replace(entity, url=link)
    if entity.type == "pre":
        return replace(entity, language=str(raw.get("language") or ""))
    if entity.type == "custom_emoji":
        number = str(raw.get("custom_emoji_id", ""))
        if not number.isdecimal():
            raise EntityError('can\'t parse MessageEntity: Field "custom_emoji_id" must be a valid Number')
        return replace(entity, custom_emoji_id=number)
    if entity.type == "text_mention":
        user = raw.get("user")
        if not isinstance(user, dict) or type(user.get("id")) is not int or user["id"] <= 0:
            raise EntityError("user not found")
        return replace(entity, user_id=user["id"])
    return entity


def tidy(text: str, entities: Sequence[Entity]) -> tuple[str, list[Entity]]:
    """What the server keeps of a text: control characters and direction overrides gone, ends trimmed, found
    commands, mentions and addresses added, nothing nested in code, no quotation in a quotation."""
    shaped = list(entities)
    if _unwanted.search(text):
        text, shaped = _cleaned(text, shaped)
    text, shaped = _trimmed(text, shaped)
    if shaped:
        shaped = _apart(in_order(shaped))
    return text, _with_found(text, shaped)


def _cleaned(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Control characters become spaces; ``\\r`` and direction overrides vanish, offsets move along."""
    kept: list[str] = []
    moved = [0]
    for char in text:
        gone = char == "\r" or "\u2028" <= char <= "\u202e"
        if not gone:
            kept.append(" " if char < " " and char != "\n" else char)
        moved.append(moved[-1] + (0 if gone else 1))
        if char > "\uffff":
            moved.append(moved[-1] + 1)
    return "".join(kept), _moved(entities, moved)


def _moved(entities: list[Entity], places: Sequence[int]) -> list[Entity]:
    result = []
    for entity in entities:
        start, end = places[entity.offset], places[min(entity.end, len(places) - 1)]
        if end > start:
            result.append(replace(entity, offset=start, length=end - start))
    return result


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """White space at both ends goes."""
    stripped = text.strip(" \n\t")
    if len(stripped) == len(text):
        return text, entities
    before = len(text) - len(text.lstrip(" \n\t"))
    units = utf16_length(stripped)
    result = []
    for entity in entities:
        start, end = max(entity.offset - before, 0), min(entity.end - before, units)
        if end > start:
            result.append(replace(entity, offset=start, length=end - start))
    return stripped, result


def _apart(entities: list[Entity]) -> list[Entity]:
    """Nothing is formatted inside code, code splits what lies around it, and quotations do not nest."""
    blocks = [e for e in entities if e.type in PREFORMATTED]
    quotes = [e for e in entities if e.type in QUOTES]
    if not blocks and len(quotes) < 2:
        return entities
    kept_blocks: list[Entity] = []
    for block in blocks:
        if not any(block.offset < other.end and other.offset < block.end for other in kept_blocks):
            kept_blocks.append(block)
    kept_quotes: list[Entity] = []
    for quote in quotes:
        if not any(quote.offset < other.end and other.offset < quote.end for other in kept_quotes):
            kept_quotes.append(quote)
    others: list[Entity] = []
    for entity in entities:
        if entity.type not in PREFORMATTED and entity.type not in QUOTES:
            others.extend(_around(entity, kept_blocks))
    return in_order([*kept_quotes, *others, *kept_blocks])


def _around(entity: Entity, blocks: list[Entity]) -> list[Entity]:
    """What is left of an entity outside all blocks of code (both in order)."""
    pieces = []
    start = entity.offset
    for block in blocks:
        if block.offset >= entity.end or block.end <= start:
            continue
        if block.offset > start:
            pieces.append(replace(entity, offset=start, length=block.offset - start))
        start = max(start, block.end)
    if start < entity.end:
        pieces.append(replace(entity, offset=start, length=entity.end - start))
    return pieces


def _with_found(text: str, entities: list[Entity]) -> list[Entity]:
    """Adds the commands, mentions and addresses in the text that no code, link or mention covers."""
    if not _perhaps.search(text):
        return entities
    taken = [e for e in entities if e.type in PREFORMATTED or e.type in ("text_link", "text_mention")]
    found = []
    for match in _found.finditer(text):
        offset = utf16_length(text[: match.start()])
        entity = Entity(match.lastgroup or "url", offset, utf16_length(match[0]))
        if not any(entity.offset < other.end and other.offset < entity.end for other in taken):
            found.append(entity)
    explicit = {(e.type, e.offset) for e in entities}
    return in_order([*entities, *(e for e in found if (e.type, e.offset) not in explicit)])
