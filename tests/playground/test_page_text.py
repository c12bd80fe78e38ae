"""Text on the page: formatting from entities, and never HTML."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.browser import (
    Look,
    browser_fixture,  # noqa: F401 # the fixture "browser"
    needs_browser,
)
from tests.support.page import (
    ONE,
    Bot,
    bot_fixture,  # noqa: F401 # the fixture "bot"
    chat,
    last,
)

pytestmark = needs_browser

RENDER = """async ([text, entities]) => {
  const { fillText } = await import("/entities.js");
  return fillText(document.createElement("div"), text, entities, {}).innerHTML;
}"""
EVIL = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>&amp;"


async def rendered(page: Page, text: str, entities: list[dict[str, Any]]) -> str:
    """What entities.js makes of a text, as HTML."""
    return str(await page.evaluate(RENDER, [text, entities]))


@contextlib.asynccontextmanager
async def modules(browser: Browser, bot: Bot) -> AsyncIterator[Page]:
    """A window that can import the page's modules, without the page around them."""
    async with Look().page(browser) as page:
        await page.goto(f"{bot.phone.address}/entities.js")
        yield page


def entity(kind: str, offset: int, length: int, **more: Any) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length, **more}


async def test_formatting_of_a_real_message_is_shown(browser, bot):
    await bot.say(
        "👍🏽 <b>bold <i>both</i></b> <u>under</u> <s>gone</s> <code>a &lt; b</code>\n"
        "<pre>x = 1</pre><blockquote>said</blockquote>after",
        parse_mode="HTML",
    )
    async with chat(browser, bot) as page:
        text = last(page).locator(".text")
        await expect(text.locator("strong")).to_have_text("bold both")
        await expect(text.locator("strong em")).to_have_text("both")
        await expect(text.locator("u")).to_have_text("under")
        await expect(text.locator("s")).to_have_text("gone")
        await expect(text.locator("> code")).to_have_text("a < b")
        await expect(text.locator("pre code")).to_have_text("x = 1")
        await expect(text.locator("blockquote")).to_have_text("said")


async def test_offsets_count_utf16_units_past_emoji_and_astral_letters(browser, bot):
    async with modules(browser, bot) as page:
        text = "👨‍👩‍👧‍👦𝓯 bold 🎉x"
        start = len("👨‍👩‍👧‍👦𝓯 ".encode("utf-16-le")) // 2
        shown = await rendered(page, text, [entity("bold", start, 4), entity("code", start + 5, 2)])
        assert shown == "👨‍👩‍👧‍👦𝓯 <strong>bold</strong> <code>🎉</code>x"


async def test_entities_that_overlap_touch_or_stick_out_lose_no_text(browser, bot):
    async with modules(browser, bot) as page:
        overlapping = [entity("bold", 0, 6), entity("italic", 3, 6)]
        assert (
            await rendered(page, "abcdefghij", overlapping) == "<strong>abc<em>def</em></strong><em>ghi</em>j"
        )
        same = [entity("italic", 0, 3), entity("bold", 0, 3), entity("underline", 3, 99)]
        assert await rendered(page, "abcdef", same) == "<em><strong>abc</strong></em><u>def</u>"
        assert await rendered(page, "abc", [entity("bold", 5, 2), entity("bold", 1, 0)]) == "abc"


async def test_a_quotation_ends_its_line_without_an_empty_one_after_it(browser, bot):
    async with modules(browser, bot) as page:
        shown = await rendered(page, "before\nquote\nafter", [entity("blockquote", 7, 5)])
        assert shown == 'before<blockquote dir="auto">quote</blockquote>after'


async def test_only_links_of_the_web_and_of_mail_become_links(browser, bot):
    async with modules(browser, bot) as page:
        for bad in ("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", " javascript:alert(1)"):
            assert "<a" not in await rendered(page, "here", [entity("text_link", 0, 4, url=bad)])
        shown = await rendered(page, "here", [entity("text_link", 0, 4, url="https://example.org/?a=1&b")])
        assert 'href="https://example.org/?a=1&amp;b"' in shown
        assert 'rel="noopener noreferrer"' in shown


