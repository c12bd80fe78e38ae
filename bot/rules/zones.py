"""Time zones that people choose from, by a city whose time they know or by name."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

ZONES = (
    "America/Los_Angeles",
    "America/Chicago",
    "America/New_York",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Moscow",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Honolulu",
    "America/Anchorage",
    "America/Denver",
    "America/Mexico_City",
    "America/Bogota",
    "America/Halifax",
    "America/St_Johns",
    "America/Buenos_Aires",
    "Africa/Lagos",
    "Africa/Johannesburg",
    "Europe/Helsinki",
    "Africa/Cairo",
    "Europe/Istanbul",
    "Africa/Nairobi",
    "Asia/Tehran",
    "Asia/Karachi",
    "Asia/Kathmandu",
    "Asia/Dhaka",
    "Asia/Bangkok",
    "Asia/Singapore",
    "Australia/Perth",
    "Australia/Brisbane",
    "Australia/Adelaide",
    "Pacific/Auckland",
)
"""A button carries the place of its zone in here, so new ones are appended."""
SHORT_LIST = 12
"""How many of them are offered at first."""


def city(name: str) -> str:
    """Return the part of a zone's name that people know: `Los Angeles`."""
    return name.rpartition("/")[2].replace("_", " ")


def find_zone(typed: str, names: Iterable[str]) -> str | None:
    """Return the zone that somebody named, by its city or its whole name, in small or capital letters; None for none.

    Args:
        typed: Such as `new york` or `America/New_York`.
        names: All names that there are.
    """
    wanted = "_".join(typed.lower().split())
    by_name = {name.lower(): name for name in names}
    # where two zones have a city of that name, the first by its whole name counts
    by_city = {name.rpartition("/")[2]: name for name in sorted(by_name, reverse=True)}
    found = wanted if wanted in by_name else by_city.get(wanted)
    return by_name[found] if found else None


def zone_named(name: str | None, usual: ZoneInfo) -> ZoneInfo:
    """Return the zone of this name; `usual` without one, and for a name that this machine does not know."""
    if name is None:
        return usual
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return usual
