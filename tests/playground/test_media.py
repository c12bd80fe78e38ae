"""Photos and documents: up, down, and what Telegram would not take."""

from __future__ import annotations

import io
import json
import struct
import zlib
from typing import Any

import aiohttp
import pytest
from PIL import Image

from tests.support.phone import Chat, Phone

KEYBOARD = {"inline_keyboard": [[{"text": "More", "callback_data": "x"}]]}


def png(width: int = 4, height: int = 3) -> bytes:
    """A small picture, written by hand."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\x80" * width for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


class Sender:
    """Calls of the Bot API as multipart."""

    def __init__(self, phone: Phone, session: aiohttp.ClientSession) -> None:
        self.phone = phone
        self.session = session

    async def __call__(
        self, method: str, files: dict[str, tuple[str, bytes]], **fields: Any
    ) -> dict[str, Any]:
        form = aiohttp.FormData()
        for name, value in fields.items():
            form.add_field(name, value if isinstance(value, str) else json.dumps(value))
        for name, (filename, content) in files.items():
            form.add_field(
                name, io.BytesIO(content), filename=filename, content_type="application/octet-stream"
            )
        async with self.session.post(f"/bot{self.phone.token}/{method}", data=form) as response:
            answer: dict[str, Any] = await response.json()
            return answer


@pytest.fixture
async def send(phone: Phone) -> Any:
    async with aiohttp.ClientSession(phone.address) as session:
        yield Sender(phone, session)


@pytest.fixture
async def you(phone: Phone) -> Chat:
    return await phone.person("You", started=True)


async def test_a_photo_with_caption_and_buttons_arrives_and_can_be_looked_at(you: Chat, send: Sender) -> None:
    answer = await send(
        "sendPhoto",
        {"photo": ("table.png", png(40, 30))},
        chat_id=you.id,
        caption="<b>0.900</b>",
        parse_mode="HTML",
        reply_markup=KEYBOARD,
    )
    photo = answer["result"]["photo"][-1]
    assert (photo["width"], photo["height"], photo["file_size"]) == (40, 30, len(png(40, 30)))
    shown = you.last
    assert shown.is_photo
    assert (shown.html, shown.rows) == ("<b>0.900</b>", [["More"]])
    assert await you.file(shown) == png(40, 30)


async def test_a_document_keeps_its_name_and_can_be_downloaded(you: Chat, send: Sender) -> None:
    name, content = "12-gemma_human_labels_alignment.json", b'[{"label": "related"}]'
    answer = await send("sendDocument", {"document": (name, content)}, chat_id=you.id)
    document = answer["result"]["document"]
    assert (document["file_name"], document["file_size"]) == (name, len(content))
    assert (you.last.file_name, await you.file(you.last)) == (name, content)
    async with send.session.get("/playground/file", params={"id": document["file_id"]}) as response:
        assert await response.read() == content
        assert response.headers["Content-Disposition"].endswith(name)


async def test_a_file_that_is_not_uploaded_is_not_understood(you: Chat, send: Sender) -> None:
    answer = await send("sendPhoto", {}, chat_id=you.id, photo="AgACnonsense")
    assert answer["description"] == "Bad Request: a photo that is not uploaded is not known to the playground"


@pytest.mark.parametrize(
    ("method", "name", "content", "code", "words"),
    [
        ("sendPhoto", "photo", b"no picture", 400, "Bad Request: IMAGE_PROCESS_FAILED"),
        ("sendPhoto", "photo", png()[:50], 400, "Bad Request: IMAGE_PROCESS_FAILED"),
        ("sendPhoto", "photo", b"", 400, "Bad Request: file must be non-empty"),
        ("sendPhoto", "photo", png(9999, 2), 400, "Bad Request: PHOTO_INVALID_DIMENSIONS"),
        (
            "sendPhoto",
            "photo",
            10 * 1024 * 1024 + 1,
            400,
            "Bad Request: file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes",
        ),
        ("sendDocument", "document", b"", 400, "Bad Request: file must be non-empty"),
        ("sendDocument", "document", 50 * 1024 * 1024 + 1, 413, "Request Entity Too Large"),
        ("sendPhoto", "other", png(), 400, 'Bad Request: unknown parameter "other" in sendPhoto'),
    ],
)
async def test_a_file_that_telegram_would_not_take_is_refused(
    you: Chat, send: Sender, method: str, name: str, content: bytes | int, code: int, words: str
) -> None:
    content = bytes(content) if isinstance(content, int) else content
    answer = await send(method, {name: ("file", content)}, chat_id=you.id)
    assert (answer["error_code"], answer["description"]) == (code, words)


async def test_a_missing_file_and_a_long_caption_are_refused(you: Chat, send: Sender) -> None:
    answer = await send("sendPhoto", {}, chat_id=you.id)
    assert answer["description"] == "Bad Request: there is no photo in the request"
    answer = await send("sendDocument", {}, chat_id=you.id)
    assert answer["description"] == "Bad Request: there is no document in the request"
    files = {"photo": ("a.png", png())}
    assert (await send("sendPhoto", files, chat_id=you.id, caption="x" * 1024))["ok"]
    answer = await send("sendPhoto", files, chat_id=you.id, caption="x" * 1025)
    assert answer["description"] == "Bad Request: message caption is too long"


@pytest.mark.parametrize("kind", ["GIF", "JPEG", "WEBP"])
async def test_pictures_of_other_kinds_are_photos_with_their_size(you: Chat, send: Sender, kind: str) -> None:
    picture = io.BytesIO()
    Image.new("L", (7, 5)).save(picture, kind)
    answer = await send("sendPhoto", {"photo": ("a", picture.getvalue())}, chat_id=you.id)
    (photo,) = answer["result"]["photo"]
    assert (photo["width"], photo["height"]) == (7, 5)


async def test_the_text_of_a_photo_cannot_be_edited_as_a_message(you: Chat, send: Sender) -> None:
    photo = (await send("sendPhoto", {"photo": ("a.png", png())}, chat_id=you.id, caption="one"))["result"]
    answer = await send("editMessageText", {}, text="two", chat_id=you.id, message_id=photo["message_id"])
    assert answer["description"] == "Bad Request: there is no text in the message to edit"


async def test_a_person_can_send_a_document(phone: Phone, you: Chat, send: Sender) -> None:
    await you.upload("notes.txt", b"hello")
    (update,) = (await send("getUpdates", {}))["result"]
    document = update["message"]["document"]
    assert (document["file_name"], document["mime_type"]) == ("notes.txt", "text/plain")


@pytest.mark.parametrize(("method", "field"), [("sendPhoto", "photo"), ("sendDocument", "document")])
async def test_a_file_may_answer_a_message_and_come_silently(
    you: Chat, send: Sender, method: str, field: str
) -> None:
    asked = await you.send("/metrics")
    answer = await send(
        method,
        {field: ("a.png", png())},
        chat_id=you.id,
        reply_parameters={"message_id": asked.id},
        disable_notification=True,
    )
    assert answer["result"]["reply_to_message"]["text"] == "/metrics"
    assert you.last.raw["reply_to_message"]["message_id"] == asked.id
