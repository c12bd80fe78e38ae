"""A real database in tmp_path."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.store import Store
from tests.support.storage_examples import sample_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database of a test lies; there is none yet."""
    return tmp_path / "labels.sqlite3"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    """An open store with a frozen sample of 20 items (number 1) and two labelers (numbers 1 and 2)."""
    async with await Store.open_to_write(path) as opened:
        await opened.samples.keep(sample_of(20), "source", 1.0)
        for user_id in (1001, 1002):
            await opened.labelers.add(user_id, joined_at=1.0)
        yield opened
