"""Who am I, and how updates reach the bot: long polling or a webhook."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playground.api.params import Params, wrong_type
from playground.api.registry import method
from playground.errors import bad_request, conflict

if TYPE_CHECKING:
    from playground.emulator import Playground

LONGEST_POLL = 50
WEBHOOK_ACTIVE = (
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
OTHER_POLLER = "terminated by other getUpdates request; make sure that only one bot instance is running"


@method("getMe")
def get_me(pg: Playground, params: Params) -> dict[str, Any]:
    """The bot with what only bots know of themselves."""
    return {
        **pg.bot.as_api(),
        "first_name": pg.profile.name(),
        "can_join_groups": True,
        "can_read_all_group_messages": not pg.privacy_mode,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
    }


@method("getUpdates", "offset limit timeout allowed_updates")
async def get_updates(pg: Playground, params: Params) -> list[dict[str, Any]]:
    """Long polling: confirms what is before ``offset``, then waits for updates up to ``timeout`` seconds."""
    if pg.webhook.url:
        raise conflict(WEBHOOK_ACTIVE)
    limit = params.integer("limit") or 100
    timeout = min(max(params.integer("timeout") or 0, 0), LONGEST_POLL)
    pg.updates.allow(read_kinds(params))
    pg.updates.confirm(params.integer("offset") or 0)
    me = pg.poller = object()
    pg.updates.wake()
    pg.touch()
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout
    try:
        while not (found := pg.updates.pending(min(max(limit, 1), 100))):
            left = deadline - loop.time()
            if left <= 0:
                break
            await pg.updates.wait(left)
            if pg.poller is not me:
                raise conflict(OTHER_POLLER)
            if pg.webhook.url:
                raise conflict("terminated by setWebhook request")
            await pg.suffer(pg.faults.strike("getupdates", None))
    finally:
        if pg.poller is me:
            pg.poller = None
            pg.touch()
    return [update.as_api() for update in found]


def read_kinds(params: Params) -> list[str] | None:
    """``allowed_updates`` as a list of words; None when not given."""
    kinds = params.structure("allowed_updates")
    if kinds is None:
        return None
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        raise wrong_type("allowed_updates", "Array")
    return kinds


@method("setWebhook", "url max_connections allowed_updates drop_pending_updates secret_token")
async def set_webhook(pg: Playground, params: Params) -> bool:
    """Updates go to ``url`` from now on; plain http is allowed here, because the receiver is on this machine."""
    url = params.text("url")
    secret = params.text("secret_token")
    if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        raise bad_request("secret token contains unallowed characters")
    if url and urlsplit(url).scheme not in ("http", "https"):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    pg.updates.allow(read_kinds(params))
    if params.flag("drop_pending_updates"):
        pg.updates.drop()
    await pg.webhook.set(url, secret, params.integer("max_connections") or 40)
    pg.updates.wake()
    return True


@method("deleteWebhook", "drop_pending_updates")
async def delete_webhook(pg: Playground, params: Params) -> bool:
    """Back to polling."""
    if params.flag("drop_pending_updates"):
        pg.updates.drop()
    await pg.webhook.set("", "", 40)
    return True


@method("getWebhookInfo")
def get_webhook_info(pg: Playground, params: Params) -> dict[str, Any]:
    """The object WebhookInfo."""
    info: dict[str, Any] = {
        "url": pg.webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(pg.updates),
    }
    if pg.webhook.url:
        info["max_connections"] = pg.webhook.max_connections
        info["ip_address"] = "127.0.0.1"
    if pg.webhook.last_error:
        info["last_error_date"] = pg.webhook.last_error_date
        info["last_error_message"] = pg.webhook.last_error
    if pg.updates.allowed:
        info["allowed_updates"] = sorted(pg.updates.allowed)
    return info


@method("logOut")
def log_out(pg: Playground, params: Params) -> bool:
    """Every later call is refused, as after a move to another Bot API server."""
    pg.logged_out = True
    return True


@method("close")
def close(pg: Playground, params: Params) -> bool:
    """Nothing to close here."""
    return True
