"""Names of the standard library that are newer than 3.8 (what is tested of each: its result)."""

from __future__ import annotations

from typing import Callable

from .pen import Pen

#: What is imported, and an expression; braces are values.
_USES = (
    ("import itertools", "list(itertools.pairwise([{}, {}, {}]))"),
    ("from itertools import pairwise as pw", "list(pw('abc'))"),
    ("import itertools", "[*itertools.batched('abcde', 2)]"),
    ("from itertools import batched", "list(batched([{}, {}, {}], 2))"),
    ("", "'prefixed'.removeprefix('pre'), 'b.py'.removesuffix('.py')"),
    ("", "list(zip([{}], [{}], strict=True))"),
    ("", "list(zip([{}, 1], [{}], strict=True))"),
    ("", "list(zip([{}], 'ab', 'abc', strict=log(True)))"),
    ("from functools import cache", "cache(log)({})"),
    ("import functools", "functools.cache(lambda: {})()"),
    ("import math", "math.lcm(4, 6), math.prod([2, 3]), round(math.cbrt(27.0), 9)"),
    ("from math import lcm, gcd", "lcm(2, 3), gcd(4, 6)"),
    # not "import datetime": a name with two meanings in a scope is left as it is (docs/downgrade.md)
    ("import datetime as dt", "str(dt.datetime(2020, 1, 2, tzinfo=dt.UTC))"),
    ("from datetime import UTC, datetime", "datetime(2020, 1, 1, tzinfo=UTC).isoformat()"),
    ("from enum import StrEnum, auto", "[*StrEnum('S', [('A', 'x'), ('B', {})])]"),
    ("import contextlib", "type(contextlib.nullcontext({}).__enter__())"),
    ("import statistics", "statistics.fmean([1, 2, 3])"),
    ("import operator", "operator.call(log, {})"),
    ("from operator import call", "call(grab, {}, k={})"),
    ("", "(7).bit_count(), (255).bit_count()"),
    ("import tomllib", "tomllib.loads('a = [1, {{b = \"x\"}}]')"),
    ("from typing import assert_never, reveal_type", "callable(assert_never)"),
    (
        "from types import NoneType, EllipsisType",
        "NoneType is type(None), isinstance(..., EllipsisType)",
    ),
    ("import types", "types.NoneType"),
    ("import inspect", "type(inspect.get_annotations(log))"),
    ("import bisect", "bisect.bisect([1, 2, 3], -2, key=lambda n: -n)"),
    ("from bisect import insort", "insort(log([3, 2]), {}, key=lambda n: 0)"),
    ("from contextlib import chdir", "chdir.__name__"),
    ("from inspect import getmembers_static", "len(getmembers_static(1)) > 2"),
)


def write_library(pen: Pen, inside: Callable[[Pen], None]) -> None:
    """Some uses, each shown or failing."""
    for _ in range(1 + pen.below(3)):
        needed, use = pen.pick(_USES)
        text = use.format(*(pen.value() for _ in range(3)))
        with pen.block("try:"):
            if needed:
                pen.write(needed)
            pen.write(f"log({text})")
        with pen.block("except (ValueError, TypeError) as error:"):
            pen.write("log(error)")


def write_dataclass(pen: Pen, inside: Callable[[Pen], None]) -> None:
    """Data classes with ``slots``, ``kw_only`` and ``KW_ONLY``."""
    pen.write("import dataclasses")
    name = pen.fresh("D")
    options = pen.some(("slots=True", "kw_only=True", "frozen=True", "order=True"), 0, 3)
    generic = pen.chance(30)
    pen.gap()
    pen.write(
        f"@dataclasses.dataclass({', '.join(options)})"
        if options or pen.chance(50)
        else "@dataclasses.dataclass"
    )
    keywords = "kw_only=True" in options
    with pen.block(f"class {name}{'[T]' * generic}:"), pen.within("class"):
        pen.write(f"a: {pen.pick(('int', 'int | None', 'list[int]', 'T' if generic else 'str'))}")
        marked = not keywords and pen.chance(40)
        if marked:
            pen.write("_: dataclasses.KW_ONLY")
        special = not keywords and not marked and pen.chance(40)
        pen.write(
            "b: int = dataclasses.field(kw_only=True)"
            if special
            else f"b: object = {pen.atom_plain()}"
        )
        if pen.chance(30):
            pen.write("c: list[str] = dataclasses.field(default_factory=list)")
    first = "a=" * keywords
    pen.write(f"one = {name}({first}{pen.value()}, b={pen.value()})")
    pen.write("log(repr(one), one == one, hasattr(one, '__dict__'))")
    pen.write(f"log([field.name for field in dataclasses.fields({name})], {name}.__name__)")
    with pen.block("try:"):
        pen.write(f"log(repr({name}({pen.value()}, {pen.value()})))")
    with pen.block("except TypeError as error:"):
        pen.write("log(type(error))")
    if pen.chance(40):
        with pen.block("match one:"):
            pen.write(f"case {name}(first, b=second): log(first, second)")
            pen.write(f"case {name}(): log('no places')")
            pen.write("case _: log('other')")
