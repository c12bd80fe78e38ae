"""Input costs what it weighs: the worst files that were found are read or refused, in about a second a MB."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import pytest

from analysis.errors import AnalysisError
from analysis.reading.base_file import read_base
from analysis.reading.classification_file import read_classification
from analysis.records import ClassificationFile, Item

MB = 1024 * 1024
SECONDS = 8.0
"""Of the processor, on a slow machine; the reader that was made by hand took 49 on a fast one."""

WORST = {
    "objects and numbers by turns": b"[" + b"{},1," * (MB // 5) + b"{}]",
    "lists in lists": b"[" * (MB // 2) + b"]" * (MB // 2),
    "objects in objects": b'{"a":' * (MB // 6) + b"1" + b"}" * (MB // 6),
    "one long text": b'[{"description": "' + b"\\u0041" * (MB // 6) + b'"}]',
    "one long number": b'[{"description": "x", "index": ' + b"9" * MB + b"}]",
    "many keys": b"[{" + b",".join(b'"k%d": 1' % number for number in range(MB // 12)) + b"}]",
    "an opening and nothing else": b'[{"description": "' + b"x" * MB,
    "white space": b"[" + b" " * MB + b"]",
}


def seconds_for(work: object, *arguments: object, **named: object) -> float:
    """How long it takes, whether it is read or refused in one line."""
    began = time.process_time()
    try:
        work(*arguments, **named)  # type: ignore[operator] # one of the two readers
    except AnalysisError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 500
    return time.process_time() - began


@pytest.mark.parametrize("name", WORST)
def test_the_worst_file_of_a_megabyte_is_read_or_refused_in_seconds(tmp_path: Path, name: str) -> None:
    path = tmp_path / "base_alignment_classified_worst.json"
    path.write_bytes(WORST[name])
    file = ClassificationFile(path, "alignment", "worst", "worst")
    items = [Item(0, 1, None, "x")]
    assert seconds_for(read_base, path, max_mb=512) < SECONDS
    assert seconds_for(read_classification, file, items, max_mb=512) < SECONDS


@pytest.mark.parametrize("name", WORST)
def test_what_a_kilobyte_unpacks_to_costs_no_more_than_its_own_weight(tmp_path: Path, name: str) -> None:
    path = tmp_path / "base.json.gz"
    path.write_bytes(gzip.compress(WORST[name], mtime=0))
    assert seconds_for(read_base, path, max_mb=1) < SECONDS
