"""In a group nothing is posted twice, and nothing that nobody needed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.views import messages
from storage.errors import NotRead
from tests.support.bench import ADMIN, REPORT, Bench
from tests.support.labeling_steps import label_all, rows
from tests.support.phone import Chat, Message
from tests.support.two_labelers import CARL, carl_of, group_of, model_file, prepare

SUE = 700003


@pytest.fixture
async def daily(bench: Bench) -> AsyncIterator[Bench]:
    """Two people have labeled everything, there are two models, and reports are posted daily."""
    await prepare(bench)
    async with bench.running(REPORT_CRON="0 9 * * *"):
        yield bench


async def tapped_twice(
    bench: Bench, group: Chat, words: str, on: Message, *, posts: bool = True
) -> list[Message]:
    """Two people tap the same button at once; what the bot posts then, if it `posts` anything."""
    newest = group.messages[-1].id
    data = on.button(words).data
    taps = [await chat.press(data, on) for chat in (group, group.by(CARL))]
    await asyncio.gather(*(group.answer(tap, seconds=REPORT) for tap in taps))
    if posts:
        await group.reply(after=newest, seconds=REPORT)
    await bench.phone.settle(quiet=0.3, seconds=REPORT)
    return [message for message in group.from_bot if message.id > newest]


@pytest.mark.parametrize(
    ("asked", "choices"),
    [
        ("/metrics", ["deepseek"]),
        ("/prevalence", ["gemini"]),
        ("/compare", ["deepseek", "gemini"]),
        ("/subscribe", ["deepseek"]),
    ],
)
async def test_a_choice_that_is_tapped_twice_is_posted_once_and_becomes_a_line(
    daily: Bench, asked: str, choices: list[str]
) -> None:
    group = await group_of(daily)
    chooser = await group.ask(asked)
    for first in choices[:-1]:
        assert await tapped_twice(daily, group, first, chooser, posts=False) == []
        chooser = next(m for m in group.from_bot if m.id == chooser.id)
        assert chooser.text == f"{first} and which other model?"
    assert len(await tapped_twice(daily, group, choices[-1], chooser)) == 1
    line = group.message(chooser.id)
    assert line is not None
    assert line.text == f"{' and '.join(choices)} · alignment"
    assert not line.buttons


async def test_a_button_that_answers_once_can_be_tapped_again_after_it_failed(daily: Bench) -> None:
    group = await group_of(daily)
    report = await group.ask("/metrics deepseek", seconds=REPORT)
    (path,) = daily.models.rglob("*_alignment_classified_deepseek.json")
    whole = path.read_bytes()
    path.write_bytes(b"[")
    await group.tap("More", on=report)
    assert "the file is cut off" in (await group.reply(after=report.id, seconds=REPORT)).text
    path.write_bytes(whole)
    newest = group.messages[-1].id
    await group.tap("More", on=report)
    assert "precision 1.000" in (await group.reply(after=newest, seconds=REPORT)).text


async def test_a_tap_that_fails_brings_back_no_button_that_another_has_answered(bench: Bench) -> None:
    await prepare(bench)
    async with bench.running() as inside:
        group = await group_of(bench)
        report = await group.ask("/metrics deepseek", seconds=REPORT)
        assert len(await tapped_twice(bench, group, "More", report)) == 1
        counts = inside.services.store.answers.counts

        async def fails(_: int) -> Any:
            raise NotRead("the disk cannot be read")

        inside.services.store.answers.counts = fails  # type: ignore[method-assign] # no file fails just this read
        assert (await group.by(CARL).tap("More", on=report)).text == messages.WENT_WRONG
        inside.services.store.answers.counts = counts  # type: ignore[method-assign]
        assert await tapped_twice(bench, group, "More", report, posts=False) == []


async def test_a_subscription_that_was_not_saved_can_be_tapped_again(daily: Bench) -> None:
    group = await group_of(daily)
    chooser = await group.ask("/subscribe")
    aside = daily.database.rename(daily.folder / "aside.sqlite3")
    assert (await group.tap("deepseek", on=chooser)).text == messages.NOT_SAVED
    aside.rename(daily.database)
    await group.tap("deepseek", on=chooser)
    assert (await group.reply(after=chooser.id, seconds=REPORT)).text.startswith("Reports on deepseek")
    assert len(rows(daily.database, "SELECT * FROM subscriptions")) == 1


async def test_more_and_files_answer_once_whoever_taps_and_go(daily: Bench) -> None:
    group = await group_of(daily)
    report = await group.ask("/metrics deepseek", seconds=REPORT)
    # all taps are on the message as it was at first, as on a phone that has not seen it change
    assert len(await tapped_twice(daily, group, "More", report)) == 1
    files = await tapped_twice(daily, group, "Files", report)
    assert [message.file_name for message in files if message.file_name.endswith(".json")] != []
    assert len({message.file_name for message in files}) == len(files)
    left = group.message(report.id)
    assert left is not None
    assert not left.buttons
    for typed, behind in (
        ("/prevalence deepseek", "The model sorts all features"),
        ("/compare deepseek gemini", "also when somebody looks every day"),
        ("/agreement", "Cohen's kappa of each two"),
        ("/models", "rank 1"),
    ):
        sent = await group.ask(typed, seconds=REPORT)
        (more,) = await tapped_twice(daily, group, "More", sent)
        assert behind in more.text
        left = group.message(sent.id)
        assert left is not None
        assert not left.buttons


async def test_what_is_kept_in_a_review_leaves_a_mark_and_is_not_blind_when_it_changes_later(
    daily: Bench,
) -> None:
    ada = await daily.admin()
    card = await ada.ask("/review deepseek", seconds=REPORT)
    assert "Item 2 · 3 left" in card.text
    assert (await ada.tap("Keep Related", on=card)).text == "Kept: Related"
    await ada.wait_text("Item 3 · 2 left")
    shown = "SELECT row_id FROM shown_labels WHERE labeler_id = 1 ORDER BY 1"
    assert rows(daily.database, shown) == [(1,), (2,)]
    asked = await ada.send("/label")
    again = await ada.wait_for(lambda message: message.id > asked.id and message.has("‹ Back"))
    while "Item 2 / 12" not in again.text:
        again = await ada.step("‹ Back", on=again)
    notice = (await ada.tap("Not Related", on=again)).text
    assert notice == messages.kept_apart("Changed to Not Related", shown=True)
    assert rows(daily.database, "SELECT row_id FROM answers WHERE after_review") == [(1,)]


async def test_three_people_two_models_and_five_minutes_of_use_bring_no_message_that_nobody_needed(
    bench: Bench,
) -> None:
    await prepare(bench)
    model_file(bench, "gemini", dict.fromkeys(range(12), "related"), "formatting")
    async with bench.running(REPORT_CRON="0 9 * * *"):
        people = [await bench.admin(), await carl_of(bench), await bench.phone.person("Sue", SUE)]
        group = await bench.phone.group("The Lab", people, bare_commands=True, with_bot=False)
        await group.bot_role("member")
        await group.wait_text("Hello.")
        sue = people[2]
        await label_all(sue, ["related", "not-related", "related"])
        asked = 0
        for who, command in (
            (ADMIN, "/metrics deepseek"),
            (CARL, "/metrics"),
            (SUE, "/compare deepseek gemini"),
            (SUE, "/agreement"),
            (CARL, "/models"),
            (CARL, "/prevalence deepseek"),
            (ADMIN, "/subscribe deepseek"),
            (SUE, "/progress"),
            (SUE, "/guide"),
            (SUE, "/label"),
            (CARL, "/help"),
            (SUE, "/export"),
        ):
            await group.by(who).send(command)
            asked += 1
        await group.send("What do you think of it?")
        await group.by(SUE).send("Not bad at all.")
        # the first report loads libraries, and makes no call meanwhile: settling alone would be too early
        await bench.phone.until(lambda: len(group.from_bot) > asked, "all answers", REPORT, group)
        await bench.phone.settle(quiet=1, seconds=REPORT)
        told = [message.text for message in group.from_bot]
        assert len(told) == 1 + asked, told  # hello, and one answer to each question
        assert sum(message.is_photo for message in group.from_bot) == 5
        # the welcome and the card, which three taps changed in place
        assert len(sue.from_bot) == 2
        loud = [
            call
            for call in await bench.phone.calls("sendMessage", chat=group.id)
            if "Hello." in str(call.params)
        ]
        assert all(call.params["disable_notification"] for call in loud)


async def test_a_slip_that_came_after_the_report_is_corrected_without_being_kept_apart(bench: Bench) -> None:
    await prepare(bench)
    async with bench.running():
        await (await carl_of(bench)).ask("/metrics deepseek", seconds=REPORT)
        sue = await bench.phone.person("Sue", SUE)
        await label_all(sue, ["related"])
        card = await sue.step("‹ Back")
        assert (await sue.tap("Not Related", on=card)).text == "Changed to Not Related"
        assert rows(bench.database, "SELECT count(*) FROM answers WHERE after_review") == [(0,)]
