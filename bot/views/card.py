"""What the labeler's phone shows: cards, the summary, the choice of the question, and progress.

Texts are Telegram's HTML.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.records import NOT_RELATED, RELATED, Item
from bot.rules.callback_data import CARD, CallbackData, encode
from bot.rules.session import NAME_OF, Action
from bot.views.screen import Button, Screen
from bot.views.text import cut, duration, harmless

DESCRIPTION_UNITS = 3200
BAR_BLOCKS = 10
PEOPLE_LISTED = 60
QUESTIONS = {
    "alignment": "Is this feature related to AI alignment, safety, or ethical behavior?",
    "formatting": "Is this feature related to text formatting, structure, or presentation?",
}


@dataclass(frozen=True, slots=True)
class CardOwner:
    """Whose card it is.

    Attributes:
        user_id: The Telegram id of the labeler, for whom alone the buttons work.
        sample_id: The sample whose items are shown.
        mode: The question that is asked.
    """

    user_id: int
    sample_id: int
    mode: str

    def data(self, action: str, row: int, mode: str = "") -> str:
        """Return the callback data of a button on the card of `row`; `mode` is the card's own unless given."""
        return encode(CallbackData(CARD, action, self.sample_id, mode or self.mode, row=row), self.user_id)


def question(mode: str) -> str:
    """The question of a mode, in the notebook's words."""
    return QUESTIONS.get(mode, f"Is this feature related to {mode}?")


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


def card(owner: CardOwner, item: Item, labels_done: int, size: int, label: str | None) -> Screen:
    """The card of an item; `label` is the reader's own answer, None before it."""
    lines = [
        f"<b>{html.escape(owner.mode)}</b> · Item {item.row_id + 1} / {size}",
        f"{bar(labels_done, size)} Labeled: {labels_done} / {size}",
        "",
        f"<b>{html.escape(question(owner.mode))}</b>",
        quote(item.description),
    ]
    if label is not None:
        lines.append(f"Your answer: <b>{NAME_OF[label]}</b>")
    row = item.row_id
    return Screen(
        "\n".join(lines),
        (
            (
                Button("Related", owner.data(Action.RELATED.value, row), style="success"),
                Button("Not Related", owner.data(Action.NOT_RELATED.value, row), style="primary"),
            ),
            (
                Button("Back", owner.data(Action.BACK.value, row)),
                Button("Skip", owner.data(Action.SKIP.value, row)),
            ),
        ),
    )


def summary(
    owner: CardOwner, labels: Sequence[str], last_row: int, seconds: float, other_modes: Sequence[str]
) -> Screen:
    """The end of a mode: how many of which label, how long it took, the way back, and where to go next."""
    related = sum(label == RELATED for label in labels)
    unrelated = sum(label == NOT_RELATED for label in labels)
    lines = [
        f"<b>{html.escape(owner.mode)}</b> · all {len(labels)} labeled",
        f"{bar(1, 1)} Labeled: {len(labels)} / {len(labels)}",
        "",
        f"Related: <b>{related}</b>",
        f"Not Related: <b>{unrelated}</b>",
    ]
    if seconds > 0:
        lines.append(f"Time: {duration(seconds)}")
    lines += ["", "Thank you. /export sends you the file."]
    back = (Button("Back", owner.data(Action.OPEN.value, last_row)),)
    return Screen("\n".join(lines), (back, *mode_buttons(owner, other_modes)))


def mode_buttons(owner: CardOwner, modes: Sequence[str]) -> list[tuple[Button, ...]]:
    """One button a row for each question."""
    return [(Button(mode, owner.data("mode", 0, mode)),) for mode in modes]


def mode_choice(owner: CardOwner, done: Sequence[tuple[str, int]], size: int) -> Screen:
    """The questions to choose from, each with the reader's own count."""
    lines = ["<b>Which question?</b> Each keeps its own answers and place.", ""]
    for mode, count in done:
        here = " (now)" if mode == owner.mode else ""
        lines.append(f"<b>{html.escape(mode)}</b>{here}: {count} / {size}\n{html.escape(question(mode))}")
    return Screen("\n".join(lines), tuple(mode_buttons(owner, [mode for mode, _ in done])))


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
