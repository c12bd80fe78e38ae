"""`/metrics`: the report in the group and its files, held against the notebook's rules."""

from __future__ import annotations

import json
import multiprocessing
import re
import shutil
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.views.report_lines import plain
from tests.support import notebook
from tests.support.bench import ADMIN, REPORT, Bench
from tests.support.labeling_steps import classify, human_by_feature, label_all, take_over_labels
from tests.support.phone import Chat, Message

FIRST = {"tp": 69, "tn": 201, "fp": 5, "fn": 25}
SECOND = {"tp": 23, "tn": 228, "fp": 5, "fn": 44}


def answers(counts: Mapping[str, int]) -> dict[int, str]:
    """Three hundred labels with as many related ones as the counts have."""
    related = counts["tp"] + counts["fn"]
    return {row: "related" if (row * 7) % 300 < related else "not-related" for row in range(300)}


@pytest.fixture
async def published(bench: Bench) -> AsyncIterator[Bench]:
    """The two published studies: one labeler, three hundred items, a model in each of the two modes."""
    bench.settings_more["SAMPLE_SIZE"] = "300"
    for mode, counts in (("alignment", SECOND), ("formatting", FIRST)):
        labels = answers(counts)
        await take_over_labels(bench, ADMIN, mode, labels)
        classify(bench, "deepseek-v3-0324", mode, human_by_feature(bench, labels, 300), **counts)
    async with bench.running():
        yield bench


async def served_group(bench: Bench) -> Chat:
    group = await bench.phone.group("The Lab", [await bench.admin()], bare_commands=True)
    await group.ask("/help")
    return group


async def report(chat: Chat, typed: str, **more: Any) -> Message:
    sent = await chat.ask(typed, seconds=REPORT, **more)
    assert sent.is_photo, sent.text
    return sent


def check_files(bench: Bench, mode: str, counts: Mapping[str, int]) -> dict[str, Any]:
    """Metrics JSON and merged CSV against what the notebook would have written; gives our JSON."""
    human = bench.outputs / "human_labels" / f"{bench.base.stem}_human_labels_{mode}.json"
    model = bench.models / f"{bench.base.stem}_{mode}_classified_deepseek-v3-0324.json"
    stem = bench.outputs / "metrics" / f"{human.stem}_vs_{model.stem}"
    ours = json.loads(Path(f"{stem}_metrics.json").read_bytes())
    expected, csv = notebook.metrics_of(human, model, ours["timestamp"])
    assert list(ours)[: len(expected)] == list(expected)
    assert {key: ours[key] for key in expected} == expected
    assert {key: ours[key] for key in counts} == dict(counts)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", ours["timestamp"])
    assert Path(f"{stem}_merged.csv").read_bytes() == csv
    assert csv.startswith(b"feature_index,label_human,label_model,y_true,y_pred\n")
    return ours


async def test_the_published_studies_print_as_published_in_the_group_and_on_disk(published: Bench) -> None:
    group = await served_group(published)
    for typed, accuracy, phi, mode, counts in (
        ("/metrics deepseek formatting", "0.900", "0.764", "formatting", FIRST),
        (f"/metrics@{published.phone.bot_username} deepseek", "0.837", "0.461", "alignment", SECOND),
        ("/metrics", "0.837", "0.461", "alignment", SECOND),
    ):
        sent = await report(group, typed)
        right = counts["tp"] + counts["tn"]
        assert sent.text.startswith(f"Agrees on {right} of 300 items (")
        assert f"\ndeepseek-v3-0324 · {mode}\n" in sent.text
        assert "\n300 samples: " in sent.text
        assert re.search(rf"^accuracy +{accuracy} \[0\.\d{{3}},\s0\.\d{{3}}\]$", sent.text, re.M)
        assert re.search(rf"^phi +{phi} \[", sent.text, re.M)
        for name, count in counts.items():
            assert re.search(rf"\b{name} {count}\b", sent.text)
        assert len(sent.text) <= 1024
        ours = check_files(published, mode, counts)
        assert abs(ours["accuracy"] - float(accuracy)) < 0.0005
        assert [one["pseudonym"] for one in ours["labelers"]] == ["labeler-01"]
        assert ours["between_humans"] is None
        other = "formatting" if mode == "alignment" else "alignment"
        assert sent.rows == [["More", "Files"], [f"The same for {other}"]]


