"""The order of the tests, and how property tests choose their examples."""

from __future__ import annotations

import pytest
from hypothesis import settings

# A test says the same today and tomorrow, on a slow machine and a fast one; `make soak` looks for new examples.
settings.register_profile("the same each time", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("the same each time")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that nobody waits for it alone at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
