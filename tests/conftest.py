"""The order of the tests, and how property tests choose their examples."""

from __future__ import annotations

import gc

import pytest
from hypothesis import HealthCheck, settings

# A test says the same today and tomorrow, on a slow machine and a fast one; `make soak` looks for new examples.
usual = settings(deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
settings.register_profile("the same each time", usual, derandomize=True, max_examples=20)
settings.register_profile("search", usual, max_examples=600)
settings.load_profile("the same each time")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes longest begins first on each worker, so that nobody waits for it alone at the end.

    Each worker begins with a part of the list of its own, the first with the first part.
    """
    workers = getattr(config, "workerinput", {"workercount": 1})["workercount"]
    long = [item for item in items if item.get_closest_marker("long") is not None]
    usual = [item for item in items if item.get_closest_marker("long") is None]
    total, items[:] = len(items), []
    for worker in range(workers):
        size, first = (total - len(items)) // (workers - worker), long[worker::workers]
        items += first + [usual.pop(0) for _ in range(min(size - len(first), len(usual)))]
    items += usual
    gc.freeze()  # what was imported stays; it is not looked through again and again
