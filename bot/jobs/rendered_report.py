"""What a report is once it is made: texts, picture and files, ready to be sent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RenderedReport:
    """A finished report.

    Attributes:
        caption: What stands below the picture, as HTML.
        more: What is behind the `More` button, as HTML.
        text: Both for a terminal.
        picture: A PNG.
        fingerprint: Of what the report rests on.
        trouble: Why its files could not be written; empty when they were.
        marked: In the report on one model, how many answers are not counted because they are not blind.
        files: Those that it wrote, the one to send first.
        labels: How many labels it rests on.
        kappa: The model's, pooled over people where two or more labeled; None where there is none.
        focus_ended: Whether the latest focus set on these models does not count because a file has changed.
    """

    caption: str
    more: str
    text: str
    picture: bytes
    fingerprint: str
    trouble: str = ""
    marked: int = 0
    files: tuple[Path, ...] = ()
    labels: int = 0
    kappa: float | None = None
    focus_ended: bool = False
