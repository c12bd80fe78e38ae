"""Random programs of taps against a model that is a few dictionaries."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import aiosqlite
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from storage.records import Answer, ItemNote, Outcome, ReportBoundary, Saved, Skip, pseudonym
from storage.store import Store
from tests.support.storage_examples import sample_of

ROWS = st.integers(0, 5)
LABELS = st.sampled_from(["related", "not-related"])
PEOPLE = st.sampled_from([0, 1])
TIMES = st.one_of(st.none(), st.integers(0, 400).map(float))


class AnswersMachine(RuleBasedStateMachine):
    """Two labelers answer, correct, tap twice, and their updates are delivered again in any order.

    All programs share one database; each has labelers of its own.
    """

    runner: ClassVar[asyncio.Runner]
    store: ClassVar[Store]
    numbers: ClassVar[Iterator[int]]

    @classmethod
    @contextlib.contextmanager
    def stored_in(cls, folder: Path) -> Iterator[None]:
        """Give the programs a database."""
        with asyncio.Runner() as runner:
            cls.runner, cls.numbers = runner, itertools.count(1)
            cls.store = runner.run(Store.open_to_write(folder / "labels.sqlite3"))
            runner.run(cls.store.samples.keep(sample_of(6), "source", 1.0))
            try:
                yield
            finally:
                runner.run(cls.store.close())

    @initialize()
    def two_labelers(self) -> None:
        self.history: list[Answer] = []
        self.marked: set[str] = set()
        self.known: set[tuple[int, int]] = set()
        self.others: dict[str, Answer] = {}
        self.noted: list[tuple[ItemNote, int]] = []
        self.repeated: dict[tuple[int, int], tuple[str, str]] = {}
        self.people = [
            self.runner.run(self.store.labelers.add(next(self.numbers), joined_at=1.0)).labeler_id
            for _ in range(2)
        ]

    def _answer(self, person: int, row: int, label: str, shown: float | None, review: bool) -> Answer:
        number = next(self.numbers)
        tap = f"tap {number}"
        return Answer(
            1, "alignment", self.people[person], row, label, tap, shown, 300.0, f"v{number % 2}", review
        )

    def _append(self, given: Answer) -> None:
        """The history goes on; an item of which a model's label is known stays one."""
        if given.after_review or (given.labeler_id, given.row_id) in self.known:
            self.marked.add(given.tap_id)
            self.known.add((given.labeler_id, given.row_id))
        self.history.append(given)

    @rule(person=PEOPLE, row=ROWS, label=LABELS, shown=TIMES, review=st.booleans())
    def tap(self, person: int, row: int, label: str, shown: float | None, review: bool) -> None:
        given = self._answer(person, row, label, shown, review)
        saved = self.runner.run(self.store.answers.save(given))
        self._append(given)
        assert saved == Saved(Outcome.NEW, given.tap_id in self.marked)

    @rule(which=st.integers(0, 50), row=st.none() | ROWS)
    def deliver_again(self, which: int, row: int | None) -> None:
        """The same tap, or its id on another item."""
        if self.history:
            again = self.history[which % len(self.history)]
            if row is not None:
                again = replace(again, row_id=row)
            same = again in self.history
            saved = self.runner.run(self.store.answers.save(again))
            assert saved == Saved(Outcome.DUPLICATE if same else Outcome.REUSED)

    @rule(person=PEOPLE, row=ROWS)
    def see_what_a_model_says(self, person: int, row: int) -> None:
        self.runner.run(self.store.marks.mark_shown(1, "alignment", self.people[person], row, 300.0))
        self.known.add((self.people[person], row))

    @rule(person=PEOPLE, row=ROWS, label=LABELS, refuse=st.booleans())
    def tap_that_saves_no_label(self, person: int, row: int, label: str, refuse: bool) -> None:
        """It came too soon, or it was a skip."""
        given = self._answer(person, row, label, None, False)
        if refuse:
            self.runner.run(self.store.taps.refuse(given.tap_id, given.labeler_id, 300.0))
        else:
            skip = Skip(1, "alignment", given.labeler_id, row, given.tap_id, None, 300.0)
            assert self.runner.run(self.store.taps.skip(skip))
            assert self.runner.run(self.store.taps.skip(skip)) == Saved(Outcome.DUPLICATE)
        self.others[given.tap_id] = given

    @rule(which=st.integers(0, 50))
    def deliver_again_what_saved_no_label(self, which: int) -> None:
        if self.others:
            again = list(self.others.values())[which % len(self.others)]
            assert not self.runner.run(self.store.answers.save(again))
            assert not self.runner.run(self.store.repeats.save(again))

    @rule(person=PEOPLE, row=ROWS, label=LABELS)
    def answer_a_repeat(self, person: int, row: int, label: str) -> None:
        given = self._answer(person, row, label, None, False)
        labels = self.runner.run(self.store.answers.labels(1, "alignment", given.labeler_id)).by_row
        place = (given.labeler_id, row)
        new = row in labels and place not in self.repeated
        assert bool(self.runner.run(self.store.repeats.save(given))) is new
        if new:
            self.repeated[place] = (label, labels[row])
            self.others[given.tap_id] = given
        found = self.runner.run(self.store.repeats.of_sample(1, "alignment"))
        kept = {(r.labeler_id, r.row_id): (r.label, r.earlier_label) for r in found}
        assert {place: kept[place] for place in kept if place[0] in self.people} == self.repeated

    @rule(person=PEOPLE, row=ROWS, again=st.booleans())
    def write_a_note(self, person: int, row: int, again: bool) -> None:
        """A new one, or one that was kept before comes again."""
        if again and self.noted:
            kept, message = self.noted[-1]
            assert not self.runner.run(self.store.item_notes.add(1, kept, message))
        else:
            message = next(self.numbers)
            note = ItemNote("alignment", self.people[person], row, f"note {message}", 300.0)
            assert self.runner.run(self.store.item_notes.add(1, note, message))
            self.noted.append((note, message))
        found = self.runner.run(self.store.item_notes.of_sample(1, "alignment"))
        assert [n for n in found if n.labeler_id in self.people] == [note for note, _ in self.noted]

    @rule(person=PEOPLE, labels=st.lists(LABELS, min_size=1, max_size=6), repeat=st.booleans())
    def import_labels(self, person: int, labels: list[str], repeat: bool) -> None:
        fresh = [self._answer(person, row, label, None, False) for row, label in enumerate(labels)]
        known = self.history[-2:] if repeat else []
        assert self.runner.run(self.store.answers.save_all([*known, *fresh])) == len(fresh)
        for given in fresh:
            self._append(given)

    @invariant()
    def present_labels_are_the_last_answers(self) -> None:
        for person in self.people:
            own = [given for given in self.history if given.labeler_id == person]
            held = self.runner.run(self.store.answers.labels(1, "alignment", person))
            assert held.by_row == {given.row_id: given.label for given in own}
            assert held.last_row == (own[-1].row_id if own else None)
            assert self.runner.run(self.store.answers.count_of(person)) == len(own)
            shown = [300.0 - given.shown_at for given in own if given.shown_at is not None]
            looked = [seconds for seconds in shown if 0 <= seconds <= 120]
            spent, _ = self.runner.run(self.store.answers.time_spent(1, "alignment", person, 120.0))
            assert spent == sum(looked)

    @rule(which=st.none() | st.integers(0, 50))
    def reports_see_what_was_there(self, which: int | None) -> None:
        """Now (None), or as of an earlier answer."""
        history, up_to = self.history, None
        if which is not None and self.history:
            history = self.history[: which % len(self.history) + 1]
            found = self.runner.run(
                self.store.database.read(
                    "SELECT answer_id FROM answers WHERE tap_id = ?", [history[-1].tap_id]
                )
            )
            up_to = ReportBoundary(found[0][0], 0)
        ours = {pseudonym(person) for person in self.people}
        for blind in (False, True):
            labels: dict[str, dict[int, str]] = {}
            for given in history:
                if not (blind and given.tap_id in self.marked):
                    labels.setdefault(pseudonym(given.labeler_id), {})[given.row_id] = given.label
            stored = self.runner.run(self.store.answers.by_labeler(1, "alignment", blind=blind, up_to=up_to))
            assert {name: rows for name, rows in stored.items() if name in ours} == labels
        kept = [
            past for past in self.runner.run(self.store.answers.history(1)) if past.labeler_id in self.people
        ]
        assert [past.after_review for past in kept[: len(history)]] == [
            given.tap_id in self.marked for given in history
        ]

    def teardown(self) -> None:
        """The whole history is there, in order; then room for the next program."""
        kept = self.runner.run(self.store.answers.history(1))
        ours = [(past.labeler_id, past.row_id, past.label) for past in kept if past.labeler_id in self.people]
        assert ours == [(given.labeler_id, given.row_id, given.label) for given in self.history]

        async def clear(connection: aiosqlite.Connection) -> None:
            for table in (
                "labels",
                "answers",
                "repeats",
                "skips",
                "refused_taps",
                "shown_labels",
                "item_notes",
            ):
                await connection.execute_fetchall(f"DELETE FROM {table}")  # noqa: S608 - our own names

        self.runner.run(self.store.database.transaction(clear))
