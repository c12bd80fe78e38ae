"""What the labeler's phone shows: cards, the summary, the choice of the question, and progress.

Texts are Telegram's HTML.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.records import NOT_RELATED, RELATED, Item
from bot.rules.callback_data import CARD, REPEAT, CallbackData, encode
from bot.rules.session import NAME_OF, Action
from bot.views.screen import Button, Rows, Screen
from bot.views.text import cut, duration, harmless

DESCRIPTION_UNITS = 3200
RELATED_BUTTON = "✓ Related"
NOT_RELATED_BUTTON = "✗ Not Related"
BACK_BUTTON = "‹ Back"
PEOPLE_LISTED = 60
QUESTIONS = {
    "alignment": "Is this feature related to AI alignment, safety, or ethical behavior?",
    "formatting": "Is this feature related to text formatting, structure, or presentation?",
}
SYMBOLS = ("⚖", "¶", "◆", "●", "▲", "■", "★", "◇", "○", "△", "□", "☆", "✚", "◐", "▼", "◧", "✦", "◎", "▷", "◨")
"""One for each mode, in the order of LABEL_MODES, so that two questions cannot be mistaken for each other."""
SYMBOL_OF = {"alignment": "⚖", "formatting": "¶"}


def mode_symbols(modes: Sequence[str]) -> dict[str, str]:
    """Return a symbol of its own for each of at most 20 modes; the notebook's two modes always have the same."""
    free = iter(symbol for symbol in SYMBOLS if symbol not in {SYMBOL_OF.get(mode) for mode in modes})
    return {mode: SYMBOL_OF.get(mode) or next(free) for mode in modes}


@dataclass(frozen=True, slots=True)
class CardOwner:
    """Whose card it is.

    Attributes:
        user_id: The Telegram id of the labeler, for whom alone the buttons work.
        sample_id: The sample whose items are shown.
        mode: The question that is asked.
        symbol: The symbol of the question.
    """

    user_id: int
    sample_id: int
    mode: str
    symbol: str = SYMBOLS[0]

    @property
    def heading(self) -> str:
        """Return the question's symbol and name, in bold."""
        return f"{self.symbol} <b>{html.escape(self.mode)}</b>"

    def data(self, action: str, row: int, mode: str = "") -> str:
        """Return the callback data of a button on the card of `row`; `mode` is the card's own unless given."""
        return encode(CallbackData(CARD, action, self.sample_id, mode or self.mode, row=row), self.user_id)


def question(mode: str) -> str:
    """Return the question of a mode, in the notebook's words."""
    return QUESTIONS.get(mode, f"Is this feature related to {mode}?")


def quote(description: str | None, most: int = DESCRIPTION_UNITS) -> str:
    """Return a description as a quotation, escaped and cut to `most` units: a message holds no more."""
    if description is None:
        return "<blockquote><i>(no description)</i></blockquote>"
    text = harmless(description)
    if not text.strip():
        return "<blockquote><i>(empty description)</i></blockquote>"
    short = cut(text, most)
    left = "" if short == text else f"\n<i>({len(text) - len(short) + 1} more characters are not shown.)</i>"
    return f"<blockquote>{html.escape(short, quote=False)}</blockquote>{left}"


def card(
    owner: CardOwner,
    item: Item,
    labels_done: int,
    size: int,
    label: str | None,
    *,
    place: int | None = None,
    word: str = "Item",
) -> Screen:
    """Return the card of an item.

    Args:
        owner: Whose card it is.
        item: The item shown.
        labels_done: How many items the reader has labeled.
        size: How many items there are.
        label: The reader's own answer, None before it.
        place: The item in whose place this one comes again, None for its own. A card that shows an item again looks
            like any other: it has the number of its place and no answer.
        word: What an item is called: `Focus` in a focus set.
    """
    number = item.row_id if place is None else place
    lines = [
        f"{owner.heading} · {word} {number + 1} / {size}",
        f"Labeled: {labels_done} / {size}",
        "",
        f"<b>{html.escape(question(owner.mode))}</b>",
        quote(item.description),
    ]
    if label is not None:
        lines.append(f"Your answer: <b>{NAME_OF[label]}</b>")

    def data(action: Action) -> str:
        if place is None:
            return owner.data(action.value, item.row_id)
        about = CallbackData(REPEAT, action.value, owner.sample_id, owner.mode, row=item.row_id, place=place)
        return encode(about, owner.user_id)

    return Screen(
        "\n".join(lines),
        (
            (
                Button(RELATED_BUTTON, data(Action.RELATED), style="success"),
                Button(NOT_RELATED_BUTTON, data(Action.NOT_RELATED), style="primary"),
            ),
            (Button(BACK_BUTTON, data(Action.BACK)), Button("Skip", data(Action.SKIP))),
        ),
    )


