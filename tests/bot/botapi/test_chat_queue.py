"""What waits for one chat, for any order of messages, cards, edits and failures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from hypothesis import given
from hypothesis import strategies as st

from bot.botapi.chat_queue import ChatQueue, Edit, Post
from bot.views.screen import Screen

MOST = 6


def job(number: int) -> Callable[[], Awaitable[object]]:
    """A job that can be told from others; nobody runs it."""

    async def numbered() -> int:
        return number

    return numbered


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("edit"), st.integers(1, 3)),
            st.sampled_from([("message", 0), ("card", 0), ("sent", 0), ("failed", 0)]),
        ),
        max_size=60,
    )
)
def test_newest_states_arrive_messages_keep_their_order_and_no_more_waits_than_may(
    steps: list[tuple[str, int]],
) -> None:
    queue = ChatQueue(MOST)
    newest: dict[object, Edit | Post] = {}
    messages: list[Post] = []
    added = 0
    out: list[Edit | Post] = []
    for kind, number in steps:
        if kind in ("sent", "failed"):
            if queue:
                taken = queue.take()
                if kind == "failed":
                    queue.put_back(taken)
                else:
                    out.append(taken)
        elif kind == "edit":
            newest[number] = Edit(number, Screen("x"), None)
            queue.add(newest[number])
        else:
            post = Post(job(added), is_card=kind == "card")
            if post.is_card:
                newest["card"] = post
            else:
                messages.append(post)
                added += 1
            queue.add(post)
        assert len(queue) <= MOST
    while queue:
        out.append(queue.take())
    assert len(set(map(id, out))) == len(out)
    assert all(state in out for state in newest.values())
    sent = [messages.index(one) for one in out if one in messages]
    assert sent == sorted(sent)
    assert len(sent) + queue.dropped == added
