"""The bot's process without the second that its imports take: forked from one that has imported all already.

Each is a process of its own that runs `labelbot run` from its first line on, with its own environment, folder and
output; it ends and can be killed like any other. So is the process beside it for reports, which takes still longer to
import, and is forked from another one.

A process that starts others to run tests lends them its two (`addresses`, `lend`): else each would import all that.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import context, forkserver, resource_tracker
from pathlib import Path
from typing import Any

PATIENT = "tests.support.patient_fork_server"
PRELOADED = f"""{PATIENT} {__name__}
    bot.cli.main bot.run bot.botapi.polling bot.jobs.schedule bot.log bot.settings
""".split()
PRELOADED_FOR_REPORTS = f"""{PATIENT} {__name__}
    bot.jobs.worker bot.jobs.report_service bot.jobs.report_tasks bot.jobs.focus_tasks
    bot.views.report_text bot.views.report_more bot.views.citation
    analysis.statistics.report analysis.statistics.compare analysis.statistics.models analysis.output.charts pandas
""".split()


class LentServer(forkserver.ForkServer):
    """A fork server that another process has started and keeps."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._forkserver_address = address
        self._forkserver_alive_fd = os.open(os.devnull, os.O_RDONLY)

    def ensure_running(self) -> None:
        """It runs as long as the test does."""


forking = context.ForkServerContext()
forking.set_forkserver_preload(PRELOADED)
reports = forkserver.ForkServer()
reports.set_forkserver_preload(PRELOADED_FOR_REPORTS)
_lent: list[LentServer] = []


def addresses() -> tuple[str, str]:
    """Return where bots are forked, and the processes beside them. Both begin to import now, if they have not yet."""
    if not _lent:
        forkserver.ensure_running()
        reports.ensure_running()
    bots, beside = _lent or (forkserver._forkserver, reports)
    return bots._forkserver_address, beside._forkserver_address


def lend(bots: str, beside: str) -> None:
    """Fork from another process's fork servers from now on, also what a bot in this process would spawn."""
    _lent[:] = LentServer(bots), LentServer(beside)
    forkserver.connect_to_new_process = _lent[0].connect_to_new_process
    context._concrete_contexts["spawn"] = BesideContext()


class BesideProcess(context.ForkServerProcess):
    """A process beside the bot: with the bot's own environment and output, as one that is spawned has."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._environment = dict(os.environ)
        self._written = [f"/proc/{os.getpid()}/fd/{target}" for target in (1, 2)]

    def start(self) -> None:
        """Ask the fork server for such processes, whichever else this process asks for others."""
        usual = forkserver.connect_to_new_process
        forkserver.connect_to_new_process = _lent[1].connect_to_new_process
        try:
            super().start()
        finally:
            forkserver.connect_to_new_process = usual

    def run(self) -> None:
        settle(self._environment, *self._written)
        super().run()


class BesideContext(context.ForkServerContext):
    """What the bot takes to start a process."""

    Process = BesideProcess


def settle(environment: Mapping[str, str], out: str | Path, err: str | Path) -> None:
    """Take this environment, and write to these files."""
    for path, target in ((out, 1), (err, 2)):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, target)
        os.close(opened)
    os.environ.clear()
    os.environ.update(environment)


def be_a_bot(
    folder: Path, environment: Mapping[str, str], out: Path, err: Path, arguments: Sequence[str], reports: str
) -> None:
    """Do in this process what `labelbot run`, or another command, does in one of its own.

    Args:
        folder: Where it runs.
        environment: Its whole environment.
        out: The file that is its standard output.
        err: The same for what is told on stderr.
        arguments: The command and its arguments.
        reports: The address of the fork server for the process beside it.
    """
    settle(environment, out, err)
    os.chdir(folder)
    lend(reports, reports)  # it starts no other bot
    resource_tracker._resource_tracker._fd = None  # type: ignore[attr-defined] # its own, as when nobody forked it
    encoding = environment.get("PYTHONIOENCODING")
    sys.stdout = open(1, "w", encoding=encoding, buffering=1 if os.isatty(1) else -1)  # noqa: SIM115 # until its end
    importlib.import_module("bot.cli.main").main(arguments)
