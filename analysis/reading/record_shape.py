"""Records of the same shape, taken from a file's events many at once.

Most files are a list of records with the same keys. To read each value by itself costs more than the scanner does. So
the events of a record are held against those after it: as long as these are the same but for their texts, numbers,
true, false and null, the values of a key stand at equal distances, and a slice has them all. Everything else is read
value by value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from analysis.reading.json_events import CLOSE, OPEN, Event, JsonEvents
from analysis.reading.record_values import WantedValues

Columns = Mapping[str, Sequence[Any]]

_FEWEST = 16
"""Records that must be alike; fewer are read one by one in the same time."""
_LONGEST_PAUSE = 255
"""Records read one by one between two looks, at most: as many as in a piece or so."""
_STRUCTURE = OPEN | CLOSE
_name_of, _value_of = itemgetter(0), itemgetter(1)


class AlikeRecords:
    """Takes runs of records that are alike. Where there are none it looks ever more seldom, as looking takes time."""

    def __init__(self, events: JsonEvents, values: WantedValues) -> None:
        self._events = events
        self._values = values
        self._most = _FEWEST  # to look at next: a look in vain costs no more than what went well before
        self._pause = self._last_pause = 0  # records until the next look

    def next_run(self) -> tuple[int, Columns] | None:
        """Take the next records if they are alike: how many, and their columns. Call it where a record may begin."""
        if self._pause:
            self._pause -= 1
            return None
        piece, place = self._events.piece, self._events.place
        model = _first_record(piece, place)
        while model and (count := min(self._most, (len(piece) - place) // len(model))) >= _FEWEST:
            run = piece[place : place + count * len(model)]
            if _are_alike(run, model, count):
                self._most += count
                self._last_pause = 0
                self._events.pass_over(len(run))
                return count, self._columns(run, model, count)
            self._most = count // 2
        self._most = max(self._most, _FEWEST)
        self._pause = self._last_pause = min(2 * self._last_pause + 1, _LONGEST_PAUSE)
        return None

    def _columns(self, run: Sequence[Event], model: Sequence[Event], count: int) -> Columns:
        """The wanted values of such records. Their places come from reading the model with places for its values."""
        events = iter([(name, value if name == "map_key" else at) for at, (name, value) in enumerate(model)])
        places: Mapping[str, Any] = self._values.read(None, events, *next(events))
        return {
            key: list(map(_value_of, run[at :: len(model)])) if type(at) is int else [at] * count
            for key, at in places.items()
        }


def _first_record(piece: Sequence[Event], place: int) -> Sequence[Event]:
    """The events of the object that begins there; none where something else does, or where it does not end."""
    depth = 0
    for end in range(place, len(piece)):
        name = piece[end][0]
        depth += (name == "start_map") - (name == "end_map")
        if depth <= 0:
            return piece[place : end + 1] if piece[place][0] == "start_map" else ()
    return ()


def _are_alike(run: Sequence[Event], model: Sequence[Event], count: int) -> bool:
    """Whether so many records differ from the model in nothing but texts, numbers, true, false and null."""
    for at, event in enumerate(model):
        column = run[at :: len(model)]
        if event[0] == "map_key" or event[0] in _STRUCTURE:
            if column.count(event) != count:
                return False
        elif not _STRUCTURE.isdisjoint(map(_name_of, column)):
            return False
    return True
