"""What can be wrong with the files that people give to the program.

    AnalysisError
    ├── BaseFileError             the base file, or a batch of it
    ├── LabelFileError            a labels file to import
    ├── ClassificationFileError   a model's classification file
    └── NothingToDraw             files without a feature that a focus set could be drawn from

Each message is one line: the file, the place in it (records, lines and bytes count from 1), what is wrong
there and what would be right.
"""

from __future__ import annotations

import re

_LONGEST = 400
_DETAILS = re.compile(r"(?<![0-9\"]): |; |\. |, because |, get | in (?=/)")
_VERBS = ("describes ", "is ", "has ", "holds ", "cannot ")


class AnalysisError(Exception):
    """A file that cannot be used; `str()` of it is one printable line of at most 400 characters."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message, _LONGEST))


class BaseFileError(AnalysisError):
    """The base file cannot be used."""


class LabelFileError(AnalysisError):
    """A labels file cannot be imported."""


class ClassificationFileError(AnalysisError):
    """A model's classification file cannot be used."""


def reason_of(error: AnalysisError) -> str:
    """Return why a file cannot be used as the words that follow its owner's name: `its file is empty`.

    The file's own name, the details and the advice are left away.
    """
    text = str(error).partition(".json: ")[2] or str(error)
    reason = _DETAILS.split(text, maxsplit=1)[0]
    return f"its file {reason}" if reason.startswith(_VERBS) else reason


class NothingToDraw(AnalysisError):
    """There is no feature that a focus set could be drawn from."""


def one_line(text: str, longest: int = 60) -> str:
    """`text` with everything that is not printable escaped, cut to `longest` characters.

    What a file supplier wrote may hold line breaks, marks that turn the direction of reading, and halves of
    surrogate pairs that no terminal and no message can carry.
    """
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[: longest + 1])
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"
