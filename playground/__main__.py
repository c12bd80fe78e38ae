"""``python -m playground --port N --token T``: the playground as a program, until SIGINT or SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket
import sys

from playground.api import schema
from playground.emulator import Emulator
from playground.http.server import listen, serving
from playground.state.telegram import Telegram

EXAMPLE_TOKEN = "1234567890:" + "A" * 35


def parser() -> argparse.ArgumentParser:
    """Makes the parser of the command line."""
    made = argparse.ArgumentParser(prog="python -m playground", description="A local stand-in for Telegram.")
    made.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (0: a free one)")
    made.add_argument("--token", default=EXAMPLE_TOKEN, help="the token that the bot will use")
    made.add_argument(
        "--no-validate",
        action="store_true",
        help="leave out the independent check of requests (for benchmarks and the demo)",
    )
    return made


async def serve(emulator: Emulator, sock: socket.socket) -> None:
    """Serves until a signal; prints a line with the address when ready."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with serving(emulator, sock) as address:
        print(f"playground ready at {address}", flush=True)  # noqa: T201 # the line that whoever started it waits for
        loading = asyncio.create_task(asyncio.to_thread(schema.load)) if emulator.validate else None
        await stop.wait()
    if loading is not None:
        await loading


def main(arguments: list[str] | None = None) -> int:
    """Runs the program; gives exit code 0 after a signal, 1 when it cannot start."""
    options = parser().parse_args(arguments)
    try:
        emulator = Emulator(Telegram(options.token), validate=not options.no_validate)
        sock = listen(options.port)
    except (ValueError, OSError) as error:
        print(f"playground: {error}", file=sys.stderr)  # noqa: T201 # said to whoever started it
        return 1
    people = emulator.people  # the first is meant to be the bot's admin; nobody has written yet
    people.add_person(1001, "Labeler 1", username="labeler_1")
    people.add_person(1002, "Labeler 2", username="labeler_2")
    people.add_group(-2001, "Lab group", [1001, 1002], bare_commands=True)
    asyncio.run(serve(emulator, sock))
    return 0


if __name__ == "__main__":
    sys.exit(main())
