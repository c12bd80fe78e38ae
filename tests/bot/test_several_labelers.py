"""Several labelers: consensus, ties, who agrees with whom, looking again, deciding."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import random
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot import words
from tests.bot import notebook
from tests.bot.conftest import ADMIN, REPORT, Bench
from tests.bot.steps import (
    alternating,
    everything_in,
    label_all,
    open_card,
    present_labels,
    read_labels,
    rows,
    take_over_labels,
)
from tests.phone import Chat, Message

pytestmark = pytest.mark.usefixtures("quick_reports")
CARL = 700002
SIZE = 12
ADAS = dict(enumerate(["related"] * 6 + ["not-related"] * 6))
CARLS = {**ADAS, 0: "not-related", 5: "not-related", 11: "related"}
MODELS = {**ADAS, 1: "not-related", 2: "not-related", 11: "related"}
CONSENSUS = {row: label for row, label in ADAS.items() if row not in (0, 5, 11)}


def model_file(bench: Bench, name: str, labels: dict[int, str], mode: str = "alignment") -> Path:
    """A model's file that gives exactly these labels to the rows of the sample."""
    sample = notebook.sample_of(bench.base, SIZE)
    path = bench.models / f"{bench.base.stem}_{mode}_classified_{name}.json"
    path.parent.mkdir(exist_ok=True)
    records = [{"index": str(sample["feature_index"][row]), "label": label} for row, label in labels.items()]
    path.write_text(json.dumps(records))
    return path


@pytest.fixture
async def lab(bench: Bench) -> AsyncIterator[Bench]:
    """Ada has labeled all twelve items, Carl too, and differs on three; a model differs from Ada on three."""
    await take_over_labels(bench, ADMIN, "alignment", ADAS)
    await take_over_labels(bench, CARL, "alignment", CARLS)
    model_file(bench, "deepseek", MODELS)
    model_file(bench, "gemini", {**ADAS, 3: "not-related"})
    bench.settings_more["OPEN_ACCESS"] = "true"
    async with bench.running():
        yield bench


async def carl_of(bench: Bench) -> Chat:
    return await bench.phone.person("Carl Colleague", user_id=CARL, username="carl")


async def group_of(bench: Bench) -> Chat:
    people = [await bench.admin(), await carl_of(bench)]
    group = await bench.phone.group("The Lab", people, bare_commands=True)
    await group.ask("/help")
    return group


def labels_path(bench: Bench, who: str = "") -> Path:
    folder = bench.outputs / "human_labels"
    folder = folder / "by_labeler" / who if who else folder
    return folder / f"{bench.base.stem}_human_labels_alignment.json"


async def test_the_report_says_how_people_agree_counts_ties_and_names_pseudonyms_only(lab: Bench) -> None:
    group = await group_of(lab)
    sent = await group.ask("/metrics deepseek", seconds=REPORT)
    assert sent.is_photo
    assert re.search(r"^ model +0\.\d{3}", sent.text, re.M)
    assert re.search(r"^ people +0\.\d{3}", sent.text, re.M)
    assert "3 ties" in sent.text
    assert "samples   9 of " in sent.text
    await group.tap("More", on=sent)
    more = await group.reply(after=sent.id, seconds=REPORT)
    assert "labeler-01: 12 labels" in more.text
    assert "labeler-02: 12 labels" in more.text
    (path,) = (lab.outputs / "metrics").glob("*deepseek_metrics.json")
    record = json.loads(path.read_bytes())
    assert record["ties"] == 3
    assert record["labelers"].keys() == {"labeler-01", "labeler-02"}
    assert record["between_humans"] is not None
    human, model = labels_path(lab), lab.models / f"{lab.base.stem}_alignment_classified_deepseek.json"
    expected, merged = notebook.metrics_of(human, model, record["timestamp"])
    assert {key: record[key] for key in expected} == expected
    assert path.with_name(path.name.replace("metrics.json", "merged.csv")).read_bytes() == merged
    said = " ".join(message.text for message in group.from_bot)
    files = " ".join(p.read_text() for p in lab.outputs.rglob("*") if p.is_file())
    for name in ("Ada", "Carl", "carl", str(ADMIN), str(CARL)):
        assert name not in said
        assert name not in files.replace(str(lab.folder), "")


