"""Who the bot is, and how updates reach it: by long polling or by a webhook."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import Any
from urllib.parse import urlsplit

from playground.api.params import Params
from playground.api.registry import method
from playground.errors import Dropped, bad_request, conflict
from playground.state.telegram import Telegram

LONGEST_POLL = 50
MOST_UPDATES = 100
WEBHOOK_ACTIVE = (
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
OTHER_POLLER = "terminated by other getUpdates request; make sure that only one bot instance is running"


@method("getMe")
def get_me(telegram: Telegram, params: Params) -> dict[str, Any]:
    """Returns the bot with what only bots know of themselves."""
    return telegram.bot.as_api() | {
        "can_join_groups": True,
        "can_read_all_group_messages": not telegram.privacy_mode,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
    }


@method("getUpdates", "offset timeout allowed_updates")
async def get_updates(telegram: Telegram, params: Params) -> list[dict[str, Any]]:
    """Confirms what is before ``offset``, then waits up to ``timeout`` seconds for updates."""
    if telegram.webhook.url:
        raise conflict(WEBHOOK_ACTIVE)
    updates = telegram.updates
    timeout = min(max(params.integer("timeout") or 0, 0), LONGEST_POLL)
    updates.allow(params.values.get("allowed_updates"))
    updates.confirm(params.integer("offset") or 0)
    me = updates.poller = object()
    updates.changed.wake()  # ends the poll of another bot
    telegram.activity.wake()
    found = updates.pending(MOST_UPDATES)
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while not found:
                    await updates.changed.wait()
                    await _check_poll(telegram, me)
                    found = updates.pending(MOST_UPDATES)
    finally:
        if updates.poller is me:
            updates.poller = None
            telegram.activity.wake()
    return [update.as_api() for update in found]


async def _check_poll(telegram: Telegram, me: object) -> None:
    """Raises what ends a long poll that is under way."""
    if telegram.updates.poller is not me:
        raise conflict(OTHER_POLLER)
    if telegram.webhook.url:
        raise conflict("terminated by setWebhook request")
    if telegram.closed:
        raise Dropped
    await telegram.faults.apply_before(telegram.faults.match("getupdates", None))


@method("setWebhook", "url allowed_updates drop_pending_updates secret_token")
async def set_webhook(telegram: Telegram, params: Params) -> bool:
    """Pushes updates to ``url`` from now on; plain http is allowed, because the receiver is on this machine."""
    url = params.text("url")
    secret = params.text("secret_token")
    if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        raise bad_request("secret token contains unallowed characters")
    if url and urlsplit(url).scheme not in ("http", "https"):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    telegram.updates.allow(params.values.get("allowed_updates"))
    if params.flag("drop_pending_updates"):
        telegram.updates.waiting.clear()
    await telegram.webhook.set(url, secret)
    telegram.updates.changed.wake()
    return True


@method("deleteWebhook", "drop_pending_updates")
async def delete_webhook(telegram: Telegram, params: Params) -> bool:
    """Goes back to polling."""
    if params.flag("drop_pending_updates"):
        telegram.updates.waiting.clear()
    await telegram.webhook.set("", "")
    return True


@method("getWebhookInfo")
def get_webhook_info(telegram: Telegram, params: Params) -> dict[str, Any]:
    """Returns the object WebhookInfo."""
    webhook = telegram.webhook
    info: dict[str, Any] = {
        "url": webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(telegram.updates),
    }
    if webhook.url:
        info["ip_address"] = "127.0.0.1"
    if webhook.last_error:
        info["last_error_date"] = webhook.last_error_date
        info["last_error_message"] = webhook.last_error
    if telegram.updates.allowed:
        info["allowed_updates"] = sorted(telegram.updates.allowed)
    return info
