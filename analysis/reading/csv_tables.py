"""CSV files, streamed into pandas frames of the columns that are used."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from analysis.reading.inputs import Input
from analysis.reading.tables import C, Collector

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_SEPARATORS = {b";": "semicolons", b"\t": "tabs", b"|": "bars"}
_ROWS = 2_000
"""Fewer than of JSON, because pandas reads all columns of a table."""


def read_csv(
    source: Input, *, wanted: Callable[[str], bool], new: Callable[[], C], whole: Collection[str] = ()
) -> C:
    """Read a CSV file with a header, and return the collector that was given its rows: texts, None where empty.

    Args:
        source: the file.
        wanted: whether the values of a column are wanted.
        new: makes a collector.
        whole: columns of whole numbers. pandas writes `12.0` for 12 in a column where any value is missing; it is
            given as `12`.

    Raises:
        AnalysisError: the file is no such CSV.
    """
    import pandas as pd

    collector = new()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            _read_chunks(source, wanted, collector, whole)
    except pd.errors.EmptyDataError:
        raise source.problem("is empty; a header and a row for each feature are wanted") from None
    except pd.errors.ParserWarning:
        raise source.problem("not valid CSV: a row has more fields than the header") from None
    except pd.errors.ParserError as problem:
        reason = str(problem).removeprefix("Error tokenizing data. C error: ").strip()
        if reason.startswith("EOF inside string"):
            reason = f"a quotation mark is not closed, or the file is cut off ({reason})"
        raise source.problem(f"not valid CSV: {reason}") from None
    except UnicodeDecodeError:
        raise source.problem("is not UTF-8 text") from None
    return collector


def _read_chunks(
    source: Input, wanted: Callable[[str], bool], collector: Collector, whole: Collection[str]
) -> None:
    import pandas as pd

    table = io.BufferedReader(_Bytes(source))
    header = table.peek().partition(b"\n")[0]
    parted = [name for sign, name in _SEPARATORS.items() if sign in header]
    if parted and b"," not in header:
        raise source.problem(
            f"its columns are parted by {parted[0]}; commas are wanted, as to_csv writes them"
        )
    chunks = pd.read_csv(
        table,
        dtype=str,
        keep_default_na=False,
        index_col=False,
        chunksize=_ROWS,
    )
    with chunks:
        for chunk in chunks:
            # not by `usecols`, which would hide that a row has too many fields
            used = chunk[[name for name in chunk.columns if wanted(name)]].copy()
            for name in used.columns.intersection(list(whole)):
                used[name] = used[name].str.removesuffix(".0")
            collector.add(used.astype(object).where(used != "", None))


class _Bytes(io.RawIOBase):
    """An input as the file object that pandas wants."""

    def __init__(self, source: Input) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        data = self._source.read(len(view))
        view[: len(data)] = data
        return len(data)
