"""Telegram's HTML: what is understood, and what is refused in which words. The cases follow tdlib's own tests."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.errors import MarkupError
from playground.text.entities import Entity, utf16_length
from playground.text.html_parser import parse_html
from tests.support.phone_text import to_html

INVALID_UNICODE = (
    "Text contains invalid Unicode characters after decoding HTML entities, "
    "check for unmatched surrogate code units"
)
EXPECTED_EQUAL = 'Expected equal sign in declaration of an attribute of the tag "i" at byte offset 13'


@pytest.mark.parametrize(
    ("html", "refusal"),
    [
        ("&#57311;", INVALID_UNICODE),
        ("&#xDFDF", INVALID_UNICODE),
        ("🏟 🏟&lt;<abacaba", "Unclosed start tag at byte offset 13"),
        ("🏟 🏟&lt;<abac aba>", 'Unsupported start tag "abac" at byte offset 13'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<script>alert(1)</script>", 'Unsupported start tag "script" at byte offset 0'),
        ("line<br>line", 'Unsupported start tag "br" at byte offset 4'),
        ("🏟 🏟&lt;<i   =aba>", 'Empty attribute name in the tag "i" at byte offset 13'),
        ("🏟 🏟&lt;<i    aba>", EXPECTED_EQUAL),
        ('<a href="x"', "Unclosed start tag at byte offset 0"),
        ("🏟 🏟&lt;</", "Unexpected end tag at byte offset 13"),
        ("🏟 🏟&lt;<b></b></", "Unexpected end tag at byte offset 20"),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("🏟 🏟&lt;<i>a</i   ", "Unclosed end tag at byte offset 17"),
        ("🏟 🏟&lt;<i>a</em   >", 'Unmatched end tag at byte offset 17, expected "</i>", found "</em>"'),
        ("<b><i>test</b></i>", 'Unmatched end tag at byte offset 10, expected "</i>", found "</b>"'),
        ("<b>unclosed", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>inner</i>", 'Can\'t find end tag corresponding to start tag "b"'),
    ],
)
def test_broken_markup_is_refused_in_telegrams_words(html: str, refusal: str) -> None:
    with pytest.raises(MarkupError) as caught:
        parse_html(html)
    assert str(caught.value) == refusal


@pytest.mark.parametrize(
    ("html", "text", "entities"),
    [
        ("", "", []),
        ("➡️ ➡️", "➡️ ➡️", []),
        ("&lt;&gt;&amp;&quot;&laquo;&raquo;&#12345678;", '<>&"&laquo;&raquo;&#12345678;', []),
        ("AT&T & co", "AT&T & co", []),
        ("&#65;&#x1F600;&#x41", "A😀A", []),
        ("➡️ ➡️<em>➡️ ➡️</em>", "➡️ ➡️➡️ ➡️", [Entity("italic", 5, 5)]),
        ("<strong>x</strong>", "x", [Entity("bold", 0, 1)]),
        ("<u>x</u><u>y</u>", "xy", [Entity("underline", 0, 1), Entity("underline", 1, 1)]),
        ("<s>x</s><s>y</s>", "xy", [Entity("strikethrough", 0, 1), Entity("strikethrough", 1, 1)]),
        ("<tg-spoiler>x</tg-spoiler>", "x", [Entity("spoiler", 0, 1)]),
        ("🏟 🏟<i>🏟 &lt🏟</i>", "🏟 🏟🏟 <🏟", [Entity("italic", 5, 6)]),
        (
            "🏟 🏟<i>🏟 &gt;<b aba   =   caba>&lt🏟</b></i>",
            "🏟 🏟🏟 ><🏟",
            [Entity("italic", 5, 7), Entity("bold", 9, 3)],
        ),
        ("<i    aba  =  '&lt;&gt;&quot;'>a</>", "a", [Entity("italic", 0, 1)]),
        ("<b></b>x", "x", []),
        ("<B>x</B>", "x", [Entity("bold", 0, 1)]),
        ("<a href=telegram.org>x</a>", "x", [Entity("text_link", 0, 1, url="http://telegram.org/")]),
        (
            "<a   href=  'telegram.org?&lt;'   >x</a>",
            "x",
            [Entity("text_link", 0, 1, url="http://telegram.org/?<")],
        ),
        ("<a>telegram.org</a>", "telegram.org", [Entity("text_link", 0, 12, url="http://telegram.org/")]),
        ("<a>no address</a>", "no address", []),
        ("<pre>x</pre>", "x", [Entity("pre", 0, 1)]),
        ("<code>x</code>", "x", [Entity("code", 0, 1)]),
        ('<code class="language-fift">x</code>', "x", [Entity("code", 0, 1)]),
        ("<pre> <code>x</code></pre>", " x", [Entity("pre", 0, 2), Entity("code", 1, 1)]),
        ("<blockquote>x</blockquote>", "x", [Entity("blockquote", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [Entity("expandable_blockquote", 0, 1)]),
        ('<blockquote expandable="">x</blockquote>', "x", [Entity("expandable_blockquote", 0, 1)]),
    ],
)
def test_markup_becomes_text_and_entities_in_utf16_units(
    html: str, text: str, entities: list[Entity]
) -> None:
    assert parse_html(html) == (text, entities)


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(words)
def test_escaped_text_comes_back_as_it_was(text: str) -> None:
    assert parse_html(escape(text, quote=False)) == (text, [])


@st.composite
def markup(draw: st.DrawFn) -> tuple[str, str]:
    """Nested markup and the plain text in it."""
    if draw(st.booleans()):
        plain = draw(words)
        return escape(plain, quote=False), plain
    parts = draw(st.lists(markup(), max_size=3))
    tag = draw(st.sampled_from(["b", "i", "u", "s", "tg-spoiler", "blockquote"]))
    inner, plain = "".join(part[0] for part in parts), "".join(part[1] for part in parts)
    return f"<{tag}>{inner}</{tag}>", plain


@given(markup())
def test_entities_lie_inside_the_text_and_nest(case: tuple[str, str]) -> None:
    html, plain = case
    text, entities = parse_html(html)
    assert text == plain
    for entity in entities:
        assert entity.length > 0
        assert 0 <= entity.offset < entity.end <= utf16_length(text)
    for first in entities:
        for second in entities:
            overlap = first.offset < second.offset < first.end < second.end
            assert not overlap, (first, second)


@given(markup())
def test_entities_written_as_html_parse_to_the_same_again(case: tuple[str, str]) -> None:
    text, entities = parse_html(case[0])
    html = to_html(text, [entity.as_api() for entity in entities])
    again = parse_html(html)
    assert again[0] == text
    assert sorted(map(repr, again[1])) == sorted(map(repr, entities))


@given(st.text(alphabet="<>/abi =\"'&;#x1lt-"))
def test_any_text_is_either_parsed_or_refused_with_a_reason(html: str) -> None:
    try:
        text, entities = parse_html(html)
    except MarkupError as error:
        assert str(error)
    else:
        assert all(entity.end <= utf16_length(text) for entity in entities)
