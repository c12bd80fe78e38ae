"""What the phone shows, as pure functions: nothing in a description can break, hide or outgrow the card."""

from __future__ import annotations

import string
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis.names import units
from analysis.records import LABELS, Item
from bot.app import COMMANDS
from bot.setting_readers import MOST_MODES
from bot.views.card import (
    DESCRIPTION_UNITS,
    CardOwner,
    card,
    group_progress,
    mode_choice,
    mode_symbols,
    progress,
    question,
    quote,
    summary,
)
from bot.views.command_menu import private_help
from bot.views.messages import bad_invitation, welcome
from bot.views.screen import Screen
from bot.views.second_look import adjudication_card
from bot.views.text import cut, duration, echo, harmless
from playground.text.entities import Entity, tidy, utf16_length
from playground.text.html_parser import parse_html

MODES = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=24)
ANY_TEXT = st.text(st.characters(), max_size=300)
READER = CardOwner(2**52, 999_999_999, "alignment")


def shown(markup: str) -> tuple[str, list[Entity]]:
    """What Telegram makes of a message: its text and formatting; fails on markup that it refuses."""
    text, entities = tidy(*parse_html(markup))
    assert 1 <= utf16_length(text) <= 4096
    return text, entities


def quotation(markup: str) -> str:
    """The one quotation in a message."""
    text, entities = shown(markup)
    (found,) = [entity for entity in entities if entity.type == "blockquote"]
    in_units = text.encode("utf-16-le")
    return in_units[2 * found.offset : 2 * found.end].decode("utf-16-le")


def one_card(description: str | None, *, mode: str = "alignment", label: str | None = None) -> Screen:
    return card(CardOwner(7, 1, mode), Item(4, 11, None, description), 3, 300, label)


def test_a_card_reads_like_this() -> None:
    screen = one_card("words about rules", label="not-related")
    assert shown(screen.text)[0] == (
        "⚖ alignment · Item 5 / 300\n"
        "Labeled: 3 / 300\n"
        "\n"
        "Is this feature related to AI alignment, safety, or ethical behavior?\n"
        "words about rules\n"
        "Your answer: Not Related"
    )
    assert [[button.text for button in row] for row in screen.rows] == [
        ["✓ Related", "✗ Not Related"],
        ["‹ Back", "Skip"],
    ]
    assert shown(one_card("x").text)[0].endswith("\nx")


def test_a_card_that_shows_an_item_again_looks_like_the_card_in_whose_place_it_comes() -> None:
    owner = CardOwner(7, 1, "alignment")
    again = card(owner, Item(4, 11, None, "words"), 150, 300, None, place=150)
    usual = card(owner, Item(150, 12, None, "words"), 150, 300, None)
    assert again.text == usual.text
    looks = [[[(button.text, button.style) for button in row] for row in one.rows] for one in (again, usual)]
    assert looks[0] == looks[1]


def test_the_question_is_in_the_notebooks_words() -> None:
    assert question("alignment") == "Is this feature related to AI alignment, safety, or ethical behavior?"
    assert question("formatting") == "Is this feature related to text formatting, structure, or presentation?"
    assert question("law") == "Is this feature related to law?"


@given(ANY_TEXT, MODES, st.sampled_from([None, *LABELS]), st.integers(1, 10**6))
@example("<b>x</b> & &amp; <script>", "m" * 24, "related", 10**6)
@example("\U0001f642" * 5000, "m" * 24, "not-related", 1)
@example("&" * 10_000, "m" * 24, None, 300)
@example("<blockquote>" * 900, "formatting", None, 300)
@example("\ud800 half of a pair \udfff", "formatting", None, 300)
def test_any_description_makes_a_card_that_telegram_takes(
    description: str, mode: str, label: str | None, size: int
) -> None:
    screen = card(CardOwner(7, 1, mode), Item(size - 1, None, None, description), size, size, label)
    text, entities = shown(screen.text)
    lines = text.split("\n")
    assert lines[0] == f"⚖ {mode} · Item {size} / {size}"
    assert lines[1] == f"Labeled: {size} / {size}"
    assert lines[3] == question(mode)
    assert sum(entity.type == "blockquote" for entity in entities) == 1
    for character in text:
        assert character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cs")
        assert not ("\u202a" <= character <= "\u202e" or "\u2066" <= character <= "\u2069")
        assert character not in "\u200b\u200e\u200f\u061c"