@pytest.mark.parametrize("size", ["phone", "desktop"])
async def test_text_from_chats_never_becomes_html(browser, bot, size):
    await bot.phone.person(EVIL, 1003, started=True)
    evil_group = await bot.phone.group(EVIL, [bot.phone.chat(1003), bot.phone.chat(ONE)], chat_id=-2002)
    await bot.call("setMyCommands", commands=[{"command": "evil", "description": EVIL}])
    keyboard = {"inline_keyboard": [[{"text": EVIL, "callback_data": "x"}]]}
    await bot.say(EVIL, -2002, reply_markup=keyboard)
    await bot.document(EVIL, b"x", -2002, caption=EVIL)
    await evil_group.send(EVIL)
    async with chat(browser, bot, -2002, size=size) as page:
        await expect(page.get_by_role("heading", name="onerror")).to_have_text(EVIL)
        await expect(page.locator(".message .text", has_text="<script>")).to_have_count(3)
        await page.get_by_role("button", name="Commands").click()
        await expect(page.get_by_role("menuitem")).to_contain_text(EVIL)
        await page.keyboard.press("Escape")
        await page.locator(".key").click()
        await bot.answer(await bot.tap(), text=EVIL)
        await expect(page.locator(".notice")).to_have_text(EVIL)
        await page.locator(".key").click()
        await bot.answer(await bot.tap(), text=EVIL, show_alert=True)
        await expect(page.get_by_role("alertdialog")).to_contain_text(EVIL)
        assert await page.locator('img[src="x"], body script').count() == 0
        assert "broken" not in (await page.title()).replace(EVIL, "")


async def test_white_space_and_line_breaks_stay_as_sent(browser, bot):
    await bot.say("a  b\n\n  c   d")
    async with chat(browser, bot) as page:
        text = last(page).locator(".text")
        assert await text.evaluate("node => node.textContent") == "a  b\n\n  c   d"
        assert await text.evaluate("node => getComputedStyle(node).whiteSpace") in (
            "pre-wrap",
            "break-spaces",
        )


async def test_each_line_finds_its_own_direction(browser, bot):
    await bot.say("شكرا\nthanks")
    async with chat(browser, bot) as page:
        text = last(page).locator(".text")
        await expect(text).to_have_attribute("dir", "auto")
        assert await text.evaluate("node => getComputedStyle(node).unicodeBidi") == "plaintext"


async def test_an_expandable_quotation_opens_and_closes_on_tap(browser, bot):
    lines = "\n".join(f"line {i}" for i in range(1, 10))
    await bot.say(f"<blockquote expandable>{lines}</blockquote>", parse_mode="HTML")
    async with chat(browser, bot) as page:
        quote = last(page).locator("blockquote")
        toggle = quote.get_by_role("button", name="Show all")
        await expect(toggle).to_have_attribute("aria-expanded", "false")
        closed = (await quote.bounding_box())["height"]
        await quote.locator(".quoted").click()
        less = quote.get_by_role("button", name="Show less")
        await expect(less).to_have_attribute("aria-expanded", "true")
        assert (await quote.bounding_box())["height"] > closed + 80
        await less.focus()
        await page.keyboard.press("Enter")
        await expect(toggle).to_be_visible()
        assert (await quote.bounding_box())["height"] == closed


async def test_a_spoiler_hides_its_words_until_it_is_pressed(browser, bot):
    await bot.say("<tg-spoiler>secret</tg-spoiler>", parse_mode="HTML")
    async with chat(browser, bot) as page:
        spoiler = page.get_by_role("button", name="Hidden text. Press to show it.")
        await expect(spoiler).to_have_css("color", "rgba(0, 0, 0, 0)")
        await spoiler.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator(".spoiler.shown")).not_to_have_css("color", "rgba(0, 0, 0, 0)")
