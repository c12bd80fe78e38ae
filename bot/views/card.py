"""What the phone shows: pure functions from what is known to text and buttons.

Texts are Telegram's HTML. Lengths are UTF-16 units after the markup is taken out, as Telegram counts.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.records import NOT_RELATED, RELATED, Item
from bot.rules.callback_data import CardButton, encode
from bot.rules.session import NAME_OF, Action

DESCRIPTION_UNITS = 3200
BAR_BLOCKS = 10
PEOPLE_LISTED = 60
QUESTIONS = {
    "alignment": "Is this feature related to AI alignment, safety, or ethical behavior?",
    "formatting": "Is this feature related to text formatting, structure, or presentation?",
}
# what reorders the text around it, or hides in it
INVISIBLE = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\u061c\u2028\u2029\ufeff]")


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button: `data` comes back when tapped, or `url` opens. style: '', success, danger or primary."""

    text: str
    data: str = ""
    url: str = ""
    style: str = ""


@dataclass(frozen=True, slots=True)
class Screen:
    """One message: HTML and rows of buttons."""

    text: str
    rows: tuple[tuple[Button, ...], ...] = ()


def markup(screen: Screen) -> dict[str, list[list[dict[str, str]]]] | None:
    """The buttons of a screen as the Bot API takes them, None when there are none."""
    if not screen.rows:
        return None
    return {"inline_keyboard": [[_button(button) for button in row] for row in screen.rows]}


def _button(button: Button) -> dict[str, str]:
    if button.url:
        return {"text": button.text, "url": button.url}
    plain = {"text": button.text, "callback_data": button.data}
    return {**plain, "style": button.style} if button.style else plain


@dataclass(frozen=True, slots=True)
class CardOwner:
    """Whose card it is: the Telegram id that its buttons are for, the sample and the question."""

    user_id: int
    sample_id: int
    mode: str

    def button(self, action: Action, row: int) -> str:
        """Data for a button of this reader's card."""
        return encode(CardButton(action.value, self.sample_id, self.mode, row), self.user_id)


def question(mode: str) -> str:
    """The question of a mode, in the notebook's words."""
    return QUESTIONS.get(mode, f"Is this feature related to {mode}?")


def units(text: str) -> int:
    """Length as Telegram counts it: UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def cut(text: str, most: int) -> str:
    """The text, or its beginning with an ellipsis, at most `most` UTF-16 units."""
    if units(text) <= most:
        return text
    kept = 0
    for place, character in enumerate(text):
        kept += 2 if character > "\uffff" else 1
        if kept > most - 1:
            return text[:place] + "…"
    return text


def harmless(text: str) -> str:
    """Text with control characters made visible: white space stays white space, the rest shows what it is."""
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return INVISIBLE.sub(lambda found: f"‹U+{ord(found[0]):04X}›", "".join(map(_visible, text)))


def _visible(character: str) -> str:
    if character in "\n\t" or (character >= " " and unicodedata.category(character) not in ("Cc", "Cs")):
        return character
    code = ord(character)
    if character in "\v\f\x85\x1c\x1d\x1e\x1f":
        return "\n" if character != "\x1f" else " "
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return "\ufffd"


def quote(description: str | None) -> str:
    """A description as a quotation, markup escaped, cut when a message could not hold it."""
    if description is None:
        return "<blockquote><i>(no description)</i></blockquote>"
    text = harmless(description)
    if not text.strip():
        return "<blockquote><i>(empty description)</i></blockquote>"
    short = cut(text, DESCRIPTION_UNITS)
    left = "" if short == text else f"\n<i>({len(text) - len(short) + 1} more characters are not shown.)</i>"
    return f"<blockquote>{html.escape(short, quote=False)}</blockquote>{left}"


def bar(done: int, total: int) -> str:
    """A bar of ten blocks; full only when everything is done, empty only when nothing is."""
    filled = BAR_BLOCKS * done // total if total else 0
    if done and not filled:
        filled = 1
    return "▰" * filled + "▱" * (BAR_BLOCKS - filled)


def card(reader: CardOwner, item: Item, labels_done: int, size: int, label: str | None) -> Screen:
    """The card of an item; `label` is the reader's own answer, None before it."""
    lines = [
        f"<b>{html.escape(reader.mode)}</b> · Item {item.row_id + 1} / {size}",
        f"{bar(labels_done, size)} Labeled: {labels_done} / {size}",
        "",
        f"<b>{html.escape(question(reader.mode))}</b>",
        quote(item.description),
    ]
    if label is not None:
        lines.append(f"Your answer: <b>{NAME_OF[label]}</b>")
    row = item.row_id
    return Screen(
        "\n".join(lines),
        (
            (
                Button("Related", reader.button(Action.RELATED, row), style="success"),
                Button("Not Related", reader.button(Action.NOT_RELATED, row), style="primary"),
            ),
            (
                Button("Back", reader.button(Action.BACK, row)),
                Button("Skip", reader.button(Action.SKIP, row)),
            ),
        ),
    )


