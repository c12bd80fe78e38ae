"""The page is as strict as a phone's app at the widths of phones, and everybody can read it."""

from __future__ import annotations

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, expect

from tests.support.browser import (
    browser_fixture,  # noqa: F401 # the fixture "browser"
    needs_browser,
    visit,
)
from tests.support.page import (
    CARD,
    GROUP,
    ONE,
    Bot,
    bot_fixture,  # noqa: F401 # the fixture "bot"
    chat,
    grey_png,
    last,
)
from tests.support.page_pictures import WIDTHS, assert_nothing_cut, look, what_is_cut

pytestmark = needs_browser

LINES_OF_24 = "accuracy 0.744 0.58-0.85\nphi      0.015 -.21-0.42\n" * 3
LINES_OF_31 = "accuracy  0.744 [0.589, 0.854]x\nphi       0.015 [-0.219, 0.424]\n"
CHARACTERS_IN_SIGHT = """(pre) => {
  const node = pre.firstChild.firstChild, inside = pre.getBoundingClientRect();
  return [...node.data].every((character, i) => {
    const range = document.createRange();
    range.setStart(node, i);
    range.setEnd(node, i + 1);
    return [...range.getClientRects()].every(({ left, right }) => left >= inside.left && right <= inside.right);
  });
}"""
EVERY_KIND = (
    "<b>bold</b> <code>code</code> <u>a</u> <tg-spoiler>hidden</tg-spoiler> /label "
    '<a href="https://example.org/">link</a><pre>samples 300</pre><blockquote>said</blockquote>'
    f"<blockquote expandable>{'line' * 99}</blockquote>"
)


async def code(bot: Bot, lines: str, number: int = ONE) -> int:
    return await bot.say(f"<pre>{lines}</pre>", number, parse_mode="HTML")


async def every_kind(bot: Bot, number: int) -> None:
    """One message of each kind in a chat; long words where there may be any."""
    first = await bot.say(EVERY_KIND, number, parse_mode="HTML")
    await bot.say("w" * 300, number, reply_parameters={"message_id": first})
    await bot.photo(
        grey_png(1200, 700), number, caption=f"Counts <pre>{LINES_OF_31}</pre>", parse_mode="HTML"
    )
    await bot.document("demo-sae_human_labels_alignment" * 3 + ".json", b"[]", number, caption="yours")
    await bot.phone.chat(number, ONE).send("written by a person " + "x" * 99)
    await bot.card(LINES_OF_31, number)
    longer = [[{"text": f"Change to Not Related, number {i}", "callback_data": str(i)} for i in range(2)]]
    await bot.say("Which?", number, reply_markup={"inline_keyboard": longer})


async def right_edge(node: Locator) -> float:
    box = await node.bounding_box()
    assert box is not None
    return box["x"] + box["width"]


@pytest.mark.parametrize("number", [ONE, GROUP], ids=["private", "group"])
async def test_nothing_is_wider_than_the_screen_of_a_phone(browser, bot, number):
    await every_kind(bot, number)
    async with chat(browser, bot, number) as page:
        for width in WIDTHS:
            for dark in (False, True):
                await look(page, width, dark)
                wide = [one for one in await what_is_cut(page) if one.startswith("wider")]
                assert wide == [], f"{width} px, {'dark' if dark else 'light'}"
                assert await page.locator("#scroller").evaluate(
                    "node => node.scrollWidth <= node.clientWidth"
                )


@pytest.mark.parametrize("number", [ONE, GROUP], ids=["private", "group"])
async def test_24_characters_of_code_stay_on_their_line_at_320_px(browser, bot, number):
    caption = f"<pre>{LINES_OF_24}</pre>"
    await code(bot, LINES_OF_24, number)
    await bot.photo(grey_png(1200, 700), number, caption=caption, parse_mode="HTML")
    await bot.say(caption, number, parse_mode="HTML", reply_markup={"inline_keyboard": CARD})
    async with chat(browser, bot, number) as page:
        for width in WIDTHS:
            await look(page, width)
            await assert_nothing_cut(page)
            for block in await page.locator("pre").all():
                assert await block.evaluate(CHARACTERS_IN_SIGHT)


async def test_31_characters_of_code_wrap_at_320_px_and_the_measure_says_so(browser, bot):
    await code(bot, LINES_OF_31, GROUP)
    async with chat(browser, bot, GROUP) as page:
        await look(page, 320)
        lines = LINES_OF_31.splitlines()
        assert await what_is_cut(page) == [f'code on 2 rows: "{line}"' for line in lines]
        block = page.locator("pre")
        assert await block.evaluate(CHARACTERS_IN_SIGHT)
        assert await block.evaluate("node => node.scrollWidth <= node.clientWidth"), (
            "nothing scrolls sideways"
        )


