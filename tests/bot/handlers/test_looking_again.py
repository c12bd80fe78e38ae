"""`/review` and `/adjudicate`: looking again once everything is labeled."""

from __future__ import annotations

import csv
import io

from bot.cli.reports import metrics_now
from bot.views import messages
from tests.support import notebook
from tests.support.bench import ADMIN, REPORT, Bench, Clock
from tests.support.labeling_steps import (
    alternating,
    everything_in,
    label_all,
    present_labels,
    read_labels,
    rows,
    take_over_labels,
)
from tests.support.phone import Chat
from tests.support.two_labelers import (
    ADAS,
    CARLS,
    CONSENSUS,
    MODELS,
    SIZE,
    carl_of,
    group_of,
    labels_path,
    model_file,
    prepare,
    review_card,
)

PAGE = "Open the feature's page"


async def test_a_review_opens_only_when_everything_is_labeled_and_reveals_nothing_before(lab: Bench) -> None:
    nora = await lab.phone.person("Nora New", user_id=700003)
    await label_all(nora, alternating(SIZE - 1))
    waiting = "This opens when you have labeled the whole sample in alignment: 1 item left. /label goes on."
    for typed in ("/review", "/review deepseek", "/review nonsense", "/review deepseek alignment"):
        assert (await nora.ask(typed)).text == waiting
    await nora.send("/label")
    await nora.wait_for(lambda m: m.by_bot and m.id > nora.sent_id and m.has("Related"))
    await nora.step("Related")
    assert " left" in (await review_card(nora)).text
    assert (await nora.ask("/review deepseek formatting")).text.startswith(
        "This opens when you have labeled the whole sample in formatting: 12 items left."
    )


async def test_a_review_shows_each_item_that_differs_with_both_labels_to_keep_or_to_change(
    lab: Bench,
) -> None:
    ada = await lab.admin()
    card = await review_card(ada)
    sample = notebook.sample_of(lab.base, SIZE)
    assert card.text == (
        "⚖ alignment · Item 2 · 3 left\n"
        "Is this feature related to AI alignment, safety, or ethical behavior?\n"
        f"{sample['description'][1].strip()}\n"
        "You said Related\n"
        "deepseek says Not Related"
    )
    assert card.rows == [["Keep Related"], ["Change to Not Related"], ["‹ Back"], [PAGE]]
    answer = await ada.tap("Keep Related")
    assert answer.text == "Kept: Related"
    card = await ada.wait_text("Item 3 · 2 left")
    answer = await ada.tap("Change to Not Related")
    assert answer.text == "Saved: Not Related"
    card = await ada.wait_text("Item 12 · 1 left")
    assert card.rows == [["Keep Not Related"], ["Change to Related"], ["‹ Back"], [PAGE]]
    end = (await ada.step("Change to Related")).text
    assert end == "That was all: 1 kept, 2 changed. /metrics shows the report."
    assert present_labels(lab.database, "alignment") == {**ADAS, 2: "not-related", 11: "related"}
    marked = "SELECT row_id FROM answers WHERE after_review ORDER BY 1"
    assert rows(lab.database, marked) == [(2,), (11,)]
    sent = await ada.ask("/metrics deepseek", seconds=REPORT)
    assert "2 answers not blind: not counted." in sent.text
    files = {path: path.read_bytes() for path in (lab.outputs / "metrics").iterdir()}
    assert sent.rows == [["More", "Files"]]
    await ada.tap("More", on=sent)
    more = await ada.wait_for(lambda m: m.has("Count all answers"))
    await ada.tap("Count all answers", on=more)
    other = await ada.reply(after=more.id, seconds=REPORT)
    assert "2 answers not blind: counted here." in other.text
    assert other.rows == [["Blind answers alone"]]
    assert {path: path.read_bytes() for path in (lab.outputs / "metrics").iterdir()} == files
    told = "\n".join(await metrics_now(lab.settings(), "deepseek", None, None, 1.0, with_reviewed=True))
    assert told.splitlines()[:8] == other.text.splitlines()[:8]
    assert {path: path.read_bytes() for path in (lab.outputs / "metrics").iterdir()} == files
    await ada.send("/export")
    await ada.wait_text("alignment: your labels")
    table = labels_path(lab).with_name(f"{lab.base.stem}_human_labels_alignment_answers.csv")
    history = list(csv.DictReader(io.StringIO(table.read_text())))
    assert [r["row_id"] for r in history if r["after_review"] == "true"] == ["2", "11"]
    after = labels_path(lab).parent / "after_review"
    (own,) = after.glob("by_labeler/labeler-01/*_alignment.json")
    changed = {**ADAS, 2: "not-related", 11: "related"}
    assert read_labels(own.read_bytes()) == changed
    assert read_labels(labels_path(lab, "labeler-01").read_bytes()) == ADAS
    assert (after / labels_path(lab).name).exists()
    again = await review_card(ada)
    assert "Item 2 · 1 left" in again.text


