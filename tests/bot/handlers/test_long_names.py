"""Models with names of 150 characters: their files can be written, and none is another's."""

from __future__ import annotations

import json

from tests.support.bench import REPORT, Bench
from tests.support.two_labelers import MODELS, model_file

FIRST, SECOND = ("m" * 149 + end for end in "ab")


async def test_metrics_of_long_names_are_written_sent_and_told_apart(lab: Bench) -> None:
    model_file(lab, FIRST, MODELS)
    model_file(lab, SECOND, {**MODELS, 3: "not-related"})
    ada = await lab.admin()
    for name in (FIRST, SECOND):
        sent = await ada.ask(f"/metrics {name} alignment", seconds=REPORT)
        assert sent.is_photo, sent.text
        await ada.tap("Files", on=sent)
        document = await ada.wait_for(lambda m, after=sent.id: m.id > after and m.file_name, seconds=REPORT)
        assert json.loads(await ada.file(document))["model_name"].endswith(f"_classified_{name}")
        await lab.rest()
    written = [path.name.rpartition("_")[2] for path in (lab.outputs / "metrics").iterdir()]
    assert sorted(written) == ["merged.csv"] * 2 + ["metrics.json"] * 2
    assert not [message for message in ada.from_bot if "cannot be written" in message.text]


async def test_two_long_names_are_compared_in_a_file_that_can_be_written(lab: Bench) -> None:
    model_file(lab, FIRST, MODELS)
    model_file(lab, SECOND, {**MODELS, 3: "not-related"})
    sent = await (await lab.admin()).ask(f"/compare {FIRST} {SECOND} alignment", seconds=REPORT)
    assert sent.is_photo, sent.text
    (written,) = (lab.outputs / "metrics").glob("*_comparison.json")
    assert json.loads(written.read_text())["samples"] == 9


async def test_a_model_whose_files_name_is_no_text_has_reports_and_files_like_any_other(lab: Bench) -> None:
    model_file(lab, "\udcff", MODELS)  # a byte that is not UTF-8, as Python reads it
    ada = await lab.admin()
    report = await ada.ask(r"/metrics \udcff", seconds=REPORT)
    assert report.text.startswith("Agrees on 7 of 9 items")
    await ada.tap("Files", on=report)
    await ada.wait_for(lambda m: (m.file_name or "").endswith("_merged.csv"), seconds=REPORT)
