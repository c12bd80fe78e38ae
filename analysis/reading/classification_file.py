"""Models' classification files: finding them, choosing one, and what it says of a sample's items."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from analysis.errors import ClassificationFileError
from analysis.reading.inputs import Input
from analysis.reading.tables import read_json
from analysis.records import ClassificationFile, Item, ModelLabels

_OURS = {"human_labels", "metrics"}
_SUFFIX = ".json"
_LISTS = ("items", "records", "data")


def find_classifications(
    folder: Path, *, stem: str, modes: Sequence[str], aliases: Sequence[str] = ()
) -> tuple[ClassificationFile, ...]:
    """Look through `folder` in depth for files named `<stem>_<mode>_classified_<model>.json`.

    Ordered by mode (as in `modes`), then name. What lies below a folder `human_labels` or `metrics` was written by
    this program and is left out. Links to folders are not followed; a link to a file is listed, and reading it says
    what is wrong. A missing folder has none. Of a model's files under several stems in one folder, that under `stem`
    counts, else that under the first alias.
    """
    by_length = sorted(modes, key=len, reverse=True)
    found: dict[tuple[str, str, str], ClassificationFile] = {}
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - _OURS)
        listed = set(names)
        for known in dict.fromkeys((stem, *aliases)):
            for mode in by_length:
                start = f"{known}_{mode}_classified_"
                taken = {name for name in listed if name.startswith(start) and name.endswith(_SUFFIX)}
                for name in sorted(taken):
                    if model := name[len(start) : -len(_SUFFIX)]:
                        file = ClassificationFile(Path(place, name), mode, model, _shown(model))
                        found.setdefault((place, mode, model), file)
                listed -= taken
    named = _told_apart(list(found.values()), folder)
    return tuple(sorted(named, key=lambda f: (modes.index(f.mode), f.name.casefold(), f.name, str(f.path))))


def choose(files: Sequence[ClassificationFile], wanted: str) -> tuple[ClassificationFile, ...]:
    """The files that somebody means with `wanted`: a name exactly, else but for case, else a part of one.

    An empty text means all of them. The text is compared with listed names only; it never becomes part of a path.
    """
    text = wanted.strip()
    folded = text.casefold()
    if not text:
        return tuple(files)
    exact = tuple(f for f in files if f.name == text)
    same = tuple(f for f in files if folded in (f.name.casefold(), f.model.casefold()))
    part = tuple(f for f in files if folded in f.name.casefold())
    return exact or same or part


def _shown(model: str) -> str:
    """A model's name as a text that any message can carry, whatever bytes the file's name holds."""
    return model.encode(errors="backslashreplace").decode()


def _told_apart(files: Sequence[ClassificationFile], folder: Path) -> list[ClassificationFile]:
    """Put as many folders in front of a name as tell apart the files of one mode and model."""
    groups: dict[tuple[str, str], list[ClassificationFile]] = {}
    for file in files:
        groups.setdefault((file.mode, file.model), []).append(file)
    named = []
    for group in groups.values():
        depth = 0
        names = [file.name for file in group]
        while len(set(names)) < len(group):
            depth += 1
            names = ["/".join((*map(_shown, _folders(f, folder)[-depth:]), f.name)) for f in group]
        named += [replace(file, name=name) for file, name in zip(group, names, strict=True)]
    return named


def _folders(file: ClassificationFile, folder: Path) -> tuple[str, ...]:
    top = folder.name or folder.resolve().name
    return (top, *file.path.parent.relative_to(folder).parts)


def read_classification(file: ClassificationFile, items: Sequence[Item], *, max_mb: int) -> ModelLabels:
    """Read a classification file and join it to `items`.

    The file is a list of records; or an object with a list under items, records or data; or an object of records
    by feature id. A record has `label` (older files: `classification`), and an index or `feature_id` (or `id`) or
    both. An item and a record are the same feature if their indexes are (found as in a base file); where one of them
    has no index, if their ids are. A record or an item with neither matches nothing. A record with another
    description than the item's, white space aside, or an id of another source, does not count. A label that is not a
    text is given as JSON writes it, an absent one as `null`; `alignment-related` is `related` in the mode `alignment`.

    Args:
        file: as `find_classifications` listed it.
        items: of the sample, `items[i].row_id == i`.
        max_mb: the largest size of the file as it lies.

    Raises:
        ClassificationFileError: a symbolic link, too large, damaged, not such JSON, without any label, with two
            different labels for one of the items, or about another autoencoder's features (more than half of the items
            that it names by their index differ); one line with the place.
    """
    from analysis.reading.join import USED_KEYS, Join

    with Input(file.path, max_mb=max_mb, error=ClassificationFileError, follow_symlinks=False) as source:
        sha256 = source.sha256()
        join = read_json(
            source,
            lines=False,
            lists=_LISTS,
            wanted=USED_KEYS.__contains__,
            bare="value",
            new=lambda: Join(items, file.mode),
            if_lines="JSON lines? Put the records in a list: [first, second, ...]",
        )
        if not join.has_label:
            raise source.problem('no record has a "label" or "classification": related or not-related')
        try:
            return join.result(file, sha256)
        except ValueError as problem:
            raise source.problem(str(problem)) from None
