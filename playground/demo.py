"""The little world that the demo starts with: two people, each with a private chat, and a group with the bot."""

from __future__ import annotations

from playground.state.people import People

ONE = 1001
TWO = 1002
GROUP = -2001


def add_demo_chats(people: People) -> None:
    """Fills an empty Telegram. The first person is meant to be the bot's admin; nobody has written yet."""
    people.add_person(ONE, "Labeler 1", username="labeler_1")
    people.add_person(TWO, "Labeler 2", username="labeler_2")
    people.add_group(GROUP, "Lab group", [ONE, TWO], bare_commands=True)
