"""The envelope: how a request may be sent, and what a wrong address, token or method gets."""

from __future__ import annotations

import json

import aiohttp
import pytest

from tests.playground.conftest import Bot
from tests.support.phone import Phone

KEYBOARD = json.dumps({"inline_keyboard": [[{"text": "Tap", "callback_data": "x"}]]})


@pytest.fixture
async def session(phone: Phone) -> aiohttp.ClientSession:
    """Plain HTTP to the playground."""
    async with aiohttp.ClientSession(phone.address) as opened:
        yield opened


async def test_a_request_may_be_a_query_a_form_a_multipart_body_or_json(
    phone: Phone, session: aiohttp.ClientSession
) -> None:
    you = await phone.person(started=True)
    url = f"/bot{phone.token}/sendMessage"
    fields = {"chat_id": str(you.id), "text": "a & ü 😀", "reply_markup": KEYBOARD}
    multipart = aiohttp.FormData(fields)
    multipart.add_field("disable_notification", "true", content_type="text/plain")
    for request in (
        session.get(url, params=fields),
        session.post(url, params=fields),
        session.post(url, data=fields),
        session.post(url, data=multipart),
        session.post(url, json=fields),
        session.post(url, json={"chat_id": you.id, "text": "a & ü 😀", "reply_markup": json.loads(KEYBOARD)}),
        session.post(url.replace("sendMessage", "SENDMESSAGE"), data=fields),
    ):
        async with request as response:
            answer = await response.json()
            assert response.status == 200, answer
            assert answer["result"]["text"] == "a & ü 😀"
            assert answer["result"]["reply_markup"] == json.loads(KEYBOARD)
    assert len(you.from_bot) == 7


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("/bot111:wrong/getMe", 401, "Unauthorized"),
        ("/bot111:wrong", 404, "Not Found"),
        ("/botnonsense/getMe", 404, "Not Found"),
        ("/bot/getMe", 404, "Not Found"),
        ("/bot{token}", 404, "Not Found"),
        ("/bot{token}/", 404, "Not Found: method not found"),
        ("/bot{token}/sendDice", 400, 'Bad Request: method "sendDice" is not known to the playground'),
    ],
)
async def test_wrong_tokens_paths_and_methods_get_their_own_refusals(
    phone: Phone, session: aiohttp.ClientSession, path: str, code: int, words: str
) -> None:
    async with session.get(path.replace("{token}", phone.token)) as response:
        assert response.status == code
        assert await response.json() == {"ok": False, "error_code": code, "description": words}


async def test_a_body_that_is_no_json_or_of_an_unknown_kind_is_refused(
    phone: Phone, session: aiohttp.ClientSession
) -> None:
    url = f"/bot{phone.token}/getMe"
    for data, kind, words in (
        (b"{", "application/json", "Bad Request: can't parse request: JSON expected"),
        (b"[]", "application/json", "Bad Request: can't parse request: an Object expected"),
        (b"<x/>", "text/xml", "Bad Request: unsupported content type text/xml"),
    ):
        async with session.post(url, data=data, headers={"Content-Type": kind}) as response:
            assert (response.status, (await response.json())["description"]) == (400, words)


async def test_the_bot_knows_its_own_name(phone: Phone, bot: Bot) -> None:
    me = (await bot("getMe"))["result"]
    assert me["username"] == phone.bot_username == "labelbot_demo_bot"
    assert me["is_bot"] is True
    assert me["can_read_all_group_messages"] is False


async def test_every_call_is_in_the_log(phone: Phone, bot: Bot) -> None:
    you = await phone.person(started=True)
    await bot("sendMessage", chat_id=you.id, text="hello")
    await bot("sendMessage", chat_id=you.id, text="")
    await bot("getMe")
    calls = await phone.calls()
    assert [(call.method, call.chat_id, call.code) for call in calls] == [
        ("sendMessage", you.id, 200),
        ("sendMessage", you.id, 400),
        ("getMe", None, 200),
    ]
    assert calls[0].params == {"chat_id": you.id, "text": "hello"}
    assert [call.description for call in await phone.refusals()] == ["Bad Request: message text is empty"]
    assert [call.method for call in await phone.calls("getme")] == ["getMe"]
    assert len(await phone.calls(chat=you.id, after=calls[0].seq)) == 1
