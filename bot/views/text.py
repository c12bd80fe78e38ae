"""Text from outside, made harmless, and lengths as Telegram counts them: UTF-16 units after the markup is taken out."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable, Sequence

from analysis.names import units

MESSAGE_UNITS = 4096
CAPTION_UNITS = 1024
"""The most UTF-16 units that Telegram takes as a message, and as the caption of a picture or file."""
JOINERS = "\u200c\u200d"
"""Invisible characters that written languages and emoji need."""
INVISIBLE = ("Cf", "Zl", "Zp")
"""Unicode categories of what reorders the text around it, or hides in it."""


def cut(text: str, most: int) -> str:
    """Return the text, or its beginning with an ellipsis, at most `most` UTF-16 units long."""
    if units(text) <= most:
        return text
    kept = 0
    for place, character in enumerate(text):
        kept += 2 if character > "\uffff" else 1
        if kept > most - 1:
            return text[:place] + "…"
    return text


def harmless(text: str) -> str:
    """Return the text with everything that cannot be seen made visible.

    White space stays white space. Control characters become pictures of themselves, or U+FFFD where there is none, and
    invisible format characters their number, such as `‹U+2060›`; the joiners U+200C and U+200D stay, because words and
    emoji are spelled with them.
    """
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character in "\n\t":
        return character
    if character in "\v\f\x85\x1c\x1d\x1e\x1f":
        return " " if character == "\x1f" else "\n"
    category, code = unicodedata.category(character), ord(character)
    if category in INVISIBLE and character not in JOINERS:
        return f"‹U+{code:04X}›"
    if category not in ("Cc", "Cs"):
        return character
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"


def in_one_line(text: str, most: int) -> str:
    """Return what somebody typed, harmless, in one line and cut to `most` units; not escaped."""
    return cut(" ".join(harmless(text).split()), most)


def shown_name(name: str) -> str:
    """Return a name for a button: in one line, and never empty, which Telegram would refuse; not escaped."""
    return in_one_line(name, 60) or "(no name)"


def echo(text: str, most: int = 60) -> str:
    """Return what somebody typed, safe to show back: harmless, in one line, cut to `most` units, escaped."""
    return html.escape(in_one_line(text, most), quote=False)


def together(texts: Sequence[str]) -> str:
    """Return texts of HTML as one message: the first, and as many of the others as fit; markup counts, too."""
    joined = texts[0]
    for text in texts[1:]:
        if units(joined) + 2 + units(text) > MESSAGE_UNITS:
            break
        joined += "\n\n" + text
    return joined


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return `1 tie`, `2 ties`; `many` where the plural is not made with an s."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def listed(words: Iterable[str]) -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    *before, last = words
    return f"{', '.join(before)} and {last}" if before else last


def duration(seconds: float) -> str:
    """Return seconds in words that a person reads at a glance: `48 s`, `12 min`, `1 h 05 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{max(whole, 1)} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
