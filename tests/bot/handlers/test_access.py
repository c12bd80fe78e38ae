"""Who gets in, who stays out, and what a custom client can do: nothing."""

from __future__ import annotations

import random
import re
import secrets
from collections.abc import Mapping

import pytest

from bot.app import COMMANDS
from bot.rules.callback_data import sign
from bot.views import messages
from tests.support.bench import ADMIN, Bench, Clock
from tests.support.labeling_steps import everything_in, label_all, open_card, present_labels, rows
from tests.support.phone import Chat, Message

LINK = re.compile(r"https://t\.me/labelbot_demo_bot\?start=([A-Za-z0-9_-]{22})")


def token_in(text: str) -> str:
    (found,) = LINK.findall(text)
    return str(found)


@pytest.fixture
async def admin(running: Bench) -> Chat:
    return await running.admin()


async def stranger(bench: Bench, user_id: int = 999001) -> Chat:
    return await bench.phone.person("Sam Stranger", user_id=user_id, username="sam")


async def joined(bench: Bench, token: str, user_id: int = 700002) -> Chat:
    person = await bench.phone.person(f"Person {user_id}", user_id=user_id)
    await person.send(f"/start {token}")
    least = person.sent_id
    await person.wait_for(lambda m: m.by_bot and m.id > least and m.has("Related"))
    return person


def one_line(message: Message, user_id: int) -> bool:
    return "\n" not in message.text and str(user_id) in message.text and not message.buttons


# -- strangers ------------------------------------------------------------------------------------------------


async def test_a_stranger_gets_one_line_with_their_id_for_each_message_and_leaves_no_trace(
    running: Bench,
) -> None:
    sam = await stranger(running)
    typed = [f"/{command.name}" for command in COMMANDS if command.help]
    typed += ["/start", "/start label", "hello", "/nonsense", "/metrics deepseek", "/revoke labeler-01"]
    for text in typed:
        reply = await sam.ask(text)
        assert reply.text == messages.stranger(999001), text
        assert one_line(reply, 999001)
    await sam.ask("/start not-a-real-invitation-1")
    assert sam.last.text == messages.bad_invitation(999001)
    assert one_line(sam.last, 999001)
    await running.phone.settle()
    assert len(sam.from_bot) == len(typed) + 1
    assert not [m for m in sam.from_bot if m.file_id or "Item" in m.text]
    found = everything_in(running.database)
    assert "999001" not in repr(found)
    assert found["labelers"] == found["answers"] == found["chats"] == []


async def test_a_strangers_tap_on_anothers_button_changes_nothing_and_is_answered(
    running: Bench, admin: Chat
) -> None:
    card = await open_card(admin)
    sam = await stranger(running)
    await sam.send("hi")
    await sam.reply()
    await running.rest()
    before = everything_in(running.database)
    for data in [button.data for row in card.buttons for button in row]:
        for place in (sam, admin.by(sam)):
            message = sam.last if place is sam else card
            answer = await place.answer(await place.press(data, message))
            assert answer.text in (messages.stranger(999001), messages.STALE_BUTTON)
    await running.rest()
    assert everything_in(running.database) == before
    assert admin.message(card.id) == card


async def test_a_labelers_tap_on_anothers_button_is_out_of_date(running: Bench, admin: Chat) -> None:
    other = await joined(running, token_in((await admin.ask("/invite")).text))
    theirs, mine = other.card, await open_card(admin)
    await running.rest()
    before = everything_in(running.database)
    for data in [button.data for row in theirs.buttons for button in row]:
        assert (await admin.answer(await admin.press(data, mine))).text == messages.STALE_BUTTON
    own = mine.button("Related").data
    foreign = other.by(admin)
    assert (await foreign.answer(await foreign.press(own, theirs))).text == messages.STALE_BUTTON
    await running.rest()
    assert everything_in(running.database) == before
    assert (other.message(theirs.id), admin.message(mine.id)) == (theirs, mine)


