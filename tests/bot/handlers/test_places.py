"""Where a session goes on: after a pause, in another mode, after a restart, with a larger sample."""

from __future__ import annotations

import json

import pytest

from bot.views import messages
from storage.errors import SampleRefused
from tests.support.bench import Bench
from tests.support.labeling_steps import item, label_all, open_card, present_labels
from tests.support.phone import Chat


@pytest.fixture
async def you(running: Bench) -> Chat:
    return await running.admin()


async def test_label_resumes_after_the_highest_labeled_item(running: Bench, you: Chat) -> None:
    await label_all(you, ["related"])
    await you.step("Skip")
    await you.step("Related")
    assert item(await open_card(you)) == 4
    for _ in range(9):
        await you.step("Related")
    assert item(await open_card(you)) == 2


async def test_two_modes_keep_their_own_answers_and_places(running: Bench, you: Chat) -> None:
    await label_all(you, ["related"] * 3)
    choice = await you.ask("/mode")
    assert "alignment (now): 3 / 12" in choice.text
    assert "formatting: 0 / 12" in choice.text
    assert choice.rows == [["alignment"], ["formatting"]]
    answer = await you.tap("formatting", on=choice)
    assert answer.text == "formatting"
    card = await you.wait_text("formatting · Item 1 / 12")
    assert card.id == choice.id
    assert "Is this feature related to text formatting, structure, or presentation?" in card.text
    assert item(await you.step("Not Related")) == 2
    assert item(await open_card(you)) == 2
    assert you.card.text.startswith("¶ formatting")
    await you.ask("/mode")
    assert item(await you.step("alignment")) == 4
    assert present_labels(running.database, "alignment") == {0: "related", 1: "related", 2: "related"}
    assert present_labels(running.database, "formatting") == {0: "not-related"}


async def test_a_tap_on_an_old_card_of_another_mode_answers_that_modes_question(
    running: Bench, you: Chat
) -> None:
    old = await open_card(you)
    await you.ask("/mode")
    await you.step("formatting")
    await you.tap("Related", on=old)
    card = await you.wait_text("alignment · Item 2 / 12")
    assert card.id == old.id
    assert present_labels(running.database, "alignment") == {0: "related"}
    assert present_labels(running.database, "formatting") == {}


async def test_a_card_of_a_mode_that_is_not_asked_any_more_is_out_of_date(bench: Bench) -> None:
    async with bench.running(LABEL_MODES="law,formatting"):
        you = await bench.admin()
        card = await open_card(you)
        await you.step("Related")
    async with bench.running(LABEL_MODES="alignment,formatting"):
        answer = await you.tap("Not Related", on=card)
        assert answer.text == messages.STALE_BUTTON
        assert (await open_card(you)).text.startswith("⚖ alignment · Item 1 / 12")
        assert present_labels(bench.database, "law") == {0: "related"}
        assert present_labels(bench.database, "alignment") == {}


async def test_a_card_of_another_base_file_is_out_of_date(bench: Bench) -> None:
    async with bench.running():
        you = await bench.admin()
        card = await open_card(you)
    other = bench.folder / "other.json"
    other.write_text(json.dumps(json.loads(bench.base.read_text())[::-1]))
    async with bench.running(BASE_SAE_PATH=str(other)):
        assert (await you.tap("Related", on=card)).text == messages.STALE_BUTTON
        await bench.rest()
        assert present_labels(bench.database, "alignment") == {}
        assert item(await open_card(you)) == 1


async def test_a_card_goes_on_when_the_base_file_was_renamed(bench: Bench) -> None:
    async with bench.running():
        you = await bench.admin()
        card = await open_card(you)
    renamed = bench.folder / "renamed.json"
    renamed.write_bytes(bench.base.read_bytes())
    async with bench.running(BASE_SAE_PATH=str(renamed)):
        assert (await you.tap("Related", on=card)).text == "Saved: Related"
        await bench.rest()
        assert present_labels(bench.database, "alignment") == {0: "related"}


async def test_stopped_and_started_again_the_card_and_the_place_are_where_they_were(bench: Bench) -> None:
    you = await bench.admin()
    async with bench.running():
        await label_all(you, ["related"] * 5)
        card = you.card
    async with bench.running():
        assert (await you.tap("Not Related", on=card)).text == "Saved: Not Related"
        await you.wait_text("Item 7 / 12")
        fresh = await open_card(you)
        assert item(fresh) == 7
        await bench.rest()
        assert [message.id for message in you.from_bot if message.buttons] == [fresh.id]
        assert "Welcome" not in "".join(message.text for message in you.from_bot[1:])
    assert present_labels(bench.database, "alignment") == {
        0: "related",
        1: "related",
        2: "related",
        3: "related",
    } | {
        4: "related",
        5: "not-related",
    }


async def test_a_tap_made_while_the_bot_was_down_is_not_lost(bench: Bench) -> None:
    you = await bench.admin()
    async with bench.running():
        card = await open_card(you)
    tap = await you.press(card.button("Related").data, card)
    async with bench.running():
        assert (await you.answer(tap)).text == "Saved: Related"
        assert item(await you.wait_text("Item 2 / 12")) == 2


async def test_a_larger_sample_size_keeps_every_answer_and_goes_on(bench: Bench) -> None:
    you = await bench.admin()
    async with bench.running():
        await label_all(you, ["related"] * 12)
    async with bench.running(SAMPLE_SIZE="20"):
        card = await open_card(you)
        assert item(card) == 13
        assert "Labeled: 12 / 20" in card.text


async def test_a_base_file_that_changed_is_refused_unless_the_drawn_items_are_the_same(bench: Bench) -> None:
    you = await bench.admin()
    async with bench.running():
        await label_all(you, ["related"])
    whole = bench.base.read_text(encoding="utf-8")
    bench.base.write_text(f" {whole}\n", encoding="utf-8")
    async with bench.running():
        assert item(await open_card(you)) == 2
    records = json.loads(whole)
    for record in records:
        record["description"] += "!"
    bench.base.write_text(json.dumps(records), encoding="utf-8")
    with pytest.raises(SampleRefused, match="has changed: item 1 of the frozen sample is another one now"):
        await bench.running().__aenter__()
    bench.base.write_text(whole, encoding="utf-8")
    for wrong, said in (
        ({"SAMPLE_SIZE": "11"}, "a sample only grows"),
        ({"SAMPLE_SEED": "1"}, "was drawn with 42"),
    ):
        with pytest.raises(SampleRefused, match=said):
            await bench.running(**wrong).__aenter__()
