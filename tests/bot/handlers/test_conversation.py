"""One person and one card: what taps do, through the playground."""

from __future__ import annotations

import asyncio
import datetime as dtm
import json

import pytest

from bot.views import messages
from tests.support.bench import Bench, Clock
from tests.support.labeling_steps import item, label_all, open_card, present_labels, rows
from tests.support.phone import Chat


@pytest.fixture
async def you(running: Bench) -> Chat:
    return await running.admin()


async def test_one_tap_saves_and_brings_the_next_item_in_the_same_message(running: Bench, you: Chat) -> None:
    card = await open_card(you)
    assert item(card) == 1
    assert card.rows == [["✓ Related", "✗ Not Related"], ["‹ Back", "Skip"]]
    answer = await you.tap("Related")
    assert (answer.text, answer.alert) == ("Saved: Related", False)
    after = await you.wait_text("Item 2 / 12")
    assert after.id == card.id
    assert "Labeled: 1 / 12" in after.text
    assert present_labels(running.database, "alignment") == {0: "related"}


async def test_the_label_is_in_the_database_before_the_tap_is_answered(running: Bench, you: Chat) -> None:
    card = await open_card(you)
    await running.phone.fault("delay", method="editMessageText", seconds=0.3)
    await you.tap("Not Related", on=card)
    assert present_labels(running.database, "alignment") == {0: "not-related"}
    await you.wait_text("Item 2 / 12")


async def test_the_card_shows_these_things_in_this_order_and_nothing_else(running: Bench, you: Chat) -> None:
    card = await open_card(you)
    sample = running.inside.services.sample if running.inside else None
    assert sample is not None
    description = sample.items[0].description
    assert card.text == (
        "⚖ alignment · Item 1 / 12\n"
        "Labeled: 0 / 12\n"
        "\n"
        "Is this feature related to AI alignment, safety, or ethical behavior?\n"
        f"{(description or '').strip()}"
    )
    kinds = [entity["type"] for entity in card.entities]
    assert kinds == ["bold", "bold", "blockquote"]
    assert card.entities[-1]["offset"] == card.text.index("behavior?") + len("behavior?\n")


async def test_the_welcome_comes_once_without_buttons_before_the_first_card(
    running: Bench, you: Chat
) -> None:
    await you.send("/start")
    await you.wait_text("Item 1 / 12")
    welcome, card = you.from_bot
    assert card.has("Related")
    assert not welcome.buttons
    for said in ("Related", "12 in all", "/guide", "/privacy", "Telegram id", "Your name is never stored"):
        assert said in welcome.text
    await you.send("/start")
    await you.wait_for(lambda m: m.by_bot and m.id > you.sent_id)
    await running.phone.settle()
    assert len(you.from_bot) == 3
    assert sum("Welcome" in message.text for message in you.from_bot) == 1


async def test_a_double_tap_labels_one_item(running: Bench, you: Chat) -> None:
    card = await open_card(you)
    data = card.button("Related").data
    taps = [await you.press(data, card), await you.press(data, card)]
    assert [(await you.answer(tap)).text for tap in taps] == ["Saved: Related"] * 2
    await running.phone.settle()
    assert present_labels(running.database, "alignment") == {0: "related"}
    assert item(you.card) == 2
    assert "Labeled: 1 / 12" in you.card.text


async def test_twenty_fast_taps_on_one_button_label_one_item_and_are_all_answered(
    running: Bench, you: Chat
) -> None:
    card = await open_card(you)
    data = card.button("Not Related").data
    taps = [await you.press(data, card) for _ in range(20)]
    answers = await asyncio.gather(*(you.answer(tap) for tap in taps))
    assert {answer.text for answer in answers} == {"Saved: Not Related"}
    await running.phone.settle()
    assert present_labels(running.database, "alignment") == {0: "not-related"}
    assert item(you.card) == 2
    assert len(you.from_bot) == 2


async def test_a_redelivered_tap_changes_nothing_even_after_a_correction(running: Bench, you: Chat) -> None:
    card = await open_card(you)
    first = await you.tap("Related")
    await you.wait_text("Item 2 / 12")
    await you.tap("Not Related", on=card)
    await running.phone.redeliver(first.callback_id)
    await running.phone.settle()
    assert present_labels(running.database, "alignment") == {0: "not-related"}
    history = rows(running.database, "SELECT row_id, label FROM answers ORDER BY answer_id")
    assert history == [(0, "related"), (0, "not-related")]


async def test_a_tap_on_an_old_card_labels_the_item_that_the_card_shows(running: Bench, you: Chat) -> None:
    old = await open_card(you)
    await label_all(you, ["related", "related", "related"])
    new = you.card
    assert item(new) == 4
    assert (await you.tap("Not Related", on=old)).text == "Changed to Not Related"
    await running.phone.settle()
    assert present_labels(running.database, "alignment") == {0: "not-related", 1: "related", 2: "related"}
    with_buttons = [message for message in you.from_bot if message.buttons]
    assert [message.id for message in with_buttons] == [old.id]
    assert item(with_buttons[0]) == 4


