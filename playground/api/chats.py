"""Questions about chats and members, and leaving a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.api.params import Params
from playground.api.registry import method
from playground.errors import bad_request
from playground.state.records import ADMINS, INSIDE, Chat

if TYPE_CHECKING:
    from playground.emulator import Playground

PERMISSIONS = [
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
]


@method("getChat", "chat_id")
def get_chat(pg: Playground, params: Params) -> dict[str, Any]:
    """The object ChatFullInfo."""
    chat = pg.world.writable_chat(params.chat_id)
    shape = pg.world.chat_json(chat)
    shape.pop("all_members_are_administrators", None)
    gifts = (
        "unlimited_gifts",
        "limited_gifts",
        "unique_gifts",
        "premium_subscription",
        "gifts_from_channels",
    )
    shape |= {
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, False),
    }
    if not chat.is_private:
        shape["permissions"] = dict.fromkeys(PERMISSIONS, True)
    return shape


def _group(pg: Playground, params: Params, refusal: str) -> Chat:
    chat = pg.world.writable_chat(params.chat_id)
    if chat.is_private:
        raise bad_request(refusal)
    return chat


@method("getChatMember", "chat_id user_id")
def get_chat_member(pg: Playground, params: Params) -> dict[str, Any]:
    """The object ChatMember."""
    chat = pg.world.writable_chat(params.chat_id)
    user_id = params.needed("user_id")
    if user_id not in pg.world.users:
        raise bad_request("PARTICIPANT_ID_INVALID")
    return pg.world.member_json(chat, user_id)


@method("getChatAdministrators", "chat_id")
def get_chat_administrators(pg: Playground, params: Params) -> list[dict[str, Any]]:
    """All administrators who are no other bots."""
    chat = _group(pg, params, "there are no administrators in the private chat")
    return [pg.world.member_json(chat, user) for user, role in chat.roles.items() if role in ADMINS]


@method("getChatMemberCount", "chat_id")
def get_chat_member_count(pg: Playground, params: Params) -> int:
    """How many people and bots are inside."""
    chat = pg.world.writable_chat(params.chat_id)
    return sum(role in INSIDE for role in chat.roles.values())


@method("leaveChat", "chat_id")
def leave_chat(pg: Playground, params: Params) -> bool:
    """The bot goes by itself."""
    chat = _group(pg, params, "chat member status can't be changed in private chats")
    pg.people.set_bot_role(pg.bot.id, chat.id, "left")
    return True
