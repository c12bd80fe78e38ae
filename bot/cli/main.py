"""The command line. Exit codes: 0 done, 1 a problem told in one line on stderr, 2 wrong usage."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from bot.settings import Settings

MODE = click.option("--mode", help="The mode; else the first that has labels and such a file.")
WITH_REVIEWED = click.option(
    "--with-reviewed",
    is_flag=True,
    help="Also count answers given after seeing a model's label; nothing is written.",
)
ALL_NEEDED = ("TELEGRAM_BOT_TOKEN", "BASE_SAE_PATH")


def settings_for(*needs: str) -> Settings:
    """Read the settings of the environment and `.env`. Raises SettingsError."""
    from bot.settings import load_environment, read_settings

    return read_settings(load_environment(os.environ, Path.cwd()), needs=needs)


def say(line: str, *, err: bool = False) -> None:
    """Print one line: names of files and models with line breaks or terminal codes in them cannot make it two.

    A token that was put in the wrong place is not shown either.
    """
    from bot.log import TOKEN_SHAPE, one_line

    click.echo(TOKEN_SHAPE.sub("(hidden)", one_line(line)), err=err)


@contextlib.contextmanager
def problems_in_one_line() -> Iterator[None]:
    """End with exit code 1 and one line on stderr for each problem that somebody can mend."""
    from analysis.errors import AnalysisError
    from bot.errors import BotError, SettingsError
    from storage.errors import StorageError

    try:
        yield
    except SettingsError as error:
        problems = error.problems
    except (BotError, AnalysisError, StorageError) as error:
        problems = (str(error),)
    except FileNotFoundError as error:
        problems = (f"{error.filename or error} does not exist.",)
    except OSError as error:
        problems = (f"{error.filename or 'the system'}: {error.strerror or error}.",)
    else:
        return
    for problem in problems:
        say(problem, err=True)
    sys.exit(1)


def tell(work: Callable[[Settings], Coroutine[Any, Any, list[str]]], needs: str = "BASE_SAE_PATH") -> None:
    """Run a command, and print the lines that it returns.

    Args:
        work: The command; it takes the settings.
        needs: The key of the setting that must be there; empty for none.
    """
    with problems_in_one_line():
        for line in asyncio.run(work(settings_for(needs))):
            say(line)


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=False)
@click.version_option(package_name="labelbot")
def main() -> None:
    """Label sampled text from a phone, and say how well a language model agrees with the people who did."""


@main.command()
def run() -> None:
    """Run the bot until it is stopped."""
    with problems_in_one_line():
        settings = settings_for(*ALL_NEEDED)
        # At import aiohttp reads all certificates, without holding up others: a tenth of the time to the first poll.
        threading.Thread(target=importlib.import_module, args=("aiohttp",), daemon=True).start()
        from bot.log import set_up_logging

        set_up_logging(settings.log_level, settings.log_format, settings.secrets)
        from bot.run import run as serve

        asyncio.run(serve(settings))


@main.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port of the page; 0 takes a free one."
)
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option("--folder", type=click.Path(path_type=Path), help="Keep the data here; else it is thrown away.")
def demo(port: int, no_browser: bool, folder: Path | None) -> None:
    """Try it in the browser: no token, no network."""
    with problems_in_one_line():
        from bot.cli.demo import demonstrate

        asyncio.run(demonstrate(port, not no_browser, folder))


@main.command()
def check() -> None:
    """Say what is right, doubtful or wrong with the settings and files."""
    from bot.cli.check import findings
    from bot.cli.findings import WRONG
    from bot.errors import SettingsError
    from bot.settings import load_environment

    with problems_in_one_line():
        try:
            settings = settings_for("BASE_SAE_PATH")  # without a token the files are looked at all the same
        except SettingsError:
            settings = settings_for(*ALL_NEEDED)  # it raises again, and tells of a missing token, too
        found = list(findings(settings, Path(".env"), load_environment(os.environ, Path.cwd())))
    for finding in found:
        say(f"{finding.kind}: {finding.text}", err=finding.kind == WRONG)
    if any(finding.kind == WRONG for finding in found):
        sys.exit(1)


@main.command()
@click.option("--mode", help="Only this mode.")
def export(mode: str | None) -> None:
    """Write the label files now."""
    from bot.cli import commands

    tell(lambda settings: commands.export_now(settings, mode))


@main.command()
@click.argument("model")
@MODE
@click.option("--fingerprint", help="Say whether the posted report with this fingerprint can be reproduced.")
@WITH_REVIEWED
def metrics(model: str, mode: str | None, fingerprint: str | None, with_reviewed: bool) -> None:
    """Print and write how well MODEL agrees with the people."""
    from bot.cli import reports

    tell(
        lambda settings: reports.metrics_now(
            settings, model, mode, fingerprint, time.time(), with_reviewed=with_reviewed
        )
    )


@main.command()
@click.argument("model")
@MODE
def prevalence(model: str, mode: str | None) -> None:
    """Print and write how many of all features are related, by MODEL and the people."""
    from bot.cli import reports

    tell(lambda settings: reports.prevalence_now(settings, model, mode, time.time()))


@main.command()
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@MODE
@WITH_REVIEWED
def compare(first: str, second: str, mode: str | None, with_reviewed: bool) -> None:
    """Print and write whether models A and B can be told apart."""
    from bot.cli import reports

    tell(
        lambda settings: reports.compare_now(
            settings, first, second, mode, time.time(), with_reviewed=with_reviewed
        )
    )


@main.command()
@MODE
def models(mode: str | None) -> None:
    """Print and write all models, best first."""
    from bot.cli import reports

    tell(lambda settings: reports.models_now(settings, mode, time.time()))


@main.command()
@MODE
def cite(mode: str | None) -> None:
    """Print a methods paragraph with this study's facts, for each model."""
    from bot.cli import reports

    tell(lambda settings: reports.cite_now(settings, mode))


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
def sample(file: Path) -> None:
    """Write the drawn items to FILE, as a base file: a classifier need only be run on these."""
    from bot.cli import commands

    tell(lambda settings: commands.write_sample(settings, file))


@main.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mode", required=True, help="The mode of the labels.")
@click.option("--labeler", required=True, type=click.IntRange(1), help="Telegram user id of who gave them.")
def import_(file: Path, mode: str, labeler: int) -> None:
    """Take over labels that the notebook, or an export, wrote."""
    from bot.cli import commands

    tell(lambda settings: commands.import_labels(settings, file, mode, labeler, time.time()))


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Copy the database to FILE, also while the bot runs."""
    with problems_in_one_line():
        from storage.backup import back_up

        answers = back_up(settings_for().database_path, file)
        say(f"{file}: a whole copy with {answers} answers.")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--replace", is_flag=True, help="Put it in the place of an existing database, which is kept beside."
)
def restore(file: Path, replace: bool) -> None:
    """Bring a backup back."""
    with problems_in_one_line():
        from storage.backup import restore as bring_back

        database = settings_for().database_path
        answers, kept = bring_back(file, database, replace=replace)
        say(f"{database}: restored with {answers} answers.")
        if kept is not None:
            say(f"{kept}: what was there before.")


@main.command()
def status() -> None:
    """Say whether the bot is polling, and what comes next."""
    from bot.cli import commands

    tell(lambda settings: commands.status(settings, time.time()), needs="")