async def test_the_measure_says_which_figure_is_parted(browser, bot):
    parted = "0." + "123456789" * 4
    await bot.say(f"accuracy {parted} [0.861, 0.929] and ±14 points")
    async with chat(browser, bot) as page:
        await look(page, 320)
        assert await what_is_cut(page) == [f'figure on 2 rows: "{parted}"']


async def test_a_caption_is_as_wide_as_its_photo(browser, bot):
    for caption in ("short", "long " * 60, "w" * 200):
        await bot.photo(grey_png(300, 200), caption=caption)
    async with chat(browser, bot) as page:
        for width in WIDTHS:
            await look(page, width)
            photos = [await right_edge(node) for node in await page.locator(".photo").all()]
            assert len(set(photos)) == 1
            for text in await page.locator(".text").all():
                assert await right_edge(text) <= photos[0]


async def test_the_words_of_a_button_are_one_line_with_an_ellipsis(browser, bot):
    words = "Change to Not Related"
    rows = [[{"text": words, "callback_data": "a"}, {"text": "Keep", "callback_data": "b"}]]
    message = await bot.say("Which?", reply_markup={"inline_keyboard": rows})
    async with chat(browser, bot) as page:
        await look(page, 360)
        boxes = [
            await page.get_by_role("button", name=name, exact=True).bounding_box() for name in (words, "Keep")
        ]
        assert boxes[0]["height"] == boxes[1]["height"]
        await expect(page.locator(".key span").first).to_have_css("text-overflow", "ellipsis")
        assert await what_is_cut(page, message) == [f'cut: "{words}"']
        await bot.edit(message, "Which?", reply_markup={"inline_keyboard": [[rows[0][0]], [rows[0][1]]]})
        await expect(page.locator(".keys")).to_have_count(2)
        await assert_nothing_cut(page, message)


async def test_an_app_without_colours_of_buttons_can_be_asked_for(browser, bot):
    await bot.card()
    async with visit(browser, bot.phone.address) as page:
        await page.get_by_role("link", name="without").click()
        await page.get_by_role("link", name="Label bot as Labeler 1").click()
        colours = set()
        for words in ("Related", "Not Related", "Back"):
            button = page.get_by_role("button", name=words, exact=True)
            colours.add(await button.evaluate("node => getComputedStyle(node).backgroundColor"))
        assert len(colours) == 1


async def test_the_group_opens_at_its_end_and_stays_there(browser, bot):
    for i in range(12):
        await bot.say(f"message {i}\nwith two lines", GROUP)
    await bot.photo(grey_png(1200, 900), GROUP, caption="the newest\nreport")
    async with chat(browser, bot, GROUP) as page:
        await at_end(page)
        await bot.photo(grey_png(1200, 900), GROUP, caption="one more", disable_notification=True)
        await expect(last(page)).to_contain_text("one more")
        await at_end(page)
        await page.reload()
        await at_end(page)
        await page.set_viewport_size({"width": 320, "height": 568})
        await at_end(page)


async def at_end(page: Page) -> None:
    await expect(last(page).locator(".meta")).to_be_in_viewport(ratio=1)
    await expect(page.get_by_role("button", name="To the newest message")).to_be_hidden()


async def test_a_reply_quotes_its_message_in_one_line(browser, bot):
    asked = await bot.phone.chat(GROUP, ONE).send("/metrics deepseek\n" + "and more " * 30)
    await bot.say("Here.", GROUP, reply_parameters={"message_id": asked.id}, disable_notification=True)
    async with chat(browser, bot, GROUP) as page:
        quoted = last(page).locator(".reply")
        await expect(quoted).to_contain_text("Labeler 1")
        await expect(quoted.locator(".reply-text")).to_have_text(
            "/metrics deepseek " + ("and more " * 30).strip()
        )
        box = await quoted.bounding_box()
        assert box is not None
        assert box["height"] < 60


async def test_axe_finds_nothing_on_list_chat_and_group_in_light_and_dark(browser, bot):
    for number in (ONE, GROUP):
        await every_kind(bot, number)
    async with visit(browser, bot.phone.address) as page:
        await nothing_found(page)
        for number in (ONE, GROUP):
            await page.locator(f'a[href="#chat/{number}"]').click()
            await expect(last(page)).to_contain_text("Which?")
            await last(page).locator(".text").dblclick()
            await expect(page.locator(".replying")).to_be_visible()
            await nothing_found(page)
            await page.locator("#back").click()


async def nothing_found(page: Page) -> None:
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = (await Axe().run(page)).response["violations"]
        assert [(scheme, one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
