"""The button that opens a feature's page: in `/review` and `/adjudicate`, never on a card."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.async_api import Browser

from tests.support import notebook
from tests.support.bench import Bench
from tests.support.browser import (
    browser_fixture,  # noqa: F401 # the fixture "browser"
    needs_browser,
    visit,
)
from tests.support.labeling_steps import open_card
from tests.support.page_pictures import WIDTHS, assert_nothing_cut, picture_of_message
from tests.support.phone import Chat, Message, Phone
from tests.support.real_shapes import write_base_file
from tests.support.two_labelers import SIZE, prepare, review_card

PAGE = "Open the feature's page"


def pages(message: Message) -> list[str]:
    """The addresses that a message's buttons open."""
    return [button.url for row in message.buttons for button in row if button.url]


def address(bench: Bench, row: int) -> str:
    """The page of an item at its usual place."""
    index = notebook.sample_of(bench.base, SIZE)["feature_index"][row]
    return f"https://www.neuronpedia.org/gemma-2-2b/12-gemmascope-res-65k/{index}"


async def looked_at_again(ada: Chat) -> list[Message]:
    return [await review_card(ada), await ada.ask("/adjudicate")]


async def test_looking_again_opens_the_page_of_the_item_shown_and_a_card_opens_none(lab: Bench) -> None:
    ada = await lab.admin()
    review, adjudication = await looked_at_again(ada)
    assert pages(review) == [address(lab, 1)]
    assert pages(adjudication) == [address(lab, 0)]
    assert pages(await ada.step("Keep Related", on=review)) == [address(lab, 2)]
    nora = await lab.phone.person("Nora New", user_id=700003)
    card = await open_card(nora)
    for _ in range(3):
        assert pages(card) == []
        card = await nora.step("Related")


async def test_without_an_address_there_is_no_button(bench: Bench) -> None:
    await prepare(bench)
    async with bench.running(FEATURE_URL=""):
        for card in await looked_at_again(await bench.admin()):
            assert pages(card) == []
            assert card.has("‹ Back")


async def test_where_the_records_lack_a_key_there_is_no_button(bench: Bench) -> None:
    records = json.loads(bench.base.read_text())
    bench.base.write_text(json.dumps([{**record, "modelId": None} for record in records]))
    await prepare(bench)
    async with bench.running():
        for card in await looked_at_again(await bench.admin()):
            assert pages(card) == []


async def test_another_place_is_opened_where_feature_url_names_it(bench: Bench) -> None:
    await prepare(bench)
    index = notebook.sample_of(bench.base, SIZE)["feature_index"][1]
    async with bench.running(FEATURE_URL="https://lab.example/{index}?layer={layer}"):
        card = await review_card(await bench.admin())
        assert pages(card) == [f"https://lab.example/{index}?layer=12-gemmascope-res-65k"]


class TestInTheBrowser:
    pytestmark = needs_browser

    async def test_the_button_is_read_whole_on_every_phone(self, browser: Browser, tmp_path: Path) -> None:
        write_base_file(tmp_path, count=400)
        async with Phone.start() as phone:
            bench = Bench(phone, tmp_path)
            await prepare(bench)
            async with bench.running():
                ada = await bench.admin()
                cards = await looked_at_again(ada)
                async with visit(browser, phone.address) as page:
                    await page.locator(f'a[href="#chat/{ada.id}"]').click()
                    for width in WIDTHS:
                        for card in cards:
                            for dark in (False, True):
                                await picture_of_message(
                                    page, card.id, width, dark, f"feature page {card.id}"
                                )
                            key = page.locator(f'article[data-id="{card.id}"] .key', has_text=PAGE)
                            assert await key.is_visible()
                            await assert_nothing_cut(page, card.id)
