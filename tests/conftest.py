"""The order of the tests, and how property tests choose their examples."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.support import warm

if TYPE_CHECKING:
    from execnet import XSpec
    from xdist.workermanage import WorkerController

MEMORY, ROOM = Path("/dev/shm"), 2 << 30  # noqa: S108 - folders of random names are made in it
"""Where files can lie in memory, and how many bytes must be free there."""

# A test says the same today and tomorrow, on a slow machine and a fast one; `make soak` looks for new examples.
usual = settings(deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
settings.register_profile("the same each time", usual, derandomize=True, max_examples=12)
settings.register_profile("search", usual, max_examples=600)
settings.load_profile("the same each time")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(specs: list[XSpec]) -> None:
    """Fork xdist's workers from a process that has imported everything, whatever Python `--tx` names."""
    _, rest = warm.addresses()
    for spec in specs:
        spec.python = warm.worker_command(rest)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerController) -> None:
    """Lend each worker the processes from which its bots are forked."""
    node.workerinput["fork_servers"] = warm.addresses()


def pytest_configure(config: pytest.Config) -> None:
    """Take what is lent to a worker; before there are any, see to it that the tests' files lie in memory.

    They are thrown away, and a disk would sync them thousands of times. `--basetemp FOLDER` keeps them.
    """
    if lent := getattr(config, "workerinput", {}).get("fork_servers"):
        warm.lend(*lent)
    elif config.option.basetemp is None and _has_room(MEMORY):
        folder = tempfile.mkdtemp(prefix="labelbot-tests-", dir=MEMORY)
        config.option.basetemp = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def _has_room(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > ROOM


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes longest begins first on each worker, so that nobody waits for it alone at the end.

    Each worker begins with a part of the list of its own, the first with the first part: there is all that needs a
    browser, of which one is enough.
    """
    workers = getattr(config, "workerinput", {"workercount": 1})["workercount"]
    browser, long, usual = [], [], []
    for item in items:
        marked = {mark.name for mark in item.iter_markers()}
        (browser if "browser" in marked else long if "long" in marked else usual).append(item)
    others = workers - 1
    begins = [browser, *(long[worker::others] for worker in range(others))] if others else [browser + long]
    total, items[:] = len(items), []
    for worker, first in enumerate(begins):
        size = (total - len(items)) // (workers - worker)
        items += first + [usual.pop(0) for _ in range(min(size - len(first), len(usual)))]
    items += usual
    gc.freeze()  # what was imported stays; it is not looked through again and again


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Leave out what the tests of a file have imported, too: statsmodels looks through everything at each ranking."""
    if nextitem is None or nextitem.path != item.path:
        gc.freeze()
