"""The one plain sentence that a report comes to."""

from __future__ import annotations

from collections.abc import Collection

from analysis.names import tidy
from analysis.statistics.ceiling import FEWEST_SHARED, Ceiling, Standing
from analysis.statistics.confusion import Confusion
from analysis.statistics.estimates import Estimate

_SENTENCES = {
    Standing.AS_WELL: "{model} agrees with people about as well as people agree with each other.",
    Standing.LESS: "{model} agrees with people clearly less than people agree with each other.",
    Standing.BETTER: "{model} agrees with people clearly better than people agree with each other.",
    Standing.OPEN: "Whether {model} agrees with people as well as people agree with each other "
    "cannot be told yet.",
}


def metrics_verdict(model: str, people: Collection[str], table: Confusion, ceiling: Ceiling | None) -> str:
    """How the model stands to the people.

    people: pseudonyms of who labeled anything. table: the model against the consensus. ceiling: None with
    fewer than two people.
    """
    name = tidy(model, 40)
    if not people and table.n == 0:
        return "Nothing is labeled yet, so there is nothing to compare."
    if table.n == 0:
        return f"There is no item on which {name} and the people can be compared."
    if ceiling is None:
        same = f"{name} says the same as the {'labeler' if people else 'decisions'} on {_of(table)}"
        return f"{same}. How well people agree with each other cannot be told before two have labeled."
    if ceiling.shared == 0:
        return (
            "No item has labels of two people, so how well people agree with each other cannot be told yet."
        )
    if ceiling.people["kappa"].value is None:
        return "People all agree and use one label only, so how the model stands to them cannot be told."
    sentence = _SENTENCES[ceiling.standing].format(model=name)
    if ceiling.standing is Standing.OPEN and ceiling.shared < FEWEST_SHARED:
        so_far = f"{ceiling.shared} item{'s have' if ceiling.shared != 1 else ' has'}"
        sentence += f" Only {so_far} labels of two people, {FEWEST_SHARED} are needed."
    return sentence


def comparison_verdict(
    names: tuple[str, str], difference: Estimate, p_value: float | None, further: int | None
) -> str:
    """Which of two models agrees better with the people, or that these labels cannot tell.

    difference: of the accuracies, first minus second; undefined when there is no common item. p_value: None
    when the two are never apart. further: labels that would probably tell, None for more than there can be.
    """
    first, second = (tidy(name, 40) for name in names)
    if difference.value is None:
        return f"There is no item on which {first} and {second} can be compared."
    if p_value is None:
        return f"No difference at all between {first} and {second}: each is right where the other is."
    if p_value < 0.05:
        better, worse = (first, second) if difference.value > 0 else (second, first)
        return f"{better} agrees with people more often than {worse} does ({p_words(p_value)})."
    more = "very many" if further is None else f"about {_rounded_up(further)}"
    return f"These labels cannot tell them apart ({p_words(p_value)}); {more} more labels would."


def p_words(p_value: float) -> str:
    """`p = 0.012`, or `p < 0.001`."""
    return "p < 0.001" if p_value < 0.0005 else f"p = {p_value:.3f}"


def _of(table: Confusion) -> str:
    return f"{table.tp + table.tn} of {table.n} item{'' if table.n == 1 else 's'}"


def _rounded_up(number: int) -> int:
    """To two digits, upwards: 237 -> 240."""
    step = int(10 ** max(0, len(str(number)) - 2))
    return -(-number // step) * step
