"""What once went wrong under attack, done again: odd names, odd groups, other people's words, ids used twice."""

from __future__ import annotations

import asyncio
import datetime as dtm
import json
import sqlite3
import time
from contextlib import closing
from typing import Any

import pytest
from telegram import Update

from bot.jobs.labeling_service import CardTap
from bot.rules.callback_data import CARD, CallbackData, sign
from bot.rules.model_choice import key_of
from bot.views import messages
from tests.support.bench import ADMIN, REPORT, Bench
from tests.support.labeling_steps import everything_in, open_card, present_labels, rows
from tests.support.phone import Chat
from tests.support.two_labelers import MODELS, carl_of, labels_path, model_file, prepare

NOW = int(dtm.datetime(2026, 1, 1, tzinfo=dtm.UTC).timestamp())
SAM = {"id": 700005, "is_bot": False, "first_name": "Sam"}
BORROWED = {
    "forwarded": {"forward_origin": {"type": "user", "sender_user": SAM, "date": NOW}},
    "via a bot": {"via_bot": {**SAM, "is_bot": True, "username": "some_bot"}},
}


def borrowed(bench: Bench, text: str, chat: dict[str, Any], words: dict[str, Any]) -> Update:
    """A command in a message of the admin, whose words are somebody else's."""
    assert bench.inside is not None
    command = {"type": "bot_command", "offset": 0, "length": len(text.split()[0])}
    message = {
        "message_id": 99,
        "date": NOW,
        "chat": chat,
        "from": {"id": ADMIN, "is_bot": False, "first_name": "Ada"},
        "text": text,
        "entities": [command],
        **words,
    }
    return Update.de_json({"update_id": 1, "message": message}, bench.inside.app.bot)


@pytest.mark.parametrize("kind", BORROWED)
async def test_words_of_somebody_else_that_an_admin_passes_on_have_no_admins_rights(
    lab: Bench, kind: str
) -> None:
    ada = await lab.admin()
    await ada.ask("/help")
    group = await lab.phone.group("The Lab", [ada], bare_commands=True)
    assert lab.inside is not None
    before = everything_in(lab.database)
    place = {"id": group.id, "type": "group", "title": "The Lab"}
    private = {"id": ADMIN, "type": "private", "first_name": "Ada"}
    for chat, where, typed, said in (
        (group, place, "/progress", messages.NOT_SERVED),
        (group, place, "/subscribe deepseek", messages.NOT_SERVED),
        (ada, private, "/invite", messages.ADMINS_ONLY),
        (ada, private, "/labelers", messages.ADMINS_ONLY),
        (ada, private, "/revoke labeler-02", messages.ADMINS_ONLY),
    ):
        told = len(chat.from_bot)
        await lab.inside.app.process_update(borrowed(lab, typed, where, BORROWED[kind]))
        await lab.rest()
        assert [message.text for message in chat.from_bot[told:]] == [said], typed
    assert everything_in(lab.database) == before


async def test_a_group_that_threw_the_bot_out_is_not_served_when_a_stranger_adds_it_again(lab: Bench) -> None:
    ada, sam = await lab.admin(), await lab.phone.person("Sam Stranger", user_id=700005)
    group = await lab.phone.group("The Lab", [ada, sam], bare_commands=True)
    assert "alignment" in (await group.ask("/progress")).text
    await group.bot_role("kicked")
    await lab.phone.settle()
    assert rows(lab.database, "SELECT chat_id FROM chats") == []
    theirs: Chat = group.by(sam)
    await theirs.bot_role("member")
    assert (await theirs.ask("/metrics deepseek")).text == messages.NOT_SERVED


