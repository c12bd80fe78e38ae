"""Agreement among people, the model beside it, and what may be said of the two."""

from __future__ import annotations

from itertools import combinations

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, matthews_corrcoef

from analysis.records import LABELS
from analysis.statistics.ceiling import Ceiling, Standing, alpha, ceiling, standing
from analysis.statistics.estimates import Estimate
from analysis.statistics.ratings import Ratings, alpha_of, cells_of_pairs, pair_cells, ratings, resampled
from tests.support.studies import labels, simulated

label_rows = st.dictionaries(st.integers(0, 30), st.sampled_from(LABELS), max_size=31)


def codes(people: list[dict[int, str]], size: int) -> np.ndarray:
    """Shape (people, size), nan for missing."""
    out = np.full((len(people), size), np.nan)
    for k, given_ in enumerate(people):
        for row, label in given_.items():
            out[k, row] = label == "related"
    return out


def kappa_plain(a: np.ndarray, b: np.ndarray) -> float:
    """Cohen's kappa on the items that both have, nan where undefined."""
    both = ~np.isnan(a) & ~np.isnan(b)
    a, b = a[both], b[both]
    if not len(a):
        return float("nan")
    seen, chance = (a == b).mean(), a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean())
    return float((seen - chance) / (1 - chance)) if chance < 1 else float("nan")


def means_plain(table: np.ndarray) -> tuple[float, float]:
    """Mean kappa of the pairs of people, and of the last rater with each person."""
    people = len(table) - 1
    among = [kappa_plain(table[i], table[j]) for i, j in combinations(range(people), 2)]
    return float(np.nanmean(among)), float(
        np.nanmean([kappa_plain(table[i], table[-1]) for i in range(people)])
    )


def ceiling_of(people: int, **how: object) -> tuple[Ceiling, np.ndarray]:
    """The ceiling of a simulated study, and its labels as a table with the model last."""
    study_, model_ = simulated(people, **how)  # type: ignore[arg-type]
    found = ceiling(study_.labels, model_.labels)
    assert found is not None
    return found, codes([*study_.labels.values(), model_.labels], len(study_.sample.items))  # type: ignore[list-item]


@pytest.mark.parametrize(("people", "answered"), [(2, 1.0), (3, 1.0), (5, 0.6)])
def test_the_means_over_pairs_equal_scikit_learn(people: int, answered: float) -> None:
    found, table = ceiling_of(people, answered=answered)
    for pairs, figures in (
        (list(combinations(range(people), 2)), found.people),
        ([(i, people) for i in range(people)], found.model),
    ):
        kappas, phis, same = [], [], []
        for i, j in pairs:
            both = ~np.isnan(table[i]) & ~np.isnan(table[j])
            kappas.append(cohen_kappa_score(table[i][both], table[j][both]))
            phis.append(matthews_corrcoef(table[i][both], table[j][both]))
            same.append((table[i][both] == table[j][both]).mean())
        assert figures["kappa"].value == pytest.approx(np.mean(kappas), abs=1e-9)
        assert figures["phi"].value == pytest.approx(np.mean(phis), abs=1e-9)
        assert figures["accuracy"].value == pytest.approx(np.mean(same), abs=1e-9)
    assert found.difference.value == pytest.approx(
        found.model["kappa"].value - found.people["kappa"].value, abs=1e-12
    )


def test_intervals_equal_a_plain_bootstrap_over_items_to_monte_carlo_error() -> None:
    found, table = ceiling_of(3, items=120, answered=0.8)
    rng = np.random.default_rng(5)
    drawn = np.array([means_plain(table[:, rng.integers(0, 120, 120)]) for _ in range(1500)])
    among, to_model = drawn[:, 0], drawn[:, 1]
    for ours, values in (
        (found.people["kappa"], among),
        (found.model["kappa"], to_model),
        (found.difference, to_model - among),
    ):
        expected = np.percentile(values, [2.5, 97.5])
        assert (ours.lower, ours.upper) == pytest.approx(tuple(expected), abs=0.25 * values.std())


