"""Whether the claims hold (docs/simulations.md): quick forms with fixed seeds; the long ones are in tests/soak."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.soak import statistics as soak
from tests.support.reported import compared as compared_in_reports
from tests.support.reported import reported
from tests.support.simulated_studies import (
    compared,
    focus_coverage,
    focus_difference_coverage,
    focus_gains,
    judged,
    prevalence_coverage,
    ranked,
    recall_by,
    too_many,
    world,
)


def test_labelers_err_on_the_same_items() -> None:
    file, rng = world(0.2), np.random.default_rng(0)
    one, other, model = (
        rng.random(file.says.size) < chance for chance in (file.says, file.says, file.model())
    )
    truth = file.says > 0.5
    one_errs, other_errs = one != truth, other != truth
    assert 0.03 < one_errs.mean() < 0.06
    assert (one_errs & other_errs).mean() > 3 * one_errs.mean() * other_errs.mean()
    assert (model == one).mean() == pytest.approx((one == other).mean(), abs=0.01)


def test_the_true_difference_of_the_kappas_is_what_many_items_show() -> None:
    file, rng = world(0.2), np.random.default_rng(0)
    noise = file.noise_for(0.2)
    one, other, model = (
        rng.random(file.says.size) < chance for chance in (file.says, file.says, file.model(noise))
    )

    def kappa(a: np.ndarray, b: np.ndarray) -> float:
        by_chance = a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean())
        return float(((a == b).mean() - by_chance) / (1 - by_chance))

    assert kappa(one, model) - kappa(one, other) == pytest.approx(-0.2, abs=0.015)
    assert file.kappa_difference(0.0) == pytest.approx(0, abs=1e-9)


def test_two_equal_models_are_told_apart_in_at_most_five_percent_at_30_looks() -> None:
    found = compared(1000)
    assert 0 < found.false_claims <= too_many(1000)
    assert 0.93 <= found.coverage <= 0.99


def test_the_monitored_difference_of_unequal_models_is_held_at_all_looks_and_mostly_told() -> None:
    found = compared(1000, noise=0.05)
    assert 0.93 <= found.coverage <= 0.99
    assert found.told > 400


@pytest.mark.parametrize(("people", "answered"), [(2, 1.0), (3, 0.6), (5, 0.4)])
def test_an_equal_model_is_seldom_called_better_or_worse(people: int, answered: float) -> None:
    found = judged(40, people, answered, looks=range(60, 301, 40), resamples=400)
    assert found.false_claims <= too_many(40)


def test_a_model_that_is_worse_by_a_fifth_of_kappa_is_called_so_and_never_about_as_well() -> None:
    found = judged(40, 3, 1.0, worse=0.2, looks=range(100, 301, 50), resamples=400)
    assert found.false_claims == 0
    assert found.told > 30


@pytest.mark.parametrize("truth", [0.03, 0.1, 0.3])
def test_the_interval_of_the_prevalence_holds_it_in_93_to_99_percent(truth: float) -> None:
    assert 0.93 <= prevalence_coverage(400, truth, people=1) <= 0.99
    # shares of several people vary less than the yes or no that Wilson's interval expects; 0.5 % is chance here
    assert 0.93 <= prevalence_coverage(400, truth, people=3) <= 0.995


@pytest.mark.parametrize("truth", [0.03, 0.1, 0.3])
def test_figures_of_focus_sets_hold_the_truth_in_92_to_99_percent(truth: float) -> None:
    for name, share in focus_coverage(250, truth).items():
        assert 0.92 <= share <= 0.99, name


@pytest.mark.parametrize("truth", [0.03, 0.1, 0.3])
def test_the_difference_by_focus_sets_holds_the_truth_in_92_to_99_percent(truth: float) -> None:
    assert 0.92 <= focus_difference_coverage(400, truth) <= 0.99


@pytest.mark.parametrize("truth", [0.03, 0.1, 0.3])
def test_a_focus_set_brings_what_is_promised_before_it_is_begun_within_15_percent(truth: float) -> None:
    for name, (promised, came) in focus_gains(30, truth).items():
        assert came == pytest.approx(promised, rel=0.15), name


def test_counting_a_focus_set_plainly_would_show_another_recall_than_the_weighed_strata() -> None:
    true, weighed, pooled = recall_by(0.03)
    assert weighed == pytest.approx(true, abs=0.04)
    assert pooled > true + 0.2


def test_five_equal_models_are_seldom_ranked_one_above_another() -> None:
    assert ranked(100) <= too_many(100)


def test_the_long_forms_say_what_was_lost() -> None:
    assert soak.outside({"a": 0.92, "b": 0.95, "c": 0.995}, 0.93, 0.99) == 2
    outcome = soak.comparison(Path(), studies=400)
    assert outcome.losses == 0
    assert "false claims in 400 studies with 30 looks" in outcome.figure


@pytest.mark.parametrize(("people", "answered"), [(2, 1.0), (3, 0.6), (5, 0.4)])
def test_reports_on_an_equal_model_claim_no_difference_and_never_contradict_their_json(
    people: int, answered: float
) -> None:
    said = reported(2, people, answered, looks=(150, 300))
    assert said.claims_of_a_difference <= too_many(2)
    assert said.contradictions == 0


def test_reports_never_call_a_model_that_is_worse_by_a_fifth_of_kappa_as_good_as_people() -> None:
    said = reported(2, 3, 1.0, worse=0.2, looks=(100, 300))
    assert said.as_well_from_100_items == 0
    assert said.contradictions == 0
    assert said.claims_of_a_difference == 2


@pytest.mark.parametrize(("people", "answered"), [(2, 1.0), (5, 0.4)])
def test_reports_seldom_tell_equal_models_apart_and_sentence_interval_and_p_say_the_same(
    people: int, answered: float
) -> None:
    said = compared_in_reports(8, people, answered, looks=range(50, 301, 50))
    assert said.claims_of_a_difference <= too_many(8)
    assert said.contradictions == 0
