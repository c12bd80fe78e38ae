"""Reports about models and people: `/metrics`, `/compare`, `/agreement`, and the buttons below them."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Sequence

from telegram.constants import ChatAction

from analysis.records import ClassificationFile
from bot.handlers.command import CommandContext, command
from bot.handlers.tap import TapContext, button
from bot.jobs.report_service import ReportService
from bot.jobs.report_tasks import RenderedReport
from bot.rules.callback_data import REPORT
from bot.rules.model_choice import file_by_key, resolve, resolve_pair, split_mode
from bot.rules.roles import Role
from bot.views import messages
from bot.views.model_buttons import (
    below_report,
    below_report_without_reviewed,
    model_choice,
    name_two_models,
    not_one_model,
)


@command("metrics", private=Role.LABELER, group=Role.STRANGER, help="how well a model agrees")
async def metrics(request: CommandContext) -> None:
    """`/metrics [model] [mode]`: the report, or what to choose from."""
    reports, modes = request.parts.reports, request.services.settings.modes
    wanted, mode = split_mode(request.args, modes)
    chosen = resolve(await reports.files(), wanted, mode, modes, await reports.labeled_modes())
    if chosen.file is None:
        request.show(model_choice(chosen.problem, wanted, chosen.options))
        return
    file, others = chosen.file, chosen.options

    async def work() -> None:
        report = await reports.metrics(file)
        request.show_report(report, below_report(file, others, report.reviewed))

    request.start(work, ChatAction.UPLOAD_PHOTO)


@command("compare", private=Role.LABELER, group=Role.STRANGER, help="two models on the same items")
async def compare(request: CommandContext) -> None:
    """`/compare A B [mode]`: two models on the same items."""
    reports, modes = request.parts.reports, request.services.settings.modes
    typed, mode = split_mode(request.args, modes)
    wanted = typed.split()
    files = await reports.files()
    if len(wanted) != 2:
        request.reply(name_two_models(files))
        return
    pair = resolve_pair(files, wanted[0], wanted[1], mode, modes, await reports.labeled_modes())
    for word, chosen in zip(wanted, pair, strict=True):
        if chosen.file is None:
            request.reply(not_one_model(word, chosen.problem, chosen.options))
            return
    first, second = pair[0].file, pair[1].file
    if first is None or second is None or first == second or first.mode != second.mode:
        request.reply(messages.TWO_DIFFERENT_MODELS)
        return
    _send(request, functools.partial(reports.comparison, first, second))


@command("agreement", private=Role.LABELER, group=Role.STRANGER, help="how well people agree")
async def agreement(request: CommandContext) -> None:
    """`/agreement [mode]`: how the people agree."""
    reports, modes = request.parts.reports, request.services.settings.modes
    typed, mode = split_mode(request.args, modes)
    if typed:
        request.reply(messages.no_such_mode(typed, modes))
        return
    labeled = await reports.labeled_modes()
    if not labeled:
        request.reply(messages.NOTHING_LABELED)
    elif mode is not None and mode not in labeled:
        request.reply(messages.nothing_labeled_in(mode))
    else:
        _send(request, functools.partial(reports.agreement, mode or labeled[0]))


def _send(request: CommandContext, make: Callable[[], Awaitable[RenderedReport]]) -> None:
    """Send a report without buttons when it is made."""

    async def work() -> None:
        request.show_report(await make())

    request.start(work, ChatAction.UPLOAD_PHOTO)


@button(REPORT, failed=messages.WENT_WRONG)
async def tapped(tap: TapContext) -> None:
    """Handle a tap on a model to choose, on `More`, or on another report about the same model."""
    reports, modes, data = tap.parts.reports, tap.services.settings.modes, tap.data
    files, labeled = await reports.files(), await reports.labeled_modes()
    file = file_by_key(files, data.mode, data.file_key)
    if file is None:
        tap.answer(messages.MODEL_GONE)
        return
    if data.mode not in labeled:
        tap.answer(messages.nothing_labeled_in(data.mode), alert=True)
        return
    tap.answer()
    others = resolve(files, file.name, data.mode, modes, labeled).options

    async def work() -> None:
        await _follow_up(tap, reports, file, others)

    tap.start(work, ChatAction.TYPING if data.action == "more" else ChatAction.UPLOAD_PHOTO)


async def _follow_up(
    tap: TapContext, reports: ReportService, file: ClassificationFile, others: Sequence[ClassificationFile]
) -> None:
    if tap.data.action == "without reviewed":
        report = await reports.metrics_without_reviewed(file)
        tap.show_report(report, below_report_without_reviewed(file))
        return
    report = await reports.metrics(file)
    if tap.data.action == "more":
        tap.reply(report.more)
    else:
        tap.show_report(report, below_report(file, others, report.reviewed))
