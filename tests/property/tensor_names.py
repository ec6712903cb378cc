"""What the programs of :mod:`.tensor_programs` call and change: classes, functions and globals."""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import functools
import io
import itertools
from collections import OrderedDict, defaultdict, deque, namedtuple
from typing import Any, Dict

import paddle

__all__ = ["MODULE", "fresh_globals"]

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

    made = 0

    @property
    def twice(self):
        return self.n * 2

    @property
    def level(self):
        return self._level

    @level.setter
    def level(self, value):
        self._level = value + 1

    @classmethod
    def build(cls, value):
        cls.made = cls.made + 1
        return cls(t=value, n=cls.made)

    @staticmethod
    def plain(value):
        return value - 0.5

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


class Quiet:
    def __init__(self, *kinds):
        self.kinds = kinds

    def __enter__(self):
        print("quiet")
        return self

    def __exit__(self, kind, error, trace):
        print("loud", kind and kind.__name__)
        return kind is not None and issubclass(kind, self.kinds)


class Node:
    def __init__(self, key, value=None):
        self.key = key
        self.value = value

    def __eq__(self, other):
        return isinstance(other, Node) and self.key == other.key

    def __hash__(self):
        return hash(self.key)

    def __lt__(self, other):
        return str(self.key) < str(other.key) if isinstance(other, Node) else NotImplemented


class Loose:
    def __init__(self, log):
        object.__setattr__(self, "log", log)

    def __getattr__(self, name):
        if name == "absent":
            raise AttributeError(name)
        return len(name)

    def __setattr__(self, name, value):
        self.log.append(name)
        super().__setattr__(name, value)


class Scaled:
    def __get__(self, instance, owner=None):
        return self if instance is None else instance.n * 3


class Ticks:
    scaled = Scaled()

    def __init__(self, n):
        self.n = n

    def __call__(self, by=1):
        self.n += by
        return self.n

    def __neg__(self):
        return Ticks(-self.n)

    def __matmul__(self, other):
        return self.n * 10 + other


class Steps:
    def __init__(self, stop):
        self.at, self.stop = 0, stop

    def __iter__(self):
        return self

    def __next__(self):
        if self.at >= self.stop:
            raise StopIteration
        self.at += 1
        if self.at == 2:
            print("second")
        return self.at


class Kind(enum.Enum):
    ONE = 1
    TWO = 2


@dataclasses.dataclass
class Record:
    n: int
    t: object = None
    more: list = dataclasses.field(default_factory=list)

    def __eq__(self, other):
        return self.n == other.n


Point = namedtuple("Point", "n t")


@contextlib.contextmanager
def swallowing(kind, log):
    log.append("on guard")
    try:
        yield log
    except kind as error:
        print("swallowed")
        log.append(type(error).__name__)


@contextlib.contextmanager
def managed(log):
    log.append("before")
    try:
        yield len(log)
    finally:
        log.append("after")


def helper(x, y):
    return x * 2 - y


def other_helper(x, y):
    return x - y * 2


def loud(x):
    print("loud")
    return x + 3


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


def pausing(x, log, n):
    try:
        for i in range(n):
            x = x * 2
            got = yield x
            print("goes on", i, got is None)
    finally:
        log.append("paused out")


def echo(log):
    said = None
    while True:
        said = yield said
        log.append(said)


def adder(start):
    total = start

    def add(value):
        nonlocal total
        total = total + value
        return total

    return add, lambda: total


def composed(*functions):
    def call(x):
        for function in functions:
            x = function(x)
        return x

    return call


def repeated(times=2, /, **options):
    def decorate(function):
        @wraps(function)
        def call(*args, deco=1):
            value = function(*args)
            for _ in range(min(deco, times)):
                value = function(value)
            return value

        return call

    return decorate


@repeated(3, name="twice")
def twice(x):
    return x + x


def memo(x, known):
    if "x" not in known:
        known["x"] = noisy(x)
        return memo(x, known)
    return known["x"]


LIMIT = 2
TOTAL = 0
LOG = []
SCALES = {"a": 2, "b": 0.5}
"""


def fresh_globals() -> Dict[str, Any]:
    """The names that the module's source needs."""
    return {
        "paddle": paddle, "contextlib": contextlib, "OrderedDict": OrderedDict,
        "defaultdict": defaultdict, "deque": deque, "dataclasses": dataclasses, "enum": enum,
        "io": io, "itertools": itertools, "namedtuple": namedtuple, "partial": functools.partial,
        "reduce": functools.reduce, "wraps": functools.wraps,
    }  # fmt: skip