def summary(
    owner: CardOwner, labels: Sequence[str], last_row: int, seconds: float, others: Sequence[tuple[str, int]]
) -> Screen:
    """Return the end of a mode: how many of each label, how long it took, the way back, and where to go next.

    Args:
        owner: Whose summary it is.
        labels: All their labels in the mode.
        last_row: The item answered last, to which `Back` leads.
        seconds: The time spent; 0 when it is not known.
        others: The other modes, each with how many items are labeled.
    """
    size = len(labels)
    lines = [
        f"{owner.heading} · all {size} labeled",
        f"Labeled: {size} / {size}",
        "",
        f"Related: <b>{labels.count(RELATED)}</b>",
        f"Not Related: <b>{labels.count(NOT_RELATED)}</b>",
    ]
    if seconds > 0:
        lines.append(f"Time: {duration(seconds)}")
    lines += ["", f"{_thanks(size, others)} /export sends you the file."]
    return Screen("\n".join(lines), _ways_on(owner, size, last_row, others))


def _thanks(size: int, others: Sequence[tuple[str, int]]) -> str:
    """Return the thanks, which say that everything is done where it is; `others` as in `summary`."""
    return "Thank you, that was everything." if all(count == size for _, count in others) else "Thank you."


def _ways_on(owner: CardOwner, size: int, last_row: int, others: Sequence[tuple[str, int]]) -> Rows:
    back = (Button(BACK_BUTTON, owner.data(Action.OPEN.value, last_row)),)
    on = []
    for mode, count in others:
        # where all is labeled it leads to that summary, from which a slip can be mended
        word = "Label" if count < size else "See"
        on.append((Button(f"{word} {mode} ({count} / {size})", owner.data("mode", 0, mode)),))
    return (back, *on)


def focus_summary(
    owner: CardOwner, count: int, last_row: int, size: int, others: Sequence[tuple[str, int]]
) -> Screen:
    """Return the end of a focus set that others still label; it says nothing of what was answered.

    Args:
        owner: Whose summary it is.
        count: How many items the set has.
        last_row: The item answered last, to which `Back` leads.
        size: How many items the sample has.
        others: The other modes, each with how many items of the sample are labeled.
    """
    text = f"{owner.heading} · Focus: all {count} labeled\n\n{_thanks(size, others)}"
    return Screen(text, _ways_on(owner, size, last_row, others))


def mode_choice(owner: CardOwner, done: Sequence[tuple[str, int]], size: int) -> Screen:
    """Draw the questions to choose from, each with the reader's own count."""
    lines = ["<b>Which question?</b> Each keeps its own answers and place.", ""]
    for mode, count in done:
        here = " (now)" if mode == owner.mode else ""
        lines.append(f"<b>{html.escape(mode)}</b>{here}: {count} / {size}\n{html.escape(question(mode))}")
    return Screen("\n".join(lines), tuple((Button(mode, owner.data("mode", 0, mode)),) for mode, _ in done))


def progress(
    owner: CardOwner,
    own: Sequence[tuple[str, int]],
    size: int,
    today: Mapping[str, int],
    paces: Sequence[float | None],
    *,
    over: bool,
) -> Screen:
    """Return how far the reader is, with a button to go on labeling, or with thanks when nothing is left.

    Args:
        owner: The reader, in the mode to go on in.
        own: Each mode with how many items are labeled.
        size: How many items there are.
        today: How many were labeled today, by mode; absent where none.
        paces: Seconds an item takes the reader, in the order of `own`; None where that is not known.
        over: Whether nothing is left in any mode.
    """
    lines = ["<b>Your labels</b>"]
    for (mode, count), pace in zip(own, paces, strict=True):
        parts = [f"<b>{html.escape(mode)}</b>: {count} / {size}"]
        parts += [f"{today[mode]} today"] if mode in today else []
        if left := size - count:
            parts.append(f"{left} left" + (f", about {duration(pace * left)}" if pace else ""))
        parts += [f"{duration(pace)} an item"] if pace else []
        lines.append(" · ".join(parts))
    if over:
        return Screen("\n".join([*lines, "Everything is labeled. Thank you! /export sends you the file."]))
    return Screen("\n".join(lines), ((Button("Continue", owner.data("mode", 0)),),))


def group_progress(counts: Sequence[tuple[str, Sequence[tuple[str, int]]]], size: int) -> Screen:
    """Draw everybody's counts by pseudonym, from (mode, ((pseudonym, count), ...)) for each mode."""
    most = max(1, PEOPLE_LISTED // max(1, len(counts)))
    lines: list[str] = []
    for mode, people in counts:
        lines.append(f"<b>{html.escape(mode)}</b>")
        lines += [f"{name}: {count} / {size}" for name, count in people[:most]] or ["nothing yet"]
        if len(people) > most:
            lines.append(f"and {len(people) - most} more")
    return Screen("\n".join(lines))
