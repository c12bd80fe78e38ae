"""People who tap while the bot is killed and started again, and what must hold afterwards.

Acknowledged is what the playground saw: an answer to the tap that begins with `Saved: `. The times at which the
process is killed are drawn from a seed; half of them are the very moments in which such an answer, or the
edit of a card, arrives, when a program that acknowledges before it commits would be caught.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.rules.callback_data import CARD, CallbackData, encode
from playground.emulator import Emulator
from tests.support.phone import Chat, Phone
from tests.support.process import BotProcess, asks, until

LABELS = {"Related": "related", "Not Related": "not-related"}
PATIENCE = 1.0
"""Seconds after which a person taps again."""


@dataclass(frozen=True, slots=True)
class Tap:
    """What somebody tapped: on which item, which label, and Telegram's id of the tap."""

    user_id: int
    row: int
    label: str
    callback_id: str


@dataclass
class Witness:
    """All taps, in the order in which they were made. missed: acknowledged ones that a killed process had not saved."""

    playground: Emulator
    taps: list[Tap] = field(default_factory=list)
    missed: set[str] = field(default_factory=set)

    def acknowledged(self, tap: Tap) -> bool:
        """Tell whether the playground saw this tap answered as saved."""
        answers = self.playground.world.callbacks[tap.callback_id].answers
        return any(answer["text"].startswith("Saved: ") for answer in answers)

    def look(self, database: Path) -> None:
        """See what a killed process has left, in a copy: the next start may get taps once more and save them then."""
        with tempfile.TemporaryDirectory() as folder:
            for path in database.parent.glob(f"{database.name}*"):
                shutil.copy(path, folder)
            with contextlib.closing(sqlite3.connect(Path(folder) / database.name)) as connection:
                saved = {tap_id for (tap_id,) in connection.execute("SELECT tap_id FROM answers")}
        self.missed |= {tap.callback_id for tap in self.taps if self.acknowledged(tap)} - saved


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in the database. lost: acknowledged labels that are not there. twice: taps counted twice.

    saved: items that have a label. foreign: labels and taps that nobody made.
    """

    taps: int
    acknowledged: int
    saved: int
    lost: int
    twice: int
    foreign: int


def row_of(text: str) -> int | None:
    """Return the item that a card shows, from 0, or None for the summary."""
    found = re.search(r"Item (\d+) / ", text)
    return int(found[1]) - 1 if found else None


async def keep_tapping(person: Chat, witness: Witness, draw: random.Random, stop: asyncio.Event) -> None:
    """Be a person who taps, waits for the answer a while, and taps again on what the card shows then."""
    while not stop.is_set():
        card = person.card
        row = row_of(card.text)
        word = draw.choice(tuple(LABELS)) if row is not None else "Back"
        callback_id = await person.press(card.button(word).data, card)
        if row is not None:
            witness.taps.append(Tap(person.user_id, row, LABELS[word], callback_id))
        with contextlib.suppress(AssertionError):
            await person.answer(callback_id, seconds=PATIENCE)
        await asyncio.sleep(draw.random() * 0.004)


def shoot_at(bot: BotProcess, phone: Phone, kind: str, number: int) -> Callable[[], None]:
    """Kill when the n-th event of a kind happens in the playground, at that very moment; gives what takes it back."""
    left = number
    assert phone.playground is not None

    def look(event: dict[str, object]) -> None:
        nonlocal left
        if event["type"] == kind:
            left -= 1
            if left == 0:
                bot.shoot()

    return phone.playground.events.listen(look)


def verdict(witness: Witness, database: Path) -> Verdict:
    """Hold what was acknowledged against what a database has."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        found = connection.execute(
            "SELECT user_id, row_id, label FROM labels JOIN labelers USING (labeler_id)"
        ).fetchall()
        taps = [tap_id for (tap_id,) in connection.execute("SELECT tap_id FROM answers")]
    labels = {(user, row): label for user, row, label in found}
    history: dict[tuple[int, int], list[Tap]] = {}
    for tap in witness.taps:
        history.setdefault((tap.user_id, tap.row), []).append(tap)
    lost = sum(_is_lost(made, labels.get(place), witness) for place, made in history.items())
    acknowledged = [tap for tap in witness.taps if witness.acknowledged(tap)]
    lost += len(({tap.callback_id for tap in acknowledged} - set(taps)) | witness.missed)
    foreign = len(set(taps) - {tap.callback_id for tap in witness.taps}) + len(labels.keys() - history.keys())
    return Verdict(
        len(witness.taps), len(acknowledged), len(labels), lost, len(taps) - len(set(taps)), foreign
    )


