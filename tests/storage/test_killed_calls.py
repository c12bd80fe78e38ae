"""The quick form of the kills at system calls: one call of each kind; `make soak` tries all calls of all changes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.soak.killed_calls import STRACE, TRACING, killed_calls


def can_trace() -> bool:
    if STRACE is None:
        return False
    return (
        subprocess.run([STRACE, *TRACING, "-e", "trace=write", "true"], capture_output=True).returncode == 0
    )


@pytest.mark.long
@pytest.mark.skipif(not can_trace(), reason="strace is not installed, or may not trace here")
@pytest.mark.parametrize("what", ["restore", "upgrade", "forget"])
def test_a_kill_at_a_system_call_leaves_the_old_files_or_the_new_ones(tmp_path: Path, what: str) -> None:
    outcome = killed_calls(tmp_path, (what,), most=1)
    assert outcome.losses == 0, outcome.figure
