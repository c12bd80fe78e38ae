"""The page as a whole: it follows live, shows media, fits both sizes, keeps to its rules."""

from __future__ import annotations

from playwright.async_api import expect

from tests.support.browser import (
    browser_fixture,  # noqa: F401 # the fixture "browser"
    needs_browser,
    visit,
)
from tests.support.cuttable_wire import Wire
from tests.support.page import (
    ONE,
    bot_fixture,  # noqa: F401 # the fixture "bot"
    chat,
    grey_png,
    last,
)

pytestmark = needs_browser

CONTRAST = """node => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map((x) => x / 255)
      .map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const style = getComputedStyle(node);
  const [one, other] = [light(style.color), light(style.backgroundColor)].sort((a, b) => b - a);
  return (one + 0.05) / (other + 0.05);
}"""


async def test_unread_marks_and_previews_follow_live(browser, bot):
    async with visit(browser, bot.phone.address, size="desktop") as page:
        await bot.say("first\nline")
        await bot.say("second")
        link = page.get_by_role("link", name="Label bot as Labeler 1")
        await expect(link).to_contain_text("second")
        await expect(link.locator(".unread")).to_have_text("2 new")
        await expect(page).to_have_title("(2) Playground")
        await link.click()
        await expect(link.locator(".unread")).to_have_count(0)
        await expect(page).to_have_title("Label bot")
        await bot.say("third")
        await expect(last(page)).to_contain_text("third")
        await expect(link.locator(".unread")).to_have_count(0)


async def test_what_the_bot_is_doing_is_said_until_its_message_comes(browser, bot):
    async with chat(browser, bot) as page:
        status = page.locator("#chat-status")
        await expect(status).to_have_text("You are Labeler 1")
        await bot.call("sendChatAction", chat_id=ONE, action="upload_photo")
        await expect(status).to_have_text("is sending a photo…")
        await expect(page.get_by_role("navigation", include_hidden=True)).to_contain_text(
            "is sending a photo…"
        )
        await bot.say("here")
        await expect(status).to_have_text("You are Labeler 1")


async def test_a_deleted_message_goes(browser, bot):
    message = await bot.say("soon gone")
    async with chat(browser, bot) as page:
        await expect(last(page)).to_contain_text("soon gone")
        await bot.phone.order("delete", chat_id=ONE, message_id=message)
        await expect(page.get_by_role("article")).to_have_count(0)


async def test_a_lost_connection_is_said_and_made_up_for(browser, bot):
    forgiven = (
        "ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE"
    )
    lost = "Connection lost. Trying again…"
    async with Wire(bot.phone.address) as wire, visit(browser, wire.address, forgiven=forgiven) as page:
        await page.get_by_role("link", name="Label bot as Labeler 1").click()
        await expect(page.locator("#connection")).to_be_hidden()
        wire.cut()
        await expect(page.locator("#connection")).to_have_text(lost)
        await bot.say("said meanwhile")
        await wire.mend()
        await expect(page.locator("#connection")).to_be_hidden()
        await expect(last(page)).to_contain_text("said meanwhile")
        await bot.say("live again")
        await expect(last(page)).to_contain_text("live again")


async def test_a_photo_opens_in_full_size_and_closes_with_escape(browser, bot):
    await bot.photo(grey_png(300, 200), caption="The table of counts")
    async with chat(browser, bot, size="desktop") as page:
        small = page.get_by_role("button", name="Enlarge. Photo: The table of counts")
        await small.focus()
        await page.keyboard.press("Enter")
        viewer = page.get_by_role("dialog", name="Photo")
        await expect(viewer.get_by_role("img")).to_be_visible()
        await expect(viewer.locator("figcaption")).to_have_text("The table of counts")
        assert await viewer.get_by_role("img").evaluate("node => node.naturalWidth") == 300
        await page.keyboard.press("Escape")
        await expect(viewer).to_have_count(0)
        await expect(small).to_be_focused()


async def test_a_document_is_saved_under_its_name(browser, bot):
    await bot.document("labels_größe.json", b'[{"a": 1}]', caption="yours")
    async with chat(browser, bot) as page:
        async with page.expect_download() as waiting:
            await page.get_by_role("link", name="Download labels_größe.json, 10 B").click()
        download = await waiting.value
        assert download.suggested_filename == "labels_größe.json"
        assert (await download.path()).read_bytes() == b'[{"a": 1}]'


async def test_on_a_phone_list_and_chat_are_two_screens(browser, bot):
    await bot.card("A long word: " + "x" * 300)
    async with visit(browser, bot.phone.address, size="phone") as page:
        await expect(page.get_by_role("log", include_hidden=True)).to_be_hidden()
        await page.get_by_role("link", name="Lab group").click()
        await expect(page.get_by_role("navigation")).to_be_hidden()
        await expect(page.get_by_role("heading", name="Lab group")).to_be_focused()
        await page.get_by_role("link", name="Back to the chats").click()
        await expect(page.get_by_role("link", name="Lab group")).to_be_focused()
        await page.get_by_role("link", name="Label bot as Labeler 1").click()
        await expect(page.get_by_role("main")).to_be_visible()
        assert await page.evaluate("document.scrollingElement.scrollWidth") == 390
        assert await page.locator("#scroller").evaluate("node => node.scrollWidth <= node.clientWidth")
        await page.go_back()
        await expect(page.get_by_role("navigation")).to_be_visible()


async def test_on_a_desktop_list_and_chat_are_side_by_side(browser, bot):
    async with visit(browser, bot.phone.address, size="desktop") as page:
        await expect(page.get_by_role("heading", name="Try it in a minute")).to_be_visible()
        await page.get_by_role("link", name="Lab group").click()
        await expect(page.get_by_role("navigation")).to_be_visible()
        await expect(page.get_by_role("main")).to_be_visible()
        await expect(page.get_by_role("link", name="Back to the chats")).to_be_hidden()
        await expect(page.get_by_role("link", name="Lab group")).to_have_attribute("aria-current", "page")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("link", name="Lab group")).to_be_focused()


async def test_dark_and_light_differ_and_both_can_be_read(browser, bot):
    await bot.card("Can this be read?")
    seen = {}
    async with chat(browser, bot) as page:
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            seen[scheme] = await last(page).locator(".bubble").evaluate(CONTRAST)
            for words in ("Related", "Not Related", "Back"):
                button = page.get_by_role("button", name=words, exact=True)
                assert await button.evaluate(CONTRAST) >= 4.5, f"{words} in {scheme}"
    assert min(seen.values()) >= 7
    assert seen["light"] != seen["dark"]


async def test_who_wants_less_motion_gets_none(browser, bot):
    await bot.card()
    async with chat(browser, bot, reduced_motion=True) as page:
        await page.get_by_role("button", name="Related", exact=True).click()
        await bot.tap()
        busy = page.locator(".key.busy")
        assert await busy.evaluate("node => getComputedStyle(node, '::after').animationName") == "none"


async def test_the_conversation_is_a_live_log_with_named_messages(browser, bot):
    await bot.say("hello")
    async with chat(browser, bot) as page:
        log = page.get_by_role("log", name="Conversation")
        await expect(log).to_have_attribute("aria-live", "polite")
        await expect(log.get_by_role("article", name="Label bot")).to_contain_text("hello")


async def test_the_page_runs_under_a_strict_policy(browser, bot):
    async with visit(browser, bot.phone.address) as page:
        response = await page.reload()
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert await page.locator("[style], style, script:not([src])").count() == 0
