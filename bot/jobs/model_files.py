"""What models' files say of the sample's items, read once in a process."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from analysis.reading.classification_file import find_classifications, read_classification
from analysis.records import ClassificationFile, ModelLabels, Sample
from bot.settings import Settings


def listed_files(settings: Settings, stem: str) -> tuple[ClassificationFile, ...]:
    """Return a fresh listing of the classification files of a base file."""
    return find_classifications(
        settings.classifications_dir, stem=stem, modes=settings.modes, aliases=settings.stem_aliases
    )


def file_signature(file: ClassificationFile) -> tuple[object, ...]:
    """Return what changes when the file is replaced, written to or made readable. Raises OSError when it is gone."""
    stat = file.path.lstat()
    return (str(file.path), stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)


def model_labels(file: ClassificationFile, sample: Sample, max_mb: int) -> ModelLabels:
    """Return what the file says of the sample's items; it is read again only when it has changed.

    Raises:
        ClassificationFileError: The file cannot be read.
    """
    try:
        signature = file_signature(file)
    except OSError:  # reading it says what is wrong
        return read_classification(file, sample.items, max_mb=max_mb)
    return _read(file, signature, sample, max_mb)


@lru_cache(maxsize=12)
def _read(
    file: ClassificationFile, signature: tuple[object, ...], sample: Sample, max_mb: int
) -> ModelLabels:
    return read_classification(file, sample.items, max_mb=max_mb)


def labels_task(sample: Sample, file: ClassificationFile, max_mb: int) -> Mapping[int, str]:
    """Return what a model says of each item, for a reader who has labeled them all.

    Raises:
        ClassificationFileError: The file cannot be read.
    """
    return dict(model_labels(file, sample, max_mb).labels)
