"""What a base file, or a folder of its batches, is called, and which files belong to it."""

from __future__ import annotations

import re
from pathlib import Path

from analysis.errors import BaseFileError

SUFFIXES = (".json", ".jsonl", ".csv", ".json.gz", ".jsonl.gz", ".csv.gz")
_EXPLANATIONS = "explanations"
_TEXT_OF_A_FEATURE = re.compile(r".*latent[0-9]+\.txt")


def stem_of(path: Path) -> str:
    """Return what everything derived from a base file is named after.

    That is the file's name without `.gz` and then `.json`, `.jsonl` or `.csv`, or a folder's whole name. A folder
    `explanations` is named after the folder it lies in: people name either of the two of a source they downloaded.
    """
    if _is_folder(path):
        folder = path if path.name not in ("", "..") else path.resolve()
        return folder.absolute().parent.name if folder.name == _EXPLANATIONS else folder.name
    name = path.name or path.resolve().name
    return re.sub(r"\.(jsonl?|csv)$", "", re.sub(r"\.gz$", "", name)) or name


def base_files(path: Path) -> dict[Path, str]:
    """Return the base file, or a folder's batches in numeric order, each with what messages call it.

    Where a folder holds a folder `explanations`, the batches are those in there.

    Raises:
        BaseFileError: the folder cannot be read, or has no batches.
    """
    if not _is_folder(path):
        return {path: path.name}
    name = path.name or path.resolve().name
    inner = path / _EXPLANATIONS
    if _is_folder(inner):
        path, name = inner, f"{name}/{_EXPLANATIONS}"
    try:
        found = [file for file in path.iterdir() if _is_batch(file.name)]
    except OSError as problem:
        raise BaseFileError(f"{name}: the folder cannot be read: {problem.strerror}") from None
    if not found:
        kinds = ", ".join(SUFFIXES)
        raise BaseFileError(
            f"{name}: the folder holds no batches; files named {kinds} or ..._latent<number>.txt are wanted,"
            f" or a folder {_EXPLANATIONS} with such files"
        )
    return {file: f"{name}/{file.name}" for file in sorted(found, key=_numeric)}


def is_text_of_a_feature(name: str) -> bool:
    """Return whether a file holds the description of one feature, by its name: `layers.12_latent5.txt`."""
    return bool(_TEXT_OF_A_FEATURE.fullmatch(name))


def _is_batch(name: str) -> bool:
    return not name.startswith(".") and (name.endswith(SUFFIXES) or is_text_of_a_feature(name))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _numeric(file: Path) -> tuple[list[tuple[int, str]], str]:
    """Sorts batch-2 before batch-10."""
    parts = re.split(r"([0-9]+)", file.name)
    return [(int(part), "") if place % 2 else (0, part) for place, part in enumerate(parts)], file.name
