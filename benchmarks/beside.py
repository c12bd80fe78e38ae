"""Other people's taps while a report on a million records is computed.

    python -m benchmarks.beside

Ten people tap, each about three times a second, first with nothing else going on, then while the group waits for
`/metrics` on a file that was not read before. In turns.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from benchmarks.harness import STEM, Row, compare, ours, p99_ms, show, workshop

RECORDS = 1_000_000
PEOPLE = 10
PAUSE = 0.3
ROUNDS = 5


def write_models(folder: Path) -> None:
    """A classification file of a million records, under one name for each round.

    Its first records are those of the base file, for which it has to have the same descriptions.
    """
    models = folder / "models"
    models.mkdir()
    described = [record["description"] for record in json.loads((folder / f"{STEM}.json").read_text())]
    first = models / f"{STEM}_alignment_classified_model0.json"
    with first.open("w") as file:
        for index in range(RECORDS):
            record = {
                "feature_id": f"gemma-2-2b-12-gemmascope-res-65k-{index}",
                "description": described[index % len(described)],
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
        os.sync()  # else the system writes half a gigabyte in the middle, and everybody waits for the disk
        with ours(folder, SAMPLE_SIZE="1000") as side:
            side.server.tell("open", first=1000, people=PEOPLE)
            side.server.tell(
                "burst", first=1000, people=PEOPLE, seconds=0, taps=1500
            )  # the log is as long as it gets
            idle, beside, lasted = [], [], []
            for number in range(ROUNDS):
                idle.append(p99_ms(side.server.tell("idle", **people, seconds=4)["times"]))
                found = side.server.tell("beside", **people, text=f"/metrics model{number}")
                assert f"model{number}" in found["text"], found["text"]
                beside.append(p99_ms(found["times"]))
                lasted.append(found["seconds"])
    ratio, measured = compare(beside, idle, "ms")
    measured = f"{measured}; the reports took {min(lasted):.1f} to {max(lasted):.1f} s"
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
