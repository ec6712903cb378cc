"""Exceptions through breaks: the whole traceback, context and sys.exc_info() are the plain ones.

PYTEST_DONT_REWRITE: an ``assert`` in what is compiled is the user's.
"""

from __future__ import annotations

import contextlib
import sys
import traceback
from typing import Any, Callable, List, Tuple

import paddle
import pytest

import paddlefx


def described(error: Any) -> Any:
    """An exception with all that hangs on it, as data."""
    if error is None:
        return None
    entries = [
        (entry.filename, entry.name, entry.lineno)
        for entry in traceback.extract_tb(error.__traceback__)
        if entry.name not in ("outcome", "disabled")
    ]
    return (
        type(error),
        str(error),
        entries,
        described(error.__cause__),
        described(error.__context__),
        error.__suppress_context__,
    )


def outcome(function: Callable[..., Any], *args: Any) -> Tuple[Any, Any]:
    try:
        return function(*args), None
    except Exception as error:
        return None, described(error)


@paddlefx.disable
def note(log: List[Any], *items: Any) -> None:
    told = [described(item) if isinstance(item, BaseException) else item for item in items]
    log.append((told, described(sys.exc_info()[1])))


@paddlefx.disable
def fail(text: str) -> None:
    raise ValueError(text)


def fails(x, text):
    y = x * 2
    fail(text)
    return y


def raises(x, text):
    if x.shape[0] == 2:
        raise KeyError(text)
    return x


def leaves(x, log):
    y = x + 1
    note(log, 1)
    fail("a")
    return y


def leaves_after_two(x, log):
    y = x + 1
    note(log, 1)
    y = y * 2
    note(log, 2)
    return raises(y, "b")


def leaves_a_callee(x, log):
    y = x + 1
    z = fails(y, "c") + y
    return z


def caught_here(x, log):
    y = x + 1
    try:
        y = fails(y, "d")
    except ValueError as error:
        note(log, str(error))
        y = y * 3
    note(log, 2)
    return y


def raised_again(x, log):
    try:
        fails(x, "e")
    except ValueError:
        x = x + 1
        note(log, 1)
        raise
    return x


def raised_again_by_name(x, log):
    try:
        fails(x, "f")
    except ValueError as error:
        note(log, 1)
        raise error


def another_in_the_handler(x, log):
    try:
        raises(x, "g")
    except KeyError:
        x = x * 2
        fails(x, "h")


def another_from(x, log):
    try:
        raises(x, "i")
    except KeyError as error:
        note(log, 1)
        raise RuntimeError("from") from error


def cleaned_up(x, log):
    try:
        note(log, 1)
        fails(x, "j")
    finally:
        x = x + 1
        note(log, 2)


def cleaned_up_twice(x, log):
    try:
        try:
            raises(x, "k")
        finally:
            note(log, 1)
            x = x + 1
    finally:
        note(log, 2)


def nested_handlers(x, log):
    try:
        raises(x, "l")
    except KeyError:
        note(log, 1)
        try:
            fails(x, "m")
        except ValueError:
            note(log, 2)
            x = x + 1
        note(log, 3)
        x = x * 2
    note(log, 4)
    return x


def in_a_loop(x, log):
    for number in range(3):
        try:
            x = x + 1
            note(log, number)
            if number == 1:
                raises(x, "n")
            x = x * 2
        except KeyError:
            note(log, "caught")
            continue
        finally:
            note(log, "finally")
    return x


def returned_from_a_handler(x, log):
    try:
        raises(x, "o")
    except KeyError:
        note(log, 1)
        return x + 1
    finally:
        note(log, 2)


def break_in_a_handler_of_a_loop(x, log):
    while True:
        try:
            note(log, 1)
            raises(x, "p")
        except KeyError:
            note(log, 2)
            break
    note(log, 3)
    return x + 1


class Manager:
    def __init__(self, log, swallow):
        self.log = log
        self.swallow = swallow

    def __enter__(self):
        note(self.log, "in")
        return 2.0

    def __exit__(self, *error):
        self.log.append(("out", error[0], error[1] is None))
        return self.swallow


