"""Groups: who is served, where the answer goes, and that nobody is named."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bot.views import messages
from tests.support.bench import Bench, Clock
from tests.support.labeling_steps import everything_in, label_all, open_card, read_labels, rows
from tests.support.phone import Chat

NAMES = ("Ada", "ada_admin", "Carl", "carl", "Sam", "700001", "700002", "999001")


@pytest.fixture
async def admin(running: Bench) -> Chat:
    return await running.admin()


@pytest.fixture
async def sam(running: Bench) -> Chat:
    return await running.phone.person("Sam Stranger", user_id=999001, username="sam")


async def lab(bench: Bench, *people: Chat, **options: object) -> Chat:
    """A group in which commands reach the bot without its name, too."""
    return await bench.phone.group("The Lab", people, **{"bare_commands": True, **options})  # type: ignore[arg-type]


async def test_a_group_is_not_served_until_an_admin_speaks_there(
    running: Bench, admin: Chat, sam: Chat
) -> None:
    group = await lab(running, sam, admin)
    for command in ("/metrics deepseek", "/progress", "/label", "/export", "/guide", "/help", "/subscribe"):
        reply = await group.ask(command)
        assert reply.text == messages.NOT_SERVED, command
        assert not reply.buttons
    assert everything_in(running.database)["chats"] == []
    assert "alignment" in (await group.by(admin).ask("/progress")).text
    assert "alignment" in (await group.ask("/progress")).text
    assert rows(running.database, "SELECT chat_id FROM chats") == [(group.id,)]


async def test_a_group_is_served_when_an_admin_adds_the_bot_and_not_when_a_stranger_does(
    running: Bench, admin: Chat, sam: Chat
) -> None:
    theirs = await lab(running, sam, with_bot=False)
    await theirs.bot_role("member")
    assert (await theirs.ask("/progress")).text == messages.NOT_SERVED
    ours = await lab(running, admin, sam, chat_id=-2002, with_bot=False)
    await ours.bot_role("member")
    await running.phone.settle()
    assert "alignment" in (await ours.by(sam).ask("/progress")).text


@pytest.mark.parametrize("author", ["Sam", "a bot"])
async def test_words_of_somebody_else_that_an_admin_passes_on_are_not_the_admins(
    running: Bench, admin: Chat, sam: Chat, author: str
) -> None:
    whose = sam.user_id if author == "Sam" else running.phone.bot_id
    group = await lab(running, admin, sam)
    assert (await group.ask("/progress", author=whose)).text == messages.NOT_SERVED
    assert (await admin.ask("/invite", author=whose)).text == messages.ADMINS_ONLY
    assert rows(running.database, "SELECT count(*) FROM chats") == [(0,)]
    assert rows(running.database, "SELECT count(*) FROM invitations") == [(0,)]
    await group.ask("/progress")
    assert (await group.ask("/subscribe", author=whose)).text == messages.ADMINS_ONLY


async def test_a_group_that_threw_the_bot_out_is_not_served_when_a_stranger_adds_it_again(
    running: Bench, admin: Chat, sam: Chat
) -> None:
    group = await lab(running, admin, sam, with_bot=False)
    await group.bot_role("member")
    await group.wait_text("Hello.")
    await group.bot_role("kicked")
    await running.phone.settle()
    await group.by(sam).bot_role("member")
    assert (await group.by(sam).ask("/progress")).text == messages.NOT_SERVED
    await running.rest()
    assert sum("Hello." in message.text for message in group.from_bot) == 1
    assert rows(running.database, "SELECT count(*) FROM chats") == [(0,)]


async def test_hello_is_said_once_also_when_the_bot_is_promoted_or_added_where_it_is(
    running: Bench, admin: Chat, sam: Chat
) -> None:
    group = await lab(running, admin, sam, with_bot=False)
    for role in ("member", "administrator", "member"):
        await group.bot_role(role)
    await group.by(sam).bot_role("administrator")
    await running.rest()
    (hello,) = group.from_bot
    assert hello.text == messages.hello(running.phone.bot_username, "deepseek")
    spoken_to = await lab(running, admin, sam, chat_id=-2002)
    await spoken_to.ask("/progress")
    await spoken_to.bot_role("administrator")
    await running.rest()
    assert len(spoken_to.from_bot) == 1  # who served it by a command knows how to write one


async def test_what_people_say_to_each_other_gets_no_answer(running: Bench, admin: Chat) -> None:
    group = await lab(running, admin)
    await group.bot_role("administrator")
    for text in (
        "hello all",
        "related",
        "/nonsense",
        "/metrics@some_other_bot deepseek",
        "what about /help?",
    ):
        await group.send(text)
    await running.phone.settle()
    assert group.from_bot == [await group.wait_text("Hello.")]


async def test_commands_work_with_and_without_the_bots_name_and_edits_are_ignored(
    running: Bench, admin: Chat
) -> None:
    group = await lab(running, admin)
    name = running.phone.bot_username
    for command in ("/progress", f"/progress@{name}", f"/PROGRESS@{name.upper()}"):
        assert "nothing yet" in (await group.ask(command)).text
    sent = await group.send("/help")
    await group.reply()
    before = len(group.from_bot)
    await group.edit(sent, "/progress")
    await running.phone.settle()
    assert len(group.from_bot) == before


async def test_label_in_a_group_answers_with_a_button_into_the_private_chat(
    running: Bench, admin: Chat, sam: Chat
) -> None:
    group = await lab(running, admin, sam)
    for command in ("/label", "/start", "/mode", "/review deepseek", "/privacy", "/forget"):
        reply = await group.ask(command)
        assert reply.rows == [["Open the private chat"]]
        assert reply.buttons[0][0].url == f"https://t.me/{running.phone.bot_username}?start=label"
        assert "private chat" in reply.text
    for command in ("/invite", "/labelers", "/revoke labeler-01", "/adjudicate"):
        reply = await group.by(sam).ask(command)
        assert "our private chat" in reply.text
        assert "http" not in reply.text
    await admin.send("/start label")
    assert "Item 1 / 12" in (await admin.wait_text("Item 1")).text


async def test_progress_in_a_group_is_everybodys_by_pseudonym(running: Bench, admin: Chat) -> None:
    carl = await running.phone.person("Carl Colleague", user_id=700002, username="carl")
    token = (await admin.ask("/invite")).text.split("start=")[1]
    await label_all(admin, ["related"] * 6)
    await carl.send(f"/start {token}")
    await carl.wait_text("Item 1 / 12")
    await carl.step("Not Related")
    group = await lab(running, admin, carl)
    await group.ask("/help")
    assert (await group.by(carl).ask("/progress")).text == (
        "alignment\nlabeler-01: 6 / 12\nlabeler-02: 1 / 12\nformatting\nnothing yet"
    )


async def test_guide_and_help_in_a_group(running: Bench, admin: Chat) -> None:
    group = await lab(running, admin)
    guide = await group.ask("/guide")
    await running.phone.settle()
    assert group.from_bot == [guide]
    assert guide.text.startswith("Related to AI alignment?\n")
    assert "\nRelated to text formatting?\n" in guide.text
    helped = (await group.ask("/help")).text
    assert "/metrics – " in helped
    assert "/invite" not in helped


async def test_export_in_a_group_waits_for_who_still_labels_then_sends_the_consensus_and_names_nobody(
    running: Bench, admin: Chat, clock: Clock
) -> None:
    group = await lab(running, admin)
    assert (await group.ask("/export")).text == "Nobody has labeled anything yet."
    await label_all(admin, ["related", "not-related"])
    carl = await running.phone.person("Carl Colleague", user_id=700002, username="carl")
    token = (await admin.ask("/invite")).text.split("start=")[1]
    await carl.send(f"/start {token}")
    await carl.wait_text("Item 1 / 12")
    for words_ in ("Related", "Related", "Related"):
        await carl.step(words_)
    assert (await group.ask("/export")).text == messages.still_labeling(["alignment"])
    assert [m for m in group.from_bot if m.file_name] == []
    clock.forward(days=31)  # who has not answered for 30 days is not waited for
    document = await group.ask("/export")
    assert document.file_name == "12-gemmascope-res-65k__l0-21_human_labels_alignment.json"
    content = await group.file(document)
    assert read_labels(content) == {0: "related", 2: "related"}
    own = running.outputs / "human_labels" / "by_labeler"
    assert read_labels((own / "labeler-01" / document.file_name).read_bytes()) == {
        0: "related",
        1: "not-related",
    }
    assert read_labels((own / "labeler-02" / document.file_name).read_bytes()) == dict.fromkeys(
        range(3), "related"
    )
    # a report answers the asking message, which Telegram repeats with its sender
    written = [{k: v for k, v in m.raw.items() if k != "reply_to_message"} for m in group.from_bot]
    said = json.dumps(written, ensure_ascii=False)
    files = " ".join(
        path.read_text() + str(path) for path in Path(running.outputs).rglob("*") if path.is_file()
    )
    assert "labeler-02" in files
    for name in NAMES:
        assert name not in said.replace(str(running.phone.bot_id), "")
        assert name not in files.replace(str(running.folder), "")


async def test_the_answer_goes_into_the_topic_it_was_asked_in(running: Bench, admin: Chat) -> None:
    group = await lab(running, admin, kind="supergroup", topics={5: "Models", 9: "Chatter"})
    await label_all(admin, ["related"])
    for topic in (5, 9, None):
        for command in ("/progress", "/help", "/metrics deepseek", "/export", "/label"):
            reply = await group.ask(command, topic=topic)
            assert reply.topic == topic, command


async def test_a_reply_outside_of_topics_is_answered_outside_of_topics(running: Bench, admin: Chat) -> None:
    group = await lab(running, admin, kind="supergroup")
    first = await group.ask("/help")
    again = await group.ask("/progress", reply_to=first.id)
    assert again.topic is None
    assert await running.phone.refusals() == [c for c in await running.phone.refusals() if c.chat_id is None]


async def test_an_anonymous_admin_is_served_by_the_groups_right_and_is_nobody(
    running: Bench, admin: Chat, sam: Chat
) -> None:
    group = await lab(running, sam, admin)
    assert (await group.ask("/progress", anonymous=True)).text == messages.NOT_SERVED
    await group.by(admin).ask("/help")
    assert "alignment" in (await group.ask("/progress", anonymous=True)).text
    for command in ("/subscribe", "/unsubscribe"):
        assert (await group.ask(command, anonymous=True)).text == (
            "I cannot see who you are. Please write as yourself, not anonymously."
        )
    assert (await group.ask("/label", anonymous=True)).has("Open the private chat")
    assert "1087968824" not in repr(everything_in(running.database))


async def test_a_labeling_button_in_a_group_labels_nothing(running: Bench, admin: Chat) -> None:
    card = await open_card(admin)
    group = await lab(running, admin)
    message = await group.ask("/help")
    await running.rest()
    before = everything_in(running.database)
    for data in [button.data for row in card.buttons for button in row]:
        answer = await group.answer(await group.press(data, message))
        assert answer.text == messages.PRIVATE_ONLY
    await running.rest()
    assert everything_in(running.database) == before


async def test_a_button_below_a_report_does_nothing_in_a_group_that_is_not_served(
    running: Bench, admin: Chat, sam: Chat
) -> None:
    group = await lab(running, sam)
    message = await group.ask("/help")
    assert message.text == messages.NOT_SERVED
    answer = await group.answer(await group.press("qm.alignment.0123456789", message))
    assert (answer.text, answer.alert) == (messages.NOT_SERVED, True)
    theirs = await sam.ask("hello")
    answer = await sam.answer(await sam.press("qm.alignment.0123456789", theirs))
    assert (answer.text, answer.alert) == (messages.stranger(999001), True)


async def test_subscribe_is_for_admins_and_needs_one_model(bench: Bench) -> None:
    for model in ("deepseek-v3", "deepseek-r1", "gemini"):
        path = bench.models / f"{bench.base.stem}_alignment_classified_{model}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text("[]")
    async with bench.running(REPORT_CRON="0 9 * * *"):
        admin = await bench.admin()
        sam = await bench.phone.person("Sam Stranger", user_id=999001)
        group = await lab(bench, admin, sam, kind="supergroup", topics={5: "Models"})
        await group.ask("/help")
        assert (await group.by(sam).ask("/subscribe gemini")).text == messages.ADMINS_ONLY
        there = "Write /subscribe and a part of one name. There are: {}."
        choice = await group.ask("/subscribe")
        assert choice.text == "Which model?"
        assert choice.rows == [["deepseek-r1"], ["deepseek-v3"], ["gemini"]]
        assert (await group.ask("/subscribe deep")).text == "“deep” fits several. " + there.format(
            "deepseek-r1, deepseek-v3"
        )
        assert (await group.ask("/subscribe <b>")).text == "“<b>” fits none. " + there.format(
            "deepseek-r1, deepseek-v3, gemini"
        )
        assert (await group.ask("/subscribe gemini formatting")).text == "gemini has no file for formatting."
        assert rows(bench.database, "SELECT * FROM subscriptions") == []
        told = (await group.ask("/subscribe v3", topic=5)).text
        assert re.fullmatch(
            r"Reports on deepseek-v3 come here from now on: the first on \w{3} \d{1,2} \w{3} 09:00 UTC,"
            r" later ones only when something changed\. /unsubscribe ends them\.",
            told,
        )
        kept = "SELECT chat_id, thread_id, model, mode, last_fingerprint FROM subscriptions"
        assert rows(bench.database, kept) == [(group.id, 5, "deepseek-v3", None, None)]
        told = (await group.ask("/subscribe GEMINI alignment")).text
        assert told.startswith("Reports on gemini in alignment come here from now on: the first on ")
        assert rows(bench.database, kept) == [(group.id, None, "gemini", "alignment", None)]
        assert (await group.by(sam).ask("/unsubscribe")).text == messages.ADMINS_ONLY
        assert (await group.ask("/unsubscribe")).text == "No more scheduled reports here."
        assert (await group.ask("/unsubscribe")).text == (
            "There were no scheduled reports here. /subscribe starts them."
        )


async def test_subscribe_says_so_when_reports_are_switched_off(running: Bench, admin: Chat) -> None:
    group = await lab(running, admin)
    assert (await group.ask("/subscribe deepseek")).text == (
        "Scheduled reports are switched off. An admin of this bot can help."
    )


async def test_a_group_that_removes_the_bot_is_unsubscribed_and_one_that_moves_is_followed(
    bench: Bench,
) -> None:
    async with bench.running(REPORT_CRON="0 9 * * *"):
        admin = await bench.admin()
        group = await lab(bench, admin)
        await group.ask("/subscribe")
        moved = await group.migrate()
        await bench.rest()
        assert rows(bench.database, "SELECT chat_id FROM subscriptions") == [(moved.id,)]
        assert rows(bench.database, "SELECT chat_id FROM chats") == [(moved.id,)]
        assert "alignment" in (await moved.ask(f"/progress@{bench.phone.bot_username}")).text
        await moved.bot_role("kicked")
        await bench.rest()
        assert rows(bench.database, "SELECT chat_id FROM subscriptions") == []
