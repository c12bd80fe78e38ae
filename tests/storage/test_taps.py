"""A tap is known by its id, whatever it did."""

from __future__ import annotations

import pytest

from storage.errors import NotSaved
from storage.records import ItemNote, Outcome, Saved, Skip
from storage.store import Store
from storage.taps import REDELIVERED_FOR
from tests.support.storage_examples import answer


def skip(row: int, tap: str) -> Skip:
    return Skip(1, "alignment", 1, row, tap, 90.0, 100.0)


async def test_a_refused_tap_stays_refused_when_it_comes_again(store: Store) -> None:
    await store.taps.refuse("too fast", 1, 50.0)
    await store.taps.refuse("too fast", 1, 51.0)
    assert await store.taps.is_refused("too fast")
    assert await store.answers.save(answer(0, tap="too fast")) == Saved(Outcome.REFUSED)
    assert await store.taps.skip(skip(0, "too fast")) == Saved(Outcome.REFUSED)
    assert await store.answers.save_all([answer(0, tap="too fast")]) == 0
    assert await store.answers.history(1) == ()


async def test_the_ids_of_refused_taps_go_when_telegram_cannot_deliver_them_any_more(store: Store) -> None:
    await store.taps.refuse("old", 1, 50.0)
    await store.taps.refuse("new", 1, 51.0 + REDELIVERED_FOR)
    assert [await store.taps.is_refused(tap) for tap in ("old", "new")] == [False, True]


async def test_a_tap_that_saved_something_cannot_be_refused_afterwards(store: Store) -> None:
    await store.answers.save(answer(0, tap="saved"))
    await store.taps.refuse("saved", 1, 50.0)
    assert not await store.taps.is_refused("saved")
    assert await store.answers.save(answer(0, tap="saved")) == Saved(Outcome.DUPLICATE)


@pytest.mark.parametrize(
    "other", [answer(1, tap="t"), answer(0, "not-related", tap="t"), answer(0, mode="formatting", tap="t")]
)
async def test_an_id_used_again_for_something_else_changes_nothing_and_is_told(store: Store, other) -> None:
    await store.answers.save(answer(0, tap="t"))
    assert await store.answers.save(other) == Saved(Outcome.REUSED)
    assert await store.taps.skip(skip(0, "t")) == Saved(Outcome.REUSED)
    assert await store.repeats.save(answer(0, tap="t")) == Saved(Outcome.REUSED)
    decided = await store.decisions.adjudicate(
        1, "alignment", 0, "related", labeler_id=1, now=5.0, tap_id="t"
    )
    assert decided == Saved(Outcome.REUSED)
    assert len(await store.answers.history(1)) == 1


async def test_skips_are_in_the_history_once(store: Store) -> None:
    for _ in range(2):
        await store.taps.skip(skip(3, "a"))
    await store.taps.skip(skip(1, "b"))
    assert await store.taps.skips(1, "alignment") == (skip(3, "a"), skip(1, "b"))
    assert await store.taps.skips(1, "formatting") == ()
    assert await store.answers.counts(1) == {}


async def test_an_old_decision_that_comes_again_does_not_replace_the_newer(store: Store) -> None:
    async def decide(label: str, tap: str) -> Saved:
        return await store.decisions.adjudicate(1, "alignment", 0, label, labeler_id=1, now=5.0, tap_id=tap)

    assert await decide("related", "old")
    revision = await store.answers.revision(1)
    assert await decide("not-related", "new")
    assert await store.answers.revision(1) != revision
    assert await decide("related", "old") == Saved(Outcome.DUPLICATE)
    assert await store.decisions.adjudicated(1, "alignment") == {0: "not-related"}


async def test_a_decision_in_view_of_a_models_label_is_marked_and_left_out(store: Store) -> None:
    async def decide(row: int, label: str) -> Saved:
        return await store.decisions.adjudicate(
            1, "alignment", row, label, labeler_id=1, now=5.0, tap_id=f"{row} {label}"
        )

    assert await decide(0, "related") == Saved(Outcome.NEW, False)
    for row in (0, 1):
        await store.marks.mark_shown(1, "alignment", 1, row, 6.0)
    assert await decide(0, "not-related") == Saved(Outcome.NEW, True)
    assert await decide(1, "related") == Saved(Outcome.NEW, True)
    assert await store.decisions.adjudicated(1, "alignment", blind=True) == {0: "related"}
    assert await store.decisions.adjudicated(1, "alignment") == {0: "not-related", 1: "related"}


