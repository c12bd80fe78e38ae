"""Inline buttons on the page: colours, presses, answers, edits in place, links."""

from __future__ import annotations

from playwright.async_api import expect

from tests.support.browser import (
    browser_fixture,  # noqa: F401 # the fixture "browser"
    needs_browser,
)
from tests.support.page import (
    CARD,
    GROUP,
    ONE,
    TWO,
    bot_fixture,  # noqa: F401 # the fixture "bot"
    chat,
    last,
)

pytestmark = needs_browser


async def test_buttons_have_their_colours_and_a_thumb_finds_them(browser, bot):
    await bot.card()
    async with chat(browser, bot) as page:
        colours = set()
        for words, style in (("Related", "success"), ("Not Related", "danger"), ("Back", "key")):
            button = page.get_by_role("button", name=words, exact=True)
            await expect(button).to_have_class(f"key {style}" if style != "key" else "key")
            colours.add(await button.evaluate("node => getComputedStyle(node).backgroundColor"))
        assert len(colours) == 3
        small = await page.locator("button:visible, a:visible, textarea:visible").evaluate_all(
            "nodes => nodes.map((node) => [node.outerHTML, node.getBoundingClientRect()])"
            ".filter(([, box]) => box.height < 44 || box.width < 44).map(([html]) => html)"
        )
        assert small == []


async def test_a_pressed_button_shows_progress_until_its_notice_comes(browser, bot):
    await bot.card()
    async with chat(browser, bot) as page:
        button = page.get_by_role("button", name="Related", exact=True)
        await button.click()
        tap = await bot.tap()
        assert (tap["user_id"], tap["chat_id"], tap["data"]) == (ONE, ONE, "1:yes")
        await expect(button).to_have_attribute("aria-busy", "true")
        await bot.answer(tap, text="Saved: Related")
        await expect(page.locator("#notices")).to_have_text("Saved: Related")
        await expect(button).not_to_have_attribute("aria-busy", "true")


async def test_a_second_press_while_the_first_waits_is_not_sent(browser, bot):
    message = await bot.card()
    async with chat(browser, bot) as page:
        button = page.get_by_role("button", name="Related", exact=True)
        await button.dblclick()
        first = await bot.tap()
        assert bot.taps.empty()
        moved = [[{"text": "Related", "callback_data": "2:yes", "style": "success"}]]
        await bot.edit(message, "Item 2", reply_markup={"inline_keyboard": moved})
        await expect(last(page)).to_contain_text("Item 2")
        await button.click()  # another item: this one counts, although the first answer is still awaited
        assert (await bot.tap())["data"] == "2:yes"
        await bot.answer(first)


async def test_an_alert_waits_and_gives_the_focus_back(browser, bot):
    await bot.card()
    async with chat(browser, bot, size="desktop") as page:
        button = page.get_by_role("button", name="Skip")
        await button.focus()
        await page.keyboard.press("Enter")
        await bot.answer(await bot.tap(), text="Really?", show_alert=True)
        alert = page.get_by_role("alertdialog", name="Label bot")
        await expect(alert).to_contain_text("Really?")
        await expect(alert.get_by_role("button", name="OK")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(alert).to_have_count(0)
        await expect(button).to_be_focused()


async def test_a_card_is_edited_in_place_and_the_focus_stays_on_its_button(browser, bot):
    message = await bot.card("Item 1")
    async with chat(browser, bot, size="desktop") as page:
        button = page.get_by_role("button", name="Not Related")
        await button.focus()
        await page.evaluate("document.querySelector('article').marked = true")
        for item in range(2, 5):
            rows = [
                [{**key, "callback_data": key["callback_data"].replace("1", str(item))} for key in row]
                for row in CARD
            ]
            await bot.edit(message, f"Item {item}", reply_markup={"inline_keyboard": rows})
        await expect(last(page)).to_contain_text("Item 4")
        await expect(button).to_be_focused()
        assert await page.evaluate("document.querySelector('article').marked") is True
        await expect(page.get_by_role("article")).to_have_count(1)
        await page.keyboard.press("Enter")
        assert (await bot.tap())["data"] == "4:no"
        await bot.edit(message, "Done")
        await expect(page.locator(".keyboard button")).to_have_count(0)


async def test_edits_do_not_move_what_the_reader_looks_at(browser, bot):
    for i in range(30):
        await bot.say(f"message {i}\nwith two lines")
    message = await bot.card("short")
    async with chat(browser, bot) as page:
        buttons = page.locator(".keyboard").last
        at_end = (await buttons.bounding_box())["y"]
        await bot.edit(message, "long\n" * 12, reply_markup={"inline_keyboard": CARD})
        await expect(last(page)).to_contain_text("long")
        assert abs((await buttons.bounding_box())["y"] - at_end) <= 1, (
            "the thumb finds the button where it was"
        )
        reading = page.get_by_role("article").nth(6)
        await page.locator("#scroller").evaluate("node => { node.scrollTop = 200; }")
        await page.wait_for_function("document.getElementById('scroller').scrollTop === 200")
        before = (await reading.bounding_box())["y"]
        await bot.edit(message, "short again", reply_markup={"inline_keyboard": CARD})
        await bot.say("something new")
        await expect(page.get_by_role("button", name="To the newest message")).to_be_visible()
        assert abs((await reading.bounding_box())["y"] - before) <= 1
        await page.get_by_role("button", name="To the newest message").click()
        await expect(last(page)).to_be_in_viewport()


async def test_a_link_to_the_bot_leads_into_the_private_chat_with_its_payload(browser, bot):
    url = f"https://t.me/{bot.phone.bot_username}?start=label"
    await bot.say("Private only", GROUP, reply_markup={"inline_keyboard": [[{"text": "Go", "url": url}]]})
    async with chat(browser, bot, GROUP) as page:
        await page.get_by_role("radio", name="Labeler 2").check(force=True)
        await page.get_by_role("button", name="Go").click()
        await expect(page.locator("#chat-status")).to_have_text("You are Labeler 2")
        await page.get_by_role("button", name="Start").click()
        await expect(last(page)).to_contain_text("/start label")
        assert bot.phone.chat(TWO).messages[-1].text == "/start label"


async def test_a_link_out_of_the_playground_asks_first(browser, bot):
    await bot.say('<a href="https://example.org/page">look</a>', parse_mode="HTML")
    async with chat(browser, bot) as page:
        await page.get_by_role("link", name="look").click()
        question = page.get_by_role("alertdialog", name="Open this link?")
        await expect(question).to_contain_text("https://example.org/page")
        await question.get_by_role("button", name="Cancel").click()
        await expect(question).to_have_count(0)
