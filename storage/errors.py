"""What can go wrong with the database, each with one line that says what would be right.

StorageError
├── NotSaved            a write did not happen; what was saved before is untouched
│   ├── UnknownLabeler  ... because it was about somebody who is not known (any more)
│   └── AccessEnded     ... because somebody was sent away, and forgetting does not undo that
├── NotRead             what was asked for could not be read
│   └── NoSuchSample    ... because no sample of that name was ever drawn
├── DatabaseBusy        another process holds the database
├── DatabaseDamaged     the file is no database of ours, or not whole
├── DatabaseTooNew      written by a newer version
├── DatabaseTooOld      written by an older version, and not brought up to date by its writer yet
└── SampleRefused       the frozen sample and the base file or the settings do not fit together
"""

from __future__ import annotations


class StorageError(Exception):
    """Root of all errors of this package."""


class NotSaved(StorageError):
    """A write did not happen."""


class UnknownLabeler(NotSaved):
    """The write was about somebody who was never added, or who was forgotten meanwhile."""


class AccessEnded(NotSaved):
    """Somebody was sent away and forgotten since; only a new invitation lets them back."""


class NotRead(StorageError):
    """A read did not happen."""


class NoSuchSample(NotRead):
    """No sample of a base file of that name was drawn."""


class DatabaseBusy(StorageError):
    """Another process holds the database."""


class DatabaseDamaged(StorageError):
    """The file is not a database of this program, or it is not whole."""


class DatabaseTooNew(StorageError):
    """The database was written by a newer version of this program."""


class DatabaseTooOld(StorageError):
    """The database was written by an older version of this program, and this command only reads."""


class SampleRefused(StorageError):
    """The frozen sample does not fit the base file or the settings."""
