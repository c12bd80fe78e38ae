"""What the tests of scheduled work share: a study that can be reported on, a subscribed group, and what comes of it."""

from __future__ import annotations

from tests.support.bench import ADMIN, Bench
from tests.support.labeling_steps import alternating, classify, human_by_feature, take_over_labels
from tests.support.phone import Chat, Message

SIZE = 12
NEVER = "0 0 29 2 *"
"""As good as never."""


async def study(bench: Bench) -> None:
    """An admin has labeled everything, a model's file is there, and reports are scheduled (but not due)."""
    labels = dict(enumerate(alternating(SIZE)))
    await take_over_labels(bench, ADMIN, "alignment", labels)
    classify(bench, "deepseek", "alignment", human_by_feature(bench, labels, SIZE), tp=5, tn=4, fp=2, fn=1)
    bench.settings_more |= {"REPORT_CRON": NEVER, "EXPORT_CRON": NEVER}


def labels_file(bench: Bench, mode: str = "alignment") -> bytes | None:
    """Return what an export wrote for a mode, or None when there is no such file."""
    path = bench.outputs / "human_labels" / f"{bench.base.stem}_human_labels_{mode}.json"
    return path.read_bytes() if path.exists() else None


async def subscribed(bench: Bench, typed: str = "/subscribe deepseek", **options: object) -> Chat:
    """Make a group that gets reports."""
    group = await bench.phone.group("The Lab", [await bench.admin()], bare_commands=True, **options)  # type: ignore[arg-type]
    await group.ask(typed)
    return group


def photos(chat: Chat) -> list[Message]:
    """Return the reports in a chat."""
    return [message for message in chat.from_bot if message.is_photo]
