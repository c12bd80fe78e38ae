"""Buttons that lead to reports: which model is meant, more about it, the same model in another mode."""

from __future__ import annotations

from collections.abc import Container, Sequence

from analysis.records import ClassificationFile
from bot.rules.callback_data import (
    MODE_REPORT,
    PREVALENCE,
    REPORT,
    SECOND_OF_TWO,
    CallbackData,
    Kind,
    encode,
)
from bot.rules.model_choice import key_of
from bot.views.screen import Button, Rows, Screen
from bot.views.text import echo, shown_name

MOST_BUTTONS = 20
MOST_MODES = 6


def _data(kind: Kind, action: str, file: ClassificationFile, other: str = "") -> str:
    return encode(CallbackData(kind, action, mode=file.mode, file_key=key_of(file), other_key=other), 0)


def told_of(typed: str, problem: str, options: Sequence[ClassificationFile]) -> str:
    """Return a problem, behind what was typed where there are options: there, another name would help."""
    return f"“{echo(typed)}”: {problem}" if problem and typed and options else problem


def model_choice(
    problem: str, wanted: str, options: Sequence[ClassificationFile], kind: Kind = REPORT
) -> Screen:
    """Return what stands in the way of a report, and the models to choose from as buttons.

    Args:
        problem: One line, empty when there is none.
        wanted: What was typed.
        options: The files to choose from; empty when there is nothing to choose.
        kind: What a choice is for, one of the codec's with an action `choose`.
    """
    problem = told_of(wanted, problem, options)
    if not options:
        return Screen(problem)
    data = [_data(kind, "choose", file) for file in options]
    rows = _choices(options, data, several=bool(problem))
    more = len(options) - MOST_BUTTONS
    rest = f"\nand {more} more: type a part of the name." if more > 0 else ""
    return Screen(f"{problem + ' ' if problem else ''}Which model?{rest}", rows)


def second_model_choice(first: ClassificationFile, options: Sequence[ClassificationFile]) -> Screen:
    """Return the models that `first` can be compared with, as buttons."""
    rows = _choices(options, [_data(SECOND_OF_TWO, "choose", first, key_of(file)) for file in options])
    return Screen(f"{_name(first)} and which other model?", rows)


def _choices(options: Sequence[ClassificationFile], data: Sequence[str], *, several: bool = False) -> Rows:
    several = several or len({file.mode for file in options}) > 1
    words = [shown_name(f"{file.name} · {file.mode}" if several else file.name) for file in options]
    return tuple((Button(*pair),) for pair in list(zip(words, data, strict=True))[:MOST_BUTTONS])


def chosen(*files: ClassificationFile) -> Screen:
    """Return the line that takes the place of a choice once it is made."""
    return Screen(f"{' and '.join(_name(file) for file in files)} · {echo(files[0].mode)}")


def _name(file: ClassificationFile) -> str:
    return f"<b>{echo(shown_name(file.name), 40)}</b>"


def below_report(
    file: ClassificationFile, others: Sequence[ClassificationFile], gone: Container[str] = ()
) -> Rows:
    """Return the buttons below a report.

    Args:
        file: The file that the report is about.
        others: The same model's files in other modes.
        gone: Which of `more` and `files` were tapped before: each of these buttons works once, and goes.
    """
    once = []
    if "more" not in gone:
        once.append(Button("More", _data(REPORT, "more, files gone" if "files" in gone else "more", file)))
    if "files" not in gone:
        once.append(Button("Files", _data(REPORT, "files, more gone" if "more" in gone else "files", file)))
    rows = [tuple(once)] if once else []
    rows += [(Button(f"The same for {f.mode}", _data(REPORT, "metrics", f)),) for f in others[:MOST_MODES]]
    return tuple(rows)


def below_more(file: ClassificationFile, marked: int) -> Rows:
    """Return the button below what `More` brings; no button where no answer is `marked`, that is, not blind."""
    return ((Button("Count all answers", _data(REPORT, "with reviewed", file)),),) if marked else ()


def below_prevalence(file: ClassificationFile) -> Rows:
    """Return the button below a report on prevalence."""
    return ((Button("More", _data(PREVALENCE, "more", file)),),)


def below_comparison(first: ClassificationFile, second: ClassificationFile) -> Rows:
    """Return the button below a comparison of two models."""
    return ((Button("More", _data(SECOND_OF_TWO, "more", first, key_of(second))),),)


def below_mode_report(about: str, mode: str) -> Rows:
    """Return the button below a report on a whole mode; `about` is `models` or `agreement`."""
    return ((Button("More", encode(CallbackData(MODE_REPORT, about, mode=mode), 0)),),)


def below_report_with_reviewed(file: ClassificationFile) -> Rows:
    """Return the button that leads back from a report that counts answers that are not blind, too."""
    return ((Button("Blind answers alone", _data(REPORT, "metrics", file)),),)


def not_one_model(typed: str, problem: str, options: Sequence[ClassificationFile]) -> str:
    """Return the line for a name that does not mean one file: what stands in the way, and what there is."""
    names = _names(options)
    if problem:
        return told_of(typed, problem, options) + (f" There are: {names}." if names else "")
    return f"“{echo(typed)}” fits several: {names}. Type more of the name."


def name_one_model(
    typed: str, fitting: Sequence[ClassificationFile], files: Sequence[ClassificationFile]
) -> str:
    """Return the line for a subscription that names no model, or several; `files` is all there are."""
    said = f"“{echo(typed)}” {'fits several' if fitting else 'fits none'}." if typed else "Which?"
    return f"{said} Write /subscribe and a part of one name. There are: {_names(fitting or files)}."


def _names(files: Sequence[ClassificationFile]) -> str:
    return echo(", ".join(sorted({file.name for file in files})[:MOST_BUTTONS]), 600)
