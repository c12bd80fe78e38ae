"""The real process: how it starts, ends, and what is left of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import sys
import termios
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from playground.http.server import listen, serving
from tests.support.bench import ADMIN
from tests.support.phone import Phone
from tests.support.process import BotProcess, WarmProcess, asks, bot_process, environment, polled, until
from tests.support.real_shapes import write_classification


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    async with Phone.start(validate=False) as phone:
        yield phone


def labels(folder: Path) -> int:
    """How many items are labeled in the database of a folder."""
    with contextlib.closing(sqlite3.connect(folder / "labels.sqlite3")) as connection:
        return int(connection.execute("SELECT count(*) FROM labels").fetchone()[0])


@pytest.mark.parametrize(("number", "kind"), [(signal.SIGTERM, BotProcess), (signal.SIGINT, WarmProcess)])
async def test_told_to_end_it_ends_cleanly_in_the_middle_of_work(
    phone: Phone, tmp_path: Path, number: signal.Signals, kind: type[BotProcess]
) -> None:
    async with bot_process(phone, tmp_path, kind=kind) as bot:
        you = await phone.person("You", ADMIN)
        await you.send("/start")
        card = await you.wait_text("Item 1 / 300")
        seen = [await you.tap("Related", on=card)]
        taps = [await you.press(card.button(word).data, card) for word in ("Related", "Not Related") * 30]
        assert await bot.stop(number) == 0
        assert seen[0].text == "Saved: Related"
        assert labels(tmp_path) == 1
        await bot.start_polling(phone)
        assert (await you.answer(taps[-1])).text == "Changed to Not Related"
        assert await bot.stop(number) == 0
    assert bot.said.count(" stopped") == 2
    assert "Traceback" not in bot.said
    assert "Task " not in bot.said
    with contextlib.closing(sqlite3.connect(tmp_path / "labels.sqlite3")) as connection:
        assert connection.execute("SELECT label FROM labels").fetchall() == [("not-related",)]
        assert connection.execute("SELECT count(*) FROM answers").fetchall() == [(61,)]


async def test_the_network_may_be_down_at_the_start_and_the_bot_waits(tmp_path: Path) -> None:
    sock = listen()
    port = sock.getsockname()[1]
    sock.close()
    async with Phone.start(validate=False) as elsewhere:
        settings = environment(elsewhere, tmp_path, TELEGRAM_API_URL=f"http://127.0.0.1:{port}")
        bot = WarmProcess(tmp_path, settings)
        await bot.start()
        await told(bot, "no contact yet, trying again")
        async with serving(elsewhere.playground, listen(port)):
            await polled(bot, asks(elsewhere))
            assert await bot.stop() == 0


async def test_ctrl_c_while_it_waits_for_the_network_ends_it_at_once(phone: Phone, tmp_path: Path) -> None:
    await phone.fault("dead", seconds=60)
    bot = WarmProcess(tmp_path, environment(phone, tmp_path))
    await bot.start()
    await told(bot, "no contact yet, trying again")
    assert await bot.stop(signal.SIGINT, seconds=3) == 0
    assert "Traceback" not in bot.said
    assert "Unclosed" not in bot.said


@pytest.mark.parametrize("seconds", [0.03, 0.05, 0.08, 0.12])
async def test_ctrl_c_while_it_is_being_imported_leaves_no_traceback(tmp_path: Path, seconds: float) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "print('here', flush=True); from bot.cli import main; main()"),
        cwd=tmp_path,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    await process.stdout.readline()
    await asyncio.sleep(seconds)
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
    _, said = await process.communicate()
    assert b"Traceback" not in said


async def test_it_says_who_it_is_and_at_a_terminal_shows_the_admin_link_as_a_qr_code(
    phone: Phone, tmp_path: Path
) -> None:
    for columns, encoding, drawn in ((30, "utf-8", False), (100, "latin-1", False), (100, "utf-8", True)):
        said = await said_at_a_terminal(phone, tmp_path, columns, encoding)
        assert "Open this link to become the admin of the bot (it works once):\r\nhttps://t.me/" in said
        assert ("█" in said) == drawn
        assert said.endswith(f"Running as @{phone.bot_username}. Ctrl-C ends it.\r\n")
    bot = WarmProcess(tmp_path, environment(phone, tmp_path, ADMIN_IDS=""))
    await bot.start()
    await until(lambda: "Running as" in bot.out.read_text(), 20)
    assert await bot.stop() == 0
    assert "█" not in bot.out.read_text()
    assert "https://t.me/" not in bot.said


async def said_at_a_terminal(phone: Phone, folder: Path, columns: int, encoding: str) -> str:
    """What the bot prints on a terminal of some columns, from its start to Ctrl-C."""
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (60, columns))
    bot = WarmProcess(folder, environment(phone, folder, ADMIN_IDS="", PYTHONIOENCODING=encoding))
    bot.out = Path(os.ttyname(theirs))
    said = []

    def read() -> bool:
        with contextlib.suppress(BlockingIOError):
            said.append(os.read(ours, 65536))
        return "Running as" in b"".join(said).decode()

    os.set_blocking(ours, False)
    await bot.start()
    await until(lambda: read() or not bot.running, 20)
    assert bot.running, bot.said
    assert await bot.stop(signal.SIGINT) == 0
    os.close(ours)
    os.close(theirs)
    return b"".join(said).decode()


async def test_a_second_bot_on_the_same_database_says_who_holds_it_and_the_first_goes_on(
    phone: Phone, tmp_path: Path
) -> None:
    async with bot_process(phone, tmp_path) as first:
        second = WarmProcess(tmp_path, first.settings)
        second.err = tmp_path / "second.txt"
        await second.start()
        assert await second.wait() == 1
        assert second.said.splitlines()[-1] == (
            f"{tmp_path}/labels.sqlite3 is in use by process {first.pid}:"
            " stop that one first, or set another DATABASE_PATH."
        )
        assert "Traceback" not in second.said
        you = await phone.person("You", ADMIN)
        await you.send("/start")
        await you.wait_text("Item 1 / 300")
        assert await first.stop() == 0


async def test_the_process_for_reports_goes_when_the_bot_is_killed(phone: Phone, tmp_path: Path) -> None:
    async with bot_process(phone, tmp_path, kind=BotProcess, LABEL_MODES="alignment") as bot:
        you = await phone.person("You", ADMIN)
        await you.send("/start")
        await you.wait_text("Item 1 / 300")
        await you.step("Related")
        base = next(tmp_path.glob("*.json"))
        indexes = (int(record["index"]) for record in json.loads(base.read_text(encoding="utf-8")))
        model = tmp_path / "models" / f"{base.stem}_alignment_classified_deepseek.json"
        write_classification(model, base, dict.fromkeys(indexes, "related"), tp=300, fn=100, fp=0, tn=0)
        await you.send("/metrics deepseek")
        await you.wait_for(lambda message: message.is_photo, seconds=60)
        children = psutil.Process(bot.pid).children(recursive=True)
        assert any("spawn_main" in " ".join(child.cmdline()) for child in children)
        await bot.kill()
        _, alive = await asyncio.to_thread(psutil.wait_procs, children, timeout=5)
        assert not alive


async def told(bot: BotProcess, text: str, seconds: float = 20.0) -> None:
    """Wait until the bot says something on stderr."""
    await until(lambda: text in bot.said or not bot.running, seconds)
    assert text in bot.said
