"""`/forget` to the end: the real bot killed at each step of it, in a slowed chat, and on the day that it named.

The kills are strace's, which joins the running bot before the last confirmation; where it is missing the row says so
and counts as lost. The quick forms are in tests/bot/handlers/test_forget_to_the_end.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dtm
import re
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path

from bot.rules.callback_data import FORGET, CallbackData, encode
from storage.backup import back_up_daily
from tests.soak.killed_calls import CALLS, STRACE, TRACED
from tests.soak.promise import Check, Outcome
from tests.support.forgotten import CANARY, SETTINGS, backups_with_canary, study_with_canary, traces
from tests.support.labeling_steps import rows
from tests.support.phone import Chat, Message, Phone
from tests.support.process import BotProcess, WarmProcess, bot_process, environment, until

Point = tuple[str, int]
"""A system call, and which of its kind."""
YES = encode(CallbackData(FORGET, "second yes", row=2), CANARY)
CONFIRMED = ("Deleted. ", "Nothing about you is stored")
PATIENCE = 60.0
NOT_HIT = 20.0
"""Seconds after which a kill that has not come will not come."""
LANES = 2
SLOWED = 3
DAY = 86_400.0


@contextlib.asynccontextmanager
async def traced(bot: BotProcess, *options: str) -> AsyncIterator[None]:
    """Let strace watch a bot that runs, and the process beside it."""
    assert STRACE is not None
    strace = await asyncio.create_subprocess_exec(
        STRACE, "-f", "-p", str(bot.pid), "-o", str(bot.folder / "trace"), *options,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert strace.stderr is not None
    while b"attached" not in (line := await strace.stderr.readline()):
        assert line, "strace ended"
    try:
        yield
    finally:
        if strace.returncode is None:
            strace.terminate()
        await strace.wait()


async def last_question(phone: Phone) -> tuple[Chat, Message]:
    """The canary's chat, and the message in it that asks for the last time; the process for files runs by then."""
    nora = await phone.person("Nora Canary", CANARY, started=True)
    await nora.ask("/export", seconds=PATIENCE)
    question = await nora.ask("/forget", seconds=PATIENCE)
    await nora.step("Yes, delete", on=question, seconds=PATIENCE)
    return nora, question


async def finished(phone: Phone, folder: Path, seconds: float = PATIENCE) -> None:
    """Wait until a bot has handled everything and owes nothing."""
    assert phone.playground is not None
    queue = phone.playground.updates

    def done() -> bool:
        with contextlib.suppress(sqlite3.Error):
            return not len(queue) and not rows(folder / "labels.sqlite3", "SELECT 1 FROM owed_deletions")
        return False

    await until(done, seconds)
    await phone.settle(quiet=0.1, seconds=PATIENCE)


async def end(bot: BotProcess) -> None:
    """Ask a bot to end, and wait."""
    await bot.stop(seconds=PATIENCE)


async def killed_at(phone: Phone, folder: Path, point: Point) -> list[str]:
    """Kill a bot at one point while it forgets, start it again, and return what is wrong then."""
    bot = WarmProcess(folder, environment(phone, folder, **SETTINGS))
    await bot.start_polling(phone)
    nora, question = await last_question(phone)
    inject = f"inject={point[0]}:signal=SIGKILL:when={point[1]}"
    async with traced(bot, "-e", f"trace={point[0]}", "-e", inject):
        await nora.press(YES, question)
        done = asyncio.create_task(finished(phone, folder, NOT_HIT))
        with contextlib.suppress(TimeoutError):
            await until(lambda: done.done() or not bot.running, NOT_HIT)
        done.cancel()
        await asyncio.gather(done, return_exceptions=True)
    if bot.running:
        await bot.kill()
    await bot.start_polling(phone)
    wrong = []
    try:
        await finished(phone, folder)
    except TimeoutError:
        wrong.append("not finished")
    with contextlib.suppress(TimeoutError):  # the file is rewritten after what was owed is struck out
        await until(lambda: not traces(folder), 3)
    wrong += [f"while it runs, {name}" for name in traces(folder)]
    await end(bot)
    wrong += traces(folder)
    told = nora.message(question.id)
    if told is None or not told.text.startswith(CONFIRMED) or told.buttons:
        wrong.append(f"told {told.text if told else None!r}")
    if "Traceback" in bot.said:
        wrong.append("a traceback")
    return wrong


async def points(phone: Phone, folder: Path, most: int, calls: str) -> list[Point]:
    """Each call that changes a file while somebody is forgotten, as often as the busiest thread makes it."""
    bot = WarmProcess(folder, environment(phone, folder, **SETTINGS))
    await bot.start_polling(phone)
    nora, question = await last_question(phone)
    async with traced(bot, "-e", f"trace={calls}"):
        await nora.press(YES, question)
        await finished(phone, folder)
        await until(lambda: not traces(folder), PATIENCE)
    await end(bot)
    times: dict[str, int] = {}
    for (_, call), number in Counter(TRACED.findall((folder / "trace").read_text())).items():
        times[call] = max(number, times.get(call, 0))
    return [(call, when) for call, number in sorted(times.items()) for when in _spread(number, most)]


