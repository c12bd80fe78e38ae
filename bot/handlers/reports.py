"""Reports about models and people: `/metrics`, `/compare`, `/agreement`, and the buttons below them."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Sequence

from telegram.constants import ChatAction

from analysis.records import ClassificationFile
from bot.handlers.command import ChatContext, CommandContext, command
from bot.handlers.tap import TapContext, button
from bot.jobs.finished import may_see_everybodys_labels
from bot.jobs.rendered_report import RenderedReport
from bot.rules.callback_data import FIRST_OF_TWO, MODE_REPORT, PREVALENCE, REPORT, SECOND_OF_TWO, Kind
from bot.rules.model_choice import Resolution, file_by_key, resolve, split_mode
from bot.rules.roles import Role
from bot.views import messages
from bot.views.model_buttons import (
    below_comparison,
    below_mode_report,
    below_more,
    below_prevalence,
    below_report,
    below_report_with_reviewed,
    chosen,
    model_choice,
    second_model_choice,
)
from bot.views.screen import Rows, Screen


@command("metrics", private=Role.LABELER, group=Role.STRANGER, help="how well a model agrees")
async def metrics(request: CommandContext) -> None:
    """`/metrics [model] [mode]`: the report, or what to choose from."""
    found, reports = await _resolved(request, REPORT), request.parts.reports
    if found.file is not None:
        rows = below_report(found.file, found.options)
        _send(request, functools.partial(reports.metrics, found.file), rows)


@command("prevalence", private=Role.LABELER, group=Role.STRANGER, help="how many of all features are related")
async def prevalence(request: CommandContext) -> None:
    """`/prevalence [model] [mode]`: how many of all features are related, by people and model together."""
    found, reports = await _resolved(request, PREVALENCE), request.parts.reports
    if found.file is not None:
        _send(request, functools.partial(reports.prevalence, found.file), below_prevalence(found.file))


async def _resolved(request: CommandContext, kind: Kind) -> Resolution:
    """Find the model's file that is named; while that is open, buttons of this kind to choose one are on their way."""
    reports, modes = request.parts.reports, request.services.settings.modes
    wanted, mode = split_mode(request.args, modes)
    found = resolve(await reports.files(), wanted, mode, modes, await reports.labeled_modes())
    if found.file is None:
        request.show(model_choice(request.told(found.problem), wanted, found.options, kind))
    return found


@button(PREVALENCE, failed=messages.WENT_WRONG)
async def prevalence_tapped(tap: TapContext) -> None:
    """Handle the choice of a model for `/prevalence`, and `More` below it."""
    files = await tap.named_files()
    if not files:
        return
    tap.answer()
    if tap.was_answered():
        return
    file = files[0]
    make = functools.partial(tap.parts.reports.prevalence, file)
    if tap.data.action == "choose":
        tap.edit(chosen(file))
        _send(tap, make, below_prevalence(file))
    else:
        _send_more(tap, make)


@command("models", private=Role.LABELER, group=Role.STRANGER, help="all models, best first")
async def models(request: CommandContext) -> None:
    """`/models [mode]`: all models of a mode, best first, and which cannot be told apart."""
    reports, mode = request.parts.reports, request.named_mode()
    if mode is None:
        return
    files, labeled = await reports.files(), await reports.labeled_modes()
    mode = mode or next((m for m in labeled if any(file.mode == m for file in files)), "")
    here = [file for file in files if file.mode == mode]
    if mode not in labeled:
        request.reply(messages.nothing_labeled_in(mode) if mode else messages.NOTHING_LABELED)
    elif not here:
        request.reply(messages.no_model_file(mode))
    else:
        _send(request, functools.partial(reports.models, here), below_mode_report("models", mode))


@command("compare", private=Role.LABELER, group=Role.STRANGER, help="two models on the same items")
async def compare(request: CommandContext) -> None:
    """`/compare A B [mode]`: two models on the same items; without both names, buttons to choose them."""
    reports, modes = request.parts.reports, request.services.settings.modes
    typed, mode = split_mode(request.args, modes)
    files, labeled = await reports.files(), await reports.labeled_modes()
    if " " not in typed:
        mode = mode or next((m for m in labeled if sum(f.mode == m for f in files) > 1), "")
        here = [file for file in files if file.mode == mode]
        first = resolve(here, typed, mode, modes, labeled).file if typed else None
        if len(here) < 2 or mode not in labeled:
            request.reply(messages.TWO_MODELS_NEEDED)
        elif first is None:
            request.show(model_choice("", "", here, FIRST_OF_TWO))
        else:
            request.show(second_model_choice(first, [file for file in here if file != first]))
    elif both := request.two_models(typed, mode, files, labeled):
        _send(request, functools.partial(reports.comparison, *both), below_comparison(*both))


