"""What `labelbot check` asks Telegram: against the stand-in, and against addresses where nobody answers well."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cli.check_telegram import check_telegram
from bot.settings import read_settings
from tests.support.phone import Phone
from tests.support.process import WarmProcess
from tests.support.real_shapes import write_base_file

TOKEN = "123456789:" + "AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-ab"
KEPT = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    async with Phone.start(validate=False) as phone:
        yield phone


async def check(folder: Path, **environment: str) -> tuple[int, str, str]:
    """The real command; its exit code, and what it said."""
    if not list(folder.glob("*.json")):
        write_base_file(folder, count=50)
    (base,) = folder.glob("*.json")
    settings = {**KEPT, "BASE_SAE_PATH": base.name, "SAMPLE_SIZE": "5", **environment}
    command = WarmProcess(folder, settings, ("bot", "check"))
    command.out, command.err = folder / "stdout", folder / "stderr"
    for path in (command.out, command.err):
        path.unlink(missing_ok=True)
    await command.start()
    code = await command.wait(60)
    return code, command.out.read_text(), command.err.read_text()


async def test_check_names_the_bot_and_says_what_it_reads_in_groups(phone: Phone, tmp_path: Path) -> None:
    code, out, err = await check(tmp_path, **phone.environment)
    assert (code, err) == (0, "")
    assert (
        "right: Telegram knows the bot as @labelbot_demo_bot; in groups it reads only what is for it\n" in out
    )
    assert out.endswith("next: 'labelbot run' starts the bot\n")
    await phone.order("settings", privacy_mode=False)
    code, out, err = await check(tmp_path, **phone.environment)
    assert code == 0
    assert "doubtful: Telegram knows the bot as @labelbot_demo_bot; in groups it gets every message" in out
    assert phone.token not in out + err


async def test_a_token_that_telegram_refuses_is_wrong_and_not_shown(phone: Phone, tmp_path: Path) -> None:
    code, out, err = await check(tmp_path, TELEGRAM_API_URL=phone.address, TELEGRAM_BOT_TOKEN=TOKEN)
    assert code == 1
    assert err == "wrong: TELEGRAM_BOT_TOKEN is refused by Telegram: copy it again from BotFather\n"
    assert TOKEN not in out
    assert out.endswith("next: mend what is wrong, then 'labelbot check' again\n")


async def test_without_a_token_the_files_are_looked_at_and_telegram_is_not_asked(tmp_path: Path) -> None:
    code, out, err = await check(tmp_path)
    assert code == 1
    assert (
        err
        == "wrong: TELEGRAM_BOT_TOKEN is not set: the bot's token, from BotFather. Telegram was not asked\n"
    )
    assert "right: BASE_SAE_PATH has 50 features, 5 are drawn" in out


def test_a_server_that_says_nothing_is_waited_for_so_long_and_no_longer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        settings = read_settings({"TELEGRAM_API_URL": address, "TELEGRAM_BOT_TOKEN": TOKEN})
        began = time.monotonic()
        found = check_telegram(settings, seconds=0.5)
        assert time.monotonic() - began < 5
    assert (found.kind, found.text) == (
        "doubtful",
        "Telegram was not asked who the bot is: no answer in 0.5 seconds",
    )


@pytest.mark.parametrize("answer", [b"<html>not a bot server</html>", json.dumps({"ok": False}).encode()])
async def test_a_server_that_is_no_bot_api_is_told_in_one_line(answer: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer)
        )
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        settings = read_settings({"TELEGRAM_API_URL": address, "TELEGRAM_BOT_TOKEN": TOKEN})
        found = await asyncio.to_thread(check_telegram, settings)
    assert found.kind == "doubtful"
    assert found.text.startswith("Telegram was not asked who the bot is: ")
    assert TOKEN not in found.text
