"""The property tests of `make test`, with examples that nobody has tried before, and many more of them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.soak.promise import Check, Outcome

ROOT = Path(__file__).parents[2]


def new_examples(folder: Path) -> Outcome:
    """Every property test with hundreds of new examples; the output of those that fail names the example."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", "hypothesis", "--hypothesis-profile", "search"]
    done = subprocess.run(
        [*command, "--basetemp", str(folder / "tests")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", done.stdout)}
    losses = counts.get("failed", 0) + counts.get("error", 0)
    if losses:
        print(done.stdout, file=sys.stderr)  # noqa: T201 - for the person at the terminal
    passed = counts.get("passed", 0)
    return Outcome(
        "no new example breaks a rule", f"{passed} property tests, 600 examples each", losses or not passed
    )


CHECKS = (Check(new_examples, 900.0),)
