"""Writing on the page: the field, the Start button, the command menu, who speaks."""

from __future__ import annotations

import pytest
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


async def test_an_empty_chat_shows_the_description_and_start(browser, bot):
    await bot.phone.person("Newcomer", 1009)
    await bot.call("setMyDescription", description="What this bot can do.")
    async with chat(browser, bot, 1009) as page:
        await expect(page.get_by_role("log")).to_contain_text("What this bot can do.")
        await page.get_by_role("button", name="Start").click()
        await expect(last(page)).to_contain_text("/start")
        await expect(page.get_by_role("textbox", name="Message")).to_be_visible()


@pytest.mark.parametrize("size", ["phone", "desktop"])
async def test_a_message_is_typed_and_sent_with_enter_or_the_button(browser, bot, size):
    async with chat(browser, bot, GROUP, size=size) as page:
        field = page.get_by_role("textbox", name="Message")
        await expect(page.get_by_role("button", name="Send")).to_be_disabled()
        await field.fill("/metrics deepseek")
        await page.keyboard.press("Enter")
        await expect(last(page)).to_contain_text("/metrics deepseek")
        await expect(field).to_have_value("")
        await field.fill("two")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("lines")
        await page.get_by_role("button", name="Send").click()
        await expect(last(page)).to_contain_text("lines")
        assert [message.text for message in bot.phone.chat(GROUP).messages] == [
            "/metrics deepseek",
            "two\nlines",
        ]


async def test_a_double_tap_on_a_message_replies_to_it(browser, bot):
    card = await bot.card("Item 1")
    async with chat(browser, bot) as page:
        await last(page).get_by_text("Item 1").dblclick()
        await expect(page.locator(".replying")).to_contain_text("Reply to: Item 1")
        await page.keyboard.press("Escape")
        await expect(page.locator(".replying")).to_be_hidden()
        await last(page).get_by_text("Item 1").dblclick()
        await page.get_by_role("button", name="No reply").click()
        await bot.edit(card, "Item 2", reply_markup={"inline_keyboard": CARD})
        await last(page).get_by_text("Item 2").dblclick()
        await page.keyboard.type("could be both")
        await page.keyboard.press("Enter")
        await expect(last(page).locator(".reply")).to_contain_text("Item 2")
        await page.get_by_role("textbox", name="Message").fill("no reply")
        await page.keyboard.press("Enter")
        await expect(last(page)).to_contain_text("no reply")
        said = bot.phone.chat(ONE).messages[-2:]
        assert [message.raw.get("reply_to_message", {}).get("message_id") for message in said] == [card, None]


async def test_the_command_menu_works_by_keyboard(browser, bot):
    commands = [{"command": word, "description": f"does {word}"} for word in ("label", "mode", "progress")]
    await bot.call("setMyCommands", commands=commands)
    await bot.say("hello")
    async with chat(browser, bot, size="desktop") as page:
        field = page.get_by_role("textbox", name="Message")
        await expect(field).to_be_focused()
        opener = page.get_by_role("button", name="Commands")
        await opener.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("menuitem", name="/label does label")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(opener).to_be_focused()
        await expect(opener).to_have_attribute("aria-expanded", "false")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("menuitem", name="/label")).to_be_focused()
        await page.keyboard.press("ArrowUp")
        await expect(page.get_by_role("menuitem", name="/progress")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(last(page)).to_contain_text("/progress")
        await expect(field).to_be_focused()
        await page.keyboard.type("/mo")
        await expect(page.get_by_role("menuitem")).to_have_count(1)
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(last(page)).to_contain_text("/mode")
        await expect(field).to_have_value("")


async def test_a_command_in_a_text_can_be_pressed(browser, bot):
    await bot.say("Go on with /label please")
    async with chat(browser, bot) as page:
        await page.get_by_role("button", name="/label").click()
        await expect(page.get_by_role("article")).to_have_count(2)
        assert bot.phone.chat(ONE).messages[-1].text == "/label"


async def test_in_the_group_one_chooses_who_speaks(browser, bot):
    async with chat(browser, bot, GROUP) as page:
        field = page.get_by_role("textbox", name="Message")
        await field.fill("from one")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("article", name="You")).to_have_count(1)
        await page.get_by_role("radio", name="Labeler 2").check(force=True)
        await expect(page.get_by_role("article", name="Labeler 1")).to_have_count(1)
        await field.fill("from two")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("article", name="You")).to_contain_text("from two")
        assert [message.raw["from"]["id"] for message in bot.phone.chat(GROUP).messages] == [ONE, TWO]
