"""Hidden repeats."""

from __future__ import annotations

import pytest

from analysis.records import NOT_RELATED, RELATED
from analysis.statistics.self_agreement import self_agreement


def test_28_of_30_repeats_agree() -> None:
    answers = [(RELATED, RELATED)] * 8 + [(NOT_RELATED, NOT_RELATED)] * 20 + [(RELATED, NOT_RELATED)] * 2
    found = self_agreement(answers)
    assert (found.agreed, found.repeats) == (28, 30)
    assert found.share.value == pytest.approx(28 / 30)
    assert (found.share.lower, found.share.upper) == pytest.approx((0.787, 0.982), abs=0.0005)


def test_without_repeats_it_is_undefined() -> None:
    found = self_agreement([])
    assert (found.agreed, found.repeats, found.share.value) == (0, 0, None)
    assert found.share.reason == "no item has come twice to anybody"
