"""Blind labels: what was answered before a model's label was shown, and what a report has counted."""

from __future__ import annotations

from storage.records import Outcome, Saved
from storage.store import Store
from tests.support.storage_examples import answer, label_all


async def blind(store: Store) -> dict[str, dict[int, str]]:
    return await store.answers.by_labeler(1, "alignment", blind=True)


async def test_an_answer_after_a_models_label_was_shown_is_marked_whatever_card_it_came_from(
    store: Store,
) -> None:
    assert await store.answers.save(answer(0, tap="first")) == Saved(Outcome.NEW, after_review=False)
    await store.marks.mark_shown(1, "alignment", 1, 0, 5.0)
    assert await store.answers.save(answer(0, "not-related", tap="on an ordinary card")) == Saved(
        Outcome.NEW, after_review=True
    )
    assert await blind(store) == {"labeler-01": {0: "related"}}
    assert await store.answers.by_labeler(1, "alignment") == {"labeler-01": {0: "not-related"}}
    assert [past.after_review for past in await store.answers.history(1)] == [False, True]
    assert await store.marks.count(1, "alignment") == 1


async def test_keeping_an_answer_leaves_a_mark_and_the_answer_stays_blind(store: Store) -> None:
    await store.answers.save(answer(0))
    await store.marks.mark_shown(1, "alignment", 1, 0, 5.0)
    await store.marks.mark_shown(1, "alignment", 1, 0, 9.0)
    assert await store.marks.shown(1, "alignment", 1) == {0}
    assert await store.marks.shown(1, "alignment", 2) == set()
    assert await blind(store) == {"labeler-01": {0: "related"}}
    assert await store.marks.count(1, "alignment") == 0


async def test_a_mark_is_of_one_labeler_mode_and_item(store: Store) -> None:
    for row in (0, 1):
        await store.marks.mark_shown(1, "alignment", 1, row, 5.0)
    saved = [
        await store.answers.save(given)
        for given in (answer(2), answer(0, labeler=2), answer(0, mode="formatting"), answer(1))
    ]
    assert [one.after_review for one in saved] == [False, False, False, True]
    assert await blind(store) == {"labeler-01": {2: "related"}, "labeler-02": {0: "related"}}


async def test_nothing_is_marked_for_somebody_who_was_forgotten(store: Store) -> None:
    await store.labelers.forget(1)
    await store.marks.mark_shown(1, "alignment", 1, 0, 5.0)
    assert await store.marks.shown(1, "alignment", 1) == set()


async def test_a_correction_is_marked_once_a_report_of_the_finished_mode_is_out(store: Store) -> None:
    await label_all(store, labeler=1)
    assert await store.answers.save(answer(0, "not-related", tap="before")) == Saved(Outcome.NEW, False)
    assert (await store.report_steps.advance(1, "alignment", 20)).everybody_finished
    assert await store.answers.save(answer(1, "not-related", tap="no report yet")) == Saved(
        Outcome.NEW, False
    )
    await store.report_steps.advance(1, "alignment", 20)
    assert not await store.marks.corrections_are_marked(1, "alignment", 1, 2)
    await store.report_steps.report_was_made(1, "alignment")
    assert await store.marks.corrections_are_marked(1, "alignment", 1, 2)
    assert await store.answers.save(answer(2, "not-related", tap="after")) == Saved(Outcome.NEW, True)
    assert await store.answers.save(answer(2, labeler=2)) == Saved(Outcome.NEW, False), "a first answer"
    assert not await store.marks.corrections_are_marked(1, "alignment", 2, 2), "the report had not counted it"
    assert await store.answers.save(answer(2, "not-related", labeler=2, tap="a slip")) == Saved(
        Outcome.NEW, False
    )
    assert await store.answers.save(answer(2, mode="formatting")) == Saved(Outcome.NEW, False)
    labels = (await blind(store))["labeler-01"]
    assert [labels[row] for row in (0, 1, 2)] == ["not-related", "not-related", "related"]


async def test_a_report_while_somebody_still_labels_marks_no_correction(store: Store) -> None:
    await label_all(store, labeler=1)
    await store.answers.save(answer(0, labeler=2))
    await store.report_steps.advance(1, "alignment", 20)
    await store.report_steps.report_was_made(1, "alignment")
    assert await store.answers.save(answer(2, "not-related", tap="after")) == Saved(Outcome.NEW, False)