async def test_a_decision_that_a_report_has_counted_is_not_changed_to_learn_from_it(store: Store) -> None:
    await store.answers.save_all([answer(row) for row in range(20)])
    await store.decisions.adjudicate(1, "alignment", 0, "related", labeler_id=1, now=5.0, tap_id="9")
    await store.report_steps.advance(1, "alignment", 20)
    await store.report_steps.report_was_made(1, "alignment")
    changed = await store.decisions.adjudicate(
        1, "alignment", 0, "not-related", labeler_id=1, now=6.0, tap_id="10"
    )
    first = await store.decisions.adjudicate(
        1, "alignment", 1, "not-related", labeler_id=1, now=6.0, tap_id="11"
    )
    assert (changed.after_review, first.after_review) == (True, False)
    assert await store.decisions.adjudicated(1, "alignment", blind=True) == {0: "related", 1: "not-related"}


async def test_a_repeat_leaves_the_label_and_is_compared_with_the_one_of_its_time(store: Store) -> None:
    await store.answers.save(answer(0, at=10.0))
    assert await store.repeats.save(answer(0, "not-related", tap="again")) == Saved(Outcome.NEW)
    assert await store.repeats.save(answer(0, "not-related", tap="again")) == Saved(Outcome.DUPLICATE)
    await store.answers.save(answer(0, "not-related", tap="corrected"))
    assert await store.repeats.save(answer(0, "related", tap="and again")) == Saved(Outcome.REUSED)
    assert await store.repeats.label(1, "alignment", 1, 0) == "not-related"
    assert await store.repeats.label(1, "alignment", 1, 1) is None
    (kept,) = await store.repeats.of_sample(1, "alignment")
    assert (kept.label, kept.earlier_label) == ("not-related", "related")
    assert await store.answers.save(answer(0, "not-related", tap="again")) == Saved(Outcome.REUSED)


async def test_what_was_answered_shown_or_repeated_lately_does_not_come_again(store: Store) -> None:
    async def candidates(before: float = 50.0, fewer_than: int = 9) -> tuple[int, ...]:
        return await store.repeats.candidates(1, "alignment", 1, before, fewer_than)

    given = [answer(row, at=10.0) for row in range(4)]
    await store.answers.save_all([*given, answer(4, at=50.0), answer(5, labeler=2, at=10.0)])
    await store.answers.save(answer(3, "not-related", at=60.0))
    await store.marks.mark_shown(1, "alignment", 1, 1, 20.0)
    assert await candidates() == (0, 2)
    await store.repeats.save(answer(0, tap="again", at=70.0))
    assert await candidates() == (), "not before another item is labeled"
    await store.answers.save(answer(3, tap="back", at=80.0))
    assert await candidates() == (), "a correction is no other item"
    await store.answers.save(answer(6, at=90.0))
    assert await candidates() == (2,)
    assert await candidates(fewer_than=2) == (2,)
    assert await candidates(fewer_than=1) == ()


async def test_a_note_is_kept_once_for_each_message(store: Store) -> None:
    note = ItemNote("alignment", 1, 3, "half \ud83d of a pair, <b>", 5.0)
    assert await store.item_notes.add(1, note, 77)
    assert not await store.item_notes.add(1, note, 77)
    assert await store.item_notes.add(1, ItemNote("alignment", 2, 3, "x" * 500, 6.0), 77)
    kept = await store.item_notes.of_item(1, "alignment", 3)
    assert [(n.labeler_id, n.text) for n in kept] == [(1, "half ? of a pair, <b>"), (2, "x" * 500)]
    assert await store.item_notes.of_item(1, "alignment", 4) == ()
    with pytest.raises(NotSaved, match="CHECK constraint failed"):
        await store.item_notes.add(1, ItemNote("alignment", 2, 3, "x" * 501, 6.0), 78)
