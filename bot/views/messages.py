"""The short texts of the chat that are not screens of an item. HTML; what is filled in is escaped here."""

from __future__ import annotations

import html

from bot.rules.roles import Role
from bot.views.card import cut, harmless

STALE_BUTTON = "This button is out of date. Send /label for a fresh card."
NOT_SAVED = "Not saved. Please tap again."
NOT_SAVED_HERE = "That could not be saved. Please try again."
WENT_WRONG = "Something went wrong. Please try again."
TAP_OR_LABEL = "Please tap a button on the card. /label brings a fresh one, /help says what else there is."
NO_COMMAND = "I do not know that command. /help says what you can do here."
PRIVATE_ONLY = "Labeling happens in our private chat."
GROUP_ONLY = "That works in a group chat. Add me to one, and write it there."
ADMINS_ONLY = "Only admins of this bot can do that."
NOT_SERVED = "I do not work in this group yet: one of my admins has to add me, or write a command here."


def stranger(user_id: int) -> str:
    """The one line for somebody without access; the number is what an admin may need."""
    return (
        f"Sorry, this bot is only for invited people. Ask its admin for an invitation; your id is {user_id}."
    )


def bad_invitation(user_id: int) -> str:
    """The one line for a link that lets nobody in."""
    return f"This invitation is not valid (any more). Please ask for a new one; your id is {user_id}."


def echo(text: str, most: int = 60) -> str:
    """What somebody typed, safe to show back: harmless, one line, cut, escaped."""
    return html.escape(cut(" ".join(harmless(text).split()), most), quote=False)


def welcome(size: int) -> str:
    """The one message before the very first card: what this is, how, where the guide is, what is stored."""
    return (
        "<b>Welcome!</b> Read a short description, tap <b>Related</b> or <b>Not Related</b>, and the next one"
        f" comes: {size} in all. Every tap is saved at once. Stop whenever you like; /label goes on.\n\n"
        "/guide says what counts as related.\n"
        "Stored: your numeric Telegram id, your answers and their times. No name. /privacy says more."
    )


PRIVATE_HELP: tuple[tuple[Role, str, str], ...] = (
    (Role.LABELER, "label", "go on labeling"),
    (Role.LABELER, "mode", "choose the question"),
    (Role.LABELER, "progress", "how far you are"),
    (Role.LABELER, "guide", "what counts as related"),
    (Role.LABELER, "export", "save now and send your labels"),
    (Role.LABELER, "metrics", "how well a model agrees"),
    (Role.LABELER, "compare", "two models on the same items"),
    (Role.LABELER, "agreement", "how well people agree"),
    (Role.LABELER, "review", "where you and a model differ"),
    (Role.ADMIN, "adjudicate", "decide where people differ"),
    (Role.ADMIN, "invite", "a link that lets people in"),
    (Role.ADMIN, "labelers", "who labels"),
    (Role.ADMIN, "revoke", "end somebody's access"),
    (Role.LABELER, "privacy", "what is stored about you"),
    (Role.LABELER, "forget", "delete all about you"),
    (Role.LABELER, "help", "what you can do here"),
)
GROUP_HELP: tuple[tuple[str, str], ...] = (
    ("metrics", "how well a model agrees"),
    ("compare", "two models on the same items"),
    ("agreement", "how well people agree"),
    ("progress", "how far everybody is"),
    ("guide", "what counts as related"),
    ("export", "save now and send the labels"),
    ("subscribe", "scheduled reports here (admins)"),
    ("unsubscribe", "no more scheduled reports (admins)"),
    ("label", "label in our private chat"),
    ("help", "what I can do here"),
)


def private_help(role: Role) -> str:
    """What this person can do in the private chat."""
    lines = [f"/{command} – {what}" for least, command, what in PRIVATE_HELP if role >= least]
    if role >= Role.ADMIN:
        lines.append("\nIn a group chat, /subscribe there posts reports on schedule.")
    return "\n".join(["<b>You can</b>", *lines])


def group_help() -> str:
    """What can be done in a group."""
    return "\n".join(["<b>Here I can</b>", *(f"/{command} – {what}" for command, what in GROUP_HELP)])


def privacy(pseudonym: str | None, answers: int) -> str:
    """What is stored about the reader. pseudonym: None for somebody who is not stored."""
    if pseudonym is None:
        return "Nothing about you is stored."
    return (
        f"<b>What is stored about you</b>\n"
        f"• your numeric Telegram id, as {pseudonym}\n"
        f"• your {answers} answers, corrections included, with the times a card was shown and answered\n"
        "• which question you chose, and which message is your card\n"
        "No name, no phone number, no text you type.\n\n"
        f"Label files and group messages show only <b>{pseudonym}</b> and the labels. Names are fetched from"
        " Telegram only when an admin asks who labels, and not kept.\n"
        "/forget deletes all of it."
    )
