"""Each report as a phone shows it in a group: within one screen at 390 px, and no figure cut on a narrower one.

The screen holds picture, caption and buttons; with them the question that is quoted above, save where all that there
is to say of a study is said at once (half way, items decided, answers that are not blind).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from playwright.async_api import expect

from analysis.output.charts import agreement_png, comparison_png, metrics_png, models_png, prevalence_png
from analysis.records import ModelLabels, Study
from analysis.statistics.agreement import agreement
from analysis.statistics.compare import compare_models
from analysis.statistics.focus_gain import Gain
from analysis.statistics.models import LeftOut, rank_models
from analysis.statistics.report import build_report
from bot.jobs.guides import load_guides
from bot.views.card import CardOwner, card
from bot.views.focus import Offer, proposal, status
from bot.views.model_buttons import below_comparison, below_mode_report, below_prevalence, below_report
from bot.views.report_more import comparison_more, report_more
from bot.views.report_text import (
    agreement_caption,
    comparison_caption,
    models_caption,
    prevalence_caption,
    report_caption,
)
from bot.views.screen import Screen, markup
from bot.views.text import together
from storage.records import StoredFocusSet
from tests.support.browser import (
    browser_fixture,  # noqa: F401 # the fixture "browser"
    needs_browser,
)
from tests.support.page import (
    GROUP,
    ONE,
    bot_fixture,  # noqa: F401 # the fixture "bot"
    chat,
    last,
)
from tests.support.page_pictures import WIDTHS, assert_nothing_cut, look
from tests.support.studies import focus_set, from_table, model, simulated

pytestmark = needs_browser

SCREEN = 672
"""What a phone of 390 px shows between the bars of the app."""
ERRORS = {3: "api-error", 4: "api-error", 5: "no-description"}


def with_errors(
    made: Study, judged: ModelLabels, name: str = "deepseek-v3-0324"
) -> tuple[Study, ModelLabels]:
    """The model has no usable label of some items, and all that can be said of a study is to be said."""
    counted = {"related_features": 9_000, "not_related_features": 56_000, "unmatched": (7,)}
    given = {row: label for row, label in judged.labels.items() if row != 7}
    return made, model({**given, **ERRORS}, name, **counted)


def eventful(made: Study) -> Study:
    """Some items were decided by an admin, and some answers are not blind."""
    return replace(made, adjudicated={1: "related", 2: "related"}, marked=3)


def of_metrics(made: Study, judged: ModelLabels) -> tuple[bytes, Screen]:
    report = build_report(made, judged)
    others = (replace(judged.file, mode="alignment"),)
    return metrics_png(report), Screen(report_caption(report), below_report(judged.file, others))


def of_two(made: Study, first: ModelLabels, second: ModelLabels) -> tuple[bytes, Screen]:
    found = compare_models(made, first, second)
    return comparison_png(found), Screen(comparison_caption(found), below_comparison(first.file, second.file))


def of_people(made: Study) -> tuple[bytes, Screen]:
    found = agreement(made)
    return agreement_png(found), Screen(agreement_caption(found), below_mode_report("agreement", made.mode))


def of_all_features(made: Study, judged: ModelLabels) -> tuple[bytes, Screen]:
    report = build_report(made, judged)
    return prevalence_png(report.prevalence), Screen(
        prevalence_caption(report), below_prevalence(judged.file)
    )


def of_models(made: Study, count: int) -> tuple[bytes, Screen]:
    names = [f"model-{number}-with-a-longer-name" for number in range(count)]
    torn = [
        LeftOut(f"torn-{number}-with-a-longer-name", "its file describes another SAE's features")
        for number in range(2)
    ]
    found = rank_models(made, [model(simulated(3, seed=0)[1].labels, name) for name in names], torn)
    return models_png(found), Screen(models_caption(found), below_mode_report("models", made.mode))


MADE, FIRST = with_errors(*simulated(3))
HALF = eventful(simulated(3, answered=0.3)[0])
SECOND = with_errors(*simulated(3, model_right=0.9), "gemini-2.0-flash")[1]
SETS = (
    focus_set({"related": (50, 40), "not-related": (50, 1)}),
    focus_set(
        {"related": (60, 38)},
        sha256=(FIRST.sha256, "cd" * 32),
        models=("deepseek-v3-0324", "gemini-2.0-flash"),
        sizes={"differ": 6_534, "both": 65_340},
    ),
)


def with_sets(made: Study, judged: ModelLabels) -> tuple[Study, ModelLabels]:
    return replace(made, focus=SETS), judged


REPORTS: dict[str, Callable[[], tuple[bytes, Screen]]] = {
    "metrics": lambda: of_metrics(MADE, FIRST),
    "metrics with a focus set": lambda: of_metrics(*with_sets(*simulated(3))),
    "metrics with a focus set, half way": lambda: of_metrics(*with_sets(MADE, FIRST)),
    "compare with a focus set": lambda: of_two(
        replace(MADE, focus=SETS), FIRST, replace(SECOND, sha256="cd" * 32)
    ),
    "metrics, half way": lambda: of_metrics(HALF, FIRST),
    "metrics, one labeler": lambda: of_metrics(*with_errors(*from_table(69, 201, 5, 25))),
    "compare": lambda: of_two(MADE, FIRST, SECOND),
    "compare, half way": lambda: of_two(HALF, FIRST, SECOND),
    "agreement": lambda: of_people(MADE),
    "agreement of eight, half way": lambda: of_people(eventful(simulated(8, answered=0.3)[0])),
    "prevalence": lambda: of_all_features(HALF, FIRST),
    "models": lambda: of_models(MADE, 4),
    "ten models, half way": lambda: of_models(HALF, 10),
}


def offer(gains: dict[str, Gain]) -> Screen:
    """A focus set for one model that an admin may begin, with others that it may be turned to."""
    others = [replace(FIRST.file, name=f"model-{number}-with-a-longer-name") for number in range(3)]
    return proposal(Offer([FIRST.file], SETS[0].drawn, 100, gains, 3, 6.0, others, None, SETS[1].drawn), ONE)


TEXTS: dict[str, Callable[[], Screen]] = {
    "a report's More": lambda: Screen(report_more(build_report(*with_sets(MADE, FIRST)))),
    "a comparison's More": lambda: Screen(
        comparison_more(compare_models(replace(MADE, focus=SETS), FIRST, replace(SECOND, sha256="cd" * 32)))
    ),
    "an offer": lambda: offer(
        {"precision": Gain(0.143, 0.101), "recall": Gain(0.134, 0.11), "phi": Gain(0.061, 0.059)}
    ),
    "an offer that brings little": lambda: offer({"precision": Gain(0.051, 0.05)}),
    "how far a set is": lambda: Screen(
        status(StoredFocusSet(1, 2, 1, "active", SETS[0].drawn), {1: 100, 2: 37, 300: 0}, 2)
    ),
    "a card": lambda: card(
        CardOwner(ONE, 2, "formatting"), SETS[0].drawn.sample.items[0], 37, 100, None, word="Focus"
    ),
}


async def test_what_is_said_of_a_focus_set_is_whole_on_a_narrow_phone(browser, bot) -> None:
    for text in TEXTS.values():
        screen = text()
        buttons = {"reply_markup": markup(screen)} if screen.rows else {}
        await bot.say(screen.text, parse_mode="HTML", **buttons)
    async with chat(browser, bot) as page:
        await expect(page.get_by_role("article")).to_have_count(len(TEXTS))
        for width in WIDTHS:
            await look(page, width)
            await assert_nothing_cut(page)


async def test_the_guides_of_a_group_are_within_one_screen_until_they_are_opened(
    browser, bot, tmp_path
) -> None:
    guides = load_guides(("alignment", "formatting"), tmp_path)
    await bot.say(together([guide.folded() for guide in guides.values()]), GROUP, parse_mode="HTML")
    async with chat(browser, bot, GROUP) as page:
        await look(page, 390)
        folded = await last(page).bounding_box()
        await last(page).get_by_role("button", name="Show all").first.click()
        opened = await last(page).bounding_box()
        assert folded is not None
        assert opened is not None
        assert folded["height"] < SCREEN / 1.5
        assert opened["height"] > folded["height"] + 100


async def test_each_report_with_its_buttons_is_within_one_screen_and_its_figures_are_whole(
    browser, bot
) -> None:
    group, sent = bot.phone.chat(GROUP, ONE), {}
    for name, report in REPORTS.items():
        picture, screen = report()
        asked = await group.send("/metrics deepseek")
        answers = {"message_id": asked.id}
        sent[name] = await bot.photo(
            picture,
            GROUP,
            caption=screen.text,
            parse_mode="HTML",
            reply_markup=markup(screen),
            reply_parameters=answers,
        )
    async with chat(browser, bot, GROUP) as page:
        await expect(page.get_by_role("article")).to_have_count(2 * len(REPORTS))
        for width in WIDTHS:
            await look(page, width)
            await assert_nothing_cut(page)
        for name, message_id in sent.items():
            message = page.locator(f'article[data-id="{message_id}"]')
            begin = await (message.locator(".photo") if "half way" in name else message).bounding_box()
            whole = await message.bounding_box()
            assert begin is not None, name
            assert whole is not None, name
            assert whole["y"] + whole["height"] - begin["y"] <= SCREEN, name
