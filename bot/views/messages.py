"""The short texts of the chat that are not screens of an item. HTML; what is filled in is escaped here."""

from __future__ import annotations

from collections.abc import Sequence

from bot.views.text import counted, duration, echo
from storage.records import LONGEST_NOTE

STALE_BUTTON = "This button is out of date. Send /label for a fresh card."
FIRST_ITEM = "This is the first item."
ACTED_BEFORE = "That was answered before; nothing has changed now."
SET_IS_OVER = "These items are not asked any more, thank you. /label shows what is left."
TOO_FAST = "Too fast: tap again"
NOT_SAVED = "Not saved. Please tap again."
NOT_SAVED_HERE = "That could not be saved. Please try again."
WENT_WRONG = "Something went wrong. Please try again."
TAP_OR_LABEL = (
    "Please tap a button on the card, or reply to it to leave a note. /label brings a fresh one,"
    " /help says what else there is."
)
NO_ITEM_THERE = (
    "There is no item on that message. Reply to a card to leave a note; /label brings a fresh one."
)
NOTE_IS_TEXT = "A note is text: type it as a reply to the card."
NO_COMMAND = "I do not know that command. /help says what you can do here."
PRIVATE_ONLY = "Labeling happens in our private chat."
GROUP_ONLY = "That works in a group chat. Add me to one, and write it there."
ADMINS_ONLY = "Only admins of this bot can do that."
NOT_SERVED = "I do not work in this group yet: one of my admins has to add me, or write a command here."

ANONYMOUS = "I cannot see who you are. Please write as yourself, not anonymously."
NOT_MADE = "The report could not be made. The log says why; the labels are safe."
NOTHING_LABELED = "Nothing is labeled yet. /label starts."
REPORTS_ARE_OFF = "Scheduled reports are switched off. REPORT_CRON is empty: give it a time, and start again."
MODEL_GONE = "That is not there any more. Send /metrics for what is."
TWO_MODELS_NEEDED = "That needs two models with files in a mode that somebody has labeled."
TWO_DIFFERENT_MODELS = "Name two different models that have files in the same mode."
IN_ALREADY = "This invitation is not valid (any more), but you are in already."
NAME_A_LABELER = "Name one labeler as /labelers shows them, such as /revoke labeler-03."
HOW_TO_INVITE = "Write /invite, or how many people and for how many days: /invite 5 14"
NOTHING_STORED = "Nothing about you is stored."
NOTHING_STORED_ANY_MORE = "Nothing about you is stored any more."
HASH_STORED = (
    "Nothing about you is stored but a keyed hash of your Telegram id: your access was ended, and the hash keeps it so."
    " A new invitation deletes it."
)
FORGET_ASK_FIRST = (
    "This deletes your answers in all modes and your identity here. It cannot be undone. Delete?"
)
FORGET_LAST_ADMIN = " You are the only admin: when the bot starts next, it prints a link for a new one."
FORGET_ASK_AGAIN = "Really delete all your answers, for good?"
ADMIN_NOW = "You are an admin of this bot now. /help shows what you can do."


def not_written(reason: str) -> str:
    """Return the line for files that cannot be written; `reason` in the system's words."""
    return f"The files cannot be written: {echo(reason)}. The labels themselves are safe. Check OUTPUT_DIR."


def noted(item: str, *, whole: bool) -> str:
    """Return the line that confirms a note on `item`, the item's name on its card; `whole`: the note was not cut."""
    cut = "" if whole else f", cut to its first {LONGEST_NOTE} characters"
    return f"Note kept on {item}{cut}. Another reply adds to it."


def not_yet(mode: str, lacking: int) -> str:
    """Return the line for figures that would tell single labels; `lacking`: labels until the first figures."""
    return (
        f"Not yet: the first figures in {mode} come after {counted(lacking, 'more label')}. /label goes on."
    )


def nothing_labeled_in(mode: str) -> str:
    """Return the line for a mode without a label."""
    return f"Nothing is labeled yet in {mode}."


def nothing_to_export(mode: str) -> str:
    """Return the line for an export without a file; `mode` is empty in a group."""
    return (
        f"You have labeled nothing in {mode} yet. /label starts."
        if mode
        else "Nobody has labeled anything yet."
    )


def still_labeling(modes: Sequence[str]) -> str:
    """Return the line for a group that asks for everybody's labels while somebody still labels."""
    return (
        f"{' and '.join(modes)}: somebody is still labeling, and must not see what others said."
        " The file comes here when everybody has finished; an admin of this bot gets it in our private chat."
    )


def no_such_labeler(typed: str) -> str:
    """Return the line for a pseudonym that nobody has."""
    return f"There is no {echo(typed)}. /labelers shows who there is."


def revoked(pseudonym: str) -> str:
    """Return the line that confirms that somebody's access has ended."""
    return f"{pseudonym} has no access any more. The answers stay; a new invitation lets them back."


def hello(username: str, model: str) -> str:
    """Return what is said once when the bot is added to a group; `model` is a name that can be typed."""
    return (
        "Hello. I say here how well a language model agrees with the people who label.\n\n"
        f"/metrics@{username} {echo(model)}\n/progress@{username}\n/help@{username}\n\n"
        "Labeling happens in our private chat."
    )


