"""The whole way: a base file of the real size, three hundred taps, and the notebook's file at the end."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from analysis.records import LABELS
from bot.cli.commands import import_labels
from bot.rules.session import NAME_OF
from tests.support import notebook
from tests.support.bench import ADMIN, Bench
from tests.support.labeling_steps import open_card, present_labels
from tests.support.process import WarmProcess
from tests.support.real_shapes import REAL_COUNT

FILE = "12-gemmascope-res-65k__l0-21_human_labels_{}.json"


class TestTheRealSize:
    @pytest.fixture
    def base_records(self) -> int:
        return REAL_COUNT

    async def test_three_hundred_taps_give_the_notebooks_file_byte_for_byte(self, bench: Bench) -> None:
        draw = random.Random(1)  # noqa: S311 # made-up answers
        given = [draw.choice(LABELS) for _ in range(300)]
        async with bench.running(SAMPLE_SIZE="300"):
            you = await bench.admin()
            card = await open_card(you)
            for place, label in enumerate(given):
                assert f"Item {place + 1} / 300" in card.text
                assert f"Labeled: {place} / 300" in card.text
                card = await you.step(NAME_OF[label])
            assert "all 300 labeled" in card.text
            assert f"Related: {given.count('related')}\n" in card.text
            sent = await you.file(await you.ask("/export"))
            refused = await bench.phone.refusals()
            assert [call.description for call in refused if call.method != "setMyCommands"] == []
        sample = notebook.sample_of(bench.base)
        expected = notebook.labels_file(sample, dict(enumerate(given)))
        assert sent == expected
        assert (bench.outputs / "human_labels" / FILE.format("alignment")).read_bytes() == expected
        assert len(json.loads(sent)) == 300


async def test_labels_of_the_notebook_are_taken_over_continued_and_written_again_without_a_difference(
    bench: Bench,
) -> None:
    sample = notebook.sample_of(bench.base, 12)
    draw = random.Random(2)  # noqa: S311 # made-up answers
    before = {row: draw.choice(LABELS) for row in range(7)}
    written = bench.folder / "from_the_notebook.json"
    written.write_bytes(notebook.labels_file(sample, before))
    told = await import_labels(bench.settings(), written, "alignment", ADMIN, 1.0)
    assert told == ["7 labels taken over for labeler-01 in alignment."]
    async with bench.running():
        you = await bench.admin()
        card = await open_card(you)
        assert "Item 8 / 12" in card.text
        for _ in range(5):
            card = await you.step("Related")
        assert "all 12 labeled" in card.text
        sent = await you.file(await you.ask("/export"))
    after = {**before, **dict.fromkeys(range(7, 12), "related")}
    assert sent == notebook.labels_file(sample, after)
    written.write_bytes(sent)
    told = await import_labels(bench.settings(), written, "alignment", ADMIN, 2.0)
    assert told == ["0 labels taken over for labeler-01 in alignment, 12 were there already."]
    assert present_labels(bench.database, "alignment") == after


async def test_the_real_process_stops_on_sigterm_with_exit_code_0_and_goes_on_where_it_was(
    bench: Bench, tmp_path: Path
) -> None:
    you = await bench.admin()
    bot = WarmProcess(tmp_path, {**os.environ, **bench.environment()})
    try:
        await bot.start_polling(bench.phone)
        await you.send("/label")
        await you.wait_for(lambda m: m.has("Related"), seconds=40)
        for _ in range(4):
            await you.step("Not Related")
        card = you.card
        assert await bot.stop() == 0
        await bot.start_polling(bench.phone)
        await you.send("/label")
        fresh = await you.wait_for(lambda m: m.id > card.id and m.has("Related"), seconds=40)
        assert "Item 5 / 12" in fresh.text
        assert "Labeled: 4 / 12" in fresh.text
        assert await bot.stop() == 0
    finally:
        bot.shoot()
    assert present_labels(bench.database, "alignment") == dict.fromkeys(range(4), "not-related")
    assert "Traceback" not in bot.said
    assert bench.phone.token not in bot.said
