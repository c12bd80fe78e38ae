"""What has changed since the last scheduled report: one line below the new one."""

from __future__ import annotations

import json

from analysis.names import units
from bot.views.text import CAPTION_UNITS


def figures_note(labels: int, kappa: float | None) -> str:
    """Return the figures of a report as a note, with which the next report is compared."""
    return json.dumps([labels, kappa])


def what_changed(note: str | None, labels: int, kappa: float | None) -> str:
    """Return `Since the last report: +32 labels, kappa 0.412 → 0.470.`; empty without a report before or a change.

    Args:
        note: What `figures_note` made of the report before; None for none.
        labels: How many labels the new report rests on.
        kappa: The model's kappa; None where it is undefined.
    """
    if note is None:
        return ""
    before, kappa_before = json.loads(note)
    parts = [f"{labels - before:+d} labels"] if labels != before else []
    if kappa is not None and kappa_before is not None and f"{kappa:.3f}" != f"{kappa_before:.3f}":
        parts.append(f"kappa {kappa_before:.3f} → {kappa:.3f}")
    return f"Since the last report: {', '.join(parts)}." if parts else ""


def with_line(caption: str, line: str) -> str:
    """Return a caption with a line below it, if that still fits into a caption; markup counts, too."""
    joined = f"{caption}\n{line}" if line else caption
    return joined if units(joined) <= CAPTION_UNITS else caption
