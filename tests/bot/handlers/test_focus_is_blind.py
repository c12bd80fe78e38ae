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


AS_THE_MODEL = 0.9
"""How often the labeler below answers what the model says."""


@pytest.mark.parametrize("size", [FOCUS, 100])
def test_who_counts_both_halves_knows_no_more_than_who_reads_the_card(size: int) -> None:
    """A labeler who mostly answers as the model does, and knows that half of a set is what it calls related.

    Counting alone guesses better than a coin then (0.55 of 40 items, 0.53 of 100), but reading tells 0.9 of them.
    """
    draw = random.Random(4)  # noqa: S311 - made-up data
    by_count = by_reading = by_both = 0
    for seed in range(100):
        said = [int(draw.random() < 0.15) for _ in range(2000)]
        model = [bool(said[position]) for position in draw_for_one(said, range(300), size, seed=seed)]
        own = [is_related == (draw.random() < AS_THE_MODEL) for is_related in model]
        for is_related, reads, lacking in zip(model, own, chances_by_count(own), strict=True):
            both = lacking * AS_THE_MODEL if reads else lacking * (1 - AS_THE_MODEL)
            against = (1 - lacking) * (1 - AS_THE_MODEL) if reads else (1 - lacking) * AS_THE_MODEL
            by_count += (lacking > 0.5) == is_related
            by_reading += reads == is_related
            by_both += (both > against) == is_related
    asked = 100 * size
    assert 0.5 < by_count / asked < 0.57
    assert by_reading / asked == pytest.approx(AS_THE_MODEL, abs=0.015)
    assert by_both / asked == pytest.approx(by_reading / asked, abs=0.002)


def chances_by_count(own: Sequence[bool]) -> list[float]:
    """Return for each card the chance that the model calls it related, by the answers to the cards before alone.

    It is the exact one: a chance for each number of the model's related items that may have been among these.
    """
    half, chances = len(own) // 2, []
    were = {0: 1.0}
    for place, reads in enumerate(own):
        left = len(own) - place
        chances.append(sum(chance * (half - count) / left for count, chance in were.items()))
        following: dict[int, float] = {}
        for count, chance in were.items():
            share = (half - count) / left
            for more, part, right in ((1, share, reads), (0, 1 - share, not reads)):
                if part > 0:
                    weight = chance * part * (AS_THE_MODEL if right else 1 - AS_THE_MODEL)
                    following[count + more] = following.get(count + more, 0.0) + weight
        whole = sum(following.values())
        were = {count: weight / whole for count, weight in following.items()}
    return chances


async def test_no_set_is_drawn_of_which_everybody_would_know_what_the_model_says(
    bench: Bench, truth: Mapping[int, str]
) -> None:
    path = next(bench.models.glob("*deepseek.json"))
    path.write_text(path.read_text().replace('"related"', '"not-related"'))
    async with bench.running():
        ada = await bench.admin()
        said = (await report_or_text(ada, "/focus deepseek 40")).text
        assert "have one label of the model: whoever labels such a set would know it" in said
