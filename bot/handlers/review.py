"""`/review`: the items on which the reader and a model differ, once the whole sample is labeled.

It opens only for who has labeled every item in the mode, and asks again at every tap. The cards keep no state:
a button carries the sample, the mode, the item and which model's file it is about.

    on a card of item k     Keep: nothing changes; Change: the reader's answer becomes the label on the button,
                            marked as given after seeing the model's; then the next item that differs
"""

from __future__ import annotations

import functools
import html
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from telegram import Update

from analysis.errors import AnalysisError
from analysis.records import LABELS, NOT_RELATED, RELATED, ClassificationFile, Item
from bot.handlers.command import CommandContext, command
from bot.handlers.reports import MOST_BUTTONS, choice, reports_of
from bot.log import log_event
from bot.rules.callback_data import sign, verify
from bot.rules.model_choice import by_key, key_of, resolve, split_mode
from bot.rules.roles import Role
from bot.rules.session import NAME_OF
from bot.services import Context, Services
from bot.views import messages
from bot.views.card import Button, Screen, cut, harmless, question, quote
from storage.errors import StorageError
from storage.records import Answer, Labeler

REVIEW = re.compile(
    r"v([krno])([1-9][0-9]{0,8})\.([A-Za-z0-9_-]{1,24})\.([0-9a-f]{10})\.(0|[1-9][0-9]{0,6})", re.ASCII
)
PATTERN = re.compile(r"v")
LETTER_OF = {RELATED: "r", NOT_RELATED: "n"}
LABEL_OF = {letter: label for label, letter in LETTER_OF.items()}


@dataclass(frozen=True, slots=True)
class Own:
    """A labeler who looks again: the mode, and the own labels by row."""

    labeler: Labeler
    mode: str
    labels: Mapping[int, str]


async def own_labels(services: Services, user_id: int, mode: str) -> Own:
    """The reader's present labels in a mode. Raises NotSaved."""
    labeler = await services.labeler(user_id)
    held = await services.store.answers.labels(services.frozen.sample_id, mode, labeler.labeler_id)
    return Own(labeler, mode, held.by_row)


def not_yet(own: Own, size: int) -> str:
    """How many are left before looking again opens, '' when it is open."""
    left = size - len(own.labels)
    if not left:
        return ""
    items = "1 item" if left == 1 else f"{left} items"
    return f"This opens when you have labeled the whole sample in {own.mode}: {items} left. /label goes on."


def differing(own: Mapping[int, str], model: Mapping[int, str], after: int) -> list[int]:
    """Rows after `after` on which reader and model differ, where the model says one of the two."""
    return [r for r in sorted(own) if r > after and model.get(r) in LABELS and model[r] != own[r]]


def review_data(action: str, user_id: int, sample_id: int, file: ClassificationFile, row: int) -> str:
    """The data of a button of a review: at most 64 ASCII characters. action: k, r, n or o (open)."""
    return sign(f"v{action}{sample_id}.{file.mode}.{key_of(file)}.{row}", user_id)


def review_screen(
    user_id: int, sample_id: int, file: ClassificationFile, item: Item, label: str, left: int
) -> Screen:
    """An item with both labels; `left`: items that differ from here on, this one included."""
    other = RELATED if label == NOT_RELATED else NOT_RELATED
    head = f"<b>{html.escape(file.mode)}</b> · Item {item.row_id + 1} · {left} to look at"
    lines = [
        head,
        f"<b>{html.escape(question(file.mode))}</b>",
        quote(item.description),
        f"You said <b>{NAME_OF[label]}</b>",
        f"{messages.echo(file.name, 40)} says <b>{NAME_OF[other]}</b>",
    ]
    keep, change = (
        review_data(action, user_id, sample_id, file, item.row_id) for action in ("k", LETTER_OF[other])
    )
    row = (
        Button(f"Keep {NAME_OF[label]}", keep, style="success"),
        Button(f"Change to {NAME_OF[other]}", change, style="primary"),
    )
    return Screen("\n".join(lines), (row,))


@command(private=Role.LABELER, elsewhere="A review happens in our private chat.")
async def review(asked: CommandContext) -> None:
    """`/review [model] [mode]`: the items on which the reader and the model differ."""
    services, reports = asked.services, reports_of(asked.context)
    user_id = asked.user_id or 0
    wanted, mode = split_mode(asked.args, services.settings.modes)
    mode = mode or services.mode(await services.labeler(user_id))
    own = await own_labels(services, user_id, mode)
    if waiting := not_yet(own, services.size):
        asked.reply(waiting)
        return
    files = [file for file in await reports.files() if file.mode == mode]
    chosen = resolve(files, wanted, mode, services.settings.modes, [mode])
    if chosen.file is None:
        screen = choice(chosen.problem, wanted, chosen.options, services.settings.modes)
        sample_id = services.frozen.sample_id
        rows = tuple(
            (Button(cut(f.name, 60), review_data("o", user_id, sample_id, f, 0)),)
            for f in chosen.options[:MOST_BUTTONS]
        )
        asked.show(Screen(screen.text, rows))
        return
    file = chosen.file

    async def work() -> None:
        try:
            asked.show(await _next_review(asked.context, own, file, -1))
        except AnalysisError as error:
            asked.reply(messages.echo(str(error), 400))

    # reading a model's file takes a while: nobody's tap waits for it
    reports.start(asked.chat_id, None, work)


