"""Readers of settings: from a text to a value, or Wrong with what would be right."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from analysis.files import missing

TOKEN_PATTERN = re.compile(r"\d{1,20}:[A-Za-z0-9_-]{35}", re.ASCII)
MOST_MODES = 20
MOST_SECONDS = 60


class Secret:
    """A text that is hidden wherever it is printed; only `reveal()` returns it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    def __repr__(self) -> str:
        return "(hidden)" if self._text else "(empty)"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._text)


class Wrong(ValueError):
    """A value that does not fit; the text says what would be right."""


def read_token(text: str) -> Secret | None:
    """Read a bot token; empty is none. A wrong one is not shown."""
    if not text:
        return None
    if not TOKEN_PATTERN.fullmatch(text):
        raise Wrong(
            "is not a bot token: digits, a colon, then 35 letters, digits, _ or -, as BotFather gives it"
        )
    return Secret(text)


def read_url(text: str) -> str:
    """Read the address of a server, without a slash at the end."""
    if not _is_web_address(text) or "?" in text or "#" in text:
        shown = without_password(text)
        raise Wrong(f"is {shown!r}: it must be an address such as https://api.telegram.org")
    return text.rstrip("/")


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:  # of an address that is broken, or a port that is none
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def without_password(address: str) -> str:
    """Hide the user and the password in an address: all that stands before its last @."""
    return re.sub(r"://.*@", "://(hidden)@", address)


def read_url_or_none(text: str) -> str:
    """Read an address; empty stays empty."""
    return read_url(text) if text else ""


def read_address(text: str) -> tuple[str, int]:
    """Read a host and a port."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
        raise Wrong(f"is {text!r}: it must be an address and a port such as 127.0.0.1:8443")
    return host.strip("[]"), int(port)


def read_secret(text: str) -> Secret:
    """Read a secret for the webhook in characters that Telegram takes. A wrong one is not shown."""
    if text and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", text):
        raise Wrong("may have 1 to 256 letters, digits, _ and - only")
    return Secret(text)


def read_ids(text: str) -> frozenset[int]:
    """Read numeric Telegram user ids, comma-separated."""
    found = read_words(text)
    for part in found:
        if not re.fullmatch(r"[1-9][0-9]{0,18}", part):
            raise Wrong(
                f"has {part!r}: it takes numeric Telegram user ids, comma-separated, such as 123456,789012"
            )
    return frozenset(int(part) for part in found)


def read_modes(text: str) -> tuple[str, ...]:
    """Read the words for the questions, comma-separated."""
    modes = tuple(part.strip() for part in text.split(",") if part.strip())
    if not modes:
        raise Wrong("is empty: it takes words, comma-separated, such as alignment,formatting")
    for mode in modes:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,24}", mode):
            raise Wrong(f"has {mode!r}: a mode is one word of at most 24 letters, digits, _ or -")
    if len({mode.lower() for mode in modes}) < len(modes):
        raise Wrong("names a mode twice: each once")
    if len(modes) > MOST_MODES:
        raise Wrong(f"names {len(modes)} modes: at most {MOST_MODES}")
    return modes


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Make a reader of whole numbers within a range, both ends included."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", text) or not least <= int(text) <= most:
            raise Wrong(f"is {text!r}: it must be a whole number from {least} to {most}")
        return int(text)

    return read


def read_seconds(text: str) -> float:
    """Read seconds, whole or decimal, from 0 to MOST_SECONDS."""
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text) or float(text) > MOST_SECONDS:
        raise Wrong(f"is {text!r}: it must be a number of seconds from 0 to {MOST_SECONDS}, such as 0.3")
    return float(text)


def read_cron(text: str) -> str:
    """Read the five fields of a cron expression; an empty text switches the job off."""
    if not text:
        return ""
    from bot.rules.cron import CronError, check_cron

    try:
        check_cron(text)
    except CronError as error:
        raise Wrong(
            f"is {text!r}: {error}. Five cron fields, such as */15 * * * *, or empty for never"
        ) from None
    return text


def read_zone(text: str) -> zoneinfo.ZoneInfo:
    """Read the name of a time zone."""
    try:
        return zoneinfo.ZoneInfo(text)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise Wrong(f"is {text!r}: it must be the name of a time zone such as UTC or Europe/Berlin") from None


def read_yes_no(text: str) -> bool:
    """Read true or false, in any case."""
    if text.lower() not in ("true", "false"):
        raise Wrong(f"is {text!r}: it must be true or false")
    return text.lower() == "true"


def one_of(*allowed: str) -> Callable[[str], str]:
    """Make a reader of one of some words, in any case."""

    def read(text: str) -> str:
        for choice in allowed:
            if text.lower() == choice.lower():
                return choice
        raise Wrong(f"is {text!r}: it must be one of {', '.join(allowed)}")

    return read


def read_path(text: str) -> Path:
    """Read a path; ~ is somebody's home."""
    if not text:
        raise Wrong("is empty: it must be a path")
    if "\0" in text:
        raise Wrong(f"is {text!r}: a path has no zero byte")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise Wrong(f"is {text!r}: there is no such user's home") from None


def check_there(path: Path, text: str) -> None:
    """Raise Wrong unless there is something at a path that can be looked at."""
    try:
        path.stat()
    except FileNotFoundError:
        raise Wrong(f"is {text!r}: {missing(path, 'file or folder')}") from None
    except OSError as error:
        raise Wrong(f"is {text!r}, which cannot be read: {error.strerror}") from None


def read_path_or_none(text: str) -> Path | None:
    """Read a path; empty is none."""
    return read_path(text) if text else None


def read_words(text: str) -> tuple[str, ...]:
    """Read names, comma-separated; each counts once."""
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


URL_KEYS = ("modelId", "layer", "index", "feature_id")
"""What may stand in braces in the address of a feature."""


def read_feature_url(text: str) -> str:
    """Read the address of a feature's page, with keys of its record in braces; empty: none."""
    for name in re.findall(r"{([^{}]*)}", text):
        if name not in URL_KEYS:
            raise Wrong(f"has {{{name}}}: it takes {', '.join(f'{{{key}}}' for key in URL_KEYS)}")
    plain = re.sub(r"{[^{}]*}", "x", text)
    if re.search(r"[{}]", plain):
        raise Wrong(f"is {text!r}: its braces do not match")
    if text and not _is_web_address(plain):
        wanted = "https://example.org/{modelId}/{layer}/{index}"
        raise Wrong(f"is {text!r}: it must be an address such as {wanted}")
    return text
