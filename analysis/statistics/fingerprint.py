"""A short print of what a report rests on: the sample, the labels, and the model file (or files).

Written as six hex digits for each, joined by hyphens (`3fa2c1-90bb07-5d1e44`), so that from a posted report
alone it can be said which of them has changed since.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re

from analysis.records import Study

_PART = 6
_WRITTEN = re.compile(r"[0-9a-f]{6}(-[0-9a-f]{6}){1,3}")
_NAMES = ("the sample", "the labels", "the model file", "the second model file")


def fingerprint(study: Study, *model_sha256: str) -> str:
    """Return the print of a report on a study's labels and, in this order, these model files.

    The part of the labels is keyed with the study's secret: with few labels, all answers there can be are soon tried.
    The order in which the study's mappings were filled does not matter.
    """
    given = [[who, sorted(rows.items())] for who, rows in sorted(study.labels.items())]
    sets = [
        [one.drawn.digest(), [[who, sorted(rows.items())] for who, rows in sorted(one.labels.items())]]
        for one in study.focus
        if one.state == "complete"
    ]
    used = json.dumps([given, sorted(study.adjudicated.items()), *sets]).encode()
    labels = hmac.new(study.fingerprint_key, used, hashlib.sha256).hexdigest()
    return "-".join(part[:_PART] for part in (study.sample.digest(), labels, *model_sha256))


def changed_parts(posted: str, now: str) -> tuple[str, ...]:
    """Return what differs between a posted fingerprint and the present one, in words; empty where nothing does.

    Raises ValueError when `posted` is not written as a fingerprint, or is one of another kind of report.
    """
    written = posted.strip().lower()
    if not _WRITTEN.fullmatch(written):
        raise ValueError(f"not a fingerprint: {posted.strip()[:40]!r}; a report gives one like {now}")
    old, new = written.split("-"), now.split("-")
    if len(old) != len(new):
        raise ValueError(f"{written} is the fingerprint of another kind of report; this one has {now}")
    return tuple(name for name, a, b in zip(_NAMES, old, new, strict=False) if a != b)
