"""Blindness by sums: a reader without labels asks for everything after each tap of others, and works out what he can.

The attacker (tests/support/attacker.py) knows who answered what and when, and decides for every label whether all
worlds that fit what he was shown have it. The quick forms are in tests/bot/handlers/test_blindness.py.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from analysis.records import LABELS, RELATED
from bot.rules.callback_data import CARD, CallbackData, encode
from bot.rules.session import NAME_OF
from tests.soak.promise import Check, Outcome
from tests.support.attacker import Attacker, Determined
from tests.support.bench import REPORT, Bench
from tests.support.labeling_steps import open_card
from tests.support.phone import Chat, Message, Phone
from tests.support.real_shapes import write_base_file
from tests.support.two_labelers import model_file

SIZE = 60
MODELS = ("one", "two")
ASKED = ("/models", "/agreement", "/compare one two", "/prevalence one", "/export", "/progress")
READER = 700_050
OTHERS = (800_001, 800_002, 800_003)
SCHEDULES: dict[str, list[int]] = {
    "one alone": [0] * 59,
    "two in turns": [0, 1] * 50,
    "a second who answers seldom": ([0] * 9 + [1]) * 6,
    "a second with one answer a step": ([0] * 19 + [1]) * 3,
    "a first who rests, with one answer a step": [0] * 20 + ([1] * 19 + [0]) * 2,
    "three, one after the other": [0] * 25 + [1] * 25 + [2] * 25,
    "one whose access ends": [0, 1] * 13 + [-1] + [1] * 30,
}
"""Who taps when, from 0; -1 - n: the access of n ends. Nobody who has access finishes: then figures would be the
present, and nobody is left to be told too early."""


@dataclass
class Game:
    """What happens, and what the reader saw: the look, and a text or a file."""

    people: list[list[str]]
    models: list[list[str]]
    answered: dict[tuple[int, int], int] = field(default_factory=dict)
    seen: list[tuple[int, str | bytes]] = field(default_factory=list)

    def worked_out(self) -> list[Determined]:
        """Every label that the reader knows now. Fails when he believes what is not so."""
        names = [f"labeler-{number + 2:02}" for number in range(len(self.people))]
        attacker = Attacker(
            names, MODELS, {(names[who], row): at for (who, row), at in self.answered.items()}
        )
        found: list[Determined] = []
        for look, what in dict.fromkeys(self.seen):
            if isinstance(what, str):
                if "Who is right on" in what:
                    attacker.read_comparison(look, what)
                attacker.read_agreement(look, what)
            elif what[:1] == b"{":
                record = json.loads(what)
                attacker.read_metrics(look, record["model_name"].rpartition("_")[2], record)
            else:  # a label for each item: the file itself tells
                found += [Determined("a file", row, True) for row in range(what.count(b"label"))]
        found += attacker.determined()
        truth = dict(zip((*names, *MODELS), (*self.people, *self.models), strict=True))
        for one in found:
            assert one.whose == "a file" or (truth[one.whose][one.row] == RELATED) is one.related, one
        return found


async def play(bench: Bench, schedule: Sequence[int], seed: int, often: int) -> Game:
    """Let people tap by a schedule. The reader asks for one report after each tap, and for everything each `often`.

    He asks for everything, too, whenever the figures have moved.
    """
    draw = random.Random(seed)  # noqa: S311 - made-up labels
    count = max(schedule) + 1
    drawn = [[draw.choice(LABELS) for _ in range(SIZE)] for _ in range(count + len(MODELS))]
    game = Game(drawn[:count], drawn[count:])
    for name, labels in zip(MODELS, game.models, strict=True):
        model_file(bench, name, dict(enumerate(labels)), size=SIZE)
    admin = await bench.admin()
    reader = await bench.phone.person("Rita Reader", user_id=READER)
    group = await bench.phone.group("The Lab", [admin, reader], bare_commands=True)
    await group.ask("/help")
    await open_card(reader)
    chats, taps = (reader, group.by(reader)), [0] * count
    people = [await bench.phone.person(f"Person {user_id}", user_id) for user_id in OTHERS[:count]]
    cards = [await open_card(person) for person in people]
    look, shown = 0, ""
    for number, who in enumerate(schedule, 1):
        if who < 0:
            question = await admin.ask(f"/revoke labeler-{1 - who:02}")
            await admin.tap("Yes, end it", on=question)
        else:
            row = taps[who]
            await people[who].step(NAME_OF[game.people[who][row]], on=people[who].message(cards[who].id))
            taps[who] += 1
        report = await chats[1].ask("/metrics one", seconds=REPORT)
        moved = report.is_photo and report.text != shown
        if moved:
            look, shown = look + 1, report.text
        if who >= 0:
            game.answered[who, row] = look if moved else look + 1
        if moved or number % often == 0:
            for chat in chats:
                game.seen += [(look, what) for what in await everything(bench, chat)]
    return game


async def everything(bench: Bench, chat: Chat) -> list[str | bytes]:
    """Ask for all reports in a chat, with all that is behind their buttons: every text and file that came."""
    before = chat.messages[-1].id
    for model in MODELS:
        report = await chat.ask(f"/metrics {model}", seconds=REPORT)
        for word in ("More", "Files") if report.buttons else ():
            await chat.answer(await chat.press(report.button(word).data, report), seconds=REPORT)
            least = chat.messages[-1].id
            part = "Fingerprint" if word == "More" else ""
            await chat.wait_for(
                lambda m, least=least, part=part: m.by_bot and m.id > least and part in m.text, seconds=REPORT
            )
    for typed in ASKED:
        await chat.ask(typed, seconds=REPORT)
    await bench.rest()
    new = [message for message in chat.from_bot if message.id > before]
    return [await chat.file(message) if message.file_name is not None else message.text for message in new]


def blindness_by_sums(
    folder: Path, wanted: Sequence[str] = tuple(SCHEDULES), often: int = 1, step: str = ""
) -> Outcome:
    """Play the reader against each schedule, with REPORT_STEP at its default."""
    known: dict[str, int] = {}
    looks = 0
    for number, name in enumerate(wanted):
        place = folder / str(number)
        place.mkdir()
        game = asyncio.run(game_of(place, SCHEDULES[name], number, often, step))
        known[name] = len(game.worked_out())
        looks += len(game.seen)
    told = "".join(f"; {name}: {found} labels" for name, found in known.items() if found)
    figure = (
        f"{looks} texts and files after each tap of {len(wanted)} schedules: {sum(known.values())} labels"
    )
    return Outcome("who has no label learns none from figures", figure + told, sum(known.values()))


def changing_ones_mind(folder: Path, items: int = 30, changes: int = 10) -> Outcome:
    """A labeler alone asks, corrects an answer and asks again: before the end, and after it."""
    write_base_file(folder, count=400)
    more = {"SAMPLE_SIZE": str(items), "OPEN_ACCESS": "true", "REPORT_STEP": "20"}

    async def work() -> tuple[int, int]:
        async with Phone.start(validate=False) as phone:
            bench = Bench(phone, folder, more)
            model_file(bench, "one", {row: LABELS[row % 2] for row in range(items)}, size=items)
            async with bench.running():
                you = await bench.phone.person("You", READER)
                card = await open_card(you)
                found = []
                for first, last in ((0, 22), (22, items)):
                    for row in range(first, last):
                        await _tap(you, card, row, "related")
                    found.append(await _corrected(you, card, changes, late=last == items))
                return found[0], found[1]

    early, late = asyncio.run(work())
    figure = f"{changes} corrections before the end, {changes} after it: {early + late} told something"
    return Outcome("correcting an answer and asking again tells nothing of a model", figure, early + late)


async def _tap(you: Chat, card: Message, row: int, label: str) -> str:
    """Label an item; what the tap was answered with."""
    data = CallbackData(CARD, label, 1, "alignment", row=row)
    return (await you.answer(await you.press(encode(data, you.user_id), card), seconds=REPORT)).text


async def _corrected(you: Chat, card: Message, changes: int, *, late: bool) -> int:
    """Correct answers one by one: how many corrections changed a figure, or count as blind when it is late."""
    before, told = await _figures(you), 0
    for row in range(changes):
        notice = await _tap(you, card, row, "related" if late else "not-related")
        assert notice.startswith("Changed to"), notice
        told += late and "kept apart" not in notice
        told += await _figures(you) != before
    return told


async def _figures(you: Chat) -> list[str]:
    """The four counts and all that is said of a model, but for how many answers are marked."""
    report = await you.ask("/metrics one", seconds=REPORT)
    assert report.is_photo, report.text
    return [line for line in report.text.splitlines() if "not counted" not in line]


async def game_of(folder: Path, schedule: Sequence[int], seed: int, often: int, step: str) -> Game:
    """Play one schedule; an empty `step` is the default of REPORT_STEP."""
    write_base_file(folder, count=400)
    more = {"SAMPLE_SIZE": str(SIZE), "OPEN_ACCESS": "true", "REPORT_STEP": step or "20"}
    async with Phone.start(validate=False) as phone:
        bench = Bench(phone, folder, more)
        async with bench.running():
            return await play(bench, schedule, seed, often)


CHECKS = (Check(blindness_by_sums, 1800.0), Check(changing_ones_mind))