def forgeries(true: str, count: int) -> list[str]:
    """Data that no card of the reader could carry: junk, other digits, cut, doubled, another's."""
    draw = random.Random(7)  # noqa: S311 # a fixed choice of junk
    alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:/ é٣\x00\n🙂"
    forged: list[str] = []
    while len(forged) < count:
        kind = len(forged) % 8
        place = draw.randrange(len(true))
        if kind == 0:
            made = "".join(draw.choice(alphabet) for _ in range(draw.randrange(1, 17)))
        elif kind == 1:
            made = true[:place] + str(draw.randrange(10)) + true[place + 1 :]
        elif kind == 2:
            made = true[: max(1, place)]
        elif kind == 3:
            made = (true + true)[:64]
        elif kind == 4:
            made = sign(f"{draw.choice('rnbsom')}1.alignment.{draw.randrange(12)}", 1000 + place)
        elif kind == 5:
            made = sign(f"{draw.choice('rnbsomz')}{1 + draw.randrange(2)}.law.{12 + place}", ADMIN)
        elif kind == 6:
            made = sign(f"{draw.choice('vx')}{draw.choice('krnos')}9.alignment.0123456789.3", ADMIN)
        else:
            made = draw.choice(("fa", "fb", "vk.", "x", "qm.", "qo.alignment.0123456789", "m1.law.0.", "yes"))
        if made != true and len(made.encode()) <= 64:
            forged.append(made)
    return forged


async def test_five_hundred_forged_callback_data_change_nothing_and_are_all_answered(
    running: Bench, admin: Chat
) -> None:
    await label_all(admin, ["related"])
    card = admin.card
    await running.rest()
    before = everything_in(running.database)
    true = {button.data for row in card.buttons for button in row}
    forged = [data for data in forgeries(card.button("Not Related").data, 520) if data not in true][:500]
    assert len(forged) == 500
    taps = [await admin.press(data, card) for data in forged]
    for tap in taps:
        assert (await admin.answer(tap, seconds=20)).text
    await running.rest()
    assert everything_in(running.database) == before
    assert admin.message(card.id) == card
    assert admin.messages[-1].id == card.id


# -- the first admin ------------------------------------------------------------------------------------------


async def test_without_admin_ids_the_one_time_link_makes_its_first_opener_the_admin_once(
    bench: Bench, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="labelbot")
    async with bench.running(ADMIN_IDS=""):
        token = token_in(capsys.readouterr().out)
        first, second = await bench.phone.person("First", 11), await bench.phone.person("Second", 12)
        assert (await first.ask("/start")).text == messages.without_admin(11)
        await first.send(f"/start {token}")
        await first.wait_text("Item 1 / 12")
        assert "You are an admin of this bot now." in first.from_bot[1].text
        assert (await second.ask("/start")).text == messages.stranger(12)
        assert (await second.ask(f"/start {token}")).text == messages.bad_invitation(12)
        assert LINK.search((await first.ask("/invite")).text)
        assert "invite" in {entry["command"] for entry in await first.menu()}
    assert token not in caplog.text
    assert token.encode() not in bench.database.read_bytes()
    async with bench.running(ADMIN_IDS=""):
        assert "https://t.me/" not in capsys.readouterr().out
        assert LINK.search((await first.ask("/invite")).text)
        assert (await second.ask(f"/start {token}")).text == messages.bad_invitation(12)
        assert rows(bench.database, "SELECT user_id, admin FROM labelers") == [(11, 1)]


