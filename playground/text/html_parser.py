"""Telegram's HTML to plain text and entities, with Telegram's own refusals.

The rules are those of the Bot API's server: tags must be known, closed and properly nested, an end tag may be empty
(``</>``), an attribute is quoted or one bare word, four named references (``&lt; &gt; &amp; &quot;``) and numeric
ones are decoded, and everything else after ``&`` stays as it is. Places in refusals are bytes of the UTF-8 input;
offsets of entities are UTF-16 units of the result. The language of a code block is not kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from playground.errors import MarkupError
from playground.text.entities import Entity, checked_link, in_order, utf16_length

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "s": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
}
LONGEST_REFERENCE = 10
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_reference = re.compile(r"&(?:#x(?P<hex>[0-9a-fA-F]+)|#(?P<decimal>[0-9]+)|(?P<name>[A-Za-z]+));?")
_end_tag = re.compile(r"</(?P<name>[^\s>]*)\s*(?P<close>>?)", re.ASCII)
_start_tag = re.compile(r"<(?P<name>[^\s>]*)", re.ASCII)
_attribute = re.compile(
    r"\s*(?P<name>[^\s=>]+)\s*(?:=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[A-Za-z0-9.\-]+)(?=[\s>])))?",
    re.ASCII,
)
_tag_end = re.compile(r"\s*>", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Open:
    """A start tag that waits for its end: its one attribute that counts, and where its text begins."""

    name: str
    argument: str
    offset: int
    piece: int


def parse_html(html: str) -> tuple[str, list[Entity]]:
    """Reads a message with ``parse_mode`` HTML.

    Returns:
        The plain text, and its entities in order of offset, the longer first.

    Raises:
        MarkupError: in Telegram's words, when the markup is broken.
    """
    if "<" not in html and "&" not in html:
        return html, []
    return _Parser(html).run()


def decode(text: str) -> str:
    """Returns a text with its references decoded; what is no reference that Telegram knows stays as it is."""
    return _reference.sub(_decoded, text)


def _decoded(match: re.Match[str]) -> str:
    if match["name"]:
        return NAMED.get(match["name"], match[0])
    if len(match[0]) > LONGEST_REFERENCE:
        return match[0]
    code = int(match["hex"], 16) if match["hex"] else int(match["decimal"])
    return chr(code) if 0 < code < 0x10FFFF else match[0]


class _Parser:
    """One pass over one text; ``at`` is where it stands."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.at = 0
        self.units = 0
        self.pieces: list[str] = []
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def run(self) -> tuple[str, list[Entity]]:
        while (begin := self.html.find("<", self.at)) >= 0:
            self._take(self.html[self.at : begin])
            self.at = begin
            if self.html.startswith("</", begin):
                self._close_tag()
            else:
                self._open_tag()
        self._take(self.html[self.at :])
        if self.open:
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{self.open[-1].name}"')
        return _without_surrogates("".join(self.pieces)), in_order(self.entities)

    def _take(self, text: str) -> None:
        if text:
            self.pieces.append(decode(text))
            self.units += utf16_length(self.pieces[-1])

    def _refusal(self, what: str, begin: int) -> MarkupError:
        return MarkupError(f"{what} at byte offset {len(self.html[:begin].encode('utf-8', 'surrogatepass'))}")

    def _open_tag(self) -> None:
        begin = self.at
        match = _start_tag.match(self.html, begin)
        assert match is not None  # noqa: S101 # the pattern needs no more than the "<" that is there
        name, self.at = match["name"].lower(), match.end()
        if self.at == len(self.html):
            raise self._refusal("Unclosed start tag", begin)
        if name not in TAGS:
            raise self._refusal(f'Unsupported start tag "{name}"', begin)
        argument = ""
        while not self._tag_ends():
            attribute, value = self._attribute(begin, name)
            argument = _argument(name, attribute, value) or argument
        self.open.append(_Open(name, argument, self.units, len(self.pieces)))

    def _tag_ends(self) -> bool:
        """Tells whether the tag ends here, and goes behind its end."""
        if match := _tag_end.match(self.html, self.at):
            self.at = match.end()
        return match is not None

    def _attribute(self, begin: int, tag: str) -> tuple[str, str]:
        """Reads one ``name=value``; only ``expandable`` of a quotation may stand without a value."""
        match = _attribute.match(self.html, self.at)
        if match is None:
            raise self._refusal(f'Empty attribute name in the tag "{tag}"', begin)
        values = [value for value in (match["double"], match["single"], match["bare"]) if value is not None]
        self.at = match.end()
        if not values and (tag, match["name"].lower()) != ("blockquote", "expandable"):
            raise self._refusal(
                f'Expected equal sign in declaration of an attribute of the tag "{tag}"', begin
            )
        if self.at == len(self.html):
            raise self._refusal("Unclosed start tag", begin)
        return match["name"].lower(), decode(values[0]) if values else ""

    def _close_tag(self) -> None:
        begin = self.at
        match = _end_tag.match(self.html, begin)
        if match is None or not self.open:
            raise self._refusal("Unexpected end tag", begin)
        if not match["close"]:
            raise self._refusal("Unclosed end tag", begin)
        self.at = match.end()
        opened, name = self.open.pop(), match["name"].lower()
        if name and name != opened.name:
            raise MarkupError(
                f'{self._refusal("Unmatched end tag", begin)}, expected "</{opened.name}>", found "</{name}>"'
            )
        if self.units > opened.offset:
            self._add(opened)

    def _add(self, opened: _Open) -> None:
        """Adds the entity of a tag that has been closed and is not empty."""
        entity = Entity(TAGS[opened.name], opened.offset, self.units - opened.offset)
        if opened.name == "a":
            entity = replace(
                entity, url=checked_link(opened.argument or "".join(self.pieces[opened.piece :]))
            )
        elif opened.name == "blockquote" and opened.argument:
            entity = replace(entity, type="expandable_blockquote")
        if opened.name != "a" or entity.url:
            self.entities.append(entity)


def _without_surrogates(text: str) -> str:
    """Returns the text; half a surrogate pair, which only a numeric reference can bring in, is refused."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MarkupError(
            "Text contains invalid Unicode characters after decoding HTML entities, "
            "check for unmatched surrogate code units"
        ) from None
    return text


def _argument(tag: str, attribute: str, value: str) -> str:
    """Returns what of an attribute matters for its tag; '' when nothing does."""
    if (tag, attribute) == ("a", "href"):
        return value
    if (tag, attribute) == ("blockquote", "expandable"):
        return "yes"
    return ""
