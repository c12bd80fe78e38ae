"""Every pause and limit of the line to Telegram, in seconds unless said otherwise. Tests pass shorter ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutboxTimes:
    """How messages are tried again.

    Attributes:
        first_pause: The pause after a failure.
        longest_pause: Pauses double up to this while failures go on.
        patience: How long one message is tried.
    """

    first_pause: float = 0.5
    longest_pause: float = 8.0
    patience: float = 30 * 60.0


@dataclass(frozen=True, slots=True)
class PollingTimes:
    """How updates are asked for.

    Attributes:
        first_wait: The first wait for what is being handled, before more is asked for.
        longest_wait: Waits double up to this while something stays unhandled.
        first_pause: The pause after a failure.
        longest_pause: Pauses double up to this while failures go on.
    """

    first_wait: float = 0.03
    longest_wait: float = 0.1
    first_pause: float = 1.0
    longest_pause: float = 15.0


@dataclass(frozen=True, slots=True)
class WebhookTimes:
    """How the webhook is kept.

    Attributes:
        look: The time between two looks at what Telegram has noted, and the longest pause after failures.
        first_pause: The first pause after a failure.
        head: How long a connection may take to send the head of a request, and stay without one.
        body: How long a request may take to send its body.
    """

    look: float = 30.0
    first_pause: float = 1.0
    head: float = 20.0
    body: float = 20.0


@dataclass(frozen=True, slots=True)
class UserLimits:
    """How much one person may ask of the bot.

    Attributes:
        seconds: How long one update may take.
        a_minute: The number of updates in a minute that are always handled.
    """

    seconds: float = 30.0
    a_minute: int = 1200


@dataclass(frozen=True, slots=True)
class Timings:
    """All pauses and limits of the line.

    Attributes:
        silence: How long the server may say nothing.
        last_jobs: How long scheduled runs under way may take at the end.
        last_messages: How long what is queued may take to be sent at the end.
    """

    outbox: OutboxTimes = OutboxTimes()
    polling: PollingTimes = PollingTimes()
    webhook: WebhookTimes = WebhookTimes()
    user: UserLimits = UserLimits()
    silence: float = 15 * 60.0
    last_jobs: float = 5.0
    last_messages: float = 5.0


USUAL = Timings()
"""What the running bot uses."""
