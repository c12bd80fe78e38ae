"""What a fork server imports first, so that it outlives those who ask it for a process and are killed meanwhile.

Python's own ends with a traceback then, and with it everything that would still be forked from it.
"""

from __future__ import annotations

import errno
from multiprocessing import reduction

_receive = reduction.recvfds


def _receive_or_go_on(*args: object) -> list[int]:
    try:
        return _receive(*args)
    except EOFError:
        # the one error after which it goes on
        raise OSError(errno.ECONNABORTED, "who asked is gone") from None


reduction.recvfds = _receive_or_go_on
