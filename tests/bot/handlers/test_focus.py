"""`/focus`: what a set costs and brings, how it is begun, and how it ends."""

from __future__ import annotations

import json

import pytest

from bot.jobs.worker import Worker
from bot.views.focus import IS_ACTIVE, NONE_ACTIVE, USAGE
from bot.views.messages import TWO_DIFFERENT_MODELS
from storage.records import Answer
from storage.store import Store
from tests.support.bench import REPORT, Bench
from tests.support.focus import SIZE, prepare_focus
from tests.support.labeling_steps import rows
from tests.support.phone import Chat, Message
from tests.support.two_labelers import carl_of

pytestmark = pytest.mark.usefixtures("focus_lab")


@pytest.fixture
async def focus_lab(bench: Bench) -> Bench:
    """Two people who have labeled the sample, and two models with a label for every feature."""
    await prepare_focus(bench)
    return bench


async def proposal(person: Chat, typed: str) -> Message:
    return await person.ask(typed, seconds=REPORT)


async def begin(person: Chat, typed: str = "/focus deepseek 40") -> Message:
    """Begin a set, and give the bot's answer."""
    asked = await proposal(person, typed)
    await person.tap("Begin", on=asked)
    told = await person.reply(after=asked.id, seconds=REPORT)
    begins = person.message(asked.id)
    assert begins is not None
    assert (begins.text.startswith("Begin: "), begins.rows) == (True, [])
    return told


async def test_it_says_what_a_set_costs_and_brings_and_begins_nothing_by_itself(focus_lab: Bench) -> None:
    async with focus_lab.running():
        ada = await focus_lab.admin()
        asked = await proposal(ada, "/focus deepseek 40")
        first, what, costs, brings, valid, other_way = asked.text.splitlines()
        assert first == "40 items for deepseek · alignment"
        assert what == (
            "20 that it calls related and 20 that it does not, in random order, on the usual blind cards."
        )
        assert costs == "It costs 40 labels for each of the 2 people who finished the sample."
        assert brings.startswith("It brings: 40 labels narrow precision from ±")
        assert " points, recall from ±" in brings
        assert valid.startswith("It counts for this model's file alone")
        assert asked.rows == [["Begin"], ["gemini"]]
        assert other_way == "Or label features on which it differs from:"
        assert rows(focus_lab.database, "SELECT * FROM focus_sets") == []
        await ada.tap("gemini", on=asked)
        other = await ada.reply(after=asked.id, seconds=REPORT)
        assert other.text.splitlines()[0] == "100 items for deepseek and gemini · alignment".replace(
            "100", "40"
        )
        assert "40 labels narrow the difference from ±" in other.text
        assert rows(focus_lab.database, "SELECT * FROM focus_sets") == []


async def test_the_draw_is_made_in_the_process_beside_the_bot_and_what_goes_wrong_there_is_said(
    focus_lab: Bench,
) -> None:
    focus_lab.worker = Worker()
    async with focus_lab.running():
        ada = await focus_lab.admin()
        await begin(ada)
        assert rows(focus_lab.database, "SELECT state FROM focus_sets") == [("active",)]
        path = next(focus_lab.models.glob("*gemini.json"))
        path.write_text(path.read_text().replace('"not-related"', '"api-error"').replace('"related"', '"x"'))
        assert (await proposal(ada, "/focus gemini 40")).text.startswith(
            "There is no feature to draw for gemini outside the sample"
        )


