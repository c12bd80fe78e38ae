"""Every answer ever given, one row each, for a paper's appendix."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

ANSWER_COLUMNS = (
    "pseudonym",
    "mode",
    "row_id",
    "feature_index",
    "label",
    "shown_at",
    "answered_at",
    "guide_version",
    "after_review",
)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


class AnswerRow(NamedTuple):
    """One answer of the history. A tuple, because there may be a million.

    row_id: place in the sample. feature_index: None where the base file gives none. shown_at, answered_at: with
    a time zone; None when unknown. guide_version: empty when unknown. after_review: given after the labeler
    saw a model's label for the item.
    """

    pseudonym: str
    mode: str
    row_id: int
    feature_index: int | None
    label: str
    shown_at: datetime | None
    answered_at: datetime | None
    guide_version: str
    after_review: bool


def answers_csv(rows: Iterable[AnswerRow]) -> bytes:
    """The answers in the order given, as UTF-8 CSV with a header; times in ISO 8601, UTC, ending in `Z`.

    Unknown is an empty cell. A cell that a spreadsheet would run as a formula gets an apostrophe in front.
    Raises ValueError for a time without a zone.
    """
    lines = [",".join(ANSWER_COLUMNS)]
    for row in rows:
        cells = (
            _cell(row.pseudonym),
            _cell(row.mode),
            _cell(str(row.row_id)),
            "" if row.feature_index is None else _cell(str(row.feature_index)),
            _cell(row.label),
            _time(row.shown_at),
            _time(row.answered_at),
            _cell(row.guide_version),
            "true" if row.after_review else "false",
        )
        lines.append(",".join(cells))
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")


@lru_cache(maxsize=8192)
def _cell(text: str) -> str:
    """One cell, harmless and quoted as RFC 4180 says (Python's csv leaves a lone carriage return unquoted)."""
    if text.startswith(_FORMULA_STARTS):
        text = f"'{text}"
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\r\n') else text


def _time(moment: datetime | None) -> str:
    if moment is None:
        return ""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()}: a time of an answer must have a time zone")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[: -len("+00:00")] + "Z"
