"""Ten people at once: what happens to one of them is not felt by the others."""

from __future__ import annotations

import asyncio
import random

import pytest

from bot.botapi.timings import Timings, UserLimits
from tests.support.bench import Bench
from tests.support.tapping_crowd import hammer, median_ms, open_cards, tap_together

THINK = 0.05
FELT_MS = 250.0
"""Bot, playground and people share a thread here; tests/soak has a limit that people would set."""


async def test_nine_people_do_not_feel_that_the_tenth_is_slowed_down(bench: Bench) -> None:
    await bench.phone.order("settings", validate=False)
    async with bench.running(OPEN_ACCESS="true", SAMPLE_SIZE="300"):
        tenth, *nine = await open_cards(bench.phone, range(1, 11))
        await tap_together(nine, 0.2, THINK)
        slowed = []
        for _ in range(2):
            await bench.phone.fault(
                "retry_after", method="editMessageText", chat_id=tenth.id, seconds=1, count=None
            )
            card = tenth.card
            limited = asyncio.create_task(hammer(tenth, card, 10, 0.04))
            slowed += await tap_together(nine, 0.4, THINK)
            taps = await limited
            assert (await tenth.answer(taps[-1])).text == "Changed to Not Related"
            assert tenth.message(card.id) == card
            await bench.phone.clear_faults()
            await bench.phone.until(
                lambda card=card: tenth.message(card.id) != card, "the tenth card", 10, tenth
            )
        assert median_ms(slowed) < 900, "who waits behind the tenth waits a second; make soak has the ratio"
        refused = [
            call for call in await bench.phone.calls("editMessageText", chat=tenth.id) if call.code == 429
        ]
        assert 2 <= len(refused) <= 6, len(refused)


async def test_others_do_not_feel_somebody_who_floods(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.timings = Timings(user=UserLimits(a_minute=100))
    await bench.phone.order("settings", validate=False)
    async with bench.running(OPEN_ACCESS="true", SAMPLE_SIZE="300") as inside:
        flooder, *others = await open_cards(bench.phone, range(1, 6))
        calm = await tap_together(others, 0.3, THINK)
        flood = asyncio.create_task(hammer(flooder, flooder.card, 300, 0.002))
        flooded = await tap_together(others, 0.8, THINK)
        taps = await flood
        assert (await flooder.answer(taps[0], seconds=20)).text.startswith("Saved: ")
        await bench.rest()
        rows = await inside.services.store.database.read_now(
            "SELECT count(*) FROM answers JOIN labelers USING (labeler_id) WHERE user_id = ?",
            [flooder.user_id],
        )
        assert 100 <= rows[0][0] < 300, rows[0][0]
        assert "somebody floods" in caplog.text
        # behind the flood they would wait for hundreds of taps; other tests make a tap slow, too
        assert median_ms(flooded) < max(FELT_MS, 20 * median_ms(calm)), median_ms(calm)


async def test_two_hundred_taps_at_once_are_all_saved_in_order(bench: Bench) -> None:
    await bench.phone.order("settings", validate=False)
    async with bench.running(OPEN_ACCESS="true", SAMPLE_SIZE="300") as inside:
        (you,) = await open_cards(bench.phone, [1])
        taps = await hammer(you, you.card, 200)
        assert (await you.answer(taps[-1], seconds=20)).text == "Changed to Not Related"
        rows = await inside.services.store.database.read_now(
            "SELECT tap_id, label FROM answers ORDER BY answer_id"
        )
        assert [row["tap_id"] for row in rows] == taps
        await bench.rest()
        assert "Item 2 / 300" in you.card.text
        edits = [call for call in await bench.phone.calls("editMessageText") if call.ok]
        assert 1 <= len(edits) <= 200


@pytest.mark.parametrize("seed", [1, 2])
async def test_any_bytes_as_a_button_are_answered_and_change_nothing(bench: Bench, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - no secret
    async with bench.running(OPEN_ACCESS="true") as inside:
        (you,) = await open_cards(bench.phone, [1])
        good = you.card.button("Related").data
        strange = [
            "",
            "\0",
            "yes",
            "r",
            good + "0",
            good[:-1],
            good.upper(),
            f" {good}",
            good.replace(".", "٠", 1),
        ]
        strange += [
            "r1.alignment.99999999.aaaaaaaa",
            "v" * 64,
            "x" * 64,
            "qm..",
            "\u202e" + good[:20],
            "/start",
        ]
        for _ in range(60):
            raw = bytes(draw.randrange(256) for _ in range(draw.randrange(1, 64)))
            strange.append(raw.decode("utf-8", "replace")[:20])
            cut = draw.randrange(len(good))
            strange.append(good[:cut] + chr(draw.randrange(1, 0x2FF)) + good[cut + 1 :])
        taps = [await you.press(data, you.card) for data in strange if data != good]
        for tap in taps:
            assert not (await you.answer(tap)).text.startswith(("Saved", "Changed"))
        assert await inside.services.store.answers.counts(inside.services.frozen.sample_id) == {}
        assert (await you.tap("Related")).text == "Saved: Related"
