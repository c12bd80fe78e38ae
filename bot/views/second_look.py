"""Cards to look again: an item with a model's label (`/review`), or with everybody's labels (`/adjudicate`)."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from analysis.records import NOT_RELATED, RELATED, ClassificationFile, Item
from bot.rules.callback_data import ADJUDICATION, REVIEW, CallbackData, encode
from bot.rules.model_choice import key_of
from bot.rules.session import NAME_OF
from bot.views.card import CardOwner, question, quote
from bot.views.screen import Button, Screen
from bot.views.text import counted, cut, echo

MOST_NAMED = 20


def review_data(owner: CardOwner, action: str, file: ClassificationFile, row: int) -> str:
    """Return the callback data of a button of a review; `action` is one of the codec's for a review."""
    data = CallbackData(REVIEW, action, owner.sample_id, file.mode, key_of(file), row)
    return encode(data, owner.user_id)


def review_card(owner: CardOwner, file: ClassificationFile, item: Item, label: str, left: int) -> Screen:
    """Return the card of an item on which the reader and a model differ.

    Args:
        owner: The reader.
        file: The model's file.
        item: The item shown.
        label: The reader's own label; the model says the other.
        left: How many items differ from here on, this one included.
    """
    other = RELATED if label == NOT_RELATED else NOT_RELATED
    lines = [
        f"<b>{html.escape(file.mode)}</b> · Item {item.row_id + 1} · {left} to look at",
        f"<b>{html.escape(question(file.mode))}</b>",
        quote(item.description),
        f"You said <b>{NAME_OF[label]}</b>",
        f"{echo(file.name, 40)} says <b>{NAME_OF[other]}</b>",
    ]
    row = (
        Button(f"Keep {NAME_OF[label]}", review_data(owner, "keep", file, item.row_id), style="success"),
        Button(f"Change to {NAME_OF[other]}", review_data(owner, other, file, item.row_id), style="primary"),
    )
    return Screen("\n".join(lines), (row,))


def review_choice(owner: CardOwner, text: str, files: Sequence[ClassificationFile]) -> Screen:
    """Return the models of which one is to be chosen for a review, as buttons below `text`."""
    return Screen(text, tuple((Button(cut(f.name, 60), review_data(owner, "open", f, 0)),) for f in files))


def adjudication_card(owner: CardOwner, item: Item, said: Mapping[str, str], left: int) -> Screen:
    """Return the card of an item on which labelers differ.

    Args:
        owner: The admin who decides.
        item: The item shown.
        said: Everybody's labels by pseudonym.
        left: How many items are to be decided from here on, this one included.
    """
    lines = [
        f"<b>{html.escape(owner.mode)}</b> · Item {item.row_id + 1} · {left} to decide",
        f"<b>{html.escape(question(owner.mode))}</b>",
        quote(item.description),
        *(f"{name}: <b>{NAME_OF[label]}</b>" for name, label in list(said.items())[:MOST_NAMED]),
    ]
    if len(said) > MOST_NAMED:
        lines.append(f"and {len(said) - MOST_NAMED} more")

    def data(action: str) -> str:
        about = CallbackData(ADJUDICATION, action, owner.sample_id, owner.mode, row=item.row_id)
        return encode(about, owner.user_id)

    rows = (
        (
            Button("Related", data(RELATED), style="success"),
            Button("Not Related", data(NOT_RELATED), style="primary"),
        ),
        (Button("Skip", data("skip")),),
    )
    return Screen("\n".join(lines), rows)


def not_open_yet(mode: str, left: int) -> str:
    """Return the line for somebody who has not labeled the whole sample; `left` is how many items are missing."""
    return f"This opens when you have labeled the whole sample in {mode}: {counted(left, 'item')} left. /label goes on."


def no_review_left(file: ClassificationFile, *, begun: bool) -> Screen:
    """Return the end of a review; `begun`: whether any card was shown before."""
    text = "That was all." if begun else f"You and {echo(file.name, 40)} agree on every item."
    return Screen(f"{text} /metrics shows the report.")


def no_adjudication_left(*, begun: bool) -> Screen:
    """Return the end of the items to decide; `begun`: whether any card was shown before."""
    text = "That was all." if begun else "Nobody differs on any item that is not decided."
    return Screen(f"{text} /agreement shows how people agree.")
