"""What `/focus` says: what a set costs and brings before it is begun, how far it is, and that it has ended.

Only admins read these texts. What labelers are told names no model.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.records import RELATED, ClassificationFile, FocusSet
from analysis.statistics.focus_gain import Gain
from bot.rules.callback_data import FOCUS_ON_ONE, FOCUS_ON_TWO, CallbackData, encode
from bot.rules.model_choice import key_of
from bot.views.model_buttons import MOST_BUTTONS, chosen, told_of
from bot.views.screen import Button, Screen
from bot.views.text import counted, duration, echo, listed, shown_name
from storage.records import StoredFocusSet, pseudonym

MOST_OTHERS = 6
HARDLY_LESS = 0.9
"""An interval that stays wider than this share of what it is now is said to hardly change."""
USAGE = "Name a model and a number from 2 to 1000, such as /focus deepseek 100; /focus off ends the set."
NONE_ACTIVE = "There is no focus set. /focus and a model's name begins one, such as /focus deepseek 100."
ELSEWHERE = "Focus sets are begun in our private chat."
IS_ACTIVE = "This set has begun already."


def focus_choice(
    problem: str, wanted: str, options: Sequence[ClassificationFile], number: int, reader: int
) -> Screen:
    """Return what stands in the way of a set of `number` items, and the models to choose from as buttons."""
    said = told_of(wanted, problem, options)
    if not options:
        return Screen(said)
    rows = tuple(
        (Button(shown_name(f"{file.name} · {file.mode}"), _data("choose", (file,), number, reader)),)
        for file in options[:MOST_BUTTONS]
    )
    return Screen(f"{said} For which model?".lstrip(), rows)


@dataclass(frozen=True, slots=True)
class Offer:
    """A set that an admin may begin.

    Attributes:
        files: The model's file, or those of two.
        drawn: The set.
        wanted: How many items were asked for.
        gains: What it is expected to bring, by figure.
        people: How many labelers have finished the sample and would get its items.
        pace: Seconds an item takes them; None when that is not known.
        others: Models that a set for one could be turned to, as the second of two.
        answers: Of a set that goes on, how many answers it has already; None for a new one.
        replaced: The set that is active now and would be switched off; None when there is none.
    """

    files: Sequence[ClassificationFile]
    drawn: FocusSet
    wanted: int
    gains: Mapping[str, Gain]
    people: int
    pace: float | None
    others: Sequence[ClassificationFile]
    answers: int | None
    replaced: FocusSet | None


def proposal(offer: Offer, reader: int) -> Screen:
    """Return what a set costs and brings, with a button that begins it; `reader` is the admin's Telegram id."""
    drawn, size = offer.drawn, len(offer.drawn.sample.items)
    parts = [f"<b>{_title(drawn, size)}</b>", _what(drawn)]
    if offer.answers is not None:
        parts.append(f"This set was begun before and goes on; it has {counted(offer.answers, 'answer')}.")
    elif size < offer.wanted:
        parts.append(f"There are not {offer.wanted} such features outside the sample.")
    parts.append(f"<b>It costs</b> {_costs(offer, size)}")
    parts.append(_brings(size, offer.gains))
    one = len(offer.files) == 1
    whose, prompt = ("this model's file", "its prompt") if one else ("these two models' files", "a prompt")
    parts.append(f"It counts for {whose} alone, and not if {prompt} is tuned on these labels.")
    if offer.replaced is not None:
        names = f"{_names(offer.replaced.models)} · {echo(offer.replaced.mode)}"
        parts.append(f"The set for {names} is switched off then.")
    turns = tuple(_or_for_two(offer, reader))
    if turns:
        parts.append("Or label features on which it differs from:")
    begin = Button("Begin", _data("begin", offer.files, offer.wanted, reader), style="success")
    return Screen("\n".join(parts), ((begin,), *turns))


def _costs(offer: Offer, size: int) -> str:
    labels = counted(size, "label")
    if not offer.people:
        return f"{labels}; nobody has finished the sample yet, and it waits."
    time = f", about {duration(offer.pace * size)}," if offer.pace else ""
    each = "the one person" if offer.people == 1 else f"each of the {offer.people} people"
    return f"{labels}{time} for {each} who finished the sample."


def _or_for_two(offer: Offer, reader: int) -> Iterator[tuple[Button]]:
    if len(offer.files) == 1:
        for other in offer.others[:MOST_OTHERS]:
            data = _data("choose", (*offer.files, other), offer.wanted, reader)
            yield (Button(shown_name(other.name), data),)


