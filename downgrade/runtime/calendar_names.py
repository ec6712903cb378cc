"""The months and days of ``calendar`` that came with 3.12."""

from __future__ import annotations

import enum

__all__ = [
    "APRIL",
    "AUGUST",
    "DECEMBER",
    "FEBRUARY",
    "JANUARY",
    "JULY",
    "JUNE",
    "MARCH",
    "MAY",
    "NOVEMBER",
    "OCTOBER",
    "SEPTEMBER",
    "Day",
    "Month",
]


class Month(enum.IntEnum):
    """``calendar.Month``: January is 1."""

    JANUARY, FEBRUARY, MARCH, APRIL, MAY, JUNE = range(1, 7)
    JULY, AUGUST, SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER = range(7, 13)

    __str__ = int.__repr__


class Day(enum.IntEnum):
    """``calendar.Day``: Monday is 0."""

    MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)

    __str__ = int.__repr__


JANUARY, FEBRUARY, MARCH, APRIL, MAY, JUNE = list(Month)[:6]
JULY, AUGUST, SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER = list(Month)[6:]
