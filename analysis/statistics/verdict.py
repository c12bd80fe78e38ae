"""The plain sentences that reports come to: what may be claimed, in words that a person can act on.

Each function gives a headline and a detail. The headline says what was found; the detail, which may be empty, says
what is open and what would tell.
"""

from __future__ import annotations

from math import ceil

from analysis.names import tidy
from analysis.statistics.confusion import Confusion
from analysis.statistics.differences import Difference
from analysis.statistics.estimates import Estimate
from analysis.statistics.monitored import FEWEST_ITEMS, Standing, Verdict
from analysis.statistics.pooled import ALL_AGREE

NAME_UNITS = 40
RELIABLE, TENTATIVE = 0.8, 0.667
"""Alpha from which labels are reliable, and from which tentative conclusions stand.

Source: K. Krippendorff (2004), Content Analysis, second edition, page 241.
"""
_STANDINGS = {
    Standing.AS_WELL: "about as well as people agree with each other",
    Standing.LESS: "less than people agree with each other",
    Standing.CLEARLY_LESS: "clearly less than people agree with each other",
    Standing.BETTER: "better than people agree with each other",
    Standing.CLEARLY_BETTER: "clearly better than people agree with each other",
}


def metrics_sentence(people: int, table: Confusion, stands: Verdict | None) -> tuple[str, str]:
    """Return what a report on one model comes to.

    Args:
        people: How many people labeled anything.
        table: The model against the consensus.
        stands: How the model stands to the people; None with fewer than two of them.
    """
    if table.n == 0:
        if not people:
            return "Nothing is labeled yet, so there is nothing to compare.", ""
        return "There is no item on which the model and the people can be compared.", ""
    agrees = f"Agrees on {part_of_items(table.tp + table.tn, table.n)}"
    if stands is None:
        return f"{agrees}.", "How well people agree with each other cannot be told before two have labeled."
    if stands.items == 0:
        return f"{agrees}.", "No item that the model labels has labels of two people yet."
    if stands.difference.value is None:
        return f"{agrees}.", "People all say the same, so how the model stands to them cannot be told."
    if stands.standing in _STANDINGS:
        return f"{agrees}, {_STANDINGS[stands.standing]}.", ""
    detail = f"Two people labeled {stands.items} of these items; {FEWEST_ITEMS} are needed."
    if stands.items >= FEWEST_ITEMS:
        needed = rounded_up(stands.items_that_would_do or 0)
        detail = f"About {needed:,} items labeled by two people would tell."
    return f"{agrees}; whether people agree as well with each other cannot be told yet.", detail


def comparison_sentence(names: tuple[str, str], found: Difference, labels: int) -> tuple[str, str]:
    """Return which of two models agrees better with the people, or that these labels cannot tell.

    Args:
        names: Of the first and the second model.
        found: How they differ.
        labels: How many labels people have given; further items are expected to get as many each.
    """
    first, second = (tidy(name, NAME_UNITS) for name in names)
    if found.items == 0:
        return f"There is no item on which {first} and {second} can be compared.", ""
    if found.same and found.items < FEWEST_ITEMS:
        so_far = f"on {_items(found.items)} each is right where the other is"
        return f"{first} and {second} cannot be told apart yet: {so_far}.", ""
    if found.same:
        return f"No difference at all between {first} and {second}: each is right where the other is.", ""
    if found.claimed:
        better, worse = (first, second) if found.z > 0 else (second, first)
        return f"{better} agrees with people more often than {worse} does.", ""
    headline = f"These labels cannot tell {first} and {second} apart."
    needed = found.items_for_5_points
    if needed is None and found.items < FEWEST_ITEMS:
        return headline, f"With {_items(found.items)} that is no sign that they are alike."
    if needed is None:
        return headline, "Here they disagree on too few items to differ by 5 points."
    if needed <= found.items:
        return (
            headline,
            f"A difference of 5 points takes about {needed:,} items to show, and there are {found.items:,}.",
        )
    more = ceil(needed * labels / found.items) - labels
    return headline, (
        f"To see a difference of 5 points takes about {rounded_up(needed):,} items, "
        f"{rounded_up(more):,} more labels with the people who label now."
    )


def agreement_sentence(unanimous: int, shared: int, alpha: Estimate) -> tuple[str, str]:
    """Return what the people's agreement comes to.

    Args:
        unanimous: On how many of the shared items all say the same.
        shared: How many items two or more people labeled.
        alpha: Krippendorff's alpha.
    """
    if not shared:
        return "No two people have labeled the same item yet, so how they agree cannot be told.", ""
    headline = f"People say the same on {part_of_items(unanimous, shared)} that two or more labeled."
    if alpha.value is None or alpha.lower is None or alpha.upper is None:
        return headline, "" if alpha.reason != ALL_AGREE else "All use one label only, so alpha says nothing."
    if alpha.lower >= RELIABLE:
        return headline, f"That is reliable: alpha's interval lies above {RELIABLE}."
    if alpha.lower >= TENTATIVE:
        return headline, f"That allows tentative conclusions: alpha's interval lies above {TENTATIVE}."
    if alpha.upper < TENTATIVE:
        return headline, f"That is too little to rely on: alpha's interval lies below {TENTATIVE}."
    return headline, f"Whether that is enough to rely on cannot be told yet: alpha may be below {TENTATIVE}."


def part_of_items(part: int, whole: int) -> str:
    """Return `270 of 300 items (90 %)`; 0 % and 100 % only where that is exact."""
    percent = round(100 * part / whole)
    if 0 < part < whole:
        percent = min(99, max(1, percent))
    return f"{part} of {_items(whole)} ({percent} %)"


def _items(number: int) -> str:
    return f"{number} item{'' if number == 1 else 's'}"


def rounded_up(number: int) -> int:
    """Return the number to two digits, upwards: 237 becomes 240."""
    step = int(10 ** max(0, len(str(number)) - 2))
    return -(-number // step) * step
