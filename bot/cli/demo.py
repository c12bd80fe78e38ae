"""`labelbot demo`: the playground, which stands in for Telegram, and the bot, as two processes with data that ship.

Four people are known from the start. Two are played by the visitor and have labeled nothing; their chats are called
after their pseudonyms, `Labeler 1` and `Labeler 2`. Two are off stage and have labeled everything, so that `/metrics`
has something to say at once.
"""

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
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import click

from bot.cli.commands import import_labels
from bot.errors import BotError
from bot.settings import SETTINGS, read_settings
from storage.store import Store

READY_SECONDS = 60.0
STOP_SECONDS = 15.0
MODES = ("alignment", "formatting")
SIZE = 240
ON_STAGE = (1001, 1002)
GROUP = -2001
OFF_STAGE = {1003: "labeler-03", 1004: "labeler-04"}


class DemoFailed(BotError):
    """A process of the demo did not start or ended early."""


async def demonstrate(port: int, browser: bool, folder: Path | None) -> None:
    """Run the demo until Ctrl-C.

    Args:
        port: Where the page is served; 0 takes a free port.
        browser: Whether to open the page.
        folder: Where the demo's data stay; None throws them away at the end.

    Raises:
        DemoFailed: A process did not start, or ended by itself.
    """
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - a coroutine runs in a task
    for number in (signal.SIGINT, signal.SIGTERM):  # once: the way out is not to be cut short
        asyncio.get_running_loop().add_signal_handler(number, lambda: task.cancelling() or task.cancel())
    with contextlib.suppress(asyncio.CancelledError), contextlib.ExitStack() as stack:
        kept = f"Its data stay in {folder}."
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="labelbot-demo-")))
            kept = "Its data are thrown away at the end; to keep them: labelbot demo --folder FOLDER"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(_shipped(), folder, dirs_exist_ok=True)
        token = f"{secrets.randbelow(9 * 10**9) + 10**9}:{secrets.token_hex(16)}abc"
        # the tests check the bot's calls; here the import of what checks them would slow the bot's start
        arguments = ["-m", "playground", "--no-validate", "--port", str(port), "--token", token]
        async with _process(arguments, os.environ, folder, stdout=asyncio.subprocess.PIPE) as playground:
            address = await _address_of(playground)
            environment = {**os.environ, **_settings(folder, address, token)}
            await _bring_people(folder, environment)
            async with _process(["-m", "bot", "run"], environment, folder) as bot:
                click.echo(f"The demo is at {address}  (Ctrl-C ends it)\n{kept}")
                if browser:
                    await asyncio.to_thread(webbrowser.open, address)
                ends = [asyncio.ensure_future(process.wait()) for process in (playground, bot)]
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                raise DemoFailed("A part of the demo ended by itself; what it said is above.")


def _shipped() -> Path:
    """Find the data that ship with the playground, without importing its code."""
    spec = importlib.util.find_spec("playground")
    if spec is None or spec.origin is None:
        raise DemoFailed("The demo's data are missing: install the project again.")
    return Path(spec.origin).parent / "data"


def _settings(folder: Path, address: str, token: str) -> dict[str, str]:
    """Return every setting of the demo by its key, so that none of the visitor's own counts."""
    return {setting.key: setting.default for setting in SETTINGS} | {
        "TELEGRAM_BOT_TOKEN": token,
        "TELEGRAM_API_URL": address,
        "ADMIN_IDS": str(ON_STAGE[0]),
        "BASE_SAE_PATH": str(folder / "demo-sae.json"),
        "CLASSIFICATIONS_DIR": str(folder / "classifications"),
        "OUTPUT_DIR": str(folder / "outputs"),
        "DATABASE_PATH": str(folder / "labels.sqlite3"),
        "LABEL_MODES": ",".join(MODES),
        "SAMPLE_SIZE": str(SIZE),
        "OPEN_ACCESS": "true",
        "LOG_LEVEL": "WARNING",
    }


async def _bring_people(folder: Path, environment: dict[str, str]) -> None:
    """Bring people and their group, and the answers of those off stage, unless the folder was used before."""
    settings = read_settings(environment)
    if settings.database_path.exists():
        return
    async with await Store.open_to_write(settings.database_path) as store:
        for user_id in (*ON_STAGE, *OFF_STAGE):
            await store.labelers.add(user_id, joined_at=None)
        await store.chats.serve(GROUP, time.time())
    for user_id, pseudonym in OFF_STAGE.items():
        for mode in MODES:
            path = folder / "human_labels" / pseudonym / f"demo-sae_human_labels_{mode}.json"
            await import_labels(settings, path, mode, user_id, time.time())


@contextlib.asynccontextmanager
async def _process(
    arguments: list[str], environment: Mapping[str, str], folder: Path, *, stdout: int | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a process in a session of its own, so that Ctrl-C reaches only us, and end it cleanly on the way out."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        env=environment,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=stdout,
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


async def _address_of(playground: asyncio.subprocess.Process) -> str:
    """Read where the playground serves its page, which it says when it is ready. Raises DemoFailed."""
    assert playground.stdout is not None  # noqa: S101 - it was started with a pipe
    try:
        async with asyncio.timeout(READY_SECONDS):
            while line := (await playground.stdout.readline()).decode():
                if "ready at " in line:
                    return line.split()[-1]
    except TimeoutError:
        raise DemoFailed(f"The playground was not ready within {READY_SECONDS:.0f} s.") from None
    raise DemoFailed("The playground did not start. Is the port taken? Try another with --port.")
