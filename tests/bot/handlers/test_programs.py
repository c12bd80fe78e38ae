"""Random conversations against a plain model: hundreds in `make test`, a thousand new ones in `make soak`.

They are made of taps, also too fast ones, old cards, doubles, notes, redeliveries and restarts. Some people begin,
others have a hundred labels, so that items come to them again.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Awaitable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from telegram import InlineKeyboardMarkup
from telegram.error import BadRequest

from analysis.records import Item, Sample
from bot.botapi.outbox import Outbox, keyboard
from bot.jobs.guides import load_guides
from bot.jobs.labeling_service import CardTap, LabelingService
from bot.jobs.notes import Reply, keep_note
from bot.rules.callback_data import REPEAT, CallbackData, decode
from bot.services import Services
from bot.settings import read_settings
from bot.views import messages
from bot.views.screen import Screen
from storage.records import Answer
from storage.samples import FrozenSample
from storage.store import Store
from tests.support.phone_messages import Button
from tests.support.plain_session import Person

MODES = ("alignment", "formatting")
LARGEST = 4
LEAST_LOOK = 0.3
VETERAN, OLD = 100, 97
"""The labels of somebody who does not begin, and how many of them are older than a day."""
SIZES = (*range(1, LARGEST + 1), *range(VETERAN + 1, VETERAN + LARGEST + 1))
USERS = itertools.count(10_000)


class Chats:
    """The Bot API's few methods that cards need, with Telegram's refusals; what people see."""

    def __init__(self) -> None:
        self.shown: dict[tuple[int, int], tuple[str, InlineKeyboardMarkup | None]] = {}
        self.answered: dict[str, list[str]] = {}
        self._numbers = itertools.count(1)

    async def send_message(
        self, chat_id: int, text: str, reply_markup: Any = None, **place: Any
    ) -> SimpleNamespace:
        number = next(self._numbers)
        self.shown[chat_id, number] = (text, reply_markup)
        return SimpleNamespace(message_id=number)

    async def show(self, chat_id: int, message_id: int, screen: Screen) -> None:
        self._edit(chat_id, message_id, (screen.text, keyboard(screen)))

    async def set_buttons(self, chat_id: int, message_id: int, screen: Screen) -> None:
        before = self.shown.get((chat_id, message_id), ("", None))
        self._edit(chat_id, message_id, (before[0], keyboard(screen)))

    def _edit(self, chat_id: int, message_id: int, now: tuple[str, InlineKeyboardMarkup | None]) -> None:
        if (chat_id, message_id) not in self.shown:
            raise BadRequest("Message to edit not found")
        if self.shown[chat_id, message_id] == now:
            raise BadRequest("Message is not modified: exactly the same")
        self.shown[chat_id, message_id] = now

    async def answer_tap(self, query_id: str, text: str, *, alert: bool) -> None:
        self.answered.setdefault(query_id, []).append(text)

    def live(self, chat_id: int) -> list[int]:
        """The messages of a chat that have buttons."""
        return [number for (chat, number), (_, buttons) in self.shown.items() if chat == chat_id and buttons]

    def buttons(self, chat_id: int, message_id: int) -> dict[str, str]:
        """Words -> data of a message's buttons."""
        markup = self.shown[chat_id, message_id][1]
        rows = markup.inline_keyboard if markup else ()
        return {button.text: str(button.callback_data) for row in rows for button in row}