async def test_a_begun_set_is_stored_whole_outside_the_sample_and_is_one(focus_lab: Bench) -> None:
    async with focus_lab.running():
        ada, carl = await focus_lab.admin(), await carl_of(focus_lab)
        await carl.ask("/help")
        told = await begin(ada)
        assert told.text.startswith("Begun: the 40 items come to those who finished the sample, with /label.")
        assert (await carl.wait_text("There are more items")).text == (
            "There are more items in alignment. /label shows the first."
        )
        assert "deepseek" not in carl.picture()
        ((name, mode, models, sizes, state),) = rows(
            focus_lab.database, "SELECT name, mode, models, sizes, state FROM focus_sets"
        )
        assert (name, mode, state) == (f"{focus_lab.base.stem}_focus-1", "alignment", "active")
        assert json.loads(models) == ["deepseek"]
        counts = json.loads(sizes)
        said = json.loads(next(focus_lab.models.glob("*deepseek.json")).read_text())
        by_index = {record["index"]: record["label"] for record in said}
        assert counts == {label: list(by_index.values()).count(label) for label in ("related", "not-related")}
        drawn = rows(
            focus_lab.database,
            "SELECT i.feature_index, i.description, f.position, f.stratum FROM focus_items f"
            " JOIN items i ON i.sample_id = f.items_id AND i.row_id = f.row_id",
        )
        base = {int(r["index"]): r["description"] for r in json.loads(focus_lab.base.read_text())}
        sample = {
            i for (i,) in rows(focus_lab.database, "SELECT feature_index FROM items WHERE sample_id = 1")
        }
        assert len({index for index, *_ in drawn}) == 40
        assert all(index not in sample and position >= SIZE for index, _, position, _ in drawn)
        assert all(json.loads(text) == base[index] for index, text, *_ in drawn)
        assert all(by_index[str(index)] == stratum for index, *_, stratum in drawn)
        assert [stratum for *_, stratum in drawn].count("related") == 20
        assert (await proposal(ada, "/focus deepseek 40")).text == IS_ACTIVE
        assert (await ada.ask("/focus")).text == (
            "40 items for deepseek · alignment\nno answer yet\n"
            "It is complete when two people have answered all of it. /focus off ends it."
        )
        assert len(rows(focus_lab.database, "SELECT * FROM focus_sets")) == 1


async def test_a_set_that_is_off_goes_on_where_it_was_and_another_takes_its_place(focus_lab: Bench) -> None:
    async with focus_lab.running():
        ada = await focus_lab.admin()
        assert (await ada.ask("/focus off")).text == NONE_ACTIVE
        await begin(ada)
        assert "The focus set for deepseek is off." in (await ada.ask("/focus off")).text
        assert rows(focus_lab.database, "SELECT state FROM focus_sets") == [("off",)]
        await begin(ada, "/focus deepseek gemini 10")
        assert (await proposal(ada, "/focus gemini deepseek 20")).text == IS_ACTIVE
        other = await proposal(ada, "/focus gemini 10")
        assert "\nThe set for deepseek and gemini · alignment is switched off then.\n" in other.text
        await begin(ada, "/focus gemini 10")
        assert rows(focus_lab.database, "SELECT state FROM focus_sets") == [("off",), ("off",), ("active",)]
        kinds = rows(focus_lab.database, "SELECT models FROM focus_sets")
        assert [json.loads(models) for (models,) in kinds] == [
            ["deepseek"],
            ["deepseek", "gemini"],
            ["gemini"],
        ]


async def test_names_that_are_missing_or_wrong_are_asked_for(focus_lab: Bench) -> None:
    async with focus_lab.running():
        ada = await focus_lab.admin()
        asked = await ada.ask("/focus")
        assert asked.text == "For which model?"
        assert asked.rows == [["deepseek · alignment"], ["gemini · alignment"]]
        await ada.tap("gemini · alignment", on=asked)
        assert "100 items for gemini" in (await ada.reply(after=asked.id, seconds=REPORT)).text
        assert "No model has that in its name." in (await ada.ask("/focus nonsense 10")).text
        for typed in ("/focus deepseek 1", "/focus deepseek 1001", "/focus 99999999999999999999"):
            assert (await ada.ask(typed)).text == USAGE
        assert (await ada.ask("/focus deepseek deepseek 10")).text == TWO_DIFFERENT_MODELS
        assert "“nobody”" in (await ada.ask("/focus deepseek nobody 10")).text


