"""When an item comes once more, unannounced, and which one.

Repeats begin when a labeler has 100 labels in a mode. From then on each new label is a place where one may come. The
chance there is the number of repeats still wanted over the number of places left, so that they lie spread over all
that is left to label, and as many as are wanted have come when the last item is labeled, if enough items are old
enough. Chance is a hash of a seed and the number of labels: it says the same after a restart.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

FROM_LABELS = 100
"""How many labels a labeler has in a mode before the first repeat."""
LEAST_AGE = 86_400.0
"""The least number of seconds between the last ordinary answer to an item and its repeat."""


def due(wanted: int, labeled: int, size: int, seed: str) -> int:
    """Return the number of repeats that should be answered by now, 0 for none.

    A repeat is due when the labeler has answered fewer.

    Args:
        wanted: How many repeats are to come in all.
        labeled: How many of the items the labeler has labeled.
        size: How many items there are.
        seed: What tells this labeler and mode from others.
    """
    left = size - labeled
    if labeled < FROM_LABELS or left <= 0:
        return 0
    return max(0, math.ceil(wanted - left * _chance(f"{seed} after {labeled}")))


def chosen(rows: Sequence[int], seed: str) -> int | None:
    """Return which of the rows that could come again does, None where there is none."""
    return min(rows, key=lambda row: _chance(f"{seed} row {row}"), default=None)


def _chance(text: str) -> float:
    """Return a number from 0 to 1, the same for the same text."""
    digest = hashlib.blake2s(text.encode(), digest_size=8, person=b"repeats").digest()
    return int.from_bytes(digest) / 2**64
