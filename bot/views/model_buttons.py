"""Buttons that lead to reports: which model is meant, more about it, the same model in another mode."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.records import ClassificationFile
from bot.rules.callback_data import REPORT, CallbackData, encode
from bot.rules.model_choice import key_of
from bot.views.screen import Button, Screen
from bot.views.text import cut, echo

MOST_BUTTONS = 20
MOST_MODES = 6


def report_data(action: str, file: ClassificationFile) -> str:
    """Return the callback data of a button that asks for a report; `action` is one of the codec's for a report."""
    return encode(CallbackData(REPORT, action, mode=file.mode, file_key=key_of(file)), 0)


def model_choice(problem: str, wanted: str, options: Sequence[ClassificationFile]) -> Screen:
    """Return what stands in the way of a report, and the models to choose from as buttons.

    Args:
        problem: One line, empty when there is none.
        wanted: What was typed.
        options: The files to choose from; empty when there is nothing to choose.
    """
    if problem and wanted:
        problem = f"“{echo(wanted)}”: {problem}"
    if not options:
        return Screen(problem)
    several = bool(problem) or len({file.mode for file in options}) > 1
    rows = tuple(
        (Button(cut(f"{f.name} · {f.mode}" if several else f.name, 60), report_data("metrics", f)),)
        for f in options[:MOST_BUTTONS]
    )
    more = len(options) - MOST_BUTTONS
    rest = f"\nand {more} more: type a part of the name." if more > 0 else ""
    return Screen(f"{problem + ' ' if problem else ''}Which model?{rest}", rows)


def below_report(
    file: ClassificationFile, others: Sequence[ClassificationFile], reviewed: int
) -> tuple[tuple[Button, ...], ...]:
    """Return the buttons below a report.

    Args:
        file: The file that the report is about.
        others: The same model's files in other modes.
        reviewed: How many answers that were given after a review the report counts.
    """
    rows = [(Button("More", report_data("more", file)),)]
    if reviewed:
        rows.append((Button("Without answers after a review", report_data("without reviewed", file)),))
    rows += [(Button(f"The same for {f.mode}", report_data("metrics", f)),) for f in others[:MOST_MODES]]
    return tuple(rows)


def below_report_without_reviewed(file: ClassificationFile) -> tuple[tuple[Button, ...], ...]:
    """Return the way back from a report that leaves out answers given after a review."""
    return ((Button("With all answers", report_data("metrics", file)),),)


def name_two_models(files: Sequence[ClassificationFile]) -> str:
    """Return the line for a comparison that does not name two models."""
    return f"Name two models, such as /compare deepseek gemini. There are: {_names(files) or 'none yet'}."


def not_one_model(typed: str, problem: str, options: Sequence[ClassificationFile]) -> str:
    """Return the line for a name that does not mean one file: what stands in the way, and what there is."""
    names = _names(options)
    if problem:
        return f"“{echo(typed)}”: {problem}" + (f" There are: {names}." if names else "")
    return f"“{echo(typed)}” fits several: {names}. Type more of the name."


def name_one_model(
    typed: str, fitting: Sequence[ClassificationFile], files: Sequence[ClassificationFile]
) -> str:
    """Return the line for a subscription that names no model, or several; `files` is all there are."""
    said = f"“{echo(typed)}” {'fits several' if fitting else 'fits none'}." if typed else "Which?"
    return f"{said} Write /subscribe and a part of one name. There are: {_names(fitting or files)}."


def _names(files: Sequence[ClassificationFile]) -> str:
    return echo(", ".join(sorted({file.name for file in files})[:MOST_BUTTONS]), 600)
