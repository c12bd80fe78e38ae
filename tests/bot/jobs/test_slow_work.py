"""What takes long is done beside the other updates: nobody's tap waits for it, and chats keep their order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from bot.botapi.client import LabelBot
from tests.support.bench import ADMIN, Bench, name_of
from tests.support.labeling_steps import alternating, classify, human_by_feature, open_card, take_over_labels
from tests.support.phone import Chat

SIZE = 12


class Held:
    """Work that goes on only when the test lets it."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go = asyncio.Event()
        self.done: list[str] = []

    async def hold(self, what: str) -> None:
        self.begun.set()
        await self.go.wait()
        self.done.append(what)


@pytest.fixture
async def held() -> Held:
    return Held()


@pytest.fixture
async def lab(bench: Bench, held: Held, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    """An admin has labeled everything; everything slow is held: reports, exports, looking up names."""

    class Worker:
        async def run(self, job: Callable[..., Any], *args: Any) -> Any:
            await held.hold(name_of(job, args))
            return await asyncio.to_thread(job, *args)

        async def close(self) -> None:
            """Nothing to end."""

    async def slow_get_chat(self: LabelBot, chat_id: int, **more: Any) -> Any:
        await held.hold("get_chat")
        return await get_chat(self, chat_id, **more)

    get_chat = LabelBot.get_chat
    monkeypatch.setattr(LabelBot, "get_chat", slow_get_chat)
    bench.worker = Worker()
    labels = dict(enumerate(alternating(SIZE)))
    await take_over_labels(bench, ADMIN, "alignment", labels)
    classify(bench, "deepseek", "alignment", human_by_feature(bench, labels, SIZE), tp=5, tn=5, fp=1, fn=1)
    async with bench.running(OPEN_ACCESS="true"):
        yield bench


async def nora_of(bench: Bench) -> Chat:
    nora = await bench.phone.person("Nora New", user_id=700003)
    await open_card(nora)
    return nora


@pytest.mark.parametrize("typed", ["/metrics", "/agreement", "/review", "/export", "/labelers"])
async def test_neither_others_nor_the_asker_wait_for_slow_work(lab: Bench, held: Held, typed: str) -> None:
    nora, admin = await nora_of(lab), await lab.admin()
    await admin.send(typed)
    sent = admin.sent_id
    await held.begun.wait()
    await nora.step("Related")
    assert (await admin.ask("/guide")).text.startswith("Related to AI alignment?")
    await nora.step("Not Related")
    assert held.done == []
    held.go.set()
    answer = await admin.wait_for(
        lambda m: m.by_bot and m.id > sent and not m.text.startswith("Related to"), seconds=40
    )
    assert answer.text or answer.file_id


async def test_a_tap_on_an_old_review_after_a_restart_waits_for_the_file_alone(
    lab: Bench, held: Held
) -> None:
    held.go.set()
    nora, admin = await nora_of(lab), await lab.admin()
    card = await admin.ask("/review", seconds=40)
    held.go.clear()
    held.begun.clear()
    assert lab.inside is not None
    lab.inside.reports._model_labels.clear()
    tap = await admin.press(card.buttons[0][0].data, card)
    await held.begun.wait()
    await nora.step("Related")
    held.go.set()
    assert (await admin.answer(tap, seconds=40)).text.startswith("Kept: ")


async def test_forgetting_waits_for_no_report_and_what_the_report_wrote_late_goes_too(
    lab: Bench, held: Held
) -> None:
    nora, admin = await nora_of(lab), await lab.admin()
    await nora.step("Related")
    await admin.send("/metrics deepseek")
    await held.begun.wait()
    await nora.ask("/forget")
    await nora.step("Yes, delete")
    assert (await nora.step("Yes, for good")).text.startswith("Deleted.")
    late = (
        lab.outputs
        / "human_labels"
        / "by_labeler"
        / "labeler-02"
        / f"{lab.base.stem}_human_labels_alignment.json"
    )
    late.parent.mkdir(parents=True, exist_ok=True)
    late.write_text("[]")
    held.go.set()
    async with asyncio.timeout(20):
        while late.exists():  # noqa: ASYNC110 # a file tells nobody that it goes
            await asyncio.sleep(0.02)


async def test_two_questions_in_one_chat_are_answered_one_after_the_other(lab: Bench, held: Held) -> None:
    admin = await lab.admin()
    await admin.send("/metrics deepseek")
    await held.begun.wait()
    await admin.send("/agreement")
    await admin.ask("/progress")
    held.go.set()
    await admin.wait_text("No two people have labeled the same item", seconds=40)
    reports = [message.text.split("\n")[0] for message in admin.from_bot if message.is_photo]
    assert reports == [
        "Agrees on 10 of 12 items (83 %).",
        "No two people have labeled the same item yet, so how they agree cannot be told.",
    ]
    assert held.done == ["metrics_task", "agreement_task"]


async def test_a_mistake_in_slow_work_is_told_and_the_next_question_is_answered(
    lab: Bench, held: Held, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    held.go.set()
    admin = await lab.admin()

    def broken(*_: object) -> None:
        raise ZeroDivisionError("a mistake")

    with monkeypatch.context() as patched:
        patched.setattr("bot.jobs.report_service.metrics_task", broken)
        told = await admin.ask("/metrics", seconds=40)
    assert told.text == "The report could not be made. The log says why; the labels are safe."
    assert "a mistake" not in " ".join(message.text for message in admin.from_bot)
    assert "ZeroDivisionError" in caplog.text
    assert (await admin.ask("/metrics", seconds=40)).is_photo


async def test_a_mistake_in_a_handler_is_told_in_one_line(
    lab: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    nora = await nora_of(lab)
    assert lab.inside is not None

    async def broken(*_: object) -> None:
        raise ZeroDivisionError("a mistake")

    with monkeypatch.context() as patched:
        patched.setattr(lab.inside.services.store.answers, "labels", broken)
        patched.setattr(lab.inside.services.store.answers, "counts", broken)
        assert (await nora.ask("/progress")).text == "Something went wrong. Please try again."
        assert (await nora.tap("Related")).text == "Something went wrong. Please try again."
    assert "ZeroDivisionError" in caplog.text
    assert (await nora.tap("Related")).text == "Saved: Related"
