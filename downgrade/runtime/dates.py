"""``datetime.UTC``, and ``fromisoformat`` with all that it reads from 3.11 on."""

from __future__ import annotations

import datetime as dt
import re
import sys
from typing import Any

__all__ = ["UTC", "date_fromisoformat", "datetime_fromisoformat", "time_fromisoformat"]

UTC = dt.timezone.utc

_DATE_TEXT = re.compile(
    r"(\d{4})(?:-(\d\d)-(\d\d)|(\d\d)(\d\d)|(-?)W(\d\d)(?:(-?)(\d))?)", re.ASCII
)
_CLOCK_TEXT = r"(\d\d)(?:(:?)(\d\d)(?:\2(\d\d)(?:[.,](\d+))?)?)?"
_TIME_TEXT = re.compile(_CLOCK_TEXT + r"(Z|[+-].+)?", re.ASCII)
_OFFSET_TEXT = re.compile(_CLOCK_TEXT, re.ASCII)


def _microseconds(digits: Any) -> int:
    return int((digits or "0").ljust(6, "0")[:6])


def _read_date(text: str) -> dt.date:
    found = _DATE_TEXT.fullmatch(text)
    if found is None:
        raise ValueError
    year, month, day, month2, day2, dash, week, dash2, weekday = found.groups()
    if week is None:
        return dt.date(int(year), int(month or month2), int(day or day2))
    if weekday is not None and dash != dash2:
        raise ValueError
    if not 0 < int(week) < 54 or not 0 < int(weekday or 1) < 8:
        raise ValueError
    first = dt.date(int(year), 1, 4)
    monday = first - dt.timedelta(first.weekday())
    found_date = monday + dt.timedelta(7 * int(week) + int(weekday or 1) - 8)
    if week == "53" and (monday + dt.timedelta(7 * 52)).isocalendar()[0] != int(year):
        raise ValueError
    return found_date


def _read_zone(text: Any) -> Any:
    if not text:
        return None
    if text == "Z":
        return UTC
    found = _OFFSET_TEXT.fullmatch(text[1:])
    if found is None:
        raise ValueError
    hours, _, minutes, seconds, fraction = found.groups()
    offset = dt.timedelta(
        hours=int(hours),
        minutes=int(minutes or 0),
        seconds=int(seconds or 0),
        microseconds=_microseconds(fraction),
    )
    if not offset:
        return UTC
    return dt.timezone(-offset if text[0] == "-" else offset)


def _read_time(cls: Any, text: str) -> Any:
    found = _TIME_TEXT.fullmatch(text)
    if found is None:
        raise ValueError
    hours, _, minutes, seconds, fraction, zone = found.groups()
    numbers = (int(hours), int(minutes or 0), int(seconds or 0), _microseconds(fraction))
    return cls(*numbers, tzinfo=_read_zone(zone))


def _text_of(text: Any) -> str:
    if not isinstance(text, str):
        raise TypeError("fromisoformat: argument must be str")
    return text


def date_fromisoformat(date_string: str) -> Any:
    """``date.fromisoformat`` of 3.11."""
    if sys.version_info >= (3, 11):
        return dt.date.fromisoformat(date_string)
    try:
        day = _read_date(_text_of(date_string))
    except ValueError:
        raise ValueError(f"Invalid isoformat string: {date_string!r}") from None
    return dt.date(day.year, day.month, day.day)


def time_fromisoformat(time_string: str) -> Any:
    """``time.fromisoformat`` of 3.11."""
    if sys.version_info >= (3, 11):
        return dt.time.fromisoformat(time_string)
    text = _text_of(time_string)
    try:
        return _read_time(dt.time, text[1:] if text[:1] == "T" else text)
    except ValueError:
        raise ValueError(f"Invalid isoformat string: {time_string!r}") from None


def datetime_fromisoformat(date_string: str) -> Any:
    """``datetime.fromisoformat`` of 3.11."""
    if sys.version_info >= (3, 11):
        return dt.datetime.fromisoformat(date_string)
    text = _text_of(date_string)
    for size in (10, 8, 7):
        if len(text) != size + 1 and _DATE_TEXT.fullmatch(text[:size]):
            break
    else:
        raise ValueError(f"Invalid isoformat string: {date_string!r}")
    try:
        day = _read_date(text[:size])
        clock = _read_time(dt.time, text[size + 1 :]) if len(text) > size else dt.time()
        numbers = (clock.hour, clock.minute, clock.second, clock.microsecond)
        return dt.datetime(day.year, day.month, day.day, *numbers, tzinfo=clock.tzinfo)
    except ValueError:
        raise ValueError(f"Invalid isoformat string: {date_string!r}") from None
