"""Shims told beside the real functions: the same results, and errors of the same types."""

from __future__ import annotations

import argparse
import bisect
import calendar
import collections
import datetime as dt
import enum
import functools
import hashlib
import http
import inspect
import io
import logging
import logging.handlers
import math
import os
import pathlib
import pickle
import pkgutil
import random
import signal
import statistics
import subprocess
import sys
import traceback
import types
import typing
from typing import Any, Callable, List, Tuple

import pytest

from downgrade import downgrade, runtime
from downgrade.runtime import (
    arguments,
    attributes,
    bisection,
    calendar_names,
    command_line,
    dates,
    digests,
    enumerations,
    generic_alias,
    http_methods,
    logs,
    mathematics,
    methods,
    processes,
    random_numbers,
    signatures,
    small_names,
    statistic_functions,
)

FLOATS = (0.0, -0.0, 1.0, -1.5, 5e-324, 2.2e-308, 1.7976931348623157e308, 1e16, math.inf, -math.inf)


def outcome(call: Callable[..., Any], *given: Any, **named: Any) -> Any:
    try:
        return call(*given, **named)
    except Exception as error:
        return type(error)


def same(mine: Any, real: Any) -> bool:
    if isinstance(mine, float) and isinstance(real, float):
        if math.isnan(mine) or math.isnan(real):
            return math.isnan(mine) and math.isnan(real)
        return mine == real and math.copysign(1, mine) == math.copysign(1, real)
    return bool(mine == real)


def compare(mine: Any, module: Any, name: str, cases: Any, known: Any = ()) -> None:
    """Each case is what is called with; `known` are the first results, for where none is real."""
    for given, result in zip(cases, known):
        assert same(outcome(mine, *given), result), (name, given)
    real = getattr(module, name, None)
    if real is not None:
        for given in cases:
            assert same(outcome(mine, *given), outcome(real, *given)), (name, given)


def test_neighbours_of_floats() -> None:
    pairs = [(3.0, 4.0), (0.0, -1.0), *((x, y) for x in FLOATS for y in FLOATS)]
    compare(mathematics.nextafter, math, "nextafter", pairs, [3.0000000000000004, -5e-324])
    compare(mathematics.ulp, math, "ulp", [(1.0,), (1e16,), *((x,) for x in FLOATS)], [2**-52, 2.0])
    assert mathematics.nextafter(1.0, 2.0, steps=3) == 1 + 3 * 2**-52
    assert mathematics.nextafter(-5e-324, 1.0, steps=2) == 5e-324
    assert outcome(mathematics.nextafter, 1.0, 2.0, steps=-1) is ValueError


def test_products_and_sums_are_rounded_once() -> None:
    cases = [(0.1, 10.0, -1.0), (1e308, 10.0, -1e308), (5e-324, 0.5, 0.0), (2.0, 0.0, -0.0)]
    cases += [(x, y, z) for x in FLOATS for y in FLOATS[:6] for z in FLOATS[::2]]
    known = [5.551115123125783e-17, OverflowError, 0.0, 0.0]
    compare(mathematics.fma, math, "fma", cases, known)
    rows: List[Tuple[Any, Any]] = [
        ([0.1] * 10, [3.0] * 10), ([1e16, 1.0, -1e16], [1.0, 1.0, 1.0]), ([10, 20], [True, 2.5]),
        ([10**400], [0.5]), ([math.inf], [1.0]), ([math.inf], [0.0]), ([1], [1, 2]), ((), ()),
        (["a"], [2]),
    ]  # fmt: skip
    compare(mathematics.sumprod, math, "sumprod", rows, [3.0, 1.0, 60.0])


