"""The data of buttons: what a card carries is read back, and nothing else is."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.records import ClassificationFile, Item
from bot.handlers.adjudication import adjudication_screen
from bot.handlers.reports import buttons as report_buttons
from bot.handlers.review import review_screen
from bot.rules.callback_data import CardButton, decode, encode, sign, verify
from bot.views.card import CardOwner, Screen, card, mode_choice, summary
from tests.support.steps import quick

MODES = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=24)
BUTTONS = st.builds(
    CardButton,
    st.sampled_from("rnbsom"),
    st.integers(1, 999_999_999),
    MODES,
    st.integers(0, 9_999_999),
)
READERS = st.integers(1, 2**52)


@quick
@given(BUTTONS, READERS)
def test_a_button_is_read_back_by_its_reader(button: CardButton, reader: int) -> None:
    data = encode(button, reader)
    assert 1 <= len(data.encode()) <= 64
    assert data.isascii()
    assert decode(data, reader) == button


@quick
@given(BUTTONS, READERS, READERS)
def test_nobody_elses_button_means_anything(button: CardButton, reader: int, other: int) -> None:
    if reader != other:
        assert decode(encode(button, reader), other) is None


@quick
@given(BUTTONS, READERS, st.data())
def test_cut_doubled_or_changed_data_means_nothing(
    button: CardButton, reader: int, data: st.DataObject
) -> None:
    true = encode(button, reader)
    place = data.draw(st.integers(0, len(true) - 1))
    other = data.draw(st.characters().filter(lambda c: c != true[place]))
    for forged in (true[:place], true[place + 1 :], true + true, true + other, other + true):
        assert decode(forged, reader) is None
    assert decode(true[:place] + other + true[place + 1 :], reader) is None


@quick
@given(st.text(max_size=80), READERS)
def test_any_text_is_read_without_an_error(text: str, reader: int) -> None:
    found = decode(text, reader)
    assert found is None or encode(found, reader) == text


@pytest.mark.parametrize(
    "text", ["", ".", "..", "\0", "r1.alignment.0", "r1.alignment.0.", "r01.a.0", "💥" * 20]
)
def test_junk_means_nothing(text: str) -> None:
    assert decode(text, 7) is None


def test_what_has_a_true_check_but_no_cards_form_means_nothing() -> None:
    for body in ("r0.alignment.1", "r1.alignment.01", "R1.alignment.1", "r1.align ment.1", "r1.alignment.-1"):
        assert decode(sign(body, 7), 7) is None
        assert verify(sign(body, 7), 7) == body


def data_of(screen: Screen) -> list[str]:
    return [button.data for row in screen.rows for button in row]


def test_the_longest_data_of_any_screen_fits_into_64_bytes() -> None:
    mode, user, sample = "m" * 24, 2**52, 999_999_999
    item = Item(9_999_999, None, None, "x")
    reader = CardOwner(user, sample, mode)
    file = ClassificationFile(None, mode, "a" * 300, "a" * 300)  # type: ignore[arg-type]
    screens = [
        card(reader, item, 0, 10_000_000, None),
        summary(reader, ["related"], 9_999_999, 1.0, ["n" * 24]),
        mode_choice(reader, [(mode, 0)], 10_000_000),
        review_screen(user, sample, file, item, "related", 3),
        adjudication_screen(user, sample, mode, item, {"labeler-01": "related"}, 3),
        Screen("", report_buttons(file, [file])),
    ]
    found = [data for screen in screens for data in data_of(screen)]
    assert len(found) == 14
    assert max(len(data.encode()) for data in found) == 64
    assert len(set(found)) == 14
