"""The settings: read once from a mapping, all problems told together.

Each setting is one row of `Settings`: its field, type, key, default, reader and a line on what it means. What the log
says at the start is made from these rows; `.env.example` and the README's table are held against them by a test.
"""

# ruff: noqa: RUF009 - a row is a dataclass field with its metadata

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from bot.errors import SettingsError
from bot.setting_readers import (
    Secret,
    Wrong,
    check_there,
    one_of,
    read_address,
    read_cron,
    read_feature_url,
    read_ids,
    read_modes,
    read_path,
    read_path_or_none,
    read_seconds,
    read_secret,
    read_token,
    read_url,
    read_url_or_none,
    read_words,
    read_yes_no,
    read_zone,
    whole_number,
    without_password,
)

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of Settings.

    Attributes:
        key: The name in the environment.
        default: The text that counts when the key is absent.
        read: From text to value; it raises Wrong.
        meaning: One line for people.
        shown: From value to what the log says at the start.
        may_be_empty: Whether an empty text is a value of its own, not the default.
    """

    key: str
    default: str
    read: Callable[[str], Any]
    meaning: str
    shown: Callable[[Any], object] = str
    may_be_empty: bool = False


def _row(*row: Any, **more: Any) -> Any:
    """Make a field of Settings that carries its row."""
    return field(metadata={"setting": Setting(*row, **more)})


def _address(value: tuple[str, int]) -> str:
    return "{}:{}".format(*value)


OUTPUTS = "outputs/feature_classification"


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. token and base_path are None when not set: not every command needs them."""

    token: Secret | None = _row("TELEGRAM_BOT_TOKEN", "", read_token, "the bot's token, from BotFather")
    api_url: str = _row(
        "TELEGRAM_API_URL", "https://api.telegram.org", read_url, "the Bot API server", without_password
    )
    admin_ids: frozenset[int] = _row(
        "ADMIN_IDS", "", read_ids, "Telegram user ids of the admins, comma-separated", len
    )
    base_path: Path | None = _row(
        "BASE_SAE_PATH", "", read_path_or_none, "the base file with the feature descriptions"
    )
    classifications_dir: Path = _row(
        "CLASSIFICATIONS_DIR", OUTPUTS, read_path, "where classification files are looked for"
    )
    output_dir: Path = _row("OUTPUT_DIR", OUTPUTS, read_path, "where labels and metrics are written")
    database_path: Path = _row(
        "DATABASE_PATH", "data/labels.sqlite3", read_path, "the database with everybody's answers"
    )
    modes: tuple[str, ...] = _row(
        "LABEL_MODES",
        "alignment,formatting",
        read_modes,
        "the questions; a new labeler starts with the first",
        ",".join,
    )
    stem_aliases: tuple[str, ...] = _row(
        "STEM_ALIASES",
        "",
        read_words,
        "other names of the base file under which classification files are looked for",
        ",".join,
    )
    feature_url: str = _row(
        "FEATURE_URL",
        "https://www.neuronpedia.org/{modelId}/{layer}/{index}",
        read_feature_url,
        "the page of a feature, a button in /review and /adjudicate; empty: none",
        may_be_empty=True,
    )
    sample_size: int = _row(
        "SAMPLE_SIZE", "300", whole_number(1, 1_000_000), "how many features are drawn", int
    )
    sample_seed: int = _row("SAMPLE_SEED", "42", whole_number(0, 2**32 - 1), "the seed of the draw", int)
    max_file_mb: int = _row(
        "MAX_FILE_MB", "512", whole_number(1, 1_000_000), "larger input files are refused", int
    )
    min_look_seconds: float = _row(
        "MIN_LOOK_SECONDS",
        "0.3",
        read_seconds,
        "an answer sooner after its card is not taken; 0: any is",
        float,
    )
    session_items: int = _row(
        "SESSION_ITEMS",
        "20",
        whole_number(0, 1_000_000),
        "after so many answers in one sitting the notice says how it stands; 0: never",
        int,
    )
    report_step: int = _row(
        "REPORT_STEP",
        "20",
        whole_number(1, 1_000_000),
        "figures in the chat move on after so many new answers",
        int,
    )
    repeats: int = _row(
        "REPEATS", "0", whole_number(0, 1_000_000), "so many items come once more, a day or more later", int
    )
    export_cron: str = _row(
        "EXPORT_CRON",
        "*/15 * * * *",
        read_cron,
        "when label files are written; empty: never",
        may_be_empty=True,
    )
    report_cron: str = _row(
        "REPORT_CRON", "0 9 * * *", read_cron, "when reports are posted; empty: never", may_be_empty=True
    )
    timezone: zoneinfo.ZoneInfo = _row("TIMEZONE", "UTC", read_zone, "the time zone of both")
    open_access: bool = _row(
        "OPEN_ACCESS", "false", read_yes_no, "true: anybody who finds the bot may label", bool
    )
    webhook_url: str = _row(
        "WEBHOOK_URL",
        "",
        read_url_or_none,
        "set: Telegram calls this address instead of being asked",
        without_password,
    )
    webhook_listen: tuple[str, int] = _row(
        "WEBHOOK_LISTEN", "127.0.0.1:8443", read_address, "where calls to WEBHOOK_URL arrive here", _address
    )
    webhook_secret: Secret = _row(
        "WEBHOOK_SECRET", "", read_secret, "what Telegram must send along; empty: a new random one each start"
    )
    log_level: str = _row("LOG_LEVEL", "INFO", one_of(*LOG_LEVELS), "how much is logged")
    log_format: str = _row(
        "LOG_FORMAT", "text", one_of("text", "json"), "json: one object a line, for machines"
    )

    @property
    def secrets(self) -> tuple[str, ...]:
        """The texts that must never be written anywhere."""
        secrets = [s.reveal() for s in (self.token, self.webhook_secret) if s]
        for address in (self.api_url, self.webhook_url):
            if password := urlsplit(address).password:
                # a short one may be part of a common word: it is hidden only where it stands in an address
                secrets += [f":{password}@", *([password, unquote(password)] if len(password) > 5 else [])]
        return tuple(secrets)

    def for_log(self) -> dict[str, object]:
        """Return what the log says at the start, by the fields' names, without secrets and without people's ids."""
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
                check_there(value, text)
        except Wrong as error:
            problems.append(f"{setting.key} {error}.")
    if problems:
        raise SettingsError(tuple(problems))
    return Settings(**values)


def load_environment(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Join the environment and the `.env` file of a folder; the environment wins. Raises SettingsError."""
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