@given(st.text(string.printable.replace("\x0b", "").replace("\x0c", "").replace("\r", ""), max_size=400))
def test_a_plain_description_stands_in_the_quotation_as_it_is(description: str) -> None:
    if description.strip():
        expected = description.replace("\t", " ").strip()
        assert quotation(quote(description)) == expected
    else:
        assert quotation(quote(description)) == "(empty description)"


def test_awkward_descriptions_show_what_is_in_them() -> None:
    assert quotation(quote('<b>bold</b> & "quotes" &lt;')) == '<b>bold</b> & "quotes" &lt;'
    assert quotation(quote("smiling 🙂 family 👩\u200d👩\u200d👧")) == "smiling 🙂 family 👩\u200d👩\u200d👧"
    assert quotation(quote("שלום עולם")) == "שלום עולם"
    assert quotation(quote("evil\u202etxt.exe")) == "evil‹U+202E›txt.exe"
    assert quotation(quote("a\0b\x1b[31mc\x07")) == "a␀b␛[31mc␇"
    assert quotation(quote("one\r\ntwo\rthree\n  four")) == "one\ntwo\nthree\n  four"
    assert quotation(quote("zero\u200bwidth")) == "zero‹U+200B›width"
    for hidden in ("\u2060", "\u00ad", "\u206a", "\U000e0041"):
        assert quotation(quote(f"a{hidden}b")) == f"a‹U+{ord(hidden):04X}›b"
    assert quotation(quote(None)) == "(no description)"
    for empty in ("", " ", "\n\t \n", "\r\n"):
        assert quotation(quote(empty)) == "(empty description)"


def test_a_description_of_ten_thousand_characters_is_cut_and_says_so() -> None:
    text, _ = shown(one_card("x" * 10_000, mode="m" * 24, label="related").text)
    assert f"({10_000 - DESCRIPTION_UNITS + 1} more characters are not shown.)" in text
    assert quotation(quote("x" * 10_000)) == "x" * (DESCRIPTION_UNITS - 1) + "…"
    text, _ = shown(quote("🙂" * 10_000))
    assert text.count("🙂") + int(text.rpartition("(")[2].split()[0]) == 10_000


@given(ANY_TEXT, st.integers(1, 40))
def test_cutting_keeps_the_beginning_whole_and_the_length(text: str, most: int) -> None:
    short = cut(text, most)
    assert units(short) <= most
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))
    assert (short == text) >= (units(text) <= most)


@given(ANY_TEXT)
def test_making_harmless_twice_changes_nothing_more(text: str) -> None:
    once = harmless(text)
    assert harmless(once) == once


@given(st.lists(MODES, min_size=1, max_size=MOST_MODES, unique=True))
def test_no_two_questions_have_the_same_symbol_and_the_notebooks_keep_theirs(modes: list[str]) -> None:
    symbols = mode_symbols(modes)
    assert len(set(symbols.values())) == len(modes)
    assert {symbols.get("alignment", "⚖"), symbols.get("formatting", "¶")} == {"⚖", "¶"}


