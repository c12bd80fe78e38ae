"""Remake the pictures of the docs from the real demo: `make pictures` (needs Debian's chromium)."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
REPORT_MS = 60_000
TAPS = 44
READING_MS = 350  # an answer that comes sooner after its card is not taken
ANSWERS = (
    HERE.parent
    / "playground"
    / "data"
    / "human_labels"
    / "labeler-03"
    / "demo-sae_human_labels_alignment.json"
)


@contextlib.contextmanager
def demo() -> Iterator[str]:
    """The demo in a process of its own; its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--no-browser"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None  # noqa: S101 - opened just above
        found = re.search(r"http://\S+", process.stdout.readline())
        if found is None:
            raise SystemExit("The demo did not start.")
        yield found[0]
    finally:
        process.terminate()
        process.wait(30)


def answers() -> list[str]:
    """What the person in the picture taps on the first items: as labeler-03 did, but for every ninth."""
    tapped = []
    for record in json.loads(ANSWERS.read_text(encoding="utf-8"))[:TAPS]:
        related = (record["label"] == "related") != (record["_row_id"] % 9 == 4)
        tapped.append("Related" if related else "Not Related")
    return tapped


def say(page: Page, text: str) -> None:
    """Type a message and send it."""
    page.get_by_placeholder("Message").fill(text)
    page.keyboard.press("Enter")


def take(address: str) -> None:
    """Label a while, ask for the reports, and keep what the phone shows."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 390, "height": 844}, device_scale_factor=2)
        log = page.get_by_role("log")
        page.goto(f"{address}/#chat/1001")
        page.get_by_role("button", name="Start", exact=True).click()
        mine = answers()
        for place, words in enumerate(mine):
            log.get_by_text(f"Item {place + 1} / ").wait_for()
            page.wait_for_timeout(READING_MS)
            page.get_by_role("button", name=words, exact=True).click()
        log.get_by_text(f"Item {len(mine) + 1} / ").wait_for()
        page.wait_for_timeout(4_000)
        page.screenshot(path=HERE / "card.png")
        page.set_viewport_size({"width": 390, "height": 1060})
        page.goto(f"{address}/#chat/-2001")
        for name, command, words in (
            ("report", "/metrics deepseek", "tp "),
            ("compare", "/compare deepseek llama", "McNemar"),
            ("agreement", "/agreement", "alpha"),
        ):
            say(page, command)
            log.get_by_text(words).last.wait_for(timeout=REPORT_MS)
            page.wait_for_timeout(1_500)
            page.screenshot(path=HERE / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    with demo() as address:
        take(address)
