"""The rules of a labeling session told once more, as plainly as they can be: what the bot is held against."""

from __future__ import annotations

from dataclasses import dataclass, field

ANSWERS = {"Related": "related", "Not Related": "not-related"}


def plainly_next(labels: dict[int, str], size: int, after: int) -> int | None:
    """The next unlabeled row after `after`; none: the first left behind; none: None."""
    later = [row for row in range(size) if row > after and row not in labels]
    left_behind = [row for row in range(size) if row <= after and row not in labels]
    return [*later, *left_behind, None][0]


@dataclass
class Person:
    """One labeler as they should be: labels by mode, and what their live card shows."""

    size: int
    modes: tuple[str, ...]
    mode: str = ""
    row: int | None = None
    labels: dict[str, dict[int, str]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    last: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.mode = self.modes[0]
        self.labels = {mode: {} for mode in self.modes}

    def resume(self) -> None:
        """`/label`, or a mode was chosen."""
        here = self.labels[self.mode]
        self.row = plainly_next(here, self.size, max(here, default=-1))

    def choose(self, mode: str) -> None:
        self.mode = mode
        self.resume()

    def tap(self, tap_id: str, words: str, mode: str, row: int) -> None:
        """A tap on a card of `row` in `mode`; a tap that came before saves nothing any more."""
        self.mode = mode
        here = self.labels[mode]
        if words in ANSWERS:
            if tap_id not in self.seen:
                here[row] = ANSWERS[words]
                self.last[mode] = row
                self.seen.add(tap_id)
            self.row = plainly_next({**here, row: "any"}, self.size, row)
        elif words == "Skip":
            self.row = plainly_next(here, self.size, row)
        elif words == "Back":
            self.row = max(0, row - 1)
        else:
            self.row = row  # Back on the summary

    def card(self) -> str:
        """The first lines of the live card."""
        here = self.labels[self.mode]
        if self.row is None:
            return f"{self.mode} · all {self.size} labeled"
        return f"{self.mode} · Item {self.row + 1} / {self.size}\nLabeled: {len(here)} / {self.size}"

    def answer(self) -> str | None:
        """The own answer that the live card shows."""
        return None if self.row is None else self.labels[self.mode].get(self.row)
