"""The seeded draw of the notebook, `DataFrame.sample(n, random_state=seed)`, without a frame."""

from __future__ import annotations


def draw_positions(count: int, size: int, seed: int) -> list[int]:
    """The first min(size, count) positions of the seeded permutation of range(count), in the order drawn.

    count, size: from 0. seed: 0 to 2**32 - 1. A larger size only appends. It is what pandas draws: the first n
    of `numpy.random.RandomState(seed).permutation(count)`.

    Raises:
        ValueError: the seed is out of its range.
    """
    if not 0 <= seed < 2**32:
        raise ValueError(f"the seed must be a whole number from 0 to {2**32 - 1}, not {seed}")
    import numpy as np

    positions: list[int] = np.random.RandomState(seed).permutation(count)[:size].tolist()
    return positions
