"""As many taps as Telegram takes messages: 30 a second from 50 people with 50 ms round trips, for 60 s.

python -m benchmarks.steady
"""

from __future__ import annotations

from benchmarks.harness import Row, median_ms, ours, p99_ms, show, workshop

PEOPLE = 50
RATE = 30.0
SECONDS = 60.0
ROUND_TRIP = 0.05


def main() -> list[Row]:
    """Measure, print and give the rows."""
    with workshop() as folder, ours(folder) as side:
        side.server.tell("latency", each_way=ROUND_TRIP / 2)
        side.server.tell("open", first=1000, people=PEOPLE)
        cpu = side.cpu()
        found = side.server.tell("steady", first=1000, people=PEOPLE, rate=RATE, seconds=SECONDS)
        busy = (side.cpu() - cpu) / SECONDS
    undone = max(0, found["undone"] + found["unanswered"])
    median = median_ms(found["times"])
    trips = median / 1000 / ROUND_TRIP
    measured = (
        f"{undone} undone of {len(found['times'])}; median {trips:.2f} round trips ({median:.0f} ms),"
        f" p99 {p99_ms(found['times']):.0f} ms; {busy:.0%} of one core"
    )
    what = f"{RATE:.0f} taps a second from {PEOPLE} people, 50 ms round trips, for {SECONDS:.0f} s"
    target = "none left undone; median at most 1.8 round trips"
    return show([Row(what, target, measured, undone == 0 and trips <= 1.8)])


if __name__ == "__main__":
    main()
