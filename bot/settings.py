"""The settings: read once from a mapping, all problems told together.

Each setting is one row of `Settings`: its field, type, key, default, reader and a line on what it means. What the log
says at the start is made from these rows; `.env.example` and the README's table are held against them by a test.
"""

# ruff: noqa: RUF009 - a row is a dataclass field with its metadata

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from bot.errors import SettingsError

TOKEN_PATTERN = re.compile(r"\d{1,20}:[A-Za-z0-9_-]{35}", re.ASCII)
MOST_MODES = 20
URL_KEYS = ("modelId", "layer", "index", "feature_id")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class Secret:
    """A text that shows itself only to who asks for `reveal()`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return "(hidden)" if self._text else "(empty)"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._text)


class Wrong(ValueError):
    """A value that does not fit; the text says what would be right."""


def _token(text: str) -> Secret | None:
    if not text:
        return None
    if not TOKEN_PATTERN.fullmatch(text):
        raise Wrong(
            "is not a bot token: digits, a colon, then 35 letters, digits, _ or -, as BotFather gives it"
        )
    return Secret(text)


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid or parts.query or parts.fragment:
        shown = _without_password(text)
        raise Wrong(f"is {shown!r}: it must be an address such as https://api.telegram.org")
    return text.rstrip("/")


def _without_password(address: str) -> str:
    """Hide who may enter, and how: whatever stands before the last @ of an address."""
    return re.sub(r"://.*@", "://(hidden)@", address)


def _webhook_url(text: str) -> str:
    return _url(text) if text else ""


def _listen(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
        raise Wrong(f"is {text!r}: it must be an address and a port such as 127.0.0.1:8443")
    return host.strip("[]"), int(port)


def _secret(text: str) -> Secret:
    if text and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", text):
        raise Wrong("may have 1 to 256 letters, digits, _ and - only")
    return Secret(text)


def _ids(text: str) -> frozenset[int]:
    found = [part.strip() for part in text.split(",") if part.strip()]
    for part in found:
        if not re.fullmatch(r"[1-9][0-9]{0,18}", part):
            raise Wrong(
                f"has {part!r}: it takes numeric Telegram user ids, comma-separated, such as 123456,789012"
            )
    return frozenset(int(part) for part in found)


def _modes(text: str) -> tuple[str, ...]:
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


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _feature_url(text: str) -> str:
    for name in re.findall(r"{([^{}]*)}", text):
        if name not in URL_KEYS:
            raise Wrong(f"has {{{name}}}: it takes {', '.join(f'{{{key}}}' for key in URL_KEYS)}")
    if re.search(r"[{}]", re.sub(r"{[^{}]*}", "", text)):
        raise Wrong(f"is {text!r}: its braces do not match")
    if text and not urlsplit(text).netloc:
        raise Wrong(
            f"is {text!r}: it must be an address such as https://example.org/{{modelId}}/{{layer}}/{{index}}"
        )
    return text


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", text) or not least <= int(text) <= most:
            raise Wrong(f"is {text!r}: it must be a whole number from {least} to {most}")
        return int(text)

    return read


def _seconds(most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text) or float(text) > most:
            raise Wrong(f"is {text!r}: it must be a number of seconds from 0 to {most:g}, such as 0.3")
        return float(text)

    return read


def _cron(text: str) -> str:
    """Five fields, as cron has them; empty switches the job off."""
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


def _zone(text: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(text)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise Wrong(f"is {text!r}: it must be the name of a time zone such as UTC or Europe/Berlin") from None


def _yes_no(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise Wrong(f"is {text!r}: it must be true or false")
    return text.lower() == "true"


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        for choice in allowed:
            if text.lower() == choice.lower():
                return choice
        raise Wrong(f"is {text!r}: it must be one of {', '.join(allowed)}")

    return read


def _path(text: str) -> Path:
    if not text or "\0" in text:
        raise Wrong("is empty: it must be a path")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise Wrong(f"is {text!r}: there is no such user's home") from None


def _check_there(path: Path, text: str) -> None:
    try:
        path.stat()
    except FileNotFoundError:
        raise Wrong(f"is {text!r}: there is no such file or folder") from None
    except OSError as error:
        raise Wrong(f"is {text!r}, which cannot be read: {error.strerror}") from None


def _maybe_path(text: str) -> Path | None:
    return _path(text) if text else None


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of Settings.

    Attributes:
        key: The name in the environment.
        default: The text that counts when the key is absent.
        read: From text to value; it raises Wrong.
        meaning: One line for people.
        shown: From value to what the log says at the start.
        may_be_empty: Whether an empty text counts as such, and not as the default.
    """

    key: str
    default: str
    read: Callable[[str], Any]
    meaning: str
    shown: Callable[[Any], object] = str
    may_be_empty: bool = False


def _row(*row: Any, **more: Any) -> Any:
    """A field of Settings that carries its row."""
    return field(metadata={"setting": Setting(*row, **more)})


def _address(value: tuple[str, int]) -> str:
    return "{}:{}".format(*value)


