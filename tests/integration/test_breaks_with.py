"""Breaks inside ``__exit__`` in a loop: the scope of a ``with`` is entered in two ways.

A resume function enters it from its prologue, the loop by an exception in the next iteration.
"""

from __future__ import annotations

import warnings
from typing import Any, List

import paddle
import pytest

import paddlefx
from tests.constructs.checking import difference
from tests.support.versus import outcome


class Suppresses:
    """Its ``__exit__`` breaks the graph."""

    def __init__(self, x: Any) -> None:
        self.x = x
        self.total = 0

    def __enter__(self) -> Suppresses:
        return self

    def __exit__(self, *error: Any) -> bool:
        self.total = int(self.x.sum())
        return True


def fails(x: Any, log: List[int]) -> None:
    log.append(int(x.sum()))
    raise KeyError


def over_with(x: Any, log: List[int]) -> Any:
    for _ in range(3):
        with Suppresses(x) as manager:
            if int(x.sum()) != 4:
                fails(x, log)
            x = x * 2
        x = x * manager.total
    return x


def test_exit_breaks_in_a_loop() -> None:
    compiled = paddlefx.optimize(over_with)
    for start in (1.0, 2.0, 1.0):
        x = paddle.full([2], start)
        plain_log: List[int] = []
        log: List[int] = []
        plain = over_with(x, plain_log)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            out = compiled(x, log)
        assert out.tolist() == plain.tolist()
        assert log == plain_log
        assert not [str(one.message) for one in told if "EmitError" in str(one.message)]


class Suppressing:
    def __init__(self, suppress: bool) -> None:
        self.suppress = suppress

    def __enter__(self) -> Any:
        print("in")
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        print("out", kind)
        return self.suppress


def over_two(x: Any, n: int, suppress: bool) -> Any:
    for i in range(3):
        with Suppressing(suppress), Suppressing(not suppress):
            x = x + 1
            if i == n:
                raise ValueError(i)
            if i > n:
                break
            x = x * 2
        x = x - 1
    return x


def nested(x: Any, n: int, suppress: bool) -> Any:
    while n < 3:
        n += 1
        with Suppressing(suppress):
            with Suppressing(False):
                x = x + 1
                if n == 2:
                    print("two")
                    continue
                if n == 3:
                    return x
                if x.sum() > 0:
                    raise KeyError
            x = x - 1
        try:
            with Suppressing(suppress):
                raise ValueError(x.shape)
        except ValueError as error:
            print(error)
        finally:
            x = x * 2
    return x


def in_try(x: Any, n: int, suppress: bool) -> Any:
    try:
        for i in range(2):
            try:
                with Suppressing(suppress):
                    print("d")
                    x[n + 2] = 1.0
            finally:
                with Suppressing(True):
                    x = x + 1
                    print(i)
                    raise KeyError
    except IndexError:
        with Suppressing(suppress):
            raise
    return x


class Quiet:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: Any) -> None:
        return None


def nothing_to_raise(x: Any, n: int, suppress: bool) -> Any:
    """A ``raise`` with nothing to raise again, above what the loop keeps on the stack."""
    x = x * n
    for _ in range(2):
        with Quiet():
            try:
                raise
            finally:
                x = x + 1
    return x


@pytest.mark.parametrize("suppress", [True, False])
@pytest.mark.parametrize("function", [over_two, nested, in_try, nothing_to_raise])
def test_suppressing_managers_that_break(function: Any, suppress: bool) -> None:
    for n in (0, 1, 2, 5):
        compiled = paddlefx.optimize(function)
        for _ in range(2):
            plain = outcome(function, (paddle.ones([3]), n, suppress))
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                ours = outcome(compiled, (paddle.ones([3]), n, suppress))
            assert difference(plain, ours) is None
            assert not [str(one.message) for one in told if "fault" in str(one.message)]