async def test_a_set_waits_while_a_sample_that_has_grown_is_finished_by_nobody(focus_lab: Bench) -> None:
    async with focus_lab.running():
        ada = await focus_lab.admin()
        await begin(ada)
    async with await Store.open_to_write(focus_lab.database) as store:
        given = [
            Answer(2, "alignment", 1, row, "related", f"tap {row}", None, 4.0, None) for row in range(40)
        ]
        await store.answers.save_all(given)
    async with focus_lab.running(SAMPLE_SIZE=str(SIZE + 1)):
        ada = await focus_lab.admin()
        assert "labeler-01: 40 / 40" in (await ada.ask("/focus")).text
        await ada.send("/label")
        assert f"Item {SIZE + 1} / {SIZE + 1}" in (await ada.wait_text("Item")).text
        assert rows(focus_lab.database, "SELECT state FROM focus_sets") == [("active",)]


async def test_what_another_set_brings_is_told_beside_what_the_one_before_has_brought(
    focus_lab: Bench,
) -> None:
    async with focus_lab.running():
        await begin(await focus_lab.admin())
    async with await Store.open_to_write(focus_lab.database) as store:
        strata = rows(focus_lab.database, "SELECT stratum FROM focus_items ORDER BY row_id")
        for labeler in (1, 2):
            given = [
                Answer(2, "alignment", labeler, row, label, f"{labeler} {row}", None, 4.0, None)
                for row, (label,) in enumerate(strata)
            ]
            await store.answers.save_all(given)
    async with focus_lab.running():
        ada = await focus_lab.admin()
        await ada.send("/label")
        await ada.wait_text("is complete")
        told = (await proposal(ada, "/focus deepseek 40")).text
        await ada.send("/metrics deepseek")
        await ada.wait_for(lambda message: message.is_photo, seconds=REPORT)
    (path,) = (focus_lab.outputs / "metrics").glob("*deepseek_metrics.json")
    found = json.loads(path.read_bytes())["focus"]
    for name in ("precision", "recall"):
        half = (found[f"{name}_ci_upper"] - found[f"{name}_ci_lower"]) / 2
        assert f"{name} from ±{round(100 * half)} " in told


async def test_what_a_set_brings_is_a_report_so_that_later_corrections_are_kept_apart(
    focus_lab: Bench,
) -> None:
    """Else a correction and the same question again would tell what the model says of that item."""
    async with focus_lab.running():
        ada = await focus_lab.admin()
        await proposal(ada, "/focus deepseek 40")
        await ada.send("/label")
        await ada.wait_text("all 40 labeled")
        card = await ada.step("Back")
        other = "Not Related" if "Your answer: Related" in card.text else "Related"
        assert (await ada.tap(other)).text == f"Changed to {other} · kept apart, a report was out"


async def test_only_admins_begin_sets_and_in_private(focus_lab: Bench) -> None:
    async with focus_lab.running():
        ada, carl = await focus_lab.admin(), await carl_of(focus_lab)
        assert "Only admins" in (await carl.ask("/focus deepseek 10")).text
        group = await focus_lab.phone.group("The Lab", [ada, carl], bare_commands=True)
        await group.ask("/help")
        assert (await group.ask("/focus deepseek 10")).text == "Focus sets are begun in our private chat."


async def test_a_changed_file_ends_the_set_with_a_clear_line(focus_lab: Bench) -> None:
    async with focus_lab.running():
        ada = await focus_lab.admin()
        await begin(ada)
        path = next(focus_lab.models.glob("*deepseek.json"))
        path.write_text(path.read_text() + "\n")
        await ada.send("/metrics deepseek")
        sent = await ada.wait_for(lambda message: message.is_photo, seconds=REPORT)
        assert "The last focus set for deepseek is not counted: its file has changed since." in sent.text
        told = await ada.wait_text("has ended")
        assert told.text == (
            "The focus set for deepseek has ended: a file has changed since it was drawn. /focus draws a new one."
        )
        assert rows(focus_lab.database, "SELECT state FROM focus_sets") == [("ended",)]