async def test_more_and_the_other_mode_are_one_tap_away(published: Bench) -> None:
    group = await served_group(published)
    first = await report(group, "/metrics deepseek")
    await group.tap("More", on=first)
    more = await group.reply(after=first.id, seconds=REPORT)
    assert not more.is_photo
    for said in (
        "precision",
        "recall",
        "related, people 0.",
        "related, model 0.",
        "Fingerprint",
    ):
        assert said in more.text
    await group.tap("The same for formatting", on=first)
    other = await group.reply(after=more.id, seconds=REPORT)
    assert other.is_photo
    assert "· formatting" in other.text
    assert other.rows == [["More", "Files"], ["The same for alignment"]]


async def test_more_and_files_answer_once_and_go(published: Bench) -> None:
    group = await served_group(published)
    first = await report(group, "/metrics deepseek")
    taps = [await group.press(first.button("More").data, first) for _ in range(2)]
    more = await group.reply(after=first.id, seconds=REPORT)
    await published.phone.settle()
    assert "precision" in more.text
    assert sum("precision" in message.text for message in group.from_bot) == 1
    assert [(await group.answer(tap)).text for tap in taps] == ["", ""]
    left = next(message for message in group.from_bot if message.id == first.id)
    assert left.rows == [["Files"], ["The same for formatting"]]
    await group.tap("Files", on=left)
    document = await group.reply(after=more.id, seconds=REPORT)
    written = [path for path in published.outputs.rglob("*_metrics.json") if path.name == document.file_name]
    assert await group.file(document) == written[0].read_bytes()
    await published.phone.settle()
    left = next(message for message in group.from_bot if message.id == first.id)
    assert left.rows == [["The same for formatting"]]


async def test_a_picture_of_the_table_comes_with_the_report(published: Bench) -> None:
    sent = await report(await published.admin(), "/metrics deepseek")
    picture = await published.phone.link.file(sent.file_id or "")
    assert picture.startswith(b"\x89PNG")
    width, height = sent.raw["photo"][-1]["width"], sent.raw["photo"][-1]["height"]
    assert width >= 390
    assert height <= width * 1.5


async def test_an_unchanged_question_is_computed_once_and_a_changed_label_again(published: Bench) -> None:
    group = await served_group(published)
    assert published.inside is not None
    jobs = published.inside.reports._worker.jobs  # type: ignore[attr-defined]
    first = await report(group, "/metrics deepseek")
    assert jobs == ["metrics_task"]
    again = await report(group, "/metrics deepseek-v3")
    assert again.text == first.text
    await published.phone.settle()
    assert jobs == ["metrics_task"]
    you = await published.admin()
    await you.send("/label")
    await you.wait_text("all 300 labeled")
    await you.step("Back")
    await you.step("Related" if "Not Related" in you.card.text.split("Your answer: ")[1] else "Not Related")
    changed = await report(group, "/metrics deepseek")
    assert jobs == ["metrics_task"] * 2
    assert changed.text != first.text
    model = published.models / f"{published.base.stem}_alignment_classified_deepseek-v3-0324.json"
    model.write_text(model.read_text().replace('"related"', '"not-related"'))
    assert "never says related" in (await report(group, "/metrics deepseek")).text
    assert jobs == ["metrics_task"] * 3


