"""Cards to look again: an item with a model's label (`/review`), or with everybody's labels (`/adjudicate`)."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from analysis.names import units
from analysis.records import NOT_RELATED, RELATED, ClassificationFile, Item
from bot.rules.callback_data import ADJUDICATION, REVIEW, CallbackData, encode
from bot.rules.model_choice import key_of
from bot.rules.session import NAME_OF
from bot.views.card import (
    BACK_BUTTON,
    DESCRIPTION_UNITS,
    NOT_RELATED_BUTTON,
    RELATED_BUTTON,
    CardOwner,
    question,
    quote,
)
from bot.views.feature_link import feature_link
from bot.views.screen import Button, Rows, Screen
from bot.views.text import counted, echo, in_one_line, shown_name
from storage.records import LONGEST_NOTE

MOST_NAMED = 20
DESCRIPTION_BESIDE_NOTES = 2000
NOTES_UNITS = 1200
"""Units that a description and notes have when both are on a card; a message holds 4,096."""


def review_data(owner: CardOwner, action: str, file: ClassificationFile, row: int) -> str:
    """Return the callback data of a button of a review; `action` is one of the codec's for a review."""
    data = CallbackData(REVIEW, action, owner.sample_id, file.mode, file_key=key_of(file), row=row)
    return encode(data, owner.user_id)


def review_card(
    owner: CardOwner,
    file: ClassificationFile,
    item: Item,
    label: str,
    model: str,
    left: int,
    feature_url: str = "",
) -> Screen:
    """Return the card of an item on which the reader and a model differ, or did before the reader changed the label.

    Args:
        owner: The reader.
        file: The model's file.
        item: The item shown.
        label: The reader's present label.
        model: The model's label.
        left: How many items differ from here on, this one included.
        feature_url: FEATURE_URL; empty for no button that opens the feature's page.
    """
    other = RELATED if label == NOT_RELATED else NOT_RELATED
    lines = [
        f"{owner.heading} · Item {item.row_id + 1} · {left} left",
        f"<b>{html.escape(question(owner.mode))}</b>",
        quote(item.description),
        f"You said <b>{NAME_OF[label]}</b>",
        f"{echo(shown_name(file.name), 40)} says <b>{NAME_OF[model]}</b>",
    ]
    keep, change, back = (review_data(owner, action, file, item.row_id) for action in ("keep", other, "back"))
    rows = (
        (Button(f"Keep {NAME_OF[label]}", keep, style="success"),),
        (Button(f"Change to {NAME_OF[other]}", change, style="primary"),),
        (Button(BACK_BUTTON, back),),
        *_feature_page(feature_url, item),
    )
    return Screen("\n".join(lines), rows)


def review_choice(owner: CardOwner, text: str, files: Sequence[ClassificationFile]) -> Screen:
    """Return the models of which one is to be chosen for a review, as buttons below `text`."""
    return Screen(text, tuple((Button(shown_name(f.name), review_data(owner, "open", f, 0)),) for f in files))


def adjudication_card(
    owner: CardOwner,
    item: Item,
    said: Mapping[str, str],
    left: int,
    decided: str | None = None,
    notes: Sequence[tuple[str, str]] = (),
    feature_url: str = "",
) -> Screen:
    """Return the card of an item on which labelers differ.

    Args:
        owner: The admin who decides.
        item: The item shown.
        said: Everybody's labels by pseudonym.
        left: How many items are to be decided from here on, this one included.
        decided: The label that an admin has decided before, None for none.
        notes: What labelers wrote about the item: pseudonym and text, oldest first.
        feature_url: FEATURE_URL; empty for no button that opens the feature's page.
    """
    lines = [
        f"{owner.heading} · Item {item.row_id + 1} · {left} left",
        f"<b>{html.escape(question(owner.mode))}</b>",
        quote(item.description, most=DESCRIPTION_BESIDE_NOTES if notes else DESCRIPTION_UNITS),
        *(f"{name}: <b>{NAME_OF[label]}</b>" for name, label in list(said.items())[:MOST_NAMED]),
    ]
    if len(said) > MOST_NAMED:
        lines.append(f"and {len(said) - MOST_NAMED} more")
    if decided is not None:
        lines.append(f"Decided: <b>{NAME_OF[decided]}</b>")
    lines += _noted(notes)

    def data(action: str) -> str:
        about = CallbackData(ADJUDICATION, action, owner.sample_id, owner.mode, row=item.row_id)
        return encode(about, owner.user_id)

    rows = (
        (
            Button(RELATED_BUTTON, data(RELATED), style="success"),
            Button(NOT_RELATED_BUTTON, data(NOT_RELATED), style="primary"),
        ),
        (Button(BACK_BUTTON, data("back")), Button("Skip", data("skip"))),
        *_feature_page(feature_url, item),
    )
    return Screen("\n".join(lines), rows)


def _feature_page(feature_url: str, item: Item) -> Rows:
    """Return the row with the button that opens the item's feature, or no row where there is no such page."""
    address = feature_link(feature_url, item)
    return () if address is None else ((Button("Open the feature's page", url=address),),)


def _noted(notes: Sequence[tuple[str, str]]) -> list[str]:
    """Return the notes, a line each, and how many more there are than the card has room for."""
    lines: list[str] = []
    room = NOTES_UNITS
    for name, text in notes:
        said = in_one_line(text, 2 * LONGEST_NOTE)
        room -= units(f"{name} wrote: {said}\n")
        if room < 0:
            return [*lines, f"and {counted(len(notes) - len(lines), 'more note')}"]
        lines.append(f"{name} wrote: <i>{html.escape(said, quote=False)}</i>")
    return lines


def not_open_yet(mode: str, left: int) -> str:
    """Return the line for somebody who has not labeled the whole sample; `left` is how many items are missing."""
    return f"This opens when you have labeled the whole sample in {mode}: {counted(left, 'item')} left. /label goes on."


def review_summary(file: ClassificationFile, kept: int, changed: int) -> Screen:
    """Return the end of a review: how many of the items that differed were kept and changed."""
    if not kept + changed:
        text = f"You and {echo(shown_name(file.name), 40)} agree on every item."
    else:
        text = f"That was all: {kept} kept, {changed} changed."
    return Screen(f"{text} /metrics shows the report.")


def adjudication_summary(decided: int, skipped: int) -> Screen:
    """Return the end of the items to decide: how many are decided, and how many still wait."""
    if not decided + skipped:
        text = "Nobody differs on any item."
    else:
        text = f"That was all: {decided} decided, {skipped} skipped."
    return Screen(f"{text} /agreement shows how people agree.")