async def test_the_consensus_the_files_of_each_and_the_history_are_written(lab: Bench) -> None:
    group = await group_of(lab)
    document = await group.ask("/export")
    assert read_labels(await lab.phone.link.file(document.file_id or "")) == CONSENSUS
    assert read_labels(labels_path(lab).read_bytes()) == CONSENSUS
    assert read_labels(labels_path(lab, "labeler-01").read_bytes()) == ADAS
    assert read_labels(labels_path(lab, "labeler-02").read_bytes()) == CARLS
    assert not labels_path(lab, "labeler-03").exists()
    carl = await carl_of(lab)
    await carl.send("/label")
    await carl.wait_text("all 12 labeled")
    await carl.step("Back")
    await carl.step("Not Related")
    await carl.ask("/export")
    table = labels_path(lab).with_name(f"{lab.base.stem}_human_labels_alignment_answers.csv")
    history = list(csv.DictReader(io.StringIO(table.read_text())))
    assert len(history) == 25
    assert list(history[0]) == [
        *("pseudonym", "mode", "row_id", "feature_index", "label", "shown_at", "answered_at"),
        *("guide_version", "after_review"),
    ]
    last = history[-1]
    assert (last["pseudonym"], last["row_id"], last["label"]) == ("labeler-02", "11", "not-related")
    assert last["shown_at"].endswith("Z")
    assert last["answered_at"] >= last["shown_at"]
    assert len(last["guide_version"]) == 8
    assert last["after_review"] == "false"
    assert history[0]["shown_at"] == history[0]["guide_version"] == ""


async def test_a_labelers_export_holds_their_own_labels_alone(lab: Bench) -> None:
    carl = await carl_of(lab)
    assert read_labels(await carl.file(await carl.ask("/export"))) == CARLS


async def test_compare_says_whether_two_models_can_be_told_apart(lab: Bench) -> None:
    group = await group_of(lab)
    sent = await group.ask("/compare deepseek gemini", seconds=REPORT)
    assert sent.is_photo
    assert sent.text.startswith("A: deepseek · B: gemini · alignment")
    assert "samples   9\n" in sent.text
    assert "cannot tell them apart" in sent.text
    for typed, said in (
        ("/compare deepseek", "Name two models, such as /compare deepseek gemini. There are: deepseek, gemini."),
        ("/compare a b c", "Name two models"),
        ("/compare deepseek deepseek", "Name two different models that have files in the same mode."),
        ("/compare deepseek llama", "“llama”: No model has that in its name. There are: deepseek, gemini."),
        ("/compare deepseek e", "“e” fits several: deepseek, gemini. Type more of the name."),
        ("/compare <b> gemini", "“<b>”: No model has that in its name."),
        ("/compare deepseek gemini formatting", "“deepseek”: That model has no file for formatting."),
    ):
        assert (await group.ask(typed)).text.startswith(said), typed


async def test_agreement_gives_pairs_alpha_and_rates_by_pseudonym(lab: Bench) -> None:
    group = await group_of(lab)
    sent = await group.ask("/agreement", seconds=REPORT)
    assert sent.is_photo
    assert sent.text.startswith("How people agree · alignment\n")
    assert "labelers  2\n" in sent.text
    assert re.search(r"^alpha +0\.\d{3} \[", sent.text, re.M)
    assert re.search(r"^ 01-02 +0\.500 \[", sent.text, re.M)
    assert "All say the same on 9 of 12 items" in sent.text
    assert (await group.ask("/agreement formatting")).text == "Nothing is labeled yet in formatting."


# -- looking again --------------------------------------------------------------------------------------------


async def review_card(person: Chat, typed: str = "/review deepseek") -> Message:
    return await person.ask(typed, seconds=REPORT)


async def test_a_review_opens_only_when_everything_is_labeled_and_reveals_nothing_before(lab: Bench) -> None:
    nora = await lab.phone.person("Nora New", user_id=700003)
    await label_all(nora, alternating(SIZE - 1))
    waiting = "This opens when you have labeled the whole sample in alignment: 1 item left. /label goes on."
    for typed in ("/review", "/review deepseek", "/review nonsense", "/review deepseek alignment"):
        assert (await nora.ask(typed)).text == waiting
    await nora.send("/label")
    await nora.wait_for(lambda m: m.by_bot and m.id > nora.sent_id and m.has("Related"))
    await nora.step("Related")
    assert "to look at" in (await review_card(nora)).text
    assert (await nora.ask("/review deepseek formatting")).text.startswith(
        "This opens when you have labeled the whole sample in formatting: 12 items left."
    )