def _spread(number: int, most: int) -> Iterable[int]:
    """At most `most` of the numbers from 1 on, evenly spread."""
    step = -(-number // most)
    return range((step + 1) // 2, number + 1, step)


async def _lane(folder: Path, template: Path, wanted: Sequence[Point]) -> list[str]:
    lost = []
    async with Phone.start(validate=False) as phone:
        for number, point in enumerate(wanted):
            case = folder / str(number)
            shutil.copytree(template, case)
            try:
                wrong = await killed_at(phone, case, point)
            except (TimeoutError, AssertionError) as error:
                wrong = [repr(error)]
            if wrong:
                lost.append(f"{point[0]} {point[1]}: {', '.join(wrong)}")
            shutil.rmtree(case)
    return lost


def forget_killed_at_each_step(folder: Path, most: int = 24, calls: str = CALLS) -> Outcome:
    """Kill at each call of the forgetting that changes a file, or at `most` of each kind."""
    promise = "who is forgotten is gone to the last byte, whatever call a kill hits"
    if STRACE is None:
        return Outcome(promise, "strace is not installed", 1)
    template = study_with_canary(folder / "template")

    async def work() -> tuple[int, list[str]]:
        async with Phone.start(validate=False) as phone:
            shutil.copytree(template, folder / "count")
            found = await points(phone, folder / "count", most, calls)
        lanes = (_lane(folder / f"lane {n}", template, found[n::LANES]) for n in range(LANES))
        return len(found), [told for lost in await asyncio.gather(*lanes) for told in lost]

    kills, lost = asyncio.run(work())
    figure = f"{kills} kills, each started again" + "".join(f"; {told}" for told in lost[:5])
    return Outcome(promise, figure, len(lost) + (not kills))


def forget_in_a_slowed_chat(folder: Path) -> Outcome:
    """A card waits because Telegram slows the chat down; its person is forgotten meanwhile, and stays so."""
    study_with_canary(folder / "lab")

    async def work() -> list[str]:
        async with (
            Phone.start(validate=False) as phone,
            bot_process(phone, folder / "lab", **SETTINGS) as bot,
        ):
            nora, question = await last_question(phone)
            await phone.fault("retry_after", method="sendMessage", chat_id=CANARY, seconds=SLOWED)
            for _ in range(3):
                await nora.send("/label")
            await nora.answer(await nora.press(YES, question), seconds=PATIENCE)
            await finished(phone, bot.folder, PATIENCE + SLOWED)
            await nora.phone.until(
                lambda: not _text(nora, question).startswith("Really"), "the end", PATIENCE
            )
            with contextlib.suppress(TimeoutError):  # what was owed is struck out before the log is emptied
                await until(lambda: not traces(bot.folder), NOT_HIT)
            wrong = traces(bot.folder)
            if rows(bot.folder / "labels.sqlite3", "SELECT 1 FROM labelers WHERE user_id = ?", CANARY):
                wrong.append("the labeler is back")
            if any(message.has("Skip") for message in nora.from_bot):
                wrong.append("a card came")
            await end(bot)
            return wrong + traces(bot.folder)

    wrong = asyncio.run(work())
    figure = f"three cards wait {SLOWED} s while their person is forgotten" + "".join(f"; {w}" for w in wrong)
    return Outcome("what waits for a slowed chat brings nobody back", figure, len(wrong))


def _text(chat: Chat, message: Message) -> str:
    now = chat.message(message.id)
    return now.text if now is not None else ""


def forgotten_on_the_day_named(folder: Path, days: Sequence[int] = (-1, 0, 23)) -> Outcome:
    """Start again with the clock at the day on which the last backup is to be gone, the day before, and 30 on."""
    lab = study_with_canary(folder / "lab")
    back_up_daily(lab / "labels.sqlite3", dtm.datetime.now(dtm.UTC).date())

    async def work() -> list[str]:
        async with Phone.start(validate=False) as phone:
            async with bot_process(phone, lab, **SETTINGS) as bot:
                nora, question = await last_question(phone)
                await nora.answer(await nora.press(YES, question), seconds=PATIENCE)
                told = await nora.wait_text("is gone by", seconds=PATIENCE)
                await finished(phone, lab)
                await end(bot)
            named = re.search(r"is gone by (\d{4}-\d\d-\d\d)\.", told.text)
            assert named is not None, told.text
            left = dtm.date.fromisoformat(named[1]) - dtm.datetime.now(dtm.UTC).date()
            return [wrong for day in days for wrong in await _on_day(phone, lab, left.days, day)]

    wrong = asyncio.run(work())
    figure = f"looked at on {len(days)} days around it" + "".join(f"; {w}" for w in wrong)
    return Outcome("backups that hold who was forgotten are gone on the day named", figure, len(wrong))


async def _on_day(phone: Phone, lab: Path, left: int, day: int) -> list[str]:
    """Run a bot a number of days after the day named, until it has made that day's backup."""
    before = time.time()
    later = BotProcess(
        lab, environment(phone, lab, **SETTINGS), ("tests.support.later", str((left + day) * DAY))
    )
    said = len(later.said)
    await later.start_polling(phone)
    await until(lambda: "backed up" in later.said[said:], PATIENCE)
    await until(lambda: day < 0 or not backups_with_canary(lab), 3)
    await end(later)
    held = backups_with_canary(lab)
    assert time.time() - before < DAY
    if day < 0:
        return [] if held else ["gone earlier than named: nothing was shown"]
    return [f"day {day:+d}: {name}" for name in held]


CHECKS = (
    Check(forget_killed_at_each_step, 1800.0),
    Check(forget_in_a_slowed_chat),
    Check(forgotten_on_the_day_named),
)
