"""Reading the files that are sent."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path

from telegram import InputFile

from storage.files import read_regular

LARGEST_DOCUMENT = 50 * 1024 * 1024
"""The most bytes that a bot may send as a file."""


async def read_document(path: Path) -> InputFile:
    """Read a file to send under its own name, in which a byte that is no text becomes `?`.

    Raises OSError, also for a link and for a file that is too large to send.
    """
    data = await asyncio.to_thread(read_regular, path, LARGEST_DOCUMENT + 1)
    if len(data) > LARGEST_DOCUMENT:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return InputFile(data, filename=path.name.encode(errors="replace").decode())
