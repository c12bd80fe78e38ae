"""The house rules: who imports whom, and that settings and commands are the same everywhere."""

from __future__ import annotations

import dis
import functools
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import CodeType

import pytest

from bot.app import COMMANDS, TAP_HANDLERS
from bot.cli.main import main
from bot.rules.callback_data import KINDS
from bot.settings import SETTINGS

ROOT = Path(__file__).parent.parent
OURS = {"analysis", "bot", "storage", "playground", "tests", "benchmarks"}
ALLOWED = {
    "analysis": {"analysis"},
    "storage": {"storage", "analysis.records"},
    "bot": {"bot", "storage", "analysis"},
    "playground": {"playground"},
}


@functools.cache
def imported(path: Path) -> frozenset[str]:
    """Modules that a file imports, wherever in it, and what it takes from them.

    They are read from compiled code. `ast.parse` is not used: while CPython 3.11 makes its nodes, the garbage collector
    or another thread may format a traceback, which parses as well, and then the first one fails with "AST constructor
    recursion depth mismatch".
    """
    codes = [compile(path.read_text(encoding="utf-8"), path, "exec", dont_inherit=True)]
    found: set[str] = set()
    for code in codes:  # it grows by the functions and classes in each
        codes += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        module, before = "", []
        for instruction in dis.get_instructions(code):
            if instruction.opname == "IMPORT_NAME":
                level, module = before[-2], instruction.argval
                assert level == 0, f"{path}: imports are absolute"
                found.add(module)
            elif instruction.opname == "IMPORT_FROM":
                found.add(f"{module}.{instruction.argval}")
            before.append(instruction.argval)
    return frozenset(found)


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


ROOMS = {
    "analysis": [
        ("output",),
        ("reading", "statistics"),
        ("records",),
        ("errors", "names", "files"),
    ],
    "bot": [
        ("__main__",),
        ("cli",),
        ("run",),
        ("app",),
        ("handlers",),
        ("jobs",),
        ("services",),
        ("botapi",),
        ("views",),
        ("settings",),
        ("setting_readers",),
        ("rules",),
        ("errors", "log"),
    ],
    "playground": [
        ("__main__",),
        ("http",),
        ("demo", "emulator"),
        ("api",),
        ("state",),
        ("text",),
        ("errors",),
    ],
}
"""The rooms of each package from the top down; who lies in one imports from the same and from those below it."""
NO_CIRCLES = (*ROOMS, "storage")


def room(module: str, rooms: list[tuple[str, ...]]) -> int:
    """The number of the room that a module of ours lies in, from the top."""
    _, _, inner = module.partition(".")
    found = [number for number, names in enumerate(rooms) if inner.split(".")[0] in names]
    assert len(found) == 1, f"{module} lies in no room; add it to ROOMS"
    return found[0]


def modules(package: str) -> dict[str, set[str]]:
    """Each module of a package with the modules of the same package that it imports, wherever in it."""
    files = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__init__.py"
    }
    assert files
    return {module: set(imported(path) & files.keys()) for module, path in files.items()}


@pytest.mark.parametrize("package", sorted(ROOMS))
def test_each_room_imports_only_from_the_rooms_below_it(package: str) -> None:
    for module, names in modules(package).items():
        for name in names:
            assert room(name, ROOMS[package]) >= room(module, ROOMS[package]), f"{module} imports {name}"


@pytest.mark.parametrize("package", NO_CIRCLES)
def test_no_module_imports_itself_by_a_circle(package: str) -> None:
    try:
        TopologicalSorter(modules(package)).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' > '.join(error.args[1])}")


def test_views_and_rules_are_pure() -> None:
    impure = {"telegram", "asyncio", "aiosqlite", "sqlite3", "os", "time", "random", "secrets", "aiohttp"}
    for path in [*(ROOT / "bot/views").rglob("*.py"), *(ROOT / "bot/rules").rglob("*.py")]:
        assert not {module.partition(".")[0] for module in imported(path)} & impure, path


def test_handlers_take_nothing_from_each_other_but_the_doors() -> None:
    doors = {"bot.handlers.command", "bot.handlers.tap", "bot.handlers.context"}
    for module, names in modules("bot").items():
        if module.startswith("bot.handlers."):
            assert {name for name in names if name.startswith("bot.handlers.")} <= doors, module


@pytest.mark.parametrize("package", ["analysis", "storage"])
def test_the_cores_know_no_telegram(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        assert not {m for m in imported(path) if m.partition(".")[0] in ("telegram", "aiohttp", "httpx")}, (
            path
        )


def test_analysis_knows_no_database_loop_or_clock() -> None:
    for path in (ROOT / "analysis").rglob("*.py"):
        assert not imported(path) & {"sqlite3", "aiosqlite", "asyncio", "time", "socket", "random"}, path


def test_every_kind_of_button_has_one_handler_and_every_command_one_declaration() -> None:
    assert sorted(kind.prefix for handler in TAP_HANDLERS for kind in handler.kinds) == sorted(
        kind.prefix for kind in KINDS
    )
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)


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
