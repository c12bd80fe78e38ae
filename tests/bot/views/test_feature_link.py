"""The address of a feature's page."""

from __future__ import annotations

import pytest

from analysis.records import Item
from bot.errors import SettingsError
from bot.settings import read_settings
from bot.views.feature_link import feature_link

TEMPLATE = "https://www.neuronpedia.org/{modelId}/{layer}/{index}"
ITEM = Item(0, 53844, None, "x", "gemma-2-2b", "12-gemmascope-res-65k")


def test_the_address_is_made_from_the_records_keys() -> None:
    wanted = "https://www.neuronpedia.org/gemma-2-2b/12-gemmascope-res-65k/53844"
    assert feature_link(TEMPLATE, ITEM) == wanted


def test_what_stands_in_a_record_cannot_leave_its_place_in_the_address() -> None:
    item = Item(0, 5, None, "x", "../a?b#c", "{index}")
    assert feature_link(TEMPLATE, item) == "https://www.neuronpedia.org/..%2Fa%3Fb%23c/%7Bindex%7D/5"


@pytest.mark.parametrize(
    ("template", "item"),
    [("", ITEM), (TEMPLATE, Item(0, 5, None, "x")), ("https://a.example/{feature_id}", ITEM)],
)
def test_without_the_keys_there_is_no_address(template: str, item: Item) -> None:
    assert feature_link(template, item) is None


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("https://a.example/{model}", "has {model}: it takes {modelId}, {layer}, {index}, {feature_id}"),
        ("https://a.example/{index", "its braces do not match"),
        (
            "neuronpedia.org/{index}",
            "it must be an address such as https://example.org/{modelId}/{layer}/{index}",
        ),
        ("http://[x/{index}", "it must be an address such as"),
        ("javascript:alert({index})", "it must be an address such as"),
    ],
)
def test_an_address_that_cannot_work_is_refused(address: str, problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({"FEATURE_URL": address})
    (line,) = caught.value.problems
    assert line.startswith("FEATURE_URL ")
    assert problem in line


def test_an_empty_address_is_none() -> None:
    assert read_settings({"FEATURE_URL": ""}).feature_url == ""
    assert read_settings({}).feature_url == TEMPLATE