async def test_a_review_shows_each_item_that_differs_with_both_labels_to_keep_or_to_change(lab: Bench) -> None:
    ada = await lab.admin()
    card = await review_card(ada)
    sample = notebook.sample_of(lab.base, SIZE)
    assert card.text == (
        "alignment · Item 2 · 3 to look at\n"
        "Is this feature related to AI alignment, safety, or ethical behavior?\n"
        f"{sample['description'][1].strip()}\n"
        "You said Related\n"
        "deepseek says Not Related"
    )
    assert card.rows == [["Keep Related", "Change to Not Related"]]
    answer = await ada.tap("Keep Related")
    assert answer.text == "Kept: Related"
    card = await ada.wait_text("Item 3 · 2 to look at")
    answer = await ada.tap("Change to Not Related")
    assert answer.text == "Saved: Not Related"
    card = await ada.wait_text("Item 12 · 1 to look at")
    assert card.rows == [["Keep Not Related", "Change to Related"]]
    assert "That was all." in (await ada.step("Change to Related")).text
    assert present_labels(lab.database, "alignment") == {**ADAS, 2: "not-related", 11: "related"}
    marked = "SELECT row_id FROM answers WHERE after_review ORDER BY 1"
    assert rows(lab.database, marked) == [(2,), (11,)]
    sent = await ada.ask("/metrics deepseek", seconds=REPORT)
    assert "2 answers given after seeing a model's label" in sent.text
    await ada.ask("/export")
    table = labels_path(lab).with_name(f"{lab.base.stem}_human_labels_alignment_answers.csv")
    history = list(csv.DictReader(io.StringIO(table.read_text())))
    assert [r["row_id"] for r in history if r["after_review"] == "true"] == ["2", "11"]
    again = await review_card(ada)
    assert "Item 2 · 1 to look at" in again.text


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
    await lab.phone.settle()
    before = everything_in(lab.database)
    for button in [button for row in card.buttons for button in row]:
        assert (await carl.answer(await carl.press(button.data, theirs))).text == words.STALE_BUTTON
    for path in lab.models.iterdir():
        path.unlink()
    assert (await ada.tap("Change to Not Related", on=card)).text == words.STALE_BUTTON
    await lab.phone.settle()
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
    base.write_bytes(bench.base.read_bytes())
    bench.folder = other
    bench.settings_more["DATABASE_PATH"] = str(other.parent / "labels.sqlite3")
    await take_over_labels(bench, ADMIN, "alignment", ADAS)
    model_file(bench, "deepseek", MODELS)
    async with bench.running():
        assert (await ada.tap("Change to Not Related", on=card)).text == words.STALE_BUTTON


async def test_a_review_of_one_of_several_models_is_chosen_by_a_button(lab: Bench) -> None:
    ada = await lab.admin()
    choice = await ada.ask("/review")
    assert choice.rows == [["deepseek"], ["gemini"]]
    card = await ada.step("gemini", seconds=REPORT)
    assert card.id == choice.id
    assert "Item 4 · 1 to look at" in card.text
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


# -- deciding -------------------------------------------------------------------------------------------------


async def test_an_admin_decides_items_on_which_labelers_differ_and_that_is_the_consensus(lab: Bench) -> None:
    ada = await lab.admin()
    card = await ada.ask("/adjudicate")
    assert card.text.startswith("alignment · Item 1 · 3 to decide\n")
    assert card.text.endswith("labeler-01: Related\nlabeler-02: Not Related")
    assert card.rows == [["Related", "Not Related"], ["Skip"]]
    assert (await ada.tap("Related")).text == "Decided: Related"
    await ada.wait_text("Item 6 · 2 to decide")
    assert (await ada.tap("Skip")).text == "Skipped"
    await ada.wait_text("Item 12 · 1 to decide")
    assert "That was all." in (await ada.step("Not Related")).text
    assert present_labels(lab.database, "alignment", 1) == ADAS
    assert present_labels(lab.database, "alignment", 2) == CARLS
    group = await group_of(lab)
    document = await group.ask("/export")
    decided = {**CONSENSUS, 0: "related", 11: "not-related"}
    assert read_labels(await lab.phone.link.file(document.file_id or "")) == decided
    assert "Item 6 · 1 to decide" in (await ada.ask("/adjudicate")).text


async def test_deciding_opens_only_for_admins_who_have_labeled_everything(lab: Bench) -> None:
    carl = await carl_of(lab)
    assert (await carl.ask("/adjudicate")).text == words.ADMINS_ONLY
    ada = await lab.admin()
    assert (await ada.ask("/adjudicate formatting")).text == (
        "This opens when you have labeled the whole sample in formatting: 12 items left. /label goes on."
    )
    card = await ada.ask("/adjudicate")
    await lab.phone.settle()
    before = everything_in(lab.database)
    theirs = await carl.ask("/progress")
    for button in [button for row in card.buttons for button in row]:
        answer = await carl.answer(await carl.press(button.data, theirs))
        assert (answer.text, answer.alert) == (words.ADMINS_ONLY, True)
    assert everything_in(lab.database) == before


