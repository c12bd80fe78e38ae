"""How long one person waits for the next card, against the minimal aiogram bot.

python -m benchmarks.one_person
"""

from __future__ import annotations

import statistics

from benchmarks.harness import Row, Side, aiogram, compare, in_turns, median_ms, ours, show, workshop

ROUNDS = 7
ROUND_TRIP = 0.05


def wait(side: Side, taps: int) -> float:
    """The median of so many taps, in milliseconds."""
    return median_ms(side.server.tell("burst", first=1000, people=1, seconds=0, taps=taps)["times"])


def main() -> list[Row]:
    """Measure, print and give the rows."""
    with workshop() as folder, ours(folder) as mine, aiogram(folder) as theirs:
        sides = (mine, theirs)
        for side in sides:
            side.server.tell("open", first=1000, people=1)
            wait(side, 10)
        ratio, loopback = compare(*in_turns(sides, ROUNDS, lambda side: wait(side, 20)), "ms", 2)
        for side in sides:
            side.server.tell("latency", each_way=ROUND_TRIP / 2)
            wait(side, 3)
        far = in_turns(sides, ROUNDS, lambda side: wait(side, 12))
        trips = [time / 1000 / ROUND_TRIP for time in far[0]]
        middle = statistics.median(trips)
        both = f"{statistics.median(far[0]):.1f} and {statistics.median(far[1]):.1f} ms; {ROUNDS} runs"
    slow = f"{middle:.2f} ({min(trips):.2f} to {max(trips):.2f}) round trips; {both}"
    return show(
        [
            Row("one person's tap, loopback", "at most 1.3 of aiogram", loopback, ratio <= 1.3),
            Row("one person's tap, 50 ms round trips", "at most 1.2 round trips", slow, middle <= 1.2),
        ]
    )


if __name__ == "__main__":
    main()