async def test_the_only_admin_by_link_is_warned_before_being_forgotten_and_the_next_start_gives_a_link(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    async with bench.running(ADMIN_IDS=""):
        first = await joined(bench, token_in(capsys.readouterr().out), 11)
        assert "You are the only admin" in (await first.ask("/forget")).text
        await first.step("Yes, delete")
        assert (await first.step("Yes, for good")).text.startswith("Deleted.")
    async with bench.running(ADMIN_IDS=""):
        assert token_in(capsys.readouterr().out)


async def test_an_admin_by_link_is_told_when_answers_cannot_be_saved(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    async with bench.running(ADMIN_IDS=""):
        first = await joined(bench, token_in(capsys.readouterr().out), 11)
        aside = bench.database.rename(bench.folder / "aside.sqlite3")
        assert (await first.tap("Related")).text == messages.NOT_SAVED
        assert "put it back" in (await first.wait_text("Answers cannot be saved at the moment")).text
        aside.rename(bench.database)


async def test_a_new_start_gives_a_new_link_and_the_one_before_is_worth_nothing(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    async with bench.running(ADMIN_IDS=""):
        old = token_in(capsys.readouterr().out)
    async with bench.running(ADMIN_IDS=""):
        new = token_in(capsys.readouterr().out)
        person = await bench.phone.person("First", 11)
        assert (await person.ask(f"/start {old}")).text == messages.bad_invitation(11)
        await person.send(f"/start {new}")
        await person.wait_text("Item 1 / 12")


# -- invitations ----------------------------------------------------------------------------------------------


async def test_an_invitation_lets_one_person_in_once(running: Bench, admin: Chat) -> None:
    told = (await admin.ask("/invite")).text
    assert told.startswith("For 1 person, within 7 days:\nhttps://t.me/")
    token = token_in(told)
    person = await joined(running, token)
    assert (await stranger(running)).id
    sam = await stranger(running)
    assert (await sam.ask(f"/start {token}")).text == messages.bad_invitation(999001)
    await person.send(f"/start {token}")
    fresh = await person.wait_for(lambda m: m.by_bot and m.id > person.sent_id)
    assert fresh.has("Related")
    assert rows(running.database, "SELECT uses FROM invitations") == [(0,)]
    assert token.encode() not in running.database.read_bytes()


async def test_an_invitation_for_several_counts_each_person_once(running: Bench, admin: Chat) -> None:
    told = (await admin.ask("/invite 2 14")).text
    assert told.startswith("For 2 people, within 14 days:\n")
    token = token_in(told)
    first = await joined(running, token, 700002)
    await first.send(f"/start {token}")
    await running.phone.settle()
    await joined(running, token, 700003)
    late = await stranger(running)
    assert (await late.ask(f"/start {token}")).text == messages.bad_invitation(999001)


async def test_who_is_in_already_does_not_use_an_invitation_up(running: Bench, admin: Chat) -> None:
    person = await joined(running, token_in((await admin.ask("/invite")).text))
    token = token_in((await admin.ask("/invite")).text)
    for insider in (admin, person):
        await insider.send(f"/start {token}")
        reply = await insider.wait_for(lambda m, sent=insider.sent_id: m.by_bot and m.id > sent and m.buttons)
        assert reply.has("Related")
    assert rows(running.database, "SELECT uses FROM invitations ORDER BY 1") == [(0,), (1,)]
    await joined(running, token, 700003)


async def test_an_invitation_expires(running: Bench, admin: Chat, clock: Clock) -> None:
    token = token_in((await admin.ask("/invite 1 3")).text)
    clock.forward(days=3)
    sam = await stranger(running)
    assert (await sam.ask(f"/start {token}")).text == messages.bad_invitation(999001)
    clock.forward(seconds=-60)
    await joined(running, token, 999001)


@pytest.mark.parametrize("typed", ["0", "x", "1 0", "1 2 3", "-1", "1.5", "99999", "five", "1 99999"])
async def test_invite_with_something_else_says_how_it_is_written(
    running: Bench, admin: Chat, typed: str
) -> None:
    assert (await admin.ask(f"/invite {typed}")).text == (
        "Write /invite, or how many people and for how many days: /invite 5 14"
    )
    assert rows(running.database, "SELECT count(*) FROM invitations") == [(0,)]


async def test_labelers_lists_pseudonyms_with_progress_and_who_they_are(running: Bench, admin: Chat) -> None:
    await label_all(admin, ["related", "related"])
    await joined(running, token_in((await admin.ask("/invite")).text))
    told = (await admin.ask("/labelers")).text
    assert told == (
        "labeler-01 (admin) Ada Admin @ada_admin\nalignment 2, formatting 0 of 12\n"
        "labeler-02 Person 700002 (id 700002)\nalignment 0, formatting 0 of 12"
    )


async def test_labelers_with_awkward_names_and_many_people_is_sent_in_parts(bench: Bench) -> None:
    async with bench.running(OPEN_ACCESS="true"):
        for number in range(23):
            name = f"<b>{number}</b> & \u202e{'n' * 40}"
            person = await bench.phone.person(name, user_id=800000 + number, username=f"user_{number:026d}")
            await person.send("/label")
        await bench.rest()
        admin = await bench.admin()
        await admin.send("/labelers")
        await admin.wait_text("labeler-23")
        parts = [message.text for message in admin.from_bot]
        assert len(parts) == 3
        assert sum(text.count("labeler-") for text in parts) == 23
        assert "‹U+202E›" in parts[0]
        assert await bench.phone.refusals() == [
            call for call in await bench.phone.refusals() if call.chat_id is None
        ]


async def test_a_revoked_labelers_taps_and_messages_change_nothing_until_a_new_invitation(
    running: Bench, admin: Chat
) -> None:
    first = token_in((await admin.ask("/invite 5")).text)
    person = await joined(running, first)
    await label_all(person, ["related"])
    card = person.card
    asked = await admin.ask("/revoke labeler-01")
    assert asked.text == (
        "End the access of labeler-01? The answers stay. Only a new invitation lets them back."
    )
    assert asked.rows == [["Yes, end it", "No, keep"]]
    assert (await admin.step("No, keep")).text == "labeler-01 keeps access."
    assert (await person.ask("/progress")).text != messages.stranger(700002)
    await admin.ask("/revoke labeler-01")
    await admin.tap("Yes, end it")
    await admin.wait_text(messages.revoked("labeler-01"))
    await running.rest()
    before = everything_in(running.database)
    for button in ("Related", "Back", "Skip"):
        answer = await person.tap(button, on=card)
        assert (answer.text, answer.alert) == (messages.stranger(700002), True)
    assert (await person.ask("/label")).text == messages.stranger(700002)
    assert (await person.ask(f"/start {first}")).text == messages.bad_invitation(700002)
    await running.rest()
    assert everything_in(running.database) == before
    assert "labeler-01 (no access)" in (await admin.ask("/labelers")).text
    await joined(running, token_in((await admin.ask("/invite")).text))
    assert "Item 2 / 12" in (await open_card(person)).text
    assert present_labels(running.database, "alignment") == {0: "related"}


async def test_revoke_says_who_can_be_named_and_never_shuts_an_admin_out_by_mistake(
    running: Bench, admin: Chat
) -> None:
    await open_card(admin)
    usage = "Name one labeler as /labelers shows them, such as /revoke labeler-03."
    for typed in ("", "labeler-01 labeler-02"):
        assert (await admin.ask(f"/revoke {typed}")).text == usage
    for typed, shown in (("labeler-99", "labeler-99"), ("Ada", "ada"), ("<b>", "<b>"), ("1", "1")):
        assert (await admin.ask(f"/revoke {typed}")).text == (
            f"There is no {shown}. /labelers shows who there is."
        )
    assert (await admin.ask("/revoke LABELER-01")).text == (
        "labeler-01 is an admin by the settings. Take the id out of ADMIN_IDS first."
    )


async def test_an_admin_by_link_can_be_revoked_by_another_and_loses_the_menu(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    async with bench.running(ADMIN_IDS=""):
        token = token_in(capsys.readouterr().out)
        first = await joined(bench, token, 11)
        assert (await first.ask("/revoke labeler-01")).text == "That is you. Another admin can do it."
    async with bench.running():
        admin = await bench.admin()
        await admin.ask("/revoke labeler-01")
        assert (await admin.step("Yes, end it")).text == messages.revoked("labeler-01")
        await bench.rest()
        assert (await first.ask("/invite")).text == messages.stranger(11)
        assert "invite" not in {entry["command"] for entry in await first.menu()}


# -- open access ----------------------------------------------------------------------------------------------


class TestOpenAccess:
    @pytest.fixture
    def options(self) -> Mapping[str, str]:
        return {"OPEN_ACCESS": "true"}

    async def test_anybody_who_finds_the_bot_may_label(self, running: Bench) -> None:
        person = await stranger(running)
        await label_all(person, ["related", "related"])
        assert present_labels(running.database, "alignment") == {0: "related", 1: "related"}
        assert (await person.ask("/invite")).text == messages.ADMINS_ONLY

    async def test_who_was_revoked_stays_out(self, running: Bench) -> None:
        person = await stranger(running)
        await open_card(person)
        admin = await running.admin()
        await admin.ask("/revoke labeler-01")
        assert (await admin.step("Yes, end it")).text == messages.revoked("labeler-01")
        assert (await person.ask("/label")).text == messages.stranger(999001)
        await joined(running, token_in((await admin.ask("/invite")).text), 999001)

    async def test_an_invitation_keeps_them_in_when_the_door_is_closed_again(
        self, running: Bench, bench: Bench
    ) -> None:
        person = await stranger(running)
        await open_card(person)
        admin = await running.admin()
        await joined(running, token_in((await admin.ask("/invite")).text), 999001)
        assert rows(running.database, "SELECT uses FROM invitations") == [(0,)]
        joined_at = rows(running.database, "SELECT joined_at FROM labelers WHERE user_id = 999001")
        assert joined_at != [(None,)]


async def test_a_guessed_token_is_no_invitation(running: Bench, admin: Chat) -> None:
    await admin.ask("/invite 100")
    sam = await stranger(running)
    for _ in range(20):
        assert (await sam.ask(f"/start {secrets.token_urlsafe(16)}")).text == messages.bad_invitation(999001)
    assert rows(running.database, "SELECT uses FROM invitations") == [(100,)]
