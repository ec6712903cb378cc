"""Shims of the standard library against their descriptions, and the real ones where they are."""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import dataclasses
import datetime as dt
import enum
import functools
import itertools
import math
import operator
import pathlib
import pickle
import typing
from typing import Any, Callable, Dict, List, Tuple

import pytest

from downgrade import runtime
from downgrade.library import since
from downgrade.library.replacements import EXTENSIONS, GROWN, METHODS, PARAMETERS, RUNTIME
from downgrade.runtime import (
    async_names,
    data_classes,
    dates,
    enumerations,
    iteration,
    mathematics,
    methods,
    small_names,
    timeouts,
)


def outcome(call: Callable[[], Any]) -> Any:
    """The result, in a list where it is an iterator, or the error's type and text."""
    try:
        result = call()
        return list(result) if hasattr(result, "__next__") else result
    except Exception as error:
        return type(error), str(error)


def test_the_tables_name_what_is_there() -> None:
    for path in (*EXTENSIONS, *RUNTIME, *PARAMETERS):
        assert GROWN.get(path) or since(path) is not None, path
    names = {*RUNTIME.values(), *METHODS.values(), *PARAMETERS.values()}
    extended = {name for name in names if name.startswith("typing_extensions.")}
    assert names - extended <= set(runtime.homes())
    import typing_extensions

    assert {name.partition(".")[2] for name in extended} <= {*dir(typing_extensions)}
    assert {*EXTENSIONS.values()} <= {*dir(typing_extensions)} | {"evaluate_forward_ref"}


#: shim, where the real one is, arguments
CALLS: List[Tuple[Any, Any, str, List[Tuple[Any, ...]]]] = [
    (iteration.pairwise, itertools, "pairwise", [("abcd",), ("a",), ("",), (1,)]),
    (mathematics.lcm, math, "lcm", [(4, 6), (), (0, 3), (-4, 6), (7,), (2, 3, 10), (1.5,)]),
    (mathematics.exp2, math, "exp2", [(3,), (-1.5,), (2000,), (0,)]),
    (mathematics.sumprod, math, "sumprod", [((1, 2), (3, 4)), ((), ()), ((1,), ()), ((2,), (0.5,))]),
    (small_names.call, operator, "call", [(max, 1, 2), (dict,)]),
]  # fmt: skip
KNOWN: Dict[str, List[Any]] = {
    "pairwise": [[("a", "b"), ("b", "c"), ("c", "d")], [], []],
    "lcm": [12, 1, 0, 12, 7, 30],
    "exp2": [8.0, 2**-1.5],
    "sumprod": [11, 0, (ValueError, "Inputs are not the same length"), 1.0],
    "call": [2, {}],
}


def test_functions() -> None:
    for shim, module, name, arguments in CALLS:
        for index, given in enumerate(arguments):
            mine = outcome(lambda: shim(*given))
            if index < len(KNOWN[name]):
                assert mine == KNOWN[name][index], (name, given)
            real = getattr(module, name, None)
            if real is not None:
                theirs = outcome(lambda: real(*given))
                if isinstance(theirs, tuple) and isinstance(theirs[0], type):
                    assert mine[0] == theirs[0], (name, given)
                else:
                    assert mine == theirs, (name, given)
    for number in (27.0, -8.0, 0.0, 2.0, 1e300, 1e-300, math.inf):
        assert math.isclose(mathematics.cbrt(number) ** 3, number, rel_tol=1e-14)


def test_zip_strict_says_what_zip_says() -> None:
    for given in (["ab", "cd"], ["ab", "c"], ["a", "cd"], ["ab", "cd", "e"], ["a", "b", "cd"], []):
        mine = outcome(lambda: iteration.zip_strict(*given, strict=True))
        short = {len(one) for one in given}
        assert (len(short) <= 1) == isinstance(mine, list)
        if hasattr(builtins, "aiter"):
            assert mine == outcome(lambda: zip(*given, strict=True))
    assert mine == []
    assert outcome(lambda: iteration.zip_strict("ab", "c", strict=True)) == (
        ValueError,
        "zip() argument 2 is shorter than argument 1",
    )
    assert list(iteration.zip_strict("ab", "c")) == [("a", "c")]


def test_batched() -> None:
    assert list(iteration.batched("abcde", 2)) == [("a", "b"), ("c", "d"), ("e",)]
    assert outcome(lambda: iteration.batched("abc", 2, strict=True))[0] is ValueError
    assert outcome(lambda: iteration.batched("abc", 0))[0] is ValueError