def test_statistics() -> None:
    x, y = [1.0, 2.0, 4.0, 7.0, 7.5], [3.0, 1.0, 5.0, 8.0, 4.0]
    cases: List[Any] = [(x, y), ([1], [2]), ([1, 2], [1]), ([1, 1, 1], [1, 2, 3]), (x, x[::-1])]
    for name in ("covariance", "correlation", "linear_regression"):
        mine, real = getattr(statistic_functions, name), getattr(statistics, name, None)
        for case in cases:
            got = outcome(mine, *case)
            told = got if real is None else outcome(real, *case)
            if isinstance(got, type):
                assert got is told is statistics.StatisticsError
            else:
                assert got == pytest.approx(told, rel=1e-14)
    assert statistic_functions.covariance(x, y) == pytest.approx(5.175)
    assert statistic_functions.correlation(x, y, method="ranked") == pytest.approx(0.6)
    assert outcome(statistic_functions.correlation, x, y, method="?") is ValueError
    line = statistic_functions.linear_regression([1, 2, 3], [2, 4, 6.5], proportional=True)
    assert line.slope == pytest.approx(2.107142857142857) and line.intercept == 0
    assert statistic_functions.fmean([1, 2, 3], [3, 0, 1]) == 1.5
    assert statistic_functions.fmean([1, 2]) == 1.5
    assert statistic_functions.harmonic_mean([40, 60], weights=[5, 30]) == 56.0
    assert statistic_functions.harmonic_mean([0, 60], weights=[5, 30]) == 0
    wrong: List[Any] = [([], []), ([1, 2], [1]), ([1, -2], [1, 1])]
    for case in wrong:
        assert outcome(statistic_functions.harmonic_mean, *case) is statistics.StatisticsError


DATES = """
2011-11-04 20111104 2011-W01-2 2011W012 2011-W01 2011W01 2020-W53-1 2019-W53-1 2011-1-04 2011-11
2011-11-0a 2011-02-30 0000-01-01 2011-W00-1 2011-W54-1 2011-W01-8 2011W01-2 2011-W012 x
""".split()
TIMES = """
04:23:01 T04:23:01 T042301 04:23 0423 04 04:23:01.000384 04:23:01,000384 04:23:01.1 04:23:01.1234567
04:23:01Z 04:23:01+04:00 04:23-0530 04+05:30:10 04:23:01.5-03 24:00 12:60 1 04:2301 04:23: 04:23:01z
04:23+25 04:23+00:00 04-00:00 T
""".split()


def test_what_fromisoformat_reads() -> None:
    made: List[Any] = [dates.date_fromisoformat(text) for text in DATES[:7]]
    assert made[:3] == [dt.date(2011, 11, 4), dt.date(2011, 11, 4), dt.date(2011, 1, 4)]
    assert made[6] == dt.date(2020, 12, 28)
    moment = dates.datetime_fromisoformat("2011-11-04 00:05:23,283+04:00")
    zone = dt.timezone(dt.timedelta(hours=4))
    assert moment == dt.datetime(2011, 11, 4, 0, 5, 23, 283000, tzinfo=zone)
    assert moment.utcoffset() == dt.timedelta(hours=4)
    assert dates.datetime_fromisoformat("20111104T000523Z").tzinfo is dt.timezone.utc
    assert dates.time_fromisoformat("T0423") == dt.time(4, 23)
    for wrong in ("2011-11-0a", "2011-11-04T", "2011-11-04T25", ""):
        assert outcome(dates.datetime_fromisoformat, wrong) is ValueError, wrong
    for kind in ("date", "time", "datetime"):
        assert outcome(getattr(dates, f"{kind}_fromisoformat"), 5) is TypeError


