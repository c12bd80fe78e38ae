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
        text: Both, as plain text for a terminal.
        picture: A PNG.
        fingerprint: Of what the report rests on.
        trouble: Why its files could not be written; empty when they were, or when it writes none.
        files: Those that it wrote, in the order of the task that made it; the labels file comes last.
        marked: In the report on one model, how many answers are not counted because they are not blind.
        labels: In the report on one model, how many labels it rests on.
        kappa: In the report on one model, its kappa, pooled over people where two or more labeled; None where it
            has no value.
        focus_ended: Whether the latest focus set on these models does not count because a file has changed.
    """

    caption: str
    more: str
    text: str
    picture: bytes
    fingerprint: str
    trouble: str = ""
    files: tuple[Path, ...] = ()
    marked: int = 0
    labels: int = 0
    kappa: float | None = None
    focus_ended: bool = False
