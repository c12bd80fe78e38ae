"""The items of a focus set on the cards: who gets them, in what order, and that they tell nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest

from analysis.records import LABELS
from bot.cli.reports import compare_now, metrics_now
from bot.jobs.places import unfinished_place
from bot.jobs.reminders import ReminderRounds
from bot.rules.reminding import EVERY_DAY
from bot.views.messages import SET_IS_OVER
from storage.backup import prove
from storage.records import Answer, Reminder
from storage.store import Store
from tests.support.bench import REPORT, Bench
from tests.support.focus import (
    ADA_SAYS,
    FOCUS,
    SIZE,
    answer_focus_cards,
    begin,
    keep_set,
    prepare_focus,
    report,
    truth_of,
)
from tests.support.labeling_steps import label_all, open_card, rows
from tests.support.two_labelers import CARL, carl_of, labels_path

CARD = re.compile(
    rf"⚖ alignment · Focus (\d+) / {FOCUS}\nLabeled: (\d+) / {FOCUS}\n\n"
    r"Is this feature related to AI alignment, safety, or ethical behavior\?\n(.*)",
    re.S,
)


@pytest.fixture
async def truth(bench: Bench) -> dict[int, str]:
    """What is true of each feature; two people have labeled the sample, and two models all features."""
    return await prepare_focus(bench)


def metrics(bench: Bench) -> dict[str, object]:
    (path,) = (bench.outputs / "metrics").glob("*deepseek_metrics.json")
    record = json.loads(path.read_bytes())
    record.pop("timestamp")
    return dict(record)


async def test_the_whole_way_from_a_finished_sample_to_narrower_figures(
    bench: Bench, truth: Mapping[int, str]
) -> None:
    async with bench.running():
        ada, carl = await bench.admin(), await carl_of(bench)
        nora = await bench.phone.person("Nora New", user_id=700003)
        await label_all(nora, [ADA_SAYS[row] for row in range(SIZE - 1)])
        before = await report(ada)
        record = metrics(bench)
        assert record["focus"] is None
        await ada.ask("/export")
        await ada.wait_text("alignment: your labels")
        standard = labels_path(bench).read_bytes()
        await begin(ada)
        end = await answer_focus_cards(bench, ada, truth)
        assert end.text == "⚖ alignment · Focus: all 40 labeled\n\nThank you."
        assert end.rows == [["‹ Back"], [f"Label formatting (0 / {SIZE})"]]
        # one of two has answered all of it: nobody learns anything, and who has not finished sees none of it
        assert (await report(ada)).text == before.text
        assert metrics(bench) == record
        third = await open_card(nora)
        assert third.text.startswith(f"⚖ alignment · Item {SIZE} / {SIZE}")
        assert "Focus" not in nora.picture()
        last = await answer_focus_cards(bench, carl, truth)
        assert last.text.startswith("⚖ alignment · all 40 labeled")
        told = await ada.wait_text("is complete")
        assert told.text == (
            "The focus set for deepseek · alignment is complete: /metrics shows what it brings."
        )
        after = await report(ada)
        assert "\nprecision (focus) 0." in after.text
        focus = metrics(bench)["focus"]
        assert isinstance(focus, dict)
        assert (focus["kind"], focus["items"]) == ("one model", 40 + SIZE - len(ties(bench)))
        assert focus["recall_ci_upper"] - focus["recall_ci_lower"] < 0.6
        await check_files(bench, standard)
        printed = "\n".join(await metrics_now(bench.settings(), "deepseek", None, None, 1.0))
        assert f"by sample and focus set ({focus['items']} items, 40 of them focus items):" in printed
        # the third person finishes the sample now: the set is closed, and comes to nobody any more
        assert (await nora.step("Related")).text.startswith("⚖ alignment · all 40 labeled")
    assert prove(bench.database) > 0


def ties(bench: Bench) -> list[int]:
    given: dict[int, list[str]] = {}
    for row, label in rows(bench.database, "SELECT row_id, label FROM labels WHERE sample_id = 1"):
        given.setdefault(row, []).append(label)
    return [row for row, said in given.items() if 2 * said.count("related") == len(said)]


async def check_files(bench: Bench, standard: bytes) -> None:
    """The set has files of its own, and no other file holds any of its items."""
    ada = await bench.admin()
    await ada.ask("/export")
    await ada.wait_for(lambda m: m.by_bot and m.id > ada.sent_id)
    folder = bench.outputs / "human_labels" / "focus"
    name = f"{bench.base.stem}_focus-1_human_labels_alignment"
    assert {path.name for path in folder.iterdir()} == {
        f"{name}.json",
        f"{name}_strata.json",
        f"{name}_answers.csv",
    }
    labels = json.loads((folder / f"{name}.json").read_bytes())
    assert [record["_row_id"] for record in labels] == list(range(FOCUS))
    assert list(labels[0]) == ["_row_id", "feature_index", "feature_id", "description", "label"]
    assert labels_path(bench).read_bytes() == standard
    texts = {record["description"].strip() for record in labels}
    for path in bench.outputs.rglob("*"):
        if path.is_file() and path.parent != folder:
            content = path.read_text()
            assert not any(json.dumps(text, ensure_ascii=False)[1:-1] in content for text in texts), path


async def test_the_difference_of_two_models_is_told_over_all_features(
    bench: Bench, truth: Mapping[int, str]
) -> None:
    async with bench.running():
        ada, carl = await bench.admin(), await carl_of(bench)
        await begin(ada, "/focus deepseek gemini 30")
        before = await report(ada, "/compare deepseek gemini")
        for person in (ada, carl):
            await answer_focus_cards(bench, person, truth)
        assert "(focus)" not in before.text
        after = await report(ada, "/compare gemini deepseek")
        assert re.search(
            r"difference \(focus\) -0\.\d{3} \[-0\.\d{3},\s-?0\.\d{3}\]",
            after.text,
        )
        (path,) = (bench.outputs / "metrics").glob("*_gemini_vs_deepseek_comparison.json")
        assert json.loads(path.read_bytes())["focus"]["kind"] == "two models"
        told = "\n".join(await compare_now(bench.settings(), "deepseek", "gemini", None, 1.0))
        assert "difference (focus) 0." in told


async def test_cards_come_in_one_order_for_all_and_say_nothing_but_that_they_are_focus(
    bench: Bench, truth: Mapping[int, str]
) -> None:
    async with bench.running():
        ada, carl = await bench.admin(), await carl_of(bench)
        await begin(ada)
        orders = []
        for person in (ada, carl):
            card, order = await open_card(person), []
            for place in range(6):
                found = CARD.fullmatch(card.text)
                assert found is not None, card.text
                assert (found[1], found[2]) == (str(place + 1), str(place))
                assert card.rows == [["✓ Related", "✗ Not Related"], ["‹ Back", "Skip"]]
                order.append(found[3])
                card = await person.step(truth_of(bench, truth, card.text))
            orders.append(order)
        assert orders[0] == orders[1]
        assert "deepseek" not in carl.picture()
        told = await carl.ask("about rules, or about lists?", reply_to=card.id)
        assert told.text == "Note kept on Focus 7. Another reply adds to it."
        back = await carl.step("Back")
        assert "Focus 6 / 40" in back.text
        assert "Your answer:" in back.text
        assert "Focus 7 / 40" in (await open_card(ada)).text


async def test_before_the_first_card_of_a_set_comes_the_end_of_the_sample_so_that_a_slip_can_be_mended(
    bench: Bench, truth: Mapping[int, str]
) -> None:
    async with bench.running():
        ada = await bench.admin()
        await begin(ada)
        assert "Focus 1 / 40" in (await open_card(ada)).text
        assert f"Item {SIZE} / {SIZE}" in (await ada.step("Back")).text
        assert "Focus 1 / 40" in (await ada.step("Not Related")).text
        skipped = await ada.step("Skip")
        assert "Focus 2 / 40" in skipped.text
        assert rows(bench.database, "SELECT sample_id, row_id FROM skips") == [(2, 0)]


async def test_who_finishes_the_sample_while_a_set_is_labeled_is_told_that_more_items_follow(
    bench: Bench, truth: Mapping[int, str]
) -> None:
    async with bench.running():
        ada = await bench.admin()
        await begin(ada)
        nora = await bench.phone.person("Nora New", user_id=700003)
        await label_all(nora, [ADA_SAYS[row] for row in range(SIZE - 1)])
        last = nora.card
        assert (await nora.tap("Related")).text == f"All {SIZE} labeled, thank you · more items follow"
        await nora.wait_text("Focus 1 / 40")
        assert (await nora.tap("Not Related", on=last)).text == "Changed to Not Related"


async def test_a_reminder_goes_on_with_the_set_where_the_sample_is_finished(
    bench: Bench, truth: Mapping[int, str]
) -> None:
    async with bench.running() as inside:
        ada = await bench.admin()
        carl = await inside.services.store.labelers.by_user(CARL)
        assert carl is not None
        before = await unfinished_place(inside.services, carl)
        assert before is not None
        assert (before.sample_id, before.mode) == (1, "formatting")
        await begin(ada)
        place = await unfinished_place(inside.services, carl)
        assert place is not None
        assert (place.sample_id, place.mode, place.row) == (2, "alignment", 0)


async def test_a_set_that_is_off_or_complete_takes_no_tap_and_its_cards_say_so(
    bench: Bench, truth: Mapping[int, str]
) -> None:
    async with bench.running():
        ada, carl = await bench.admin(), await carl_of(bench)
        await begin(ada)
        await answer_focus_cards(bench, carl, truth, 3)
        await ada.ask("/focus off")
        answer = await carl.tap("Related")
        assert answer.text == SET_IS_OVER
        assert (await carl.ask("/label")).text.startswith("⚖ alignment · all 40 labeled")
        count = "SELECT count(*) FROM answers WHERE sample_id = 2"
        assert rows(bench.database, count) == [(3,)]
        await begin(ada)
        card = await open_card(carl)
        assert card.text.startswith("⚖ alignment · Focus 4 / 40\nLabeled: 3 / 40")
        assert rows(bench.database, "SELECT state FROM focus_sets") == [("active",)]


async def test_a_set_that_a_killed_process_left_open_is_closed_by_the_next_look_at_it(
    bench: Bench, truth: Mapping[int, str]
) -> None:
    await keep_set(bench, turned=False)
    async with await Store.open_to_write(bench.database) as store:
        for labeler in (1, 2):
            given = [
                Answer(2, "alignment", labeler, row, LABELS[row % 2], f"{labeler} {row}", None, 4.0, None)
                for row in range(FOCUS)
            ]
            assert await store.answers.save_all(given) == FOCUS
    async with bench.running():
        ada = await bench.admin()
        await ada.send("/label")
        await ada.wait_text("⚖ alignment · all 40 labeled")
        await ada.wait_text("The focus set for deepseek · alignment is complete")
        assert rows(bench.database, "SELECT state FROM focus_sets") == [("complete",)]


async def test_forgetting_somebody_takes_their_labels_out_of_the_files_of_sets(
    bench: Bench, truth: Mapping[int, str]
) -> None:
    async with bench.running():
        ada, carl = await bench.admin(), await carl_of(bench)
        await begin(ada)
        other = {index: LABELS[1 - LABELS.index(label)] for index, label in truth.items()}
        await answer_focus_cards(bench, ada, truth)
        await answer_focus_cards(bench, carl, other)
        await ada.ask("/export")
        await ada.wait_text("alignment: your labels")
        folder = bench.outputs / "human_labels" / "focus"
        (path,) = folder.glob("*_human_labels_alignment.json")
        assert json.loads(path.read_bytes()) == [], "they differ on each item"
        await carl.ask("/forget")
        await carl.step("Yes, delete")
        await carl.tap("Yes, for good")
        await bench.rest()
        await carl.wait_text("Deleted.", seconds=REPORT)
        assert len(json.loads(path.read_bytes())) == FOCUS
        assert rows(bench.database, "SELECT count(*) FROM answers WHERE labeler_id = 2") == [(0,)]


@pytest.mark.usefixtures("truth")
async def test_a_reminder_and_continue_lead_to_a_set_as_long_as_it_is_not_finished(bench: Bench) -> None:
    async with bench.running(LABEL_MODES="alignment") as inside:
        ada = await bench.admin()
        over = await ada.ask("/progress")
        assert over.text.endswith("Everything is labeled. Thank you! /export sends you the file.")
        await begin(ada)
        minute = int(inside.services.clock() // 60) % 1440
        await inside.services.store.reminders.set(Reminder(1, minute, EVERY_DAY, "UTC"))
        assert await ReminderRounds(inside.services, inside.app.bot_data.labeling).run() == 1
        await bench.rest()
        assert ada.last.text.startswith(f"⚖ alignment · Focus 1 / {FOCUS}")
        assert (await ada.ask("/progress")).rows == [["Continue"]]
