"""When drops are: one day for all tenants, an hour of each tenant's own time zone."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from galena.domain.playbook.routing import WEEKDAYS, Drop


def local_hour(on: date, hour: int, zone: str) -> datetime:
    """The instant (UTC) of an hour of a day in a time zone.

    An hour that daylight saving leaves out is taken as so much later; of one that comes twice, the first counts.
    """
    return datetime.combine(on, time(hour), ZoneInfo(zone)).astimezone(UTC)


def drop_hours(on: date, drop: Drop, zones: Iterable[str]) -> tuple[datetime, datetime]:
    """When the first and the last of some time zones (UTC without any) see the drop of a day."""
    hours = [local_hour(on, drop.hour, zone) for zone in zones] or [local_hour(on, drop.hour, "UTC")]
    return min(hours), max(hours)


def next_drop_on(now: datetime, drop: Drop, zones: Iterable[str], done: frozenset[date]) -> date:
    """The day of the next drop: the first one whose last hour is still to come, and that had no drop yet."""
    known = tuple(zones)
    day = now.astimezone(UTC).date() - timedelta(days=2)
    day += timedelta(days=(WEEKDAYS.index(drop.weekday) - day.weekday()) % 7)
    while day in done or drop_hours(day, drop, known)[1] <= now:
        day += timedelta(days=7)
    return day


def due_drop_on(
    now: datetime, drop: Drop, zones: Iterable[str], *, ahead: timedelta, late: timedelta
) -> date | None:
    """The day whose drop is to be made now: from `ahead` before its first hour until `late` after its last."""
    known = tuple(zones)
    day = now.astimezone(UTC).date() - timedelta(days=8)
    for _ in range(11):
        if day.weekday() == WEEKDAYS.index(drop.weekday):
            first, last = drop_hours(day, drop, known)
            if first - ahead <= now <= last + late:
                return day
        day += timedelta(days=1)
    return None


def cap_start(period: str, now: datetime, drop: Drop, zone: str) -> datetime:
    """Since when leads count against a cap: the last 60 minutes, the day, the week that begins on the drop's day."""
    if period == "hour":
        return now - timedelta(hours=1)
    today = now.astimezone(ZoneInfo(zone)).date()
    if period == "week":
        today -= timedelta(days=(today.weekday() - WEEKDAYS.index(drop.weekday)) % 7)
    return local_hour(today, 0, zone)
