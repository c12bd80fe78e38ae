"""`labelbot check`: what is right, doubtful or wrong, one line each, as `run` would find it, and what to do next."""

from __future__ import annotations

import difflib
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.cli.check_files import check_files
from bot.cli.check_telegram import check_telegram
from bot.cli.findings import DOUBTFUL, NEXT, RIGHT, WRONG, Finding
from bot.errors import SettingsError
from bot.jobs.exports import why_not_writable
from bot.jobs.guides import load_guides
from bot.settings import SETTINGS, Settings

_ALIKE = 0.85
"""How alike a key must be to a setting, from 0 to 1, to be told as a slip for it: LABEL_MODE for LABEL_MODES."""


def findings(settings: Settings, env_file: Path, keys: Iterable[str]) -> Iterator[Finding]:
    """Yield all findings for settings that could be read; the last says what to do next.

    Args:
        settings: The settings.
        env_file: The `.env` file, which need not be there.
        keys: All keys of the environment and the file, known or not.
    """
    wrong = False
    for finding in _findings(settings, env_file, keys):
        wrong = wrong or finding.kind == WRONG
        yield finding
    yield Finding(
        NEXT, "mend what is wrong, then 'labelbot check' again" if wrong else "'labelbot run' starts the bot"
    )


def unknown_keys(keys: Iterable[str]) -> Iterator[Finding]:
    """Yield a doubt for each key that looks like a setting and is none."""
    known = [setting.key for setting in SETTINGS]
    for key in sorted(set(keys) - set(known)):
        if meant := difflib.get_close_matches(key.upper(), known, n=1, cutoff=_ALIKE):
            yield Finding(DOUBTFUL, f"{key} is no setting: {meant[0]} is")


def _findings(settings: Settings, env_file: Path, keys: Iterable[str]) -> Iterator[Finding]:
    yield from unknown_keys(keys)
    if settings.token is None:
        yield Finding(
            WRONG, "TELEGRAM_BOT_TOKEN is not set: the bot's token, from BotFather. Telegram was not asked"
        )
    else:
        yield Finding(RIGHT, "TELEGRAM_BOT_TOKEN has the form of a token")
        yield check_telegram(settings)
    if settings.admin_ids:
        yield Finding(RIGHT, f"ADMIN_IDS names {len(settings.admin_ids)}")
    else:
        yield Finding(
            DOUBTFUL, "ADMIN_IDS is empty: 'labelbot run' prints a link that makes its opener the admin"
        )
    yield from check_files(settings)
    if problem := why_not_writable(settings.output_dir):
        yield Finding(DOUBTFUL, problem)
    else:
        yield Finding(RIGHT, f"OUTPUT_DIR {settings.output_dir} can be written")
    try:
        load_guides(settings.modes, Path("guides"))
    except SettingsError as error:
        yield from (Finding(WRONG, problem) for problem in error.problems)
    if settings.open_access:
        yield Finding(DOUBTFUL, "OPEN_ACCESS is true: anybody who finds the bot may label")
    if settings.webhook_url and not settings.webhook_url.startswith("https://"):
        yield Finding(DOUBTFUL, "WEBHOOK_URL is not https://: Telegram itself only calls such addresses")
    for path in (env_file, settings.database_path):
        if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(DOUBTFUL, f"{path} can be read by other users: chmod 600 {path}")
