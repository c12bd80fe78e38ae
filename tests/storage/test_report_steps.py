"""The snapshot of figures in the chat: it moves on by whole steps."""

from __future__ import annotations

from storage.records import ReportBoundary
from storage.store import Store
from tests.support.storage_examples import answer, label_all


async def seen(store: Store) -> dict[str, dict[int, str]]:
    """What figures in the chat look at."""
    boundary = await store.report_steps.boundary(1, "alignment")
    return await store.answers.by_labeler(1, "alignment", blind=True, up_to=boundary)


async def test_before_the_first_step_nothing_is_seen_and_what_is_lacking_is_told(store: Store) -> None:
    assert await store.report_steps.boundary(1, "alignment") == ReportBoundary(0, 0)
    for row in range(4):
        await store.answers.save(answer(row))
    step = await store.report_steps.advance(1, "alignment", 5)
    assert (step.boundary, step.lacking, step.everybody_finished) == (ReportBoundary(0, 0), 1, False)
    assert await seen(store) == {}


async def test_a_step_shows_all_of_its_answers_at_once(store: Store) -> None:
    for row in range(6):
        await store.answers.save(answer(row))
        await store.report_steps.advance(1, "alignment", 5)
        assert len((await seen(store)).get("labeler-01", {})) == (5 if row >= 4 else 0)
    assert (await store.report_steps.advance(1, "alignment", 5)).lacking == 4


async def test_who_asks_late_sees_all_that_came(store: Store) -> None:
    for row in range(8):
        await store.answers.save(answer(row))
    assert (await store.report_steps.advance(1, "alignment", 5)).lacking == 5
    assert len((await seen(store))["labeler-01"]) == 8


async def test_nobody_moves_the_snapshot_on_by_changing_their_mind(store: Store) -> None:
    for row in range(5):
        await store.answers.save(answer(row))
    await store.report_steps.advance(1, "alignment", 5)
    await store.answers.save(answer(9, labeler=2))
    for turn in range(40):
        await store.answers.save(answer(0, ("related", "not-related")[turn % 2], tap=f"again {turn}"))
    assert (await store.report_steps.advance(1, "alignment", 5)).lacking == 4
    assert await seen(store) == {"labeler-01": dict.fromkeys(range(5), "related")}


async def test_a_step_that_would_tell_a_single_new_item_waits_for_more(store: Store) -> None:
    for row in range(8):
        await store.answers.save(answer(row))
    assert (await store.report_steps.advance(1, "alignment", 8)).lacking == 8
    for row in range(7):
        await store.answers.save(answer(row, labeler=2))
    await store.answers.save(answer(8))
    waiting = await store.report_steps.advance(1, "alignment", 8)
    assert waiting.lacking == 1
    assert set(await seen(store)) == {"labeler-01"}
    await store.answers.save(answer(9))
    assert (await store.report_steps.advance(1, "alignment", 8)).boundary > waiting.boundary
    assert {name: len(labels) for name, labels in (await seen(store)).items()} == {
        "labeler-01": 10,
        "labeler-02": 7,
    }


async def test_a_step_without_new_items_does_not_wait(store: Store) -> None:
    for labeler in (1, 2):
        for row in range(8):
            await store.answers.save(answer(row, labeler=labeler))
        await store.report_steps.advance(1, "alignment", 8)
        assert len(await seen(store)) == labeler


async def test_answers_in_another_mode_do_not_count(store: Store) -> None:
    for row in range(5):
        await store.answers.save(answer(row, mode="formatting"))
    assert (await store.report_steps.advance(1, "alignment", 5)).lacking == 5
    assert (await store.report_steps.advance(1, "formatting", 5)).lacking == 5
    assert await store.report_steps.boundary(1, "formatting") > (0, 0)


async def test_when_everybody_has_finished_the_snapshot_is_the_present(store: Store) -> None:
    await label_all(store, labeler=1)
    await label_all(store, labeler=2)
    assert (await store.report_steps.advance(1, "alignment", 1000)).everybody_finished
    await store.answers.save(answer(0, "not-related", tap="again"))
    await store.decisions.adjudicate(1, "alignment", 0, "related", labeler_id=1, now=5.0, tap_id="decided")
    assert (await seen(store))["labeler-01"][0] == "related"
    step = await store.report_steps.advance(1, "alignment", 1000)
    assert (await seen(store))["labeler-01"][0] == "not-related"
    assert await store.decisions.adjudicated(1, "alignment", up_to=step.boundary) == {0: "related"}


async def test_somebody_who_begins_later_is_hidden_again(store: Store) -> None:
    await label_all(store, labeler=1)
    await store.report_steps.advance(1, "alignment", 5)
    await store.answers.save(answer(0, labeler=2))
    await store.decisions.adjudicate(
        1, "alignment", 0, "not-related", labeler_id=1, now=5.0, tap_id="decides 6"
    )
    step = await store.report_steps.advance(1, "alignment", 5)
    assert (step.everybody_finished, step.lacking) == (False, 4)
    assert set(await seen(store)) == {"labeler-01"}
    assert await store.decisions.adjudicated(1, "alignment", up_to=step.boundary) == {}


async def test_who_has_no_access_any_more_is_not_waited_for(store: Store) -> None:
    await label_all(store, labeler=1)
    await store.answers.save(answer(0, labeler=2))
    assert (await store.report_steps.advance(1, "alignment", 50)).boundary == (0, 0)
    step = await store.report_steps.advance(1, "alignment", 50, gone=[2])
    assert step.everybody_finished
    assert {name: len(labels) for name, labels in (await seen(store)).items()} == {
        "labeler-01": 20,
        "labeler-02": 1,
    }
    await store.answers.save(answer(1, labeler=2))  # let back in
    assert not (await store.report_steps.advance(1, "alignment", 50)).everybody_finished
    assert len((await seen(store))["labeler-02"]) == 1


async def test_somebody_gone_lets_nothing_be_seen_while_another_one_still_labels(store: Store) -> None:
    await label_all(store, labeler=1, items=10)
    await store.answers.save(answer(0, labeler=2))
    step = await store.report_steps.advance(1, "alignment", 50, gone=[2])
    assert (step.boundary, step.everybody_finished) == (ReportBoundary(0, 0), False)


async def test_a_step_of_one_switches_it_off(store: Store) -> None:
    await store.answers.save(answer(0))
    await store.report_steps.advance(1, "alignment", 1)
    await store.answers.save(answer(0, "not-related", tap="again"))
    await store.report_steps.advance(1, "alignment", 1)
    assert await seen(store) == {"labeler-01": {0: "not-related"}}


async def test_a_forgotten_labeler_is_gone_from_the_snapshot_and_it_does_not_go_back(store: Store) -> None:
    for labeler in (1, 2):
        for row in range(5):
            await store.answers.save(answer(row, labeler=labeler))
    before = (await store.report_steps.advance(1, "alignment", 5)).boundary
    await store.labelers.forget(2)
    assert set(await seen(store)) == {"labeler-01"}
    assert (await store.report_steps.advance(1, "alignment", 1)).boundary == before
