"""What the playground answers or does instead of giving a result.

PlaygroundError
    ApiError        an answer of the Bot API with ``ok: false``
    OrderError      an order to the control API that makes no sense: the test or the page is wrong
    MarkupError     HTML that Telegram would not parse
    BadGateway      a fault: HTTP 502 with a body that is no JSON
    Dropped         a fault: the connection is cut without an answer
    Disconnected    the client went away before its request was complete
"""

from __future__ import annotations

from typing import Any


class PlaygroundError(Exception):
    """The root of all errors here."""


class ApiError(PlaygroundError):
    """One refusal of the Bot API: the HTTP status, Telegram's wording and what goes with it."""

    def __init__(self, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        """Returns the answer as Telegram sends it: ``ok``, ``error_code``, ``description``, perhaps ``parameters``."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


class OrderError(PlaygroundError):
    """An order to the control API that makes no sense; the text names what is wrong."""


class MarkupError(PlaygroundError):
    """The text cannot be parsed; the message is Telegram's, without ``can't parse entities:``."""


class BadGateway(PlaygroundError):
    """Answer with HTTP 502 and a body that is no JSON."""


class Dropped(PlaygroundError):
    """Cut the connection without an answer."""


class Disconnected(PlaygroundError):
    """The client went away before its request was complete."""


def bad_request(text: str) -> ApiError:
    """Makes an answer with HTTP 400 in Telegram's form: ``Bad Request: <text>``."""
    return ApiError(400, f"Bad Request: {text}")


def forbidden(text: str) -> ApiError:
    """Makes an answer with HTTP 403 in Telegram's form: ``Forbidden: <text>``."""
    return ApiError(403, f"Forbidden: {text}")


def conflict(text: str) -> ApiError:
    """Makes an answer with HTTP 409 in Telegram's form: ``Conflict: <text>``."""
    return ApiError(409, f"Conflict: {text}")


def too_many_requests(seconds: int) -> ApiError:
    """Makes an answer with HTTP 429; ``seconds`` (1 or more) is also in ``parameters.retry_after``."""
    return ApiError(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})
