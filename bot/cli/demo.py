"""`labelbot demo`: the stand-in for Telegram and the bot as two processes, with the data that ships along."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
import webbrowser
from collections.abc import AsyncIterator
from pathlib import Path

import click

from bot.errors import BotError

READY_SECONDS = 60.0
STOP_SECONDS = 15.0
MODES = ("alignment", "formatting")
SIZE = 60


class DemoFailed(BotError):
    """A process of the demo did not start or ended early."""


async def demonstrate(port: int, browser: bool, folder: Path | None) -> None:
    """Run the demo until Ctrl-C. folder: where its data stays; None: a temporary one. Raises DemoFailed."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    with contextlib.ExitStack() as stack:
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="labelbot-demo-")))
        folder.mkdir(parents=True, exist_ok=True)
        token = f"{secrets.randbelow(9 * 10**9) + 10**9}:{secrets.token_hex(16)}abc"
        shutil.copytree(_shipped(), folder, dirs_exist_ok=True)
        arguments = ["-m", "playground", "--port", str(port), "--token", token]
        async with _process("the stand-in", arguments, os.environ, folder) as playground:
            told = await _line_with(playground, "ready at ", stop)
            address = told.rpartition(" ")[2]
            environment = {**os.environ, **_settings(folder, address, token)}
            await _second_labeler(folder, environment)
            async with _process("the bot", ["-m", "bot", "run"], environment, folder) as bot:
                click.echo(f"The demo is at {address}  (Ctrl-C ends it)")
                if browser:
                    await asyncio.to_thread(webbrowser.open, address)
                await _until_end(stop, playground, bot)


def _shipped() -> Path:
    """The data that ships with the stand-in; nothing of its code is imported here."""
    spec = importlib.util.find_spec("playground")
    if spec is None or spec.origin is None:
        raise DemoFailed("The demo's data is missing: install the project again.")
    return Path(spec.origin).parent / "data"


def _settings(folder: Path, address: str, token: str) -> dict[str, str]:
    """The demo's settings, as `labelbot run` reads them; a `.env` of the working directory does not count."""
    return {
        "TELEGRAM_BOT_TOKEN": token,
        "TELEGRAM_API_URL": address,
        "ADMIN_IDS": "1001",
        "BASE_SAE_PATH": str(folder / "demo-sae.json"),
        "CLASSIFICATIONS_DIR": str(folder / "classifications"),
        "OUTPUT_DIR": str(folder / "outputs"),
        "DATABASE_PATH": str(folder / "labels.sqlite3"),
        "LABEL_MODES": ",".join(MODES),
        "SAMPLE_SIZE": str(SIZE),
        "SAMPLE_SEED": "42",
        "MAX_FILE_MB": "512",
        "EXPORT_CRON": "*/15 * * * *",
        "REPORT_CRON": "0 9 * * *",
        "TIMEZONE": "UTC",
        "OPEN_ACCESS": "true",
        "WEBHOOK_URL": "",
        "WEBHOOK_SECRET": "",
        "LOG_LEVEL": "WARNING",
        "LOG_FORMAT": "text",
    }


async def _second_labeler(folder: Path, environment: dict[str, str]) -> None:
    """Give the colleague the answers that ship with the demo, unless the folder was used before."""
    if (folder / "labels.sqlite3").exists():
        return
    from bot.cli.commands import import_labels
    from bot.settings import read_settings

    settings = read_settings(environment)
    for mode in MODES:
        path = folder / "human_labels" / f"demo-sae_human_labels_{mode}.json"
        await import_labels(settings, path, mode, 1002, time.time())


@contextlib.asynccontextmanager
async def _process(
    name: str, arguments: list[str], environment: dict[str, str] | os._Environ[str], folder: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process in a session of its own, so that Ctrl-C reaches only us; ended cleanly on the way out."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        env=environment,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE if name == "the stand-in" else None,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _line_with(process: asyncio.subprocess.Process, part: str, stop: asyncio.Event) -> str:
    """The process's first line with `part` in it. Raises DemoFailed when none comes."""
    assert process.stdout is not None  # noqa: S101 - it was started with a pipe
    try:
        async with asyncio.timeout(READY_SECONDS):
            while line := (await process.stdout.readline()).decode():
                if part in line:
                    return line.strip()
    except TimeoutError:
        raise DemoFailed(f"The stand-in was not ready within {READY_SECONDS:.0f} s.") from None
    raise DemoFailed("The stand-in did not start. Is the port taken? Try another with --port.")


async def _until_end(stop: asyncio.Event, *processes: asyncio.subprocess.Process) -> None:
    """Wait for Ctrl-C. Raises DemoFailed when one of the processes ends before."""
    stopping = asyncio.ensure_future(stop.wait())
    ends = [asyncio.ensure_future(process.wait()) for process in processes]
    try:
        await asyncio.wait((stopping, *ends), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (stopping, *ends):
            task.cancel()
    if not stop.is_set():
        raise DemoFailed("A part of the demo ended by itself; what it said is above.")
