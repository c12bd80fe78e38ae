"""Other people's taps while a report on a million records is computed.

    python -m benchmarks.beside

Ten people tap, each about three times a second, first with nothing else going on, then while the group waits for
`/metrics` on a file that was not read before. In turns.
"""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.harness import STEM, Row, ours, p99_ms, show, workshop

RECORDS = 1_000_000
PEOPLE = 10
PAUSE = 0.3
ROUNDS = 3


def write_models(folder: Path) -> None:
    """A classification file of a million records, under one name for each round."""
    models = folder / "models"
    models.mkdir()
    first = models / f"{STEM}_alignment_classified_model0.json"
    with first.open("w") as file:
        for index in range(RECORDS):
            record = {
                "feature_id": f"gemma-2-2b-12-gemmascope-res-65k-{index}",
                "description": "mentions of rules, and of those who break them",
                "label": "related" if index % 3 == 0 else "not-related",
            }
            file.write(("," if index else "[") + json.dumps(record))
        file.write("]")
    for number in range(1, ROUNDS):
        (models / f"{STEM}_alignment_classified_model{number}.json").hardlink_to(first)


def main() -> list[Row]:
    """Measure, print and give the rows."""
    people = {"first": 1000, "people": PEOPLE, "pause": PAUSE}
    with workshop() as folder:
        write_models(folder)
        with ours(folder) as side:
            side.server.tell("open", first=1000, people=PEOPLE)
            side.server.tell("idle", **people, seconds=1)
            idle, beside, lasted = [], [], []
            for number in range(ROUNDS):
                found = side.server.tell("beside", **people, text=f"/metrics model{number}")
                assert "model" in found["text"], found["text"]
                beside += found["times"]
                lasted.append(found["seconds"])
                idle += side.server.tell("idle", **people, seconds=found["seconds"])["times"]
    ratio = p99_ms(beside) / p99_ms(idle)
    seconds = " ".join(f"{time:.1f}" for time in lasted)
    measured = (
        f"{ratio:.2f}; p99 {p99_ms(beside):.1f} and {p99_ms(idle):.1f} ms of {len(beside)} and {len(idle)} taps;"
        f" the reports took {seconds} s"
    )
    return show(
        [
            Row(
                "others' p99 during a report on 1,000,000 records",
                "at most 2 times idle",
                measured,
                ratio <= 2,
            )
        ]
    )


if __name__ == "__main__":
    main()
