"""Five-field cron as cron has it: 0 and 7 are Sunday, days of month and week add up when both are restricted.

APScheduler's own `from_crontab` counts weekdays from Monday, so the times come from `cronsim`, which follows
Debian's cron, also where clocks change.
"""

from __future__ import annotations

import datetime as dtm
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError


class CronError(ValueError):
    """The expression is not cron's; the text says what is wrong."""


def check_cron(expression: str) -> None:
    """Raise CronError unless the five fields are right and some day fits them."""
    if len(expression.split()) != 5:
        raise CronError("it has not five fields")
    try:
        next(CronSim(expression, dtm.datetime(2024, 1, 1, tzinfo=dtm.UTC)))
    except CronSimError as error:
        raise CronError(str(error).lower()) from None
    except StopIteration:
        raise CronError("no day fits it") from None


def next_run(expression: str, after: dtm.datetime, zone: ZoneInfo) -> dtm.datetime:
    """The first time strictly after `after` (aware) that fits, in `zone`. Raises CronError."""
    try:
        return next(CronSim(expression, after.astimezone(zone)))
    except (CronSimError, StopIteration) as error:
        raise CronError(str(error)) from None


def was_missed(expression: str, last: dtm.datetime, now: dtm.datetime, zone: ZoneInfo) -> bool:
    """Whether a run was due after `last` and not later than `now`. Raises CronError."""
    return next_run(expression, last, zone) <= now