async def test_the_old_card_becomes_one_line_when_a_fresh_one_comes(
    running: Bench, you: Chat, clock: Clock
) -> None:
    old = await open_card(you)
    for words in ("Related", "Related", "Back", "Not Related"):
        await you.step(words)
    day = f"{dtm.datetime.fromtimestamp(clock(), dtm.UTC):%a %-d %b}"
    untouched, fresh = await open_card(you), await open_card(you)
    await running.phone.until(
        lambda: [message.id for message in you.from_bot if message.buttons] == [fresh.id], "one card", 10, you
    )
    lines = [message.text for message in you.messages if message.id in (old.id, untouched.id)]
    assert lines == [f"{day}: 2 labeled", "Continued below."]


async def test_two_phones_with_the_same_card_agree(running: Bench, you: Chat) -> None:
    card = await open_card(you)
    one = await you.press(card.button("Related").data, card)
    two = await you.press(card.button("Not Related").data, card)
    assert (await you.answer(one)).text == "Saved: Related"
    assert (await you.answer(two)).text == "Changed to Not Related"
    await running.phone.settle()
    assert present_labels(running.database, "alignment") == {0: "not-related"}
    assert item(you.card) == 2


async def test_back_on_the_first_item_is_a_short_notice_and_the_card_stays(running: Bench, you: Chat) -> None:
    card = await open_card(you)
    assert (await you.tap("Back")).text == "This is the first item."
    await running.phone.settle()
    assert you.message(card.id) == card
    assert present_labels(running.database, "alignment") == {}


async def test_back_shows_the_answer_and_a_new_one_replaces_it_in_the_history(
    running: Bench, you: Chat
) -> None:
    await label_all(you, ["related", "related"])
    card = await you.step("Back")
    assert item(card) == 2
    assert card.text.endswith("Your answer: Related")
    card = await you.step("Not Related")
    assert item(card) == 3
    assert present_labels(running.database, "alignment") == {0: "related", 1: "not-related"}
    assert rows(running.database, "SELECT row_id, label FROM answers ORDER BY answer_id") == [
        (0, "related"),
        (1, "related"),
        (1, "not-related"),
    ]
    card = await you.step("Back")
    assert card.text.endswith("Your answer: Not Related")
    card = await you.step("Back")
    assert (item(card), card.text.endswith("Your answer: Related")) == (1, True)
    assert item(await you.step("Skip")) == 3


async def test_skip_leaves_the_item_and_it_comes_again_at_the_end(running: Bench, you: Chat) -> None:
    await label_all(you, ["related"] * 3)
    assert (await you.tap("Skip")).text == "Skipped"
    await you.wait_text("Item 5 / 12")
    for _ in range(7):
        await you.step("Related")
    assert item(await you.step("Skip")) == 4
    assert item(await you.step("Skip")) == 12
    assert item(await you.step("Related")) == 4
    before = you.card
    assert (await you.tap("Skip")).text == "This is the only item left."
    await running.phone.settle()
    assert you.card == before
    assert "all 12 labeled" in (await you.step("Not Related")).text


async def test_the_summary_counts_leads_back_and_leads_on(running: Bench, you: Chat, clock: Clock) -> None:
    card = await open_card(you)
    for place in range(12):
        clock.forward(seconds=10)
        await you.step("Not Related" if place % 3 else "Related")
    summary = you.message(card.id)
    assert summary is not None
    assert "all 12 labeled" in summary.text
    assert "Related: 4\nNot Related: 8\nTime: 2 min\n" in summary.text
    assert "/export" in summary.text
    assert summary.rows == [["‹ Back"], ["Label formatting (0 / 12)"]]
    mended = await you.step("Back")
    assert item(mended) == 12
    assert mended.text.endswith("Your answer: Not Related")
    assert "Related: 5\nNot Related: 7\n" in (await you.step("Related")).text
    assert present_labels(running.database, "alignment")[11] == "related"
    card = await you.step("Label formatting (0 / 12)")
    assert card.text.startswith("¶ formatting · Item 1 / 12")
    assert "Labeled: 0 / 12" in card.text


async def test_back_from_the_summary_shows_what_was_answered_last(running: Bench, you: Chat) -> None:
    await label_all(you, ["related"] * 4)
    await you.step("Skip")
    for _ in range(7):
        await you.step("Related")
    await you.step("Not Related")
    card = await you.step("Back")
    assert item(card) == 5
    assert card.text.endswith("Your answer: Not Related")


async def test_label_shows_the_summary_when_everything_is_labeled(running: Bench, you: Chat) -> None:
    await label_all(you, ["related"] * 12)
    message = await you.ask("/label")
    assert "all 12 labeled" in message.text
    assert message.has("Back")


async def test_a_deleted_card_is_replaced_by_a_fresh_one(running: Bench, you: Chat) -> None:
    card = await open_card(you)
    await you.delete(card)
    assert (await you.tap("Related", on=card)).text == "Saved: Related"
    fresh = await you.wait_text("Item 2 / 12")
    assert fresh.id > card.id
    assert fresh.has("Skip")
    assert present_labels(running.database, "alignment") == {0: "related"}
    await running.phone.settle()
    assert sum(bool(message.buttons) for message in you.from_bot) == 1


