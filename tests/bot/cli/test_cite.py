"""What `labelbot cite` says of the demo's data, and that docs/reports.md quotes just that."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import demo
from bot.cli.main import main
from tests.analysis.test_report_files import OUR_KEYS

ROOT = Path(__file__).parents[3]
DOCS = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")
FINGERPRINT = re.compile(r"\b[0-9a-f]{6}-[0-9a-f]{6}-[0-9a-f]{6}\b")
"""Its part on labels is keyed by the database, so it is another one in each demo."""


def paragraph(text: str) -> str:
    return FINGERPRINT.sub("...", " ".join(text.split()))


def test_the_docs_quote_what_cite_says_of_the_demos_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "playground" / "data", tmp_path, dirs_exist_ok=True)
    settings = demo._settings(tmp_path, "http://127.0.0.1:9", "123456789:" + "A" * 35)
    asyncio.run(demo._bring_people(tmp_path, {**os.environ, **settings}))
    for key, value in settings.items():
        monkeypatch.setenv(key, value)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["cite", "--mode", "formatting"])
    assert (result.exit_code, result.stderr) == (0, "")
    told = {paragraph(text) for text in result.stdout.split("\n\n")}
    quoted = paragraph(" ".join(re.findall(r"^> ?(.*)$", DOCS, re.M)))
    assert quoted in told


def test_the_docs_tell_what_every_key_of_the_metrics_file_is() -> None:
    for key in OUR_KEYS:
        name = re.sub(r"_ci_(lower|upper)$", "", key)
        assert f"`{name}" in DOCS, key
    for end in ("_ci_lower", "_ci_upper"):
        assert f"`{end}`" in DOCS
