"""`/adjudicate`: an admin decides the items on which labelers differ; what they said themselves stays.

It opens only for who has labeled every item in the mode, and asks again at every tap.

    on a card of item k     Related / Not Related: that is the consensus of item k; Skip: leave it; then the
                            next item on which labelers differ and nobody has decided
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from telegram import Update

from analysis.records import NOT_RELATED, RELATED, Item
from bot.handlers.command import CommandContext, command
from bot.handlers.review import LookedAt, Own, Taken, carry_out, not_yet, own_labels, read_tap
from bot.rules.callback_data import sign
from bot.rules.model_choice import split_mode
from bot.rules.roles import Role
from bot.rules.session import NAME_OF
from bot.services import Context, Services
from bot.views import messages
from bot.views.card import Button, Screen, question, quote

DATA = re.compile(r"x([rns])([1-9][0-9]{0,8})\.([A-Za-z0-9_-]{1,24})\.(0|[1-9][0-9]{0,6})", re.ASCII)
PATTERN = re.compile(r"x")
LABEL_OF = {"r": RELATED, "n": NOT_RELATED}
MOST_NAMED = 20


def adjudication_screen(
    user_id: int, sample_id: int, mode: str, item: Item, said: Mapping[str, str], left: int
) -> Screen:
    """An item with everybody's labels by pseudonym; `left`: items to decide from here on, this one included."""
    lines = [
        f"<b>{html.escape(mode)}</b> · Item {item.row_id + 1} · {left} to decide",
        f"<b>{html.escape(question(mode))}</b>",
        quote(item.description),
        *(f"{name}: <b>{NAME_OF[label]}</b>" for name, label in list(said.items())[:MOST_NAMED]),
    ]
    if len(said) > MOST_NAMED:
        lines.append(f"and {len(said) - MOST_NAMED} more")
    place = f"{sample_id}.{mode}.{item.row_id}"
    rows = (
        (
            Button("Related", sign(f"xr{place}", user_id), style="success"),
            Button("Not Related", sign(f"xn{place}", user_id), style="primary"),
        ),
        (Button("Skip", sign(f"xs{place}", user_id)),),
    )
    return Screen("\n".join(lines), rows)


@command(private=Role.ADMIN, elsewhere="Deciding happens in our private chat.")
async def adjudicate(asked: CommandContext) -> None:
    """`/adjudicate [mode]`: items on which labelers differ."""
    services = asked.services
    _, mode = split_mode(asked.args, services.settings.modes)
    mode = mode or services.mode(await services.labeler(asked.user_id or 0))
    own = await own_labels(services, asked.user_id or 0, mode)
    if waiting := not_yet(own, services.size):
        asked.reply(waiting)
        return
    asked.show(await _next_dispute(services, own, -1))


async def _disputes(services: Services, mode: str) -> dict[int, dict[str, str]]:
    """The items on which labelers differ: row -> pseudonym -> label, in order."""
    everybody = await services.store.answers.by_labeler(services.frozen.sample_id, mode)
    by_row: dict[int, dict[str, str]] = {}
    for name, labels in everybody.items():
        for row, label in labels.items():
            by_row.setdefault(row, {})[name] = label
    return {row: by_row[row] for row in sorted(by_row) if len(set(by_row[row].values())) > 1}


async def _next_dispute(services: Services, own: Own, after: int) -> Screen:
    """The next card to decide, or the end of the list."""
    sample_id = services.frozen.sample_id
    decided = await services.store.answers.adjudicated(sample_id, own.mode)
    disputes = await _disputes(services, own.mode)
    left = [row for row in disputes if row > after and row not in decided]
    if not left:
        text = "That was all." if after >= 0 else "Nobody differs on any item that is not decided."
        return Screen(f"{text} /agreement shows how people agree.")
    item = services.sample.items[left[0]]
    user_id = own.labeler.user_id or 0
    return adjudication_screen(user_id, sample_id, own.mode, item, disputes[left[0]], len(left))


async def tapped(update: Update, context: Context) -> None:
    """A tap on a card to decide."""
    tap = await read_tap(update, context, Role.ADMIN)
    if tap is not None:
        await carry_out(context, tap, _take)


async def _take(context: Context, tap: LookedAt) -> Taken:
    """Decide or leave."""
    services = context.services
    found = DATA.fullmatch(tap.data)
    if found is None or int(found[2]) != services.frozen.sample_id or found[3] not in services.settings.modes:
        return messages.STALE_BUTTON, None
    action, sample_id, mode, row = found.groups()
    own = await own_labels(services, tap.user_id, mode)
    if not_yet(own, services.size) or int(row) not in await _disputes(services, mode):
        return messages.STALE_BUTTON, None
    if action == "s":
        return "Skipped", await _next_dispute(services, own, int(row))
    await services.store.answers.adjudicate(
        int(sample_id),
        mode,
        int(row),
        LABEL_OF[action],
        labeler_id=own.labeler.labeler_id,
        now=services.clock(),
    )
    return f"Decided: {NAME_OF[LABEL_OF[action]]}", await _next_dispute(services, own, int(row))
