"""Serving a Playground over HTTP on 127.0.0.1, in this process or as a program of its own.

uvicorn parses with httptools where that is installed, which saves a third of the time of a request, else with h11.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import socket
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

import uvicorn

from playground.emulator import Playground
from playground.http.app import App

if TYPE_CHECKING or importlib.util.find_spec("httptools") is None:
    from uvicorn.protocols.http.h11_impl import H11Protocol as HttpProtocol
else:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as HttpProtocol

HOST = "127.0.0.1"


class _Protocol(HttpProtocol):
    """Lets the application cut its own connection (``scope["state"]["transport"]``)."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in the base class
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    """Starts and stops without waiting for ticks, and leaves signals to whoever runs it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()
        self.stop = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        self.up.set()
        await self.stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        await self.lifespan.shutdown()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=2.0)
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(0)
        for sock in sockets or []:
            sock.close()


def listen(port: int = 0) -> socket.socket:
    """A socket on 127.0.0.1; port 0 takes a free one. Raises OSError when the port is taken."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # else no TCP_NODELAY
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((HOST, port))
    except OSError:
        sock.close()
        raise
    return sock


@contextlib.asynccontextmanager
async def serving(playground: Playground, sock: socket.socket | None = None) -> AsyncIterator[str]:
    """Serves in this event loop while the block runs; gives the address ``http://127.0.0.1:<port>``."""
    sock = sock or listen()
    options: dict[str, Any] = {"access_log": False, "log_config": None, "date_header": False, "ws": "none"}
    config = uvicorn.Config(
        App(playground), http=_Protocol, lifespan="on", timeout_keep_alive=600, server_header=False, **options
    )
    server = _Server(config)
    address = f"http://{HOST}:{sock.getsockname()[1]}"
    task = asyncio.create_task(server.serve(sockets=[sock]), name="playground server")
    started = asyncio.create_task(server.up.wait())
    try:
        await asyncio.wait({task, started}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield address
    finally:
        started.cancel()
        server.stop.set()
        await task
