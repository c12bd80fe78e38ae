"""A short print of what a report rests on: the sample, the labels, and the model file (or files).

Written as six hex digits for each, joined by hyphens (`3fa2c1-90bb07-5d1e44`), so that from a posted report
alone it can be said which of them has changed since.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from analysis.records import Sample

_PART = 6
_WRITTEN = re.compile(r"[0-9a-f]{6}(-[0-9a-f]{6}){1,3}")
_NAMES = ("the sample", "the labels", "the model file", "the second model file")


def fingerprint(
    sample: Sample,
    labels: Mapping[str, Mapping[int, str]],
    adjudicated: Mapping[int, str],
    *model_sha256: str,
) -> str:
    """The print of a report on `sample` from these labels and, in this order, these model files.

    labels: pseudonym -> row_id -> label, those that the report used. adjudicated: row_id -> label. The order in
    which the mappings were filled does not matter.
    """
    given = [[who, sorted(rows.items())] for who, rows in sorted(labels.items())]
    used = json.dumps([given, sorted(adjudicated.items())])
    parts = [sample.digest(), hashlib.sha256(used.encode()).hexdigest(), *model_sha256]
    return "-".join(part[:_PART] for part in parts)


def changed_parts(posted: str, now: str) -> tuple[str, ...]:
    """What differs between a posted fingerprint and the present one, in words; empty: nothing does.

    Raises ValueError when `posted` is not written as a fingerprint, or is one of another kind of report.
    """
    written = posted.strip().lower()
    if not _WRITTEN.fullmatch(written):
        raise ValueError(f"not a fingerprint: {posted.strip()[:40]!r}; a report gives one like {now}")
    old, new = written.split("-"), now.split("-")
    if len(old) != len(new):
        raise ValueError(f"{written} is the fingerprint of another kind of report; this one has {now}")
    return tuple(name for name, a, b in zip(_NAMES, old, new, strict=False) if a != b)