def swallowed(x, log):
    with Manager(log, True) as two:
        x = x * two
        note(log, 1)
        raises(x, "q")
    note(log, 2)
    return x + 1


def not_swallowed(x, log):
    with Manager(log, False) as two, Manager(log, False):
        x = x * two
        note(log, 1)
        raises(x, "r")
    return x


@contextlib.contextmanager
def managed(log):
    note(log, "enter")
    try:
        yield 3.0
    except KeyError:
        note(log, "seen")
        raise
    finally:
        note(log, "exit")


def generator_manager(x, log):
    with managed(log) as three:
        x = x * three
        note(log, 1)
        raises(x, "s")
    return x


def suppressed(x, log):
    with contextlib.suppress(KeyError):
        note(log, 1)
        raises(x, "t")
    note(log, 2)
    return x * 2


def no_grad_around(x, log):
    with paddle.no_grad():
        y = x * 2
        note(log, paddle.is_grad_enabled())
        y = y + 1
    note(log, paddle.is_grad_enabled())
    return y


def unbound(x, log):
    note(log, 1)
    if x.shape[0] == 3:
        y = x
    return y + x  # noqa: F821


def unbound_caught(x, log):
    try:
        if x.shape[0] == 3:
            y = x
        return y + x
    except NameError as error:
        note(log, type(error).__name__)
    return x


def unbound_closure(x, log):
    def inner():
        return missing + x

    note(log, 1)
    if x.shape[0] == 3:
        missing = x
    return inner()


def comprehension(x, log):
    return [y * 2 for y in [x, x + 1] if note(log, 1) is None]


def comprehension_that_fails(x, log):
    x = x + 1
    return [fails(y, "u") for y in [x, x + 1]]


def deep(x, log, depth=3):
    y = x + depth
    if depth == 0:
        note(log, "bottom")
        fail("v")
    return deep(y, log, depth - 1) * 2


def deep_caught(x, log):
    try:
        return deep(x, log)
    except ValueError as error:
        note(log, str(error))
        return x


FUNCTIONS = [
    leaves, leaves_after_two, leaves_a_callee, caught_here, raised_again, raised_again_by_name,
    another_in_the_handler, another_from, cleaned_up, cleaned_up_twice, nested_handlers,
    in_a_loop, returned_from_a_handler, break_in_a_handler_of_a_loop, swallowed, not_swallowed,
    generator_manager, suppressed, no_grad_around, unbound, unbound_caught, unbound_closure,
    comprehension, comprehension_that_fails, deep, deep_caught,
]  # fmt: skip


def as_data(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else (
        [as_data(item) for item in value] if isinstance(value, (list, tuple)) else value
    )  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS)
def test_as_plain(function: Any) -> None:
    compiled = paddlefx.optimize(function)
    for number in range(3):
        plain_log: List[Any] = []
        log: List[Any] = []
        plain = outcome(function, paddle.ones([2, 2]), plain_log)
        found = outcome(compiled, paddle.ones([2, 2]), log)
        assert found[1] == plain[1], number
        assert as_data(found[0]) == as_data(plain[0]), number
        assert log == plain_log, number
        assert sys.exc_info()[1] is None
        if number == 0:
            first = paddlefx.stats()
    assert paddlefx.stats()["fallbacks"] == 0
    assert paddlefx.stats()["translations"] == first["translations"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_inside_a_handler(function: Any) -> None:
    """What the caller handles is the context, and is there again when the call returns."""
    compiled = paddlefx.optimize(function)
    results = []
    for target in (function, compiled, compiled):
        log: List[Any] = []
        try:
            raise LookupError("outside")
        except LookupError as outside:
            result = outcome(target, paddle.ones([2, 2]), log)
            assert sys.exc_info()[1] is outside
        results.append((as_data(result[0]), result[1], log))
    assert results[1] == results[0]
    assert results[2] == results[0]
