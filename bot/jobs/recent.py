"""What was remembered last, so much of it that the memory does not grow for ever."""

from __future__ import annotations

from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(dict[Key, Value]):
    """The entries that were set last; when there are `most`, the oldest goes as another comes."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: Key, value: Value) -> None:
        self.pop(key, None)
        if len(self) >= self._most:
            del self[next(iter(self))]
        super().__setitem__(key, value)
