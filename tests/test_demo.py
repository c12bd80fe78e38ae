"""`labelbot demo` as a newcomer meets it: the real processes, the real page, a phone's size and a desktop's."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.browser import (
    browser_fixture,  # noqa: F401 # the fixture "browser"
    needs_browser,
    visit,
)
from tests.support.phone import Chat, Phone
from tests.support.process import free_port

pytestmark = pytest.mark.long

ROOT = Path(__file__).parent.parent
REPORT_MS = 45_000
READING_MS = 350  # an answer that comes sooner after its card is not taken
ONE, TWO, GROUP = 1001, 1002, -2001
VERDICT = "about as well as people agree with each other"


class Demo:
    """The running command. address: where it says it is; seconds: until it said so."""

    def __init__(self, process: asyncio.subprocess.Process, address: str, seconds: float) -> None:
        self.process, self.address, self.seconds = process, address, seconds


async def start_demo(folder: Path, *, keep: bool = True) -> Demo:
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--no-browser"),
        *(("--folder", str(folder)) if keep else ()),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
    found = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert found, line
    return Demo(process, found[0], time.monotonic() - began)


async def second_line(demo: Demo) -> str:
    """What is said after the address."""
    assert demo.process.stdout is not None
    return (await asyncio.wait_for(demo.process.stdout.readline(), 10)).decode().strip()


async def end_demo(demo: Demo) -> tuple[int | None, str]:
    """Ctrl-C; the exit code and what was said on stderr."""
    if demo.process.returncode is None:
        demo.process.send_signal(signal.SIGINT)
    _, said = await asyncio.wait_for(demo.process.communicate(), 30)
    return demo.process.returncode, said.decode()


@contextlib.asynccontextmanager
async def running_demo(folder: Path, *, keep: bool = True) -> AsyncIterator[Demo]:
    """Give a demo that Ctrl-C ends with the block, without a word of trouble."""
    demo = await start_demo(folder, keep=keep)
    try:
        yield demo
    finally:
        ended = await end_demo(demo)
    assert ended == (0, "")


async def report(group: Chat) -> str:
    """The group asks how good the model is, and gets a picture with figures."""
    asked = await group.send("/metrics deepseek")
    found = await group.wait_for(lambda message: message.id > asked.id and message.is_photo, seconds=45)
    return found.text


async def tap(page: Page, words: str) -> None:
    await page.wait_for_timeout(READING_MS)
    without_symbol = re.compile(rf"^\W*{re.escape(words)}$")
    await page.get_by_role("button", name=without_symbol).last.click()


async def journey(page: Page, person: int, taps: int) -> None:
    """Label with some taps, Back, Skip, /export in the private chat; then /metrics in the group."""
    log = page.get_by_role("log")
    await page.locator(f'a[href="#chat/{person}"]').click()
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(log.get_by_text("Welcome!")).to_be_visible()
    card = log.get_by_text(re.compile(r"Item \d+ / 240")).last
    await expect(card).to_be_visible()
    first = int(re.search(r"Item (\d+) / 240", await card.inner_text())[1])  # type: ignore[index] # it is there
    for place in range(first, first + taps):
        await expect(card).to_contain_text(f"Item {place} / 240")
        await tap(page, "Related" if place % 4 == 0 else "Not Related")
    await expect(card).to_contain_text(f"Item {first + taps} / 240")
    await tap(page, "Back")
    await expect(card).to_contain_text(f"Item {first + taps - 1} / 240")
    await expect(card).to_contain_text("Your answer:")
    await tap(page, "Related")
    await expect(card).to_contain_text(f"Item {first + taps} / 240")
    await tap(page, "Skip")
    await expect(card).to_contain_text(f"Item {first + taps + 1} / 240")
    field = page.get_by_role("textbox", name="Message")
    await field.fill("/export")
    await page.keyboard.press("Enter")
    document = log.get_by_text("demo-sae_human_labels_alignment.json").last
    await expect(document).to_be_visible()
    async with page.expect_download() as download:
        await document.click()
    labels = json.loads(Path(await (await download.value).path()).read_text(encoding="utf-8"))
    given = {record["_row_id"]: record["label"] for record in labels}
    assert given[first + taps - 2] == "related"
    assert first + taps - 1 not in given
    assert len(given) == first + taps - 1


async def ask_group(page: Page) -> None:
    log = page.get_by_role("log")
    back = page.locator("#back")
    if await back.is_visible():
        await back.click()
    await page.locator(f'a[href="#chat/{GROUP}"]').click()
    await expect(page.get_by_role("heading", name="Lab group", level=1)).to_be_visible()
    await page.get_by_role("textbox", name="Message").fill("/metrics deepseek")
    await page.keyboard.press("Enter")
    await expect(log.get_by_text("deepseek-v3-0324 · alignment").last).to_be_visible(timeout=REPORT_MS)
    await expect(log.get_by_text(re.compile(r"accuracy\s+\d\.\d{3}")).last).to_be_visible()
    await expect(log.get_by_role("button", name="More").last).to_be_visible()
    await tap(page, "More")
    await expect(log.get_by_text("precision").last).to_be_visible(timeout=REPORT_MS)


async def label_five(phone: Phone, number: int) -> None:
    """Somebody who was not there before labels the first five items."""
    you = await phone.person(f"Visitor {number}", number)
    await you.send("/start")
    card = await you.wait_text("Item 1 / 240", seconds=20)
    for place in range(5):
        await asyncio.sleep(READING_MS / 1000)
        await you.answer(await you.press(card.button("Not Related" if place % 4 else "Related").data, card))
        card = await you.wait_text(f"Item {place + 2} / 240")


async def test_the_group_has_a_verdict_at_once_that_moves_with_answers_and_after_ctrl_c_it_goes_on_where_it_was(
    tmp_path: Path,
) -> None:
    async with running_demo(tmp_path) as demo, Phone.connect(demo.address) as phone:
        assert await second_line(demo) == f"Its data stay in {tmp_path}."
        group = phone.chat(GROUP, TWO)  # whoever asks first
        at_once = await report(group)
        assert VERDICT in at_once
        await asyncio.gather(*(label_five(phone, number) for number in range(1005, 1009)))
        assert await report(group) != at_once
    async with running_demo(tmp_path) as demo, Phone.connect(demo.address) as phone:
        people = await phone.chat(GROUP, ONE).ask("/progress", seconds=20)
        assert "labeler-03: 240 / 240" in people.text
        assert "labeler-05: 5 / 240" in people.text


class TestInTheBrowser:
    """Each size is another labeler, so that both start as a newcomer does."""

    pytestmark = needs_browser

    async def test_a_newcomer_labels_exports_and_asks_for_a_report(
        self, browser: Browser, tmp_path: Path
    ) -> None:
        async with running_demo(tmp_path) as demo:
            for size, person, taps in (("phone", ONE, 7), ("desktop", TWO, 2)):
                async with visit(browser, demo.address, size=size) as page:
                    steps = await page.locator(".welcome li code").all_text_contents()
                    assert steps == [
                        "/export",
                        "/metrics deepseek",
                    ]  # what the page proposes, and this test does
                    await journey(page, person, taps)
                    await ask_group(page)


async def test_without_a_folder_the_demo_says_that_its_data_go_and_how_to_keep_them(tmp_path: Path) -> None:
    async with running_demo(tmp_path, keep=False) as demo:
        told = await second_line(demo)
        assert told == "Its data are thrown away at the end; to keep them: labelbot demo --folder FOLDER"
    assert not list(tmp_path.iterdir())


async def test_own_files_can_be_tried_in_the_browser_by_the_commands_of_the_docs(tmp_path: Path) -> None:
    told = (ROOT / "docs" / "files.md").read_text(encoding="utf-8").split("## Your files in the browser")[1]
    told = told.replace("8090", str(free_port()))
    stand_in, settings, more, check, run = re.findall("^ {4}(.+)$", told, re.M)
    base = ROOT / "playground" / "data" / "demo-sae.json"
    (tmp_path / ".env").write_text(f"BASE_SAE_PATH={base}\n", encoding="utf-8")
    bot = f"{settings}\n{more}\n{check}\nexec {run}".replace(".venv/bin/labelbot", f"{sys.executable} -m bot")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = []
    try:
        for commands in (f"exec {stand_in}".replace(".venv/bin/python", sys.executable), f"set -e\n{bot}"):
            process = await asyncio.create_subprocess_exec(
                "sh", "-c", commands, stdout=asyncio.subprocess.PIPE, cwd=tmp_path, env=environment
            )
            started.append(process)
            assert process.stdout is not None
            async with asyncio.timeout(60):
                while not re.search(rb"ready at|Running as", said := await process.stdout.readline()):
                    assert said, "it ended"
        async with Phone.connect(re.search(r"http://127\.0\.0\.1:\d+", told)[0]) as phone:  # type: ignore[index] # it is there
            you = phone.chat(ONE)
            await you.send("/start")
            await you.wait_text("Item 1 / 300", seconds=20)
            assert "labeler-01 (admin)" in (await you.ask("/labelers")).text
        assert (tmp_path / "trial" / "labels.sqlite3").exists()
    finally:
        for process in reversed(started):
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
            await asyncio.wait_for(process.communicate(), 30)
    assert [process.returncode for process in started] == [0, 0]


async def test_ctrl_c_while_the_playground_starts_ends_the_demo_at_once(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--no-browser", "--folder", str(tmp_path)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    seen = psutil.Process(process.pid)
    async with asyncio.timeout(30):
        while not seen.children():  # noqa: ASYNC110 # a new process is no event for us
            await asyncio.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = await asyncio.wait_for(process.communicate(), 10)
    assert (process.returncode, out, err) == (0, b"", b"")
