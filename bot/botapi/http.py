"""python-telegram-bot's requests over aiohttp: a third of the CPU of its default client (docs/dependencies.md).

What is known about a request that failed is kept apart, because only what surely had no effect may be sent again:

    NotSent        it had no effect: no connection, or a server in between that could not pass it on
    TimedOut       it may have had one
    NetworkError   it may have had one
"""

from __future__ import annotations

import io
import json
import logging
import os
import time
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.log import log_event

# python-telegram-bot gives times as its next version will: without this, every 429 is a warning
os.environ.setdefault("PTB_TIMEDELTA", "true")

DEFAULT = BaseRequest.DEFAULT_NONE
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CONNECT_SECONDS = 10.0
WRITE_SECONDS = 60.0
TURNED_AWAY = (429, 502, 503)
"""Statuses of servers in between; Telegram's own 429 says how long to wait and is left to python-telegram-bot."""


class NotSent(NetworkError):
    """The request had no effect: repeating it cannot do anything twice."""


class AiohttpRequest(BaseRequest):
    """One pool of connections. All times are seconds."""

    __slots__ = ("_connections", "_proxy", "_read_timeout", "_session")

    def __init__(self, api_url: str, *, connections: int = 64, read_timeout: float = 15.0) -> None:
        self._connections = connections
        self._proxy = proxy_for(api_url)
        self._read_timeout = read_timeout
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """The seconds that a request waits for an answer, unless its call says otherwise."""
        return self._read_timeout

    async def initialize(self) -> None:
        """Open the pool; once."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=300),
                headers={"User-Agent": self.USER_AGENT},
                proxy=self._proxy,
            )

    async def shutdown(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = DEFAULT,
        write_timeout: Any = DEFAULT,
        connect_timeout: Any = DEFAULT,
        pool_timeout: Any = DEFAULT,
    ) -> tuple[int, bytes]:
        """Make one request.

        Returns:
            The status and the body of the answer.

        Raises:
            NotSent: The request had no effect.
            TimedOut: No answer came in time.
            NetworkError: The connection broke, or the server failed.
        """
        if self._session is None:
            raise NotSent("The connection pool is closed.")
        read = self._read_timeout if read_timeout is DEFAULT else read_timeout
        timeout = aiohttp.ClientTimeout(
            total=None if read is None else read + WRITE_SECONDS,
            connect=2 * CONNECT_SECONDS,
            sock_connect=CONNECT_SECONDS if connect_timeout is DEFAULT else connect_timeout,
            sock_read=read,
        )
        began = time.monotonic()
        try:
            async with self._session.request(method, url, timeout=timeout, **_body(request_data)) as response:
                status, body = response.status, await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(f"no connection ({type(error).__name__})") from None
        except TimeoutError:
            raise TimedOut("no answer in time") from None
        except aiohttp.ClientError as error:
            # only the kind of error: its text may hold the address, and the address holds the token
            raise NetworkError(f"the connection broke ({type(error).__name__})") from None
        spent = round((time.monotonic() - began) * 1000)
        log_event("request", level=logging.DEBUG, method=url.rpartition("/")[2], status=status, ms=spent)
        if status in TURNED_AWAY and b'"retry_after"' not in body:
            raise NotSent(f"the server could not pass it on (HTTP {status})")
        if status >= 500:
            raise NetworkError(f"the server failed (HTTP {status})")
        return status, body

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Read the server's answer, which is never logged. Raises TelegramError for anything else."""
        try:
            answer = json.loads(payload)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict) or not answer.keys() & {"result", "description"}:
            raise TelegramError("what answers there is no Bot API server")
        return answer


def proxy_for(api_url: str) -> str | None:
    """Find the proxy that the environment names for an address. This machine itself needs none."""
    parts = urlsplit(api_url)
    host = parts.hostname or ""
    if host in ("127.0.0.1", "localhost", "::1") or proxy_bypass(host):
        return None
    return getproxies().get(parts.scheme)


def _body(data: RequestData | None) -> dict[str, Any]:
    """Write the parameters as a form, as python-telegram-bot's own client does: every server takes it."""
    if data is None:
        return {}
    if not data.contains_files:
        return {"data": urlencode(data.json_parameters).encode(), "headers": FORM}
    form = aiohttp.FormData()
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, content_type) in data.multipart_data.items():
        whole = io.BytesIO(content) if isinstance(content, bytes) else content
        form.add_field(name, whole, filename=filename, content_type=content_type)
    return {"data": form}
