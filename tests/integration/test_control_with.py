"""``with`` in all its forms, captured: the managers' own code runs in the graph's order."""

from __future__ import annotations

import contextlib
import sys

import paddle
import pytest

from tests.support.capturing import captured


def t():
    return paddle.arange(3, dtype="float32") + 1


class Manager:
    def __init__(self, log, name="m", swallow=False, fails=None):
        self.log, self.name, self.swallow, self.fails = log, name, swallow, fails

    def __enter__(self):
        self.log.append(("enter", self.name))
        if self.fails == "enter":
            raise OverflowError(self.name)
        return self

    def __exit__(self, kind, error, trace):
        self.log.append(("exit", self.name, kind, error and str(error), trace is None))
        if self.fails == "exit":
            raise OverflowError(self.name)
        return self.swallow


@contextlib.contextmanager
def managed(log, value=None):
    log.append("before")
    try:
        yield value
    except KeyError as error:
        log.append(("in the manager", str(error)))
        raise
    finally:
        log.append("after")


@contextlib.contextmanager
def swallowing(log, *kinds):
    try:
        yield
    except kinds as error:
        log.append(repr(error))


@contextlib.contextmanager
def translating():
    try:
        yield
    except KeyError as error:
        raise ValueError("translated") from error


class Decorating(contextlib.ContextDecorator):
    log: list = []

    def __enter__(self):
        self.log.append("enter")

    def __exit__(self, *error):
        self.log.append(error[0])


def one(x):
    log = []
    with Manager(log) as manager:
        x = x + len(manager.name)
    return x, log


def several(x):
    log = []
    with Manager(log, "a") as a, Manager(log, "b"), Manager(log, "c") as c:
        x = x * 2
        log.append(a.name + c.name)
    with Manager(log, "outer"):
        with Manager(log, "inner"):
            x = x + 1
    return x, log


def swallowed(x):
    log = []
    with Manager(log, swallow=True):
        x = x + 1
        {}["missing"]
        x = x * 100
    return x, log


def not_swallowed(x):
    log = []
    try:
        with Manager(log, "a"), Manager(log, "b"):
            x = x + 1
            raise ValueError("inside")
    except ValueError as error:
        log.append((str(error), error.__context__))
    return x, log


def leaves(x):
    log = []

    def returns(y):
        with Manager(log, "returns"):
            return y * 2

    x = returns(x)
    for index in range(4):
        with Manager(log, index):
            if index == 1:
                continue
            if index == 3:
                break
            x = x + index
    while True:
        with Manager(log, "while"):
            x = x + 1
            break
    return x, log


def enter_fails(x):
    log = []
    try:
        with Manager(log, "a"), Manager(log, "b", fails="enter"):
            x = x * 100
    except OverflowError as error:
        log.append(str(error))
    return x + 1, log


def exit_fails(x):
    log = []
    try:
        with Manager(log, "a", fails="exit"):
            x = x + 1
            raise KeyError("inside")
    except OverflowError as error:
        log.append((str(error), repr(error.__context__)))
    try:
        with Manager(log, "b", fails="exit"):
            x = x + 1
    except OverflowError as error:
        log.append((str(error), error.__context__))
    return x, log


def generator_managers(x):
    log = []
    with managed(log, 2.0) as scale:
        x = x * scale
    try:
        with managed(log):
            raise KeyError("through")
    except KeyError as error:
        log.append((str(error), error.__context__))
    with swallowing(log, ValueError, IndexError):
        x = x + 1
        [].pop()
    try:
        with translating():
            {}["k"]
    except ValueError as error:
        log.append((str(error), repr(error.__cause__)))
    with managed(log) as nothing, swallowing(log, ArithmeticError):
        x = x + (1 // 0)
    return x, log, nothing


def stop_iteration_inside(x):
    log = []
    try:
        with managed(log):
            raise StopIteration("inside")
    except StopIteration as error:
        log.append(repr(error))
    try:
        with managed(log):
            next(iter([]))
    except StopIteration as error:
        log.append(repr(error))
    return x + 1, log


def library_managers(x):
    log = []
    with contextlib.suppress(KeyError, IndexError):
        x = x + 1
        {}["k"]
        x = x * 100
    with contextlib.nullcontext(3.0) as value:
        x = x * value
    with contextlib.closing(Closing(log)) as closing:
        x = x + len(closing.log)
    return x, log


class Closing:
    def __init__(self, log):
        self.log = log

    def close(self):
        self.log.append("closed")


def no_manager(x):
    log = []
    for value in (3, "text", [], None):
        try:
            with value:
                x = x * 100
        except (AttributeError, TypeError) as error:
            log.append((type(error), str(error)))
    return x + 1, log


def half_a_manager(x, manager):
    try:
        with manager:
            x = x * 100
    except (AttributeError, TypeError) as error:
        return x + 1, type(error), str(error)


class OnlyEnter:
    def __enter__(self):
        raise AssertionError


class OnlyExit:
    def __exit__(self, *error):
        raise AssertionError


def grad_mode(x):
    with paddle.no_grad():
        y = x * 2
    with paddle.set_grad_enabled(False):
        y = y + 1
    return y


class Looking(Closing):
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.log.append((sys.exc_info()[1] is error, sys.exc_info()[0] is kind))
        return True


def exc_info_inside(x):
    log = []
    with Looking(log):
        x = x + 1
        raise KeyError("k")
    log.append(sys.exc_info())
    return x, log


def a_property_of_the_manager(x):
    log = []
    manager = Manager(log, swallow=True)
    # They are looked up on the type.
    manager.__enter__ = manager.__exit__ = None
    with manager:
        x = x + 1
    return x, log


ONE_GRAPH = [
    one, several, swallowed, not_swallowed, leaves, enter_fails, exit_fails, generator_managers,
    stop_iteration_inside, library_managers, no_manager, grad_mode, exc_info_inside,
    a_property_of_the_manager,
]  # fmt: skip


@pytest.mark.parametrize("function", ONE_GRAPH, ids=lambda function: function.__name__)
def test_one_graph(function):
    captured(function, [lambda: (t(),)])


@pytest.mark.parametrize("kind", [OnlyEnter, OnlyExit])
def test_half_a_manager(kind):
    captured(half_a_manager, [lambda: (t(), kind())])


def outside(x, manager, fail):
    with manager as entered:
        x = x + 1
        if fail:
            raise ValueError("inside")
    return x * 2, entered


@pytest.mark.parametrize("fail", [False, True])
def test_a_manager_from_outside(fail):
    captured(outside, [lambda: (t(), Manager([], "m", swallow=True), fail)])
