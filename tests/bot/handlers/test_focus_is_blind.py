"""Who labels a focus set cannot tell what the model says of its items: not by order, counts or reports."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

import pytest

from analysis.statistics.focus import draw_for_one
from tests.support.bench import REPORT, Bench
from tests.support.focus import FOCUS, answer_focus_cards, keep_set, prepare_focus
from tests.support.phone import Chat, Message
from tests.support.two_labelers import carl_of


@pytest.fixture
async def truth(bench: Bench) -> dict[int, str]:
    """What is true of each feature; two people have labeled the sample, and two models all features."""
    return await prepare_focus(bench)


ASKED = ("/metrics deepseek", "/compare deepseek gemini", "/progress", "/models", "/agreement")


async def test_what_a_labeler_sees_during_a_set_is_the_same_whatever_the_model_says_of_its_items(
    bench: Bench, truth: Mapping[int, str]
) -> None:
    seen = []
    for turned in (False, True):
        await keep_set(bench, turned=turned)
        async with bench.running():
            carl = await carl_of(bench)
            await carl.ask("/help")
            start = carl.sent_id
            await answer_focus_cards(bench, carl, truth, 20)
            told = [(await report_or_text(carl, typed)).text for typed in ASKED]
            seen.append([m.text for m in carl.messages if m.by_bot and m.id > start] + told)
        for path in bench.folder.glob("labels.sqlite3*"):
            path.unlink()
        await prepare_focus(bench)
    assert len(seen[0]) > 5
    assert seen[0] == seen[1]


async def report_or_text(person: Chat, typed: str) -> Message:
    await person.send(typed)
    return await person.reply(seconds=REPORT)


Guess = Callable[[Sequence[int], Sequence[bool], int], bool]
"""From the feature indices so far, the own answers before, and the size of the set: is the model's label related?"""
GUESSES: dict[str, Guess] = {
    "always related": lambda shown, own, size: True,
    "in turns": lambda shown, own, size: len(shown) % 2 == 0,
    "first half": lambda shown, own, size: len(shown) <= size // 2,
    "as the half that is lacking": lambda shown, own, size: sum(own) * 2 < len(own),
    "as the half that is ahead": lambda shown, own, size: sum(own) * 2 > len(own),
    "other than before": lambda shown, own, size: not own[-1] if own else True,
    "low index": lambda shown, own, size: shown[-1] < 1000,
    "higher than the card before": lambda shown, own, size: len(shown) > 1 and shown[-1] > shown[-2],
    "even index": lambda shown, own, size: shown[-1] % 2 == 0,
}


@pytest.mark.parametrize("name", sorted(GUESSES))
def test_a_labeler_who_guesses_the_models_label_from_order_and_counts_does_no_better_than_chance(
    name: str,
) -> None:
    draw = random.Random(3)  # noqa: S311 - made-up data
    right = asked = 0
    for seed in range(150):
        said = [int(draw.random() < 0.15) for _ in range(2000)]
        shown = draw_for_one(said, range(300), FOCUS, seed=seed)
        # of what a person thinks, only that it does not come from the model is used
        own = [draw.random() < 0.5 for _ in shown]
        for place, position in enumerate(shown):
            guess = GUESSES[name](shown[: place + 1], own[:place], FOCUS)
            right += guess == bool(said[position])
            asked += 1
    assert asked == 150 * FOCUS
    # each set has as many of one label as of the other, so guesses vary less than coins: four times 0.5 / sqrt(n)
    assert abs(right / asked - 0.5) < 4 * 0.5 / asked**0.5
