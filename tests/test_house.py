"""The house rules: who imports whom, and that settings and commands are the same everywhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from bot.app import COMMANDS
from bot.cli.main import main
from bot.settings import SETTINGS

ROOT = Path(__file__).parent.parent
OURS = {"analysis", "bot", "storage", "playground", "tests", "benchmarks"}
ALLOWED = {
    "analysis": {"analysis"},
    "storage": {"storage", "analysis.records"},
    "bot": {"bot", "storage", "analysis"},
    "playground": {"playground"},
}


def imported(path: Path) -> set[str]:
    """Modules that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports are absolute"
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_imports_go_in_one_direction(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    for path in files:
        for module in imported(path):
            if module.partition(".")[0] not in OURS:
                continue
            fits = any(module == allowed or module.startswith(allowed + ".") for allowed in ALLOWED[package])
            assert fits, f"{path.relative_to(ROOT)} imports {module}"


@pytest.mark.parametrize("package", ["analysis", "storage"])
def test_the_cores_know_no_telegram(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        assert not {m for m in imported(path) if m.partition(".")[0] in ("telegram", "aiohttp", "httpx")}, (
            path
        )


def test_analysis_knows_no_database_loop_or_clock() -> None:
    for path in (ROOT / "analysis").rglob("*.py"):
        assert not imported(path) & {"sqlite3", "aiosqlite", "asyncio", "time", "socket", "random"}, path


def test_settings_are_the_same_in_code_example_and_readme() -> None:
    code = {setting.key: setting.default for setting in SETTINGS}
    example = dict(
        re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    )
    readme = dict(
        re.findall(
            r"^\| `([A-Z_]+)` \| ?(?:`([^`|]+)`)? ?\|", (ROOT / "README.md").read_text(encoding="utf-8"), re.M
        )
    )
    assert example == code
    assert readme == code


def test_chat_commands_are_the_same_in_code_menus_and_readme() -> None:
    table = (ROOT / "README.md").read_text(encoding="utf-8").split("## In the chat")[1].split("## On the")[0]
    told = set(re.findall(r"`/([a-z]+)", table))
    declared = {command.name for command in COMMANDS}
    menus = {command.name for command in COMMANDS if command.help or command.group_help}
    assert told == declared
    assert menus == declared - {"start"}


def test_machine_commands_are_the_same_in_code_and_readme() -> None:
    table = (
        (ROOT / "README.md").read_text(encoding="utf-8").split("## On the machine")[1].split("## Settings")[0]
    )
    assert set(re.findall(r"`labelbot ([a-z]+)", table)) == set(main.commands)


def test_every_direct_dependency_is_explained() -> None:
    told = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    listed = re.findall(
        r'^    "([a-z-]+)[\[>=]', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(listed) > 20
    assert not [name for name in listed if name not in told]


def test_the_lock_names_no_address_and_has_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "--index" not in lock
    assert lock.count("--hash=sha256:") > lock.count("==")


def test_files_and_links_that_the_docs_name_exist() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}"
