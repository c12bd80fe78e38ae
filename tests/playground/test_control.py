"""The control interface over HTTP, its event stream, the page's headers, and the playground as a program."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from playground.state.telegram import Telegram
from tests.playground.conftest import Bot
from tests.support.phone import TOKEN, Phone


@pytest.fixture
async def session(phone: Phone) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(phone.address) as opened:
        yield opened


async def post(session: aiohttp.ClientSession, name: str, /, **arguments: Any) -> dict[str, Any]:
    async with session.post(f"/playground/{name}", json=arguments) as response:
        answer: dict[str, Any] = await response.json()
        assert response.status == (200 if answer["ok"] else 400)
        return answer


async def get(session: aiohttp.ClientSession, name: str, /, **arguments: Any) -> Any:
    async with session.get(f"/playground/{name}", params=arguments) as response:
        return (await response.json())["result"]


async def test_the_page_sees_people_chats_and_messages(
    phone: Phone, bot: Bot, session: aiohttp.ClientSession
) -> None:
    await post(session, "person", user_id=1, name="You", started=True)
    await post(session, "person", user_id=2, name="Colleague")
    await post(session, "group", chat_id=-5, title="Lab", members=[1])
    mine = (await post(session, "send", user_id=1, chat_id=1, text="hello"))["result"]
    await bot("sendMessage", chat_id=1, text="hi")
    shown = await get(session, "messages", chat_id=1)
    assert [(message["text"], message["from"]["is_bot"]) for message in shown] == [
        ("hello", False),
        ("hi", True),
    ]
    assert [one["text"] for one in await get(session, "messages", chat_id=1, after=mine["message_id"])] == [
        "hi"
    ]
    state = await get(session, "state")
    assert [person["first_name"] for person in state["people"]] == ["You", "Colleague"]
    assert [chat["id"] for chat in state["chats"]] == [1, 2, -5]
    assert state["seq"] == phone.playground.events.seq


async def test_a_tap_waits_for_its_answer(phone: Phone, bot: Bot, session: aiohttp.ClientSession) -> None:
    you = await phone.person("You", started=True)
    keyboard = {"inline_keyboard": [[{"text": "Tap", "callback_data": "x"}]]}
    card = (await bot("sendMessage", chat_id=you.id, text="card", reply_markup=keyboard))["result"]
    tap = (
        await post(session, "press", user_id=you.id, chat_id=you.id, message_id=card["message_id"], data="x")
    )["result"]
    assert (tap["answered"], tap["answer"]) == (False, None)
    waiting = asyncio.create_task(get(session, "callback", callback_id=tap["callback_id"], wait=5))
    assert (await bot("answerCallbackQuery", callback_query_id=tap["callback_id"], text="Saved"))["ok"]
    assert (await waiting)["answer"] == {"text": "Saved", "show_alert": False, "url": ""}
    late = (await get(session, "callback", callback_id=tap["callback_id"]))["answered"]
    assert late is True


async def read_events(response: aiohttp.ClientResponse, count: int) -> list[dict[str, Any]]:
    """The next events of a stream."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(5):
        async for line in response.content:
            if line.startswith(b"data: "):
                found.append(json.loads(line.removeprefix(b"data: ")))
                if len(found) == count:
                    break
    return found


async def test_everything_that_happens_is_in_the_event_stream(
    phone: Phone, bot: Bot, session: aiohttp.ClientSession
) -> None:
    you = await phone.person("You", started=True)
    seq = phone.playground.events.seq
    keyboard = {"inline_keyboard": [[{"text": "Tap", "callback_data": "x"}]]}
    async with session.get("/playground/events", params={"after": seq}) as response:
        assert response.content_type == "text/event-stream"
        card = (await bot("sendMessage", chat_id=you.id, text="one", reply_markup=keyboard))["result"]
        tap = await you.press("x")
        await bot("answerCallbackQuery", callback_query_id=tap, text="Saved")
        await bot("editMessageText", chat_id=you.id, message_id=card["message_id"], text="two")
        await bot("sendChatAction", chat_id=you.id, action="typing")
        await bot("setMyCommands", commands=[])
        await you.delete(card["message_id"])
        await you.block()
        events = await read_events(response, 8)
    assert [event["type"] for event in events] == [
        "message_new", "button_pressed", "callback_answered", "message_edited", "chat_action", "menu_changed",
        "message_deleted", "chat_changed",
    ]  # fmt: skip
    assert [event["seq"] - seq for event in events] == list(range(1, 9))
    assert events[0]["message"]["reply_markup"] == keyboard
    assert events[2]["answer"]["text"] == "Saved"
    assert events[3]["message"]["text"] == "two"
    assert events[7]["chat"]["bot_status"] == "kicked"
    async with session.get("/playground/events", params={"after": seq + 6}) as response:
        assert [event["type"] for event in await read_events(response, 2)] == [
            "message_deleted",
            "chat_changed",
        ]
    async with session.get("/playground/events", params={"after": 10**6}) as response:
        assert [event["type"] for event in await read_events(response, 1)] == ["reset"]


