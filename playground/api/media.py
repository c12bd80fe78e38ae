"""Photos and documents."""

from __future__ import annotations

import io
import mimetypes
from typing import Any

from PIL import Image, UnidentifiedImageError

from playground.api.messages import COMMON, caption_text, post
from playground.api.params import Params, Upload, missing
from playground.api.registry import method
from playground.errors import ApiError, bad_request
from playground.state.records import File
from playground.state.telegram import Telegram

UPLOAD_BYTES = 50 * 1024 * 1024
PHOTO_BYTES = 10 * 1024 * 1024
LONGEST_SIDES = 10_000
LONGEST_RATIO = 20


@method("sendPhoto", f"photo caption {COMMON}")
def send_photo(telegram: Telegram, params: Params) -> dict[str, Any]:
    """Sends a picture with a caption."""
    return _send(telegram, params, "photo")


@method("sendDocument", f"document caption {COMMON}")
def send_document(telegram: Telegram, params: Params) -> dict[str, Any]:
    """Sends a file with a caption."""
    return _send(telegram, params, "document")


def _send(telegram: Telegram, params: Params, kind: str) -> dict[str, Any]:
    chat = telegram.world.writable_chat(params.chat_id)
    file = _file(telegram, params, kind)
    text, entities = caption_text(params)
    return post(telegram, params, chat, kind=kind, text=text, entities=entities, file=file)


def _file(telegram: Telegram, params: Params, kind: str) -> File:
    """Returns the file that was uploaded with a request."""
    upload = params.uploads.get(kind)
    if upload is None and params.values.get(kind):
        raise bad_request(f"a {kind} that is not uploaded is not known to the playground")
    if upload is None:
        raise missing(kind)
    size = len(upload.content)
    if not size:
        raise bad_request("file must be non-empty")
    if size > UPLOAD_BYTES:
        raise ApiError(413, "Request Entity Too Large")
    pixels = _photo_size(upload) if kind == "photo" else (0, 0)
    mime_type = upload.mime_type or mimetypes.guess_type(upload.name)[0] or "application/octet-stream"
    return telegram.world.add_file(upload.name or kind, upload.content, mime_type, pixels)


def _photo_size(upload: Upload) -> tuple[int, int]:
    """Returns width and height in pixels of a picture that Telegram takes as a photo."""
    size = len(upload.content)
    if size > PHOTO_BYTES:
        raise bad_request(
            f"file of size {size} bytes is too big for a photo; the maximum size is {PHOTO_BYTES} bytes"
        )
    try:
        with Image.open(io.BytesIO(upload.content)) as picture:
            pixels = picture.size
            picture.load()
    except (UnidentifiedImageError, OSError, SyntaxError):  # what Pillow raises for what is broken
        raise bad_request("IMAGE_PROCESS_FAILED") from None
    if sum(pixels) > LONGEST_SIDES or max(pixels) > LONGEST_RATIO * min(pixels):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return pixels
