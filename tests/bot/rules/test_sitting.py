"""Sittings: when one ends, what the pace in it is, and when the notice says how it stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.sitting import Sitting, after_answer, is_due
from bot.views.messages import how_it_stands
from tests.support.bench import Bench, Clock
from tests.support.labeling_steps import open_card

GAPS = st.lists(st.floats(0.5, 2_000), min_size=1, max_size=30)


@given(GAPS)
def test_a_sitting_goes_on_until_ten_minutes_pass_without_an_answer(gaps: list[float]) -> None:
    sitting, now, expected = None, 0.0, 0
    for gap in gaps:
        before, now = now, now + gap
        sitting = after_answer(sitting, before, now)
        expected = 1 if expected == 0 or now - before > 600 else expected + 1
        assert (sitting.answers, sitting.last_at) == (expected, now)


def test_exactly_ten_minutes_are_still_one_sitting() -> None:
    begun = Sitting(4, 4, 40.0, 1_000.0)
    assert after_answer(begun, 1_590.0, 1_600.0) == Sitting(5, 5, 50.0, 1_600.0)
    assert after_answer(begun, 1_590.5, 1_600.5) == Sitting(1, 1, 10.0, 1_600.5)


def test_the_pace_leaves_aside_cards_that_were_left_lying_and_clocks_set_back() -> None:
    sitting = after_answer(after_answer(None, 0.0, 10.0), 10.0, 500.0)
    assert (sitting.answers, sitting.pace) == (2, 10)
    assert after_answer(sitting, 500.0, 620.0).pace == (10 + 120) / 2
    assert after_answer(None, 0.0, 7_200.0).pace is None
    assert after_answer(None, 50.0, 40.0).pace is None
    assert after_answer(None, None, 40.0).pace is None
    assert Sitting(0, 0, 0.0, 0.0).pace is None


@given(st.integers(1, 100), st.integers(0, 30))
def test_the_notice_is_due_at_each_so_many_answers_and_never_with_0(answers: int, every: int) -> None:
    due = is_due(Sitting(answers, 0, 0.0, 1.0), every)
    assert due == (every != 0 and answers in range(every, 101, every or 1))


def test_the_notice_says_the_time_left_only_when_the_pace_is_known() -> None:
    assert how_it_stands(20, 180, 900.0) == "20 done · 180 left · about 15 min"
    assert how_it_stands(20, 180, None) == "20 done · 180 left"


@pytest.mark.parametrize("base_records", [60])
async def test_every_20th_new_answer_of_a_sitting_is_answered_with_how_it_stands(
    bench: Bench, clock: Clock
) -> None:
    async with bench.running(SESSION_ITEMS="20", SAMPLE_SIZE="50"):
        you = await bench.admin()
        await open_card(you)
        said = []
        for place in range(48):
            if place == 3:
                await you.step("Back")
                said.append((await you.tap("Not Related")).text)  # a correction is no item more
                await you.wait_text("Item 4 / 50")
            if place == 24:
                clock.forward(seconds=601)  # a new sitting, which begins with a card left lying
            clock.forward(seconds=10)
            card = you.card
            said.append((await you.tap("Related")).text)
            await you.wait_for(lambda m, card=card: m.id == card.id and m.text != card.text)
    assert said.pop(3) == "Changed to Not Related"
    told = {number: text for number, text in enumerate(said, 1) if text != "Saved: Related"}
    assert told == {20: "20 done · 30 left · about 5 min", 44: "20 done · 6 left · about 1 min"}
