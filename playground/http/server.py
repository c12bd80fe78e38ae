"""Serving an emulator over HTTP on 127.0.0.1, in this process or as a program of its own.

uvicorn's own server looks once in a tenth of a second whether it is to stop, and waits for connections to end by
themselves; hundreds of tests start and stop one, so here its protocol is used without it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from playground.emulator import Emulator
from playground.http.app import build_app

HOST = "127.0.0.1"
STOP_SECONDS = 2.0


class Connection(HttpToolsProtocol):
    """Lets the application cut its own connection (``scope["state"]["transport"]``)."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in the base class
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


def listen(port: int = 0) -> socket.socket:
    """Opens a socket on 127.0.0.1; port 0 takes a free one. Raises OSError when the port is taken."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # else no TCP_NODELAY
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((HOST, port))
    except OSError:
        sock.close()
        raise
    return sock


@contextlib.asynccontextmanager
async def serving(emulator: Emulator, sock: socket.socket | None = None) -> AsyncIterator[str]:
    """Serves in this event loop while the block runs; gives the address ``http://127.0.0.1:<port>``."""
    config = uvicorn.Config(
        build_app(emulator),
        log_config=None,
        access_log=False,
        date_header=False,
        server_header=False,
        ws="none",
        timeout_keep_alive=600,
    )
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    emulator.telegram.closed = False
    server = await loop.create_server(lambda: Connection(config, state, {}), sock=sock or listen())
    try:
        yield f"http://{HOST}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await emulator.close()
        for connection in list(state.connections):
            connection.shutdown()
        if state.tasks:
            await asyncio.wait(state.tasks, timeout=STOP_SECONDS)
        for connection in list(state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        # a client in this event loop must see the end before it uses the line again
        await asyncio.sleep(0.001)
