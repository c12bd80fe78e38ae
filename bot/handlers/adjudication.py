"""`/adjudicate`: an admin decides the items on which labelers differ; what they said themselves stays.

It opens only for somebody who has labeled every item in the mode, and asks again at every tap.

    on a card of item k     Related / Not Related: that is the consensus of item k; Skip: leave it; then the
                            next item on which labelers differ and nobody has decided. Back: the item before
                            on which they differ, also when it is decided
"""

from __future__ import annotations

from analysis.records import LABELS
from bot.handlers.command import CommandContext, command
from bot.handlers.tap import TapContext, button
from bot.jobs.reviewer import Reviewer, reviewer_of
from bot.rules.callback_data import ADJUDICATION
from bot.rules.roles import Role
from bot.rules.session import NAME_OF
from bot.services import Services
from bot.views import messages
from bot.views.screen import Screen
from bot.views.second_look import adjudication_card, adjudication_summary
from storage.records import Outcome, pseudonym


@command(
    "adjudicate",
    private=Role.ADMIN,
    help="decide where people differ",
    elsewhere="Deciding happens in our private chat.",
)
async def adjudicate(request: CommandContext) -> None:
    """`/adjudicate [mode]`: items on which labelers differ."""
    services, mode = request.services, request.named_mode()
    if mode is None:
        return
    mode = mode or services.mode(await services.labeler(request.user_id))
    reviewer = await reviewer_of(services, request.user_id, mode)
    if reviewer.waiting:
        request.reply(reviewer.waiting)
        return
    if found := await _card(services, reviewer, -1):
        request.show(found[0])


async def _disputes(services: Services, mode: str) -> dict[int, dict[str, str]]:
    """Return the items on which labelers differ, in order: row -> pseudonym -> label. Raises StorageError."""
    everybody = await services.store.answers.by_labeler(services.frozen.sample_id, mode)
    by_row: dict[int, dict[str, str]] = {}
    for name, labels in everybody.items():
        for row, label in labels.items():
            by_row.setdefault(row, {})[name] = label
    return {row: by_row[row] for row in sorted(by_row) if len(set(by_row[row].values())) > 1}


async def _card(
    services: Services, reviewer: Reviewer, row: int, *, back: bool = False
) -> tuple[Screen, int | None] | None:
    """Return a card and its row: the next item after `row` that is not decided, or the end, which has no row.

    With `back` it is the item before, and None is returned when there is none.

    Raises:
        StorageError: The labels cannot be read.
    """
    mode = reviewer.mode
    decided = await services.store.decisions.adjudicated(services.frozen.sample_id, mode)
    disputes = await _disputes(services, mode)
    if back:
        found = max((r for r in disputes if r < row), default=None)
        if found is None:
            return None
    else:
        found = next((r for r in disputes if r > row and r not in decided), None)
    if found is None:
        done = sum(r in decided for r in disputes)
        return adjudication_summary(done, len(disputes) - done), None
    left = sum(r >= found and r not in decided for r in disputes)
    owner, item = services.owner(reviewer.labeler, mode), services.sample.items[found]
    kept = await services.store.item_notes.of_item(services.frozen.sample_id, mode, found)
    notes = [(pseudonym(note.labeler_id), note.text) for note in kept]
    url = services.settings.feature_url
    return adjudication_card(owner, item, disputes[found], left, decided.get(found), notes, url), found


@button(ADJUDICATION, failed=messages.NOT_SAVED, least=Role.ADMIN)
async def tapped(tap: TapContext) -> None:
    """Handle a tap on a card to decide: decide, leave or go back."""
    services, data = tap.services, tap.data
    known = data.sample_id == services.frozen.sample_id and data.mode in services.settings.modes
    reviewer = await reviewer_of(services, tap.user_id, data.mode) if known else None
    if reviewer is None or reviewer.left or data.row not in await _disputes(services, data.mode):
        tap.answer(messages.STALE_BUTTON)
        return
    notice = "" if data.action == "back" else "Skipped"
    if data.action in LABELS and await tap.comes_too_soon(reviewer.labeler.labeler_id):
        tap.answer(messages.TOO_FAST)
        return
    if data.action in LABELS:
        saved = await services.store.decisions.adjudicate(
            data.sample_id,
            data.mode,
            data.row,
            data.action,
            labeler_id=reviewer.labeler.labeler_id,
            now=services.clock(),
            tap_id=tap.query_id,
        )
        if saved.outcome is Outcome.REUSED:
            tap.answer(messages.STALE_BUTTON)
            return
        notice = f"Decided: {NAME_OF[data.action]}"
    following = await _card(services, reviewer, data.row, back=data.action == "back")
    if following is None:
        notice = messages.FIRST_ITEM
    else:
        tap.edit(following[0])
        tap.shows(following[1])
    tap.answer(notice)
