"""Telegram's HTML to plain text and entities, with Telegram's own refusals.

The rules are those of the Bot API's server: attributes may be quoted or bare, an end tag may be empty (``</>``),
four named references (``&lt; &gt; &amp; &quot;``) and numeric ones are decoded, everything else after ``&`` stays
as it is. Offsets in messages are bytes of the UTF-8 input; offsets of entities are UTF-16 units of the result.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from playground.errors import MarkupError
from playground.text.entities import Entity, checked_link, in_order, linked_user, utf16_length

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
SPACES = " \t\r\n\0\v"
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_special = re.compile(r"[&<]")
_named = re.compile(r"&([A-Za-z]+);?")
_numeric = re.compile(r"&#(?:x([0-9a-fA-F]*)|([0-9]*));?")
_tag_end = re.compile(r"[ \t\r\n\0\v>]")
_name_token = re.compile(r"[A-Za-z0-9.\-]*")


@dataclass(frozen=True, slots=True)
class _Open:
    """A start tag that waits for its end: where its text begins, in units and in pieces."""

    name: str
    argument: str
    offset: int
    piece: int


def parse_html(html: str) -> tuple[str, list[Entity]]:
    """Plain text and its entities in order of offset, longest first; raises MarkupError with Telegram's words."""
    if "<" not in html and "&" not in html:
        return html, []
    return _Parser(html).run()


