"""`/focus`: labels where they say most about one model, or about two that differ (docs/reports.md).

The draw reads whole files, so it is made in the process beside the bot: once to say what a set costs and brings, and
once more when it is begun. The same files and the same number give the same set both times.
"""

from __future__ import annotations

from collections.abc import Sequence

from analysis.errors import AnalysisError
from analysis.records import ClassificationFile
from analysis.statistics.focus_study import same_files
from bot.errors import BotError
from bot.handlers.command import ChatContext, CommandContext, command
from bot.handlers.tap import TapContext, button
from bot.jobs.decks import close_if_complete, people_wanted
from bot.jobs.finished import finished_labelers
from bot.jobs.focus_tasks import FocusPlan
from bot.log import log_event
from bot.rules.callback_data import FOCUS_ON_ONE, FOCUS_ON_TWO
from bot.rules.focus_words import FocusWords, read_focus_words
from bot.rules.model_choice import resolve
from bot.rules.roles import Role
from bot.rules.sitting import LONGEST_LOOK
from bot.services import Services
from bot.views import focus as texts
from bot.views import messages
from bot.views.model_buttons import chosen
from bot.views.screen import Screen
from storage.errors import StorageError
from storage.records import Labeler


@command("focus", private=Role.ADMIN, help="labels where they say most", elsewhere=texts.ELSEWHERE)
async def focus(request: CommandContext) -> None:
    """`/focus [model [other model]] [n]`: what a focus set costs and brings; `/focus off` ends the active one."""
    services, reports = request.services, request.parts.reports
    words = read_focus_words(request.args, services.settings.modes)
    await reports.end_changed_focus()
    await close_if_complete(services)
    active = await services.store.focus_sets.active(services.frozen.sample_id)
    if words is None:
        request.reply(texts.USAGE)
    elif words.off:
        if active is not None:
            await services.store.focus_sets.stop(active.focus_id, "off")
        request.reply(texts.switched_off(active) if active else texts.NONE_ACTIVE)
    elif active is not None and not request.args:
        done = (await services.store.answers.counts(active.items_id)).get(active.drawn.mode, {})
        request.reply(texts.status(active, done, await people_wanted(services, active.drawn.mode)))
    else:
        await _find(request, words)


async def _find(request: CommandContext, words: FocusWords) -> None:
    """Find the model or the two models that are meant, and propose a set; else say what is lacking."""
    reports, modes = request.parts.reports, request.services.settings.modes
    files, labeled = await reports.files(), await reports.labeled_modes()
    one = resolve(files, words.wanted, words.mode, modes, labeled)
    if one.file is not None:
        _propose(request, (one.file,), words.number)
    elif " " not in words.wanted:
        choice = texts.focus_choice(one.problem, words.wanted, one.options, words.number, request.user_id)
        request.show(choice)
    elif both := request.two_models(words.wanted, words.mode, files, labeled):
        _propose(request, both, words.number)


def _propose(asked: ChatContext, files: Sequence[ClassificationFile], number: int) -> None:
    async def work() -> None:
        services, mode = asked.services, files[0].mode
        plan = await asked.parts.reports.focus_plan(files, number)
        if await _is_active(services, plan):
            asked.reply(texts.IS_ACTIVE)
            return
        people = await finished_labelers(services, mode)
        active = await services.store.focus_sets.active(services.frozen.sample_id)
        others = [f for f in await asked.parts.reports.files() if f.mode == mode and f not in files]
        offer = texts.Offer(
            files=files,
            drawn=plan.drawn,
            wanted=number,
            gains=plan.gains,
            people=len(people),
            pace=await _pace(services, mode, people),
            others=others,
            answers=plan.answers,
            replaced=active.drawn if active else None,
        )
        asked.show(texts.proposal(offer, asked.user_id))

    asked.start(work)


async def _is_active(services: Services, plan: FocusPlan) -> bool:
    """Return whether a set for these very files is being labeled. Raises NotRead."""
    active = await services.store.focus_sets.active(services.frozen.sample_id)
    if active is None or active.drawn.mode != plan.drawn.mode:
        return False
    return same_files(active.drawn, plan.drawn.sha256)


async def _pace(services: Services, mode: str, people: Sequence[Labeler]) -> float | None:
    """Return how many seconds an item of the sample took people; None when that is not known. Raises NotRead."""
    sample_id, answers = services.frozen.sample_id, services.store.answers
    paces = [await answers.pace(sample_id, mode, person.labeler_id, LONGEST_LOOK) for person in people]
    known = [pace for pace in paces if pace is not None]
    return sum(known) / len(known) if known else None


@button(FOCUS_ON_ONE, FOCUS_ON_TWO, failed=messages.NOT_SAVED, least=Role.ADMIN)
async def tapped(tap: TapContext) -> None:
    """Handle the choice of a model or of a second one, or `Begin` below what a set costs and brings."""
    files = await tap.named_files()
    if not files:
        return
    if tap.data.mode not in await tap.parts.reports.labeled_modes():
        tap.answer(messages.MODEL_GONE)
        return
    if await tap.question_is_answered():
        return
    tap.answer()
    if tap.data.action == "choose":
        tap.edit(chosen(*files))
        await tap.remember_answered()
        _propose(tap, files, tap.data.number)
        return
    tap.edit(texts.begins(*files))
    # not in the background: the update would be confirmed first, and lost if the bot were killed then
    try:
        await _begin(tap, files)
    except (AnalysisError, StorageError, BotError, OSError) as error:
        tap.fail(error)
    await tap.remember_answered()


async def _begin(tap: TapContext, files: Sequence[ClassificationFile]) -> None:
    """Begin a set, or let one go on, and tell who may label it. Raises AnalysisError and StorageError."""
    services, mode = tap.services, files[0].mode
    sets, sample_id = services.store.focus_sets, services.frozen.sample_id
    plan = await tap.parts.reports.focus_plan(files, tap.data.number)
    if await _is_active(services, plan):
        tap.reply(texts.IS_ACTIVE)
        return
    if plan.goes_on is not None:
        await sets.go_on(sample_id, plan.goes_on.focus_id)
    else:
        await sets.keep(sample_id, plan.drawn, services.clock())
    log_event("a focus set was begun", items=len(plan.drawn.positions))
    people = await finished_labelers(services, mode)
    tap.reply(texts.begun(plan.drawn, len(people)))
    for person in people:
        if person.user_id != tap.user_id:
            services.outbox.message(person.user_id, Screen(texts.more_items(mode)))