def test_what_the_newest_fromisoformat_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written for 3.8 is told beside the real one, where that reads as much."""
    if outcome(dt.date.fromisoformat, "20111104") is ValueError:
        assert outcome(dates.date_fromisoformat, "2011-W99-1") is ValueError
        return
    monkeypatch.setattr(dates.sys, "version_info", (3, 8))
    for day in DATES:
        assert outcome(dates.date_fromisoformat, day) == outcome(dt.date.fromisoformat, day), day
        for time in ["", *TIMES]:
            text = f"{day}T{time}" if time else day
            real = outcome(dt.datetime.fromisoformat, text)
            assert outcome(dates.datetime_fromisoformat, text) == real, text
    for time in TIMES:
        assert outcome(dates.time_fromisoformat, time) == outcome(dt.time.fromisoformat, time), time


def test_bisect_with_a_key() -> None:
    items = [("a", 1), ("b", 2), ("c", 2), ("d", 4)]
    for name in ("bisect_left", "bisect_right"):
        mine = getattr(bisection, name)
        for value in range(6):
            plain = getattr(bisect, name)([1, 2, 2, 4], value)
            assert mine(items, value, key=lambda one: one[1]) == plain
            assert mine([1, 2, 2, 4], value) == plain and mine([1, 2, 2, 4], value, 1, 2) < 3
        assert outcome(mine, [1], 1, -1) is ValueError
    for name, place in (("insort_left", 1), ("insort_right", 3)):
        copy = list(items)
        getattr(bisection, name)(copy, ("new", 2), key=lambda one: one[1])
        assert copy.index(("new", 2)) == place


def test_checks_of_enumerations() -> None:
    class Color(enum.Enum):
        RED, BLUE, ALIAS = 1, 3, 1

    class Perm(enum.Flag):
        R, W, RX, X8 = 1, 2, 5, 16

    cases = [(Color, "UNIQUE"), (Color, "CONTINUOUS"), (Perm, "CONTINUOUS"), (Perm, "NAMED_FLAGS")]
    texts = [
        "aliases found in <enum 'Color'>: ALIAS -> RED",
        "invalid enum 'Color': missing values 2",
        "invalid flag 'Perm': missing values 4, 8",
        (
            "invalid Flag 'Perm': alias RX is missing value 0x4 "
            "[use enum.show_flag_values(value) for details]"
        ),
    ]
    for (cls, check), text in zip(cases, texts):
        for module in (enumerations, *([enum] if hasattr(enum, "verify") else [])):
            got: Any = module
            with pytest.raises(ValueError, match="aliases|invalid") as caught:
                got.verify(getattr(got, check))(cls)
            assert str(caught.value).replace("<flag", "<enum") == text
    assert enumerations.verify(enumerations.CONTINUOUS)(signal.Sigmasks) is signal.Sigmasks
    assert enumerations.show_flag_values(21) == [1, 4, 16]
    assert str(enumerations.UNIQUE) == "EnumCheck.UNIQUE"

    class Some(enum.Enum):
        A = 1
        base = enumerations.nonmember(5)

    assert list(Some) == [Some.A] and Some.base == 5  # type: ignore[comparison-overlap]


def test_names_of_months_and_methods() -> None:
    for name in calendar_names.__all__:
        mine: Any = getattr(calendar_names, name)
        real: Any = getattr(calendar, name, None) if hasattr(calendar, "Month") else None
        if isinstance(mine, type):
            assert real is None or [(one.name, one.value) for one in real] == [
                (one.name, one.value)
                for one in mine  # type: ignore[var-annotated]
            ]
        else:
            assert str(mine) == str(int(mine)) and (real is None or mine == real)
    methods_of = list(http_methods.HTTPMethod)
    assert [str(one) for one in methods_of][:3] == ["CONNECT", "DELETE", "GET"]
    assert http_methods.HTTPMethod("GET").description == "Retrieve the target."
    if hasattr(http, "HTTPMethod"):
        assert [(str(one), one.description, repr(one)) for one in http.HTTPMethod] == [
            (str(one), one.description, repr(one)) for one in methods_of
        ]


def test_files_and_processes(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"text" * 100_000)
    with path.open("rb") as file:
        assert (
            digests.file_digest(file, "sha256").hexdigest()
            == hashlib.sha256(path.read_bytes()).hexdigest()
        )
    assert digests.file_digest(io.BytesIO(b"x"), hashlib.md5).digest() == hashlib.md5(b"x").digest()
    assert outcome(digests.file_digest, io.StringIO("x"), "md5") is ValueError
    statuses = [(0,), (256,), (9,), (0x137F,)]
    compare(processes.waitstatus_to_exitcode, os, "waitstatus_to_exitcode", statuses, [0, 1, -9])
    assert (processes.process_cpu_count() or 1) >= 1

    (tmp_path / "d" / "e").mkdir(parents=True)
    (tmp_path / "d" / "f").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "d")
    walks: List[Any] = [methods.walk]
    if hasattr(pathlib.Path, "walk"):
        walks.append(methods._walked)
    for walk in walks:
        for options in ({}, {"top_down": False}, {"follow_symlinks": True}):
            told = [(str(at), sorted(x), sorted(y)) for at, x, y in walk(tmp_path, **options)]
            follow = "follow_symlinks" in options
            assert (
                str(tmp_path),
                ["d", "link"] if follow else ["d"],
                ["a"] if follow else ["a", "link"],
            ) in told
            assert (str(tmp_path / "d"), ["e"], ["f"]) in told
            assert len(told) == (5 if follow else 3)
            if hasattr(pathlib.Path, "walk"):
                real = tmp_path.walk(**options)  # type: ignore[arg-type]
                assert told == [(str(at), sorted(x), sorted(y)) for at, x, y in real]
        errors: List[Any] = []
        assert list(walk(tmp_path / "none", on_error=errors.append)) == []
        assert isinstance(errors[0], FileNotFoundError)
        for _, folders, _ in walk(tmp_path):
            assert folders in (["d"], [])
            folders.clear()
    assert methods.readlink(tmp_path / "link") == tmp_path / "d"
    methods.hardlink_to(tmp_path / "hard", path)
    assert (tmp_path / "hard").samefile(path)


def test_notes_and_totals() -> None:
    error = ValueError("x")
    assert methods.add_note(error, "a") is None and methods.add_note(error, "b") is None
    assert error.__notes__ == ["a", "b"]  # type: ignore[attr-defined,unused-ignore]
    assert outcome(methods.add_note, error, 5) is TypeError
    assert methods.counter_total(collections.Counter("aab")) == 3
    assert outcome(methods.counter_total, [1]) is AttributeError


def test_loggers_and_random_numbers() -> None:
    compare(logs.getLevelNamesMapping, logging, "getLevelNamesMapping", [()])
    assert logs.getLevelNamesMapping()["WARN"] == logging.WARNING
    handler = logging.NullHandler()
    handler.set_name("of this test")
    assert logs.getHandlerByName("of this test") is handler
    assert "of this test" in logs.getHandlerNames()
    random.seed(5)
    mine = random_numbers.randbytes(9), random_numbers.sample("ab", 3, counts=[2, 4])
    assert len(mine[0]) == 9 and len(mine[1]) == 3 and set(mine[1]) <= {"a", "b"}
    random.seed(5)
    if hasattr(random, "randbytes"):
        assert mine == (random.randbytes(9), random.sample("ab", 3, counts=[2, 4]))
    assert outcome(random_numbers.sample, "ab", 3, counts=[2]) is ValueError
    assert outcome(random_numbers.sample, "ab", 3, counts=[2.0, 1.0]) is TypeError


def test_names_that_are_resolved() -> None:
    names = [
        "os.path.join",
        "os.path:join",
        "logging.handlers",
        "os:",
        "os.path:nothing",
        "a-b",
        "",
    ]
    cases = [(one,) for one in names]
    known = [os.path.join, os.path.join, logging.handlers, os, AttributeError, ValueError]
    compare(small_names.resolve_name, pkgutil, "resolve_name", cases, known)


class Signed:
    def __init__(self, a: int, b: List[str] = ()) -> None: ...  # type: ignore[assignment]

    def method(self, c: Signed) -> typing.Optional[int]: ...

    def __call__(self, d: float) -> Signed: ...


@functools.wraps(Signed.method)
def wrapping(*args: Any) -> Any: ...


def test_signatures_with_strings_evaluated() -> None:
    things: List[Any] = [Signed, Signed(1), Signed(1).method, wrapping, Signed.method]
    things.append(functools.partial(Signed.method, None))
    told = [
        str(signatures.signature(one, eval_str=True)).replace("NoneType", "None") for one in things
    ]
    name = f"{__name__}.Signed"
    assert told[:2] == ["(a: int, b: List[str] = ()) -> None", f"(d: float) -> {name}"]
    assert f"c: {name}" in told[2] and f"c: {name}" in told[3]
    if "eval_str" in inspect.signature(inspect.signature).parameters:
        for one in things:
            real: Any = inspect.signature
            assert signatures.signature(one, eval_str=True) == real(one, eval_str=True)
    assert str(signatures.signature(Signed)) == str(inspect.signature(Signed))
    with pytest.raises(NameError):
        signatures.signature(Signed, eval_str=True, globals={})


def test_options_that_are_on_or_off() -> None:
    actions: List[Any] = [command_line.BooleanOptionalAction]
    actions += [getattr(argparse, "BooleanOptionalAction", actions[0])]
    for action in actions:
        parser = argparse.ArgumentParser()
        parser.add_argument("--flag", "-f", action=action, default=None, help="some")
        told = [parser.parse_args(words).flag for words in ([], ["--flag"], ["-f", "--no-flag"])]
        assert told == [None, True, False]


def test_aliases_and_unions_of_lowered_code() -> None:
    text = """
