"""Reading a base file and drawing the sample, and the analysis behind `/metrics`, against the notebook.

    python -m benchmarks.reading

Each run is a process of its own that imports first, then works, and says how long that took and how far its memory
rose above where it stood after the imports. Ours and the notebook's way take turns. The analysis is reading the
classification file, joining and the figures, for one labeler's 300 labels; `again` is the same once more in the same
process, the file unchanged.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from analysis.output.labels import labels_json
from analysis.reading.base_file import draw_sample
from analysis.records import LABELS, ClassificationFile, Sample, Study
from benchmarks.harness import Row, compare, show
from tests.support.real_shapes import REAL_COUNT, base_records

SIZE, SEED, MAX_MB = 300, 42, 512
STEM = "base"
MILLION = 1_000_000
RUNS = {REAL_COUNT: 3, MILLION: 1}
"""Of the notebook, which takes a minute for a million; ours has as many, of a million three."""
BARS = {  # what, way, records -> at most of the notebook's time
    ("base file to sample", "ours", REAL_COUNT): 0.35,
    ("base file to sample", "ours", MILLION): 0.35,
    ("analysis", "ours", REAL_COUNT): 0.35,
    ("analysis", "again", REAL_COUNT): 0.02,
    ("analysis", "ours", MILLION): 0.35,
}
MEMORY_BAR = 0.06
LABELED = {row: LABELS[row % 2] for row in range(SIZE)}


def write_files(folder: Path, count: int) -> None:
    """A base file and a classification file of `count` records of the real shape, and labels of the sample."""
    patterns = [json.dumps(record, ensure_ascii=False) for record in base_records(REAL_COUNT)]
    halves = [pattern.split(f'"index": "{i}"') for i, pattern in enumerate(patterns)]
    base, model = folder / f"{STEM}.json", folder / "model.json"
    with base.open("w", encoding="utf-8") as bases, model.open("w", encoding="utf-8") as models:
        for i in range(count):
            before, after = halves[i % REAL_COUNT]
            record = f'{before}"index": "{i}"{after}'
            gap = ", " if i else "["
            bases.write(gap + record)
            more = f'"feature_id": "gemma-2-2b-12-gemmascope-res-65k-{i}", "label": "{LABELS[i % 3 > 0]}"'
            models.write(f"{gap}{record[:-1]}, {more}}}")
        bases.write("]")
        models.write("]")
    (folder / "human.json").write_bytes(labels_json(sample_of(base), LABELED))
    os.sync()  # else the system writes half a gigabyte while something is measured


def sample_of(base: Path) -> Sample:
    """The sample of a base file."""
    return draw_sample(base, size=SIZE, seed=SEED, max_mb=MAX_MB)


def measure(what: str, way: str, folder: Path) -> dict[str, float]:
    """Run one way in this process; seconds, and megabytes above the start at the peak."""
    run = prepared(what, way, folder)
    start_mb = status_mb("VmRSS")
    start = time.perf_counter()
    run()
    return {"seconds": time.perf_counter() - start, "mb": status_mb("VmHWM") - start_mb}


def prepared(what: str, way: str, folder: Path) -> Callable[[], Any]:
    base, model = folder / f"{STEM}.json", folder / "model.json"
    if what == "dump":
        warm(folder)
        return lambda: sample_of(folder)
    if way == "notebook":
        from tests.support import notebook

        if what == "analysis":
            return lambda: notebook.metrics_of(folder / "human.json", model, "")
        return lambda: notebooks_sample(base)
    if what == "analysis":
        return analysis(way, base, model, folder)
    warm(base)
    return lambda: sample_of(base)


def warm(folder: Path) -> None:
    """Read a small file, so that all imports are done."""
    small = folder.parent / "warm.json"
    small.write_text(json.dumps([{"index": 1, "description": "x"}]))
    sample_of(small)


def notebooks_sample(base: Path) -> Any:
    """The notebook's sample; as there, the index is worked out for every record before the draw."""
    from tests.support import notebook

    frame = notebook.base_frame(base)
    frame["feature_index"] = frame.apply(notebook.index_of, axis=1)
    return frame.sample(n=SIZE, random_state=SEED).reset_index(drop=True)


