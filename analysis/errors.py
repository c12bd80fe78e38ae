"""What can be wrong with the files that people give to the program.

    AnalysisError
    ├── BaseFileError             the base file, or a batch of it
    ├── LabelFileError            a labels file to import
    ├── ClassificationFileError   a model's classification file
    └── NothingToDraw             files without a feature that a focus set could be drawn from

A message about a file is one line: the file, the place in it (records and lines count from 1), what is wrong there
and what would be right.
"""

from __future__ import annotations

import re

_LONGEST = 400
_DETAILS = re.compile(r"(?<![0-9\"]): |; |\. |, because |, get | in (?=/)| \(")
_VERBS = ("describes ", "is ", "has ", "holds ", "cannot ")


class AnalysisError(Exception):
    """Root of these errors; `str()` of one is a printable line of at most 400 characters."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message, _LONGEST))


class BaseFileError(AnalysisError):
    """The base file cannot be used."""


class LabelFileError(AnalysisError):
    """A labels file cannot be imported."""


class ClassificationFileError(AnalysisError):
    """A model's classification file cannot be used."""


class NothingToDraw(AnalysisError):
    """There is no feature that a focus set could be drawn from."""


def reason_of(error: ClassificationFileError) -> str:
    """Return why a model's file cannot be used, to stand behind the model's name: `its file is empty`.

    The name of the file, the details and the advice are left out.
    """
    text = str(error).partition(".json: ")[2] or str(error)
    reason = _DETAILS.split(text, maxsplit=1)[0]
    return f"its file {reason}" if reason.startswith(_VERBS) else reason


def one_line(text: str, longest: int = 60) -> str:
    """`text` with everything that is not printable escaped, cut to `longest` characters.

    What a file supplier wrote may hold line breaks, marks that turn the direction of reading, and halves of
    surrogate pairs that no terminal and no message can carry.
    """
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[: longest + 1])
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"