def test_methods_of_text_numbers_and_paths() -> None:
    assert methods.removeprefix("abc", "ab") == "c" and methods.removeprefix(b"abc", b"x") == b"abc"
    assert methods.removesuffix("abc", "bc") == "a" and methods.removesuffix("abc", "") == "abc"
    assert methods.bit_count(255) == 8 and methods.bit_count(-3) == 2
    path = pathlib.PurePosixPath("/a/b.txt")
    assert methods.is_relative_to(path, "/a") and not methods.is_relative_to(path, "/c")
    assert methods.with_stem(path, "d") == pathlib.PurePosixPath("/a/d.txt")
    with pytest.raises(AttributeError):
        methods.removeprefix(1, 2)

    class Own:
        def removeprefix(self, prefix: str) -> str:
            return "mine"

    assert methods.removeprefix(Own(), "") == "mine"


def test_str_enum() -> None:
    class Color(enumerations.StrEnum):
        RED = enum.auto()
        BLUE = "Blue"

    assert Color.RED == "red" and str(Color.BLUE) == "Blue" and f"{Color.RED:>4}" == " red"
    assert Color("Blue") is Color.BLUE and isinstance(Color.RED, str)
    assert pickle.loads(pickle.dumps(dt.datetime(2020, 1, 1, tzinfo=dates.UTC)))
    with pytest.raises(TypeError):

        class Wrong(enumerations.StrEnum):
            NUMBER = 1


def test_replace() -> None:
    class Pair(typing.NamedTuple):
        a: int
        b: int

    assert small_names.replace(Pair(1, 2), b=3) == Pair(1, 3)
    day = dt.date(2020, 1, 1)
    assert small_names.replace(day, month=2) == dt.date(2020, 2, 1)
    with pytest.raises(TypeError):
        small_names.replace(1, real=2)
    assert small_names.cache(lambda: 1)() == 1 and functools.lru_cache


def test_asynchronous_names() -> None:
    async def numbers() -> Any:
        try:
            yield 1
            yield 2
        finally:
            closed.append(True)

    closed: List[bool] = []

    async def run() -> List[Any]:
        out: List[Any] = []
        async with async_names.aclosing(numbers()) as items:
            iterator = async_names.aiter(items)
            out += [await async_names.anext(iterator), await async_names.anext(iterator, 5)]
            out.append(await async_names.anext(iterator, 5))
        out.append(await async_names.to_thread(operator.add, 1, 2))
        with contextlib.suppress(TimeoutError):
            async with timeouts.timeout(0.01) as limit:
                await asyncio.sleep(5)
        out.append(limit.expired())
        try:
            async with timeouts.timeout(0):
                await asyncio.sleep(5)
        except asyncio.TimeoutError:
            out.append("late")
        async with timeouts.timeout(None):
            out.append("done")
        return out

    assert asyncio.run(run()) == [1, 2, 5, 3, True, "late", "done"] and closed


def test_dataclasses_with_keywords_and_slots() -> None:
    @data_classes.dataclass(kw_only=True)
    class Base:
        a: int = 1
        b: int = data_classes.field(kw_only=False)

    @data_classes.dataclass(slots=True, frozen=True)
    class Point:
        x: int
        y: int = 2
        z: List[int] = dataclasses.field(default_factory=list)

    made: Any = Base(5, a=2)
    assert repr(made).endswith("Base(a=2, b=5)") and Base.__match_args__ == ("b",)  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        Base(1, 2)
    point: Any = Point(1)
    assert not hasattr(point, "__dict__") and point == Point(1, 2, [])
    assert Point.__slots__ == ("x", "y", "z")  # type: ignore[attr-defined]
    assert Point.__match_args__ == ("x", "y", "z")  # type: ignore[attr-defined]
    with pytest.raises(dataclasses.FrozenInstanceError):
        point.x = 3

    @data_classes.dataclass
    class Child(Base):
        _: data_classes.KW_ONLY
        c: int
        d: int = 4
        e: typing.ClassVar[int] = 5
        f: dataclasses.InitVar[int] = 6

        def __post_init__(self, f: int) -> None:
            self.g = f

    @data_classes.dataclass(slots=True)
    class Failure(LookupError):
        name: int

    @data_classes.dataclass(kw_only=True, init=False)
    class Silent(LookupError):
        name: int

    assert Failure.__doc__ == "Failure(name: 'int')" and Failure(5).name == 5  # type: ignore[call-arg,attr-defined]
    assert Silent.__doc__ in ("Silent", "Silent()", "Silent(*args, **kwargs)")
    child: Any = Child(1, c=3)
    assert (child.a, child.b, child.c, child.d, child.g) == (1, 1, 3, 4, 6)
    assert [one.kw_only for one in dataclasses.fields(Child)] == [True, False, True, True]  # type: ignore[arg-type,attr-defined]
    with pytest.raises(TypeError):
        data_classes.dataclass(type("A", (), {"__annotations__": {}}), weakref_slot=True)
