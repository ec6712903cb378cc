"""Unions (PEP 604) and indexed builtins (PEP 585) where they are evaluated."""

from __future__ import annotations

from typing import Callable

from .pen import Pen

_SIMPLE = ("int", "str", "None", "Point", "float", "bytes")
_MODULES = ("abc.Iterable[int]", "abc.Callable[[int], str]", "deque_[str]", "defaultdict[str, int]",
            "re.Pattern[str]", "abc.Mapping[str, list[int]]", "OrderedDict[str, int]")  # fmt: skip


def _type(pen: Pen, depth: int = 2) -> str:
    """A type, evaluated where it stands."""
    kind = pen.below(10) if depth else 0
    if kind < 3:
        return pen.pick(_SIMPLE)
    if kind < 6:
        parts = [_type(pen, depth - 1) for _ in range(2 + pen.below(2))]
        if "None" in parts[:2] and "None" in parts[1:2]:
            parts[0] = "int"
        text = f"{pen.space() if pen.chance(20) else ''}".join([" | ".join(parts)])
        return f"({text})" if pen.chance(20) else text
    if kind == 6:
        return f"list[{_type(pen, depth - 1)}]"
    if kind == 7:
        return f"dict[str, {_type(pen, depth - 1)}]"
    if kind == 8:
        return f"tuple[{_type(pen, depth - 1)}, ...]"
    return pen.pick(_MODULES)


def write_types(pen: Pen, inside: Callable[[Pen], None]) -> None:
    """Annotations, aliases, ``isinstance``, bases and casts."""
    pen.write(
        "from collections import abc, defaultdict, OrderedDict, deque as deque_; import re, typing"
    )
    for _ in range(1 + pen.below(3)):
        kind = pen.below(8)
        name = pen.fresh("t")
        if kind == 0:
            pen.gap()
            pen.write(
                f"def {name}(x: {_type(pen)}, *y: {_type(pen)}, z: {_type(pen)} = None) -> {_type(pen)}: pass"
            )
            pen.write(f"generic({name})")
        elif kind == 1:
            with pen.block(f"class {name}:"):
                pen.write(f"x: {_type(pen)} = {pen.value()}")
                pen.write(f"y: typing.ClassVar[{_type(pen)}]")
            pen.write(f"generic({name})")
        elif kind == 2:
            pen.write(f"log(isinstance({pen.value()}, int | str), issubclass(bool, int | None))")
            pen.write(f"log(isinstance({pen.value()}, (int | None, list)))")
        elif kind == 3:
            pen.write(f"{name} = int | {_type(pen, 1)}")
            pen.write(f"print(show({name}))")
        elif kind == 4:
            pen.write(f"log(typing.cast({_type(pen)}, {pen.value()}))")
        elif kind == 5:
            base = pen.pick(("list[int]", "dict[str, int]", "tuple[int, ...]", "abc.Sized"))
            pen.write(f"class {name}({base}): __len__ = lambda self: 0")
            pen.write(f"log(len({name}()), {name}.__mro__[1].__name__)")
        elif kind == 6:
            with pen.block(f"class {name}(typing.NamedTuple):"):
                pen.write(f"x: {_type(pen)}")
                pen.write(f"y: {_type(pen)} = {pen.pick(('0', 'None'))}")
            pen.write(
                f"print({name}(1), {{n: show(t) for n, t in typing.get_type_hints({name}).items()}})"
            )
        else:
            pen.write(f"{name}: {_type(pen)} = {pen.value()}")
            pen.write(f"log({name})")
