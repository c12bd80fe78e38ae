"""Files of strict JSON, read some records at a time.

A file of a million records is read in the memory of some of them: `read_blocks` guesses where a record ends,
decodes all up to there in one call of the standard library's scanner, and decodes value by value where the
guess was wrong (then a string, an object or a list stays open, which the scanner notices: a wrong guess is
never believed) or where something is wrong, to name the place.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from json import JSONDecoder
from typing import Any, Literal, Protocol, TypeVar

from analysis.errors import one_line
from analysis.reading.inputs import Input
from analysis.reading.strictjson import BLOCK_BYTES, LARGEST_VALUE, STRICT, WITH_NAN, Window, decode, reason
from analysis.reading.template import Matched, Shape, Templates

Kind = Literal["list", "entries", "lines"]

_BETWEEN_OBJECTS = re.compile(rb"\}\s*,\s*\{")
_BETWEEN_ENTRIES = (re.compile(rb'\}\s*,\s*"'), re.compile(rb'"\s*,\s*"'))


@dataclass(frozen=True, slots=True)
class Block:
    """Some neighbouring values of one list, or entries of one object, or lines.

    kind: list, entries of the outermost object, or JSON lines. key: the outermost object's key under which the
    list stands, None for all else. first: number, from 0, of the first value. offset, size: its bytes in the
    unpacked file. values: decoded. keys: those of the values, for entries; else empty. matched: with neither, the
    same number of records, which were not decoded because a template covers them.
    """

    kind: Kind
    key: str | None
    first: int
    offset: int
    size: int
    values: Sequence[Any]
    keys: Sequence[str] = ()
    matched: Matched | None = None

    def records(self, bare: str) -> Sequence[Any]:
        """The values as records; an entry is `{"feature_id": key, **value}`, with `bare: value` if it is no object."""
        if self.kind != "entries":
            return self.values
        pairs = zip(self.keys, self.values, strict=True)
        return [
            {"feature_id": k, **v} if isinstance(v, dict) else {"feature_id": k, bare: v} for k, v in pairs
        ]

    def place(self, number: int) -> str:
        """Where the `number`-th value (from 0) of this block's list stands, for a message."""
        if self.kind == "entries":
            return f'record "{one_line(self.keys[number - self.first])}"'
        return f"record {number + 1}"


def read_blocks(
    source: Input, *, lines: bool, shape: Shape | None = None, nan_is_missing: bool = False
) -> Iterator[Block]:
    """Decode a file block by block, in the file's order.

    A file holds a list; or an object, whose entries come as one kind of block, and whose lists directly under its
    keys come as blocks of their own (and as an entry without content); or, if `lines`, one value a line. An
    empty list or object gives one block without values. shape: what template may serve for elements of lists;
    None: all are decoded. nan_is_missing: NaN is read as None.

    Raises:
        AnalysisError: the file is not such JSON; one line with the place.
    """
    window = Window(source, WITH_NAN if nan_is_missing else STRICT)
    if lines:
        yield from _lines(window)
        return
    start = window.peek()
    if start == b"[":
        yield from _elements(window, None, shape)
    elif start == b"{":
        hashes = array("q")
        yield from _entries(window, shape, hashes)
        _refuse_repeated_keys(source, hashes)
    elif start:
        raise window.problem("a list or an object of records should start here")
    else:
        raise source.problem("is empty; a list of records is wanted")
    if window.peek():
        raise window.problem("more follows after the end (JSON lines belong in a file named .jsonl)")


def read_span(source: Input, kind: Kind, first: int, offset: int, size: int) -> Block:
    """Decode again the block that `read_blocks` gave with these attributes; `source` must not be beyond it.

    Raises:
        AnalysisError: the file has changed since.
    """
    source.skip_to(offset)
    data = source.read(size)
    try:
        if kind == "lines":
            return Block(kind, None, first, offset, size, _decode_lines(data, STRICT))
        around = "{}" if kind == "entries" else "[]"
        found: Any = decode(f"{around[0]}{data.decode()}{around[1]}", STRICT)
    except (ValueError, RecursionError):
        raise source.changed() from None
    if kind == "entries":
        return Block(kind, None, first, offset, size, list(found.values()), list(found))
    return Block(kind, None, first, offset, size, found)


class _Collector(Protocol):
    def feed(self, block: Block) -> None: ...


C = TypeVar("C", bound=_Collector)


def collect(source: Input, *, lines: bool, lists: Sequence[str], shape: Shape, new: Callable[[], C]) -> C:
    """Read a file, and return the collector that was fed with its records.

    Those are the lines, the elements of the outermost list, or of the list under the first of `lists` that the
    outermost object has; else the entries of that object. Collectors must keep what they find wrong to themselves:
    which of them holds the records is known at the end only.

    Raises:
        AnalysisError: as `read_blocks`.
    """
    found: dict[tuple[Kind, str | None], C] = {}
    for block in read_blocks(source, lines=lines, shape=shape):
        slot = (block.kind, block.key)
        if block.key is None or block.key in lists:
            if slot not in found:
                found[slot] = new()
            found[slot].feed(block)
    for key in lists:
        if ("list", key) in found:
            return found["list", key]
    kind: Kind
    for kind in ("list", "lines", "entries"):
        if (kind, None) in found:
            return found[kind, None]
    return new()


