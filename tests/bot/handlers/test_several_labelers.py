"""Several labelers: consensus, ties, who agrees with whom, looking again, deciding."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import random
import re
from typing import Any

from bot.app import COMMANDS
from tests.support import notebook
from tests.support.bench import ADMIN, REPORT, Bench
from tests.support.labeling_steps import (
    alternating,
    label_all,
    open_card,
    present_labels,
    read_labels,
    rows,
)
from tests.support.two_labelers import (
    ADAS,
    CARL,
    CARLS,
    CONSENSUS,
    MODELS,
    SIZE,
    carl_of,
    group_of,
    labels_path,
)


async def test_the_report_says_how_people_agree_counts_ties_and_names_pseudonyms_only(lab: Bench) -> None:
    group = await group_of(lab)
    sent = await group.ask("/metrics deepseek", seconds=REPORT)
    assert sent.is_photo
    assert re.search(r"^kappa, model 0\.\d{3}", sent.text, re.M)
    assert re.search(r"^kappa, people 0\.\d{3}", sent.text, re.M)
    assert "3 ties" in sent.text
    assert "9 samples: " in sent.text
    await group.tap("More", on=sent)
    more = await group.reply(after=sent.id, seconds=REPORT)
    assert "labeler-01: 12 labels" in more.text
    assert "labeler-02: 12 labels" in more.text
    (path,) = (lab.outputs / "metrics").glob("*deepseek_metrics.json")
    record = json.loads(path.read_bytes())
    assert record["ties"] == 3
    assert [one["pseudonym"] for one in record["labelers"]] == ["labeler-01", "labeler-02"]
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
        *("guide_version", "after_review", "kind", "note"),
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
    assert sent.text.startswith("These labels cannot tell deepseek and gemini apart.\n")
    assert "\nalignment\n" in sent.text
    assert (
        "Of 9 items both are right on 6, only the first on 1, only the second on 2, neither on 0.\n"
        in sent.text
    )
    for typed, said in (
        ("/compare", "Which model?"),
        ("/compare deepseek", "deepseek and which other model?"),
        ("/compare a b c", "“a”: No model has that in its name. There are: deepseek, gemini."),
        ("/compare deepseek deepseek", "Name two different models that have files in the same mode."),
        ("/compare deepseek llama", "“llama”: No model has that in its name. There are: deepseek, gemini."),
        ("/compare deepseek e", "“e” fits several: deepseek, gemini. Type more of the name."),
        ("/compare <b> gemini", "“<b>”: No model has that in its name."),
        ("/compare deepseek gemini formatting", "“deepseek”: That model has no file for formatting."),
    ):
        assert (await group.ask(typed)).text.startswith(said), typed


async def test_agreement_gives_alpha_and_says_where_people_differ(lab: Bench) -> None:
    group = await group_of(lab)
    sent = await group.ask("/agreement", seconds=REPORT)
    assert sent.is_photo
    assert sent.text.startswith("People say the same on 9 of 12 items (75 %) that two or more labeled.\n")
    assert "\nalignment · 2 labelers\n" in sent.text
    assert re.search(r"^Krippendorff's alpha 0\.\d{3} \[", sent.text, re.M)
    assert "They differ on 3 items (3 ties): /adjudicate decides." in sent.text
    assert (await group.ask("/agreement formatting")).text == "Nothing is labeled yet in formatting."


async def test_in_a_long_session_no_message_tells_a_models_or_anothers_label_of_an_unlabeled_item(
    lab: Bench,
) -> None:
    """Everything sent to a labeler: an item that they have not labeled stands on cards alone, with nothing else."""
    draw = random.Random(5)  # noqa: S311 # a fixed session
    nora = await lab.phone.person("Nora New", user_id=700003)
    await nora.send("/start")
    await nora.wait_text("Item 1 / 12")
    sample = [text.strip() for text in notebook.sample_of(lab.base, SIZE)["description"]]
    commands = [f"/{c.name}" for c in COMMANDS if c.help and c.name not in ("forget", "label")]
    commands += [
        "/metrics deepseek",
        "/compare deepseek gemini",
        "/review deepseek",
        "/adjudicate",
        "hm",
        "/label",
    ]
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
                r"[⚖¶] <b>(alignment|formatting)</b> · Item \d+ / 12\nLabeled: \d+ / 12\n\n"
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
