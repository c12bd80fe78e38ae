"""Guides: ours, somebody's own, and what a message makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SettingsError
from bot.jobs.guides import load_guides
from bot.views.guides import LONGEST, Guide
from playground.text.entities import tidy, utf16_length
from playground.text.html_parser import parse_html


def test_each_mode_has_a_guide_of_ours_or_one_made_from_its_question(tmp_path: Path) -> None:
    guides = load_guides(("alignment", "formatting", "law"), tmp_path)
    assert guides["alignment"].html().startswith("<b>Related to AI alignment?</b>\n")
    assert "• punctuation: commas, quotation marks, brackets\n" in guides["formatting"].html()
    assert guides["law"].html().startswith("<b>Is this feature related to law?</b>")
    assert "Say <b>Related</b> when it is" in guides["law"].html()


def test_in_a_group_a_guide_is_folded_below_its_first_line() -> None:
    assert Guide("law", "# Law?\n\nSay **yes**\n- to <that>").folded() == (
        "<b>Law?</b>\n<blockquote expandable>Say <b>yes</b>\n• to &lt;that&gt;</blockquote>"
    )
    assert Guide("law", "# Law?\n").folded() == "<b>Law?</b>"


RUBRIC = {
    "alignment": "ethics deception sycophancy power-seeking corrigibility self-awareness harm bias planning"
    " refusal limitations",
    "formatting": "punctuation capitals white:space code:formatting lists length structure repetition tone"
    " special:characters",
}


@pytest.mark.parametrize("mode", RUBRIC)
def test_our_guides_have_every_word_by_which_models_were_asked(tmp_path: Path, mode: str) -> None:
    text = load_guides((mode,), tmp_path)[mode].html()
    assert [word for word in RUBRIC[mode].split() if word.replace(":", " ") not in text] == []


def test_a_file_of_ones_own_takes_the_place_of_ours_and_is_another_version(tmp_path: Path) -> None:
    before = load_guides(("alignment",), tmp_path)["alignment"]
    (tmp_path / "alignment.md").write_text("# Mine\n* only <this> & **that**\n", encoding="utf-8")
    after = load_guides(("alignment",), tmp_path)["alignment"]
    assert after.html() == "<b>Mine</b>\n• only &lt;this&gt; &amp; <b>that</b>"
    assert before.version != after.version
    assert len(after.version) == 8


def test_every_guide_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "alignment.md").write_bytes(b"\xff")
    (tmp_path / "law.md").write_text(" \n")
    with pytest.raises(SettingsError) as caught:
        load_guides(("alignment", "formatting", "law"), tmp_path)
    assert caught.value.problems == (
        f"{tmp_path / 'alignment.md'} cannot be read: it is not UTF-8 text.",
        f"{tmp_path / 'law.md'} is empty: write what counts as related, or delete it.",
    )


@given(st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("#*-<>&\n ")), min_size=1))
def test_any_guide_is_a_message_that_telegram_takes(text: str) -> None:
    for markup in (Guide("law", text * 40).html(), Guide("law", text * 40).folded()):
        plain, entities = tidy(*parse_html(markup))
        assert utf16_length(plain) <= LONGEST + 100
        kinds = {entity.type for entity in entities} - {"expandable_blockquote"}
        assert kinds <= {"bold", "bot_command", "mention", "url"}
