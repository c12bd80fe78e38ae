"""What the page shows of messages on a narrow phone: pictures of it, and whether a figure is cut.

    async with chat(browser, bot) as page:
        for width in WIDTHS:
            await picture_of(page, width, dark=True)
            await assert_nothing_cut(page)

The pictures go into the folder that LABELBOT_PICTURES names; else into the temporary folder of the machine.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from playwright.async_api import Page

WIDTHS = {320: 568, 360: 740, 390: 844}  # of phones in use, with their heights
TALL = 2000
"""More than any message has."""

# The rows that a line of code or a figure takes are counted by the tops of its rectangles: one for each row.
MEASURE = """(within) => {
  const found = [];
  const all = (selector) => document.querySelectorAll(selector.split(",").map((one) => `${within} ${one}`).join());
  const say = (what, words) => found.push(`${what}: ${JSON.stringify(words.slice(0, 60))}`);
  for (const node of all(".bubble,.text,pre,blockquote,.photo,.document,.key")) {
    const { left, right } = node.getBoundingClientRect();
    if (left < 0 || right > innerWidth) say("wider than the screen", node.textContent);
  }
  for (const node of all(".text,pre,.key span")) {
    if (node.scrollWidth > node.clientWidth) say("cut", node.textContent);
  }
  measure("pre", /[^\\n]+/g, "code");
  measure(".text", /(?<![\\w.-])-?\\d+\\.\\d+|±\\d+/g, "figure");
  return found;

  function measure(selector, pattern, what) {
    for (const block of all(selector)) {
      const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        for (const { index, 0: words } of walker.currentNode.data.matchAll(pattern)) {
          const range = document.createRange();
          range.setStart(walker.currentNode, index);
          range.setEnd(walker.currentNode, index + words.length);
          const rows = new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
          if (rows !== 1) say(`${what} on ${rows} rows`, words);
        }
      }
    }
  }
}"""


async def look(page: Page, width: int, dark: bool = False) -> None:
    """Give the window the size of a phone of this width, and its colours."""
    await page.set_viewport_size({"width": width, "height": WIDTHS[width]})
    await page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")


async def picture_of(page: Page, width: int, dark: bool, name: str = "chat") -> Path:
    """Take a picture of the page on a phone of this width.

    Args:
        page: The page with a chat open; it keeps the size and the colours.
        width: A key of WIDTHS, in pixels.
        dark: Dark colours instead of light ones.
        name: What the file is named after.

    Returns:
        The path of the picture, `<name>-<width>-<light or dark>.png`.
    """
    await look(page, width, dark)
    path = _path(name, width, dark)
    await page.screenshot(path=path)
    return path


async def picture_of_message(page: Page, message_id: int, width: int, dark: bool, name: str) -> Path:
    """Take a picture of one message of the open chat with its buttons, also where it is taller than the screen."""
    await look(page, width, dark)
    await page.set_viewport_size({"width": width, "height": TALL})  # so that no bar lies over it
    path = _path(name, width, dark)
    await page.locator(f'article[data-id="{message_id}"]').screenshot(path=path)
    return path


async def what_is_cut(page: Page, message_id: int | None = None) -> list[str]:
    """Say what a reader at the present width does not see whole.

    Args:
        page: The page with a chat open.
        message_id: Look at this message alone; at all of the chat without one.

    Returns:
        One line for each part that is wider than the screen, each button or text that is cut, and each line of a
        code block and each figure that takes more than one row.
    """
    within = ".log" if message_id is None else f'article[data-id="{message_id}"]'
    found: list[str] = await page.evaluate(MEASURE, within)
    return found


async def assert_nothing_cut(page: Page, message_id: int | None = None) -> None:
    """Fail with all that a reader at the present width does not see whole."""
    cut = await what_is_cut(page, message_id)
    assert not cut, "\n".join(cut)


def _path(name: str, width: int, dark: bool) -> Path:
    folder = Path(os.environ.get("LABELBOT_PICTURES") or Path(tempfile.gettempdir()) / "labelbot-pictures")
    folder.mkdir(parents=True, exist_ok=True)
    safe = re.sub(r"\W+", "-", name).strip("-")
    return folder / f"{safe}-{width}-{'dark' if dark else 'light'}.png"
