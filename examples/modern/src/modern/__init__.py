"""An inventory: generics, patterns, exception groups, and newer names of the library."""

import enum
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Self

type Parsed[T] = T | Problem


class Unit(enum.StrEnum):
    PIECE = enum.auto()
    GRAM = enum.auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    name: str
    count: int
    unit: Unit = Unit.PIECE


class Problem(ValueError):
    def at(self, line: int) -> Self:
        self.args = (f"line {line}: {self.args[0]}",)
        return self


class Shelf[T]:
    """What stands in a row, and how it is read from a text."""

    def __init__(self, things: Iterable[T] = ()) -> None:
        self.things = list(things)

    def map[U](self, change: Callable[[T], U]) -> "Shelf[U]":
        return Shelf(change(thing) for thing in self.things)

    def pairs(self) -> Iterator[tuple[T, T]]:
        return itertools.pairwise(self.things)

    @classmethod
    def parse[U](cls, text: str, read: Callable[[str], Parsed[U]]) -> "Shelf[U]":
        found, problems = [], []
        for number, line in enumerate(text.splitlines(), 1):
            match read(line):
                case Problem() as problem:
                    problems.append(problem.at(number))
                case thing:
                    found.append(thing)
        if problems:
            raise ExceptionGroup("unread lines", problems)
        return Shelf(found)


def read(line: str) -> Parsed[Item]:
    """``3 nails`` or ``200 GRAM flour``."""
    match line.removeprefix("- ").split():
        case [count, ("PIECE" | "GRAM") as unit, *rest] if count.isdigit() and rest:
            return Item(name=" ".join(rest), count=int(count), unit=Unit[unit])
        case [count, *rest] if count.isdigit() and rest:
            return Item(name=" ".join(rest), count=int(count))
        case []:
            return Problem("nothing there")
        case [word, *_]:
            return Problem(f"{word!r} is no number")


def told(shelf: Shelf[Item]) -> str:
    return f"{", ".join(f"{item.count} {item.unit} {item.name}" for item in shelf.things)}."


def shortest(text: str) -> str:
    try:
        return told(Shelf.parse(text, read))
    except* Problem as group:
        told_of = "; ".join(str(problem) for problem in group.exceptions)
    return f"unread: {told_of}"
