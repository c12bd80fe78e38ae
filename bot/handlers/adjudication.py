"""`/adjudicate`: an admin decides the items on which labelers differ; what they said themselves stays.

It opens only for somebody who has labeled every item in the mode, and every tap checks that again.

    on a card of item k     Related / Not Related: that is the consensus of item k; Skip: leave it; then the
                            next item on which labelers differ and nobody has decided
                            Back: the item before on which they differ, also when it is decided
"""

from __future__ import annotations

from collections.abc import Mapping

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

Disputes = Mapping[int, Mapping[str, str]]
"""Row -> pseudonym -> label."""


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
    disputes = await _disputes(services, mode)
    decided = await services.store.decisions.adjudicated(services.frozen.sample_id, mode)
    first = next((row for row in disputes if row not in decided), None)
    request.show(await _card(services, reviewer, disputes, decided, first))


async def _disputes(services: Services, mode: str) -> Disputes:
    """Return the items on which labelers differ, in order. Raises StorageError."""
    everybody = await services.store.answers.by_labeler(services.frozen.sample_id, mode)
    by_row: dict[int, dict[str, str]] = {}
    for name, labels in everybody.items():
        for row, label in labels.items():
            by_row.setdefault(row, {})[name] = label
    return {row: by_row[row] for row in sorted(by_row) if len(set(by_row[row].values())) > 1}


async def _card(
    services: Services, reviewer: Reviewer, disputes: Disputes, decided: Mapping[int, str], row: int | None
) -> Screen:
    """Return the card of a disputed row, or with None the end. Raises StorageError."""
    if row is None:
        done = sum(r in decided for r in disputes)
        return adjudication_summary(done, len(disputes) - done)
    mode = reviewer.mode
    left = sum(r >= row and r not in decided for r in disputes)
    owner, item = services.owner(reviewer.labeler, mode), services.sample.items[row]
    kept = await services.store.item_notes.of_item(services.frozen.sample_id, mode, row)
    notes = [(pseudonym(note.labeler_id), note.text) for note in kept]
    url = services.settings.feature_url
    return adjudication_card(owner, item, disputes[row], left, decided.get(row), notes, url)


@button(ADJUDICATION, failed=messages.NOT_SAVED, least=Role.ADMIN)
async def tapped(tap: TapContext) -> None:
    """Handle a tap on a card to decide: decide, leave or go back."""
    services, data = tap.services, tap.data
    known = data.sample_id == services.frozen.sample_id and data.mode in services.settings.modes
    reviewer = await reviewer_of(services, tap.user_id, data.mode) if known else None
    disputes = await _disputes(services, data.mode) if known else {}
    if reviewer is None or reviewer.left or data.row not in disputes:
        tap.answer(messages.STALE_BUTTON)
        return
    notice = "" if data.action == "back" else "Skipped"
    if data.action in LABELS:
        if await tap.comes_too_soon(reviewer.labeler.labeler_id):
            tap.answer(messages.TOO_FAST)
            return
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
    decided = await services.store.decisions.adjudicated(data.sample_id, data.mode)
    if data.action == "back":
        row = max((r for r in disputes if r < data.row), default=None)
        if row is None:
            tap.answer(messages.FIRST_ITEM)
            return
    else:
        row = next((r for r in disputes if r > data.row and r not in decided), None)
    tap.edit(await _card(services, reviewer, disputes, decided, row))
    tap.shows(row)
    tap.answer(notice)