async def test_a_stream_that_nobody_reads_any_more_is_given_up(
    phone: Phone, session: aiohttp.ClientSession
) -> None:
    hub = phone.playground.events
    before = hub.listeners
    async with session.get("/playground/events") as response:
        await response.content.readline()
        await phone.person("You")
        assert hub.listeners == before + 1
    async with asyncio.timeout(5):
        while hub.listeners > before:  # noqa: ASYNC110 # the end of a connection is no event of the playground
            await asyncio.sleep(0.001)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "example.org"}, 403),
        ({"Origin": "http://example.org"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "localhost:1"}, 200),
    ],
)
async def test_only_this_machine_and_its_own_page_may_give_orders(
    session: aiohttp.ClientSession, headers: dict[str, str], status: int
) -> None:
    async with session.post("/playground/state", json={}, headers=headers) as response:
        assert response.status == status


async def test_orders_need_post_and_json(phone: Phone, session: aiohttp.ClientSession) -> None:
    async with session.get("/playground/clear_faults") as response:
        assert await response.json() == {"ok": False, "error": "clear_faults wants POST"}
    async with session.post("/playground/clear_faults", data={"x": "y"}) as response:
        assert "Content-Type: application/json" in (await response.json())["error"]
    for body in (b"{", b"[]"):
        async with session.post(
            "/playground/state", data=body, headers={"Content-Type": "application/json"}
        ) as response:
            assert response.status == 400


async def test_the_page_is_served_with_a_strict_policy_and_nothing_else(
    session: aiohttp.ClientSession,
) -> None:
    async with session.get("/") as response:
        assert response.status == 200
        assert response.content_type == "text/html"
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["Cache-Control"] == "no-cache"
    for path in ("/../emulator.py", "/emulator.py", "/nothing.html", "/%2e%2e/emulator.py"):
        async with session.get(path) as response:
            assert response.status == 404
    async with session.post("/") as response:
        assert response.status == 405


def test_a_token_has_the_shape_of_a_token() -> None:
    with pytest.raises(ValueError, match="a token is digits, a colon and letters"):
        Telegram("nonsense")


@pytest.mark.parametrize(("stop", "options"), [(signal.SIGINT, ["--no-validate"]), (signal.SIGTERM, [])])
async def test_the_program_serves_another_process_and_ends_cleanly(
    stop: signal.Signals, options: list[str]
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", "-m", "playground", "--token", TOKEN, *options,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
    assert line.startswith("playground ready at http://127.0.0.1:")
    address = line.split()[-1]
    async with Phone.connect(address) as phone, aiohttp.ClientSession(address) as session:
        you = phone.chat(1001)
        lab = phone.chat(-2001, 1001)
        await you.send("/start")
        await lab.send("/metrics deepseek")
        async with session.post(f"/bot{TOKEN}/getUpdates", json={"timeout": 5}) as response:
            updates = (await response.json())["result"]
        assert [update["message"]["text"] for update in updates] == ["/start", "/metrics deepseek"]
        keyboard = {"inline_keyboard": [[{"text": "Related", "callback_data": "x"}]]}
        card = {"chat_id": you.id, "text": "card", "reply_markup": keyboard}
        wrong = {"chat_id": you.id, "text": "x", "parse_mod": "HTML"}
        calls = [session.post(f"/bot{TOKEN}/sendMessage", json=parameters) for parameters in (card, wrong)]
        codes = []
        for response in await asyncio.gather(*calls):
            codes.append(response.status)
            response.release()
        assert codes == [200, 400]
        assert (await you.reply()).rows == [["Related"]]
        tap = await you.press("x")
        async with session.post(
            f"/bot{TOKEN}/answerCallbackQuery", json={"callback_query_id": tap, "text": "Saved"}
        ):
            pass
        assert (await you.answer(tap)).text == "Saved"
        poll = asyncio.create_task(
            session.post(f"/bot{TOKEN}/getUpdates", json={"timeout": 50, "offset": -1})
        )
        process.send_signal(stop)
        out, err = await asyncio.wait_for(process.communicate(), 10)
        await asyncio.gather(poll, return_exceptions=True)
    assert (process.returncode, out, err) == (0, b"", b"")


async def test_a_taken_port_is_said_in_one_line(phone: Phone) -> None:
    port = phone.address.rpartition(":")[2]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "playground",
        "--port",
        port,
        stderr=asyncio.subprocess.PIPE,
        env=dict(os.environ),
    )
    _, err = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert err.decode().startswith("playground: [Errno")
    assert "Traceback" not in err.decode()