def test_three_equal_raters_agree_with_each_other_as_the_third_does_and_not_perfectly() -> None:
    found, _ = ceiling_of(3, items=3000, right=0.92, model_right=0.92)
    assert found.people["accuracy"].value == pytest.approx(0.92**2 + 0.08**2, abs=0.02)
    assert found.model["accuracy"].value == pytest.approx(found.people["accuracy"].value, abs=0.02)
    assert found.standing is Standing.AS_WELL


@pytest.mark.parametrize(("model_right", "expected"), [(0.75, Standing.LESS), (0.999, Standing.BETTER)])
def test_a_model_clearly_worse_or_better_than_people_is_called_so(
    model_right: float, expected: Standing
) -> None:
    found, _ = ceiling_of(3, right=0.9, model_right=model_right)
    assert found.standing is expected


def test_few_items_leave_it_open() -> None:
    assert ceiling_of(3, items=40, model_right=1.0, right=1.0)[0].standing is Standing.OPEN
    assert ceiling_of(2, items=80, model_right=0.93)[0].standing is Standing.OPEN


@pytest.mark.parametrize(
    ("bounds", "shared", "expected"),
    [
        ((-0.05, 0.05), 300, Standing.AS_WELL),
        ((-0.08, -0.01), 300, Standing.AS_WELL),
        ((-0.05, 0.05), 49, Standing.OPEN),
        ((-0.15, 0.05), 300, Standing.OPEN),
        ((-0.05, 0.15), 300, Standing.OPEN),
        ((-0.15, -0.001), 300, Standing.LESS),
        ((0.001, 0.15), 300, Standing.BETTER),
    ],
)
def test_the_interval_of_the_difference_decides(
    bounds: tuple[float, float], shared: int, expected: Standing
) -> None:
    assert standing(Estimate(sum(bounds) / 2, *bounds), shared) is expected


def test_raters_who_never_differ_stand_as_well_and_unanimous_ones_leave_it_open() -> None:
    mixed, one_class = labels([0, 1] * 50), labels([0] * 100)
    same = ceiling({"a": mixed, "b": mixed}, mixed)
    assert same is not None
    assert (same.people["kappa"], same.alpha) == (Estimate(1.0), Estimate(1.0))
    assert same.standing is Standing.AS_WELL
    empty = ceiling({"a": one_class, "b": one_class}, one_class)
    assert empty is not None
    assert empty.people["kappa"].reason == empty.alpha.reason == empty.difference.reason == "all agree"
    assert empty.people["phi"].reason == "in every pair somebody gives one label only"
    assert empty.people["accuracy"].value == 1
    assert empty.standing is Standing.OPEN


def test_one_person_has_no_ceiling_and_two_without_a_common_item_none_that_is_defined() -> None:
    assert ceiling({"a": labels([0, 1])}, labels([0, 1])) is None
    apart = ceiling({"a": labels([0, 1]), "b": labels([None, None, 1, 0])}, labels([0, 1, 1, 1]))
    assert apart is not None
    assert (apart.shared, apart.pairs) == (0, 0)
    assert apart.people["kappa"].reason == apart.alpha.reason == "no two people labeled the same item"
    assert apart.people["accuracy"].reason == apart.difference.reason == "no two people labeled the same item"
    assert apart.model["accuracy"].value == 0.75


def test_a_model_of_error_labels_only_has_no_figures_and_leaves_the_peoples_alone() -> None:
    study_, model_ = simulated(2)
    errors = dict.fromkeys(range(300), "api-error")
    found, whole = ceiling(study_.labels, errors), ceiling(study_.labels, model_.labels)
    assert found is not None
    assert whole is not None
    assert found.model["kappa"].reason == "the model has no usable label on any labeled item"
    assert found.people["kappa"].value == whole.people["kappa"].value


def test_what_the_model_says_of_items_nobody_labeled_changes_nothing() -> None:
    study_, model_ = simulated(3, answered=0.3)
    asked = {row for given_ in study_.labels.values() for row in given_}
    assert 0 < len(asked) < 300
    only = {row: label for row, label in model_.labels.items() if row in asked}
    assert ceiling(study_.labels, model_.labels) == ceiling(study_.labels, only)