def analysis(way: str, base: Path, model: Path, folder: Path) -> Callable[[], Any]:
    """Ours, with everything imported that it uses; `again`: done once already."""
    from analysis.statistics.report import build_report
    from bot.jobs.model_files import model_labels

    sample = sample_of(base)
    study = Study(sample=sample, mode="alignment", labels={"labeler-01": LABELED})

    def work(path: Path) -> Any:
        file = ClassificationFile(path, "alignment", "model", "model")
        return build_report(study, model_labels(file, sample, MAX_MB))

    small = folder / "small.json"
    records = [{"index": item.feature_index, "label": LABELS[item.row_id % 3 > 0]} for item in sample.items]
    small.write_text(json.dumps(records))
    work(model if way == "again" else small)
    return lambda: work(model)


def status_mb(key: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) / 1024
    raise SystemExit(f"/proc/self/status has no {key}: this benchmark needs Linux")


def in_a_process(what: str, way: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.reading", what, way, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def rows_of(what: str, count: int, folder: Path) -> list[Row]:
    """Run the ways in turns; what came of it."""
    ways = [way for wanted, way, records in BARS if (wanted, records) == (what, count)]
    found: dict[str, list[dict[str, float]]] = {way: [] for way in ("notebook", *ways)}
    for _ in range(RUNS[count]):
        for way, results in found.items():
            results.append(in_a_process(what, way, folder))
    while len(found["ours"]) < 3:
        found["ours"].append(in_a_process(what, "ours", folder))
    rows = []
    for way in ways:
        bar = BARS[what, way, count]
        name = f"{what}, {count:,} records{', again unchanged' if way == 'again' else ''}"
        ratio, measured = compare(*(values(found[side], "seconds") for side in (way, "notebook")), "s", 3)
        rows.append(Row(name, f"at most {bar} of the notebook's time", measured, ratio <= bar))
    bar = MEMORY_BAR if count == MILLION else None
    ratio, measured = compare(*(values(found[side], "mb") for side in ("ours", "notebook")), "MB")
    target = "" if bar is None else f"at most {bar} of the notebook's"
    rows.append(Row(f"its memory at {count:,}", target, measured, None if bar is None else ratio <= bar))
    return rows


DUMP, PART, BATCH, NUMBERS = 1_000_000, 100_000, 1000, 256
"""Records of the dump, of a tenth of it, in a batch, and numbers in an embedding."""


def write_dump(folder: Path, count: int, numbers: int) -> Path:
    """Write a source as it is handed out: packed batches of records with embeddings; all batches are alike."""
    draw = random.Random(7)
    batch = folder / f"batch-{numbers}.gz"
    if not batch.exists():
        lines = [
            json.dumps(record | {"embedding": [draw.uniform(-1, 1) for _ in range(numbers)], "umap_x": 0.5})
            for record in base_records(BATCH)
        ]
        batch.write_bytes(gzip.compress("\n".join(lines).encode(), 1))
    dump = folder / f"dump-{count}-{numbers}" / "explanations"
    dump.mkdir(parents=True)
    for number in range(count // BATCH):
        (dump / f"batch-{number}.jsonl.gz").hardlink_to(batch)
    return dump.parent


def dump_rows(folder: Path) -> list[Row]:
    """Whether time is linear, and memory not that of the embeddings."""
    part, whole, bare = (
        in_a_process("dump", "ours", write_dump(folder, *shape))
        for shape in ((PART, NUMBERS), (DUMP, NUMBERS), (DUMP, 0))
    )
    pace = whole["seconds"] / part["seconds"]
    more = whole["mb"] - bare["mb"]
    size = f"{DUMP:,} records, {NUMBERS} numbers in each"
    return [
        Row(
            f"dump to sample, {size}",
            f"at most {1.2 * DUMP / PART:.0f} times that of {PART:,}",
            f"{pace:.1f}; {whole['seconds']:.0f} and {part['seconds']:.1f} s",
            pace <= 1.2 * DUMP / PART,
        ),
        Row(
            "its memory",
            "at most 30 MB more than without these numbers",
            f"{more:.0f}; {whole['mb']:.0f} and {bare['mb']:.0f} MB",
            more <= 30,
        ),
    ]


def values(results: list[dict[str, float]], key: str) -> list[float]:
    return [result[key] for result in results]


def main() -> None:
    if len(sys.argv) == 4:
        print(json.dumps(measure(sys.argv[1], sys.argv[2], Path(sys.argv[3]))))
        return
    for count in RUNS:
        with tempfile.TemporaryDirectory() as name:
            write_files(Path(name), count)
            for what in dict.fromkeys(what for what, _, records in BARS if records == count):
                show(rows_of(what, count, Path(name)))
    with tempfile.TemporaryDirectory() as name:
        show(dump_rows(Path(name)))


if __name__ == "__main__":
    main()
