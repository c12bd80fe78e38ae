"""`/review`: the items on which the reader and a model differ, once the whole sample is labeled.

It opens only for who has labeled every item in the mode, and asks again at every tap. The cards keep no state:
a button carries the sample, the mode, the item and which model's file it is about.

    on a card of item k     Keep: nothing changes; Change: the reader's answer becomes the label on the button,
                            marked as given after seeing the model's; then the next item that differs
"""

from __future__ import annotations

from collections.abc import Mapping

from analysis.records import LABELS, ClassificationFile
from bot.handlers.command import CommandContext, command
from bot.handlers.context import BotData
from bot.handlers.tap import TapContext, button
from bot.jobs.reviewer import Reviewer, reviewer_of
from bot.rules.callback_data import REVIEW
from bot.rules.model_choice import file_by_key, resolve, split_mode
from bot.rules.roles import Role
from bot.rules.session import NAME_OF
from bot.services import Services
from bot.views import messages
from bot.views.model_buttons import MOST_BUTTONS, model_choice
from bot.views.screen import Screen
from bot.views.second_look import no_review_left, review_card, review_choice
from bot.views.text import cut
from storage.records import Answer


@command(
    "review",
    private=Role.LABELER,
    help="where you and a model differ",
    elsewhere="A review happens in our private chat.",
)
async def review(request: CommandContext) -> None:
    """`/review [model] [mode]`: the items on which the reader and the model differ."""
    services, modes = request.services, request.services.settings.modes
    wanted, mode = split_mode(request.args, modes)
    mode = mode or services.mode(await services.labeler(request.user_id))
    reviewer = await reviewer_of(services, request.user_id, mode)
    if reviewer.waiting:
        request.reply(reviewer.waiting)
        return
    files = [file for file in await request.parts.reports.files() if file.mode == mode]
    chosen = resolve(files, wanted, mode, modes, [mode])
    if chosen.file is None:
        text = model_choice(chosen.problem, wanted, chosen.options).text
        owner = services.owner(reviewer.labeler, mode)
        request.show(review_choice(owner, text, chosen.options[:MOST_BUTTONS]))
        return
    file = chosen.file

    async def work() -> None:
        request.show(await _next_card(request.parts, reviewer, file, -1))

    # reading a model's file takes a while: nobody's tap waits for it
    request.start(work)


def differing(own: Mapping[int, str], model: Mapping[int, str], after: int) -> list[int]:
    """Return the rows after `after` on which reader and model differ, where the model says one of the two labels."""
    return [r for r in sorted(own) if r > after and model.get(r) in LABELS and model[r] != own[r]]


async def _next_card(parts: BotData, reviewer: Reviewer, file: ClassificationFile, after: int) -> Screen:
    """Return the next card of a review, or its end. Raises AnalysisError."""
    rows = differing(reviewer.labels, await parts.reports.model_labels(file), after)
    if not rows:
        return no_review_left(file, begun=after >= 0)
    services = parts.services
    owner = services.owner(reviewer.labeler, reviewer.mode)
    item = services.sample.items[rows[0]]
    return review_card(owner, file, item, reviewer.labels[rows[0]], len(rows))


@button(REVIEW, failed=messages.NOT_SAVED)
async def tapped(tap: TapContext) -> None:
    """Handle a tap on a card of a review: keep, change or open."""
    services, data = tap.services, tap.data
    file = file_by_key(await tap.parts.reports.files(), data.mode, data.file_key)
    known = data.sample_id == services.frozen.sample_id and data.row < services.size
    if file is None or not known or data.mode not in services.settings.modes:
        tap.answer(messages.STALE_BUTTON)
        return
    reviewer = await reviewer_of(services, tap.user_id, data.mode)
    if reviewer.waiting:
        tap.answer(cut(reviewer.waiting, 190))
        return
    after, notice = data.row, f"Kept: {NAME_OF[reviewer.labels[data.row]]}"
    if data.action == "open":
        after, notice = -1, ""
    elif data.action in LABELS:
        await services.store.answers.save(_changed(services, reviewer, tap))
        notice = f"Saved: {NAME_OF[data.action]}"
        reviewer = await reviewer_of(services, tap.user_id, data.mode)
    tap.edit(await _next_card(tap.parts, reviewer, file, after))
    tap.answer(notice)


def _changed(services: Services, reviewer: Reviewer, tap: TapContext) -> Answer:
    return Answer(
        sample_id=services.frozen.sample_id,
        mode=reviewer.mode,
        labeler_id=reviewer.labeler.labeler_id,
        row_id=tap.data.row,
        label=tap.data.action,
        tap_id=tap.query_id,
        shown_at=None,
        answered_at=services.clock(),
        guide_version=services.guides[reviewer.mode].version,
        after_review=True,
    )