import types
import typing
T = typing.TypeVar("T")
class Box(typing.Generic[T]):
    pass
class Own:
    __class_getitem__ = classmethod(types.GenericAlias)
told = [isinstance(one, types.GenericAlias) for one in
        (list[int], dict[str, int], Own[int], typing.List[int], Box[int], int, typing.Any)]
told += [isinstance(one, types.UnionType) for one in (int | None, list[int], int)]
told += [Own[int].__origin__ is Own, Own[int, str].__args__]
told += [typing.get_origin(types.GenericAlias(list, int))]
"""
    result = downgrade(text)
    assert result.ok
    space: Any = types.ModuleType("_downgrade")
    exec(runtime.assemble(result.shims), vars(space))
    scope: Any = {"__name__": "lowered"}
    sys.modules["_downgrade"] = space
    try:
        exec(result.text, scope)
    finally:
        del sys.modules["_downgrade"]
    told = scope["told"]
    assert told[:7] == [True, True, True, False, False, False, False]
    assert told[8:] == [False, False, True, (int, str), list]
    # Before 3.14, and where it isn't lowered, ``typing.Union`` isn't one; there is no ``|`` here.
    assert told[7] is isinstance(typing.Optional[int], getattr(types, "UnionType", object))
    assert generic_alias.GenericAlias is not None


def test_attributes_of_what_has_them_and_of_what_has_not() -> None:
    told = [
        [name for name in attributes.__all__[1:] if getattr(attributes, name)(status)]
        for status in (http.HTTPStatus(code) for code in (100, 204, 302, 404, 503))
    ]
    names = ["informational", "success", "redirection", "client_error", "server_error"]
    assert told == [[f"is_{name}"] for name in names]
    assert outcome(attributes.is_success, 200) is AttributeError
    assert attributes.is_success(types.SimpleNamespace(is_success="own")) == "own"
    error = traceback.TracebackException(ValueError, ValueError(""), None)
    assert attributes.exc_type_str(error) == "ValueError"
    error = traceback.TracebackException(pickle.PickleError, pickle.PickleError(""), None)
    assert attributes.exc_type_str(error) == f"{pickle.PickleError.__module__}.PickleError"


def test_what_python_was_started_with() -> None:
    code = f"import runpy; print(runpy.run_path({arguments.__file__!r})['orig_argv'])"
    command = [sys.executable, "-I", "-c", code, "ä b", ""]
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    assert run.stdout.strip() == str(command)
