"""Reading a base file and drawing the sample, and reading and joining a classification file, against the notebook.

    python -m benchmarks.reading

Each run is a process of its own that imports first, then reads, and says how long that took and how far its memory
rose above where it stood after the imports; what is imported at its first use counts. Ours and the notebook's way
take turns.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from analysis.basefile import draw_sample
from analysis.classification import read_classification
from analysis.labelfile import labels_json
from analysis.records import LABELS, ClassificationFile
from tests.shapes import REAL_COUNT, base_records

SIZE, SEED, MAX_MB = 300, 42, 512
STEM = "base"
COUNTS = {REAL_COUNT: 3, 1_000_000: 1}  # records -> runs of the notebook; ours has one more
BARS = {
    ("base", REAL_COUNT): 0.33,
    ("base", 1_000_000): 0.25,
    ("model", REAL_COUNT): 0.14,
    ("model", 1_000_000): 0.14,
}
MEMORY_BAR = 0.06
WHAT = {"base": "base file to sample", "model": "classification file, joined"}


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
            models.write(f'{gap}{record[:-1]}, "label": "{LABELS[i % 3 > 0]}"}}')
        bases.write("]")
        models.write("]")
    sample = draw_sample(base, size=SIZE, seed=SEED, max_mb=MAX_MB)
    (folder / "human.json").write_bytes(labels_json(sample, {row: LABELS[row % 2] for row in range(SIZE)}))


def measure(what: str, way: str, folder: Path) -> dict[str, float]:
    """Run one way in this process; seconds, and megabytes above the start at the peak."""
    run = prepared(what, way, folder)
    start_mb = status_mb("VmRSS")
    start = time.perf_counter()
    run()
    return {"seconds": time.perf_counter() - start, "mb": status_mb("VmHWM") - start_mb}


def prepared(what: str, way: str, folder: Path) -> Callable[[], Any]:
    base, model = folder / f"{STEM}.json", folder / "model.json"
    if way == "notebook":
        from benchmarks.baselines import notebook_analysis, notebook_sample

        if what == "base":
            return lambda: notebook_sample(base, SIZE, SEED)
        return lambda: notebook_analysis(model, folder / "human.json")
    if what == "base":
        return lambda: draw_sample(base, size=SIZE, seed=SEED, max_mb=MAX_MB)
    sample = draw_sample(base, size=SIZE, seed=SEED, max_mb=MAX_MB)
    file = ClassificationFile(model, "alignment", "model", "model")
    return lambda: read_classification(file, sample.items, max_mb=MAX_MB)


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


def compare(what: str, count: int, folder: Path, runs: int) -> None:
    """Interleave the two ways and print one row of the table."""
    results: dict[str, list[dict[str, float]]] = {"ours": [], "notebook": []}
    for _ in range(runs):
        for way, found in results.items():
            found.append(in_a_process(what, way, folder))
    results["ours"].append(in_a_process(what, "ours", folder))
    ours, notebook = results["ours"], results["notebook"]
    ratio = median(ours, "seconds") / median(notebook, "seconds")
    memory = median(ours, "mb") / median(notebook, "mb")
    print(f"{WHAT[what]}, {count:,} records")
    print(
        f"  time    ratio {ratio:.3f} (at most {BARS[what, count]}); {spread(ours)}, notebook {spread(notebook)}"
    )
    bar = f" (at most {MEMORY_BAR})" if count != REAL_COUNT else ""
    figures = f"{median(ours, 'mb'):.1f} MB, notebook {median(notebook, 'mb'):.1f} MB"
    print(f"  memory  ratio {memory:.3f}{bar}; {figures}", flush=True)


def median(results: list[dict[str, float]], key: str) -> float:
    return statistics.median(result[key] for result in results)


def spread(results: list[dict[str, float]]) -> str:
    seconds = [result["seconds"] for result in results]
    return (
        f"{median(results, 'seconds'):.3f} s [{min(seconds):.3f} to {max(seconds):.3f}, {len(seconds)} runs]"
    )


def main() -> None:
    if len(sys.argv) == 4:
        print(json.dumps(measure(sys.argv[1], sys.argv[2], Path(sys.argv[3]))))
        return
    for count, runs in COUNTS.items():
        with tempfile.TemporaryDirectory() as name:
            write_files(Path(name), count)
            for what in WHAT:
                compare(what, count, Path(name), runs)


if __name__ == "__main__":
    main()