def decode_reference(text: str, at: int) -> tuple[str, int]:
    """The character that a reference starting at ``text[at] == '&'`` stands for, and where the text goes on.

    What is no reference that Telegram knows gives ``('', at)``.
    """
    if text.startswith("&#", at):
        match = _numeric.match(text, at)
        if match is None:
            return "", at
        digits = match[0].rstrip(";")
        code = int(match[1] or "0", 16) if match[1] is not None else int(match[2] or "0")
        if code == 0 or code >= 0x10FFFF or len(digits) >= 10:
            return "", at
        return chr(code), match.end()
    match = _named.match(text, at)
    if match is None or match[1] not in NAMED:
        return "", at
    return NAMED[match[1]], match.end()


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
        html = self.html
        while self.at < len(html):
            match = _special.search(html, self.at)
            if match is None:
                self._take(html[self.at :])
                break
            self._take(html[self.at : match.start()])
            self.at = match.start()
            if html[self.at] == "<":
                if html.startswith("</", self.at):
                    self._end_tag()
                else:
                    self._start_tag()
            else:
                char, after = decode_reference(html, self.at)
                self._take(char or "&")
                self.at = after if char else self.at + 1
        if self.open:
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{self.open[-1].name}"')
        entities = [replace(e, language="") if e.type == "code" else e for e in self.entities]
        return self._whole("".join(self.pieces)), in_order(entities)

    def _take(self, text: str) -> None:
        if text:
            self.pieces.append(text)
            self.units += utf16_length(text)

    @staticmethod
    def _whole(text: str) -> str:
        """References to surrogate halves are an error."""
        try:
            text.encode()
        except UnicodeEncodeError:
            raise MarkupError(
                "Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            ) from None
        return text

    def _byte(self, at: int) -> int:
        return len(self.html[:at].encode("utf-8", "surrogatepass"))

    def _char(self) -> str:
        return self.html[self.at] if self.at < len(self.html) else ""

    def _skip_spaces(self) -> None:
        while self.at < len(self.html) and self.html[self.at] in SPACES:
            self.at += 1

    def _word(self, start: int) -> str:
        """Everything up to white space or ``>``; leaves ``at`` on that character."""
        match = _tag_end.search(self.html, start)
        self.at = match.start() if match else len(self.html)
        return self.html[start : self.at]

    def _start_tag(self) -> None:
        begin = self.at
        name = self._word(begin + 1).lower()
        if not self._char():
            raise MarkupError(f"Unclosed start tag at byte offset {self._byte(begin)}")
        if name not in TAGS:
            raise MarkupError(f'Unsupported start tag "{name}" at byte offset {self._byte(begin)}')
        argument = ""
        while self._char() != ">":
            self._skip_spaces()
            if self._char() == ">":
                break
            attribute, value = self._attribute(begin, name)
            argument = _argument(name, attribute, value, argument)
        self.at += 1
        if name == "span" and argument != "spoiler":
            raise MarkupError(f'Tag "span" must have class "tg-spoiler" at byte offset {self._byte(begin)}')
        self.open.append(_Open(name, argument, self.units, len(self.pieces)))

    def _attribute(self, begin: int, tag: str) -> tuple[str, str]:
        """One ``name=value``; only ``expandable`` of a quotation may stand without a value."""
        start = self.at
        while self._char() and self._char() not in SPACES and self._char() not in "=>":
            self.at += 1
        attribute = self.html[start : self.at].lower()
        if not attribute:
            raise MarkupError(f'Empty attribute name in the tag "{tag}" at byte offset {self._byte(begin)}')
        self._skip_spaces()
        if not self._char():
            raise MarkupError(f'Unclosed start tag "{tag}" at byte offset {self._byte(begin)}')
        if self._char() != "=":
            if (tag, attribute) == ("blockquote", "expandable"):
                return attribute, ""
            raise MarkupError(
                f'Expected equal sign in declaration of an attribute of the tag "{tag}" '
                f"at byte offset {self._byte(begin)}"
            )
        self.at += 1
        self._skip_spaces()
        if not self._char():
            raise MarkupError(f'Unclosed start tag "{tag}" at byte offset {self._byte(begin)}')
        value = self._value()
        if not self._char():
            raise MarkupError(f"Unclosed start tag at byte offset {self._byte(begin)}")
        return attribute, value

    def _value(self) -> str:
        quote = self._char()
        if quote not in "'\"":
            start = self.at
            match = _name_token.match(self.html, start)
            self.at = match.end() if match else start
            if self._char() and self._char() not in SPACES and self._char() != ">":
                raise MarkupError(f"Unexpected end of name token at byte offset {self._byte(start)}")
            return self.html[start : self.at].lower()
        self.at += 1
        value = ""
        while self._char() and self._char() != quote:
            char, after = decode_reference(self.html, self.at) if self._char() == "&" else ("", self.at)
            value += char or self._char()
            self.at = after if char else self.at + 1
        if self._char():
            self.at += 1
        return value

    def _end_tag(self) -> None:
        begin = self.at
        if not self.open:
            raise MarkupError(f"Unexpected end tag at byte offset {self._byte(begin)}")
        name = self._word(begin + 2).lower()
        self._skip_spaces()
        if self._char() != ">":
            raise MarkupError(f"Unclosed end tag at byte offset {self._byte(begin)}")
        self.at += 1
        opened = self.open.pop()
        if name and name != opened.name:
            raise MarkupError(
                f"Unmatched end tag at byte offset {self._byte(begin)}, "
                f'expected "</{opened.name}>", found "</{name}>"'
            )
        if self.units > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        entity = Entity(TAGS[opened.name], opened.offset, self.units - opened.offset)
        last = self.entities[-1] if self.entities else None
        same = last is not None and (last.offset, last.length) == (entity.offset, entity.length)
        if opened.name == "a":
            self._close_link(opened, entity)
        elif opened.name == "pre" and same and last is not None and last.type == "code" and last.language:
            self.entities[-1] = replace(last, type="pre")
        elif opened.name == "code" and same and last is not None and last.type == "pre" and opened.argument:
            self.entities[-1] = replace(last, language=opened.argument)
        elif opened.name == "code":
            self.entities.append(replace(entity, language=opened.argument))
        elif opened.name == "blockquote" and opened.argument:
            self.entities.append(replace(entity, type="expandable_blockquote"))
        elif opened.name == "tg-emoji":
            if not opened.argument.isdecimal() or int(opened.argument) == 0:
                raise MarkupError("Invalid custom emoji identifier specified")
            self.entities.append(replace(entity, custom_emoji_id=opened.argument))
        else:
            self.entities.append(entity)

    def _close_link(self, opened: _Open, entity: Entity) -> None:
        url = opened.argument or "".join(self.pieces[opened.piece :])
        user = linked_user(url)
        if user is not None:
            self.entities.append(replace(entity, type="text_mention", user_id=user))
        elif link := checked_link(url):
            self.entities.append(replace(entity, url=link))


def _argument(tag: str, attribute: str, value: str, before: str) -> str:
    """What of an attribute matters for its tag; ``before`` when nothing does."""
    if (tag, attribute) in (("a", "href"), ("tg-emoji", "emoji-id")):
        return value
    if (tag, attribute) == ("code", "class") and value.startswith("language-"):
        return value.removeprefix("language-")
    if (tag, attribute) == ("span", "class") and value.startswith("tg-"):
        return value.removeprefix("tg-")
    if (tag, attribute) == ("blockquote", "expandable"):
        return "1"
    return before
