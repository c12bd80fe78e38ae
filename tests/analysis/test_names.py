"""Names of files, made so that a file system takes them and no two are the same."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from analysis.names import file_name

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=400)


def test_a_name_that_fits_stays_as_it_is() -> None:
    assert file_name("a_vs_b", "_metrics.json") == "a_vs_b_metrics.json"
    assert file_name("x" * 242, "_metrics.json") == "x" * 242 + "_metrics.json"
    assert len(file_name("x" * 243, "_metrics.json")) == 255


@given(NAMES, NAMES)
def test_every_name_can_be_written_and_two_stems_never_share_one(one: str, other: str) -> None:
    first, second = (file_name(stem, "_metrics.json") for stem in (one, other))
    assert max(len(name.encode()) for name in (first, second)) <= 255
    assert first.endswith("_metrics.json")
    assert (first == second) == (one == other)


def test_a_name_that_is_no_text_can_be_written(tmp_path: Path) -> None:
    for stem in ("\udcff", "\udcff" * 300):
        (tmp_path / file_name(stem, "_merged.csv")).write_text("x")
    assert len(list(tmp_path.iterdir())) == 2


def test_long_names_that_begin_alike_are_two_files(tmp_path: Path) -> None:
    for name in ("ü" * 300 + "a", "ü" * 300 + "b"):
        (tmp_path / file_name(name, "_merged.csv")).write_text(name)
    assert len(list(tmp_path.iterdir())) == 2
