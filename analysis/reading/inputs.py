"""One input file as a stream of bytes, unpacked where it is gzipped, never more of them than the limit."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import os
import zlib
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

from analysis.errors import AnalysisError
from analysis.files import MEGABYTE, open_input
from analysis.reading.foreign import foreign

UNPACKED = 20
"""What is unpacked may be so many times as large as the file itself may be."""
_BEGINNING = 30
_GZIP_MAGIC = b"\x1f\x8b"


class Input:
    """An open input file; use it with `with`.

    Its first bytes say whether it is gzipped, not its name: a browser may have unpacked what it saved. A mark of the
    byte order at the start is passed over. begins: the first characters, once any were read.
    """

    def __init__(
        self,
        path: Path,
        *,
        max_mb: int,
        error: type[AnalysisError],
        shown: str | None = None,
        follow_symlinks: bool = True,
    ) -> None:
        """Check the file as `open_input` does, and open it.

        Args:
            path: the file.
            max_mb: limit of the file's size as it lies; unpacked it may have `UNPACKED` times that.
            error: the class of what is raised.
            shown: what messages call the file; its name when None.
            follow_symlinks: whether a symbolic link is read.

        Raises:
            AnalysisError: as `open_input`.
        """
        self.shown = shown or path.name
        self._error = error
        self._limit = max_mb * UNPACKED
        fd = open_input(path, max_mb, error=error, follow_symlinks=follow_symlinks, shown=self.shown)
        self._packed = os.fdopen(fd, "rb")
        self._data: BinaryIO = self._packed
        self._place = 0
        self.begins = ""

    def problem(self, text: str) -> AnalysisError:
        """Return the error to raise: the file, then `text`."""
        return self._error(f"{self.shown}: {text}")

    def sha256(self) -> str:
        """Return the SHA-256 (64 hex digits) of the file as it lies; afterwards reading begins anew."""
        self.rewind()
        self._packed.seek(0)
        return hashlib.file_digest(self._packed, "sha256").hexdigest()

    def rewind(self) -> None:
        """Let the next `read` begin at the start."""
        self._place = 0

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most `size` of them; none at the end.

        Raises:
            AnalysisError: more than the limit, damaged gzip data, the disk fails, or the file is none of ours, such as
                a web page in the place of what should have been downloaded.
        """
        try:
            if not self._place:
                self._start()
            data = self._data.read(size)
            if not self._place:
                if kind := foreign(data):
                    raise self.problem(kind)
                self.begins = data[:_BEGINNING].decode(errors="replace")
                data = data.removeprefix(codecs.BOM_UTF8) or self._data.read(size)
        except EOFError:
            raise self.problem("the gzip data ends too early: the file is cut off, get it again") from None
        except (gzip.BadGzipFile, zlib.error) as problem:
            raise self.problem(f"the gzip data is damaged: {problem}") from None
        except OSError as problem:
            raise self.problem(f"cannot be read: {problem.strerror}") from None
        self._place += len(data)
        if self._place > self._limit * MEGABYTE:
            limit = f"{self._limit} MB unpacked. It may hold {UNPACKED} times MAX_FILE_MB"
            raise self.problem(f"holds more than {limit}")
        return data

    def read_all(self) -> bytes:
        """Return all bytes from here to the end. Raises AnalysisError as `read`."""
        return b"".join(iter(lambda: self.read(MEGABYTE), b""))

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

    def _start(self) -> None:
        self._packed.seek(0)
        packed = self._packed.peek(2)[:2] == _GZIP_MAGIC
        self._data = cast(BinaryIO, gzip.GzipFile(fileobj=self._packed)) if packed else self._packed
