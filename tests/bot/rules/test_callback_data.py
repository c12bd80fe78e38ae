"""The data of buttons: what a card carries is read back, and nothing else is."""

from __future__ import annotations

import datetime as dtm
import string
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.records import ClassificationFile, Item
from bot.rules.callback_data import CARD, FIELDS, KINDS, CallbackData, Kind, decode, encode, sign, verify
from bot.rules.reminding import EVERY_DAY, Times
from bot.rules.zones import ZONES
from bot.views.card import CardOwner, card, mode_choice, summary
from bot.views.members import revoke_question
from bot.views.model_buttons import (
    below_comparison,
    below_mode_report,
    below_more,
    below_report,
    second_model_choice,
)
from bot.views.reminder import OFFERED_MINUTES, Standing, offer, zone_question
from bot.views.screen import Screen
from bot.views.second_look import adjudication_card, review_card

MODES = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=24)
VALUES = {
    "sample_id": st.integers(1, 999_999_999),
    "mode": MODES,
    "file_key": st.text("0123456789abcdef", min_size=10, max_size=10),
    "other_key": st.text("0123456789abcdef", min_size=10, max_size=10),
    "row": st.integers(0, 9_999_999),
    "place": st.integers(0, 9_999_999),
    "number": st.integers(2, 1_000),
}


def buttons_of(kind: Kind) -> st.SearchStrategy[CallbackData]:
    fields = {name: VALUES[name] for name in kind.fields}
    return st.builds(CallbackData, st.just(kind), st.sampled_from(sorted(kind.actions)), **fields)  # type: ignore[arg-type]


BUTTONS = st.sampled_from(KINDS).flatmap(buttons_of)
PERSONAL = BUTTONS.filter(lambda button: button.kind.personal)
READERS = st.integers(1, 2**52)


@given(BUTTONS, READERS)
def test_a_button_is_read_back_by_its_reader(button: CallbackData, reader: int) -> None:
    data = encode(button, reader)
    assert 1 <= len(data.encode()) <= 64
    assert data.isascii()
    assert decode(data, reader) == button


@given(PERSONAL, READERS, READERS)
def test_nobody_elses_button_means_anything(button: CallbackData, reader: int, other: int) -> None:
    if reader != other:
        assert decode(encode(button, reader), other) is None


@given(PERSONAL, READERS, st.data())
def test_cut_doubled_or_changed_data_means_nothing(
    button: CallbackData, reader: int, data: st.DataObject
) -> None:
    true = encode(button, reader)
    place = data.draw(st.integers(0, len(true) - 1))
    other = data.draw(st.characters().filter(lambda c: c != true[place]))
    for forged in (true[:place], true[place + 1 :], true + true, true + other, other + true):
        assert decode(forged, reader) is None
    assert decode(true[:place] + other + true[place + 1 :], reader) is None


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


@pytest.mark.parametrize("number", ["0", "1", "02", "1001", "9999", "-5"])
def test_no_focus_set_of_a_size_that_nobody_can_ask_for_is_begun_by_forged_data(number: str) -> None:
    assert decode(sign(f"gb.alignment.0123456789.{number}", 7), 7) is None
    assert decode(sign("gb.alignment.0123456789.1000", 7), 7) is not None


def test_no_two_kinds_of_buttons_share_a_first_letter() -> None:
    prefixes = [kind.prefix for kind in KINDS if kind.prefix]
    assert len(prefixes) == len(set(prefixes)) == len(KINDS) - 1
    assert not set(CARD.actions.values()) & set(prefixes)
    assert set(VALUES) == set(FIELDS)


def reminded(user: int) -> Standing:
    usual, now = ZoneInfo("UTC"), dtm.datetime(2026, 11, 24, tzinfo=dtm.UTC)
    return Standing(user, Times(510, EVERY_DAY, usual), None, usual, now, now, all_done=False)


def data_of(screen: Screen) -> list[str]:
    return [button.data for row in screen.rows for button in row]


def test_the_longest_data_of_any_screen_fits_into_64_bytes() -> None:
    mode, user, sample = "m" * 24, 2**52, 999_999_999
    item = Item(9_999_999, None, None, "x")
    reader = CardOwner(user, sample, mode)
    file = ClassificationFile(None, mode, "a" * 300, "a" * 300)  # type: ignore[arg-type]
    screens = [
        card(reader, item, 0, 10_000_000, None),
        card(reader, item, 0, 10_000_000, None, place=9_999_998),
        summary(reader, ["related"], 9_999_999, 1.0, [("n" * 24, 0)]),
        mode_choice(reader, [(mode, 0)], 10_000_000),
        review_card(reader, file, item, "related", "not-related", 3),
        adjudication_card(reader, item, {"labeler-01": "related"}, 3),
        *(Screen("", below_report(file, [file], gone)) for gone in ((), ("more",), ("files",))),
        Screen("", below_more(file, 3)),
        second_model_choice(file, [file]),
        Screen("", below_comparison(file, file)),
        *(Screen("", below_mode_report(about, mode)) for about in ("models", "agreement")),
        revoke_question(user, 9_999_999, "labeler-9999999"),
        offer(user),
        *(zone_question(reminded(user), page) for page in (0, 1)),
    ]
    found = [data for screen in screens for data in data_of(screen)]
    assert len(found) == 32 + len(OFFERED_MINUTES) + len(ZONES) + 3
    assert max(len(data.encode()) for data in found) == 64
    assert len(set(found)) == len(found) - 2  # what stays below a report when one of its buttons is gone
