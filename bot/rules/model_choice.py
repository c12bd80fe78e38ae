"""Which classification file somebody means by what they typed or tapped."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from analysis.reading.classification_file import choose
from analysis.records import ClassificationFile


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a question comes to.

    Attributes:
        file: The file that is meant; None while that is open.
        options: The same model's files in other labeled modes; while it is open, the files to choose from.
        problem: One line on what stands in the way; empty for nothing.
    """

    file: ClassificationFile | None
    options: tuple[ClassificationFile, ...]
    problem: str = ""


def split_mode(words: Sequence[str], modes: Sequence[str]) -> tuple[str, str | None]:
    """Split the words of a question into (model, mode). A mode is recognised at the end, whatever its case."""
    if words:
        for mode in modes:
            if words[-1].lower() == mode.lower():
                return " ".join(words[:-1]), mode
    return " ".join(words), None


def resolve(
    files: Sequence[ClassificationFile],
    wanted: str,
    mode: str | None,
    modes: Sequence[str],
    labeled: Collection[str],
) -> Resolution:
    """Find the file that is meant.

    Args:
        files: All classification files.
        wanted: A part of the model's name.
        mode: The mode; None for the first of `modes` that has labels and such a file.
        modes: All modes, in the order of LABEL_MODES.
        labeled: The modes with labels.
    """
    if not files:
        return Resolution(
            None, (), "No model's file is there yet. They are looked for in CLASSIFICATIONS_DIR."
        )
    fitting = choose(files, wanted)
    if not fitting:
        model = wanted.rpartition(" ")[0]
        if mode is None and model and (known := choose(files, model)):
            problem = f"There is such a model, but no such mode. The modes are {', '.join(modes)}."
            return Resolution(None, tuple(known), problem)
        return Resolution(None, tuple(files), "No model has that in its name.")
    if mode is None:
        mode = next((m for m in modes if m in labeled and any(f.mode == m for f in fitting)), None)
        if mode is None and not labeled:
            return Resolution(None, (), "Nothing is labeled yet. /label starts.")
        if mode is None:
            found = ", ".join(m for m in modes if any(f.mode == m for f in fitting))
            return Resolution(None, (), f"Nothing is labeled yet in {found}.")
    here = [file for file in fitting if file.mode == mode]
    if not here:
        return Resolution(None, tuple(fitting), f"That model has no file for {mode}.")
    if mode not in labeled:
        return Resolution(None, (), f"Nothing is labeled yet in {mode}.")
    if len(here) > 1:
        return Resolution(None, tuple(here))
    others = [f for f in files if f.model == here[0].model and f.mode != mode and f.mode in labeled]
    return Resolution(here[0], tuple(others))


def key_of(file: ClassificationFile) -> str:
    """Return ten hex digits that name a listed file in a button."""
    return hashlib.sha256(f"{file.mode}\n{file.name}".encode("utf-8", "backslashreplace")).hexdigest()[:10]


def file_by_key(files: Sequence[ClassificationFile], mode: str, key: str) -> ClassificationFile | None:
    """Return the listed file that a button names, or None when it is not there any more."""
    return next((file for file in files if file.mode == mode and key_of(file) == key), None)


def resolve_pair(
    files: Sequence[ClassificationFile],
    first: str,
    second: str,
    mode: str | None,
    modes: Sequence[str],
    labeled: Sequence[str],
) -> tuple[Resolution, Resolution]:
    """Return the files that two names mean; without a mode, in the first labeled mode in which both mean one file."""
    if mode is None:
        both = [m for m in labeled if all(resolve(files, w, m, modes, labeled).file for w in (first, second))]
        mode = both[0] if both else None
    return resolve(files, first, mode, modes, labeled), resolve(files, second, mode, modes, labeled)
