"""Both crons at every minute, by a clock that goes as the real one does and shows ten seconds before the minute."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.support.bench import ADMIN, Bench, Clock
from tests.support.labeling_steps import (
    alternating,
    classify,
    human_by_feature,
    read_labels,
    take_over_labels,
)


@pytest.mark.long
async def test_within_a_minute_a_label_file_appears_and_the_group_gets_its_report(
    bench: Bench, clock: Clock
) -> None:
    labels = dict(enumerate(alternating(12)))
    await take_over_labels(bench, ADMIN, "alignment", labels)
    classify(bench, "deepseek", "alignment", human_by_feature(bench, labels, 12), tp=5, tn=5, fp=1, fn=1)
    path = bench.outputs / "human_labels" / f"{bench.base.stem}_human_labels_alignment.json"
    clock.forward(seconds=50 - time.time() % 60)
    async with bench.running(EXPORT_CRON="* * * * *", REPORT_CRON="* * * * *"):
        group = await bench.phone.group("The Lab", [await bench.admin()], bare_commands=True)
        await group.ask("/subscribe deepseek")
        assert not path.exists()
        posted = await group.wait_for(lambda message: message.is_photo, seconds=75)
        assert "\ndeepseek · alignment\n" in posted.text
        async with asyncio.timeout(10):
            while not path.exists():  # noqa: ASYNC110 # a file tells nobody of its coming
                await asyncio.sleep(0.02)
        assert read_labels(path.read_bytes()) == labels
        await bench.rest()
        assert sum(message.is_photo for message in group.from_bot) == 1
