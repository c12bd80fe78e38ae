"""What reaches the bot: private chats, privacy mode in groups, topics, members coming and going, upgraded groups."""

from __future__ import annotations

from typing import Any

import pytest

from playground.errors import OrderError
from tests.playground.conftest import Bot
from tests.support.phone import Chat, Phone

KEYBOARD = {
    "inline_keyboard": [
        [{"text": "Tap", "callback_data": "x"}, {"text": "Open", "url": "https://example.org"}]
    ]
}


async def updates(bot: Bot) -> list[dict[str, Any]]:
    """The updates that wait, confirmed."""
    found: list[dict[str, Any]] = (await bot("getUpdates"))["result"]
    if found:
        await bot("getUpdates", offset=found[-1]["update_id"] + 1)
    return found


@pytest.fixture
async def people(phone: Phone) -> list[Chat]:
    """Two people who know the bot."""
    return [await phone.person("You", started=True), await phone.person("Colleague", 1002, started=True)]


async def test_a_start_link_arrives_as_a_command_with_its_payload(phone: Phone, bot: Bot) -> None:
    you = await phone.person("You", username="you_here")
    await you.send("/start abc_DEF-123")
    (update,) = await updates(bot)
    message = update["message"]
    assert message["text"] == "/start abc_DEF-123"
    assert message["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert message["chat"] == {"id": you.id, "type": "private", "first_name": "You", "username": "you_here"}
    assert message["from"]["is_bot"] is False


@pytest.mark.parametrize(
    ("text", "bare", "arrives"),
    [
        ("/metrics@labelbot_demo_bot deepseek", False, True),
        ("/METRICS@LabelBot_Demo_Bot", False, True),
        ("/metrics deepseek", False, False),
        ("/metrics deepseek", True, True),
        ("/metrics@other_bot deepseek", True, False),
        ("talk about /metrics", True, False),
        ("hello", True, False),
    ],
)
async def test_privacy_mode_lets_only_commands_for_the_bot_through(
    phone: Phone, bot: Bot, people: list[Chat], text: str, bare: bool, arrives: bool
) -> None:
    lab = await phone.group("Lab", people, bare_commands=bare)
    await lab.send(text)
    assert [update["message"]["text"] for update in await updates(bot)] == ([text] if arrives else [])


async def test_privacy_mode_lets_replies_to_the_bot_through(
    phone: Phone, bot: Bot, people: list[Chat]
) -> None:
    lab = await phone.group("Lab", people)
    mine = await lab.send("hello")
    posted = (await bot("sendMessage", chat_id=lab.id, text="report"))["result"]
    await lab.send("thanks", reply_to=posted["message_id"])
    await lab.send("I mean", reply_to=mine.id)
    (update,) = await updates(bot)
    assert update["message"]["text"] == "thanks"
    assert update["message"]["reply_to_message"]["text"] == "report"


async def test_an_administrator_or_a_bot_without_privacy_mode_gets_everything(
    phone: Phone, bot: Bot, people: list[Chat]
) -> None:
    lab = await phone.group("Lab", people)
    await lab.bot_role("administrator")
    await lab.send("hello")
    assert [sorted(update)[0] for update in await updates(bot)] == ["my_chat_member", "message"]
    await lab.bot_role("member")
    await phone.order("settings", privacy_mode=False)
    await lab.send("again")
    assert (await updates(bot))[-1]["message"]["text"] == "again"


async def test_an_edited_message_is_an_update_of_its_own_kind(
    phone: Phone, bot: Bot, people: list[Chat]
) -> None:
    message = await people[0].send("one")
    await people[0].edit(message, "two")
    kinds = [sorted(update)[0] for update in await updates(bot)]
    assert kinds == ["message", "edited_message"]
    assert people[0].messages[0].text == "two"


async def test_an_anonymous_admin_arrives_as_the_shared_user(
    phone: Phone, bot: Bot, people: list[Chat]
) -> None:
    lab = await phone.group("Lab", people, kind="supergroup", chat_id=-1001234567890)
    await lab.send("/metrics@labelbot_demo_bot", anonymous=True)
    (update,) = await updates(bot)
    assert update["message"]["from"]["username"] == "GroupAnonymousBot"
    assert update["message"]["from"]["id"] == 1087968824
    assert update["message"]["sender_chat"]["id"] == lab.id
    with pytest.raises(OrderError, match="user 1002 is no admin of chat -1001234567890"):
        await lab.by(people[1]).send("hello", anonymous=True)


async def test_topics_carry_their_thread_and_answers_need_it(
    phone: Phone, bot: Bot, people: list[Chat]
) -> None:
    forum = await phone.group("Lab", people, kind="supergroup", chat_id=-1001234567890, topics={7: "Reports"})
    asked = await forum.send("/metrics@labelbot_demo_bot", topic=7)
    (update,) = await updates(bot)
    assert update["message"]["message_thread_id"] == 7
    assert update["message"]["is_topic_message"] is True
    assert update["message"]["chat"]["is_forum"] is True
    posted = (await bot("sendMessage", chat_id=forum.id, text="report", message_thread_id=7))["result"]
    assert posted["message_thread_id"] == 7
    assert forum.last.topic == 7
    general = (await bot("sendMessage", chat_id=forum.id, text="report"))["result"]
    assert "message_thread_id" not in general
    replied = (
        await bot("sendMessage", chat_id=forum.id, text="x", reply_parameters={"message_id": asked.id})
    )["result"]
    assert replied["message_thread_id"] == 7
    with pytest.raises(OrderError, match="has no topic 8"):
        await forum.send("hello", topic=8)


async def test_blocking_and_unblocking_are_told_to_the_bot(
    phone: Phone, bot: Bot, people: list[Chat]
) -> None:
    await people[0].block()
    await people[0].unblock()
    blocked, unblocked = [update["my_chat_member"] for update in await updates(bot)]
    assert (blocked["old_chat_member"]["status"], blocked["new_chat_member"]["status"]) == (
        "member",
        "kicked",
    )
    assert unblocked["new_chat_member"]["status"] == "member"
    assert blocked["from"]["id"] == people[0].id


async def test_adding_and_removing_the_bot_is_told_to_it(phone: Phone, bot: Bot, people: list[Chat]) -> None:
    lab = await phone.group("Lab", people, with_bot=False)
    answer = await bot("sendMessage", chat_id=lab.id, text="x")
    assert answer["description"] == "Forbidden: bot is not a member of the group chat"
    await lab.by(people[1]).bot_role("member")
    joined, service = await updates(bot)
    assert joined["my_chat_member"]["from"]["id"] == people[1].id
    assert joined["my_chat_member"]["old_chat_member"]["status"] == "left"
    assert service["message"]["new_chat_members"][0]["username"] == phone.bot_username
    assert (await bot("sendMessage", chat_id=lab.id, text="x"))["ok"]
    await lab.bot_role("kicked")
    (removed,) = await updates(bot)
    assert removed["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    answer = await bot("sendMessage", chat_id=lab.id, text="x")
    assert (answer["error_code"], answer["description"]) == (
        403,
        "Forbidden: bot was kicked from the group chat",
    )


async def test_a_bot_removed_from_a_supergroup_is_told_so(phone: Phone, bot: Bot, people: list[Chat]) -> None:
    lab = await phone.group("Lab", people, kind="supergroup", chat_id=-1001234567890)
    await lab.bot_role("kicked")
    answer = await bot("sendMessage", chat_id=lab.id, text="x")
    assert answer["description"] == "Forbidden: bot was kicked from the supergroup chat"


async def test_an_upgraded_group_says_where_it_went(phone: Phone, bot: Bot, people: list[Chat]) -> None:
    lab = await phone.group("Lab", people)
    new = await lab.migrate()
    to, came_from = [update["message"] for update in await updates(bot)]
    assert (to["chat"]["id"], to["migrate_to_chat_id"]) == (lab.id, new.id)
    assert (came_from["chat"]["id"], came_from["migrate_from_chat_id"]) == (new.id, lab.id)
    answer = await bot("sendMessage", chat_id=lab.id, text="x")
    assert answer == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": new.id},
    }
    posted = (await bot("sendMessage", chat_id=new.id, text="x"))["result"]
    assert posted["chat"] == {"id": new.id, "title": "Lab", "type": "supergroup"}
    with pytest.raises(OrderError, match=f"chat {lab.id} became {new.id}"):
        await lab.send("hello")


async def test_the_bot_can_ask_about_a_chat(phone: Phone, bot: Bot, people: list[Chat]) -> None:
    lab = await phone.group("Lab", people)
    found = (await bot("getChat", chat_id=lab.id))["result"]
    assert (found["type"], found["title"]) == ("group", "Lab")
    assert (await bot("getChat", chat_id=people[0].id))["result"]["first_name"] == "You"


async def test_a_tap_shows_the_message_unless_it_is_gone_or_old(
    phone: Phone, bot: Bot, people: list[Chat]
) -> None:
    you = people[0]
    first, second = [
        (await bot("sendMessage", chat_id=you.id, text="card", reply_markup=KEYBOARD))["result"]
        for _ in range(2)
    ]
    await you.press("x", first["message_id"])
    await you.delete(first["message_id"])
    await you.press("x", first["message_id"])
    await phone.shift_clock(48 * 3600 + 1)
    await you.press("x", second["message_id"])
    taps = [update["callback_query"] for update in (await bot("getUpdates"))["result"]]
    assert [tap["message"]["date"] for tap in taps] == [0]
    await phone.shift_clock(0)
    taps = [update["callback_query"] for update in (await bot("getUpdates"))["result"]]
    assert taps[0]["message"]["message_id"] == second["message_id"]


async def test_a_person_can_only_tap_buttons_that_are_there(
    phone: Phone, bot: Bot, people: list[Chat]
) -> None:
    you, colleague = people
    sent = (await bot("sendMessage", chat_id=you.id, text="card", reply_markup=KEYBOARD))["result"]
    order = {"chat_id": you.id, "message_id": sent["message_id"]}
    with pytest.raises(OrderError, match="message 1 has no button with data 'y'"):
        await phone.order("press", user_id=you.id, data="y", **order)
    with pytest.raises(OrderError, match=f"user {colleague.id} is not in chat {you.id}"):
        await phone.order("press", user_id=colleague.id, data="x", **order)
    await phone.order("press", user_id=colleague.id, data="y" * 200, raw=True, **order)
    (update,) = await updates(bot)
    assert update["callback_query"]["from"]["id"] == colleague.id
    assert update["callback_query"]["data"] == "y" * 200
    with pytest.raises(LookupError, match="is no button to tap"):
        await you.tap("Open")


async def test_wrong_orders_are_refused_with_the_reason(phone: Phone, people: list[Chat]) -> None:
    you = people[0]
    for name, arguments, words in (
        ("send", {"user_id": 5, "chat_id": you.id, "text": "x"}, "no user 5"),
        ("send", {"user_id": you.id, "chat_id": 5, "text": "x"}, "no chat 5"),
        ("send", {"user_id": you.id, "chat_id": 1002, "text": "x"}, f"user {you.id} is not in chat 1002"),
        ("send", {"user_id": you.id, "chat_id": you.id, "text": ""}, "1 to 4096 characters, not 0"),
        ("send", {"user_id": you.id}, "send: missing a required argument: 'chat_id'"),
        ("sendd", {}, "no order 'sendd'"),
        ("bot_role", {"by": you.id, "chat_id": you.id, "role": "king"}, "no role 'king'"),
        ("migrate", {"chat_id": you.id}, f"chat {you.id} is no group"),
        ("delete", {"chat_id": you.id, "message_id": 5}, f"chat {you.id} has no message 5"),
        ("callback", {"callback_id": "5"}, "no tap 5"),
        ("person", {"user_id": you.id, "name": "x"}, f"there is already a user {you.id}"),
    ):
        with pytest.raises(OrderError, match=words):
            await phone.link.order(name, arguments)
