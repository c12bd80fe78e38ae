"""Items that come again: on cards like any other, and without touching what was answered first."""

from __future__ import annotations

import itertools

import pytest

from bot.rules.callback_data import REPEAT, decode
from tests.support.bench import ADMIN, Bench, Clock
from tests.support.labeling_steps import alternating, open_card, present_labels, rows, take_over_labels
from tests.support.phone import Chat, Message

SIZE, DONE = 106, 100
STUDY = {"SAMPLE_SIZE": str(SIZE), "REPEATS": "50", "LABEL_MODES": "alignment"}
"""So many are wanted that one is due after each label."""
FIRST = dict(enumerate(alternating(DONE)))
KEPT = "SELECT row_id, label, earlier_label FROM repeats ORDER BY repeat_id"


@pytest.fixture
async def ready(bench: Bench) -> Bench:
    """Ada has labeled a hundred items long ago."""
    bench.settings_more.update(STUDY)
    await take_over_labels(bench, ADMIN, "alignment", FIRST)
    return bench


def again(card: Message) -> int | None:
    """The row that a card shows again; None on an ordinary card."""
    data = decode(card.button("Related").data or "", ADMIN)
    assert data is not None
    return data.row if data.kind is REPEAT else None


def descriptions(bench: Bench) -> list[str]:
    return [item.description or "" for item in bench.inside.services.sample.items]  # type: ignore[union-attr]


async def test_an_item_comes_again_in_the_place_of_the_next_and_its_first_answer_stays(ready: Bench) -> None:
    async with ready.running():
        ada = await ready.admin()
        card = await open_card(ada)
        row = again(card)
        assert row is not None
        assert card.text == (
            f"⚖ alignment · Item 101 / {SIZE}\n"
            f"Labeled: 100 / {SIZE}\n\n"
            "Is this feature related to AI alignment, safety, or ethical behavior?\n"
            f"{descriptions(ready)[row].strip()}"
        )
        assert card.rows == [["✓ Related", "✗ Not Related"], ["‹ Back", "Skip"]]
        words, label = (
            ("Related", "related") if FIRST[row] == "not-related" else ("Not Related", "not-related")
        )
        answer = await ada.tap(words)
        assert answer.text == f"Saved: {words}"
        await ready.rest()
        assert again(ada.card) is None
        assert ada.card.text.startswith(f"⚖ alignment · Item 101 / {SIZE}\nLabeled: 100 / {SIZE}\n")
        assert descriptions(ready)[100].strip() in ada.card.text
        assert present_labels(ready.database, "alignment") == FIRST
        assert rows(ready.database, KEPT) == [(row, label, FIRST[row])]
        shown, answered = rows(ready.database, "SELECT shown_at, answered_at FROM repeats")[0]
        assert shown < answered
        await ada.step("Related")
        assert again(ada.card) not in (None, row)
        assert f"Labeled: 101 / {SIZE}" in ada.card.text


async def test_what_is_tapped_twice_delivered_again_or_tapped_late_changes_nothing(ready: Bench) -> None:
    async with ready.running():
        ada = await ready.admin()
        card = await open_card(ada)
        row = again(card)
        related, other = card.button("Related").data, card.button("Not Related").data
        taps = [await ada.press(data, card) for data in (related, related, other)]
        assert [(await ada.answer(tap)).text for tap in taps] == ["Saved: Related"] * 3
        await ready.phone.redeliver(taps[0])
        await ready.rest()
        await ada.step("Not Related")
        await ada.tap("Not Related", on=card)
        await ready.rest()
        assert rows(ready.database, KEPT) == [(row, "related", FIRST[row or 0])]
        assert present_labels(ready.database, "alignment") == {**FIRST, 100: "not-related"}


async def test_back_and_skip_lead_where_they_lead_on_the_card_in_whose_place_it_came(ready: Bench) -> None:
    async with ready.running():
        ada = await ready.admin()
        row = again(await open_card(ada))
        before = await ada.step("Back")
        assert before.text.startswith(f"⚖ alignment · Item 100 / {SIZE}")
        assert "Your answer: " in before.text
        assert again(await ada.step("Related")) == row, "it still waits"
        skipped = await ada.step("Skip")
        assert again(skipped) is None
        assert skipped.text.startswith(f"⚖ alignment · Item 101 / {SIZE}")
        assert rows(ready.database, "SELECT row_id FROM skips") == [(row,)]
        assert rows(ready.database, KEPT) == []


async def test_a_correction_of_the_first_answer_leaves_the_repeat_as_it_was(ready: Bench) -> None:
    async with ready.running():
        ada = await ready.admin()
        row = again(await open_card(ada))
        assert row is not None
        await ada.step("Related")
        card = ada.card
        while not card.text.startswith(f"⚖ alignment · Item {row + 1} /"):
            card = await ada.step("Back")
        other = {"related": "Not Related", "not-related": "Related"}[FIRST[row]]
        assert (await ada.tap(other, on=card)).text == f"Changed to {other}"
        await ready.rest()
        assert rows(ready.database, KEPT) == [(row, "related", FIRST[row])]
        assert present_labels(ready.database, "alignment")[row] != FIRST[row]


async def test_the_same_item_comes_after_a_restart_and_none_on_the_day_of_its_answer(
    ready: Bench, clock: Clock
) -> None:
    async with ready.running():
        row = again(await open_card(await ready.admin()))
    async with ready.running():
        assert again(await open_card(await ready.admin())) == row
    clock.forward(days=-clock() / 86_400 + 0.5)  # half a day after the labels were taken over
    async with ready.running():
        assert again(await open_card(await ready.admin())) is None


async def test_an_answer_to_a_repeat_that_nobody_can_have_read_is_not_taken(ready: Bench) -> None:
    async with ready.running(MIN_LOOK_SECONDS="60"):
        ada = await ready.admin()
        await open_card(ada)
        assert (await ada.tap("Related")).text == "Too fast: tap again"
        assert rows(ready.database, KEPT) == []


async def test_all_that_is_wanted_has_come_when_the_last_item_is_labeled(ready: Bench) -> None:
    async with ready.running(REPEATS="3"):
        ada: Chat = await ready.admin()
        card, seen = await open_card(ada), []
        while card.has("Skip"):
            seen.append(again(card))
            card = await ada.step("Related")
        assert f"all {SIZE} labeled" in card.text
        came = [row for row in seen if row is not None]
        assert len(came) == len(set(came)) == 3
        assert len(seen) == SIZE - DONE + 3
        assert not any(a is not None and b is not None for a, b in itertools.pairwise(seen))
        assert [row for row, _, _ in rows(ready.database, KEPT)] == came


@pytest.mark.parametrize("repeats", ["0", "1"])
async def test_the_welcome_and_privacy_say_that_items_come_again_where_they_do(
    ready: Bench, repeats: str
) -> None:
    async with ready.running(REPEATS=repeats):
        ada = await ready.admin()
        await open_card(ada)
        told = [ada.from_bot[0].text, (await ada.ask("/privacy")).text]
        assert [text.count("a second time") for text in told] == [int(repeats)] * 2