class Table:
    """One store for all programs; each program is another person with a sample of its own size."""

    def __init__(self, folder: Path, runner: asyncio.Runner) -> None:
        self.runner = runner
        environment = {
            "OPEN_ACCESS": "true",
            "DATABASE_PATH": str(folder / "labels.sqlite3"),
            "LABEL_MODES": ",".join(MODES),
            "MIN_LOOK_SECONDS": str(LEAST_LOOK),
            "SESSION_ITEMS": "0",
            "REPEATS": "1000",
        }
        self.settings = read_settings(environment)
        self.now = 1e6
        self.guides = load_guides(MODES, folder)
        self.chats = Chats()
        self.taps = itertools.count(1)
        self.store: Store = self.run(Store.open_to_write(self.settings.database_path))
        # what survives a power cut has its own tests; here it would be most of the time
        self.run(self.store.database.read_now("PRAGMA synchronous = OFF"))
        self.samples = {size: self._frozen(size) for size in SIZES}

    def _frozen(self, size: int) -> FrozenSample:
        items = tuple(Item(row, row * 7, None, f"description {row}") for row in range(size))
        return self.run(self.store.samples.keep(Sample(f"s{size}", 42, size, items), "made up", 1.0))

    def run(self, work: Awaitable[Any]) -> Any:
        async def run() -> Any:
            return await work

        return self.runner.run(run())

    def labeling(self, size: int) -> tuple[LabelingService, Services]:
        """The conversation as after a start of the bot."""
        outbox = Outbox(self.chats)  # type: ignore[arg-type]
        services = Services(
            self.settings, self.guides, self.store, self.samples[size], outbox, lambda: self.now
        )
        return LabelingService(services, self.chats), services  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    with asyncio.Runner() as runner:
        made = Table(tmp_path_factory.mktemp("programs"), runner)
        yield made
        made.run(made.store.close())


def item_on(buttons: dict[str, str], reader: int) -> CallbackData | None:
    """What the button `Related` of a card says, None on a message without it."""
    return decode(buttons["✓ Related"], reader) if "✓ Related" in buttons else None


