"""Everything that people did on items, one row each, for a paper's appendix: answers, skips, repeats and notes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The last four are the wide forms of the first four, which spreadsheets of East Asia run, too."""
_FORMULA_WITHIN = re.compile(r"(\A\s+|[;,|\t\n]\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class AnswerRow(NamedTuple):
    """One thing that somebody did on an item. It is a tuple, because there may be a million.

    Attributes:
        pseudonym: Who it was.
        mode: The question.
        row_id: The item's place in the sample.
        feature_index: The item's feature; None where the base file gives no index.
        label: The answer; empty for a skip and a note.
        shown_at: When the card was shown, with a time zone; None when unknown.
        answered_at: When the answer, the skip or the note came, likewise.
        guide_version: The guide in force; empty when unknown.
        after_review: Whether the labeler may have known a model's label for the item; None for all but answers.
        kind: `answer`, `skip`, `repeat` (the answer to an item that came again unannounced; it is nobody's label)
            or `note`.
        note: What the labeler wrote about the item.
    """

    pseudonym: str
    mode: str
    row_id: int
    feature_index: int | None
    label: str
    shown_at: datetime | None
    answered_at: datetime | None
    guide_version: str
    after_review: bool | None
    kind: str
    note: str


ANSWER_COLUMNS = AnswerRow._fields


def answers_csv(rows: Iterable[AnswerRow]) -> bytes:
    """Return the rows in the order given, as UTF-8 CSV with a header.

    Times are ISO 8601 in UTC and end in `Z`; unknown is an empty cell. A cell that a spreadsheet would run as a
    formula gets an apostrophe in front. So does, within a note, what would begin a cell where another separator than
    the comma is expected. A carriage return is written as a line feed, because pandas leaves a lone one unquoted;
    other control characters of a note as spaces.
    """
    # Not at the top: the bot's own process imports this module, and must not hold pandas.
    import pandas as pd

    table = pd.DataFrame(list(rows), columns=ANSWER_COLUMNS, dtype=object)
    for name in ("pseudonym", "mode", "label", "guide_version"):
        table[name] = table[name].map({text: _harmless(text) for text in table[name].unique()})
    table["note"] = table["note"].map(_harmless_note)
    for name in ("shown_at", "answered_at"):
        table[name] = _written(table[name])
    table["feature_index"] = table["feature_index"].astype("Int64")
    table["after_review"] = table["after_review"].map({True: "true", False: "false"})
    return str(table.to_csv(index=False, lineterminator="\n")).encode("utf-8", "backslashreplace")


def _harmless(text: str) -> str:
    text = f"'{text}" if text.startswith(_FORMULA_STARTS) else text
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _harmless_note(text: str) -> str:
    """A stranger's text. Where a spreadsheet expects semicolons, a cell may begin in the middle of it."""
    return _FORMULA_WITHIN.sub(r"\1'", _harmless(_CONTROLS.sub(" ", text)))


def _written(times: pd.Series[datetime]) -> pd.Series[str]:
    """The times as `2025-03-01T12:00:00.250Z`, empty where there is none."""
    import numpy as np
    import pandas as pd

    instants = pd.to_datetime(times, utc=True).dt.tz_localize(None).to_numpy("datetime64[ms]")
    written = np.datetime_as_string(instants, unit="ms", timezone="UTC")
    return pd.Series(np.where(np.isnat(instants), "", written), index=times.index)
