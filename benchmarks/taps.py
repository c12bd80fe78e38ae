"""Taps a second of 50 people at once, against the minimal aiogram bot.

    python -m benchmarks.taps

On loopback and with 50 ms round trips. Everybody taps again as soon as the card has changed.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.harness import Row, Side, aiogram, compare, in_turns, ours, p99_ms, show, workshop

PEOPLE = 50
ROUNDS = 5
SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Burst:
    """What came of one run. rate: taps a second. cpu: the bot's processor time a tap."""

    rate: float
    p99: float
    cpu: float


def burst(side: Side, first: int, seconds: float = SECONDS) -> Burst:
    """Let them tap for some seconds; every tap must be answered."""
    cpu = side.cpu()
    found = side.server.tell("burst", first=first, people=PEOPLE, seconds=seconds)
    assert not found["unanswered"], f"{found['unanswered']} taps were not answered by {side.name}"
    taps = len(found["times"])
    return Burst(taps / found["seconds"], p99_ms(found["times"]), 1000 * (side.cpu() - cpu) / taps)


def measure(sides: tuple[Side, Side], round_trip: float, first: int) -> list[Row]:
    """Both bots in turns; round_trip: seconds."""
    for side in sides:
        side.server.tell("latency", each_way=round_trip / 2)
        side.server.tell("open", first=first, people=PEOPLE)
        burst(side, first, 1.0)
    mine, theirs = in_turns(sides, ROUNDS, lambda side: burst(side, first))
    rate, rates = compare([run.rate for run in mine], [run.rate for run in theirs], "taps/s", 0)
    p99, p99s = compare([run.p99 for run in mine], [run.p99 for run in theirs], "ms", 0)
    _, cpus = compare([run.cpu for run in mine], [run.cpu for run in theirs], "ms", 2)
    where = f"{round(1000 * round_trip)} ms round trips" if round_trip else "loopback"
    return [
        Row(
            f"taps a second, {PEOPLE} people at once, {where}", "at least 1.0 of aiogram", rates, rate >= 1.0
        ),
        Row(f"their p99, {where}", "at most 1.0 of aiogram", p99s, p99 <= 1.0),
        Row(f"processor time a tap, {where}", "", cpus),
    ]


def main() -> list[Row]:
    """Measure, print and give the rows."""
    with workshop() as folder, ours(folder) as mine, aiogram(folder) as theirs:
        rows = measure((mine, theirs), 0.0, 1000)
        return show([*rows, *measure((mine, theirs), 0.05, 2000)])


if __name__ == "__main__":
    main()