async def _next_review(context: Context, own: Own, file: ClassificationFile, after: int) -> Screen:
    """The next card of a review, or its end. Raises AnalysisError."""
    model = await reports_of(context).model_labels(file)
    rows = differing(own.labels, model, after)
    if not rows:
        text = (
            "That was all." if after >= 0 else f"You and {messages.echo(file.name, 40)} agree on every item."
        )
        return Screen(f"{text} /metrics shows the report.")
    services = context.services
    item = services.sample.items[rows[0]]
    return review_screen(
        own.labeler.user_id or 0,
        services.frozen.sample_id,
        file,
        item,
        own.labels[rows[0]],
        len(rows),
    )


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A tap on a card of somebody's own that was shown to look again. data: what the button says, unsealed."""

    user_id: int
    tap_id: str
    message_id: int
    data: str


async def read_tap(update: Update, context: Context, least: Role) -> LookedAt | None:
    """The tap, None when it means nothing or the person may not: then it is answered already."""
    query = update.callback_query
    if query is None:
        return None
    services = context.services
    user_id = query.from_user.id
    role = await services.role(user_id)
    if role < least:
        refusal = messages.stranger(user_id) if role is Role.STRANGER else messages.ADMINS_ONLY
        services.outbox.answer(query.id, refusal, alert=True)
        return None
    data, message = verify(query.data or "", user_id), query.message
    if data is None or message is None or message.chat.id != user_id:
        services.outbox.answer(query.id, messages.STALE_BUTTON)
        return None
    return LookedAt(user_id, query.id, message.message_id, data)


Taken = tuple[str, Screen | None]
"""The notice that answers a tap, and what the card shows next, None for no change."""


async def carry_out(
    context: Context, tap: LookedAt, take: Callable[[Context, LookedAt], Awaitable[Taken]]
) -> None:
    """Decide and commit, then show what comes next; the tap is answered in any case."""
    outbox = context.services.outbox
    try:
        notice, screen = await take(context, tap)
    except StorageError as error:
        log_event("an answer was not saved", level=logging.ERROR, reason=str(error))
        outbox.answer(tap.tap_id, messages.NOT_SAVED, alert=True)
        return
    except AnalysisError as error:
        outbox.answer(tap.tap_id, cut(harmless(str(error)), 180), alert=True)
        return
    if screen is not None:
        outbox.edit(tap.user_id, tap.message_id, screen)
    outbox.answer(tap.tap_id, notice)


async def tapped(update: Update, context: Context) -> None:
    """A tap on a card of a review."""
    tap = await read_tap(update, context, Role.LABELER)
    if tap is None:
        return
    handle = functools.partial(carry_out, context, tap, _take)
    if await _needs_reading(context, tap.data):
        reports_of(context).start(tap.user_id, None, handle)
    else:
        await handle()


async def _needs_reading(context: Context, data: str) -> bool:
    """Whether a tap needs a model's file that was not read yet: that is done beside the other updates."""
    found = REVIEW.fullmatch(data)
    if found is None:
        return False
    reports = reports_of(context)
    file = by_key(await reports.files(), found[3], found[4])
    return file is not None and not await reports.knows_labels(file)


async def _take(context: Context, tap: LookedAt) -> Taken:
    """Keep, change or open."""
    services = context.services
    found = REVIEW.fullmatch(tap.data)
    if found is None or int(found[2]) != services.frozen.sample_id:
        return messages.STALE_BUTTON, None
    action, _, mode, key, row_text = found.groups()
    row = int(row_text)
    file = by_key(await reports_of(context).files(), mode, key)
    if file is None or row >= services.size or mode not in services.settings.modes:
        return messages.STALE_BUTTON, None
    own = await own_labels(services, tap.user_id, mode)
    if waiting := not_yet(own, services.size):
        return cut(waiting, 190), None
    if action == "o":
        return "", await _next_review(context, own, file, -1)
    label = LABEL_OF.get(action)
    if label is None:
        return f"Kept: {NAME_OF[own.labels[row]]}", await _next_review(context, own, file, row)
    await services.store.answers.save(_changed(services, own, row, label, tap.tap_id))
    fresh = await own_labels(services, tap.user_id, mode)
    return f"Saved: {NAME_OF[label]}", await _next_review(context, fresh, file, row)


def _changed(services: Services, own: Own, row: int, label: str, tap_id: str) -> Answer:
    return Answer(
        sample_id=services.frozen.sample_id,
        mode=own.mode,
        labeler_id=own.labeler.labeler_id,
        row_id=row,
        label=label,
        tap_id=tap_id,
        shown_at=None,
        answered_at=services.clock(),
        guide_version=services.guides[own.mode].version,
        after_review=True,
    )
