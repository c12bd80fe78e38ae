"""A reply to a card is a note on its item, which admins see where they decide."""

from __future__ import annotations

import pytest

from bot.jobs.notes import Reply, keep_note
from bot.views import messages
from tests.support.bench import Bench
from tests.support.labeling_steps import open_card, rows, take_over_labels
from tests.support.phone import Chat
from tests.support.two_labelers import ADMIN, carl_of, group_of

NOTES = "SELECT labeler_id, mode, row_id, text FROM item_notes ORDER BY note_id"


@pytest.fixture
async def you(running: Bench) -> Chat:
    return await running.admin()


async def test_a_reply_to_the_card_is_kept_and_confirmed_in_one_line(running: Bench, you: Chat) -> None:
    card = await open_card(you)
    await you.step("Related")
    told = await you.ask("could be <b>both</b>\nsee & compare", reply_to=card.id)
    assert told.text == "Note kept on item 2. Another reply adds to it."
    await you.ask("on second thought: neither", reply_to=card.id)
    assert rows(running.database, NOTES) == [
        (1, "alignment", 1, "could be <b>both</b>\nsee & compare"),
        (1, "alignment", 1, "on second thought: neither"),
    ]
    assert rows(running.database, "SELECT row_id FROM labels") == [(0,)]
    assert you.message(card.id) is not None
    assert you.message(card.id).has("Skip")  # type: ignore[union-attr] # it is still the live card


async def test_a_note_that_is_too_long_is_cut_and_the_line_says_so(running: Bench, you: Chat) -> None:
    card = await open_card(you)
    assert (
        await you.ask("x" * 500, reply_to=card.id)
    ).text == "Note kept on item 1. Another reply adds to it."
    told = await you.ask("🙂" * 501, reply_to=card.id)
    assert told.text == "Note kept on item 1, cut to its first 500 characters. Another reply adds to it."
    assert [text for _, _, _, text in rows(running.database, NOTES)] == ["x" * 500, "🙂" * 500]


async def test_a_note_that_is_delivered_again_is_kept_once(running: Bench, you: Chat) -> None:
    card = await open_card(you)
    told = (await you.ask("once", reply_to=card.id)).text
    assert running.inside is not None
    buttons = tuple(button.data for row in card.buttons for button in row)
    again = Reply(ADMIN, you.sent_id, "once", buttons)
    assert await keep_note(running.inside.services, again) == told
    assert rows(running.database, NOTES) == [(1, "alignment", 0, "once")]


async def test_a_note_after_a_restart_is_on_the_item_that_the_card_shows(bench: Bench) -> None:
    async with bench.running():
        you = await bench.admin()
        card = await open_card(you)
        await you.step("Skip")
    async with bench.running():
        assert (
            await you.ask("late", reply_to=card.id)
        ).text == "Note kept on item 2. Another reply adds to it."
        assert rows(bench.database, NOTES) == [(1, "alignment", 1, "late")]


async def test_a_reply_to_anything_else_of_ours_says_where_notes_go(running: Bench, you: Chat) -> None:
    old = await open_card(you)
    welcome = you.from_bot[0]
    await open_card(you)
    await running.rest()
    progress = await you.ask("/progress")
    for other in (old, welcome, progress):
        assert (await you.ask("what is this?", reply_to=other.id)).text == messages.NO_ITEM_THERE
    own = await you.send("just a line")
    assert (await you.reply()).text == messages.TAP_OR_LABEL
    assert (await you.ask("and another", reply_to=own.id)).text == messages.TAP_OR_LABEL
    assert (await you.ask("/nonsense", reply_to=you.card.id)).text == messages.NO_COMMAND
    assert rows(running.database, NOTES) == []


async def test_who_has_no_access_any_more_or_was_forgotten_leaves_no_note(lab: Bench) -> None:
    carl, ada = await carl_of(lab), await lab.admin()
    await carl.send("/label formatting")
    card = await carl.wait_text("Item 1 / 12")
    await ada.ask("/revoke labeler-02")
    await ada.step("Yes, end it")
    assert (await carl.ask("still here", reply_to=card.id)).text == messages.stranger(carl.id)
    assert rows(lab.database, NOTES) == []


async def test_notes_are_shown_by_pseudonym_where_items_are_decided_and_nowhere_else(bench: Bench) -> None:
    bench.settings_more["OPEN_ACCESS"] = "true"
    everything = dict.fromkeys(range(12), "related")
    await take_over_labels(bench, ADMIN, "alignment", everything)
    async with bench.running():
        ada, carl = await bench.admin(), await carl_of(bench)
        card = await open_card(carl)
        await carl.ask("<i>first</i> &\n@nobody", reply_to=card.id)
        while carl.card.has("Skip"):
            await carl.step("Not Related")
        shown = await ada.ask("/adjudicate")
        assert shown.text.endswith("labeler-02: Not Related\nlabeler-02 wrote: <i>first</i> & @nobody")
        group = await group_of(bench)
        texts = [(await group.ask(f"/{name}")).text for name in ("progress", "guide")]
        texts += [(await ada.ask(f"/{name}")).text for name in ("progress", "privacy", "label")]
        assert not [text for text in texts if "nobody" in text]
        told = (await carl.ask("/privacy")).text
        assert "• 1 note that you wrote as a reply to a card; who decides disputed items sees them" in told
        await carl.ask("/forget")
        await carl.step("Yes, delete")
        await carl.step("Yes, for good")
        assert rows(bench.database, NOTES) == []
