"""Five-field cron as cron has it: 0 and 7 are Sunday, days of month and week add up when both are restricted.

APScheduler's own `from_crontab` counts weekdays from Monday, so the times come from `cronsim`, which follows
Debian's cron, also where clocks change.
"""

from __future__ import annotations

import datetime as dtm
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

CLOCK_JITTER = dtm.timedelta(minutes=2)
"""A clock that goes back by less was not set back, but is kept right."""


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
    """Return the first time strictly after `after` (aware) that fits an expression that was checked, in `zone`."""
    return next(CronSim(expression, after.astimezone(zone)))


@dataclass(frozen=True, slots=True)
class Due:
    """What to do about a job now.

    Attributes:
        run: Whether the job runs now. The present moment is noted as its last run then.
        late: How long ago the run was due, zero when it does not run.
        clock_set_back: Whether the last run lies in the future. Then the present moment is noted as the last run,
            else the job would wait until the clock has caught up.
    """

    run: bool = False
    late: dtm.timedelta = dtm.timedelta(0)
    clock_set_back: bool = False


def due_now(expression: str, last: dtm.datetime, now: dtm.datetime, zone: ZoneInfo) -> Due:
    """Decide about a job, however long the machine slept or the bot was down, and whatever was done to the clock.

    It is asked once a minute, and keeps nothing in mind: a timer that was set for a certain time would go off late, or
    never, where the machine slept over it or the clock was set. Several missed runs are made up by one.

    Args:
        expression: Five cron fields that were checked.
        last: When the job ran last, or when it was first heard of; aware.
        now: The present moment; aware.
        zone: The time zone of the expression.
    """
    if last - now > CLOCK_JITTER:
        return Due(clock_set_back=True)
    first = next_run(expression, last, zone)
    if first > now:
        return Due()
    return Due(run=True, late=now - first)
