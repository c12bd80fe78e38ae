"""What is written: one line per event, and never a token, a name, or what people wrote."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from telegram.error import InvalidToken

from bot.log import LOGGER, Redacting, log_event, set_up_logging
from playground.http.server import listen
from tests.support.bench import ADMIN, Bench
from tests.support.phone import TOKEN, Phone
from tests.support.process import BotProcess, WarmProcess, environment, until

FORMS = (TOKEN, quote(TOKEN, safe=""), TOKEN.partition(":")[2])


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the log has so far, as text."""
    yield from logged("text")


@pytest.fixture
def written_json() -> Iterator[io.StringIO]:
    """The same as JSON."""
    yield from logged("json")


def logged(style: str) -> Iterator[io.StringIO]:
    target = io.StringIO()
    handler = logging.StreamHandler(target)
    handler.setFormatter(Redacting(style, [TOKEN, "hook-secret"]))
    LOGGER.addHandler(handler)
    level = LOGGER.level
    LOGGER.setLevel(logging.DEBUG)
    try:
        yield target
    finally:
        LOGGER.removeHandler(handler)
        LOGGER.setLevel(level)


def test_an_event_is_one_line_with_its_fields(written: io.StringIO) -> None:
    log_event("polling", bot="some_bot", seconds=1.5, reason="two words", nothing="")
    line = written.getvalue()
    assert line.endswith(' INFO labelbot: polling bot=some_bot seconds=1.5 reason="two words" nothing=""\n')
    assert line.count("\n") == 1


def test_line_breaks_and_terminal_codes_do_not_reach_the_terminal(written: io.StringIO) -> None:
    log_event("trouble", reason="a\nb\r\x1b[31mred\u2028c\x85")
    LOGGER.warning("two\nlines\x1b[0m")
    text = written.getvalue()
    assert text.count("\n") == 2
    assert not {"\r", "\x1b", "\u2028", "\x85"} & set(text)
    assert "two\\nlines" in text


def test_a_very_long_value_is_cut(written: io.StringIO) -> None:
    log_event("trouble", reason="x" * 10_000)
    assert len(written.getvalue()) < 600


def test_json_lines_parse_and_have_the_fields(written_json: io.StringIO) -> None:
    log_event("polling", fields={"version": "1", "open": False}, bot="some_bot", reason='quote " and\nbreak')
    LOGGER.warning("plain %s", "words")
    first, second = (json.loads(line) for line in written_json.getvalue().splitlines())
    assert first["event"] == "polling"
    assert first["level"] == "INFO"
    assert (first["version"], first["open"], first["bot"]) == ("1", False, "some_bot")
    assert first["reason"] == 'quote " and\nbreak'
    assert second["event"] == "plain words"
    assert first["time"][:2] == "20"


@pytest.mark.parametrize("style", ["text", "json"])
def test_tokens_are_hidden_in_messages_fields_and_tracebacks(style: str) -> None:
    for target in logged(style):
        for secret in (*FORMS[:2], "hook-secret", "7654321:" + "A" * 35):
            log_event("trouble", reason=f"https://api.telegram.org/bot{secret}/getMe", other=[secret])
            LOGGER.error("by %s", secret)
            try:
                raise InvalidToken(f"The token `{secret}` was rejected")
            except InvalidToken:
                LOGGER.exception("failed")
        log_event("link", url="https://t.me/some_bot?start=AbC_-123")
        text = target.getvalue()
        assert text.count("(hidden)") >= 4 * 4
        assert "Traceback" in text
        for secret in (*FORMS[:2], "hook-secret", "A" * 35, "AbC_-123"):
            assert secret not in text


def test_libraries_that_log_requests_are_quiet_at_every_level() -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        set_up_logging("DEBUG", "text", [TOKEN])
        for name in (
            "telegram.ext.ExtBot",
            "telegram.ext.Application",
            "aiohttp.access",
            "apscheduler.scheduler",
        ):
            assert not logging.getLogger(name).isEnabledFor(logging.INFO), name
        assert LOGGER.isEnabledFor(logging.DEBUG)
    finally:
        logging.captureWarnings(False)
        root.handlers[:] = before[0]
        root.setLevel(before[1])


