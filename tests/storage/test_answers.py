"""Answers, their history, and what reports read of them."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from storage.records import ItemNote, Labels, PastAnswer, Skip
from storage.store import Store
from tests.support.storage_examples import answer, sample_of
from tests.support.storage_model import AnswersMachine


def test_random_programs_of_taps_agree_with_the_model(tmp_path: Path) -> None:
    options = settings(
        max_examples=40,
        stateful_step_count=12,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    with AnswersMachine.stored_in(tmp_path):
        run_state_machine_as_test(AnswersMachine, settings=options)


async def test_nobody_has_labels_before_the_first(store: Store) -> None:
    assert await store.answers.labels(1, "alignment", 1) == Labels({}, None)
    assert await store.answers.by_labeler(1, "alignment") == {}
    assert await store.answers.counts(1) == {}
    assert await store.answers.history(1) == ()
    assert await store.answers.last_answer_at() is None
    assert await store.answers.count_of(1) == 0
    assert await store.answers.time_spent(1, "alignment", 1, 120.0) == (0.0, 0)
    assert await store.answers.revision(1) == (0, 0, 2, 2, 0, 0, 0)


async def test_a_correction_replaces_the_label_and_stays_in_the_history(store: Store) -> None:
    await store.answers.save(answer(3, "related", shown=95.0, at=100.0))
    await store.answers.save(answer(4, "related", at=101.0, guide=None))
    await store.answers.save(answer(3, "not-related", at=102.0, guide="v2", review=True))
    assert await store.answers.labels(1, "alignment", 1) == Labels({3: "not-related", 4: "related"}, 3)
    assert await store.answers.history(1) == (
        PastAnswer(1, "alignment", 3, "related", 95.0, 100.0, "v1", False),
        PastAnswer(1, "alignment", 4, "related", None, 101.0, None, False),
        PastAnswer(1, "alignment", 3, "not-related", None, 102.0, "v2", True),
    )
    assert await store.answers.count_of(1) == 3
    assert await store.answers.last_answer_at() == 102.0


async def test_a_tap_delivered_again_changes_nothing_even_after_a_correction(store: Store) -> None:
    first, second = answer(3, "related", tap="one"), answer(3, "not-related", tap="two")
    assert await store.answers.save(first)
    assert await store.answers.save(second)
    assert not await store.answers.save(first)
    assert not await store.answers.save(second)
    assert (await store.answers.labels(1, "alignment", 1)).by_row == {3: "not-related"}
    assert len(await store.answers.history(1)) == 2


async def test_a_tap_that_changes_nothing_is_recorded_so_that_its_redelivery_changes_nothing(
    store: Store,
) -> None:
    same = answer(3, "related", tap="two")
    await store.answers.save(answer(3, "related", tap="one"))
    assert await store.answers.save(same)
    await store.answers.save(answer(3, "not-related", tap="three"))
    assert not await store.answers.save(same)
    assert (await store.answers.labels(1, "alignment", 1)).by_row == {3: "not-related"}


async def test_modes_samples_and_labelers_keep_their_own_answers(store: Store) -> None:
    await store.samples.keep(sample_of(5, stem="other", seed=7), "source", 1.0)
    await store.answers.save(answer(0, "related"))
    await store.answers.save(answer(0, "not-related", mode="formatting"))
    await store.answers.save(answer(1, "not-related", labeler=2))
    assert await store.answers.labels(1, "alignment", 1) == Labels({0: "related"}, 0)
    assert await store.answers.labels(1, "formatting", 1) == Labels({0: "not-related"}, 0)
    assert await store.answers.labels(2, "alignment", 1) == Labels({}, None)
    assert await store.answers.by_labeler(1, "alignment") == {
        "labeler-01": {0: "related"},
        "labeler-02": {1: "not-related"},
    }
    assert await store.answers.counts(1) == {"alignment": {1: 1, 2: 1}, "formatting": {1: 1}}
    assert await store.answers.counts(2) == {}


async def test_rows_come_in_order_however_they_were_answered(store: Store) -> None:
    for row in (7, 3, 11, 0):
        await store.answers.save(answer(row, labeler=2))
        await store.answers.save(answer(row))
    found = await store.answers.by_labeler(1, "alignment")
    assert {name: list(rows) for name, rows in found.items()} == {
        "labeler-01": [0, 3, 7, 11],
        "labeler-02": [0, 3, 7, 11],
    }
    assert list(found) == ["labeler-01", "labeler-02"]


async def test_an_import_counts_what_is_new(store: Store) -> None:
    given = [answer(row) for row in range(5)]
    assert await store.answers.save_all(given[:3]) == 3
    assert await store.answers.save_all(given) == 2
    assert await store.answers.save_all([]) == 0


async def test_guide_versions_are_those_of_present_labels(store: Store) -> None:
    await store.answers.save(answer(0, tap="a", guide="old"))
    assert await store.answers.guide_versions(1, "alignment") == ("old",)
    await store.answers.save(answer(0, tap="b", guide="v2"))
    await store.answers.save(answer(1, tap="c", guide="v1"))
    await store.answers.save(answer(2, tap="d", guide=None))
    assert await store.answers.guide_versions(1, "alignment") == ("v1", "v2")
    assert await store.answers.guide_versions(1, "formatting") == ()


async def test_time_spent_leaves_aside_cards_that_were_left_lying_and_clocks_set_back(store: Store) -> None:
    await store.answers.save(answer(0, shown=90.0, at=100.0))
    await store.answers.save(answer(1, shown=100.0, at=5000.0))
    await store.answers.save(answer(2, shown=None, at=5001.0))
    await store.answers.save(answer(3, shown=5001.0, at=5121.0))
    await store.answers.save(answer(4, shown=5121.0, at=5000.0))
    assert await store.answers.time_spent(1, "alignment", 1, 120.0) == (130.0, 2)


async def test_the_pace_leaves_items_aside_that_were_looked_at_for_an_unknown_time(store: Store) -> None:
    assert await store.answers.pace(1, "alignment", 1, 120.0) is None
    await store.answers.save(answer(5, shown=None, at=80.0))
    assert await store.answers.pace(1, "alignment", 1, 120.0) is None
    await store.answers.save(answer(0, tap="a", shown=90.0, at=100.0))
    await store.answers.save(answer(1, tap="b", shown=100.0, at=5000.0))
    assert await store.answers.pace(1, "alignment", 1, 120.0) == 10
    await store.answers.save(answer(1, "not-related", tap="c", shown=5000.0, at=5020.0))
    assert await store.answers.pace(1, "alignment", 1, 120.0) == (10 + 20) / 2


async def test_items_since_a_moment_are_those_answered_first_since_and_not_imported(store: Store) -> None:
    await store.answers.save(answer(0, tap="a", at=50.0))
    await store.answers.save(answer(1, tap="b", at=100.0))
    await store.answers.save(answer(0, "not-related", tap="c", at=110.0))
    await store.answers.save(answer(2, tap="d", shown=None, at=120.0))
    await store.answers.save(answer(3, tap="e", at=130.0, guide=None))
    assert await store.answers.since(1, 1, 100.0) == {"alignment": 2}
    assert await store.answers.since(1, 1, 121.0) == {}


async def test_an_adjudicated_item_can_be_decided_anew_and_leaves_the_labels_alone(store: Store) -> None:
    await store.answers.save(answer(0, "related"))
    await store.decisions.adjudicate(1, "alignment", 0, "related", labeler_id=1, now=5.0, tap_id="decides 1")
    await store.decisions.adjudicate(1, "alignment", 2, "related", labeler_id=1, now=5.0, tap_id="decides 2")
    await store.decisions.adjudicate(
        1, "alignment", 0, "not-related", labeler_id=2, now=5.0, tap_id="decides 3"
    )
    assert await store.decisions.adjudicated(1, "alignment") == {0: "not-related", 2: "related"}
    assert await store.decisions.adjudicated(1, "formatting") == {}
    assert (await store.answers.labels(1, "alignment", 1)).by_row == {0: "related"}


async def test_the_revision_changes_with_everything_a_report_shows_and_never_comes_again(
    store: Store,
) -> None:
    seen = [await store.answers.revision(1)]

    async def changed() -> bool:
        now = await store.answers.revision(1)
        seen.append(now)
        return now not in seen[:-1]

    await store.answers.save(answer(0, labeler=1))
    assert await changed()
    await store.answers.save(answer(0, labeler=2))
    assert await changed()
    await store.decisions.adjudicate(1, "alignment", 0, "related", labeler_id=1, now=5.0, tap_id="decides 4")
    assert await changed()
    await store.decisions.adjudicate(
        1, "alignment", 0, "not-related", labeler_id=1, now=5.0, tap_id="decides 5"
    )
    assert await changed()
    await store.taps.skip(Skip(1, "alignment", 1, 2, "a skip", None, 6.0))
    assert await changed()
    await store.repeats.save(answer(0, labeler=1, tap="again"))
    assert await changed()
    await store.item_notes.add(1, ItemNote("alignment", 1, 0, "two senses", 7.0), message_id=9)
    assert await changed()
    await store.labelers.forget(1)
    assert await changed()
    await store.labelers.add(1003, joined_at=1.0)
    assert await changed(), "somebody who came is not somebody who went"
    await store.labelers.forget(2)
    assert await changed()
    assert not await changed()
    await store.answers.save(answer(0, labeler=3))
    assert await changed()


async def test_the_revision_of_one_sample_does_not_follow_another(store: Store) -> None:
    other = await store.samples.keep(sample_of(5, stem="other", seed=7), "source", 1.0)
    before = await store.answers.revision(other.sample_id)
    await store.answers.save(answer(0))
    assert await store.answers.revision(other.sample_id) == before