@given(st.lists(label_rows, min_size=2, max_size=5), label_rows)
@settings(max_examples=60)
def test_any_labels_at_all_give_values_or_reasons(
    people: list[dict[int, str]], judged: dict[int, str]
) -> None:
    used = {f"labeler-{k:02}": given_ for k, given_ in enumerate(people) if given_}
    found = ceiling(used, judged)
    assert (found is None) == (len(used) < 2)
    if found is not None:
        for side in (found.people, found.model):
            for one in (side["accuracy"], side["phi"], side["kappa"], found.alpha, found.difference):
                assert (one.value is None) == (one.reason is not None)
                assert one.value is None or not np.isnan(one.value)


@given(st.lists(label_rows, min_size=2, max_size=5))
@settings(max_examples=60)
def test_alpha_equals_the_package_on_any_labels(people: list[dict[int, str]]) -> None:
    data = ratings(people)
    ours = alpha_of(data, data.counts.astype(float))
    table = codes(people, 31)
    shared = table[:, (~np.isnan(table)).sum(axis=0) >= 2]
    if len({*shared[~np.isnan(shared)]}) < 2:
        assert np.isnan(ours)
        return
    theirs = krippendorff.alpha(table, level_of_measurement="nominal", value_domain=[0, 1])
    assert float(ours) == pytest.approx(theirs, abs=1e-9)
    assert alpha(data, resampled(data, 50)).value == pytest.approx(theirs, abs=1e-9)


def test_alpha_of_krippendorffs_own_binary_example_is_as_printed() -> None:
    # Krippendorff (2011), section A: two observers, ten items, alpha 0.095
    first, second = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    data = ratings([labels(first), labels(second)])
    assert round(alpha(data, resampled(data)).value or 0, 3) == 0.095


def test_both_ways_of_drawing_items_draw_as_many_and_agree() -> None:
    few = Ratings(np.array([[0, 0, 1, 1], [0, 1, 0, 1]], dtype=np.int8), np.array([40, 5, 5, 50]))
    many = ratings(
        [{i: LABELS[(i * 7 // 3) % 2] for i in range(40)}, {i: LABELS[i % 3 % 2] for i in range(40)}]
    )
    spread = Ratings(np.tile(many.codes, (1, 5))[:, :20], np.full(20, 3))
    for data in (few, spread):
        drawn = resampled(data)
        assert (drawn.sum(axis=1) == data.items).all()
        assert drawn.mean(axis=0) == pytest.approx(data.counts, abs=0.5)
        spread_ = data.items * (data.counts / data.items) * (1 - data.counts / data.items)
        assert drawn.var(axis=0) == pytest.approx(spread_, rel=0.15)


def test_pairs_count_only_items_that_both_labeled() -> None:
    data = ratings([labels([1, 1, 0, None, 0]), labels([1, 0, 0, 1, None])])
    first, second = np.array([0, 1]), np.array([1, 0])
    assert cells_of_pairs(data, first, second).tolist() == [[1, 1, 0, 1], [1, 1, 1, 0]]
    assert pair_cells(data, first, second, np.stack([data.counts, 2.0 * data.counts])).tolist() == [
        [[1, 1, 0, 1], [1, 1, 1, 0]],
        [[2, 2, 0, 2], [2, 2, 2, 0]],
    ]


def test_of_very_many_pairs_some_give_the_interval_and_all_give_the_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, table = ceiling_of(12, answered=0.8)
    monkeypatch.setattr("analysis.statistics.ceiling.MOST_PAIRS", 20)
    part, _ = ceiling_of(12, answered=0.8)
    assert part.people["kappa"].value == whole.people["kappa"].value == pytest.approx(means_plain(table)[0])
    assert part.pairs == whole.pairs == 66
    assert part.people["kappa"] != whole.people["kappa"]
    for a, b in ((part.people, whole.people), (part.model, whole.model)):
        assert (a["kappa"].lower, a["kappa"].upper) == pytest.approx(
            (b["kappa"].lower, b["kappa"].upper), abs=0.03
        )
    assert part.difference.value == whole.difference.value
