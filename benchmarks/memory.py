"""Memory after 1,000 taps, no report asked yet, against the minimal aiogram bot.

python -m benchmarks.memory
"""

from __future__ import annotations

from benchmarks.harness import Row, Side, aiogram, compare, ours, show, workshop

PEOPLE = 20
TAPS = 1000
ROUNDS = 2


def megabytes(side: Side) -> float:
    """Proportional set size after the taps."""
    side.server.tell("open", first=1000, people=PEOPLE)
    side.server.tell("burst", first=1000, people=PEOPLE, seconds=0, taps=TAPS)
    return side.memory()


def main() -> list[Row]:
    """Measure, print and give the rows."""
    mine, theirs = [], []
    for _ in range(ROUNDS):
        with workshop() as folder:
            with ours(folder) as side:
                mine.append(megabytes(side))
            with aiogram(folder) as side:
                theirs.append(megabytes(side))
    ratio, measured = compare(mine, theirs, "MB")
    return show([Row(f"memory after {TAPS:,} taps", "at most 0.4 of aiogram", measured, ratio <= 0.4)])


if __name__ == "__main__":
    main()
