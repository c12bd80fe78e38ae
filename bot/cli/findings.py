"""The lines of `labelbot check`."""

from __future__ import annotations

from dataclasses import dataclass

RIGHT, DOUBTFUL, WRONG, NEXT = "right", "doubtful", "wrong", "next"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. kind: right, doubtful or wrong; or next, what to do."""

    kind: str
    text: str
