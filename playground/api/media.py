"""Photos and documents: sending, replacing, downloading."""

from __future__ import annotations

import mimetypes
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from playground.api.keyboards import read_keyboard
from playground.api.messages import COMMON, EDITED, caption_text, edited, own_message, place, sent
from playground.api.params import Params, missing, wrong_type
from playground.api.pictures import picture_size
from playground.api.registry import method
from playground.errors import ApiError, bad_request
from playground.state.records import File

if TYPE_CHECKING:
    from playground.emulator import Playground

UPLOAD_BYTES = 50 * 1024 * 1024
PHOTO_BYTES = 10 * 1024 * 1024
DOWNLOAD_BYTES = 20 * 1024 * 1024
CAPTIONED = f"chat_id caption caption_entities {COMMON}"


def read_file(pg: Playground, params: Params, name: str, kind: str, given: Any = None) -> File:
    """The file of a request: uploaded under ``name``, attached, or known by its id. ``kind``: photo or document."""
    value = params.values.get(name) if given is None else given
    upload = params.uploads.get(name) if given is None else None
    if upload is None and isinstance(value, str) and value.startswith("attach://"):
        upload = params.uploads.get(value.removeprefix("attach://"))
    if upload is None:
        return _known_file(pg, value, kind)
    size = len(upload.content)
    if not size:
        raise bad_request("file must be non-empty")
    if size > UPLOAD_BYTES:
        raise ApiError(413, "Request Entity Too Large")
    mime_type = upload.mime_type or mimetypes.guess_type(upload.name)[0] or "application/octet-stream"
    if kind == "document":
        return pg.world.add_file(upload.name or "document", upload.content, mime_type)
    if size > PHOTO_BYTES:
        raise bad_request(
            f"file of size {size} bytes is too big for a photo; the maximum size is {PHOTO_BYTES} bytes"
        )
    pixels = picture_size(upload.content)
    if pixels is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    if sum(pixels) > 10_000 or max(pixels) > 20 * min(pixels):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return pg.world.add_file(upload.name or "photo", upload.content, mime_type, pixels)


def _known_file(pg: Playground, value: Any, kind: str) -> File:
    if value is None or value == "":
        raise missing(kind)
    if not isinstance(value, str):
        raise wrong_type(kind, "String")
    if value.startswith(("http://", "https://")):
        raise bad_request("files by address are not known to this stand-in")
    file = pg.world.files.get(value)
    if file is None:
        raise bad_request("wrong remote file identifier specified: Wrong string length")
    if bool(file.width) != (kind == "photo"):
        raise bad_request(f"can't use file of type {'Photo' if file.width else 'Document'} as {kind.title()}")
    return file


def _send(pg: Playground, params: Params, kind: str) -> dict[str, Any]:
    chat = pg.world.writable_chat(params.chat_id)
    file = read_file(pg, params, kind, kind)
    text, entities = caption_text(params)
    markup = read_keyboard(params.structure("reply_markup"))
    where = place(pg, chat, params)
    return sent(
        pg,
        pg.world.add_message(
            chat, pg.bot.id, kind=kind, text=text, entities=entities, file=file, markup=markup, **where
        ),
    )


@method("sendPhoto", f"photo has_spoiler show_caption_above_media {CAPTIONED}")
def send_photo(pg: Playground, params: Params) -> dict[str, Any]:
    """A picture with a caption."""
    return _send(pg, params, "photo")


@method("sendDocument", f"document disable_content_type_detection {CAPTIONED}")
def send_document(pg: Playground, params: Params) -> dict[str, Any]:
    """A file with a caption."""
    return _send(pg, params, "document")


@method("editMessageMedia", f"{EDITED} media")
def edit_message_media(pg: Playground, params: Params) -> dict[str, Any]:
    """Another picture or file, with its own caption, in the same message."""
    media = params.structure("media")
    if media is None:
        raise missing("media")
    if not isinstance(media, dict):
        raise wrong_type("media", "Object")
    kind = media.get("type")
    if kind not in ("photo", "document"):
        raise bad_request(f'media type "{kind}" is not known to this stand-in')
    message = own_message(pg, params)
    if message.kind not in ("photo", "document", "text"):
        raise bad_request("message can't be edited")
    file = read_file(pg, params, "media", kind, media.get("media") or "")
    fields = {name: media[name] for name in ("caption", "parse_mode", "caption_entities") if name in media}
    text, entities = caption_text(Params(fields))
    markup = read_keyboard(params.structure("reply_markup"))
    return edited(pg, message, kind=kind, file=file, text=text, entities=entities, markup=markup)


@method("getFile", "file_id")
def get_file(pg: Playground, params: Params) -> dict[str, Any]:
    """The object File with the path for the download."""
    file_id = params.text("file_id")
    if not file_id:
        raise missing("file_id")
    file = pg.world.file(file_id)
    if len(file.content) > DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    shape = replace(file).as_document()
    return {name: shape[name] for name in ("file_id", "file_unique_id", "file_size")} | {
        "file_path": file.path
    }
