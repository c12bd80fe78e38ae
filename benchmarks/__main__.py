"""All benchmarks, one after the other, each in a process of its own: `make bench`, less than ten minutes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPTS = ("taps", "one_person", "steady", "start", "memory", "reading", "beside", "million")


def main() -> int:
    """Run them all; 1 when one of them could not measure."""
    failed = 0
    for name in SCRIPTS:
        print(f"\n== {name}", flush=True)
        command = [sys.executable, "-m", f"benchmarks.{name}"]
        failed |= subprocess.run(command, cwd=Path(__file__).parent.parent, check=False).returncode
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