@pytest.mark.parametrize("by", [SAM["id"], ADMIN])
async def test_a_group_whose_removal_was_lost_is_served_again_only_when_an_admin_adds_the_bot(
    lab: Bench, by: int
) -> None:
    ada, sam = await lab.admin(), await lab.phone.person("Sam Stranger", user_id=700005)
    group = await lab.phone.group("The Lab", [ada, sam], bare_commands=True)
    assert "alignment" in (await group.ask("/progress")).text
    assert lab.inside is not None
    bot = {"id": lab.phone.bot_id, "is_bot": True, "first_name": "bot"}
    added = {
        "chat": {"id": group.id, "type": "group", "title": "The Lab"},
        "from": {**SAM, "id": by},
        "date": int(time.time()) + 2 * 86_400,
        "old_chat_member": {"user": bot, "status": "left"},
        "new_chat_member": {"user": bot, "status": "member"},
    }
    update = {"update_id": 1, "my_chat_member": added}
    await lab.inside.app.process_update(Update.de_json(update, lab.inside.app.bot))
    said = (await group.by(sam).ask("/progress")).text
    assert said == messages.NOT_SERVED if by == SAM["id"] else "alignment" in said


async def test_the_id_of_a_tap_used_again_on_another_item_is_not_told_saved(lab: Bench) -> None:
    nora = await lab.phone.person("Nora New", user_id=700003)
    card = await open_card(nora)
    assert lab.inside is not None
    labeling = lab.inside.app.bot_data.labeling

    def tap(row: int, action: str) -> CardTap:
        return CardTap(
            "the same id", nora.user_id, card.id, CallbackData(CARD, action, 1, "alignment", row=row)
        )

    assert await labeling.tap(tap(0, "related")) == "Saved: Related"
    before = everything_in(lab.database)
    assert await labeling.tap(tap(1, "not-related")) == messages.STALE_BUTTON
    assert await labeling.tap(tap(0, "not-related")) == messages.STALE_BUTTON
    assert await labeling.tap(tap(0, "related")) == "Saved: Related"
    await lab.rest()
    assert everything_in(lab.database)["labels"] == before["labels"]
    assert present_labels(lab.database, "alignment", labeler_id=3) == {0: "related"}


async def test_a_model_with_an_odd_name_silences_no_report(lab: Bench) -> None:
    odd = [" ", "\u2060", "\u00ad", "a\nb", "\x1b[2K", "\U000e0041"]
    for name in odd:
        model_file(lab, name, MODELS)
    ada = await lab.admin()
    for place in range(len(odd)):
        choice = await ada.ask("/metrics")
        assert [row[0] for row in choice.rows if row[0] in ("deepseek", "gemini")] == ["deepseek", "gemini"]
        buttons = [row[0] for row in choice.buttons if row[0].text not in ("deepseek", "gemini")]
        assert len(buttons) == len(odd)
        assert buttons[place].text.strip()
        assert buttons[place].text.isprintable()
        await ada.press(buttons[place].data, choice)
        report = await ada.reply(after=choice.id, seconds=REPORT)
        assert report.is_photo
        assert report.text.startswith("Agrees on 7 of 9 items")
    for typed in ("/models", "/metrics deepseek", "/prevalence gemini"):
        assert (await ada.ask(typed, seconds=REPORT)).text


async def test_who_has_yet_to_begin_gets_no_labels_of_others_in_private_when_all_others_have_finished(
    lab: Bench,
) -> None:
    ada = await lab.admin()
    nora = await lab.phone.person("Nora New", user_id=700003)
    carl = await carl_of(lab)
    sent = {}
    for reader in (ada, carl, nora):
        report = await reader.ask("/metrics deepseek", seconds=REPORT)
        await reader.tap("Files", on=report)
        await reader.wait_for(lambda m: (m.file_name or "").endswith("_metrics.json"), seconds=REPORT)
        await lab.rest()
        names = [message.file_name for message in reader.from_bot if message.file_name]
        sent[reader.user_id] = [name.rpartition("_")[2] for name in names]
    whole = ["metrics.json", "merged.csv"]
    assert sent == {ada.user_id: whole, carl.user_id: whole, nora.user_id: ["metrics.json"]}


