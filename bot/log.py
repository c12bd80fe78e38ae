"""Log lines: one per event, never a token, a name or a text of people."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from urllib.parse import quote

LOGGER = logging.getLogger("labelbot")

TOKEN_SHAPE = re.compile(r"\d{5,20}(:|%3A)[A-Za-z0-9_-]{30,}", re.ASCII | re.IGNORECASE)
START_LINK = re.compile(r"(\?start=)[A-Za-z0-9_-]+")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
LONGEST_VALUE = 400
QUIET = {
    "telegram": logging.WARNING,  # below it, updates and requests with all that people wrote
    "aiohttp": logging.WARNING,
    "asyncio": logging.WARNING,
    "aiosqlite": logging.WARNING,
    "matplotlib": logging.WARNING,
    "PIL": logging.WARNING,
    "apscheduler": logging.WARNING,
    "apscheduler.executors": logging.CRITICAL,  # a job tells its own failures; this adds tracebacks at every stop
}


class Redacting(logging.Formatter):
    """Writes text or JSON, and blanks out secrets, also in tracebacks."""

    def __init__(self, style: str, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._json = style == "json"
        known = [secret for secret in secrets if secret]
        self._secrets = tuple(dict.fromkeys([*known, *(quote(secret, safe="") for secret in known)]))

    def clean(self, text: str) -> str:
        """Blank out every secret, and everything that is shaped like a token."""
        for secret in self._secrets:
            text = text.replace(secret, "(hidden)")
        return START_LINK.sub(r"\1(hidden)", TOKEN_SHAPE.sub("(hidden)", text))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the base class calls it so
        """Write the line itself, without line breaks and terminal codes."""
        return one_line(super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        """Write a record as one line. A traceback follows it as text, and is a field in JSON."""
        if not self._json:
            return self.clean(super().format(record))
        fields: dict[str, object] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "event": one_line(record.getMessage()),
        }
        extra = getattr(record, "fields", None)
        if isinstance(extra, dict):
            fields |= extra
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return self.clean(json.dumps(fields, ensure_ascii=False, default=str))


def one_line(text: str) -> str:
    """Escape control characters, so that the text stays on its line."""
    return CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


def set_up_logging(level: str, style: str, secrets: Iterable[str]) -> None:
    """Log to stderr. Libraries that write out requests or what is in them are kept quiet at every level."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Redacting(style, secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(max(least, logging.getLevelName(level)))


def log_event(
    text: str, level: int = logging.INFO, fields: Mapping[str, object] = MappingProxyType({}), **more: object
) -> None:
    """Log one event. Fields are numbers and words of the program; nothing that a person wrote."""
    if not LOGGER.isEnabledFor(level):
        return
    told = {key: _short(value) for key, value in {**fields, **more}.items()}
    shown = "".join(f" {key}={_quoted(value)}" for key, value in told.items())
    LOGGER.log(level, "%s%s", text, shown, extra={"fields": {"event": text, **told}})


def _short(value: object) -> object:
    if isinstance(value, str) and len(value) > LONGEST_VALUE:
        return value[:LONGEST_VALUE] + "…"
    return value


def _quoted(value: object) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if not text or re.search(r"[\s\"=]", text) else text
