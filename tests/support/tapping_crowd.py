"""People who tap, as many and as fast as a test wants, and how long each of their taps took."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterable, Sequence

from tests.support.phone import Chat, Message, Phone

WORDS = ("Related", "Not Related", "Back", "Skip")
"""Two items further every four taps. Whoever begins does not begin with Back: on the first item it changes nothing."""


async def open_cards(phone: Phone, user_ids: Iterable[int]) -> list[Chat]:
    """Bring people who have their first card in front of them; the bot lets everybody in."""
    people = [await phone.person(f"Person {user_id}", user_id) for user_id in user_ids]
    for person in people:
        await person.send("/start")
    for person in people:
        await person.wait_text("Item 1 / ", seconds=20)
    return people


async def tap_on(person: Chat, seconds: float, start: int = 0, think: float = 0.0) -> list[float]:
    """Tap for a while, each time `think` seconds after the last card came.

    Returns how long each tap took until the card changed.
    """
    took = []
    until = time.monotonic() + seconds
    number = start
    while time.monotonic() < until:
        word = WORDS[number % len(WORDS)]
        began = time.monotonic()
        # on a fast machine somebody comes to the end: from the summary `Back` leads to the last item
        await person.step(word if person.card.has(word) else "Back", seconds=30)
        took.append(time.monotonic() - began)
        number += 1
        await asyncio.sleep(think)
    return took


async def tap_together(people: Sequence[Chat], seconds: float, think: float = 0.0) -> list[float]:
    """Let everybody tap at once, and return all times."""
    found = await asyncio.gather(
        *(tap_on(one, seconds, start % 2, think) for start, one in enumerate(people))
    )
    return [one for times in found for one in times]


async def hammer(person: Chat, card: Message, times: int, pause: float = 0.0) -> list[str]:
    """Press the buttons of one card without waiting for anything, and return the ids of the taps."""
    data = [card.button(word).data for word in ("Related", "Not Related")]
    taps = []
    for number in range(times):
        taps.append(await person.press(data[number % 2], card))
        await asyncio.sleep(pause)
    return taps


def median_ms(times: Sequence[float]) -> float:
    """Return the median in milliseconds."""
    return statistics.median(times) * 1000
