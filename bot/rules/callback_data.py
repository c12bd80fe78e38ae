"""What the data of every button says: one table of kinds, one encoder, one decoder.

The data of a button is at most 64 ASCII characters:

    <prefix><action letter>[.]<field>.<field>. ... [.<check>]

Each kind of button is one `Kind` below. Its prefix tells it from the others, its actions say what a tap does, and its
fields say what it is about. A sample's number follows the letter without a dot. The check ties the data to its reader,
so that data which no card of theirs carried (cut, doubled, borrowed, other digits) means nothing. It is no secret: who
forges it can only label their own items, which they may. Buttons in a group are for everybody who is there, and carry
no check.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

FIELDS = {
    "sample_id": "[1-9][0-9]{0,8}",
    "mode": "[A-Za-z0-9_-]{1,24}",
    "file_key": "[0-9a-f]{10}",
    "other_key": "[0-9a-f]{10}",
    "row": "0|[1-9][0-9]{0,6}",
    "place": "0|[1-9][0-9]{0,6}",
    "number": "[2-9]|[1-9][0-9]{1,2}|1000",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of button.

    Attributes:
        prefix: Begins the data; empty for the buttons of a card, whose actions have letters of their own.
        actions: What a tap does, by name, with the letter that stands for it.
        fields: Which of `FIELDS` follow, in this order; at least one.
        personal: Whether the button is for one reader alone, in their private chat.
    """

    prefix: str
    actions: Mapping[str, str]
    fields: tuple[str, ...]
    personal: bool = True
    pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        letters = f"({'|'.join(self.actions.values())})"
        fields = r"\.".join(f"({FIELDS[name]})" for name in self.fields)
        pattern = f"{self.prefix}{letters}{re.escape(self.dot)}{fields}"
        object.__setattr__(self, "pattern", re.compile(pattern, re.ASCII))

    @property
    def dot(self) -> str:
        """What stands between the letter and the fields."""
        return "" if self.fields[0] == "sample_id" else "."


CARD = Kind(
    "",
    {"related": "r", "not-related": "n", "back": "b", "skip": "s", "open": "o", "mode": "m"},
    ("sample_id", "mode", "row"),
)
REPEAT = Kind(
    "a",
    {"related": "r", "not-related": "n", "back": "b", "skip": "s"},
    ("sample_id", "mode", "row", "place"),
)
"""A card that shows an item once more: a kind of its own, so that no tap on it is a correction of the first answer."""
REPORT = Kind(
    "q",
    {
        "choose": "c",
        "metrics": "m",
        "more": "o",
        "more, files gone": "p",
        "files": "f",
        "files, more gone": "g",
        "with reviewed": "w",
    },
    ("mode", "file_key"),
    personal=False,
)
PREVALENCE = Kind("w", {"choose": "c", "more": "o"}, ("mode", "file_key"), personal=False)
FIRST_OF_TWO = Kind("p", {"choose": "a"}, ("mode", "file_key"), personal=False)
SECOND_OF_TWO = Kind("t", {"choose": "b", "more": "o"}, ("mode", "file_key", "other_key"), personal=False)
MODE_REPORT = Kind("l", {"models": "m", "agreement": "a"}, ("mode",), personal=False)
"""`More` below a report on all models of a mode, or on how people agree in it."""
SUBSCRIBE = Kind("u", {"choose": "c"}, ("mode", "file_key"), personal=False)
REVIEW = Kind(
    "v",
    {"keep": "k", "related": "r", "not-related": "n", "open": "o", "back": "b"},
    ("sample_id", "mode", "file_key", "row"),
)
ADJUDICATION = Kind(
    "x", {"related": "r", "not-related": "n", "skip": "s", "back": "b"}, ("sample_id", "mode", "row")
)
REVOKE = Kind("k", {"yes": "y", "no": "n"}, ("row",))
"""The row is the number in the pseudonym of who is to lose access."""
FORGET = Kind("f", {"first yes": "a", "second yes": "b", "no": "n"}, ("row",))
"""The row is the number in the pseudonym of who is to be forgotten: whoever comes back has another."""
REMIND = Kind("z", {"time": "t", "off": "o", "zone": "z", "usual zone": "u", "zones": "l"}, ("row",))
"""The row is minutes since midnight (time), a place in `zones.ZONES` (zone), a page of the list (zones), or 0."""

FOCUS_ON_ONE = Kind("g", {"choose": "c", "begin": "b"}, ("mode", "file_key", "number"))
FOCUS_ON_TWO = Kind("h", {"choose": "c", "begin": "b"}, ("mode", "file_key", "other_key", "number"))
"""The number is how many items the focus set is to have."""

KINDS = tuple(found for found in list(globals().values()) if isinstance(found, Kind))
"""All of the above, in their order."""


@dataclass(frozen=True, slots=True)
class CallbackData:
    """What one button says.

    Attributes:
        kind: A row of `KINDS`.
        action: One of the kind's actions.
        sample_id: The sample of the item shown.
        mode: The question.
        file_key: Ten hex digits that name a classification file, see `model_choice.key_of`.
        other_key: The same for a second file.
        row: The item shown, from 0.
        place: The item in whose place another one is shown again, from 0.
        number: How many items are wanted.

    A field that the kind does not have keeps its default.
    """

    kind: Kind
    action: str
    sample_id: int = 0
    mode: str = ""
    file_key: str = ""
    other_key: str = ""
    row: int = 0
    place: int = 0
    number: int = 0


def encode(data: CallbackData, reader: int) -> str:
    """Return the text that a button carries for one reader, a Telegram id: at most 64 ASCII characters."""
    kind = data.kind
    fields = ".".join(str(getattr(data, name)) for name in kind.fields)
    body = kind.prefix + kind.actions[data.action] + kind.dot + fields
    return sign(body, reader) if kind.personal else body


def decode(text: str, reader: int) -> CallbackData | None:
    """Return what a text says, or None unless some button for this reader carries exactly this text."""
    own = verify(text, reader)
    for kind in KINDS:
        body = own if kind.personal else text
        if body is not None and (found := kind.pattern.fullmatch(body)):
            letter, *values = found.groups()
            action = next(name for name, known in kind.actions.items() if known == letter)
            named: dict[str, str | int] = dict(zip(kind.fields, values, strict=True))
            for whole in ("sample_id", "row", "place", "number"):
                if whole in named:
                    named[whole] = int(named[whole])
            return CallbackData(kind, action, **named)  # type: ignore[arg-type] # the fields are named in KINDS
    return None


def sign(body: str, reader: int) -> str:
    """Return a button's data with its check for one reader."""
    return f"{body}.{_check(body, reader)}"


def verify(text: str, reader: int) -> str | None:
    """Return the data without its check, or None when no button for this reader carried it."""
    body, _, check = text.rpartition(".")
    return body if check == _check(body, reader) else None


def _check(body: str, reader: int) -> str:
    text = f"{reader} {body}".encode("utf-8", "backslashreplace")
    digest = hashlib.blake2s(text, digest_size=5, person=b"labelbot").digest()
    return base64.b32encode(digest).decode().lower()