async def test_files_that_are_gone_are_written_again_though_nothing_has_changed(published: Bench) -> None:
    group = await served_group(published)
    first = await report(group, "/metrics deepseek")
    files = [path for path in published.outputs.rglob("*") if path.is_file()]
    contents = {
        path: path.read_bytes() for path in files if path.suffix == ".csv" or "human" in path.parent.name
    }
    assert sorted(path.parent.name for path in files) == ["human_labels", "metrics", "metrics"]
    for gone in files:
        gone.unlink()
        assert (await report(group, "/metrics deepseek")).text == first.text
        await published.phone.settle()
        assert gone.exists()
    assert {path: path.read_bytes() for path in contents} == contents


async def test_the_real_worker_process_computes_the_same_and_shows_that_it_is_at_work(
    published: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    from bot.jobs.worker import Worker

    here = await report(await published.admin(), "/metrics deepseek")
    assert published.inside is not None
    published.inside.reports._worker = Worker()
    published.inside.reports.forget()
    there = await report(await published.admin(), "/metrics deepseek")
    assert there.text == here.text
    actions = [action["action"] for action in published.phone.actions]
    assert actions.count("upload_photo") >= 2
    you = await published.admin()
    document = await you.ask("/export", seconds=REPORT)
    (written,) = published.outputs.glob(f"human_labels/by_labeler/*/{document.file_name}")
    assert await you.file(document) == written.read_bytes()
    for child in multiprocessing.active_children():
        child.kill()
    assert await you.file(await you.ask("/export", seconds=REPORT)) == written.read_bytes()
    assert "the process for reports ended" in caplog.text
    shutil.rmtree(published.outputs)
    published.outputs.write_text("a file where a folder should be")
    told = await you.ask("/export", seconds=REPORT)
    assert told.text.startswith("The files cannot be written: ")


async def test_the_report_is_answered_in_the_topic_it_was_asked_in_and_its_buttons_too(
    published: Bench,
) -> None:
    group = await published.phone.group(
        "Topics", [await published.admin()], kind="supergroup", topics={7: "Models"}, bare_commands=True
    )
    sent = await report(group, "/metrics deepseek", topic=7)
    assert sent.topic == 7
    await group.tap("More", on=sent)
    assert (await group.reply(after=sent.id, seconds=REPORT)).topic == 7


async def test_awkward_questions_get_one_sensible_escaped_answer(published: Bench) -> None:
    group = await served_group(published)
    for typed in (
        "llama",
        "../../etc/passwd",
        "deep\0seek\0x",
        "x" * 1000,
        "<b>bold</b>",
        "&lt;",
        "%s {0}",
        "🙂",
    ):
        sent = await group.ask(f"/metrics {typed}")
        assert "No model has that in its name. Which model?" in sent.text
        assert sent.text.startswith("“")
        assert len(sent.text) < 200
        assert sent.rows == [["deepseek-v3-0324 · alignment"], ["deepseek-v3-0324 · formatting"]]
        assert {entity["type"] for entity in sent.entities} <= {"bot_command"}
    sent = await group.ask("/metrics <b>")
    assert "“<b>”" in sent.text
    await group.tap("deepseek-v3-0324 · formatting", on=sent)
    chosen = await group.reply(after=sent.id, seconds=REPORT)
    assert "deepseek-v3-0324 · formatting" in chosen.text


async def test_several_that_fit_are_buttons_and_a_full_name_wins(published: Bench) -> None:
    human = human_by_feature(published, answers(SECOND), 300)
    classify(published, "deepseek", "alignment", human, **SECOND)
    group = await served_group(published)
    sent = await group.ask("/metrics DEEP")
    assert sent.text == "Which model?"
    assert sent.rows == [["deepseek"], ["deepseek-v3-0324"]]
    await group.tap("deepseek-v3-0324", on=sent)
    assert "deepseek-v3-0324 · alignment" in (await group.reply(after=sent.id, seconds=REPORT)).text
    assert "\ndeepseek · alignment\n" in (await report(group, "/metrics deepseek")).text


async def test_a_model_without_a_file_in_the_named_mode_is_said(published: Bench) -> None:
    human = human_by_feature(published, answers(SECOND), 300)
    classify(published, "gemini", "alignment", human, **SECOND)
    group = await served_group(published)
    sent = await group.ask("/metrics gemini formatting")
    assert sent.text == "“gemini”: That model has no file for formatting. Which model?"
    assert sent.rows == [["gemini · alignment"]]


async def test_a_button_of_a_file_that_is_gone_says_so(published: Bench) -> None:
    group = await served_group(published)
    sent = await report(group, "/metrics deepseek")
    for path in published.models.glob("*"):
        path.unlink()
    answer = await group.tap("More", on=sent)
    assert answer.text == "That is not there any more. Send /metrics for what is."


async def test_a_file_that_cannot_be_used_is_one_clear_line(published: Bench) -> None:
    folder, stem = published.models, f"{published.base.stem}_alignment_classified_"
    (folder / f"{stem}torn.json").write_text('[{"index": "1", "label": "rel')
    (folder / f"{stem}link.json").symlink_to(folder / f"{stem}deepseek-v3-0324.json")
    (folder / f"{stem}nan.json").write_text('[{"index": 1, "label": NaN}]')
    (folder / f"{stem}plain.json").write_text('[{"index": 1}]')
    group = await served_group(published)
    for model in ("torn", "link", "nan", "plain"):
        sent = await group.ask(f"/metrics {model}", seconds=REPORT)
        assert not sent.is_photo
        assert f"{stem}{model}.json" in sent.text
        assert "\n" not in sent.text
        assert ("is a symbolic link; put the file itself there" in sent.text) == (model == "link")
        assert "Traceback" not in sent.text
        assert str(published.folder) not in sent.text
    assert (await report(group, "/metrics deepseek")).is_photo


async def test_a_file_that_cannot_be_used_keeps_the_other_models_in_the_table(published: Bench) -> None:
    folder, stem = published.models, f"{published.base.stem}_formatting_classified_"
    (folder / f"{stem}link.json").symlink_to(folder / f"{stem}deepseek-v3-0324.json")
    group = await served_group(published)
    sent = await report(group, "/models formatting")
    assert sent.text.startswith("deepseek-v3-0324 agrees on 270 of 300 items")
    assert " Left out: link, its file is a symbolic link." in sent.text
    (folder / f"{stem}deepseek-v3-0324.json").unlink()
    told = await group.ask("/models formatting", seconds=REPORT)
    assert told.text == "No model is left to rank. Left out: link, its file is a symbolic link."


async def test_the_same_name_in_two_folders_is_told_apart_by_its_folder(published: Bench) -> None:
    name = f"{published.base.stem}_alignment_classified_deepseek-v3-0324.json"
    other = published.models / "second-run" / name
    other.parent.mkdir()
    other.write_bytes((published.models / name).read_bytes())
    group = await served_group(published)
    sent = await group.ask("/metrics deepseek alignment")
    assert sent.rows == [["models/deepseek-v3-0324"], ["second-run/deepseek-v3-0324"]]
    assert (await report(group, "/metrics second-run")).is_photo


@pytest.fixture
async def small(bench: Bench) -> AsyncIterator[Bench]:
    """Nothing labeled yet, twelve items, and three models that say odd things."""
    sample = notebook.sample_of(bench.base, 12)
    truth = {int(index): "related" for index in sample["feature_index"]}
    classify(bench, "errors", "alignment", truth, tp=0, tn=0, fp=0, fn=0, dropped={"api-error": 12})
    classify(bench, "never", "alignment", truth, tp=0, tn=0, fp=0, fn=12)
    classify(bench, "always", "alignment", truth, tp=12, tn=0, fp=0, fn=0)
    async with bench.running():
        yield bench


async def test_nothing_labeled_yet_is_said_in_words(small: Bench) -> None:
    group = await served_group(small)
    assert (await group.ask("/metrics never")).text == "Nothing is labeled yet. /label starts."
    assert (await group.ask("/metrics never formatting")).text.startswith(
        "“never”: That model has no file for"
    )


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("errors", "Left out: 12 api-error."),
        ("never", "the model never says related"),
        ("always", "always say related"),
    ],
)
async def test_what_is_undefined_is_said_in_words_and_is_null_in_the_file(
    small: Bench, model: str, said: str
) -> None:
    you = await small.admin()
    await label_all(you, ["related"] * 12)
    sent = await report(you, f"/metrics {model}")
    assert said in sent.text
    assert "undefined" in sent.text
    await you.tap("More", on=sent)
    more = await you.reply(after=sent.id, seconds=REPORT)
    for text in (sent.text, more.text):
        assert not re.search(r"\bnan\b|None|\binf\b", text)
    (path,) = (small.outputs / "metrics").glob(f"*{model}_metrics.json")
    record = json.loads(path.read_bytes())
    assert record["phi"] is None
    assert "NaN" not in path.read_text()