OUTPUTS = "outputs/feature_classification"


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, typed, a row each. token and base_path are None when not set: not every command needs them."""

    token: Secret | None = _row("TELEGRAM_BOT_TOKEN", "", _token, "the bot's token, from BotFather")
    api_url: str = _row(
        "TELEGRAM_API_URL", "https://api.telegram.org", _url, "the Bot API server", _without_password
    )
    admin_ids: frozenset[int] = _row(
        "ADMIN_IDS", "", _ids, "Telegram user ids of the admins, comma-separated", len
    )
    base_path: Path | None = _row(
        "BASE_SAE_PATH", "", _maybe_path, "the base file with the feature descriptions"
    )
    classifications_dir: Path = _row(
        "CLASSIFICATIONS_DIR", OUTPUTS, _path, "where classification files are looked for"
    )
    output_dir: Path = _row("OUTPUT_DIR", OUTPUTS, _path, "where labels and metrics are written")
    database_path: Path = _row(
        "DATABASE_PATH", "data/labels.sqlite3", _path, "the database with everybody's answers"
    )
    modes: tuple[str, ...] = _row(
        "LABEL_MODES",
        "alignment,formatting",
        _modes,
        "the questions; a new labeler starts with the first",
        ",".join,
    )
    stem_aliases: tuple[str, ...] = _row(
        "STEM_ALIASES",
        "",
        _words,
        "other names of the base file under which classification files are looked for",
        ",".join,
    )
    feature_url: str = _row(
        "FEATURE_URL",
        "https://www.neuronpedia.org/{modelId}/{layer}/{index}",
        _feature_url,
        "the page of a feature, a button in /review and /adjudicate; empty: none",
        may_be_empty=True,
    )
    sample_size: int = _row("SAMPLE_SIZE", "300", _whole(1, 1_000_000), "how many features are drawn", int)
    sample_seed: int = _row("SAMPLE_SEED", "42", _whole(0, 2**32 - 1), "the seed of the draw", int)
    max_file_mb: int = _row("MAX_FILE_MB", "512", _whole(1, 1_000_000), "larger input files are refused", int)
    min_look_seconds: float = _row(
        "MIN_LOOK_SECONDS",
        "0.3",
        _seconds(60),
        "an answer sooner after its card is not taken; 0: any is",
        float,
    )
    session_items: int = _row(
        "SESSION_ITEMS",
        "20",
        _whole(0, 1_000_000),
        "after so many answers in one sitting the notice says how it stands; 0: never",
        int,
    )
    report_step: int = _row(
        "REPORT_STEP",
        "20",
        _whole(1, 1_000_000),
        "figures in the chat move on after so many new answers",
        int,
    )
    repeats: int = _row(
        "REPEATS", "0", _whole(0, 1_000_000), "so many items come once more, a day or more later", int
    )
    export_cron: str = _row(
        "EXPORT_CRON", "*/15 * * * *", _cron, "when label files are written; empty: never", may_be_empty=True
    )
    report_cron: str = _row(
        "REPORT_CRON", "0 9 * * *", _cron, "when reports are posted; empty: never", may_be_empty=True
    )
    timezone: zoneinfo.ZoneInfo = _row("TIMEZONE", "UTC", _zone, "the time zone of both")
    open_access: bool = _row(
        "OPEN_ACCESS", "false", _yes_no, "true: anybody who finds the bot may label", bool
    )
    webhook_url: str = _row(
        "WEBHOOK_URL",
        "",
        _webhook_url,
        "set: Telegram calls this address instead of being asked",
        _without_password,
    )
    webhook_listen: tuple[str, int] = _row(
        "WEBHOOK_LISTEN", "127.0.0.1:8443", _listen, "where calls to WEBHOOK_URL arrive here", _address
    )
    webhook_secret: Secret = _row(
        "WEBHOOK_SECRET", "", _secret, "what Telegram must send along; empty: a new random one each start"
    )
    log_level: str = _row("LOG_LEVEL", "INFO", _one_of(*LOG_LEVELS), "how much is logged")
    log_format: str = _row(
        "LOG_FORMAT", "text", _one_of("text", "json"), "json: one object a line, for machines"
    )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be written anywhere."""
        secrets = [s.reveal() for s in (self.token, self.webhook_secret) if s]
        for address in (self.api_url, self.webhook_url):
            if password := urlsplit(address).password:
                # a short one may be part of a common word: it is hidden where it is recognized as a password
                secrets += [f":{password}@", *([password, unquote(password)] if len(password) > 5 else [])]
        return tuple(secrets)

    def for_log(self) -> dict[str, object]:
        """What the log says at the start: by the fields' names, without secrets and without people's ids."""
        return {name: row.shown(getattr(self, name)) for name, row in ROWS.items()}


ROWS: Mapping[str, Setting] = {one.name: one.metadata["setting"] for one in fields(Settings)}
SETTINGS = tuple(ROWS.values())


def read_settings(environment: Mapping[str, str], *, needs: tuple[str, ...] = ()) -> Settings:
    """Read the settings. White space around a value does not count.

    Args:
        environment: Texts by key; an absent key counts as its default.
        needs: The keys that must be set for this command.

    Raises:
        SettingsError: Something is missing or wrong; one line for each problem.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, setting in ROWS.items():
        text = environment.get(setting.key, setting.default).strip()
        if not text and not setting.may_be_empty:
            text = setting.default
        if not text and setting.key in needs:
            problems.append(f"{setting.key} is not set: {setting.meaning}.")
            continue
        try:
            value = values[name] = setting.read(text)
            if setting.key == "BASE_SAE_PATH" and setting.key in needs:
                _check_there(value, text)
        except Wrong as error:
            problems.append(f"{setting.key} {error}.")
    if problems:
        raise SettingsError(tuple(problems))
    return Settings(**values)


def load_environment(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The environment over the `.env` file of a folder; the environment wins. Raises SettingsError."""
    path = folder / ".env"
    if not path.is_file():
        return dict(environment)
    from dotenv import dotenv_values

    try:
        found = dotenv_values(path, interpolate=False, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError((f".env cannot be read: {reason}.",)) from None
    return {key: value for key, value in found.items() if value is not None} | dict(environment)