async def test_nothing_to_decide_is_said(bench: Bench) -> None:
    await take_over_labels(bench, ADMIN, "alignment", ADAS)
    async with bench.running():
        assert (await (await bench.admin()).ask("/adjudicate")).text == (
            "Nobody differs on any item that is not decided. /agreement shows how people agree."
        )


# -- what nobody may see --------------------------------------------------------------------------------------


async def test_in_a_long_session_no_message_tells_a_models_or_anothers_label_of_an_unlabeled_item(
    lab: Bench,
) -> None:
    """Everything sent to a labeler: an item that they have not labeled stands on cards alone, with nothing else."""
    draw = random.Random(5)  # noqa: S311 # a fixed session
    nora = await lab.phone.person("Nora New", user_id=700003)
    await nora.send("/start")
    await nora.wait_text("Item 1 / 12")
    sample = [text.strip() for text in notebook.sample_of(lab.base, SIZE)["description"]]
    commands = [f"/{name}" for role, name, _ in words.PRIVATE_HELP if name not in ("forget", "label")]
    commands += ["/metrics deepseek", "/compare deepseek gemini", "/review deepseek", "/adjudicate", "hm", "/label"]
    labeled_at: list[tuple[int, set[int]]] = []
    for _ in range(70):
        if draw.random() < 0.3:
            await nora.ask(draw.choice(commands), seconds=REPORT)
            await lab.phone.settle()
        else:
            await lab.phone.settle()
            known = [m for m in nora.from_bot if m.has("Skip") or m.has("alignment")]
            button = draw.choice([b for b in [b for row in known[-1].buttons for b in row] if b.data])
            await nora.answer(await nora.press(button.data, known[-1]))
            await lab.phone.settle()
        calls = await lab.phone.calls(after=labeled_at[-1][0] if labeled_at else 0)
        labeled = set(present_labels(lab.database, "alignment", 3))
        check_calls(calls, sample, labeled, nora.id)
        labeled_at.append((calls[-1].seq, labeled))
    assert 4 <= len(labeled_at[-1][1]) < SIZE


def check_calls(calls: list[Any], sample: list[str], labeled: set[int], chat_id: int) -> None:
    for call in calls:
        text = str(call.params.get("text", "")) + str(call.params.get("caption", ""))
        if str(call.chat_id) != str(chat_id) and call.method != "answerCallbackQuery":
            continue
        assert not re.search(r"(deepseek|gemini) says", text)
        assert "labeler-01" not in text or "Item" not in text
        for row, description in enumerate(sample):
            shown = description.split("\n")[0].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            if row in labeled or shown not in text:
                continue
            around = text.replace("\n".join(text.split("<blockquote>")[1].split("</blockquote>")[:1]), "")
            assert re.fullmatch(
                r"<b>(alignment|formatting)</b> · Item \d+ / 12\n[▰▱]{10} Labeled: \d+ / 12\n\n"
                r"<b>Is this feature related to [^<]*\?</b>\n<blockquote></blockquote>"
                r"(\nYour answer: <b>(Related|Not Related)</b>)?",
                around,
            ), text
        if "document" in call.params:
            assert call.params.get("caption", "").endswith("your labels")


async def test_many_people_label_side_by_side_and_each_keeps_their_own(bench: Bench) -> None:
    bench.settings_more["OPEN_ACCESS"] = "true"
    async with bench.running():
        people = [await bench.phone.person(f"P{n}", user_id=800000 + n) for n in range(12)]
        await asyncio.gather(*(open_card(person) for person in people))
        given = [alternating(SIZE, n % 2) for n in range(12)]
        await asyncio.gather(*(label_all(p, labels) for p, labels in zip(people, given, strict=True)))
    for labeler, user in rows(bench.database, "SELECT labeler_id, user_id FROM labelers"):
        expected = dict(enumerate(alternating(SIZE, (user - 800000) % 2)))
        assert present_labels(bench.database, "alignment", labeler) == expected


def test_the_made_up_labels_are_what_the_tests_say() -> None:
    assert sum(ADAS[row] != CARLS[row] for row in ADAS) == 3
    assert sum(ADAS[row] != MODELS[row] for row in ADAS) == 3
