"""A folder that somebody else has prepared: links and pipes under every name that can be guessed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

VICTIM = b"a letter that has nothing to do with labels"

Trap = Callable[[Path, Path], None]
"""Lays a trap at a path; the second is a file that must stay as it is."""


def link(place: Path, victim: Path) -> None:
    place.symlink_to(victim)


def dangling_link(place: Path, victim: Path) -> None:
    place.symlink_to(victim.with_name("made by following a link"))


def hard_link(place: Path, victim: Path) -> None:
    os.link(victim, place)


def pipe(place: Path, victim: Path) -> None:
    os.mkfifo(place)


TRAPS: tuple[Trap, ...] = (link, dangling_link, hard_link, pipe)


def guessable_beside(database: Path, today: str) -> list[Path]:
    """Return every name beside a database that this program uses and somebody could guess."""
    suffixes = (
        "-wal",
        "-shm",
        "-journal",
        ".lock",
        f".{today}.backup",
        ".version-1.backup",
        ".replaced",
        ".replaced-wal",
    )
    return [database.with_name(database.name + suffix) for suffix in suffixes]


def guessable_outputs(folder: Path, stem: str, model: str) -> list[Path]:
    """Return every name below OUTPUT_DIR that this program writes, reads, deletes or once used, folders among them."""
    labels = f"{stem}_human_labels_alignment"
    names = (
        ".labelbot-probe",
        "human_labels",
        "metrics",
        f"human_labels/{labels}.json",
        f"human_labels/{labels}_answers.csv",
        "human_labels/by_labeler",
        "human_labels/by_labeler/labeler-01",
        f"human_labels/by_labeler/labeler-01/{labels}.json",
        f"metrics/{labels}_vs_{stem}_alignment_classified_{model}_metrics.json",
        f"metrics/{labels}_vs_{stem}_alignment_classified_{model}_merged.csv",
        f"metrics/{labels}_vs_other_metrics.json",
    )
    return [folder / name for name in names]
