"""The short print of what a report rests on, and names made fit for a line."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.names import tidy, units
from analysis.records import NOT_RELATED, RELATED, Study
from analysis.statistics.fingerprint import changed_parts, fingerprint
from tests.support.studies import labels, sample

GIVEN = {"labeler-01": labels([1, 0]), "labeler-02": labels([1, 1])}


def of(
    size: int, given_: dict[str, dict[int, str]], decided: dict[int, str], *models: str, key: bytes = b"k"
) -> str:
    """The fingerprint of a study with these labels and decisions."""
    return fingerprint(Study(sample(size), "formatting", given_, decided, fingerprint_key=key), *models)


NOW = of(5, GIVEN, {}, "ab" * 32)


def test_it_is_three_groups_of_six_hexadecimal_digits() -> None:
    assert [len(part) for part in NOW.split("-")] == [6, 6, 6]
    assert NOW.endswith("-ababab")
    assert len(of(5, GIVEN, {}).split("-")) == 2


def test_it_does_not_depend_on_the_order_of_the_labels() -> None:
    turned = {who: dict(reversed(rows.items())) for who, rows in reversed(GIVEN.items())}
    assert of(5, turned, {}, "ab" * 32) == NOW


@pytest.mark.parametrize(
    ("other", "changed"),
    [
        (of(6, GIVEN, {}, "ab" * 32), ("the sample",)),
        (of(5, {**GIVEN, "labeler-02": labels([1, 0])}, {}, "ab" * 32), ("the labels",)),
        (of(5, GIVEN, {0: NOT_RELATED}, "ab" * 32), ("the labels",)),
        (of(5, GIVEN, {}, "cd" * 32), ("the model file",)),
        (of(6, {"labeler-01": {0: RELATED}}, {}, "ab" * 32), ("the sample", "the labels")),
        (NOW, ()),
        (f"  {NOW.upper()}\n", ()),
    ],
)
def test_it_says_which_part_has_changed(other: str, changed: tuple[str, ...]) -> None:
    assert changed_parts(other, NOW) == changed


def test_the_part_of_the_labels_is_keyed_by_the_database_and_the_others_are_not() -> None:
    assert changed_parts(of(5, GIVEN, {}, "ab" * 32, key=b"another"), NOW) == ("the labels",)


def test_two_model_files_are_told_apart() -> None:
    a, b = (of(5, GIVEN, {}, "ab" * 32, second * 32) for second in ("cd", "ef"))
    assert changed_parts(a, b) == ("the second model file",)


@pytest.mark.parametrize("text", ["", "abc", "zzzzzz-zzzzzz-zzzzzz", "<b>", "ab" * 40])
def test_what_is_no_fingerprint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"not a fingerprint: .*; a report gives one like {NOW}"):
        changed_parts(text, NOW)


def test_a_fingerprint_of_another_kind_of_report_is_refused() -> None:
    with pytest.raises(ValueError, match="aaaaaa-bbbbbb is the fingerprint of another kind of report"):
        changed_parts("aaaaaa-bbbbbb", NOW)


@given(st.text(), st.integers(1, 50))
def test_a_tidied_name_is_one_short_line_without_hidden_characters(name: str, limit: int) -> None:
    found = tidy(name, limit)
    assert 1 <= units(found) <= max(limit, 1)
    assert found == " ".join(found.split())
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in found)
    assert not set(found) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u200e\u200f\u200b\ufeff")
    found.encode()


def test_names_that_need_nothing_stay_and_long_ones_end_in_an_ellipsis() -> None:
    assert tidy("gemma-2-2b/deepseek-v3", 40) == "gemma-2-2b/deepseek-v3"
    assert tidy("abcdef", 6) == "abcdef"
    assert tidy("abcdefg", 6) == "abcde…"
    assert tidy("a\n\tb\u202ec", 9) == "a b c"
    assert tidy("\u200b\n", 9) == tidy("", 9) == "?"
    assert tidy("🎉🎉🎉", 5) == "🎉🎉…"
    assert tidy("x" + "\n" * 10_000_000, 5) == "x"
