"""Input files are looked at before they are read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from analysis.errors import AnalysisError, BaseFileError, ClassificationFileError, LabelFileError, one_line
from analysis.files import open_input


def size_of(path: Path) -> int:
    with os.fdopen(open_input(path, 1), "rb") as file:
        return len(file.read())


def test_a_file_that_is_not_there_is_named_with_its_folder(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError) as caught:
        open_input(tmp_path / "base.json", 1)
    assert str(caught.value) == f"base.json: there is no such file in {tmp_path}"
    (tmp_path / "base.jsonl").touch()
    with pytest.raises(AnalysisError, match=r"there is no such file in .*, but base\.jsonl$"):
        open_input(tmp_path / "base.json", 1)


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    with pytest.raises(AnalysisError, match=r"^base: is a folder; a file is wanted$"):
        open_input(tmp_path / "base", 1)


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "base.json")
    with pytest.raises(BaseFileError, match=r"^base\.json: is not a regular file$"):
        open_input(tmp_path / "base.json", 1, error=BaseFileError)


def test_a_link_is_refused_where_none_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "file.json").write_text("[]")
    (tmp_path / "link.json").symlink_to(tmp_path / "file.json")
    assert size_of(tmp_path / "link.json") == 2
    with pytest.raises(AnalysisError) as caught:
        open_input(tmp_path / "link.json", 1, follow_symlinks=False)
    assert str(caught.value) == "link.json: is a symbolic link; put the file itself there"


def test_a_link_to_itself_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to(tmp_path / "link.json")
    with pytest.raises(
        AnalysisError, match=r"^link\.json: cannot be read: Too many levels of symbolic links$"
    ):
        open_input(tmp_path / "link.json", 1)


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "base.json").open("wb") as file:
        file.truncate(5 * 2**30)  # five gigabytes of nothing, on paper
    with pytest.raises(AnalysisError) as caught:
        open_input(tmp_path / "base.json", 512)
    assert str(caught.value) == "base.json: has 5,120.0 MB, more than 512 MB. A larger MAX_FILE_MB allows it"


def test_a_file_of_exactly_the_limit_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "base.json").write_bytes(b" " * 2**20)
    assert size_of(tmp_path / "base.json") == 2**20
    with (tmp_path / "base.json").open("ab") as file:
        file.write(b" ")
    with pytest.raises(AnalysisError, match="MAX_FILE_MB"):
        open_input(tmp_path / "base.json", 1)


def test_a_path_that_no_system_has_is_one_clear_line() -> None:
    with pytest.raises(AnalysisError, match=r"^a\\x00b: cannot be read: embedded null byte$"):
        open_input(Path("a\0b"), 1)


def test_every_error_has_one_root() -> None:
    assert all(issubclass(e, AnalysisError) for e in (BaseFileError, LabelFileError, ClassificationFileError))


def test_a_message_is_one_printable_line_of_limited_length() -> None:
    error = AnalysisError("a\nb\x1b[31m\u202e\ud800\udcff" + "x" * 1000)
    assert str(error).startswith(r"a\nb\x1b[31m\u202e\ud800\udcffxxx")
    assert len(str(error)) == 400
    assert str(error).isprintable()
    str(error).encode()


def test_what_is_cut_says_so() -> None:
    assert one_line("a" * 60) == "a" * 60
    assert one_line("a" * 61) == "a" * 59 + "…"
