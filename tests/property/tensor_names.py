"""What the programs of :mod:`.tensor_programs` call and change: classes, functions and globals."""

from __future__ import annotations

import contextlib
from collections import OrderedDict, defaultdict, deque
from typing import Any, Callable, Dict, List, Tuple

import paddle

__all__ = ["MODULE", "arguments", "fresh_globals"]

#: Source of the module around a program; its lines are the user's.
MODULE = """
class Mine(ValueError):
    def __init__(self, code):
        super().__init__("mine", code)
        self.code = code


class Box:
    kind = "box"

    def __init__(self, **values):
        self.__dict__.update(values)

    @property
    def twice(self):
        return self.n * 2

    def scaled(self, value):
        self.n = self.n + 1
        return value * self.n


class Pair:
    __slots__ = ("left", "right")

    def __init__(self, left, right):
        self.left = left
        self.right = right

    def __add__(self, other):
        return Pair(self.left + other.left, self.right)

    def __len__(self):
        return 2

    def __iter__(self):
        yield self.left
        yield self.right

    def __getitem__(self, index):
        return (self.left, self.right)[index]


class Child(Box):
    kind = "child"

    def scaled(self, value):
        return super().scaled(value) - 1


class Manager:
    def __init__(self, log, suppress=False):
        self.log = log
        self.suppress = suppress

    def __enter__(self):
        self.log.append("enter")
        return self

    def __exit__(self, kind, error, trace):
        self.log.append(kind.__name__ if kind else "exit")
        return self.suppress


@contextlib.contextmanager
def managed(log):
    log.append("before")
    try:
        yield len(log)
    finally:
        log.append("after")


def helper(x, y):
    return x * 2 - y


def noisy(x):
    print("noisy")
    return x + 1


def reports(x, n=1):
    y = x * n
    print("reports", n)
    return y - x


def chooses(x):
    if x.sum() > 1:
        return x * 0.5
    return x + 2


def deep(x, n):
    return chooses(x + 1) if n <= 1 or n > 5 else deep(x * 2, n - 1) - n


def fails(n):
    if n:
        raise KeyError(n)
    return n


def fails_late(items, x):
    items.append(x)
    y = x + 1
    raise Mine(len(items))


def pushes(items, x, *rest, key=None):
    items.append(x if key is None else key)
    items.extend(rest)
    return x + len(items)


def tells(log):
    def decorate(function):
        def wrapper(*args, **kwargs):
            log.append("call")
            return function(*args, **kwargs)

        return wrapper

    return decorate


def counting(x, n):
    for i in range(min(int(n), 4)):
        x = x + i
        yield x
    return x * 2


def delegating(x, log):
    try:
        got = yield from counting(x, 2)
        log.append("got")
        yield got
    finally:
        log.append("closed")


def stopping(limit):
    for i in range(min(limit, 5)):
        if i == 2:
            print("third")
        yield i


def totals(values):
    total = 0
    for value in values:
        total = value + total
    return total


TOTAL = 0
LOG = []
SCALES = {"a": 2, "b": 0.5}
"""


def fresh_globals() -> Dict[str, Any]:
    """The names that the module's source needs."""
    return {
        "paddle": paddle, "contextlib": contextlib, "OrderedDict": OrderedDict,
        "defaultdict": defaultdict, "deque": deque,
    }  # fmt: skip


def arguments(
    names: Dict[str, Any], sign: float, n: Any, flag: bool, shared: bool
) -> Callable[[], Tuple[Any, ...]]:
    """Makes the arguments of a program anew.

    Args:
        names: of the module, for its classes.
        sign: of the tensor ``x``.
        n: a number.
        flag: a truth value.
        shared: whether ``y`` is ``x``, and the list in the dict the list beside it.
    """

    def make() -> Tuple[Any, ...]:
        x = paddle.to_tensor([0.5, 1.0, 1.5]) * sign
        y = x if shared else paddle.to_tensor([1.0, -1.0, 2.0])
        items: List[Any] = [1, x] if flag else [1]
        table = {"t": y, "l": items if shared else [2]}
        box = names["Child" if flag else "Box"](t=y * 2, n=2, items=items)
        return x, y, n, flag, items, table, box

    return make