def summary(
    reader: CardOwner, labels: Sequence[str], last_row: int, seconds: float, other_modes: Sequence[str]
) -> Screen:
    """The end of a mode: how many of which label, how long it took, the way back, and where to go next."""
    related = sum(label == RELATED for label in labels)
    unrelated = sum(label == NOT_RELATED for label in labels)
    lines = [
        f"<b>{html.escape(reader.mode)}</b> · all {len(labels)} labeled",
        f"{bar(1, 1)} Labeled: {len(labels)} / {len(labels)}",
        "",
        f"Related: <b>{related}</b>",
        f"Not Related: <b>{unrelated}</b>",
    ]
    if seconds > 0:
        lines.append(f"Time: {duration(seconds)}")
    lines += ["", "Thank you. /export sends you the file."]
    back = (Button("Back", reader.button(Action.OPEN, last_row)),)
    return Screen("\n".join(lines), (back, *mode_buttons(reader, other_modes)))


def duration(seconds: float) -> str:
    """Seconds in words a person reads at a glance: `48 s`, `12 min`, `1 h 05 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{max(whole, 1)} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


MODE_ACTION = "m"


def mode_buttons(reader: CardOwner, modes: Sequence[str]) -> list[tuple[Button, ...]]:
    """One button a row for each question."""
    return [
        (Button(mode, encode(CardButton(MODE_ACTION, reader.sample_id, mode, 0), reader.user_id)),)
        for mode in modes
    ]


def mode_choice(reader: CardOwner, done: Sequence[tuple[str, int]], size: int) -> Screen:
    """The questions to choose from, each with the reader's own count."""
    lines = ["<b>Which question?</b> Each keeps its own answers and place.", ""]
    for mode, count in done:
        here = " (now)" if mode == reader.mode else ""
        lines.append(f"<b>{html.escape(mode)}</b>{here}: {count} / {size}\n{html.escape(question(mode))}")
    return Screen("\n".join(lines), tuple(mode_buttons(reader, [mode for mode, _ in done])))


def progress(own: Sequence[tuple[str, int]], size: int) -> Screen:
    """The reader's own counts per mode."""
    lines = [f"{bar(count, size)} <b>{html.escape(mode)}</b>: {count} / {size}" for mode, count in own]
    return Screen("\n".join(["<b>Your labels</b>", *lines, "", "/label goes on."]))


def group_progress(counts: Sequence[tuple[str, Sequence[tuple[str, int]]]], size: int) -> Screen:
    """Everybody's counts by pseudonym: (mode, ((pseudonym, count), ...)) each."""
    most = max(1, PEOPLE_LISTED // max(1, len(counts)))
    lines: list[str] = []
    for mode, people in counts:
        lines.append(f"<b>{html.escape(mode)}</b>")
        lines += [f"{bar(count, size)} {name}: {count} / {size}" for name, count in people[:most]] or [
            "nothing yet"
        ]
        if len(people) > most:
            lines.append(f"and {len(people) - most} more")
    return Screen("\n".join(lines))
