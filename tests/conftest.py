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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that nobody waits for it alone at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    gc.freeze()  # what was imported stays; it is not looked through again and again
