"""The long tests of the bot: the real process against the playground. The quick forms are in tests/bot."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from tests.soak.promise import Check, Outcome
from tests.support.killing import Verdict, Witness, kill_under_load, kill_with_taps_waiting, verdict
from tests.support.phone import Phone
from tests.support.process import WarmProcess, bot_process, environment
from tests.support.tapping_crowd import hammer, median_ms, open_cards, tap_together

KILLS = 500
LANES = 4
WAITING = 1000
WAITING_KILLS = 40
LIMITED_SECONDS = 30.0
FLOOD = 10_000
FLOOD_PAUSE = 0.002
DEAD_SECONDS = 60.0
MOST_RATIO = 1.5
NOISE_MS = 8.0
"""What a machine with other things to do may add to a median of a few milliseconds."""
FELT_MS = 100.0
"""What people notice."""
THINK = 0.1


async def _lane(folder: Path, number: int, kills: int) -> Verdict:
    """Some of the kills, on a database and a playground of their own; the last start is a clean one."""
    folder.mkdir()
    async with Phone.start(validate=False) as phone:
        settings = environment(phone, folder, OPEN_ACCESS="true")
        bot = WarmProcess(folder, settings)
        await bot.start_polling(phone)
        people = await open_cards(phone, range(1, 7))
        witness = Witness(phone.playground)
        await kill_under_load(bot, phone, witness, people, kills, seed=number)
        await bot.kill()
        async with bot_process(phone, folder, OPEN_ACCESS="true") as clean:
            assert await clean.stop() == 0
        assert "Traceback" not in bot.said
        return verdict(witness, folder / "labels.sqlite3")


def kills_under_load(folder: Path) -> Outcome:
    """SIGKILL at random points while people tap."""

    async def work() -> Sequence[Verdict]:
        return await asyncio.gather(*(_lane(folder / str(n), n, KILLS // LANES) for n in range(LANES)))

    found = asyncio.run(work())
    acknowledged = sum(one.acknowledged for one in found)
    lost, twice = sum(one.lost for one in found), sum(one.twice + one.foreign for one in found)
    figure = f"{KILLS} kills, {acknowledged} acknowledged labels: {lost} lost, {twice} counted twice"
    return Outcome("'saved' survives a killed process", figure, lost + twice + int(acknowledged < KILLS))


def kills_with_taps_waiting(folder: Path) -> Outcome:
    """SIGKILL again and again while taps wait at Telegram."""

    async def work() -> tuple[int, Verdict]:
        async with Phone.start(validate=False, callback_seconds=3600.0) as phone:
            async with bot_process(phone, folder, OPEN_ACCESS="true") as bot:
                people = await open_cards(phone, range(1, 6))
                assert await bot.stop() == 0
                witness = Witness(phone.playground)
                hits = await kill_with_taps_waiting(
                    bot, phone, witness, people, WAITING, WAITING_KILLS, seed=5
                )
                assert await bot.stop() == 0
            return hits, verdict(witness, folder / "labels.sqlite3")

    hits, found = asyncio.run(work())
    missing = WAITING - found.saved
    figure = f"{WAITING_KILLS} kills ({hits} with taps left) over {WAITING} taps: {missing} lost"
    losses = missing + found.lost + found.twice + found.foreign + int(hits < WAITING_KILLS // 2)
    return Outcome("no tap is lost between Telegram and the bot", figure, losses)


def one_of_ten_is_slowed_down(folder: Path) -> Outcome:
    """Ten people tap while Telegram lets one of them wait for half a minute."""

    async def work() -> tuple[list[float], list[float]]:
        async with Phone.start(validate=False) as phone, bot_process(phone, folder, OPEN_ACCESS="true"):
            tenth, *nine = people = await open_cards(phone, range(1, 11))
            await tap_together(nine, 2, THINK)
            calm = await tap_together(people, LIMITED_SECONDS / 3, THINK)
            seconds = int(LIMITED_SECONDS)
            await phone.fault("retry_after", method="editMessageText", chat_id=tenth.id, seconds=seconds)
            tapping = asyncio.create_task(hammer(tenth, tenth.card, int(LIMITED_SECONDS * 8), 0.1))
            slowed = await tap_together(nine, LIMITED_SECONDS * 0.9, THINK)
            await tapping
            calm += await tap_together(people, LIMITED_SECONDS / 3, THINK)
        return calm, slowed

    calm, slowed = asyncio.run(work())
    ratio = median_ms(slowed) / median_ms(calm)
    figure = (
        f"median of nine {median_ms(slowed):.1f} ms, without it {median_ms(calm):.1f} ms, ratio {ratio:.2f}"
    )
    felt = median_ms(slowed) > MOST_RATIO * median_ms(calm) + NOISE_MS
    return Outcome("one slow chat does not slow the others", figure, int(felt))


def one_of_ten_floods(folder: Path) -> Outcome:
    """Somebody sends ten thousand taps, some hundreds a second; nine people go on."""

    async def work() -> tuple[list[float], list[float], float]:
        async with Phone.start(validate=False) as phone, bot_process(phone, folder, OPEN_ACCESS="true"):
            flooder, *others = await open_cards(phone, range(1, 11))
            await tap_together(others, 1, THINK)
            calm = await tap_together(others, 8, THINK)
            began = time.monotonic()
            flood = asyncio.create_task(hammer(flooder, flooder.card, FLOOD, FLOOD_PAUSE))
            flooded: list[float] = []
            while not flood.done():
                flooded += await tap_together(others, 2, THINK)
            await flood
            return calm, flooded, FLOOD / (time.monotonic() - began)

    calm, flooded, rate = asyncio.run(work())
    figure = f"{FLOOD} taps, {rate:.0f} a second: median of nine {median_ms(flooded):.1f} ms, before"
    figure += f" {median_ms(calm):.1f} ms, longest {max(flooded):.1f} s"
    return Outcome("somebody who floods is not felt by the others", figure, int(median_ms(flooded) > FELT_MS))


def dead_network(folder: Path) -> Outcome:
    """No network for a minute; taps made meanwhile are saved once, nothing is posted twice."""

    async def work() -> tuple[int, int, float]:
        async with (
            Phone.start(validate=False) as phone,
            bot_process(phone, folder, OPEN_ACCESS="true") as bot,
        ):
            people = await open_cards(phone, range(1, 6))
            before = {person.id: len(person.from_bot) for person in people}
            await phone.fault("dead", seconds=DEAD_SECONDS)
            taps = [(person, await person.press(person.card.button("Related").data)) for person in people]
            began = asyncio.get_running_loop().time()
            for person, tap in taps:
                await person.answer(tap, seconds=DEAD_SECONDS + 40)
                await person.wait_text("Item 2 / ", seconds=40)
            late = asyncio.get_running_loop().time() - began - DEAD_SECONDS
            posted = sum(len(person.from_bot) - before[person.id] for person in people)
            assert await bot.stop() == 0
        found = verdict(Witness(phone.playground), folder / "labels.sqlite3")
        return posted, len(people) - found.saved, late

    posted, missing, late = asyncio.run(work())
    figure = f"{DEAD_SECONDS:.0f} s: {missing} taps lost, {posted} messages too many, back after {late:.0f} s"
    return Outcome("a dead network costs time and nothing else", figure, posted + missing + int(late > 30))


def memory(folder: Path) -> Outcome:
    """What the bot keeps in memory does not grow with the taps."""

    async def work() -> tuple[float, float, int]:
        async with (
            Phone.start(validate=False) as phone,
            bot_process(phone, folder, OPEN_ACCESS="true") as bot,
        ):
            process = psutil.Process(bot.pid)
            people = await open_cards(phone, range(1, 31))
            sizes, taps = [], 0
            for seconds in (10, 20):
                taps += len(await tap_together(people, seconds))
                sizes.append(process.memory_info().rss / 1e6)
            return sizes[0], sizes[1], taps

    before, after, taps = asyncio.run(work())
    figure = f"{before:.1f} MB after a third of {taps} taps, {after:.1f} MB after all"
    return Outcome("memory does not grow with the taps", figure, int(after - before > 5))


CHECKS = (
    Check(kills_under_load, 1200),
    Check(kills_with_taps_waiting, 600),
    Check(one_of_ten_is_slowed_down, 240),
    Check(one_of_ten_floods, 300),
    Check(dead_network, 150),
    Check(memory, 90),
)
