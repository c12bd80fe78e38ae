"""`/review`: the items on which the reader and a model differ, once the whole sample is labeled.

It opens only for somebody who has labeled every item in the mode, and every tap checks that again. The cards keep no
state: a button carries the sample, the mode, the item and which model's file it is about.

    on a card of item k     Keep: nothing changes; Change: the reader's answer becomes the label on the button,
                            marked as given after seeing the model's; then the next item that differs
                            Back: the item before that differs or was shown
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

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
from bot.views.second_look import review_card, review_choice, review_summary
from bot.views.text import cut
from storage.records import Answer, Outcome


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
        text = model_choice(request.told(chosen.problem), wanted, chosen.options).text
        owner = services.owner(reviewer.labeler, mode)
        request.show(review_choice(owner, text, chosen.options[:MOST_BUTTONS]))
        return
    file = chosen.file

    async def work() -> None:
        found = await _differences(request.parts, reviewer, file)
        request.show(await _card(request.parts, reviewer, file, found, found.following(-1)))

    # reading a model's file takes a while: nobody's tap waits for it
    request.start(work)


@dataclass(frozen=True, slots=True)
class Differences:
    """The items of a review.

    Attributes:
        model: The model's labels, row -> label.
        differ: Rows on which reader and model differ now, in order.
        seen: Rows whose model's label the reader has been shown, as far as the model says one of the two labels.
    """

    model: Mapping[int, str]
    differ: Sequence[int]
    seen: Collection[int]

    def following(self, row: int) -> int | None:
        """Return the next row that differs, None when there is none."""
        return next((r for r in self.differ if r > row), None)

    def before(self, row: int) -> int | None:
        """Return the last row before `row` that differs or was shown, None when there is none."""
        return max((r for r in {*self.differ, *self.seen} if r < row), default=None)


def differences(own: Mapping[int, str], model: Mapping[int, str], seen: Collection[int]) -> Differences:
    """Return the items of a review; `own` and `model` are labels by row, `seen` the rows shown before."""
    usable = [row for row in sorted(own) if model.get(row) in LABELS]
    return Differences(
        model, [row for row in usable if model[row] != own[row]], [row for row in usable if row in seen]
    )


async def _differences(parts: BotData, reviewer: Reviewer, file: ClassificationFile) -> Differences:
    """Read the model's file and the marks. Raises AnalysisError and StorageError."""
    services, labeler_id = parts.services, reviewer.labeler.labeler_id
    seen = await services.store.marks.shown(services.frozen.sample_id, reviewer.mode, labeler_id)
    return differences(reviewer.labels, await parts.reports.model_labels(file), seen)


async def _card(
    parts: BotData, reviewer: Reviewer, file: ClassificationFile, found: Differences, row: int | None
) -> Screen:
    """Return the card of a row, which is marked as shown first, or with None the end. Raises StorageError."""
    services, mode = parts.services, reviewer.mode
    if row is None:
        changed = [r for r in found.seen if found.model[r] == reviewer.labels[r]]
        return review_summary(file, len(found.differ), len(changed))
    labeler_id, sample_id = reviewer.labeler.labeler_id, services.frozen.sample_id
    await services.store.marks.mark_shown(sample_id, mode, labeler_id, row, services.clock())
    left = sum(r >= row for r in found.differ)
    owner, item = services.owner(reviewer.labeler, mode), services.sample.items[row]
    said, feature_url = (reviewer.labels[row], found.model[row]), services.settings.feature_url
    return review_card(owner, file, item, *said, left, feature_url)


@button(REVIEW, failed=messages.NOT_SAVED)
async def tapped(tap: TapContext) -> None:
    """Handle a tap on a card of a review (keep, change, go back), or on the choice of a model (open)."""
    services, data = tap.services, tap.data
    file = file_by_key(await tap.parts.reports.files(), data.mode, data.file_key)
    is_item = data.sample_id == services.frozen.sample_id and data.row < services.size
    if file is None or not is_item or data.mode not in services.settings.modes:
        tap.answer(messages.STALE_BUTTON)
        return
    reviewer = await reviewer_of(services, tap.user_id, data.mode)
    if reviewer.waiting:
        tap.answer(cut(reviewer.waiting, 190))
        return
    if data.action in LABELS:
        if await tap.comes_too_soon(reviewer.labeler.labeler_id):
            tap.answer(messages.TOO_FAST)
            return
        saved = await services.store.answers.save(_changed(services, reviewer, tap))
        if saved.outcome is Outcome.REUSED:
            tap.answer(messages.STALE_BUTTON)
            return
        tap.answer(f"Saved: {NAME_OF[data.action]}")  # the model's file, read next, may be long in coming
        reviewer = await reviewer_of(services, tap.user_id, data.mode)
    found = await _differences(tap.parts, reviewer, file)
    row, notice = found.following(data.row), ""
    if data.action == "open":
        row = found.following(-1)
    elif data.action == "keep":
        notice = f"Kept: {NAME_OF[reviewer.labels[data.row]]}"
    elif data.action == "back":
        row = found.before(data.row)
        if row is None:
            row, notice = data.row, messages.FIRST_ITEM
    tap.edit(await _card(tap.parts, reviewer, file, found, row))
    tap.shows(row)
    if data.action not in LABELS:
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
