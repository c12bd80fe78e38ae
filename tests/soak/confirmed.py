"""Confirmed means handled, for every kind of button: killed right after Telegram was told, then delivered again.

The taps come from `bot.rules.callback_data.KINDS`: each action of each kind is tapped once, by who may. A kind without
a place in `WHO` fails the row. The quick form is in tests/bot/botapi/test_confirmed.py.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.reading.classification_file import find_classifications
from bot.rules.callback_data import (
    ADJUDICATION,
    CARD,
    FIRST_OF_TWO,
    FOCUS_ON_ONE,
    FOCUS_ON_TWO,
    FORGET,
    KINDS,
    MODE_REPORT,
    PREVALENCE,
    REMIND,
    REPEAT,
    REPORT,
    REVIEW,
    REVOKE,
    SECOND_OF_TWO,
    SUBSCRIBE,
    CallbackData,
    encode,
)
from bot.rules.model_choice import key_of
from tests.soak.promise import Check, Outcome
from tests.support.bench import ADMIN, Bench
from tests.support.labeling_steps import everything_in, take_over_labels
from tests.support.phone import Chat, Message, Phone
from tests.support.process import WarmProcess, environment, until
from tests.support.real_shapes import write_base_file
from tests.support.two_labelers import ADAS, CARL, CARLS, MODELS, SIZE, model_file

GROUP = -2001
NORA, OTTO = 700_003, 700_004
WHO: dict[str, tuple[int, int, int]] = {
    CARD.prefix: (CARL, CARL, 3),
    REPEAT.prefix: (CARL, CARL, 4),
    REPORT.prefix: (CARL, GROUP, 0),
    PREVALENCE.prefix: (CARL, GROUP, 0),
    FIRST_OF_TWO.prefix: (CARL, GROUP, 0),
    SECOND_OF_TWO.prefix: (CARL, GROUP, 0),
    MODE_REPORT.prefix: (CARL, GROUP, 0),
    SUBSCRIBE.prefix: (ADMIN, GROUP, 0),
    REVIEW.prefix: (ADMIN, ADMIN, 1),
    ADJUDICATION.prefix: (ADMIN, ADMIN, 5),
    REVOKE.prefix: (ADMIN, ADMIN, 4),
    FORGET.prefix: (NORA, NORA, 3),
    REMIND.prefix: (CARL, CARL, 3),
    FOCUS_ON_ONE.prefix: (ADMIN, ADMIN, 0),
    FOCUS_ON_TWO.prefix: (ADMIN, ADMIN, 0),
}
"""By the prefix of a kind: who taps, in which chat, and on which item (REVOKE, FORGET: the number of who is meant)."""
LAST = {"no": 0, "yes": 1, "second yes": 1}
"""What ends an exchange comes last, so that all the others still find somebody."""
CHANGING = (
    "answers",
    "labels",
    "skips",
    "repeats",
    "decisions",
    "shown_labels",
    "labelers",
    "subscriptions",
    "reminders",
    "focus_sets",
    "focus_items",
    "acted_taps",
)
PATIENCE = 120.0
STARTED_FOR_NOBODY = re.compile(r"Traceback[^\n]*\n(?:  [^\n]*\n)*EOFError: Ran out of input\n")
"""What a process for reports says when the bot is killed while it starts it."""
NUMBER = 4
"""How many items a focus set has."""


@dataclass(frozen=True, slots=True)
class Tapped:
    """A tap that was made, and what it is called in the figures."""

    name: str
    callback_id: str


def taps() -> list[tuple[str, CallbackData]]:
    """Every action of every kind, with the item of its kind."""
    for kind in KINDS:
        assert kind.prefix in WHO, f"no case for the buttons {kind.prefix!r}: add one to WHO"
    return [
        (f"{kind.prefix}{kind.actions[action]}", CallbackData(kind, action))
        for kind in KINDS
        for action in sorted(kind.actions, key=lambda name: LAST.get(name, 0))
    ]


async def study(phone: Phone, folder: Path) -> dict[str, str]:
    """Make a folder in which four people have labeled and differ; the settings of its bot."""
    folder.mkdir()
    write_base_file(folder, count=400)
    bench = Bench(phone, folder, {"OPEN_ACCESS": "true"})
    for user_id, labels in ((ADMIN, ADAS), (CARL, CARLS), (NORA, ADAS), (OTTO, CARLS)):
        await take_over_labels(bench, user_id, "alignment", labels)
    model_file(bench, "one", MODELS)
    model_file(bench, "two", {**ADAS, 3: "not-related"})
    return environment(phone, folder, OPEN_ACCESS="true", SAMPLE_SIZE=str(SIZE), REPORT_CRON="0 9 * * *")


def _keys(folder: Path) -> list[str]:
    base = next(folder.glob("*__l0-21.json")).stem
    files = find_classifications(folder / "models", stem=base, modes=("alignment",), aliases=())
    return [key_of(file) for file in files]


async def run_taps(folder: Path, kill_every: int) -> tuple[dict[str, object], dict[str, object]]:
    """Tap everything, killing after every so many taps (0: never); the state then, and after all came again."""
    async with Phone.start(validate=False, callback_seconds=3600.0) as phone:
        settings = await study(phone, folder)
        bot = WarmProcess(folder, settings)
        await bot.start_polling(phone)
        chats = await _chats(phone)
        card: Message | None = None
        first, second = _keys(folder)
        made: list[Tapped] = []
        queue = phone.playground.updates
        for number, (name, data) in enumerate(taps(), 1):
            user_id, chat_id, row = WHO[data.kind.prefix]
            if data.kind not in (CARD, REPEAT) or card is None:
                # below a message of its own, as no question is answered twice; a card is one message
                message = await chats[chat_id].by(user_id).ask("/help", seconds=PATIENCE)
                card = message if data.kind is CARD else card
            else:
                message = card
            said = replace(
                data, sample_id=1, mode="alignment", file_key=first, other_key=second, row=row, number=NUMBER
            )
            callback_id = await chats[chat_id].by(user_id).press(encode(said, user_id), message)
            made.append(Tapped(name, callback_id))
            await until(lambda: not len(queue), PATIENCE)
            if kill_every and number % kill_every == 0:
                await bot.kill()
                await bot.start_polling(phone)
        state = _state(folder)
        for tap in reversed(made):
            await phone.redeliver(tap.callback_id)
            await until(lambda: not len(queue), PATIENCE)
        again = _state(folder)
        await bot.stop()
        said = STARTED_FOR_NOBODY.sub("", bot.said)
        assert "Traceback" not in said, said
        return state, again


async def _chats(phone: Phone) -> dict[int, Chat]:
    """Every chat in which buttons are tapped."""
    people = [await phone.person(f"Person {user_id}", user_id) for user_id in (ADMIN, CARL, NORA, OTTO)]
    group = await phone.group("The Lab", people, chat_id=GROUP, bare_commands=True)
    return {chat.id: chat for chat in (*people, group)}


def _state(folder: Path) -> dict[str, object]:
    """All that taps change, without times and the ids of taps, which no two runs share."""
    tables = everything_in(folder / "labels.sqlite3")
    return {
        name: sorted((_plain(row) for row in tables[name]), key=repr) for name in CHANGING if name in tables
    }


def _plain(row: Sequence[object]) -> tuple[object, ...]:
    return tuple(
        value
        for value in row
        if not isinstance(value, float) and not (isinstance(value, str) and len(value) > 15)
    )


def confirmed_means_handled(folder: Path, kill_every: int = 1) -> Outcome:
    """Kill after each tap that was confirmed, then deliver all of them again in reverse order."""

    async def work() -> list[dict[str, object]]:
        calm = await run_taps(folder / "calm", 0)
        return [calm[0], *await run_taps(folder / "killed", kill_every)]

    calm, killed, again = asyncio.run(work())
    lost = [name for name in calm if calm[name] != killed[name]]
    changed = [name for name in calm if killed[name] != again[name]]
    number = len(taps())
    figure = (
        f"{number} taps of {len(KINDS)} kinds, {number // kill_every} kills, all delivered again in reverse"
    )
    for names, what in ((lost, "lost in"), (changed, "changed by delivering again:")):
        figure += f"; {what} {', '.join(names)}" if names else ""
    return Outcome("confirmed means handled, whatever was tapped", figure, len(lost) + len(changed))


CHECKS = (Check(confirmed_means_handled, 600.0),)