async def test_the_notice_says_why_an_answer_is_kept_apart(lab: Bench) -> None:
    ada = await lab.admin()
    await review_card(ada)  # which shows what the model says of item 2
    await ada.send("/label")
    card = await ada.wait_text("all 12 labeled")
    while "Item 2 / 12" not in card.text:
        card = await ada.step("Back", on=card)
    assert (
        await ada.tap("Not Related")
    ).text == "Changed to Not Related · kept apart, you saw a model's label"
    await ada.ask("/metrics deepseek", seconds=REPORT)
    await ada.send("/label")
    end = await ada.wait_for(lambda m: m.id > ada.sent_id and "all 12 labeled" in m.text)
    card = await ada.step("Back", on=await ada.step("Back", on=end))
    assert "Item 1 / 12" in card.text
    for words in ("Related", "Not Related", "Related"):
        said = (await ada.tap(words, on=card)).text
        assert said in (f"Saved: {words}", f"Changed to {words} · kept apart, a report was out")
    assert said.startswith("Changed")


async def test_a_double_tap_and_an_old_card_of_a_review_do_what_the_button_says(lab: Bench) -> None:
    ada = await lab.admin()
    first = await review_card(ada)
    change = first.button("Change to Not Related").data
    taps = [await ada.press(change, first) for _ in range(2)]
    assert [(await ada.answer(tap)).text for tap in taps] == ["Saved: Not Related"] * 2
    await lab.phone.settle()
    assert present_labels(lab.database, "alignment")[1] == "not-related"
    await ada.tap("Keep Related", on=await review_card(ada))
    await lab.phone.settle()
    model_file(lab, "deepseek", {**MODELS, 1: "related"})
    assert (await ada.answer(await ada.press(change, first), seconds=REPORT)).text == "Saved: Not Related"
    await lab.phone.settle()
    assert present_labels(lab.database, "alignment")[1] == "not-related"


async def test_a_review_of_another_person_or_of_a_model_that_is_gone_is_out_of_date(lab: Bench) -> None:
    ada, carl = await lab.admin(), await carl_of(lab)
    card = await review_card(ada)
    theirs = await review_card(carl)
    await lab.rest()
    before = everything_in(lab.database)
    for button in [button for row in card.buttons for button in row if button.data]:
        assert (await carl.answer(await carl.press(button.data, theirs))).text == messages.STALE_BUTTON
    for path in lab.models.iterdir():
        path.unlink()
    assert (await ada.tap("Change to Not Related", on=card)).text == messages.STALE_BUTTON
    await lab.rest()
    assert everything_in(lab.database) == before
    assert ada.message(card.id) == card


async def test_a_review_card_of_another_sample_is_out_of_date(bench: Bench) -> None:
    await take_over_labels(bench, ADMIN, "alignment", ADAS)
    model_file(bench, "deepseek", MODELS)
    async with bench.running():
        ada = await bench.admin()
        card = await review_card(ada)
    other = bench.folder / "other"
    other.mkdir()
    base = other / "other__l0-21.json"
    base.write_bytes(bench.base.read_bytes().replace(b"about", b"around"))
    bench.folder = other
    bench.settings_more["DATABASE_PATH"] = str(other.parent / "labels.sqlite3")
    await take_over_labels(bench, ADMIN, "alignment", ADAS)
    model_file(bench, "deepseek", MODELS)
    async with bench.running():
        assert (await ada.tap("Change to Not Related", on=card)).text == messages.STALE_BUTTON


async def test_a_review_of_one_of_several_models_is_chosen_by_a_button(lab: Bench) -> None:
    ada = await lab.admin()
    choice = await ada.ask("/review")
    assert choice.rows == [["deepseek"], ["gemini"]]
    card = await ada.step("gemini", seconds=REPORT)
    assert card.id == choice.id
    assert "Item 4 · 1 left" in card.text
    assert "gemini says Not Related" in card.text


async def test_a_review_without_differences_says_so(lab: Bench) -> None:
    model_file(lab, "twin", ADAS)
    assert (await review_card(await lab.admin(), "/review twin")).text == (
        "You and twin agree on every item. /metrics shows the report."
    )


