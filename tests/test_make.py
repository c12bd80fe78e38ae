"""What `make demo` says while it sets up: the real recipes, with stand-ins for what they would download."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")


def stand_ins(folder: Path, **fails: str) -> Path:
    """Programs that say that they were called, and that fail when they are given `fails[name]`."""
    folder.mkdir(parents=True)
    for name in ("python", "uv", "labelbot"):
        program = folder / name
        fail = fails.get(name, "no such word")
        program.write_text(f'#!/bin/sh\necho "{name} $1 $2 $3"\ncase "$*" in *"{fail}"*) exit 1;; esac\n')
        program.chmod(0o755)
    return folder


def make_demo(folder: Path, programs: Path) -> list[str]:
    """The lines of the real `make demo` in a copy of what it needs."""
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        if not (folder / name).exists():
            shutil.copy2(ROOT / name, folder)
    done = subprocess.run(
        ["make", "demo", "VENV=venv", f"BIN={programs}"],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_make_demo_says_what_is_going_on_before_it_takes_time_and_only_once(tmp_path: Path) -> None:
    programs = stand_ins(tmp_path / "venv" / "bin")
    assert make_demo(tmp_path, programs) == [
        "Setting up venv (once, well under a minute with a good network) ...",
        "python -m pip install",
        "Installing the dependencies of requirements.lock ...",
        "uv pip install --quiet",
        "python -m pip install",
        "Set up.",
        "labelbot demo  ",
    ]
    assert make_demo(tmp_path, programs) == ["labelbot demo  "]


def test_where_uv_cannot_install_pip_does(tmp_path: Path) -> None:
    lines = make_demo(tmp_path, stand_ins(tmp_path / "venv" / "bin", uv="install"))
    assert lines[3:6] == ["uv pip install --quiet", "python -m pip install", "python -m pip install"]
    assert lines[-1] == "labelbot demo  "
