"""Processes without the seconds that their imports take: forked from one that has imported all already.

Each is a process of its own, with its own environment, folder and output; it ends and can be killed like any other. A
bot runs `labelbot run` from its first line on. The process beside it for reports and the workers that run the tests
import far more, and are forked from a second one.

A process that starts workers lends them its two (`addresses`, `lend`): else each would import all that.
"""

from __future__ import annotations

import importlib
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import context, forkserver, resource_tracker
from pathlib import Path
from types import ModuleType
from typing import Any

FIRST = f"tests.support.patient_fork_server {__name__}"
PRELOADED = f"""{FIRST}
    bot.cli.main bot.run bot.botapi.polling bot.jobs.schedule bot.log bot.settings
    tests.support.frozen
""".split()
PRELOADED_BESIDE = f"""{FIRST}
    bot.jobs.worker bot.jobs.report_service bot.jobs.report_tasks bot.jobs.focus_tasks
    bot.views.report_text bot.views.report_more bot.views.citation
    analysis.statistics.report analysis.statistics.compare analysis.statistics.models analysis.output.charts pandas
    tests.support.preloaded tests.support.frozen
""".split()
INHERITED = frozenset(os.environ)
"""The names in the environment before anything else is imported, as some modules add to it."""


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
beside = forkserver.ForkServer()
beside.set_forkserver_preload(PRELOADED_BESIDE)
_lent: list[LentServer] = []


def addresses() -> tuple[str, str]:
    """Return where bots are forked, and where the rest. Both begin to import now, if they have not yet."""
    if not _lent:
        forkserver.ensure_running()
        beside.ensure_running()
    bots, rest = _lent or (forkserver._forkserver, beside)
    return bots._forkserver_address, rest._forkserver_address


def lend(bots: str, rest: str) -> None:
    """Fork from another process's fork servers from now on, also what a bot in this process would spawn."""
    _lent[:] = LentServer(bots), LentServer(rest)
    forkserver.connect_to_new_process = _lent[0].connect_to_new_process
    context._concrete_contexts["spawn"] = BesideContext()


class BesideProcess(context.ForkServerProcess):
    """A process beside the bot: with the bot's own environment and output, as one that is spawned has."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._environment = dict(os.environ)
        self._written = written_by(os.getpid())

    def start(self) -> None:
        """Ask the fork server for such processes, whichever else this process asks for others."""
        usual = forkserver.connect_to_new_process
        forkserver.connect_to_new_process = _lent[1].connect_to_new_process
        try:
            super().start()
        finally:
            forkserver.connect_to_new_process = usual

    def run(self) -> None:
        """Do nothing for somebody who was killed meanwhile."""
        try:
            settle(self._environment, *self._written)
        except FileNotFoundError:
            return
        super().run()


class BesideContext(context.ForkServerContext):
    """What the bot takes to start a process."""

    Process = BesideProcess


def written_by(process: int) -> tuple[str, str]:
    """Return the paths to what a process writes to: its standard output, and what is told on stderr."""
    return f"/proc/{process}/fd/1", f"/proc/{process}/fd/2"


def settle(environment: Mapping[str, str], out: str | Path, err: str | Path) -> None:
    """Take this environment and what imports have added to it, and write to these files."""
    for path, target in ((out, 1), (err, 2)):
        _open_as(target, path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    added = {name: value for name, value in os.environ.items() if name not in INHERITED}
    os.environ.clear()
    os.environ.update({**added, **environment})


def _open_as(target: int, path: str | Path, flags: int) -> None:
    opened = os.open(path, flags, 0o600)
    os.dup2(opened, target)
    os.close(opened)


def be_a_bot(
    folder: Path, environment: Mapping[str, str], out: Path, err: Path, arguments: Sequence[str], rest: str
) -> None:
    """Do in this process what `labelbot run`, or another command, does in one of its own.

    Args:
        folder: Where it runs.
        environment: Its whole environment.
        out: The file that is its standard output.
        err: The same for what is told on stderr.
        arguments: The command and its arguments.
        rest: The address of the fork server for the process beside it.
    """
    settle(environment, out, err)
    os.chdir(folder)
    lend(rest, rest)  # it starts no other bot
    resource_tracker._resource_tracker._fd = None  # type: ignore[attr-defined] # its own, as when nobody forked it
    encoding = environment.get("PYTHONIOENCODING")
    sys.stdout = open(1, "w", encoding=encoding, buffering=1 if os.isatty(1) else -1)  # noqa: SIM115 # until its end
    importlib.import_module("bot.cli.main").main(arguments)


def worker_command(rest: str) -> str:
    """Return what stands for `python` in the command by which xdist starts a worker that is to be forked instead."""
    root = str(Path(__file__).parents[2])  # of the imports, wherever pytest was started
    begin = f"import sys; sys.path.insert(0, {root!r}); from {__name__} import start_worker"
    return shlex.join([sys.executable, "-c", f"{begin}; start_worker({rest!r})"])


def start_worker(rest: str) -> None:
    """Start a worker and wait for its end, in the process that xdist talks to.

    Args:
        rest: The address of the fork server for it.
    """
    lend(rest, rest)
    process = BesideContext().Process(target=be_a_worker, args=(os.getpid(), str(Path.cwd())))
    process.start()
    process.join()
    sys.exit(process.exitcode)


def be_a_worker(started: int, folder: str) -> None:
    """Do in this process what xdist wants of the one that it has started: run what comes on its standard input."""
    _open_as(0, f"/proc/{started}/fd/0", os.O_RDONLY)
    os.chdir(folder)
    resource_tracker._resource_tracker._fd = None  # type: ignore[attr-defined] # its own, as when nobody forked it
    sys.stdin, sys.argv = open(0, encoding="utf-8", closefd=False), ["-c"]  # noqa: SIM115 # until its end
    sys.modules["__main__"] = ModuleType("__main__")
    exec(eval(sys.stdin.readline()), vars(sys.modules["__main__"]))  # noqa: S102, S307 # as in `python -c`
