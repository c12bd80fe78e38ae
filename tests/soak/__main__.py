"""`make soak`: the long reliability tests, one line per promise; exit code 1 when one is broken."""

from __future__ import annotations

import sys

from tests.soak.runner import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
