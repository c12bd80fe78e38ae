"""The second half of a double tap labels and decides nothing: it comes too soon after its item was shown."""

from __future__ import annotations

from bot.services import Services


async def comes_too_soon(services: Services, tap_id: str, labeler_id: int, shown_at: float | None) -> bool:
    """Return whether an answer is not taken: nobody can have read its item, or it was not taken when it came first.

    What is not taken is remembered, so that the same tap, delivered again much later, labels nothing either.

    Args:
        services: What is used.
        tap_id: Telegram's id of the tap.
        labeler_id: Whose tap it is.
        shown_at: When the item was shown, in seconds since 1970; None when the message shows another one by now.

    Raises:
        StorageError: It could not be remembered or looked up.
    """
    now = services.clock()
    if shown_at is not None and 0 <= now - shown_at < services.settings.min_look_seconds:
        # does nothing for a tap that was saved before and is delivered again: that one stays saved
        await services.store.taps.refuse(tap_id, labeler_id, now)
    return await services.store.taps.is_refused(tap_id)
