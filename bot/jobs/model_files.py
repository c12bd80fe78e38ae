"""What models' files say of the sample's items, read once in a process."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.reading.classification_file import read_classification
from analysis.records import ClassificationFile, ModelLabels, Sample

_READ: dict[tuple[object, ...], ModelLabels] = {}
_KEEP = 12


def file_signature(file: ClassificationFile) -> tuple[object, ...]:
    """Changes when the file is replaced, written to or made readable. Raises OSError when it is gone."""
    stat = file.path.lstat()
    return (str(file.path), stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)


def model_labels(file: ClassificationFile, sample: Sample, max_mb: int) -> ModelLabels:
    """What the file says of the sample's items; read again only when it has changed.

    Raises ClassificationFileError.
    """
    try:
        key = (*file_signature(file), len(sample.items), sample.digest())
    except OSError:
        return read_classification(file, sample.items, max_mb=max_mb)
    if key not in _READ:
        while len(_READ) >= _KEEP:
            del _READ[next(iter(_READ))]
        _READ[key] = read_classification(file, sample.items, max_mb=max_mb)
    return _READ[key]


def labels_task(sample: Sample, file: ClassificationFile, max_mb: int) -> Mapping[int, str]:
    """Return what a model says of each item, for a reader who has labeled them all.

    Raises:
        ClassificationFileError: If the file cannot be read.
    """
    return dict(model_labels(file, sample, max_mb).labels)
