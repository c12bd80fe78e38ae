"""Which report a question means."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.records import ClassificationFile
from bot.rules.model_choice import file_by_key, key_of, resolve, split_mode

MODES = ("alignment", "formatting")


def file(model: str, mode: str = "alignment", folder: str = "") -> ClassificationFile:
    return ClassificationFile(
        Path(folder, f"s_{mode}_classified_{model}.json"), mode, model, f"{folder}{model}"
    )


DEEPSEEK, DEEPSEEK_F = file("deepseek-v3-0324"), file("deepseek-v3-0324", "formatting")
GEMINI = file("gemini-2.5")
ALL = (DEEPSEEK, GEMINI, DEEPSEEK_F)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), ("", None)),
        (("deepseek",), ("deepseek", None)),
        (("deepseek", "formatting"), ("deepseek", "formatting")),
        (("deepseek", "FORMATTING"), ("deepseek", "formatting")),
        (("formatting",), ("", "formatting")),
        (("formatting", "deepseek"), ("formatting deepseek", None)),
        (("a", "b", "alignment"), ("a b", "alignment")),
    ],
)
def test_a_mode_is_recognised_at_the_end(words: tuple[str, ...], expected: tuple[str, str | None]) -> None:
    assert split_mode(words, MODES) == expected


def test_without_a_mode_it_is_the_first_with_labels_and_such_a_file_and_the_others_are_offered() -> None:
    found = resolve(ALL, "deepseek", None, MODES, ["alignment", "formatting"])
    assert (found.file, found.options, found.problem) == (DEEPSEEK, (DEEPSEEK_F,), "")
    found = resolve(ALL, "deepseek", None, MODES, ["formatting"])
    assert (found.file, found.options) == (DEEPSEEK_F, ())
    found = resolve(ALL, "gemini", None, MODES, ["formatting"])
    assert found.file is None
    assert found.problem == "Nothing is labeled yet in alignment."


def test_a_named_mode_is_kept_to() -> None:
    assert resolve(ALL, "deepseek", "formatting", MODES, MODES).file == DEEPSEEK_F
    found = resolve(ALL, "gemini", "formatting", MODES, MODES)
    assert (found.file, found.options, found.problem) == (
        None,
        (GEMINI,),
        "That model has no file for formatting.",
    )
    assert (
        resolve(ALL, "deepseek", "formatting", MODES, ["alignment"]).problem
        == "Nothing is labeled yet in formatting."
    )


def test_several_that_fit_are_offered_and_an_exact_name_wins() -> None:
    near = (file("deepseek"), *ALL)
    assert resolve(ALL, "", None, MODES, MODES).options == (DEEPSEEK, GEMINI)
    assert resolve(near, "deep", None, MODES, MODES).options == (near[0], DEEPSEEK)
    assert resolve(near, "DeepSeek", None, MODES, MODES).file == near[0]
    assert resolve((GEMINI,), "", None, MODES, MODES).file == GEMINI


def test_an_unknown_model_gets_all_there_is() -> None:
    for typed in ("llama", "../../etc/passwd", "\0", "x" * 1000, "<b>"):
        found = resolve(ALL, typed, None, MODES, MODES)
        assert (found.file, found.options, found.problem) == (None, ALL, "No model has that in its name.")


def test_an_unknown_mode_is_not_taken_for_an_unknown_model() -> None:
    found = resolve(ALL, "deepseek structure", None, MODES, MODES)
    assert (found.file, found.options) == (None, (DEEPSEEK, DEEPSEEK_F))
    assert found.problem == "There is such a model, but no such mode. The modes are alignment, formatting."
    assert resolve(ALL, "llama structure", None, MODES, MODES).problem == "No model has that in its name."


def test_nothing_there_is_said() -> None:
    assert resolve((), "deepseek", None, MODES, MODES).problem == (
        "No model's file is there yet. They are looked for in CLASSIFICATIONS_DIR."
    )
    assert resolve(ALL, "deepseek", None, MODES, []).problem == "Nothing is labeled yet. /label starts."


def test_a_button_names_one_listed_file_and_never_a_path() -> None:
    for one in ALL:
        assert file_by_key(ALL, one.mode, key_of(one)) == one
        assert len(key_of(one)) == 10
    assert file_by_key((GEMINI,), "alignment", key_of(DEEPSEEK)) is None
    assert file_by_key(ALL, "formatting", key_of(DEEPSEEK)) is None
    assert len({key_of(one) for one in ALL}) == 3