def test_the_summary_reads_like_this_and_leads_on() -> None:
    screen = summary(READER, ["related", "not-related", "related"], 2, 754.0, [("formatting", 1)])
    assert shown(screen.text)[0] == (
        "⚖ alignment · all 3 labeled\n"
        "Labeled: 3 / 3\n"
        "\n"
        "Related: 2\n"
        "Not Related: 1\n"
        "Time: 13 min\n"
        "\n"
        "Thank you. /export sends you the file."
    )
    assert [[button.text for button in row] for row in screen.rows] == [
        ["‹ Back"],
        ["Label formatting (1 / 3)"],
    ]
    end = summary(READER, ["related"], 0, 9.0, [("formatting", 1)])
    assert "Thank you, that was everything." in end.text
    assert [button.text for row in end.rows for button in row] == ["‹ Back", "See formatting (1 / 1)"]
    assert "Time" not in summary(READER, ["related"], 0, 0.0, []).text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 s"),
        (48, "48 s"),
        (59.6, "1 min"),
        (750, "12 min"),
        (3599, "1 h 00 min"),
        (3900, "1 h 05 min"),
    ],
)
def test_a_duration_is_read_at_a_glance(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_every_other_screen_fits_into_a_message_at_its_largest() -> None:
    modes = [f"{place:02d}{'m' * 22}" for place in range(MOST_MODES)]
    people = [(f"labeler-{number:02d}", 1_000_000) for number in range(1, 1500)]
    reader = CardOwner(2**52, 999_999_999, modes[0])
    for count in (1, 2, 5, MOST_MODES):
        counted = [(mode, 1_000_000) for mode in modes[:count]]
        screens = [
            group_progress([(mode, people) for mode in modes[:count]], 1_000_000),
            mode_choice(reader, counted, 1_000_000),
            progress(reader, counted, 1_000_000, dict(counted), [120.0] * count, over=False),
            summary(reader, ["related"], 9, 1e6, counted[1:]),
        ]
        for screen in screens:
            shown(screen.text)
            assert sum(len(row) for row in screen.rows) <= 100
    text, _ = shown(group_progress([("alignment", people)], 1_000_000).text)
    assert text.endswith("and 1439 more")


def test_group_progress_says_when_nobody_has_begun() -> None:
    text, _ = shown(group_progress([("alignment", [("labeler-01", 2)]), ("formatting", [])], 4).text)
    assert text == "alignment\nlabeler-01: 2 / 4\nformatting\nnothing yet"


@given(ANY_TEXT)
@example("<b>" * 100)
@example("../../etc/passwd\0")
def test_what_somebody_typed_is_echoed_in_one_harmless_line(text: str) -> None:
    said, entities = tidy(*parse_html(echo(text)))
    assert "\n" not in said
    assert utf16_length(said) <= 60
    assert not [entity for entity in entities if entity.type not in ("bot_command", "mention", "url")]


def test_fixed_texts_are_valid_and_short() -> None:
    from bot.rules.roles import Role

    entries = [command.menu_entry for command in COMMANDS]
    of_labeler, of_admin = private_help(entries, Role.LABELER), private_help(entries, Role.ADMIN)
    for text in (
        welcome(300, repeats=True),
        welcome(300, repeats=False),
        of_labeler,
        of_admin,
        bad_invitation(2**52),
    ):
        shown(text)
    assert "/invite" in of_admin
    assert "/invite" not in of_labeler


@given(st.lists(st.tuples(st.just("labeler-9999999"), st.text(max_size=500)), max_size=8), ANY_TEXT)
@example([("labeler-01", "\U0001f642" * 500)], "&" * 10_000)
@example([("labeler-01", "&" * 500)] * 8, "\U0001f642" * 5000)
@example([("labeler-01", "</i><a href='x'>\u202e" * 20)], "x")
def test_notes_on_a_card_to_decide_are_harmless_and_leave_it_short_enough(
    notes: list[tuple[str, str]], description: str
) -> None:
    said = {f"labeler-{9_999_000 + n}": "not-related" for n in range(25)}
    owner, item = CardOwner(7, 1, "m" * 24), Item(9_999_999, None, None, description)
    screen = adjudication_card(owner, item, said, 10_000_000, "not-related", notes)
    text, entities = shown(screen.text)
    assert utf16_length(text) <= 4096
    if notes and notes[0][1].strip():
        assert f"{notes[0][0]} wrote: " in text, "the first has room"
    assert sum(entity.type == "italic" for entity in entities) <= len(notes) + 1
    assert "text_link" not in {entity.type for entity in entities}
    assert "\u202e" not in text
