"""Cost per byte: what somebody sends or lays down must not be felt by the others.

While worst-case files are reported on, 300 people's agreement is computed, or calls without the secret pour in, other
people's taps stay below 200 ms and their exports below 5 s. The quick form is in tests/bot/botapi/test_cost.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import statistics
import time
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bot.jobs.sample import load_or_draw_sample
from bot.settings import read_settings
from storage.records import Answer
from storage.store import Store
from tests.soak.promise import Check, Outcome
from tests.support.bench import ADMIN
from tests.support.phone import Chat, Phone
from tests.support.process import BotProcess, WarmProcess, bot_process, environment, free_port, until
from tests.support.tapping_crowd import open_cards, tap_on

TAP_SECONDS = 0.2
EXPORT_SECONDS = 5.0
SLOWER = 4.0
"""How many times as long as before an export may take on a machine where that is more than the seconds above."""
MEGABYTE = 1_000_000
ITEMS = 60
PEOPLE = (31, 32, 33)
WAIT = 120.0


def worst_files(megabytes: int) -> dict[str, bytes]:
    """Model files that cost most for what they weigh, by name and ending."""
    size = megabytes * MEGABYTE
    return {
        "pairs.json": b"[" + b"{},1," * (size // 5) + b"{}]",
        "deep.json": b"[" * (size // 2) + b"]" * (size // 2),
        "deep-objects.json": b'{"a":' * (size // 6) + b"1" + b"}" * (size // 6),
        "one-string.json": b'[{"index": "1", "label": "' + b"x" * size + b'"}]',
        "escapes.json": b'[{"index": "1", "label": "' + b"\\u0041" * (size // 6) + b'"}]',
        "numbers.json": b"[" + b"1" * size + b"]",
        "many-keys.json": b"{" + b",".join(b'"%d":{}' % n for n in range(size // 10)) + b"}",
        "small-but-packed.json": gzip.compress(b"[" + b"{},1," * (size // 5) + b"{}]"),
        "zeros.json": gzip.compress(bytes(10 * size)),
    }


@dataclass
class Felt:
    """What the others felt: seconds that taps and exports took, and what an export took before."""

    calm: float
    taps: list[float] = field(default_factory=list)
    exports: list[float] = field(default_factory=list)

    @property
    def figure(self) -> str:
        """All of it in one line."""
        median, worst = 1000 * statistics.median(self.taps), 1000 * max(self.taps)
        return (
            f"{len(self.taps)} taps, median {median:.0f} ms, worst {worst:.0f} ms;"
            f" exports, worst {max(self.exports):.1f} s, before {self.calm:.1f} s"
        )

    def losses(self, patience: float) -> int:
        """Count the limits that were passed. On a machine that is slow without a burden they are wider.

        Args:
            patience: How many times the limits may be passed, on a machine that does other things meanwhile.
        """
        late = max(self.exports) > patience * max(EXPORT_SECONDS, SLOWER * self.calm)
        return late + (statistics.median(self.taps) > patience * TAP_SECONDS)


async def feel(phone: Phone, burden: Coroutine[Any, Any, None], least: float) -> Felt:
    """Let people tap and export while a burden is there, and for so many seconds at least."""
    people = await open_cards(phone, PEOPLE)
    await _export(people[0])  # the first one starts the process beside the bot
    felt = Felt(await _export(people[0]))
    work, began = asyncio.create_task(burden), time.monotonic()
    try:
        while not work.done() or time.monotonic() - began < least:
            taps, took = await asyncio.gather(_taps(people[1:]), _export(people[0]))
            felt.taps += taps
            felt.exports.append(took)
        await work
    finally:
        work.cancel()
    return felt


async def _taps(people: list[Chat]) -> list[float]:
    found = await asyncio.gather(*(tap_on(person, 1.0, think=0.05) for person in people))
    return [one for times in found for one in times]


async def _export(person: Chat) -> float:
    began = time.monotonic()
    await person.ask("/export", seconds=WAIT)
    return time.monotonic() - began


def files_that_cost(folder: Path, megabytes: int = 2, patience: float = 1.0, seconds: float = 3.0) -> Outcome:
    """Somebody lays worst-case files among the models and asks for a report on each."""

    async def work() -> Felt:
        async with Phone.start(validate=False) as phone:
            settings = environment(phone, folder, OPEN_ACCESS="true", SAMPLE_SIZE=str(ITEMS))
            stem = Path(settings["BASE_SAE_PATH"]).stem
            (folder / "models").mkdir()
            names = worst_files(megabytes)
            for name, content in names.items():
                (folder / "models" / f"{stem}_alignment_classified_{name}").write_bytes(content)
            async with bot_process(phone, folder, OPEN_ACCESS="true", SAMPLE_SIZE=str(ITEMS)) as bot:
                supplier = await phone.person("Supplier", ADMIN)
                await supplier.send("/start")
                await supplier.wait_text("Item 1 / ", seconds=WAIT)
                await supplier.step("Related", seconds=WAIT)

                async def ask() -> None:
                    for name in names:
                        await supplier.ask(f"/metrics {name.partition('.')[0]}", seconds=WAIT)

                felt = await feel(phone, ask(), seconds)
                assert "Traceback" not in bot.said, bot.said
                return felt

    felt = asyncio.run(work())
    kinds = len(worst_files(0))
    figure = f"{kinds} files of {megabytes} MB: {felt.figure}"
    return Outcome(
        "files that were made to be slow are not felt by the others", figure, felt.losses(patience)
    )


def three_hundred_labelers(
    folder: Path, labelers: int = 300, patience: float = 1.0, seconds: float = 3.0
) -> Outcome:
    """`/agreement` again and again with hundreds of labelers, each time with one more answer."""

    async def work() -> Felt:
        async with Phone.start(validate=False) as phone:
            more = {"OPEN_ACCESS": "true", "SAMPLE_SIZE": str(ITEMS)}
            await _fill(environment(phone, folder, **more), labelers)
            async with bot_process(phone, folder, **more):
                asker = await phone.person("Asker", ADMIN)
                await asker.send("/start")
                await asker.wait_text("Item 1 / ", seconds=WAIT)

                async def ask() -> None:
                    for _ in range(3):
                        await asker.step("Related", seconds=WAIT)
                        await asker.ask("/agreement", seconds=WAIT)

                return await feel(phone, ask(), seconds)

    felt = asyncio.run(work())
    figure = f"{labelers} labelers: {felt.figure}"
    return Outcome("how hundreds of people agree is not felt by the others", figure, felt.losses(patience))


async def _fill(values: dict[str, str], labelers: int) -> None:
    settings = read_settings(values, needs=("TELEGRAM_BOT_TOKEN", "BASE_SAE_PATH"))
    async with await Store.open_to_write(settings.database_path) as store:
        sample = (await load_or_draw_sample(store, settings, 1.0)).sample_id
        for number in range(1, labelers + 1):
            await store.labelers.add(10_000 + number, joined_at=1.0)
        await store.answers.save_all(
            Answer(
                sample, "alignment", number, row, ("related", "not-related")[(number + row) % 3 == 0],
                f"{number}/{row}", None, 2.0, None,
            )
            for number in range(1, labelers + 1)
            for row in range(ITEMS)
        )  # fmt: skip


def calls_without_the_secret(folder: Path, seconds: float = 20.0, patience: float = 1.0) -> Outcome:
    """Packed bodies, long bodies and rubbish pour in at the webhook from somebody without the secret."""
    bomb = gzip.compress(bytes(50 * MEGABYTE)) * 11
    bodies = (bomb, b"[" * (900 * 1000), b"{" + b'"a":' * 100_000, b"\0" * 500_000)
    sent = 0

    async def pour(address: str) -> None:
        nonlocal sent
        last = time.monotonic() + seconds
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        async with httpx.AsyncClient(timeout=WAIT) as client:
            while time.monotonic() < last:
                with contextlib.suppress(httpx.HTTPError):  # it may hang up before the body is read
                    answer = await client.post(address, content=bodies[sent % len(bodies)], headers=headers)
                    assert answer.status_code in (400, 403, 413), answer.status_code
                sent += 1
                await asyncio.sleep(0.01)

    async def work() -> Felt:
        port = free_port()
        address = f"http://127.0.0.1:{port}/hook"
        hook = {"WEBHOOK_URL": address, "WEBHOOK_LISTEN": f"127.0.0.1:{port}", "WEBHOOK_SECRET": "s" * 40}
        async with Phone.start(validate=False) as phone:
            more = {"OPEN_ACCESS": "true", "SAMPLE_SIZE": str(ITEMS), **hook}
            async with hooked_process(phone, folder, **more):
                return await feel(phone, pour(address), 0.0)

    felt = asyncio.run(work())
    figure = f"{sent} calls of up to {len(bomb) // 1000} kB: {felt.figure}"
    return Outcome(
        "calls without the secret are not felt by the others", figure, felt.losses(patience) + (not sent)
    )


@contextlib.asynccontextmanager
async def hooked_process(phone: Phone, folder: Path, **more: str) -> AsyncIterator[BotProcess]:
    """A bot to which updates come by webhook."""
    bot = WarmProcess(folder, environment(phone, folder, **more))
    try:
        await bot.start()
        await until(lambda: phone.playground.webhook.url or not bot.running, WAIT)
        assert bot.running, bot.said
        yield bot
    finally:
        if bot.running:
            await bot.kill()


CHECKS = (
    Check(files_that_cost, 900.0),
    Check(three_hundred_labelers, 300.0),
    Check(calls_without_the_secret, 300.0),
)