def _elements(window: Window, key: str | None, shape: Shape | None) -> Iterator[Block]:
    """The list that starts here."""
    window.at += 1
    if window.peek() == b"]":
        window.at += 1
        yield Block("list", key, 0, window.offset, 0, [])
        return
    templates = Templates(shape)
    first = 0
    while True:
        window.peek()
        count, block = _some_elements(window, key, first, templates)
        window.at += block.size
        yield block
        first += count
        window.take(b",]", f'"," or "]" after record {first}')
        if window.data[window.at - 1 : window.at] == b"]":
            return


def _some_elements(window: Window, key: str | None, first: int, templates: Templates) -> tuple[int, Block]:
    piece = window.ahead((_BETWEEN_OBJECTS,))
    offset, size = window.offset, len(piece)
    if piece:
        matched = templates.match(piece)
        if matched:
            return len(matched.rows), Block("list", key, first, offset, size, (), (), matched)
        values = window.guess(piece, "[]")
        if values:
            templates.learn(piece, values)
            return len(values), Block("list", key, first, offset, size, values)
    value, size = window.value(f"record {first + 1}")
    return 1, Block("list", key, first, offset, size, [value])


def _entries(window: Window, shape: Shape | None, hashes: array[int]) -> Iterator[Block]:
    """The object that starts here; the hash of each of its keys is added to `hashes`."""
    window.at += 1
    if window.peek() == b"}":
        window.at += 1
        yield Block("entries", None, 0, window.offset, 0, [])
        return
    first = 0
    while True:
        window.peek()
        piece = window.ahead(_BETWEEN_ENTRIES)
        found = window.guess(piece, "{}") if piece else None
        if found and list not in map(type, found.values()):
            size = len(piece)
            block = Block("entries", None, first, window.offset, size, list(found.values()), list(found))
            window.at += size
        else:
            window.no_guess_until = window.offset + len(piece)
            block = yield from _entry(window, shape, first)
        yield block
        hashes.extend(map(hash, block.keys))
        first += len(block.keys)
        window.take(b",}", '"," or "}" after a record')
        if window.data[window.at - 1 : window.at] == b"}":
            return


def _entry(window: Window, shape: Shape | None, first: int) -> Generator[Block, None, Block]:
    """One key and its value; if that is a list, its elements come as blocks, and an empty list stands for it."""
    if window.peek() not in (b'"', b""):
        raise window.problem("not valid JSON: a key in double quotes should stand here")
    offset = window.offset
    key, size = window.value("a key")
    window.at += size
    window.take(b":", f'":" after the key "{one_line(key)}"')
    value: Any = []
    if window.peek() == b"[":
        yield from _elements(window, key, shape)
    else:
        value, size = window.value(f'record "{one_line(key)}"')
        window.at += size
    return Block("entries", None, first, offset, window.offset - offset, [value], [key])


def _refuse_repeated_keys(source: Input, hashes: array[int]) -> None:
    """Raise if a key of the outermost object comes twice; keys are compared by hash first, in parts to save memory."""
    parts = 1 + len(hashes) // 65_536
    suspects: set[int] = set()
    for part in range(parts):
        seen: set[int] = set()
        for value in hashes if parts == 1 else [h for h in hashes if h % parts == part]:
            (suspects if value in seen else seen).add(value)
    if not suspects:
        return
    keys: set[str] = set()
    with source.again() as fresh:
        window = Window(fresh, STRICT)
        window.peek()
        for block in _entries(window, None, array("q")):
            for key in block.keys:
                if key in keys:
                    raise source.problem(f'the key "{one_line(key)}" is given twice')
                if hash(key) in suspects:
                    keys.add(key)


def _lines(window: Window) -> Iterator[Block]:
    """One value a line; empty lines are passed over."""
    first = line = 0
    while True:
        window.fill(BLOCK_BYTES)
        end = window.data.rfind(b"\n", window.at) + 1
        while not end and not window.ended and len(window.data) - window.at <= LARGEST_VALUE:
            window.fill(min(4 * (len(window.data) - window.at), LARGEST_VALUE + 1))
            end = window.data.rfind(b"\n", window.at) + 1
        if (end or len(window.data)) - window.at > LARGEST_VALUE:
            raise window.source.problem(f"line {line + 1} is larger than {LARGEST_VALUE >> 20} MB")
        span = window.data[window.at : end or len(window.data)]
        if not span:
            break
        try:
            values = _decode_lines(span, window.decoder)
        except (ValueError, RecursionError):
            raise window.source.problem(_bad_line(span, line, window.decoder)) from None
        if values:
            yield Block("lines", None, first, window.offset, len(span), values)
        first += len(values)
        line += span.count(b"\n")
        window.at += len(span)
    if not first:
        raise window.source.problem("is empty; a record in each line is wanted")


def _decode_lines(span: bytes, decoder: JSONDecoder) -> list[Any]:
    stripped = (line.strip(b" \t\r") for line in span.split(b"\n"))
    return [decode(line.decode(), decoder) for line in stripped if line]


def _bad_line(span: bytes, before: int, decoder: JSONDecoder) -> str:
    """What is wrong in the first line that is, of lines that follow `before` others."""
    for number, line in enumerate(span.split(b"\n"), before + 1):
        try:
            _decode_lines(line, decoder)
        except (ValueError, RecursionError) as problem:
            return f"line {number}: {reason(problem)}"
    return f"line {before + 1} or after: cannot be read"