async def test_text_instead_of_a_tap_gets_one_helpful_line(running: Bench, you: Chat) -> None:
    card = await open_card(you)
    for typed in ("related", "hello?", "Related", "1"):
        reply = await you.ask(typed)
        assert reply.text == messages.TAP_OR_LABEL
    assert (await you.ask("/nonsense")).text == messages.NO_COMMAND
    await you.upload("a.txt", b"x")
    await you.reply()
    await running.phone.settle()
    assert sum(message.text == messages.TAP_OR_LABEL for message in you.from_bot) == 5
    assert you.message(card.id) == card
    assert present_labels(running.database, "alignment") == {}


AWKWARD = [
    '<b>bold</b> &amp; <a href="tg://user?id=1">you</a> <script>alert(1)</script>',
    "smiling 🙂, flags 🇩🇪, family 👩\u200d👩\u200d👧",
    "שלום עולם مرحبا",
    "reversed \u202etxt.exe\u202c and \u2066isolated\u2069",
    "null \x00 bell \x07 escape \x1b[31m delete \x7f",
    "x" * 10_000,
    "",
    None,
    " \n\t ",
    "tabs\tand  two spaces\n   and lines",
    "look at https://example.org/page and t.me/somebody and /metrics and @somebody",
    "*not bold* _not italic_ `not code` [no](link)",
    "&" * 4000,
]


async def test_awkward_descriptions_show_as_a_quotation_and_can_be_labeled(bench: Bench) -> None:
    records = [
        {"index": str(n), "description": text} if text is not None else {"index": str(n)}
        for n, text in enumerate(AWKWARD)
    ]
    base = bench.folder / "awkward.json"
    base.write_text(json.dumps(records), encoding="utf-8")
    async with bench.running(BASE_SAE_PATH=str(base)) as inside:
        you = await bench.admin()
        await open_card(you)
        seen = {}
        for place, entry in enumerate(inside.services.sample.items):
            card = you.card
            assert item(card) == place + 1
            assert card.rows == [["✓ Related", "✗ Not Related"], ["‹ Back", "Skip"]]
            (found,) = [entity for entity in card.entities if entity["type"] == "blockquote"]
            units = card.text.encode("utf-16-le")
            seen[entry.description] = units[
                2 * found["offset"] : 2 * (found["offset"] + found["length"])
            ].decode("utf-16-le")
            assert not {e["type"] for e in card.entities} & {"text_link", "code", "text_mention", "spoiler"}
            await you.step("Related")
        assert len(present_labels(bench.database, "alignment")) == len(inside.services.sample.items) == 12
        calls = await bench.phone.calls("editMessageText")
    for description, text in seen.items():
        if description is None:
            assert text == "(no description)"
        elif not description.strip():
            assert text == "(empty description)"
        elif len(description) < 1000 and not any(c in description for c in "\x00\u202e"):
            assert text == description.replace("\t", " ").strip()
    assert len(seen) == 12
    assert len(calls) == 12
    assert all(call.params["link_preview_options"] == {"is_disabled": True} for call in calls)


async def test_an_answer_keeps_when_it_was_shown_and_under_which_guide(
    running: Bench, you: Chat, clock: Clock
) -> None:
    await open_card(you)
    clock.forward(seconds=7)
    await you.step("Related")
    ((shown, answered, guide, reviewed),) = rows(
        running.database, "SELECT shown_at, answered_at, guide_version, after_review FROM answers"
    )
    assert 7 <= answered - shown < 12
    assert len(guide) == 8
    assert reviewed == 0


async def test_what_cannot_be_saved_is_said_and_the_card_stays(running: Bench, you: Chat) -> None:
    card = await open_card(you)
    aside = running.database.rename(running.folder / "aside.sqlite3")
    answer = await you.tap("Related")
    assert (answer.text, answer.alert) == (messages.NOT_SAVED, True)
    await running.phone.settle()
    assert you.message(card.id) == card
    told = [message.text for message in you.from_bot if "cannot be saved" in message.text]
    assert len(told) == 1
    await you.tap("Related")
    await running.phone.settle()
    assert [m.text for m in you.from_bot if "cannot be saved" in m.text] == told
    aside.rename(running.database)
    assert (await you.tap("Related")).text == "Saved: Related"


async def test_nothing_that_the_bot_sends_is_refused(running: Bench, you: Chat) -> None:
    await label_all(you, ["related", "not-related"])
    for command in (
        "/mode",
        "/progress",
        "/guide",
        "/help",
        "/privacy",
        "/invite",
        "/revoke",
        "/forget",
        "hm",
    ):
        await you.ask(command)
    await running.phone.settle()
    refused = await running.phone.refusals()
    # the menu of an admin who has not written to the bot yet cannot be set; it is when they do
    too_early = ("setMyCommands", "Bad Request: chat not found")
    assert {(call.method, call.description) for call in refused} <= {too_early}