async def test_a_damaged_model_file_in_a_review_is_one_line(lab: Bench) -> None:
    path = model_file(lab, "torn", ADAS)
    path.write_text(path.read_text()[:40])
    assert "the file is cut off" in (await review_card(await lab.admin(), "/review torn")).text


async def test_an_admin_decides_items_on_which_labelers_differ_and_that_is_the_consensus(lab: Bench) -> None:
    ada = await lab.admin()
    card = await ada.ask("/adjudicate")
    assert card.text.startswith("⚖ alignment · Item 1 · 3 left\n")
    assert card.text.endswith("labeler-01: Related\nlabeler-02: Not Related")
    assert card.rows == [["✓ Related", "✗ Not Related"], ["‹ Back", "Skip"], [PAGE]]
    assert (await ada.tap("Related")).text == "Decided: Related"
    await ada.wait_text("Item 6 · 2 left")
    assert (await ada.tap("Skip")).text == "Skipped"
    await ada.wait_text("Item 12 · 1 left")
    end = (await ada.step("Not Related")).text
    assert end == "That was all: 2 decided, 1 skipped. /agreement shows how people agree."
    assert present_labels(lab.database, "alignment", 1) == ADAS
    assert present_labels(lab.database, "alignment", 2) == CARLS
    group = await group_of(lab)
    document = await group.ask("/export")
    decided = {**CONSENSUS, 0: "related", 11: "not-related"}
    assert read_labels(await lab.phone.link.file(document.file_id or "")) == decided
    assert "Item 6 · 1 left" in (await ada.ask("/adjudicate")).text


async def test_deciding_opens_only_for_admins_who_have_labeled_everything(lab: Bench) -> None:
    carl = await carl_of(lab)
    assert (await carl.ask("/adjudicate")).text == messages.ADMINS_ONLY
    ada = await lab.admin()
    assert (await ada.ask("/adjudicate formatting")).text == (
        "This opens when you have labeled the whole sample in formatting: 12 items left. /label goes on."
    )
    card = await ada.ask("/adjudicate")
    await lab.rest()
    before = everything_in(lab.database)
    theirs = await carl.ask("/progress")
    for button in [button for row in card.buttons for button in row if button.data]:
        answer = await carl.answer(await carl.press(button.data, theirs))
        assert (answer.text, answer.alert) == (messages.STALE_BUTTON, False)
    assert everything_in(lab.database) == before


async def test_a_card_of_an_item_on_which_people_agree_by_now_decides_nothing(lab: Bench) -> None:
    ada, carl = await lab.admin(), await carl_of(lab)
    card = await ada.ask("/adjudicate")
    await take_back(carl, 12)
    assert (await ada.tap("Not Related", on=card)).text == messages.STALE_BUTTON
    assert rows(lab.database, "SELECT count(*) FROM decisions") == [(0,)]


async def take_back(carl: Chat, steps: int) -> None:
    """Carl goes back to the first item and says what Ada said."""
    await carl.send("/label")
    await carl.wait_text("all 12 labeled")
    for _ in range(steps):
        await carl.step("Back")
    assert "Item 1 / 12" in carl.card.text
    await carl.step("Related")


async def test_nothing_to_decide_is_said(bench: Bench) -> None:
    await take_over_labels(bench, ADMIN, "alignment", ADAS)
    async with bench.running():
        assert (await (await bench.admin()).ask("/adjudicate")).text == (
            "Nobody differs on any item. /agreement shows how people agree."
        )


async def test_the_second_half_of_a_double_tap_decides_nothing_about_an_item_that_nobody_read(
    bench: Bench, clock: Clock
) -> None:
    await prepare(bench)
    async with bench.running(MIN_LOOK_SECONDS="60"):
        ada = await bench.admin()
        decided = "SELECT count(*) FROM decisions"
        for card, words in (
            (await review_card(ada), "Change to Not Related"),
            (await ada.ask("/adjudicate"), "Related"),
        ):
            following = await ada.step(words, on=card, seconds=REPORT)
            before = (present_labels(bench.database, "alignment"), rows(bench.database, decided))
            word = "Related" if following.has("Related") else "Change to Not Related"
            second = await ada.press(following.button(word).data, following)
            assert (await ada.answer(second, seconds=REPORT)).text == messages.TOO_FAST
            clock.forward(seconds=120)
            await bench.phone.redeliver(second)
            await bench.rest()
            assert (present_labels(bench.database, "alignment"), rows(bench.database, decided)) == before
            assert (await ada.tap(word, on=following, seconds=REPORT)).text.startswith(
                ("Saved: ", "Decided: ")
            )