async def test_what_the_bot_wrote_is_never_taken_for_a_models_file(bench: Bench) -> None:
    sample = notebook.sample_of(bench.base, 12)
    truth = {int(index): "related" for index in sample["feature_index"]}
    bench.models.mkdir()
    path = classify(bench, "one", "alignment", truth, tp=12, tn=0, fp=0, fn=0)
    async with bench.running(OUTPUT_DIR=str(bench.models)):
        you = await bench.admin()
        await label_all(you, ["related"] * 12)
        for _ in range(2):
            sent = await report(you, "/metrics")
            assert "\none · alignment\n" in sent.text
        assert (bench.models / "metrics").is_dir()
        assert (bench.models / "human_labels").is_dir()
        assert path.exists()


def a_model_that_is_always_right(bench: Bench) -> None:
    """Write the file of a model that calls all twelve items related, as their labeler does."""
    sample = notebook.sample_of(bench.base, 12)
    human = {int(index): "related" for index in sample["feature_index"]}
    classify(bench, "one", "alignment", human, tp=12, tn=0, fp=0, fn=0)


async def test_a_report_whose_files_cannot_be_written_is_sent_all_the_same(bench: Bench) -> None:
    a_model_that_is_always_right(bench)
    bench.outputs.write_text("a file where a folder should be")
    async with bench.running():
        you = await bench.admin()
        await label_all(you, ["related"] * 12)
        sent = await report(you, "/metrics")
        told = await you.reply(after=sent.id)
        assert told.text.startswith("The files cannot be written: ")
        assert told.text.endswith("Check OUTPUT_DIR.")
        bench.outputs.unlink()
        await report(you, "/metrics")
        await bench.rest()
        assert len(list((bench.outputs / "metrics").iterdir())) == 2
        assert sum("cannot be written" in message.text for message in you.from_bot) == 1


async def test_a_guide_of_ones_own_is_shown_and_mixed_versions_are_said(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(bench.folder)
    a_model_that_is_always_right(bench)
    you = await bench.admin()
    async with bench.running():
        await label_all(you, ["related"] * 6)
    (bench.folder / "guides").mkdir()
    (bench.folder / "guides" / "alignment.md").write_text("# Ours\n- only <harm>")
    async with bench.running():
        assert (await you.ask("/guide")).text == "Ours\n• only <harm>"
        await label_all(you, ["related"] * 6)
        sent = await report(you, "/metrics")
        await you.tap("More", on=sent)
        more = await you.reply(after=sent.id, seconds=REPORT)
        assert "Labels were given under 2 versions of the guide: " in more.text


def test_plain_text_of_a_caption_has_no_markup_left() -> None:
    assert plain("<b>a</b> &lt;b&gt; <pre>c</pre>") == "a <b> c"
