"""The bot's process without the second that its imports take: forked from one that has imported all already.

Each is a process of its own that runs `labelbot run` from its first line on, with its own environment, folder and
output; it ends and can be killed like any other.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import resource_tracker
from pathlib import Path

PRELOADED = [
    __name__,
    *("bot.cli.main", "bot.run", "bot.botapi.polling", "bot.jobs.schedule", "bot.log", "bot.settings"),
]


def be_a_bot(
    folder: Path, environment: Mapping[str, str], out: Path, err: Path, arguments: Sequence[str]
) -> None:
    """Do in this process what `labelbot run`, or another command, does in one of its own."""
    for path, target in ((out, 1), (err, 2)):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, target)
        os.close(opened)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    resource_tracker._resource_tracker._fd = None  # type: ignore[attr-defined] # its own, as when nobody forked it
    encoding = environment.get("PYTHONIOENCODING")
    sys.stdout = open(1, "w", encoding=encoding, buffering=1 if os.isatty(1) else -1)  # noqa: SIM115 # until its end
    importlib.import_module("bot.cli.main").main(arguments)
