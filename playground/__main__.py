"""``python -m playground --port N --token T``: the stand-in as a program, until SIGINT or SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket
import sys

from playground.api import schema
from playground.demo import WORLDS
from playground.emulator import Playground
from playground.http.server import listen, serving

EXAMPLE_TOKEN = "1234567890:" + "A" * 35


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m playground", description="A local stand-in for Telegram.")
    made.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (0: a free one)")
    made.add_argument("--token", default=EXAMPLE_TOKEN, help="the token that the bot will use")
    made.add_argument("--username", default="labelbot_demo_bot", help="the bot's username")
    made.add_argument("--world", choices=sorted(WORLDS), default="demo", help="who is there at the start")
    made.add_argument(
        "--no-validate",
        action="store_true",
        help="leave out the independent check of requests (for benchmarks)",
    )
    made.add_argument("--latency", type=float, default=0.0, help="seconds added each way")
    return made


async def serve(playground: Playground, sock: socket.socket) -> None:
    """Serves until a signal; says the address in one line when ready."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with serving(playground, sock) as address:
        print(f"playground ready at {address}", flush=True)  # noqa: T201 # the line that whoever started it waits for
        loading = asyncio.create_task(asyncio.to_thread(schema.load)) if playground.validate else None
        await stop.wait()
    if loading is not None:
        await loading


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 after a signal, 1 when it cannot start."""
    options = parser().parse_args(arguments)
    try:
        playground = Playground(
            options.token,
            username=options.username,
            validate=not options.no_validate,
            latency=options.latency,
        )
        sock = listen(options.port)
    except (ValueError, OSError) as error:
        print(f"playground: {error}", file=sys.stderr)  # noqa: T201 # said to whoever started it
        return 1
    WORLDS[options.world](playground)
    asyncio.run(serve(playground, sock))
    return 0


if __name__ == "__main__":
    sys.exit(main())