class Program:
    """A person who does what the program says, and the model that is told the same."""

    def __init__(self, table: Table, size: int) -> None:
        self.table = table
        self.size = size
        self.user = next(USERS)
        self.labeling, self.services = table.labeling(size)
        self.person = Person(size, MODES, LEAST_LOOK)
        table.chats.shown.clear()
        self.live = 0
        self.card: tuple[int, dict[str, str]] = (0, {})
        self.cards: list[tuple[int, dict[str, str]]] = []
        self.done: list[tuple[CardTap, str]] = []
        self.noted: list[tuple[Reply, CallbackData]] = []

    async def begin(self) -> None:
        """Labels from before, of somebody who does not begin."""
        if self.size <= VETERAN:
            return
        sample_id, labeler = self.services.frozen.sample_id, await self.services.labeler(self.user)
        day_before_yesterday = self.table.now - 2 * 86_400
        given = [
            Answer(sample_id, MODES[0], labeler.labeler_id, row, "related", f"{self.user}/{row}", None,
                   day_before_yesterday if row < OLD else self.table.now, None)
            for row in range(VETERAN)
        ]  # fmt: skip
        await self.services.store.answers.save_all(given)
        self.person.has_labeled(VETERAN, OLD)

    async def play(self, steps: list[tuple[str, int]]) -> None:
        await self.begin()
        await self.label()
        for what, number in steps:
            self.table.now += 0.1 if what in HASTY else 1.0
            await getattr(self, what)(number)
            await self.check()
        await self.check_what_is_kept()
        for tap, _ in self.done:
            assert len(self.table.chats.answered.pop(tap.query_id)) >= 1

    async def check_what_is_kept(self) -> None:
        """Labels, skips, repeats and notes are those of the model."""
        store, sample_id, person = self.services.store, self.services.frozen.sample_id, self.person
        own = (await self.services.labeler(self.user)).labeler_id
        notes: list[tuple[str, int, str]] = []
        for mode in MODES:
            held = await store.answers.labels(sample_id, mode, own)
            assert dict(held.by_row) == person.labels[mode]
            skips = await store.taps.skips(sample_id, mode)
            assert [(s.row_id, s.tap_id) for s in skips if s.labeler_id == own] == person.skips[mode]
            repeats = await store.repeats.of_sample(sample_id, mode)
            kept = {r.row_id: (r.label, r.earlier_label) for r in repeats if r.labeler_id == own}
            assert kept == (person.repeats if mode == MODES[0] else {})
            found = await store.item_notes.of_sample(sample_id, mode)
            notes += [(n.mode, n.row_id, n.text) for n in found if n.labeler_id == own]
        assert sorted(notes) == sorted(person.notes.values())

    async def check(self) -> None:
        """One live card, and it shows what the model says."""
        await self.services.outbox.drain(5)
        chats = self.table.chats
        (live,) = chats.live(self.user)
        buttons = chats.buttons(self.user, live)
        data = item_on(buttons, self.user)
        self.person.sees(data.row if data is not None and data.kind is REPEAT else None)
        text = re.sub(r"</?b>", "", chats.shown[self.user, live][0])
        assert text.startswith(self.person.card())
        answer = self.person.answer()
        assert ("Your answer: " in text) == (answer is not None)
        if answer is not None:
            assert text.endswith({"related": ": Related", "not-related": ": Not Related"}[answer])
        self.live = live
        self.card = (live, buttons)
        if self.card not in self.cards:
            self.cards.append(self.card)

    # -- steps, each with a number that says which one ------------------------------------------------------

    async def label(self, number: int = 0) -> None:
        """`/label`."""
        await self.labeling.open_card(await self.services.labeler(self.user))
        self.person.resume(self.table.now)
        await self.check()

    async def tap(self, number: int) -> None:
        """One of the buttons of the live card."""
        await self._press(self.card, number)

    async def hasty_tap(self, number: int) -> None:
        """The same, so soon after the last step that nobody can have read a card that came with it."""
        await self._press(self.card, number)

    async def old_card(self, number: int) -> None:
        """A button of a card as it was some time ago: another phone, or a message scrolled back to."""
        place, button = number % len(self.cards), number // len(self.cards)
        await self._press(self.cards[place], button)

    async def double(self, number: int) -> None:
        """The same button twice, before the card could change."""
        card = self.card
        await self._press(card, number, wait=False)
        await self._press(card, number)

    async def redeliver(self, number: int) -> None:
        """A tap that was handled before comes again."""
        if self.done:
            await self._handle(*self.done[number % len(self.done)])

    async def hasty_redeliver(self, number: int) -> None:
        """The same, soon after the last step."""
        await self.redeliver(number)

    async def note(self, number: int) -> None:
        """A reply to a card, as it is or as it was when the reply was under way."""
        _, buttons = self.card if number % 2 == 0 else self.cards[number % len(self.cards)]
        message = 10_000 + len(self.noted)
        reply = Reply(self.user, message, f"note {number}", tuple(buttons.values()))
        data = item_on(buttons, self.user)
        if data is None:
            assert await keep_note(self.services, reply) == messages.NO_ITEM_THERE
        else:
            self.noted.append((reply, data))
            await self._keep(reply, data)

    async def redeliver_note(self, number: int) -> None:
        """A note that was kept before comes again."""
        if self.noted:
            await self._keep(*self.noted[number % len(self.noted)])

    async def _keep(self, reply: Reply, data: CallbackData) -> None:
        line = await keep_note(self.services, reply)
        place = data.place if data.kind is REPEAT else data.row
        assert line == self.person.note(reply.message_id, reply.text, data.mode, data.row, place + 1)

    async def restart(self, number: int) -> None:
        """The bot ends and starts again."""
        await self.services.outbox.drain(5)
        self.labeling, self.services = self.table.labeling(self.size)
        self.person.restart()

    async def delete(self, number: int) -> None:
        """The live card is deleted; a tap that was under way then brings a fresh one."""
        card = self.card
        del self.table.chats.shown[self.user, self.live]
        await self._press(card, number)

    async def forge(self, number: int) -> None:
        """Data that no card of this person carried."""
        _, buttons = self.card
        true = list(buttons.values())[number % len(buttons)]
        forged = [true[:-1], true + "x", true.replace(".", ":"), "r1.alignment.0", f"{true[0]}{true}"][
            number % 5
        ]
        assert decode(forged, self.user) is None

    async def _press(self, card: tuple[int, dict[str, str]], number: int, *, wait: bool = True) -> None:
        message_id, buttons = card
        words = list(buttons)[number % len(buttons)]
        data = decode(buttons[words], self.user)
        assert data is not None
        tap = CardTap(f"tap-{next(self.table.taps)}", self.user, message_id, data)
        self.done.append((tap, words))
        await self._handle(tap, words)
        if wait:
            await self.services.outbox.drain(5)

    async def _handle(self, tap: CardTap, words: str) -> None:
        notice = await self.labeling.tap(tap)
        self.services.outbox.answer(tap.query_id, notice)
        button, now = tap.data, self.table.now
        if button.action == "mode":
            assert notice == self.person.choose(tap.query_id, button.mode, now)
            return
        said = "Open" if button.action == "open" else Button(words).words
        if button.kind is REPEAT:
            told = self.person.tap_again(tap.query_id, said, button.mode, button.row, button.place, now)
            assert notice == told
            return
        assert notice == self.person.tap(tap.query_id, said, button.mode, button.row, now)


