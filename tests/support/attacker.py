"""A reader without labels who works out single labels from figures, as far as that can be done at all.

He knows who answered which item, and when (`/progress` tells it, as everybody's cards come in one order), and every
figure he was shown. What he does not know is counted, not listed: items that were answered by the same people before
the same looks cannot be told apart by figures, so a world is how many items of such a class have which labels. Every
figure is a linear condition on these numbers, or a choice between a few tables that give it. A label is determined
when it is the same in every world that fits, which integer programming decides exactly.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

EPSILON = 1e-9
Cell = tuple[bool, ...]
"""The labels of one item: of each person, then of each model; whether they are related."""
Sees = Callable[[tuple[bool | None, ...], tuple[bool, ...]], bool]
"""Whether an item counts: by the people's labels at a look (None: not answered yet), and the models'."""


@dataclass(frozen=True, slots=True)
class Determined:
    """A label that the attacker knows: whose, of which item, and what it is."""

    whose: str
    row: int
    related: bool


@dataclass
class Attacker:
    """What one reader has seen.

    Attributes:
        people: Their pseudonyms.
        models: The models' names.
        answered: (person, row) -> the number of the look that counted this answer first.
    """

    people: Sequence[str]
    models: Sequence[str]
    answered: Mapping[tuple[str, int], int]
    conditions: list[list[tuple[int, list[tuple[Sees, int]]]]] = field(default_factory=list)
    """Each is a choice: one of several lists of (what is counted, how many) at a look holds."""

    # -- what he is shown -------------------------------------------------------------------------------------

    def read_metrics(self, look: int, model: str, record: Mapping[str, Any]) -> None:
        """Take in a metrics file: the four counts, each labeler's figures, ties and agreement."""
        at = self.models.index(model)
        cells = {"tp": (True, True), "tn": (False, False), "fp": (False, True), "fn": (True, False)}
        for name, (human, judged) in cells.items():
            self._know(look, [(_agreed(human, at, judged), record[name])])
        self._know(look, [(_tied, record["ties"])])
        for one in record["labelers"]:
            if one["accuracy"] is None:
                continue  # nothing is told of this person alone
            person = self.people.index(one["pseudonym"])
            tables = [
                [(_pair(person, at, human, judged), number) for (human, judged), number in table.items()]
                for table in tables_of(one["labels"], one["accuracy"], one["kappa"])
            ]
            self._know(look, *tables)
        between = record["between_humans"]
        if between is not None and len(self.people) == 2 and between["alpha"] is not None:
            self._know(look, *alphas_of(between["alpha"], len(self.answered)))

    def read_comparison(self, look: int, text: str) -> None:
        """Take in the text of a comparison of the first two models."""
        for word, rights in (("both", (1, 1)), ("neither", (0, 0)), ("1st", (1, 0)), ("2nd", (0, 1))):
            found = re.search(rf"\b{word}\s+(\d+)", text)
            assert found is not None, text
            self._know(look, [(_right(bool(rights[0]), bool(rights[1])), int(found[1]))])

    def read_agreement(self, look: int, text: str) -> None:
        """Take in the text of how people agree."""
        if "alpha" in text:
            found = re.search(r"They differ on (\d+) item", text)
            self._know(look, [(_differ, int(found[1]) if found else 0)])

    def _know(self, look: int, *tables: list[tuple[Sees, int]]) -> None:
        self.conditions.append([(look, table) for table in tables])

    # -- what follows -----------------------------------------------------------------------------------------

    def determined(self) -> list[Determined]:
        """Every label that is the same in all worlds that fit what was shown. Fails when no world does."""
        program = _Program(self)
        found = []
        for pattern, rows in program.classes.items():
            for place, whose in enumerate((*self.people, *self.models)):
                if place < len(self.people) and pattern[place] is None:
                    continue
                least = program.least(pattern, place)
                most = len(rows) - program.least(pattern, place, of=False)
                if least == len(rows) or most == 0:
                    found += [Determined(whose, row, least == len(rows)) for row in rows]
        return found


