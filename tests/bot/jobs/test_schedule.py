"""What the bot does by itself, with a clock in the test's hand."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.jobs.schedule import ScheduledJobs
from bot.rules.session import NAME_OF
from storage.backup import automatic_backups
from tests.support.bench import Bench, Clock, Inside
from tests.support.labeling_steps import alternating, classify, human_by_feature, label_all, read_labels, rows
from tests.support.phone import Chat
from tests.support.scheduling import SIZE, labels_file, photos, study, subscribed


def rounds_of(inside: Inside) -> ScheduledJobs:
    return ScheduledJobs(inside.app.bot, inside.services, inside.reports)


async def change_a_label(you: Chat) -> None:
    """One answer becomes the other."""
    await you.send("/label")
    least = you.sent_id
    await you.wait_for(lambda m: m.by_bot and m.id > least and m.buttons)
    card = await you.step("Back")
    await you.step("Not Related" if card.text.endswith(": Related") else "Related")


@pytest.fixture
async def studied(bench: Bench) -> AsyncIterator[Bench]:
    await study(bench)
    async with bench.running():
        yield bench


# -- exports --------------------------------------------------------------------------------------------------


async def test_an_export_writes_only_when_labels_changed(bench: Bench) -> None:
    async with bench.running() as inside:
        rounds, you = rounds_of(inside), await bench.admin()
        await rounds.export()
        assert labels_file(bench) is None
        await label_all(you, ["related", "not-related"])
        assert await rounds.export()
        assert read_labels(labels_file(bench) or b"") == {0: "related", 1: "not-related"}
        for path in bench.outputs.rglob("*.json"):
            path.unlink()
        assert not await rounds.export()
        assert labels_file(bench) is None
        await change_a_label(you)
        assert await rounds.export()
        assert len(read_labels(labels_file(bench) or b"")) == 2


async def test_what_was_exported_is_remembered_over_a_restart(bench: Bench) -> None:
    async with bench.running() as inside:
        await label_all(await bench.admin(), ["related"])
        assert await rounds_of(inside).export()
    async with bench.running() as inside:
        assert not await rounds_of(inside).export()
    async with bench.running(OUTPUT_DIR=str(bench.folder / "elsewhere")) as inside:
        assert await rounds_of(inside).export()


async def test_an_export_that_failed_is_made_up_at_the_next_time(bench: Bench) -> None:
    async with bench.running() as inside:
        await label_all(await bench.admin(), ["related"])
        bench.outputs.rename(bench.folder / "aside")
        bench.outputs.write_text("a file where a folder should be")
        with pytest.raises(OSError, match=r"exists|Not a directory"):
            await rounds_of(inside).export()
        bench.outputs.unlink()
        assert await rounds_of(inside).export()


# -- reports --------------------------------------------------------------------------------------------------


async def test_a_subscribed_group_gets_one_report_and_no_second_until_a_blind_label_comes(
    studied: Bench,
) -> None:
    assert studied.inside is not None
    rounds, group = rounds_of(studied.inside), await subscribed(studied)
    assert await rounds.report() == 1
    (first,) = photos(group)
    assert first.text.startswith("Agrees on 9 of 12 items (75 %).\n")
    assert "\ndeepseek · alignment\n" in first.text
    assert first.rows == [["More", "Files"]]
    for _ in range(3):
        assert await rounds.report() == 0
    assert len(photos(group)) == 1
    admin = await studied.admin()
    await change_a_label(admin)
    kept_apart = "SELECT count(*) FROM answers WHERE after_review"
    assert rows(studied.database, kept_apart) == [(1,)]
    assert await rounds.report() == 0  # a correction after a report is not blind, so nothing changed
    token = (await admin.ask("/invite")).text.split("start=")[1]
    carl = await studied.phone.person("Carl Colleague", user_id=700002)
    await carl.send(f"/start {token}")
    await carl.wait_text("Item 1 / 12")
    for label in alternating(SIZE):
        await carl.step(NAME_OF[label])
    assert await rounds.report() == 1
    assert await rounds.report() == 0
    assert len(photos(group)) == 2
    assert photos(group)[1].text != first.text


async def test_a_changed_model_file_is_reported_too(studied: Bench) -> None:
    assert studied.inside is not None
    rounds, group = rounds_of(studied.inside), await subscribed(studied)
    assert await rounds.report() == 1
    labels = dict(enumerate(alternating(SIZE)))
    human = human_by_feature(studied, labels, SIZE)
    classify(studied, "deepseek", "alignment", human, tp=6, tn=6, fp=0, fn=0)
    assert await rounds.report() == 1
    assert "\naccuracy 1.000 [" in photos(group)[1].text


async def test_a_report_goes_into_the_topic_in_which_it_was_subscribed(studied: Bench) -> None:
    assert studied.inside is not None
    group = await studied.phone.group(
        "Topics", [await studied.admin()], kind="supergroup", topics={7: "Models"}, bare_commands=True
    )
    await group.ask("/subscribe deepseek", topic=7)
    assert await rounds_of(studied.inside).report() == 1
    assert photos(group)[0].topic == 7


async def test_a_later_file_that_fits_the_typed_part_does_not_silence_the_reports(studied: Bench) -> None:
    assert studied.inside is not None
    group = await subscribed(studied, "/subscribe deep")
    human = human_by_feature(studied, dict(enumerate(alternating(SIZE))), SIZE)
    classify(studied, "deeper", "alignment", human, tp=6, tn=6, fp=0, fn=0)
    assert await rounds_of(studied.inside).report() == 1
    assert "\ndeepseek · alignment\n" in photos(group)[0].text


async def test_a_group_that_is_gone_is_not_served_any_more_and_the_others_get_theirs(studied: Bench) -> None:
    assert studied.inside is not None
    gone = await subscribed(studied)
    here = await subscribed(studied, chat_id=-2002)
    await studied.phone.fault(
        "error", method="sendPhoto", chat_id=gone.id, code=403, description="Forbidden: x"
    )
    assert await rounds_of(studied.inside).report() == 1
    assert len(photos(here)) == 1
    assert rows(studied.database, "SELECT chat_id FROM subscriptions") == [(here.id,)]
    assert rows(studied.database, "SELECT chat_id FROM chats") == [(here.id,)]


async def test_a_group_that_moved_while_the_bot_did_not_look_is_followed(studied: Bench) -> None:
    assert studied.inside is not None
    group = await subscribed(studied)
    moved = await group.migrate()
    await studied.phone.settle()
    await studied.inside.services.store.chats.moved(moved.id, group.id, 3.0)
    assert rows(studied.database, "SELECT chat_id FROM subscriptions") == [(group.id,)]
    assert await rounds_of(studied.inside).report() == 1
    assert len(photos(moved)) == 1
    assert rows(studied.database, "SELECT chat_id FROM subscriptions") == [(moved.id,)]
    assert await rounds_of(studied.inside).report() == 0


async def test_a_report_that_may_have_arrived_is_not_posted_twice(studied: Bench) -> None:
    assert studied.inside is not None
    rounds, group = rounds_of(studied.inside), await subscribed(studied)
    await studied.phone.fault("drop_after", method="sendPhoto")
    await rounds.report()
    assert len(photos(group)) == 1
    assert await rounds.report() == 0
    assert len(photos(group)) == 1


async def test_a_report_that_surely_did_not_go_out_is_sent_again(studied: Bench) -> None:
    assert studied.inside is not None
    rounds, group = rounds_of(studied.inside), await subscribed(studied)
    await studied.phone.fault("retry_after", method="sendPhoto", seconds=1)
    assert await rounds.report() == 1
    assert len(photos(group)) == 1


async def test_one_group_that_cannot_be_served_does_not_stop_the_rounds(studied: Bench) -> None:
    assert studied.inside is not None
    group = await subscribed(studied)
    await studied.phone.fault(
        "error", method="sendPhoto", code=400, description="Bad Request: CHAT_RESTRICTED"
    )
    assert await rounds_of(studied.inside).report() == 0
    assert await rounds_of(studied.inside).report() == 1
    assert len(photos(group)) == 1


async def test_with_nothing_to_say_yet_nothing_is_posted(bench: Bench) -> None:
    async with bench.running(REPORT_CRON="0 0 29 2 *") as inside:
        group = await subscribed(bench)
        assert await rounds_of(inside).report() == 0
        assert len(group.from_bot) == 1


async def test_a_backup_is_made_a_day_and_seven_are_kept(bench: Bench, clock: Clock) -> None:
    async with bench.running() as inside:
        await label_all(await bench.admin(), ["related"])
        rounds = rounds_of(inside)
        for _ in range(9):
            await rounds.back_up()
            await rounds.back_up()
            clock.forward(days=1)
    assert len(automatic_backups(bench.database)) == 7
