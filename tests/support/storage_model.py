"""Random programs of taps against a model that is a few dictionaries."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import aiosqlite
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from storage.records import Answer, pseudonym
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

    @rule(person=PEOPLE, row=ROWS, label=LABELS, shown=TIMES, review=st.booleans())
    def tap(self, person: int, row: int, label: str, shown: float | None, review: bool) -> None:
        given = self._answer(person, row, label, shown, review)
        assert self.runner.run(self.store.answers.save(given)) is True
        self.history.append(given)

    @rule(which=st.integers(0, 50))
    def deliver_again(self, which: int) -> None:
        if self.history:
            again = self.history[which % len(self.history)]
            assert self.runner.run(self.store.answers.save(again)) is False

    @rule(person=PEOPLE, labels=st.lists(LABELS, min_size=1, max_size=6), repeat=st.booleans())
    def import_labels(self, person: int, labels: list[str], repeat: bool) -> None:
        fresh = [self._answer(person, row, label, None, False) for row, label in enumerate(labels)]
        known = self.history[-2:] if repeat else []
        assert self.runner.run(self.store.answers.save_all([*known, *fresh])) == len(fresh)
        self.history += fresh

    @invariant()
    def present_labels_are_the_last_answers(self) -> None:
        for person in self.people:
            own = [given for given in self.history if given.labeler_id == person]
            held = self.runner.run(self.store.answers.labels(1, "alignment", person))
            assert held.by_row == {given.row_id: given.label for given in own}
            assert held.last_row == (own[-1].row_id if own else None)
            assert self.runner.run(self.store.answers.count_of(person)) == len(own)
            looked = [min(300.0 - given.shown_at, 120.0) for given in own if given.shown_at is not None]
            spent = self.runner.run(self.store.answers.seconds_spent(1, "alignment", person, 120.0))
            assert spent == sum(looked)

    @rule()
    def reports_see_the_same(self) -> None:
        labels, last = {}, {}
        for given in self.history:
            labels.setdefault(pseudonym(given.labeler_id), {})[given.row_id] = given.label
            last[pseudonym(given.labeler_id), given.row_id] = given
        everybody = self.runner.run(self.store.answers.by_labeler(1, "alignment"))
        ours = {pseudonym(person) for person in self.people}
        assert {name: rows for name, rows in everybody.items() if name in ours} == labels
        reviewed = self.runner.run(self.store.answers.reviewed(1, "alignment"))
        marked = {(name, row) for (name, row), given in last.items() if given.after_review}
        assert {(name, row) for name in ours & set(reviewed) for row in reviewed[name]} == marked

    def teardown(self) -> None:
        """The whole history is there, in order; then room for the next program."""
        kept = self.runner.run(self.store.answers.history(1))
        ours = [(past.labeler_id, past.row_id, past.label) for past in kept if past.labeler_id in self.people]
        assert ours == [(given.labeler_id, given.row_id, given.label) for given in self.history]

        async def clear(connection: aiosqlite.Connection) -> None:
            for table in ("labels", "answers"):
                await connection.execute_fetchall(f"DELETE FROM {table}")  # noqa: S608 - our own names

        self.runner.run(self.store.database.transaction(clear))