def _is_lost(made: Sequence[Tap], label: str | None, witness: Witness) -> bool:
    """Tell whether a label is none of those possible: that of the last acknowledged tap, or of one made after it."""
    known = [number for number, tap in enumerate(made) if witness.acknowledged(tap)]
    if not known:
        return label is not None and label not in {tap.label for tap in made}
    return label not in {tap.label for tap in made[known[-1] :]}


async def taken(phone: Phone, seconds: float = 60.0) -> None:
    """Wait until the bot has taken in everything that waits, and has said what it has to say."""
    assert phone.playground is not None
    async with asyncio.timeout(seconds):
        await phone.playground.settle(0.3, seconds)


async def kill_under_load(
    bot: BotProcess, phone: Phone, witness: Witness, people: Sequence[Chat], kills: int, seed: int
) -> None:
    """Kill a bot that is running `kills` times while people tap, starting it again each time; it runs at the end."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    stop = asyncio.Event()
    tapping = [asyncio.create_task(keep_tapping(person, witness, draw, stop)) for person in people]
    try:
        for _ in range(kills):
            await _killed(bot, phone, draw)
            witness.look(bot.folder / "labels.sqlite3")
            if draw.random() < 0.1:  # another one while it starts
                await bot.start()
                await asyncio.sleep(draw.random() * 0.5)
                await bot.kill()
            await bot.start_polling(phone)
    finally:
        stop.set()
        await asyncio.gather(*tapping)
    await taken(phone)


async def _killed(bot: BotProcess, phone: Phone, draw: random.Random) -> None:
    """Let it work for a moment, then kill it: at a moment of the clock, or of what it says to the playground."""
    if draw.random() < 0.5:
        await asyncio.sleep(draw.random() * 0.4)
    else:
        kind = draw.choice(("callback_answered", "message_edited"))
        forget = shoot_at(bot, phone, kind, draw.randrange(1, 40))
        with contextlib.suppress(TimeoutError):
            await until(lambda: not bot.running, 1)
        forget()
    await bot.kill()


async def kill_with_taps_waiting(
    bot: BotProcess, phone: Phone, witness: Witness, people: Sequence[Chat], taps: int, kills: int, seed: int
) -> int:
    """Let `taps` taps wait for a bot that does not run, each on an item of its own, and kill it again and again.

    Each time it is killed when it has answered some of them; how many kills found taps waiting. It runs at the end.
    """
    draw = random.Random(seed)  # noqa: S311 - no secret
    for number in range(taps):
        person, row = people[number % len(people)], number // len(people)
        word = draw.choice(tuple(LABELS))
        button = CallbackData(CARD, LABELS[word], 1, "alignment", row=row)
        callback_id = await person.press(encode(button, person.user_id), person.card)
        witness.taps.append(Tap(person.user_id, row, LABELS[word], callback_id))
    waiting = 0
    for _ in range(kills):
        asked = asks(phone)
        await bot.start()
        forget = shoot_at(bot, phone, "callback_answered", draw.randrange(1, max(2, 2 * taps // kills)))
        await until(asked, 60)
        await until(lambda: not bot.running or not len(phone.playground.updates), 60)
        forget()
        waiting += bool(len(phone.playground.updates))
        await bot.kill()
        witness.look(bot.folder / "labels.sqlite3")
    await bot.start_polling(phone)
    await taken(phone)
    return waiting
