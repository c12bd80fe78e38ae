"""One input file as a stream of bytes, unpacked where it is gzipped, never more of them than the limit."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zlib
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self, cast

from analysis.errors import AnalysisError
from analysis.files import MEGABYTE, open_input

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_GZIP_MAGIC = b"\x1f\x8b"
_BUFFER = 64 * 1024


class Input:
    """An open input file; use it with `with`.

    What it holds says whether it is gzipped, not its name: a browser may have unpacked what it saved.
    """

    def __init__(
        self,
        path: Path,
        *,
        max_mb: int,
        error: type[AnalysisError],
        room: int | None = None,
        shown: str | None = None,
        follow_symlinks: bool = True,
        hashed: bool = False,
    ) -> None:
        """Check the file as `open_input` does and open it.

        max_mb: limit of the file's size, and of its unpacked size. error: the class of what is raised.
        room: bytes, unpacked, that are left of the limit where other files share it.
        shown: what messages call the file, its name when None. hashed: whether `sha256` will be asked for.

        Raises:
            AnalysisError: as `open_input`.
        """
        self.path = path
        self.shown = shown or path.name
        self._options = (max_mb, error, follow_symlinks)
        self.room = max_mb * MEGABYTE if room is None else room
        fd = open_input(path, max_mb, error=error, follow_symlinks=follow_symlinks, shown=self.shown)
        status = os.fstat(fd)
        self.version = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        self._tap = _Tap(fd, hashed)
        self._packed = io.BufferedReader(self._tap, _BUFFER)
        self._data: BinaryIO = self._packed
        self._place = 0
        try:
            if self._packed.peek(2)[:2] == _GZIP_MAGIC:
                self._data = cast(BinaryIO, gzip.GzipFile(fileobj=self._packed, mode="rb"))
        except OSError as problem:
            self.close()
            raise self.problem(f"cannot be read: {problem.strerror}") from None

    def problem(self, text: str) -> AnalysisError:
        """The error to raise: the file, then `text`."""
        return self._options[1](f"{self.shown}: {text}")

    def again(self) -> Input:
        """The same file from its start.

        Raises:
            AnalysisError: as the first time, or the file is another one by now.
        """
        max_mb, error, follow = self._options
        other = Input(self.path, max_mb=max_mb, error=error, shown=self.shown, follow_symlinks=follow)
        if other.version != self.version:
            other.close()
            raise self.changed()
        return other

    def changed(self) -> AnalysisError:
        """The error that says that somebody is writing the file."""
        return self.problem("changed while it was read; try again when it is written")

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size` of them; none at the end.

        Raises:
            AnalysisError: more than the limit, damaged gzip data, or the disk fails.
        """
        data = self._read(size)
        self.room -= len(data)
        if self.room < 0:
            limit = self._options[0]
            raise self.problem(f"holds more than the {limit} MB that MAX_FILE_MB allows, unpacked")
        return data

    def skip_to(self, place: int) -> None:
        """Go on at byte `place` (from 0) of the unpacked file, which is not behind.

        Raises:
            AnalysisError: as `read`.
        """
        if self._data is self._packed:
            self._packed.seek(place)
            self._place = place
        while self._place < place and self._read(min(_BUFFER, place - self._place)):
            pass

    def sha256(self) -> str:
        """SHA-256 (64 hex digits) of the file's own bytes, once all of it has been read."""
        while self._packed.read(_BUFFER):
            pass
        return self._tap.digest.hexdigest()

    def close(self) -> None:
        """Close the file."""
        self._data.close()
        self._packed.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, size: int) -> bytes:
        try:
            data = self._data.read(size)
        except EOFError:
            raise self.problem("the gzip data ends too early: the file is cut off") from None
        except (gzip.BadGzipFile, zlib.error) as problem:
            raise self.problem(f"the gzip data is damaged: {problem}") from None
        except OSError as problem:
            raise self.problem(f"cannot be read: {problem.strerror}") from None
        self._place += len(data)
        return data


class _Tap(io.RawIOBase):
    """A descriptor's bytes, hashed as they pass."""

    def __init__(self, fd: int, hashed: bool) -> None:
        self._file = os.fdopen(fd, "rb", buffering=0)
        self._hashed = hashed
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, place: int, whence: int = 0) -> int:
        return self._file.seek(place, whence)

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        count = self._file.readinto(buffer)
        if self._hashed and count:
            self.digest.update(memoryview(buffer)[:count])
        return count

    def close(self) -> None:
        self._file.close()
        super().close()