def no_model_file(mode: str) -> str:
    """Return the line for a mode in which no model has a file."""
    return f"There is no model's file for {mode} yet."


def no_such_mode(typed: str, modes: Sequence[str]) -> str:
    """Return the line for a word that is no mode, with those that there are."""
    return f"“{echo(typed)}” is no mode. There are: {', '.join(modes)}."


def subscribed(model: str, mode: str | None, first: str) -> str:
    """Return the line that confirms scheduled reports.

    Args:
        model: The model; empty for the bot's own choice.
        mode: The mode; None for the bot's own choice.
        first: When the first report comes, in words.
    """
    where = f" in {echo(mode)}" if mode else ""
    return (
        f"Reports on {echo(model) or 'the model'}{where} come here from now on: the first on {first},"
        " later ones only when something changed. /unsubscribe ends them."
    )


def stranger(user_id: int) -> str:
    """Tell somebody that they have no access, with the number that an admin may need."""
    return (
        f"Sorry, this bot is only for invited people. Ask its admin for an invitation; your id is {user_id}."
    )


def without_admin(user_id: int) -> str:
    """Tell somebody, on a bot without an admin, how to become its admin, with their number."""
    return f"This bot has no admin yet. Is it yours? Open the link that its terminal shows; your id is {user_id}."


def bad_invitation(user_id: int) -> str:
    """Tell somebody that their link lets nobody in."""
    return f"This invitation is not valid (any more). Please ask for a new one; your id is {user_id}."


def kept_apart(notice: str, *, shown: bool) -> str:
    """Return the notice of an answer that does not count as blind.

    Args:
        notice: What was saved.
        shown: Whether the labeler was shown a model's label of the item; else a report was out already.
    """
    why = "you saw a model's label" if shown else "a report was out"
    return f"{notice} · kept apart, {why}"


def receipt(first_day: str, last_day: str, done: int) -> str:
    """Return the one line that a card becomes when another takes its place.

    Args:
        first_day: The day of the first item labeled on it, such as `Tue 24 Nov`.
        last_day: The day of the last one.
        done: How many were labeled on it; days do not count when none was.
    """
    if not done:
        return "Continued below."
    return f"{first_day if first_day == last_day else f'{first_day} to {last_day}'}: {done} labeled"


def how_it_stands(done: int, left: int, seconds: float | None) -> str:
    """Return the notice of a sitting; `seconds`: the time that is left at its pace, None when that is not known."""
    time = f" · about {duration(seconds)}" if seconds is not None and left else ""
    return f"{done} done · {left} left{time}"


def more_follow(size: int) -> str:
    """Return the notice of the last item of the sample where a focus set follows at once."""
    return f"All {size} labeled, thank you · more items follow"


def welcome(size: int, *, repeats: bool) -> str:
    """Return the one message before the very first card: what this is, how it is done, what is stored.

    Args:
        size: How many items there are.
        repeats: Whether some items come once more, unannounced.
    """
    again = (
        "Later a few come a second time, to see how steady answers are; your first answer stays. "
        if repeats
        else ""
    )
    return (
        "<b>Welcome!</b> A <b>feature</b> is something that a language model has learned to notice. You read a short"
        " description of one, tap <b>Related</b> or <b>Not Related</b>, and the next one comes:"
        f" {size} in all. {again}Every tap is saved at once. Stop whenever you like, and send /label to continue.\n\n"
        "/guide says what counts as related.\n"
        "Stored: your numeric Telegram id, your answers and their times. Your name is never stored."
        " /privacy says more."
    )


def privacy(pseudonym: str, answers: int, notes: int, *, repeats: bool, revoked: bool) -> str:
    """Return what is stored about the reader.

    Args:
        pseudonym: The reader's.
        answers: How many answers are stored, corrections included.
        notes: How many notes on items are stored.
        repeats: Whether some items come once more, unannounced.
        revoked: Whether the reader's access was ended.
    """
    ban = (
        "\nYour access was ended. After /forget, a keyed hash of your id stays, so that it remains so until a new"
        " invitation; nothing else can be read from it."
    )
    again = (
        "• your answers to items that came a second time, as a few do, to see how steady answers are; your first"
        " answer stays\n"
        if repeats
        else ""
    )
    return (
        f"<b>What is stored about you</b>\n"
        f"• your numeric Telegram id, as {pseudonym}\n"
        f"• your {answers} answers, corrections included, with the times a card was shown and answered\n"
        f"{again}"
        f"• {counted(notes, 'note')} that you wrote as a reply to a card; who decides disputed items sees"
        f" them as {pseudonym}'s\n"
        "• which question you chose, and which message is your card\n"
        "• the time of your reminder and your time zone, while /remind is on\n"
        "No name, no phone number, nothing else that you type.\n\n"
        f"Label files show only <b>{pseudonym}</b>, the labels and your notes. A group is never shown a note."
        " Names are fetched from Telegram only when an admin asks who labels, and not kept.\n"
        f"/forget deletes all of it.{ban if revoked else ''}"
    )