async def test_no_object_shows_the_token(bench: Bench) -> None:
    settings = bench.settings()
    async with bench.running() as inside:
        app = inside.app
        shown = [app, app.bot, app.updater, settings, settings.token, inside.services, inside.services.outbox]
        shown += [app.bot.request, app.bot_data]
        for one in shown:
            text = f"{one!r} {one!s}"
            assert not any(form in text for form in FORMS), type(one)


def hits(folder: Path) -> list[str]:
    """Files below a folder in which a form of the token stands."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        found += [str(path) for form in FORMS if form.encode() in content]
    return found


async def session(phone: Phone, bot: BotProcess) -> None:
    """Somebody labels, types, and asks for a file."""
    you = await phone.person("Zebedee Quux", ADMIN, username="zeb_quux")
    await you.send("/start")
    await you.wait_text("Item 1 / 300", seconds=20)
    await you.step("Related")
    await you.ask("purple elephants everywhere")
    await you.send("/export")
    await you.wait_for(lambda message: message.file_name, seconds=10)
    await phone.fault("error", code=500, method="sendMessage")
    await you.send("/help")
    await phone.settle()


@pytest.mark.long
async def test_the_token_is_nowhere_whatever_telegram_answers(tmp_path: Path) -> None:
    """At DEBUG, over {200, 401, 404, 500, refused}: logs, files, standard output, and messages."""
    async with Phone.start(validate=False) as good, Phone.start(validate=False) as bad:
        sock = listen()
        port = sock.getsockname()[1]
        sock.close()
        bots = {}
        for name in ("200", "401", "404", "500", "refused"):
            folder = tmp_path / name
            folder.mkdir()
            phone = good if name == "200" else bad
            more = {"TELEGRAM_API_URL": f"http://127.0.0.1:{port}"} if name == "refused" else {}
            style = "json" if name in ("200", "500") else "text"
            settings = environment(phone, folder, LOG_LEVEL="DEBUG", LOG_FORMAT=style, **more)
            kind = BotProcess if name == "200" else WarmProcess
            bots[name] = kind(folder, settings)
        for code in (401, 404, 500):
            await bad.fault(
                "error", code=code, description="No", method="getMe", count=1 if code < 500 else None
            )
            if code < 500:
                await bots[str(code)].start()
                assert await bots[str(code)].wait() == 1
        for name in ("200", "500", "refused"):
            await bots[name].start()
        await session(good, bots["200"])
        for name in ("200", "500", "refused"):
            if name != "200":
                await until(lambda bot=bots[name]: "trying again" in bot.said, 20)
            assert await bots[name].stop() == 0
        assert hits(tmp_path) == []
        said = "".join(message.text for chat in good.mirror.values() for message in chat.values())
        assert not any(form in said for form in FORMS)
    for name, bot in bots.items():
        assert "Traceback" not in bot.said, name
        assert "starting" in bot.said
        last = bot.said.splitlines()[-1]
        if name in ("401", "404"):
            assert last == "Telegram refuses the token: check TELEGRAM_BOT_TOKEN, then start again."
    check_the_log_of_a_session(bots["200"].said)


def check_the_log_of_a_session(said: str) -> None:
    """One JSON object a line, and nothing about people."""
    lines = [json.loads(line) for line in said.splitlines()]
    assert all({"time", "level", "logger", "event"} <= line.keys() for line in lines)
    start = next(line for line in lines if line["event"] == "starting")
    assert start["version"]
    assert start["python"]
    assert start["sample_size"] == 300
    assert start["admin_ids"] == 1
    calls = [line for line in lines if line["event"] == "request"]
    assert {"getMe", "getUpdates", "editMessageText", "sendDocument"} <= {line["method"] for line in calls}
    for private in ("Zebedee", "quux", "purple", str(ADMIN), "Is this feature"):
        assert private.lower() not in said.lower(), private
