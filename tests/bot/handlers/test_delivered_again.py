"""A tap that decided something and is delivered again after a later decision, or comes late, changes nothing more."""

from __future__ import annotations

import re

import pytest

from bot.views import messages
from tests.support.bench import REPORT, Bench
from tests.support.labeling_steps import classify, everything_in, human_by_feature, open_card, rows
from tests.support.phone import Chat, Message
from tests.support.process import until
from tests.support.two_labelers import ADAS, SIZE, carl_of, group_of, prepare

CRON = {"REPORT_CRON": "0 9 * * *"}
ACCESS = "SELECT revoked_at IS NULL FROM labelers WHERE labeler_id = 2"


async def tapped(chat: Chat, words: str, on: Message) -> str:
    """Tap a button, wait for the answer, and return the tap's id."""
    return (await chat.tap(words, on=on, seconds=REPORT)).callback_id


async def comes_again(bench: Bench, tap: str) -> str:
    """Deliver a tap once more; what it is answered with. Nothing may change."""
    await bench.rest()
    before, shown = (
        everything_in(bench.database),
        [m for c in bench.phone.mirror.values() for m in c.values()],
    )
    await bench.phone.redeliver(tap)
    await bench.rest()
    assert everything_in(bench.database) == before
    assert [m for c in bench.phone.mirror.values() for m in c.values()] == shown
    return str((await bench.phone.calls("answerCallbackQuery"))[-1].params.get("text", ""))


async def let_back_in(bench: Bench, admin: Chat, person: Chat) -> None:
    (link,) = re.findall(r"start=(\S+)", (await admin.ask("/invite")).text)
    await person.send(f"/start {link}")
    await person.wait_for(lambda m: m.by_bot and m.id > person.sent_id)
    await bench.rest()


@pytest.mark.parametrize("restarted", [False, True])
async def test_an_old_yes_does_not_end_the_access_of_somebody_who_was_let_back_in(
    bench: Bench, restarted: bool
) -> None:
    await prepare(bench)
    async with bench.running():
        ada, carl = await bench.admin(), await carl_of(bench)
        question = await ada.ask("/revoke labeler-02")
        yes = await tapped(ada, "Yes, end it", question)
        await bench.rest()
        assert rows(bench.database, ACCESS) == [(0,)]
        await let_back_in(bench, ada, carl)
        if not restarted:
            assert await comes_again(bench, yes) == messages.ACTED_BEFORE
    async with bench.running():
        assert await comes_again(bench, yes) == messages.ACTED_BEFORE
        late = await ada.tap("Yes, end it", on=question)  # from a phone that shows the question still
        assert late.text == messages.ACTED_BEFORE
        late = await ada.tap("No, keep", on=question)
        assert late.text == messages.ACTED_BEFORE
        assert rows(bench.database, ACCESS) == [(1,)]


async def test_a_yes_that_follows_a_no_ends_nothing(lab: Bench) -> None:
    ada = await lab.admin()
    question = await ada.ask("/revoke labeler-02")
    await tapped(ada, "No, keep", question)
    assert (await ada.tap("Yes, end it", on=question)).text == messages.ACTED_BEFORE
    assert rows(lab.database, ACCESS) == [(1,)]


async def test_an_old_yes_does_not_forget_somebody_who_has_come_back(bench: Bench) -> None:
    await prepare(bench)
    async with bench.running():
        carl = await carl_of(bench)
        question = await carl.ask("/forget")
        first = await tapped(carl, "Yes, delete", question)
        question = await carl.wait_text("Really")
        second = await tapped(carl, "Yes, for good", question)
        await carl.wait_text("Deleted.", seconds=REPORT)
        await open_card(carl)
        await carl.step("Related")
        await until(lambda: not rows(bench.database, "SELECT 1 FROM owed_deletions"), REPORT)
        for tap in (second, first):
            assert await comes_again(bench, tap) == messages.ACTED_BEFORE
    async with bench.running():
        assert await comes_again(bench, second) == messages.ACTED_BEFORE
        assert len(rows(bench.database, "SELECT 1 FROM answers WHERE labeler_id = 3")) == 1


async def test_an_old_reminder_does_not_come_back_and_an_old_end_does_not_end_the_new_one(lab: Bench) -> None:
    carl = await carl_of(lab)
    offer = await carl.ask("/remind")
    on = await tapped(carl, offer.rows[0][0], offer)
    standing = await carl.ask("/remind")
    off = await tapped(carl, "No reminders", standing)
    assert await comes_again(lab, on) == messages.ACTED_BEFORE
    assert rows(lab.database, "SELECT minute FROM reminders") == []
    await carl.ask("/remind 9:15")
    assert await comes_again(lab, off) == messages.ACTED_BEFORE
    assert rows(lab.database, "SELECT minute FROM reminders") == [(555,)]


async def test_an_old_choice_does_not_subscribe_a_group_again(bench: Bench) -> None:
    await prepare(bench)
    async with bench.running(**CRON):
        group = await group_of(bench)
        choice = await group.ask("/subscribe")
        chosen = await tapped(group, "deepseek", choice)
        await group.ask("/unsubscribe")
    async with bench.running(**CRON):
        assert await comes_again(bench, chosen) == messages.ACTED_BEFORE
        assert rows(bench.database, "SELECT 1 FROM subscriptions") == []


async def test_an_old_begin_does_not_begin_a_focus_set_again(bench: Bench) -> None:
    await prepare(bench)
    human = human_by_feature(bench, ADAS, SIZE)
    classify(bench, "whole", "alignment", human, tp=6, tn=6, fp=0, fn=0)
    async with bench.running():
        ada = await bench.admin()
        offer = await ada.ask("/focus whole 20", seconds=REPORT)
        begin = await tapped(ada, "Begin", offer)
        await ada.wait_text("Begun", seconds=REPORT)
        await ada.ask("/focus off")
    async with bench.running():
        assert await comes_again(bench, begin) == messages.ACTED_BEFORE
        assert rows(bench.database, "SELECT state FROM focus_sets") == [("off",)]


async def test_an_old_choice_of_a_question_does_not_undo_a_later_one(lab: Bench) -> None:
    nora = await lab.phone.person("Nora New", user_id=700003)
    first = await open_card(nora)
    choice = await nora.ask("/mode")
    chosen = await tapped(nora, "formatting", choice)
    await nora.wait_text("formatting · Item")
    answered = await tapped(nora, "Related", first)  # which leads back to alignment
    await lab.rest()
    await nora.send("/mode formatting")
    await nora.wait_for(lambda m: m.id > nora.sent_id and m.has("Related"))
    assert await comes_again(lab, answered) == "Saved: Related"
    await nora.send("/mode alignment")
    await nora.wait_for(lambda m: m.id > nora.sent_id and m.has("Related"))
    assert await comes_again(lab, chosen) == messages.ACTED_BEFORE
    assert rows(lab.database, "SELECT mode FROM labelers WHERE labeler_id = 3") == [("alignment",)]
