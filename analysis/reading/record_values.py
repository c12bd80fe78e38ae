"""The values of a record, put together from a file's events: the wanted ones, or whole records."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from typing import Any

from analysis.reading.json_events import OPEN, Event, build, skip

WHOLE = "record"
"""The column that holds whole records, where those are asked for."""
EXPLANATIONS = "explanations"
NOT_PICKED = object()
"""Stands in place of a record that was not asked for."""


def may_describe(key: str) -> bool:
    """Return whether a key may hold descriptions, by its name."""
    return "desc" in key.lower() or "explanation" in key.lower()


class WantedValues:
    """Reads the wanted keys of an object, and nothing of a list."""

    def __init__(self, wanted: Callable[[str], bool]) -> None:
        self._wanted = wanted

    def read(self, label: Any, events: Iterator[Event], event: str, value: Any) -> Any:
        """The value that has begun with this event."""
        return self._value(events, event, value, inner=False)

    def of_key(self, key: str, value: Any) -> dict[str, Any]:
        """An object of one key."""
        return {key: value} if self._wanted(key) else {}

    def _value(self, events: Iterator[Event], event: str, value: Any, *, inner: bool) -> Any:
        if event == "start_array":
            skip(events)
            return []
        if event != "start_map":
            return value
        record: dict[str, Any] = {}
        wanted = self._wanted
        for at, key in events:  # a key, or the end
            if at == "end_map":
                break
            event, value = next(events)
            if event not in OPEN:
                if wanted(key):
                    record[key] = value
            elif key == EXPLANATIONS and event == "start_array" and not inner and wanted(key):
                record[key] = self._first_description(events)
            else:
                skip(events)
                if wanted(key):
                    record[key] = [] if event == "start_array" else {}
        return record

    def _first_description(self, events: Iterator[Event]) -> Any:
        """The description of the first of the explanations in a list that has begun."""
        event, value = next(events)
        if event == "end_array":
            return None
        first = description_in(self._value(events, event, value, inner=True))
        skip(events)
        return first


class WholeValues:
    """Reads the picked values whole, and passes over all others."""

    def __init__(self, picked: Container[Any]) -> None:
        self._picked = picked

    def read(self, label: Any, events: Iterator[Event], event: str, value: Any) -> Any:
        """The value that has begun with this event, in an object of its own."""
        if label in self._picked:
            return {WHOLE: build(events, event, value)}
        if event in OPEN:
            skip(events)
        return NOT_PICKED

    def of_key(self, key: str, value: Any) -> dict[str, Any]:
        return {}


def description_in(value: Any) -> Any:
    """Return the description of an explanation: an object, or the description itself."""
    if not isinstance(value, dict):
        return value
    return value.get("description", next((text for key, text in value.items() if may_describe(key)), None))
