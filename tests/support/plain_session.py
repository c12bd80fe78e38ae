"""The rules of a labeling session told once more, as plainly as they can be: what the bot is held against."""

from __future__ import annotations

from dataclasses import dataclass, field

ANSWERS = {"Related": "related", "Not Related": "not-related"}
SYMBOLS = {"alignment": "⚖", "formatting": "¶"}
TOO_FAST = "Too fast: tap again"


def plainly_next(labels: dict[int, str], size: int, after: int) -> int | None:
    """Return the next unlabeled row after `after`, else the first that was left behind, else None."""
    later = [row for row in range(size) if row > after and row not in labels]
    left_behind = [row for row in range(size) if row <= after and row not in labels]
    return [*later, *left_behind, None][0]


@dataclass
class Person:
    """One labeler as they should be: labels and skips by mode, and what their live card shows since when."""

    size: int
    modes: tuple[str, ...]
    least_look: float
    mode: str = ""
    row: int | None = None
    labels: dict[str, dict[int, str]] = field(default_factory=dict)
    skips: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """Mode -> row and tap of each skip."""
    seen: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    shown_at: float | None = None
    """When the live card came to show its item; None when nobody remembers."""

    def __post_init__(self) -> None:
        self.mode = self.modes[0]
        self.labels = {mode: {} for mode in self.modes}
        self.skips = {mode: [] for mode in self.modes}

    def resume(self, now: float) -> None:
        """`/label`, or a mode was chosen."""
        here = self.labels[self.mode]
        self._show(plainly_next(here, self.size, max(here, default=-1)), now)

    def choose(self, mode: str, now: float) -> str:
        self.mode = mode
        self.resume(now)
        return mode

    def restart(self) -> None:
        """When cards were shown is not remembered over a restart."""
        self.shown_at = None

    def tap(self, tap_id: str, words: str, mode: str, row: int, now: float) -> str:
        """Tap on a card of `row` in `mode`; return the notice. A tap that came before changes no answer any more."""
        if words in ANSWERS:
            if self._is_refused(tap_id, mode, row, now):
                return TOO_FAST
            self.mode = mode
            return self._answer(tap_id, words, row, now)
        self.mode = mode
        if words == "Skip":
            return self._skip(tap_id, row, now)
        self._show(max(0, row - 1) if words == "Back" else row, now)  # row: Back on the summary
        return "This is the first item." if words == "Back" and row == 0 else ""

    def _is_refused(self, tap_id: str, mode: str, row: int, now: float) -> bool:
        on_card = (mode, row) == (self.mode, self.row) and self.shown_at is not None
        if on_card and now - (self.shown_at or 0.0) < self.least_look and tap_id not in self.seen:
            self.refused.add(tap_id)
        return tap_id in self.refused

    def _answer(self, tap_id: str, words: str, row: int, now: float) -> str:
        here = self.labels[self.mode]
        before = here.get(row)
        if tap_id not in self.seen:
            here[row] = ANSWERS[words]
            self.seen.add(tap_id)
        self._show(plainly_next(here, self.size, row), now)
        return f"Changed to {words}" if before not in (None, here[row]) else f"Saved: {words}"

    def _skip(self, tap_id: str, row: int, now: float) -> str:
        if tap_id not in self.seen:
            self.skips[self.mode].append((row, tap_id))
            self.seen.add(tap_id)
        following = plainly_next(self.labels[self.mode], self.size, row)
        self._show(following, now)
        return "This is the only item left." if following == row else "Skipped"

    def _show(self, row: int | None, now: float) -> None:
        self.row = row
        self.shown_at = now

    def card(self) -> str:
        """Return the first lines of the live card."""
        here, heading = self.labels[self.mode], f"{SYMBOLS[self.mode]} {self.mode}"
        if self.row is None:
            return f"{heading} · all {self.size} labeled"
        return f"{heading} · Item {self.row + 1} / {self.size}\nLabeled: {len(here)} / {self.size}"

    def answer(self) -> str | None:
        """Return the own answer that the live card shows."""
        return None if self.row is None else self.labels[self.mode].get(self.row)
