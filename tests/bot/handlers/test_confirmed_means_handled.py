"""A tap is confirmed to Telegram only when it is committed and answered: the real process, killed in the middle."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from tests.support.bench import REPORT, Bench
from tests.support.killing import shoot_at
from tests.support.labeling_steps import classify, human_by_feature, rows
from tests.support.phone import Chat, Message
from tests.support.process import BotProcess, WarmProcess, until
from tests.support.two_labelers import ADAS, SIZE, prepare


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of tap. typed: what brings its card; steps: taps that lead there; words: the button.

    saved: asks the database whether the tap is saved; says: how it is answered, or what its card becomes.
    """

    typed: str
    steps: tuple[str, ...]
    words: str
    saved: str
    says: str


KINDS = {
    "review": Kind(
        "/review deepseek",
        (),
        "Change to Not Related",
        "SELECT 1 FROM answers WHERE after_review AND label = 'not-related'",
        "Item 3 · 2 left",
    ),
    "adjudicate": Kind(
        "/adjudicate",
        (),
        "✓ Related",
        "SELECT 1 FROM decisions WHERE label = 'related'",
        "Item 6 · 2 left",
    ),
    "focus": Kind("/focus whole 20", (), "Begin", "SELECT 1 FROM focus_sets", "whole · alignment"),
    "forget": Kind(
        "/forget",
        ("Yes, delete",),
        "Yes, for good",
        "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM labelers WHERE labeler_id = 1)",
        "Nothing about you is stored",
    ),
}


@asynccontextmanager
async def process(bench: Bench) -> AsyncIterator[BotProcess]:
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    bot = WarmProcess(bench.folder, kept | bench.environment())
    try:
        await bot.start_polling(bench.phone)
        yield bot
    finally:
        if bot.running:
            await bot.kill()


async def tapped_while_down(bench: Bench, bot: BotProcess, kind: Kind) -> tuple[Chat, Message, str]:
    """Tap a button whose card an earlier run has sent: the tap waits for the next one."""
    ada = await bench.admin()
    card = await ada.ask(kind.typed, seconds=REPORT)
    for step in kind.steps:
        card = await ada.step(step, on=card)
    await bench.rest()
    assert await bot.stop() == 0
    return ada, card, await ada.press(card.button(kind.words).data, card)


def answered(bench: Bench, tap: str) -> bool:
    assert bench.phone.playground is not None
    return bool(bench.phone.playground.world.callbacks[tap].answers)


def unconfirmed(bench: Bench) -> int:
    """How many updates Telegram would deliver again."""
    assert bench.phone.playground is not None
    return len(bench.phone.playground.updates)


async def handled(bench: Bench, ada: Chat, card: Message, tap: str, kind: Kind) -> None:
    """Wait until the tap is answered, confirmed, and its card shows what comes next; see that it is saved."""
    await until(lambda: answered(bench, tap) and kind.says in (ada.message(card.id) or card).text, REPORT)
    await until(lambda: not unconfirmed(bench), REPORT)
    assert len(rows(bench.database, kind.saved)) == 1


def commits(bench: Bench, kind: Kind) -> Callable[[], bool]:
    return lambda: bool(rows(bench.database, kind.saved))


@pytest.mark.parametrize(
    ("moment", "name"),
    [
        *(("committed", name) for name in KINDS),
        ("callback_answered", "review"),
        ("message_edited", "adjudicate"),
    ],
)
async def test_the_first_tap_after_a_restart_that_is_killed_is_saved_and_answered_in_the_end(
    bench: Bench, name: str, moment: str
) -> None:
    kind = KINDS[name]
    await prepare(bench)
    human = human_by_feature(bench, ADAS, SIZE)
    classify(bench, "whole", "alignment", human, tp=6, tn=6, fp=0, fn=0)
    async with process(bench) as bot:
        ada, card, tap = await tapped_while_down(bench, bot, kind)
        if moment == "committed":
            await bot.start()
            await until(commits(bench, kind), REPORT)
            bot.shoot()
        else:
            take_back = shoot_at(bot, bench.phone, moment, 1)
            await bot.start()
        assert await bot.wait(REPORT) == -signal.SIGKILL
        if moment != "committed":
            take_back()
        assert unconfirmed(bench) == 1 or answered(bench, tap)
        await bot.start_polling(bench.phone)
        await handled(bench, ada, card, tap, kind)
        assert await bot.stop() == 0


@pytest.mark.parametrize("name", KINDS)
async def test_the_first_tap_after_a_restart_that_is_told_to_end_is_answered_before_it_does(
    bench: Bench, name: str
) -> None:
    kind = KINDS[name]
    await prepare(bench)
    human = human_by_feature(bench, ADAS, SIZE)
    classify(bench, "whole", "alignment", human, tp=6, tn=6, fp=0, fn=0)
    async with process(bench) as bot:
        ada, card, tap = await tapped_while_down(bench, bot, kind)
        await bot.start()
        await until(commits(bench, kind), REPORT)
        assert await bot.stop(seconds=REPORT) == 0
        await handled(bench, ada, card, tap, kind)
    assert "Traceback" not in bot.said