@button(FIRST_OF_TWO, failed=messages.WENT_WRONG)
async def first_chosen(tap: TapContext) -> None:
    """Handle the choice of the first of two models: the message asks for the second."""
    files = await tap.parts.reports.files()
    first = file_by_key(files, tap.data.mode, tap.data.file_key)
    if first is None:
        tap.answer(messages.MODEL_GONE)
        return
    tap.edit(second_model_choice(first, [f for f in files if f.mode == first.mode and f != first]))
    tap.answer()


@button(SECOND_OF_TWO, failed=messages.WENT_WRONG)
async def second_chosen(tap: TapContext) -> None:
    """Handle the choice of the second of two models, and `More` below the comparison."""
    both = await tap.named_files()
    if not both:
        return
    tap.answer()
    if tap.was_answered():
        return
    make = functools.partial(tap.parts.reports.comparison, *both)
    if tap.data.action == "more":
        _send_more(tap, make)
        return
    tap.edit(chosen(*both))
    _send(tap, make, below_comparison(*both))


@command("agreement", private=Role.LABELER, group=Role.STRANGER, help="how well people agree")
async def agreement(request: CommandContext) -> None:
    """`/agreement [mode]`: how the people agree."""
    reports, mode = request.parts.reports, request.named_mode()
    if mode is None:
        return
    labeled = await reports.labeled_modes()
    if not labeled:
        request.reply(messages.NOTHING_LABELED)
    elif mode and mode not in labeled:
        request.reply(messages.nothing_labeled_in(mode))
    else:
        mode = mode or labeled[0]
        _send(request, functools.partial(reports.agreement, mode), below_mode_report("agreement", mode))


@button(MODE_REPORT, failed=messages.WENT_WRONG)
async def mode_report_tapped(tap: TapContext) -> None:
    """Handle `More` below a report on all models of a mode, or on how people agree in it."""
    reports, mode = tap.parts.reports, tap.data.mode
    here = [file for file in await reports.files() if file.mode == mode]
    about_models = tap.data.action == "models"
    if mode not in await reports.labeled_modes() or (about_models and not here):
        tap.answer(messages.MODEL_GONE)
        return
    tap.answer()
    if not tap.was_answered():
        models, people = functools.partial(reports.models, here), functools.partial(reports.agreement, mode)
        _send_more(tap, models if about_models else people)


def _send(asked: ChatContext, make: Callable[[], Awaitable[RenderedReport]], rows: Rows) -> None:
    """Send a report with its buttons when it is made."""

    async def work() -> None:
        asked.show_report(await make(), rows)

    asked.start(work, ChatAction.UPLOAD_PHOTO)


def _send_more(tap: TapContext, make: Callable[[], Awaitable[RenderedReport]]) -> None:
    """Send what is behind the one button below a report; the button goes."""

    async def work() -> None:
        report = await make()
        tap.edit_buttons(())
        tap.reply(report.more)

    tap.start(work)


@button(REPORT, failed=messages.WENT_WRONG)
async def tapped(tap: TapContext) -> None:
    """Handle a tap on a model to choose, or on a button below a report."""
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
    if data.action != "metrics" and tap.was_answered():
        return  # somebody else tapped it, too: nothing is posted twice
    others = resolve(files, file.name, data.mode, modes, labeled).options
    if data.action == "choose":
        tap.edit(chosen(file))
    without_picture = tap.asked_for in ("more", "files")
    work = functools.partial(_follow_up, tap, file, others)
    tap.start(work, ChatAction.TYPING if without_picture else ChatAction.UPLOAD_PHOTO)


async def _follow_up(tap: TapContext, file: ClassificationFile, others: Sequence[ClassificationFile]) -> None:
    """Make what a button below a report asks for, and send it."""
    reports, asked_for = tap.parts.reports, tap.asked_for
    if asked_for == "with reviewed":
        tap.show_report(await reports.metrics_with_reviewed(file), below_report_with_reviewed(file))
        return
    report = await reports.metrics(file)
    whole = asked_for == "files" and await may_see_everybodys_labels(
        tap.services, file.mode, tap.user_id, tap.chat_id
    )
    if asked_for in ("more", "files"):
        tap.edit_buttons(below_report(file, others, tap.gone()))
    if asked_for == "more":
        tap.show(Screen(report.more, below_more(file, report.marked)))
    elif asked_for == "files":
        metrics_alone, with_merged = 1, 2  # the first files of a report, in the order of `metrics_task`
        for path in report.files[: with_merged if whole else metrics_alone]:
            tap.send_file(path, file.name)
    else:
        tap.show_report(report, below_report(file, others))