class _Program:
    """The integer program of an attacker."""

    def __init__(self, attacker: Attacker) -> None:
        self.people, self.models = attacker.people, attacker.models
        rows = sorted({row for _, row in attacker.answered})
        self.classes: dict[tuple[int | None, ...], list[int]] = {}
        for row in rows:
            pattern = tuple(attacker.answered.get((who, row)) for who in self.people)
            self.classes.setdefault(pattern, []).append(row)
        width = len(self.people) + len(self.models)
        self.variables = [
            (pattern, cell)
            for pattern in self.classes
            for cell in itertools.product((False, True), repeat=width)
            if not any(known and answer is None for known, answer in zip(cell, pattern, strict=False))
        ]
        choices = sum(len(one) for one in attacker.conditions if len(one) > 1)
        self.size = len(self.variables) + choices
        self.rows: list[np.ndarray] = []
        self.values: list[float] = []
        for pattern, items in self.classes.items():
            self._add([float(one == pattern) for one, _ in self.variables], len(items))
        free = len(self.variables)
        for tables in attacker.conditions:
            free = self._condition(tables, free)

    def _condition(self, tables: list[tuple[int, list[tuple[Sees, int]]]], free: int) -> int:
        """Add one condition; `free` is the first variable that no choice uses yet. Gives the next."""
        if len(tables) == 1:
            look, parts = tables[0]
            for sees, number in parts:
                self._add(self._counted(look, sees), number)
            return free
        for part in range(len(tables[0][1])):
            look, sees = tables[0][0], tables[0][1][part][0]
            row = self._add(self._counted(look, sees), 0)
            for choice, (_, table) in enumerate(tables):
                row[free + choice] = -table[part][1]
        row = self._add([], 1)
        row[free : free + len(tables)] = 1
        return free + len(tables)

    def _counted(self, look: int, sees: Sees) -> list[float]:
        n, counted = len(self.people), []
        for pattern, cell in self.variables:
            there = tuple(
                label if when is not None and when <= look else None
                for when, label in zip(pattern, cell[:n], strict=True)
            )
            counted.append(float(any(x is not None for x in there) and sees(there, cell[n:])))
        return counted

    def _add(self, row: Sequence[float], value: float) -> np.ndarray:
        full = np.zeros(self.size)
        full[: len(row)] = row
        self.rows.append(full)
        self.values.append(value)
        return full

    def least(self, pattern: tuple[int | None, ...], place: int, *, of: bool = True) -> int:
        """On how few items of a class a label can be related (or, `of` False, not related)."""
        goal = np.zeros(self.size)
        for number, (one, cell) in enumerate(self.variables):
            goal[number] = one == pattern and cell[place] == of
        values = np.array(self.values)
        upper = np.full(self.size, float(max(map(len, self.classes.values()))))
        upper[len(self.variables) :] = 1
        found = milp(
            goal,
            constraints=LinearConstraint(np.array(self.rows), values, values),
            integrality=np.ones(self.size),
            bounds=Bounds(0, upper),
        )
        assert found.success, f"what was shown fits no world: {found.message}"
        return round(found.fun)


def tables_of(labels: int, accuracy: float | None, kappa: float | None) -> list[dict[tuple[bool, bool], int]]:
    """Every table of (person related, model related) -> items that gives these figures."""
    fitting = []
    for tp, fp, fn in itertools.product(range(labels + 1), repeat=3):
        tn = labels - tp - fp - fn
        if tn < 0 or accuracy is None or abs((tp + tn) / labels - accuracy) > EPSILON:
            continue
        chance = ((tp + fn) * (tp + fp) + (tn + fp) * (tn + fn)) / labels**2
        its = None if chance > 1 - EPSILON else (accuracy - chance) / (1 - chance)
        if (its is None) == (kappa is None) and (its is None or abs(its - (kappa or 0.0)) < EPSILON):
            fitting.append({(True, True): tp, (False, False): tn, (False, True): fp, (True, False): fn})
    assert fitting, (labels, accuracy, kappa)
    return fitting


def alphas_of(alpha: float, most: int) -> list[list[tuple[Sees, int]]]:
    """Every way in which two people can come to this alpha, on at most so many items: both related, one, none."""
    fitting = []
    for both, one, none in itertools.product(range(most + 1), repeat=3):
        items, related = both + one + none, 2 * both + one
        by_chance = related * (2 * items - related)
        if by_chance and abs(1 - one * (2 * items - 1) / by_chance - alpha) < EPSILON:
            fitting.append([(_both(True), both), (_differ, one), (_both(False), none)])
    return fitting


def _both(related: bool) -> Sees:
    return lambda there, said: all(label is related for label in there) and None not in there


def _consensus(there: tuple[bool | None, ...]) -> bool | None:
    given = [label for label in there if label is not None]
    related = 2 * sum(given) - len(given)
    return None if related == 0 else related > 0


def _agreed(human: bool, at: int, judged: bool) -> Sees:
    return lambda there, said: _consensus(there) is human and said[at] is judged


def _tied(there: tuple[bool | None, ...], said: tuple[bool, ...]) -> bool:
    return _consensus(there) is None


def _differ(there: tuple[bool | None, ...], said: tuple[bool, ...]) -> bool:
    return len({label for label in there if label is not None}) > 1


def _pair(person: int, at: int, human: bool, judged: bool) -> Sees:
    return lambda there, said: there[person] is human and said[at] is judged


def _right(first: bool, second: bool) -> Sees:
    def sees(there: tuple[bool | None, ...], said: tuple[bool, ...]) -> bool:
        agreed = _consensus(there)
        return agreed is not None and ((said[0] is agreed), (said[1] is agreed)) == (first, second)

    return sees