def _brings(size: int, gains: Mapping[str, Gain]) -> str:
    """Return `It brings: 100 labels narrow recall from ±14 to about ±11 points. They hardly change phi (±9 points).`"""
    narrowed, same = [], []
    for figure, gain in gains.items():
        if gain.then is None:
            continue
        name, then = "the difference" if figure == "difference" else figure, _points(gain.then)
        if gain.now is None:
            narrowed.append(f"{name} from unknown to about ±{then}")
        elif gain.then > HARDLY_LESS * gain.now or then == _points(gain.now):
            same.append(f"{name} (±{_points(gain.now)} points)")
        else:
            narrowed.append(f"{name} from ±{_points(gain.now)} to about ±{then}")
    said, they = [], counted(size, "label")
    if narrowed:
        said.append(f"{they} narrow " + ", ".join([f"{narrowed[0]} points", *narrowed[1:]]) + ".")
        they = "They"
    if same:
        said.append(f"{they} hardly change {listed(same)}.")
    if not said:
        return "<b>It brings:</b> that cannot be told yet, because too little of the sample is labeled."
    return f"<b>It brings{'' if narrowed else ' little'}:</b> {' '.join(said)}"


def status(active: StoredFocusSet, done: Mapping[int, int], people: int) -> str:
    """Return how far the active set is.

    Args:
        active: The set.
        done: The number of answers by labeler.
        people: How many people have to answer all of it; 0 while nobody has finished the sample.
    """
    drawn = active.drawn
    size = len(drawn.sample.items)
    lines = [f"<b>{_title(drawn, size)}</b>"]
    lines += [f"{pseudonym(who)}: {count} / {size}" for who, count in done.items()] or ["no answer yet"]
    enough = "one person has" if people == 1 else "two people have"
    return "\n".join([*lines, f"It is complete when {enough} answered all of it. /focus off ends it."])


def begins(*files: ClassificationFile) -> Screen:
    """Return the line that takes the place of a proposal when its set is begun."""
    return Screen(f"Begin: {chosen(*files).text}")


def begun(drawn: FocusSet, people: int) -> str:
    """Return the line that confirms that a set has begun."""
    to = "those who finished the sample" if people else "whoever finishes the sample"
    size = counted(len(drawn.sample.items), "item")
    return f"Begun: the {size} come to {to}, with /label. /focus says how far it is, /focus off ends it."


def switched_off(active: StoredFocusSet) -> str:
    """Return the line that confirms that a set was switched off."""
    names = _names(active.drawn.models)
    return f"The focus set for {names} is off. Its answers are kept: begin it again to go on."


def focus_ended(ended: StoredFocusSet) -> str:
    """Return the line for admins about a set that ended because a model's file changed."""
    names = _names(ended.drawn.models)
    return (
        f"The focus set for {names} has ended: a file has changed since it was drawn. /focus draws a new one."
    )


def focus_complete(complete: StoredFocusSet) -> str:
    """Return the line for admins about a set that is complete."""
    drawn = complete.drawn
    command = "/metrics" if len(drawn.models) == 1 else "/compare"
    return f"The focus set for {_names(drawn.models)} · {echo(drawn.mode)} is complete: {command} shows what it brings."


def more_items(mode: str) -> str:
    """Return the line for labelers who have finished the sample; it names no model."""
    return f"There are more items in {html.escape(mode)}. /label shows the first."


def _what(drawn: FocusSet) -> str:
    if len(drawn.models) == 2:
        return "Features on which the two differ, in random order, on the usual blind cards."
    related = drawn.strata.count(RELATED)
    rest = len(drawn.strata) - related
    return f"{related} that it calls related and {rest} that it does not, in random order, on the usual blind cards."


def _title(drawn: FocusSet, size: int) -> str:
    return f"{counted(size, 'item')} for {_names(drawn.models)} · {echo(drawn.mode)}"


def _names(models: Sequence[str]) -> str:
    return " and ".join(echo(model, 40) for model in models)


def _points(half: float) -> int:
    return round(100 * half)


def _data(action: str, files: Sequence[ClassificationFile], number: int, reader: int) -> str:
    first, *second = map(key_of, files)
    kind = FOCUS_ON_TWO if second else FOCUS_ON_ONE
    data = CallbackData(
        kind, action, mode=files[0].mode, file_key=first, other_key=second[0] if second else "", number=number
    )
    return encode(data, reader)
