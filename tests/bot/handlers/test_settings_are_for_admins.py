"""Settings are named to admins in their private chat; labelers and groups are told in plain words, and whom to ask."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest

import bot
from bot.app import COMMANDS
from bot.views import messages
from bot.views.for_admins import ASK_AN_ADMIN, SETTING, in_plain_words
from tests.support.bench import REPORT, Bench
from tests.support.labeling_steps import take_over_labels
from tests.support.two_labelers import ADAS, CARL, carl_of, group_of, model_file


@pytest.fixture
def options() -> Mapping[str, str]:
    return {"OPEN_ACCESS": "true", "MAX_FILE_MB": "1"}


async def amiss(bench: Bench, trouble: str) -> None:
    """Everything is labeled, and one thing is wrong with the machine."""
    await take_over_labels(bench, CARL, "alignment", ADAS)
    if trouble != "no model":
        file = model_file(bench, "deepseek", ADAS)
        model_file(bench, "gemini", ADAS)
        if trouble == "large":
            file.write_text(file.read_text() + " " * 1_500_000)
    if trouble == "not writable":
        bench.outputs.write_text("a file where a folder should be")


@pytest.mark.parametrize("trouble", ["no model", "large", "not writable"])
async def test_no_setting_is_named_to_labelers_and_groups(
    bench: Bench, options: Mapping[str, str], trouble: str
) -> None:
    await amiss(bench, trouble)
    async with bench.running(**options):
        carl, group = await carl_of(bench), await group_of(bench)
        for command in COMMANDS:
            words = (
                "deepseek gemini" if command.name == "compare" else "deepseek" * (command.name != "models")
            )
            for chat in (carl, group, group.by(carl)):
                await chat.send(f"/{command.name} {words}")
        await bench.phone.settle(quiet=0.5, seconds=REPORT)
        said = [message.text for chat in (carl, group) for message in chat.from_bot]
        assert [text for text in said if SETTING.search(text)] == []
        assert any(ASK_AN_ADMIN in text for text in said)


@pytest.mark.parametrize(
    ("trouble", "command", "named"),
    [
        ("no model", "/metrics", "CLASSIFICATIONS_DIR"),
        ("large", "/metrics deepseek", "MAX_FILE_MB"),
        ("not writable", "/export", "OUTPUT_DIR"),
    ],
)
async def test_an_admin_in_private_is_told_which_setting_it_is(
    bench: Bench, options: Mapping[str, str], trouble: str, command: str, named: str
) -> None:
    await amiss(bench, trouble)
    async with bench.running(**options):
        admin = await bench.admin()
        assert named in (await admin.ask(command, seconds=REPORT)).text


def test_the_sentence_with_a_setting_is_left_out_and_the_others_stay() -> None:
    assert in_plain_words("No model's file is there yet. They are looked for in CLASSIFICATIONS_DIR.") == (
        "No model's file is there yet. An admin of this bot can help."
    )
    assert in_plain_words(messages.not_written("No space left on device")) == (
        "The files cannot be written: No space left on device. The labels themselves are safe."
        " An admin of this bot can help."
    )
    assert in_plain_words("Nothing is amiss. /label goes on.") == "Nothing is amiss. /label goes on."


def test_each_text_of_the_chat_that_names_a_setting_says_so_in_a_sentence_of_its_own() -> None:
    """What is left of it for everybody must still say what is amiss."""
    found = 0
    for room in ("handlers", "views", "rules"):
        for path in sorted((Path(bot.__file__).parent / room).glob("*.py")):
            for text in _texts(path):
                if SETTING.search(text):
                    found += 1
                    assert in_plain_words(text) != ASK_AN_ADMIN, f"{path.name}: {text}"
    assert found >= 3


def _texts(path: Path) -> list[str]:
    """Every text in a module that is not a docstring; of one with places to fill in, what stands between them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    whole = [
        "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr) and id(node) not in docs
    ]
    return whole + [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not {id(node)} & (docs | parts)
    ]