async def test_forged_buttons_of_reminders_and_focus_sets_do_nothing_for_revoked_people_and_in_groups(
    lab: Bench,
) -> None:
    ada, carl = await lab.admin(), await carl_of(lab)
    sam = await lab.phone.person("Sam Stranger", user_id=700005)
    await carl.ask("/remind 8:30")
    group = await lab.phone.group("The Lab", [ada, carl, sam], bare_commands=True)
    said = await group.ask("/help")
    question = await ada.ask("/revoke labeler-02")
    await ada.press(question.buttons[0][0].data, question)
    await lab.rest()
    before = everything_in(lab.database)
    (file,) = [f for f in await lab.inside.reports.files() if f.name == "deepseek"]  # type: ignore[union-attr]
    bodies = [
        "zt.510",
        "zo.0",
        "zz.1",
        "zu.0",
        f"gb.alignment.{key_of(file)}.2",
        f"gc.alignment.{key_of(file)}.2",
    ]
    theirs = await carl.ask("hello")
    for body in bodies:
        answer = await carl.answer(await carl.press(sign(body, carl.user_id), theirs))
        assert answer.text == messages.stranger(carl.user_id), body
    for typed in ("/remind 9:00", "/remind off", "/focus deepseek 2", "/focus off"):
        assert (await carl.ask(typed)).text == messages.stranger(carl.user_id), typed
    for member in (group, group.by(carl), group.by(sam)):
        for body in bodies:
            answer = await member.answer(await member.press(sign(body, member.user_id), said))
            assert answer.text == messages.PRIVATE_ONLY, body
        for typed in ("/remind 9:00", "/focus deepseek 2", "/focus off"):
            assert (await member.ask(typed)).has("Open the private chat")
    await lab.rest()
    assert everything_in(lab.database) == before


async def test_a_group_gets_no_labels_of_others_while_somebody_still_labels(lab: Bench) -> None:
    ada = await lab.admin()
    nora = await lab.phone.person("Nora New", user_id=700003)
    group = await lab.phone.group("The Lab", [ada, nora], bare_commands=True)
    await group.ask("/help")
    await open_card(nora)
    await nora.step("Related")
    theirs = group.by(nora)
    assert "somebody is still labeling" in (await theirs.ask("/export", seconds=REPORT)).text
    report = await theirs.ask("/metrics deepseek", seconds=REPORT)
    await theirs.tap("Files", on=report)
    await theirs.wait_for(lambda m: m.file_name, seconds=REPORT)
    await lab.rest()
    sent = [message.file_name for message in theirs.from_bot if message.file_name]
    assert [name.rpartition("_")[2] for name in sent] == ["metrics.json"]
    assert labels_path(lab).exists()


async def test_a_file_that_lists_a_feature_twice_tells_nobody_what_it_says_of_it(lab: Bench) -> None:
    path = model_file(lab, "doubled", MODELS)
    records = json.loads(path.read_text())
    path.write_text(json.dumps([*records, {**records[0], "label": "not-related"}]))
    nora = await lab.phone.person("Nora New", user_id=700003)
    group = await lab.phone.group("The Lab", [await lab.admin(), nora], bare_commands=True)
    await group.ask("/help")
    for chat in (nora, group.by(nora)):
        for typed in ("/metrics doubled", "/prevalence doubled", "/compare doubled gemini", "/models"):
            said = (await chat.ask(typed, seconds=REPORT)).text
            assert "is listed twice, with different labels" in said, typed
            assert "related" not in said, typed


async def test_of_two_admins_who_send_each_other_away_at_once_one_stays(bench: Bench) -> None:
    await prepare(bench)
    with closing(sqlite3.connect(bench.database)) as hand:
        hand.execute("UPDATE labelers SET admin = 1, joined_at = 1.0")
        hand.commit()
    async with bench.running(ADMIN_IDS=""):
        people = (await bench.admin(), await carl_of(bench))
        asked = [await one.ask(f"/revoke labeler-0{2 - place}") for place, one in enumerate(people)]
        await asyncio.gather(
            *(one.tap("Yes, end it", on=question) for one, question in zip(people, asked, strict=True))
        )
        assert rows(bench.database, "SELECT count(*) FROM labelers WHERE admin AND revoked_at IS NULL") == [
            (1,)
        ]
