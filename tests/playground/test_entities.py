"""What the server does to a text by itself: cleaning, trimming, and finding commands and links."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.text.entities import Entity, checked_link, tidy, utf16_length


@pytest.mark.parametrize(
    ("text", "entities", "clean", "kept"),
    [
        ("  hi\n", [], "hi", []),
        ("  hi\n", [Entity("bold", 0, 5)], "hi", [Entity("bold", 0, 2)]),
        (" \n", [Entity("bold", 0, 2)], "", []),
        ("a\r\nb\tc\0d", [], "a\nb c d", []),
        ("a\u202eb\u2028c", [Entity("bold", 1, 2)], "abc", [Entity("bold", 1, 1)]),
        ("😀\r😀x", [Entity("bold", 3, 2)], "😀😀x", [Entity("bold", 2, 2)]),
    ],
)
def test_a_text_is_tidied(text: str, entities: list[Entity], clean: str, kept: list[Entity]) -> None:
    assert tidy(text, entities) == (clean, kept)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/start now", [("bot_command", 0, 6)]),
        ("😀 /metrics@some_bot x", [("bot_command", 3, 17)]),
        ("see /a and /b", [("bot_command", 4, 2), ("bot_command", 11, 2)]),
        ("1/2 and a/b", []),
        ("@someone", [("mention", 0, 8)]),
        ("me@example.org", []),
        ("https://example.org/x.", [("url", 0, 21)]),
        ("t.me/some_bot?start=x", [("url", 0, 21)]),
    ],
)
def test_commands_mentions_and_addresses_are_found(text: str, found: list[tuple[str, int, int]]) -> None:
    assert [(one.type, one.offset, one.length) for one in tidy(text, [])[1]] == found


def test_nothing_is_found_inside_code() -> None:
    assert tidy("/start", [Entity("code", 0, 6)]) == ("/start", [Entity("code", 0, 6)])


@pytest.mark.parametrize(
    ("given_url", "kept"),
    [
        ("example.org", "http://example.org/"),
        ("https://example.org/a?b#c", "https://example.org/a?b#c"),
        ("https://example.org?b", "https://example.org/?b"),
        ("tg://resolve?domain=x", "tg://resolve?domain=x"),
        ("http://127.0.0.1:80", "http://127.0.0.1:80/"),
        ("not-a-url", ""),
        ("ftp://example.org", ""),
        ("javascript:alert(1)", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_addresses_are_kept_as_telegram_keeps_them(given_url: str, kept: str) -> None:
    assert checked_link(given_url) == kept


@given(st.data())
def test_tidied_entities_always_lie_in_the_tidied_text(data: st.DataObject) -> None:
    text = data.draw(st.text(alphabet="ab /@\r\n\t\u202e😀é", max_size=30))
    units = utf16_length(text)
    spans = data.draw(st.lists(st.tuples(st.integers(0, units), st.integers(0, units)), max_size=5))
    kinds = st.sampled_from(["bold", "italic", "code", "pre", "blockquote", "expandable_blockquote"])
    entities = [Entity(data.draw(kinds), min(a, b), abs(a - b)) for a, b in spans if a != b]
    clean, kept = tidy(text, entities)
    assert clean == clean.strip(" \n\t")
    for entity in kept:
        assert 0 <= entity.offset < entity.end <= utf16_length(clean)
