"""What is yours is yours: `/forget` asks twice, then nothing is left."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs.deletions import delete_files
from bot.views import messages
from storage.errors import NotRead
from storage.records import OwedDeletion
from tests.support import notebook
from tests.support.bench import ADMIN, REPORT, Bench, Clock
from tests.support.labeling_steps import (
    everything_in,
    label_all,
    open_card,
    read_labels,
    rows,
    take_over_labels,
)
from tests.support.phone import Chat
from tests.support.process import until

CANARY = 7_346_125_998_001
MINE = dict.fromkeys(range(12), "related")
THEIRS = dict.fromkeys(range(12), "not-related")


def holders(folder: Path, what: bytes) -> list[str]:
    """Files below a folder with these bytes in them."""
    return [str(path) for path in folder.rglob("*") if path.is_file() and what in path.read_bytes()]


async def person(bench: Bench, user_id: int = CANARY) -> Chat:
    return await bench.phone.person("Nora Canary", user_id=user_id, username="nora_canary")


async def test_forget_asks_twice_and_no_keeps_everything(bench: Bench) -> None:
    async with bench.running(OPEN_ACCESS="true"):
        nora = await person(bench)
        await label_all(nora, ["related", "related"])
        before = everything_in(bench.database)
        for last in ("No, keep", "Yes, delete"):
            asked = await nora.ask("/forget")
            assert "cannot be undone" in asked.text
            assert asked.rows == [["Yes, delete", "No, keep"]]
            await nora.step(last, on=asked)
        again = nora.card
        assert again.rows == [["Yes, for good", "No, keep"]]
        assert (await nora.step("No, keep")).text == "Nothing was deleted."
        assert everything_in(bench.database) | {"acted_taps": []} == before


async def test_after_forget_no_trace_is_left_in_database_log_and_files(bench: Bench, clock: Clock) -> None:
    bench.settings_more |= {"OPEN_ACCESS": "true", "LABEL_MODES": "alignment,law"}
    await take_over_labels(bench, ADMIN, "alignment", THEIRS)
    sample = notebook.sample_of(bench.base, 12)
    bench.models.mkdir()
    model = [{"index": str(index), "label": "related"} for index in sample["feature_index"]]
    (bench.models / f"{bench.base.stem}_alignment_classified_one.json").write_text(json.dumps(model))
    async with bench.running():
        nora = await person(bench)
        await label_all(nora, MINE.values())
        await nora.step("Label law (0 / 12)")
        await nora.step("Related")
        await nora.ask("/export")
        await nora.ask("/metrics one", seconds=REPORT)
        await bench.rest()
        own = bench.outputs / "human_labels" / "by_labeler" / "labeler-02"
        assert len(list(own.iterdir())) == 2
        assert len(holders(bench.folder, str(CANARY).encode())) == 0
        assert rows(bench.database, "SELECT count(*) FROM labelers WHERE user_id = ?", CANARY) == [(1,)]
    async with bench.running(LABEL_MODES="alignment"):
        (card,) = [message for message in nora.from_bot if message.has("Skip")]
        await nora.ask("/forget")
        await nora.step("Yes, delete")
        gone = await nora.step("Yes, for good")
        assert gone.text.startswith("Deleted. Nothing about you is stored any more.")
        assert not gone.buttons
        await until(lambda: not rows(bench.database, "SELECT * FROM owed_deletions"), 20)
        await bench.rest()
        after = repr(everything_in(bench.database))
        assert str(CANARY) not in after
        assert rows(bench.database, "SELECT DISTINCT labeler_id FROM answers") == [(1,)]
        assert not own.exists()
        for path in bench.outputs.rglob("*"):
            if path.is_file():
                assert b"labeler-02" not in path.read_bytes(), path
        agreed = bench.outputs / "human_labels" / f"{bench.base.stem}_human_labels_alignment.json"
        assert read_labels(agreed.read_bytes()) == THEIRS
        assert not agreed.with_name(agreed.name.replace("alignment", "law")).exists()
        assert not list((bench.outputs / "metrics").iterdir())
        assert not [message for message in nora.from_bot if message.has("Skip")]
        assert nora.message(card.id) is not None
        encoded = CANARY.to_bytes(6, "big")
        # the last step is the rewriting of the file, after the row is gone
        for path in (bench.database, bench.database.with_name(bench.database.name + "-wal")):
            await until(lambda path=path: not path.exists() or encoded not in path.read_bytes())
        sent = await nora.ask("/metrics one", seconds=REPORT)
        assert "\n12 samples: " in sent.text


async def test_the_canary_is_in_the_database_file_before_it_is_forgotten(bench: Bench) -> None:
    async with bench.running(OPEN_ACCESS="true"):
        await open_card(await person(bench))
    assert CANARY.to_bytes(6, "big") in bench.database.read_bytes()


async def test_who_was_invited_and_forgotten_is_a_stranger_again(bench: Bench) -> None:
    async with bench.running():
        admin = await bench.admin()
        token = (await admin.ask("/invite 2")).text.split("start=")[1]
        nora = await person(bench)
        await nora.send(f"/start {token}")
        await nora.wait_text("Item 1 / 12")
        card = await nora.step("Related")
        await nora.ask("/forget")
        await nora.step("Yes, delete")
        await nora.step("Yes, for good")
        assert (await nora.ask("/privacy")).text == messages.stranger(CANARY)
        answer = await nora.tap("Related", on=card)
        assert (answer.text, answer.alert) == (messages.stranger(CANARY), True)
        await until(lambda: not rows(bench.database, "SELECT * FROM owed_deletions"), 20)
        assert str(CANARY) not in repr(everything_in(bench.database))


async def test_reports_do_not_rest_on_forgotten_answers_even_when_somebody_new_came(bench: Bench) -> None:
    bench.settings_more["OPEN_ACCESS"] = "true"
    await take_over_labels(bench, CANARY, "alignment", MINE)
    await take_over_labels(bench, ADMIN, "alignment", THEIRS)
    async with bench.running():
        admin = await bench.admin()
        assert " · 2 labelers" in (await admin.ask("/agreement", seconds=REPORT)).text
        nora = await person(bench)
        await nora.ask("/forget")
        await nora.step("Yes, delete")
        await nora.step("Yes, for good")
        await open_card(await person(bench, CANARY + 1))
        told = (await admin.ask("/agreement", seconds=REPORT)).text
        assert told.startswith("No two people have labeled the same item yet")


async def test_another_persons_answer_to_the_question_and_forged_ones_delete_nothing(bench: Bench) -> None:
    async with bench.running(OPEN_ACCESS="true"):
        nora, sam = await person(bench), await bench.phone.person("Sam", user_id=999001)
        await label_all(nora, ["related"])
        await open_card(sam)
        asked = await nora.ask("/forget")
        await nora.step("Yes, delete")
        confirm = nora.card.button("Yes, for good").data
        theirs = await sam.ask("/forget")
        for data in (confirm, "fb", "fb.", asked.button("Yes, delete").data, "fa"):
            assert (await sam.answer(await sam.press(data, theirs))).text == messages.STALE_BUTTON
        await bench.rest()
        assert rows(bench.database, "SELECT count(*) FROM labelers") == [(2,)]
        assert rows(bench.database, "SELECT count(*) FROM answers") == [(1,)]


async def test_forget_says_until_when_a_backup_holds_the_answers(bench: Bench, clock: Clock) -> None:
    async with bench.running(OPEN_ACCESS="true") as inside:
        from bot.jobs.schedule import ScheduledJobs

        nora = await person(bench)
        await label_all(nora, ["related"])
        await ScheduledJobs(inside.app.bot, inside.services, inside.reports).back_up()
        await nora.ask("/forget")
        await nora.step("Yes, delete")
        gone = await nora.step("Yes, for good")
        assert re.search(
            r"The last automatic backup that holds your answers is gone by \d{4}-\d\d-\d\d\.", gone.text
        )


async def test_nothing_stored_is_said_by_privacy_and_forget(bench: Bench) -> None:
    async with bench.running(OPEN_ACCESS="true"):
        nora = await person(bench)
        for command in ("/privacy", "/forget"):
            assert (await nora.ask(command)).text == "Nothing about you is stored."
        assert str(CANARY) not in repr(everything_in(bench.database))


async def test_who_was_revoked_can_still_see_and_delete_what_is_stored(bench: Bench) -> None:
    async with bench.running(OPEN_ACCESS="true"):
        nora, admin = await person(bench), await bench.admin()
        await label_all(nora, ["related"])
        await nora.ask("/forget")
        await nora.step("Yes, delete")
        await admin.ask("/revoke labeler-01")
        assert (await admin.step("Yes, end it")).text == messages.revoked("labeler-01")
        told = (await nora.ask("/privacy")).text
        assert told.startswith("What is stored about you\n• your numeric Telegram id, as labeler-01\n")
        assert "Your access was ended. After /forget, a keyed hash of your id stays" in told
        assert "keyed hash" not in (await admin.ask("/privacy")).text
        assert rows(bench.database, "SELECT count(*) FROM answers") == [(1,)]
        gone = await nora.step("Yes, for good")
        assert gone.text.startswith(f"Deleted. {messages.HASH_STORED}")
        assert rows(bench.database, "SELECT count(*) FROM answers") == [(0,)]
        for typed in ("/privacy", "/forget"):
            assert (await nora.ask(typed)).text == messages.HASH_STORED
        assert (await nora.ask("/label")).text == messages.stranger(CANARY)
        token = (await admin.ask("/invite")).text.split("start=")[1]
        await nora.send(f"/start {token}")
        await nora.wait_text("Item 1 / 12")
        assert "keyed hash" not in (await nora.ask("/privacy")).text
        assert rows(bench.database, "SELECT * FROM bans") == []


async def test_while_the_database_cannot_be_read_nobody_elses_files_are_deleted(bench: Bench) -> None:
    async with bench.running(OPEN_ACCESS="true") as inside:
        for somebody in (await bench.admin(), await person(bench)):
            await label_all(somebody, MINE.values())
            await somebody.ask("/export")
        kept = sorted(bench.outputs.rglob("*.json"))
        owed = OwedDeletion(1, "labeler-02", (inside.services.sample.stem,), ("alignment",), None)
        aside = bench.database.rename(bench.folder / "aside.sqlite3")
        with pytest.raises(NotRead):
            await delete_files(inside.services, owed)
        aside.rename(bench.database)
    assert kept
    assert sorted(bench.outputs.rglob("*.json")) == kept


async def test_what_a_killed_process_still_owed_is_finished_by_the_next_start(bench: Bench) -> None:
    bench.settings_more["OPEN_ACCESS"] = "true"
    older = bench.outputs / "human_labels" / "by_labeler" / "labeler-01" / "older_human_labels_alignment.json"
    async with bench.running() as inside:
        nora = await person(bench)
        await label_all(nora, MINE.values())
        await nora.ask("/export")
        card = nora.from_bot[-1]
        own = older.with_name(f"{bench.base.stem}_human_labels_alignment.json")
        assert own.exists()
        await inside.services.store.samples.keep(replace(inside.services.sample, stem="older"), "", 1.0)
        older.write_bytes(own.read_bytes())
        await inside.services.store.labelers.forget(1)  # and killed before anything else
    async with bench.running():
        await until(lambda: not rows(bench.database, "SELECT * FROM owed_deletions"), 20)
        assert not older.parent.exists()
        await bench.rest()
        assert not [message for message in nora.from_bot if message.has("Skip")]
        assert nora.message(card.id) is not None
    assert str(CANARY) not in repr(everything_in(bench.database))
