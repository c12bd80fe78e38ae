"""Questions about models and people: `/metrics`, `/compare`, `/agreement`, and the buttons below their answers."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Sequence

from telegram import Update

from analysis.errors import AnalysisError
from analysis.records import ClassificationFile
from bot.botapi.outbox import keyboard
from bot.handlers.command import GROUPS, CommandContext, command
from bot.jobs.report_service import Reports
from bot.jobs.report_tasks import RenderedReport
from bot.log import log_event
from bot.rules.model_choice import by_key, key_of, resolve, split_mode
from bot.rules.roles import Role
from bot.services import Context, Services
from bot.views import messages
from bot.views.card import Button, Screen, cut
from storage.errors import StorageError

PATTERN = re.compile(r"q([mow])\.([A-Za-z0-9_-]{1,24})\.([0-9a-f]{10})", re.ASCII)
MOST_BUTTONS = 20


def reports_of(context: Context) -> Reports:
    """The reports that `bot.app` put together."""
    found = context.application.bot_data["reports"]
    assert isinstance(found, Reports)  # noqa: S101 - put there by bot.app, nobody else
    return found


@command(private=Role.LABELER, group=True)
async def metrics(asked: CommandContext) -> None:
    """`/metrics [model] [mode]`: the report, or what to choose from."""
    services, reports = asked.services, reports_of(asked.context)
    modes = services.settings.modes
    wanted, mode = split_mode(asked.args, modes)
    files = await reports.files()
    chosen = resolve(files, wanted, mode, modes, await reports.labeled_modes())
    if chosen.file is None:
        asked.show(choice(chosen.problem, wanted, chosen.options, modes))
        return
    file, others = chosen.file, chosen.options

    async def work() -> None:
        answered = await attempt(asked, reports.metrics(file))
        if answered is not None:
            send_photo(
                services,
                asked.context,
                asked.chat_id,
                asked.thread_id,
                answered,
                buttons(file, others, answered.marked),
            )

    reports.start(asked.chat_id, asked.thread_id, work)


def choice(
    problem: str, wanted: str, options: Sequence[ClassificationFile], modes: Sequence[str], action: str = "m"
) -> Screen:
    """What stands in the way, and the models to choose from as buttons."""
    if problem and wanted:
        problem = f"“{messages.echo(wanted)}”: {problem}"
    if not options:
        return Screen(problem)
    several = bool(problem) or len({file.mode for file in options}) > 1
    shown = options[:MOST_BUTTONS]
    rows = tuple(
        (Button(cut(f"{file.name} · {file.mode}" if several else file.name, 60), _data(action, file)),)
        for file in shown
    )
    more = (
        f"\nand {len(options) - len(shown)} more: type a part of the name."
        if len(options) > len(shown)
        else ""
    )
    return Screen(f"{problem + ' ' if problem else ''}Which model?{more}", rows)


def buttons(
    file: ClassificationFile, others: Sequence[ClassificationFile], marked: int = 0
) -> tuple[tuple[Button, ...], ...]:
    """Below a report: more about it, it with the answers that are not blind, and the same model in the other modes."""
    rows = [(Button("More", _data("o", file)),)]
    if marked:
        rows.append((Button("With answers changed after review", _data("w", file)),))
    rows += [(Button(f"The same for {other.mode}", _data("m", other)),) for other in others[:6]]
    return tuple(rows)


def _data(action: str, file: ClassificationFile) -> str:
    return f"q{action}.{file.mode}.{key_of(file)}"


async def attempt(asked: CommandContext | None, work: Awaitable[RenderedReport]) -> RenderedReport | None:
    """Await a report; what is wrong with a file is told in one line."""
    try:
        return await work
    except (AnalysisError, StorageError) as error:
        log_event("a report was not made", level=logging.WARNING, reason=str(error))
        if asked is not None:
            asked.reply(messages.echo(str(error), 400))
        return None
    except Exception:
        logging.getLogger("labelbot").exception("a report failed")
        if asked is not None:
            asked.reply("The report could not be made. The log says why; the labels are safe.")
        return None


def send_photo(
    services: Services,
    context: Context,
    chat_id: int,
    thread_id: int | None,
    answered: RenderedReport,
    rows: tuple[tuple[Button, ...], ...] = (),
) -> None:
    """Queue a report: the picture with its caption and buttons."""
    bot = context.bot
    caption = answered.caption

    async def send() -> None:
        await bot.send_photo(
            chat_id,
            answered.picture,
            caption=caption,
            parse_mode="HTML",
            reply_markup=keyboard(Screen("", rows)),
            message_thread_id=thread_id,
        )

    services.outbox.post(chat_id, send)
    if answered.trouble:
        _say(services, context, chat_id, thread_id, messages.echo(answered.trouble, 300))


@command(private=Role.LABELER, group=True)
async def compare(asked: CommandContext) -> None:
    """`/compare A B [mode]`: two models on the same items."""
    services, reports = asked.services, reports_of(asked.context)
    modes = services.settings.modes
    typed, mode = split_mode(asked.args, modes)
    wanted = typed.split()
    files = await reports.files()
    labeled = await reports.labeled_modes()
    if len(wanted) != 2:
        names = ", ".join(sorted({file.name for file in files})[:MOST_BUTTONS]) or "none yet"
        asked.reply(
            f"Name two models, such as /compare deepseek gemini. There are: {messages.echo(names, 600)}."
        )
        return
    if mode is None:
        possible = [m for m in labeled if all(resolve(files, w, m, modes, labeled).file for w in wanted)]
        mode = possible[0] if possible else None
    found = [resolve(files, word, mode, modes, labeled) for word in wanted]
    for word, chosen in zip(wanted, found, strict=True):
        if chosen.file is None:
            asked.reply(_not_one(word, chosen.problem, chosen.options))
            return
    first, second = found[0].file, found[1].file
    if first is None or second is None or first == second or first.mode != second.mode:
        asked.reply("Name two different models that have files in the same mode.")
        return

    async def work() -> None:
        answered = await attempt(asked, reports.comparison(first, second))
        if answered is not None:
            send_photo(services, asked.context, asked.chat_id, asked.thread_id, answered)

    reports.start(asked.chat_id, asked.thread_id, work)


def _not_one(word: str, problem: str, options: Sequence[ClassificationFile]) -> str:
    names = messages.echo(", ".join(sorted({file.name for file in options})[:MOST_BUTTONS]), 600)
    if problem:
        return f"“{messages.echo(word)}”: {problem}" + (f" There are: {names}." if names else "")
    return f"“{messages.echo(word)}” fits several: {names}. Type more of the name."


@command(private=Role.LABELER, group=True)
async def agreement(asked: CommandContext) -> None:
    """`/agreement [mode]`: how the people agree."""
    services, reports = asked.services, reports_of(asked.context)
    typed, mode = split_mode(asked.args, services.settings.modes)
    if typed:
        asked.reply(f"“{messages.echo(typed)}” is no mode. There are: {', '.join(services.settings.modes)}.")
        return
    labeled = await reports.labeled_modes()
    if not labeled:
        asked.reply("Nothing is labeled yet: /label starts.")
        return
    if mode is not None and mode not in labeled:
        asked.reply(f"Nothing is labeled yet in {mode}.")
        return
    which = mode or labeled[0]

    async def work() -> None:
        answered = await attempt(asked, reports.agreement(which))
        if answered is not None:
            send_photo(services, asked.context, asked.chat_id, asked.thread_id, answered)

    reports.start(asked.chat_id, asked.thread_id, work)


async def tapped(update: Update, context: Context) -> None:
    """A tap on a model to choose, on `More`, or on another report on the same model."""
    query = update.callback_query
    found = PATTERN.fullmatch(query.data or "") if query is not None else None
    if query is None or found is None or query.message is None:
        if query is not None:
            context.services.outbox.answer(query.id, messages.STALE_BUTTON)
        return
    services, reports = context.services, reports_of(context)
    chat, thread_id = query.message.chat, getattr(query.message, "message_thread_id", None)
    if not getattr(query.message, "is_topic_message", False):
        thread_id = None
    if chat.type in GROUPS:
        allowed = await services.store.chats.is_served(chat.id)
    else:
        allowed = await services.role(query.from_user.id) >= Role.LABELER
    if not allowed:
        refusal = messages.NOT_SERVED if chat.type in GROUPS else messages.stranger(query.from_user.id)
        services.outbox.answer(query.id, refusal, alert=True)
        return
    action, mode, key = found.groups()
    files = await reports.files()
    file = by_key(files, mode, key)
    if file is None:
        services.outbox.answer(query.id, "That is not there any more. Send /metrics for what is.")
        return
    if mode not in await reports.labeled_modes():
        services.outbox.answer(query.id, f"Nothing is labeled yet in {mode}.", alert=True)
        return
    services.outbox.answer(query.id)
    others = resolve(files, file.name, mode, services.settings.modes, await reports.labeled_modes()).options

    async def work() -> None:
        asked_for = reports.metrics_with_reviewed if action == "w" else reports.metrics
        answered = await attempt(None, asked_for(file))
        if answered is None:
            _say(services, context, chat.id, thread_id, "The report could not be made. /metrics says why.")
        elif action == "m":
            rows = buttons(file, others, answered.marked)
            send_photo(services, context, chat.id, thread_id, answered, rows)
        elif action == "w":
            rows = ((Button("Blind answers alone", _data("m", file)),),)
            send_photo(services, context, chat.id, thread_id, answered, rows)
        else:
            _say(services, context, chat.id, thread_id, answered.more)

    reports.start(chat.id, thread_id, work)


def _say(services: Services, context: Context, chat_id: int, thread_id: int | None, text: str) -> None:
    bot = context.bot

    async def send() -> None:
        await bot.send_message(chat_id, text, parse_mode="HTML", message_thread_id=thread_id)

    services.outbox.post(chat_id, send)
