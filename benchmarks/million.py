"""A database with a million answers of 1,000 labelers: a tap, `/progress` and `/metrics`.

    python -m benchmarks.million

The sample has 1,000 items. A tap by new people is compared with one in an empty database, in turns. The other two are
asked for in databases with 1,000 and with 100 labelers: ten times the answers should take at most about ten times
as long.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import statistics
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import STEM, Row, Side, compare, in_turns, median_ms, ours, show, workshop

ITEMS = 1000
MANY, FEW = 1000, 100
ROUNDS = 7
ASKED = 3

LABELERS = """
WITH RECURSIVE people (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM people WHERE number < ?)
INSERT INTO labelers (user_id, mode, joined_at, welcomed) SELECT 1000000 + number, 'alignment', 1, 1 FROM people
"""
ANSWERS = """
INSERT INTO answers (sample_id, mode, labeler_id, row_id, label, tap_id, shown_at, answered_at)
SELECT sample_id, 'alignment', labeler_id, row_id,
    CASE WHEN (row_id * 7 + labeler_id * 13) % 11 < 3 + row_id % 5 THEN 'related' ELSE 'not-related' END,
    labeler_id || '-' || row_id, 1, 2
FROM labelers, items
"""


@contextlib.contextmanager
def filled(labelers: int) -> Iterator[Side]:
    """Our bot on a database in which so many labelers have labeled everything."""
    with workshop() as folder:
        write_model(folder)
        if labelers:
            with ours(folder, SAMPLE_SIZE=str(ITEMS)):
                pass  # it has frozen the sample
            fill(folder / "labels.sqlite3", labelers)
        with ours(folder, SAMPLE_SIZE=str(ITEMS), EXPORT_CRON="", REPORT_CRON="") as side:
            yield side


def fill(database: Path, labelers: int) -> None:
    """Put the answers in, the labels by the database's own trigger."""
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute(LABELERS, [labelers])
        connection.execute(ANSWERS)
        connection.execute("COMMIT")
        found = connection.execute("SELECT count(*) FROM labels").fetchone()[0]
        assert found == labelers * ITEMS, found


def write_model(folder: Path) -> None:
    """A classification file for the base file."""
    base = json.loads((folder / f"{STEM}.json").read_text())
    records = [
        {
            "feature_id": f"x-{record['index']}",
            "label": "related" if int(record["index"]) % 3 else "not-related",
        }
        for record in base
    ]
    (folder / "models").mkdir()
    (folder / "models" / f"{STEM}_alignment_classified_model.json").write_text(json.dumps(records))


def tap_row(empty: Side, full: Side) -> Row:
    """One new person's tap in both databases."""

    def wait(side: Side) -> float:
        return median_ms(side.server.tell("burst", first=1000, people=1, seconds=0, taps=20)["times"])

    for side in (empty, full):
        side.server.tell("open", first=1000, people=1)
        wait(side)
    ratio, measured = compare(*in_turns((full, empty), ROUNDS, wait), "ms", 2)
    return Row("a tap, 1,000,000 answers", "at most 1.2 of an empty database", measured, ratio <= 1.2)


def asked(side: Side, text: str, chat: int, user: int) -> float:
    """The median of some answers to a question, in milliseconds; somebody has answered before each."""
    times = []
    for _ in range(ASKED):
        side.server.tell("burst", first=1000, people=1, seconds=0, taps=1)
        times.append(side.server.tell("say", text=text, chat=chat, user=user)["seconds"])
    return 1000 * statistics.median(times)


QUESTIONS = {
    "/progress in private": ("/progress", 1000, 1000),
    "/progress in the group": ("/progress", -77, 1),
    "/metrics": ("/metrics model", -77, 1),
}


def main() -> list[Row]:
    """Measure, print and give the rows."""
    with filled(0) as empty, filled(MANY) as full:
        rows = [tap_row(empty, full)]
        many = {name: asked(full, *question) for name, question in QUESTIONS.items()}
    with filled(FEW) as part:
        part.server.tell("open", first=1000, people=1)
        few = {name: asked(part, *question) for name, question in QUESTIONS.items()}
    times = MANY / FEW
    for name in QUESTIONS:
        ratio = many[name] / few[name]
        measured = f"{ratio:.2f}; {many[name]:,.0f} and {few[name]:,.0f} ms"
        rows.append(
            Row(
                f"{name}, 1,000,000 answers",
                f"at most {times:.0f} times that of 100,000",
                measured,
                ratio <= times * 1.1,
            )
        )
    return show(rows)


if __name__ == "__main__":
    main()
