"""Remake the pictures of the docs from the real demo: `make pictures` (needs Debian's chromium).

A person labels a while in the private chat, then asks for reports in the group. The first taps and the report make a
small animation; a ring shows where the thumb is.
"""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.async_api import Browser, Locator, Page

from tests.gallery import demo
from tests.support.browser import launched

HERE = Path(__file__).parent
ANSWERS = HERE.parent / "playground" / "data" / "human_labels" / "labeler-03"
ANSWERS /= "demo-sae_human_labels_alignment.json"
REPORT_MS = 60_000
SHOWN = 5  # taps in the animation
TAPS = 24
LOOKING_MS = 400  # a person reads; an answer that comes at once is not taken
COLOURS = 128
WIDTH, HEIGHT = 390, 844  # a phone
TALL = 1000  # a window in which a report stands whole between the bars
REPORTS = {"report": "/metrics deepseek", "compare": "/compare deepseek llama", "agreement": "/agreement"}


@dataclass
class Film:
    """Screenshots with the milliseconds that each is shown."""

    page: Page
    frames: list[Image.Image] = field(default_factory=list)
    times: list[int] = field(default_factory=list)

    async def take(self, milliseconds: int, thumb: Locator | None = None) -> None:
        """Keep what the phone shows now, with a ring on the button that is about to be tapped."""
        frame = Image.open(io.BytesIO(await self.page.screenshot(scale="css"))).convert("RGB")
        if thumb is not None and (box := await thumb.bounding_box()) is not None:
            x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + 6
            ring = Image.new("RGBA", frame.size)
            ImageDraw.Draw(ring).ellipse(
                (x - 20, y - 20, x + 20, y + 20), "#ffffff66", outline="#1d1a26", width=2
            )
            frame.paste(ring, mask=ring)
        self.frames.append(frame)
        self.times.append(milliseconds)

    def save(self, path: Path) -> None:
        """Write the animation; one palette for all frames, so that nothing flickers."""
        together = Image.new("RGB", (self.frames[0].width, sum(frame.height for frame in self.frames)))
        for i, frame in enumerate(self.frames):
            together.paste(frame, (0, i * frame.height))
        palette = together.quantize(256)
        first, *others = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in self.frames]
        first.save(path, save_all=True, append_images=others, duration=self.times, loop=0, optimize=True)


def answers() -> list[bool]:
    """What the person taps, true for related: as the labels that ship with the demo, but for every ninth item."""
    records = json.loads(ANSWERS.read_text(encoding="utf-8"))
    return [(record["label"] == "related") != (record["_row_id"] % 9 == 7) for record in records[:TAPS]]


async def take(page: Page, name: str) -> None:
    """Keep the screen as a picture with few colours: a third of the bytes."""
    await page.wait_for_timeout(500)
    image = Image.open(io.BytesIO(await page.screenshot())).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(HERE / f"{name}.png", optimize=True)


async def label(page: Page, film: Film) -> None:
    """Start the bot and label; the first taps are filmed."""
    await page.get_by_role("button", name="Start", exact=True).click()
    for place, related in enumerate(answers()):
        await page.get_by_role("log").get_by_text(re.compile(rf"Item {place + 1} / ")).wait_for()
        await page.wait_for_timeout(LOOKING_MS)
        words = "Related" if related else "Not Related"
        button = page.get_by_role("button", name=re.compile(rf"^(\W+ )?{words}$"))
        if place < SHOWN:
            await film.take(900)
            await film.take(350, thumb=button)
        await button.click()
    await page.get_by_role("log").get_by_text(re.compile(rf"Item {TAPS + 1} / ")).wait_for()
    await page.wait_for_timeout(4_000)  # the last notice goes


async def ask(page: Page, text: str, asked: Callable[[], Awaitable[None]] | None = None) -> None:
    """Send a command, and wait for the answer with its picture or table to be there whole."""
    before = await page.get_by_role("article").count()
    await page.get_by_placeholder("Message").fill(text)
    if asked is not None:
        await asked()
    await page.keyboard.press("Enter")
    answer = page.get_by_role("article").nth(before + 1)
    await answer.locator(".photo, pre").first.wait_for(timeout=REPORT_MS)
    await page.wait_for_timeout(1_500)


async def remake(browser: Browser, address: str) -> None:
    """Label, ask, and keep what the phone shows."""
    context = await browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        device_scale_factor=2,
        reduced_motion="reduce",
        locale="en-GB",
    )
    page = await context.new_page()
    await page.goto(f"{address}/#chat/1001")
    film = Film(page)
    await label(page, film)
    await take(page, "card")
    await page.goto(f"{address}/#chat/-2001")
    for name, command in REPORTS.items():
        first = name == "report"
        await ask(page, command, (lambda: film.take(1200)) if first else None)
        if first:
            await film.take(4000)
        await page.set_viewport_size({"width": WIDTH, "height": TALL})
        await take(page, name)
        await page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    film.save(HERE / "taps.gif")


async def main() -> None:
    """Run the demo and remake everything."""
    async with demo() as address, launched() as browser:
        await remake(browser, address)


if __name__ == "__main__":
    asyncio.run(main())