HASTY = ("hasty_tap", "hasty_redeliver")
STEP = st.tuples(
    st.sampled_from(
        ["tap"] * 8
        + ["old_card"] * 3
        + ["hasty_tap", "hasty_tap", "double", "redeliver", "redeliver", "hasty_redeliver"]
        + ["note", "redeliver_note", "label", "restart", "delete", "forge"]
    ),
    st.integers(0, 23),
)


@pytest.mark.long
@settings(
    max_examples=max(200, 5 * settings().max_examples // 3),
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(size=st.sampled_from(SIZES), steps=st.lists(STEP, max_size=8))
def test_every_program_of_taps_ends_in_the_labels_and_on_the_card_that_the_model_says(
    table: Table, size: int, steps: list[tuple[str, int]]
) -> None:
    table.run(Program(table, size).play(steps))


def test_a_tap_that_comes_again_changes_nothing_whatever_came_in_between(table: Table) -> None:
    """Two programs by hand that the random ones reach rarely: a correction, and a refusal in another mode."""
    corrected = Program(table, 2)
    table.run(corrected.play([("tap", 0), ("old_card", 2), ("redeliver", 0)]))
    assert corrected.person.labels["alignment"] == {0: "not-related"}
    refused = Program(table, 1)
    steps = [("hasty_tap", 0), ("tap", 0), ("tap", 1), ("redeliver", 0), ("label", 0)]
    table.run(refused.play(steps))
    assert refused.person.mode == "formatting"
    assert refused.person.refused


def test_the_programs_reach_the_summary_both_modes_and_every_kind_of_step(table: Table) -> None:
    """One long program by hand, so that it is sure what the random ones are made of."""
    program = Program(table, 3)
    steps = [
        ("tap", 0),
        ("tap", 1),
        ("tap", 3),
        ("tap", 0),
        ("tap", 1),
        ("tap", 1),
        ("tap", 0),
        ("redeliver", 0),
    ]
    steps += [("old_card", 0), ("double", 0), ("restart", 0), ("delete", 1), ("forge", 0), ("label", 0)]
    table.run(program.play(steps))
    assert all(program.person.labels.values())
    assert any("‹ Back" in buttons and "Skip" not in buttons for _, buttons in program.cards)


def test_the_programs_reach_items_that_come_again_and_every_tap_on_them(table: Table) -> None:
    """Another one by hand: a note, a haste, both answers at once, an old card, redeliveries, skip, back, the end."""
    program = Program(table, VETERAN + 3)
    steps = [
        ("hasty_tap", 0),
        ("note", 0),
        ("tap", 1),
        ("old_card", 0),
        ("redeliver", 1),
        ("redeliver_note", 0),
    ]
    steps += [("tap", 0), ("tap", 2), ("tap", 1), ("tap", 3), ("restart", 0), ("label", 0), ("double", 0)]
    steps += [("redeliver", 1), ("tap", 0), ("tap", 1), ("tap", 0)]
    table.run(program.play(steps))
    person = program.person
    assert [given for given, _ in person.repeats.values()] == ["not-related", "related", "not-related"]
    assert len(person.labels["alignment"]) == VETERAN + 3
    assert person.refused
    assert [row in person.repeats for row, _ in person.skips["alignment"]] == [True]
    assert list(person.notes.values()) == [("alignment", next(iter(person.repeats)), "note 0")]
