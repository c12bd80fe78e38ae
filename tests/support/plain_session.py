"""The rules of a labeling session told once more, as plainly as they can be: what the bot is held against.

So many repeats are wanted here that one is due after each new label from the hundredth on. Which old item it is, is
not told: it is seen on the card.
"""

from __future__ import annotations

from dataclasses import dataclass, field

ANSWERS = {"Related": "related", "Not Related": "not-related"}
WORDS = {label: words for words, label in ANSWERS.items()}
SYMBOLS = {"alignment": "⚖", "formatting": "¶"}
TOO_FAST = "Too fast: tap again"
ACTED_BEFORE = "That was answered before; nothing has changed now."


def plainly_next(labels: dict[int, str], size: int, after: int) -> int | None:
    """Return the next unlabeled row after `after`, else the first that was left behind, else None."""
    later = [row for row in range(size) if row > after and row not in labels]
    left_behind = [row for row in range(size) if row <= after and row not in labels]
    return [*later, *left_behind, None][0]


UNSEEN = -1
"""In place of the row of an item that comes again, until somebody has looked at the card."""


@dataclass
class Person:
    """One labeler as they should be: what is kept of them by mode, and what their live card shows since when."""

    size: int
    modes: tuple[str, ...]
    least_look: float
    mode: str = ""
    row: int | None = None
    again: int | None = None
    """The old item that the live card shows in the place of `row`."""
    labels: dict[str, dict[int, str]] = field(default_factory=dict)
    old: set[int] = field(default_factory=set)
    """Rows of the first mode that were answered the day before yesterday, and not since."""
    repeats: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Row -> the answer when it came again, and the label of that time."""
    skips: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """Mode -> row and tap of each skip."""
    notes: dict[int, tuple[str, int, str]] = field(default_factory=dict)
    """Message -> mode, row and text of each note."""
    seen: set[str] = field(default_factory=set)
    acted: set[str] = field(default_factory=set)
    """Taps that led somewhere and saved nothing, or chose another question."""
    refused: set[str] = field(default_factory=set)
    shown_at: float | None = None
    """When the live card came to show its item; None when nobody remembers."""
    _may_repeat: bool = True
    """Whether an item was labeled for the first time since the last repeat."""
    _waiting: int | None = None
    """The old item that was seen last, and comes until it is answered again or anew."""

    def __post_init__(self) -> None:
        self.mode = self.modes[0]
        self.labels = {mode: {} for mode in self.modes}
        self.skips = {mode: [] for mode in self.modes}

    def has_labeled(self, rows: int, old: int) -> None:
        """The first rows of the first mode are labeled before the program begins, most of them long ago."""
        self.labels[self.modes[0]] = dict.fromkeys(range(rows), "related")
        self.old = set(range(old))

    def resume(self, now: float) -> None:
        """`/label`, or a mode was chosen."""
        here = self.labels[self.mode]
        self._go_on(plainly_next(here, self.size, max(here, default=-1)), now)

    def choose(self, tap_id: str, mode: str, now: float) -> str:
        if self._is_late(tap_id, mode):
            return ACTED_BEFORE
        self.acted.add(tap_id)
        self.mode = mode
        self.resume(now)
        return mode

    def restart(self) -> None:
        """When cards were shown is not remembered over a restart."""
        self.shown_at = None

    def tap(self, tap_id: str, words: str, mode: str, row: int, now: float) -> str:
        """Tap on a card of `row` in `mode`; return the notice. A tap that came before changes no answer any more."""
        if words in ANSWERS:
            if self._is_refused(tap_id, (mode, row, None), now):
                return TOO_FAST
            if self._is_late(tap_id, mode):
                return f"Saved: {words}"
            self._turn_to(mode, tap_id)
            return self._answer(tap_id, words, row, now)
        if words == "Skip":
            following = plainly_next(self.labels[mode], self.size, row)
            if not self._is_late(tap_id, mode):
                self._turn_to(mode, tap_id)
                self._skip(tap_id, row, row, now)
            return "This is the only item left." if following == row else "Skipped"
        if self._is_late(tap_id, mode):
            return ACTED_BEFORE
        self.acted.add(tap_id)
        self.mode = mode
        return self._back(words, row, now)

    def tap_again(self, tap_id: str, words: str, mode: str, old: int, row: int, now: float) -> str:
        """The same on a card that shows the item `old` again, in the place of `row`."""
        if words in ANSWERS and self._is_refused(tap_id, (mode, row, old), now):
            return TOO_FAST
        if self._is_late(tap_id, mode):
            told = {"Back": ACTED_BEFORE, "Skip": "Skipped"}
            return told.get(words) or f"Saved: {WORDS[self.repeats[old][0]]}"
        self._turn_to(mode, tap_id)
        if words == "Back":
            self.acted.add(tap_id)
            return self._back(words, row, now)
        if words == "Skip":
            self._skip(tap_id, old, row - 1, now)
            return "Skipped"
        if old not in self.repeats:
            self.repeats[old] = (ANSWERS[words], self.labels[mode][old])
            self.seen.add(tap_id)
            self._may_repeat = False
        self._show(plainly_next(self.labels[mode], self.size, row - 1), now)
        return f"Saved: {WORDS[self.repeats[old][0]]}"

    def _is_late(self, tap_id: str, mode: str) -> bool:
        """Whether a tap came before, and another question was chosen since."""
        return mode != self.mode and tap_id in self.seen | self.acted

    def _turn_to(self, mode: str, tap_id: str) -> None:
        if mode != self.mode:
            self.acted.add(tap_id)
        self.mode = mode

    def sees(self, old: int | None) -> None:
        """Somebody looks at the card: the item that it shows again is one that may come, and stays the one."""
        assert (old is None) == (self.again is None)
        if old is None:
            return
        assert old in self.old - set(self.repeats)
        if self._waiting in self.old - set(self.repeats):
            assert old == self._waiting
        self.again = self._waiting = old

    def note(self, message: int, text: str, mode: str, old: int, number: int) -> str:
        """A reply to a card that shows the item `old` under some number; one that came before is kept already."""
        self.notes.setdefault(message, (mode, old, text))
        return f"Note kept on item {number}. Another reply adds to it."

    def _is_refused(self, tap_id: str, place: tuple[str, int, int | None], now: float) -> bool:
        on_card = place == (self.mode, self.row, self.again) and self.shown_at is not None
        if on_card and now - (self.shown_at or 0.0) < self.least_look and tap_id not in self.seen:
            self.refused.add(tap_id)
        return tap_id in self.refused

    def _answer(self, tap_id: str, words: str, row: int, now: float) -> str:
        here = self.labels[self.mode]
        before = here.get(row)
        if tap_id not in self.seen:
            here[row] = ANSWERS[words]
            self.seen.add(tap_id)
            if self.mode == self.modes[0]:
                self.old.discard(row)
                self._may_repeat = self._may_repeat or before is None
        self._go_on(plainly_next(here, self.size, row), now)
        return f"Changed to {words}" if before not in (None, here[row]) else f"Saved: {words}"

    def _skip(self, tap_id: str, row: int, after: int, now: float) -> int | None:
        if tap_id not in self.seen:
            self.skips[self.mode].append((row, tap_id))
            self.seen.add(tap_id)
        following = plainly_next(self.labels[self.mode], self.size, after)
        self._show(following, now)
        return following

    def _back(self, words: str, row: int, now: float) -> str:
        self._show(max(0, row - 1) if words == "Back" else row, now)  # row: Back on the summary
        return "This is the first item." if words == "Back" and row == 0 else ""

    def _go_on(self, row: int | None, now: float) -> None:
        """At `row`, or at an old item in its place."""
        self._show(row, now)
        late = self.mode == self.modes[0] and len(self.labels[self.mode]) >= 100
        if row is not None and late and self._may_repeat and self.old - set(self.repeats):
            self.again = UNSEEN

    def _show(self, row: int | None, now: float) -> None:
        self.row, self.again = row, None
        self.shown_at = now

    def card(self) -> str:
        """Return the first lines of the live card."""
        here, heading = self.labels[self.mode], f"{SYMBOLS[self.mode]} {self.mode}"
        if self.row is None:
            return f"{heading} · all {self.size} labeled"
        return f"{heading} · Item {self.row + 1} / {self.size}\nLabeled: {len(here)} / {self.size}"

    def answer(self) -> str | None:
        """Return the own answer that the live card shows."""
        if self.row is None or self.again is not None:
            return None
        return self.labels[self.mode].get(self.row)
