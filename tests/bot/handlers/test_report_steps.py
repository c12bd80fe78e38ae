"""Figures in the chat come in steps of REPORT_STEP labels: what is said before, and what nobody can read from them."""

from __future__ import annotations

import json

import pytest

from bot.rules.session import NAME_OF
from storage.files import replace_file
from tests.support.bench import ADMIN, REPORT, Bench
from tests.support.labeling_steps import label_all, open_card, take_over_labels
from tests.support.phone import Chat
from tests.support.two_labelers import ADAS, CARL, MODELS, model_file

STEP = 5


@pytest.fixture
async def begun(bench: Bench) -> Bench:
    """A study that nobody has begun, with two models' files; figures move on with every fifth label."""
    model_file(bench, "deepseek", MODELS)
    model_file(bench, "gemini", {**ADAS, 3: "not-related"})
    bench.settings_more |= {"REPORT_STEP": str(STEP), "OPEN_ACCESS": "true"}
    return bench


async def everything_asked(chat: Chat, *, private: bool) -> list[str]:
    """What each report says in a chat; in private, /export, too."""
    asked = ["/metrics deepseek", "/prevalence deepseek", "/models", "/compare deepseek gemini", "/agreement"]
    return [(await chat.ask(typed, seconds=REPORT)).text for typed in [*asked, *["/export"] * private]]


async def test_before_the_first_step_the_chat_says_how_many_labels_are_lacking(begun: Bench) -> None:
    async with begun.running():
        ada = await begun.admin()
        group = await begun.phone.group("The Lab", [ada], bare_commands=True)
        await group.ask("/help")
        card = await open_card(ada)
        for lacking in range(STEP - 1, 0, -1):
            card = await ada.step("Related", on=card)
            wanted = "1 more label" if lacking == 1 else f"{lacking} more labels"
            wanted = f"Not yet: the first figures in alignment come after {wanted}. /label goes on."
            for chat in (ada, group):
                assert (await chat.ask("/metrics deepseek")).text == wanted
        await ada.step("Related", on=card)
        for chat in (ada, group):
            assert (await chat.ask("/metrics deepseek", seconds=REPORT)).is_photo


async def test_a_reader_without_labels_who_asks_everything_after_each_tap_of_another_learns_no_single_one(
    begun: Bench,
) -> None:
    """In turns in the own chat and in the group; tests/soak/blindness.py asks for much more, and goes on for longer."""
    await take_over_labels(begun, CARL, "alignment", {row: ADAS[row] for row in range(STEP)})
    async with begun.running():
        nora = await begun.phone.person("Nora New", user_id=700003)
        ada = await begun.admin()
        group = await begun.phone.group("The Lab", [ada, nora], bare_commands=True)
        await group.ask("/help")
        spies = ((nora, True), (group.by(nora), False))
        before = [await everything_asked(chat, private=private) for chat, private in spies]
        card = await open_card(ada)
        for row in range(STEP - 1):
            card = await ada.step(NAME_OF[ADAS[row]], on=card)
            chat, private = spies[row % 2]
            assert await everything_asked(chat, private=private) == before[row % 2]
        await ada.step(NAME_OF[ADAS[STEP - 1]], on=card)
        after = [await everything_asked(chat, private=private) for chat, private in spies]
        assert all(one[0] != other[0] for one, other in zip(before, after, strict=True))


async def test_files_are_of_the_snapshot_also_when_a_command_on_the_machine_wrote_the_present_meanwhile(
    begun: Bench,
) -> None:
    await take_over_labels(begun, CARL, "alignment", {row: ADAS[row] for row in range(STEP)})
    async with begun.running():
        ada = await begun.admin()
        group = await begun.phone.group("The Lab", [ada], bare_commands=True)
        await group.ask("/help")
        report = await group.ask("/metrics deepseek", seconds=REPORT)
        (path,) = begun.outputs.rglob("*_metrics.json")
        of_the_snapshot = json.loads(path.read_bytes())
        replace_file(path, json.dumps({**of_the_snapshot, "samples": STEP + 1}).encode())
        await group.tap("Files", on=report)
        document = await group.reply(after=report.id, seconds=REPORT)
        assert document.file_name == path.name
        sent = json.loads(await group.file(document))
        assert sent["samples"] == of_the_snapshot["samples"] == STEP
        assert sent == of_the_snapshot | {"timestamp": sent["timestamp"]}


async def test_changing_ones_mind_alone_teaches_no_label_of_the_model(begun: Bench) -> None:
    async with begun.running():
        ada = await begun.admin()
        await label_all(ada, [ADAS[row] for row in range(STEP)])
        shown = (await ada.ask("/metrics deepseek", seconds=REPORT)).text
        for row in range(STEP):
            await ada.send("/label")
            card = await ada.wait_for(lambda m, after=ada.sent_id: m.id > after and m.has("Related"))
            for _ in range(STEP - row):
                card = await ada.step("Back", on=card)
            other = "Not Related" if ADAS[row] == "related" else "Related"
            await ada.step(other, on=card)
            assert (await ada.ask("/metrics deepseek", seconds=REPORT)).text == shown


async def test_figures_are_the_present_when_only_somebody_without_access_has_not_finished(
    begun: Bench,
) -> None:
    await take_over_labels(begun, CARL, "alignment", {row: ADAS[row] for row in range(3)})
    await take_over_labels(begun, ADMIN, "alignment", ADAS)
    async with begun.running(REPORT_STEP="20"):
        ada = await begun.admin()
        assert (await ada.ask("/metrics deepseek")).text.startswith("Not yet")
        question = await ada.ask("/revoke labeler-01")
        await ada.tap("Yes, end it", on=question)
        report = await ada.ask("/metrics deepseek", seconds=REPORT)
        assert report.is_photo, report.text
