"""Other threads change what capture reads while it reads it: no fault, and nothing half read."""

import contextlib
import functools
import sys
import threading
from collections import OrderedDict, defaultdict, deque

import paddle
import pytest

import paddlefx

NAMES = [f"n{i}" for i in range(500)]
MORE = [f"more{i}" for i in range(100)]


def growing_and_shrinking(table):
    def change():
        for name in MORE:
            table[name] = 1
        for name in MORE:
            del table[name]

    return change


@contextlib.contextmanager
def another_thread(change):
    """Call ``change`` over and over in another thread that runs as often as ours."""
    over = threading.Event()

    def run():
        while not over.is_set():
            change()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        sys.setswitchinterval(interval)


def in_a_table(kind):
    table = kind(dict.fromkeys(NAMES, 1))
    return growing_and_shrinking(table), lambda: lambda x: (x + table["n1"], len(table))


def of_a_factory(pairs):
    return defaultdict(int, pairs)


class Derived(dict):
    pass


class Ordered(OrderedDict):
    pass


def in_a_set():
    table = set(NAMES)

    def change():
        table.update(MORE)
        table.difference_update(MORE)

    return change, lambda: lambda x: (x + ("n1" in table), len(table))


def in_a_queue():
    queue = deque([1] * len(NAMES))

    def change():
        queue.extend([1] * len(MORE))
        for _ in MORE:
            queue.pop()

    return change, lambda: lambda x: (x + queue[1], len(queue))


class Box:
    pass


def in_an_object():
    box = Box()
    box.__dict__.update(dict.fromkeys(NAMES, 1))
    return growing_and_shrinking(vars(box)), lambda: lambda x: (x + box.n1, len(vars(box)))


def in_a_function():
    def held():
        return 1

    held.__dict__.update(dict.fromkeys(NAMES, 1))

    def function():
        def f(x):
            made = functools.wraps(held)(lambda: 1)
            return x + made.n1, len(vars(made)) - 1

        return f

    return growing_and_shrinking(vars(held)), function


def of_a_parameter():
    box = Box()
    box.n1 = 1

    def function():
        def f(x, boxes=[box] * 32):  # noqa: B006
            return x + boxes[0].n1, len(NAMES)

        return f

    return growing_and_shrinking(vars(box)), function


@pytest.mark.parametrize(
    "case",
    [
        functools.partial(in_a_table, dict),
        functools.partial(in_a_table, OrderedDict),
        functools.partial(in_a_table, of_a_factory),
        functools.partial(in_a_table, Derived),
        functools.partial(in_a_table, Ordered),
        in_a_set,
        in_a_queue,
        in_an_object,
        in_a_function,
        of_a_parameter,
    ],
    ids=[
        "dict",
        "OrderedDict",
        "defaultdict",
        "Derived",
        "Ordered",
        "set",
        "deque",
        "object",
        "function",
        "parameter",
    ],
)
def test_what_is_read_is_as_it_was_at_one_moment(case):
    change, function = case()
    x = paddle.ones([2])
    with another_thread(change):
        for _ in range(20):
            y, size = paddlefx.optimize(function())(x)
            assert y.tolist() == [2.0, 2.0]
            assert len(NAMES) <= size <= len(NAMES) + len(MORE)
