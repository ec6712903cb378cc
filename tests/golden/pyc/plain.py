"""What every reader of .pyc files should manage; compiled by make.py for each version."""

import os.path as path
from collections import OrderedDict, namedtuple


def arguments(a, /, b, *args, c=1, d: int = 2, **kwargs):
    return a, b, args, c, d, kwargs


class Outer:
    """A class with a cell, a closure and a default."""

    names = {name: len(name) for name in ("x", "yy", "zzz")}

    def method(self, value=3):
        def inner(more):
            nonlocal value
            value += more
            return super(Outer, self).__repr__() + str(value)

        return inner

    async def waits(self):
        async with self as entered:
            async for item in entered:
                yield await item


def handles(items):
    try:
        with items as entered:
            for index, item in enumerate(entered):
                if item in {"a", "b", "c"}:
                    continue
                yield path.join(f"{index:>{item}}", item) if item else (yield)
    except (KeyError, ValueError) as error:
        raise OSError from error
    finally:
        del items


def far_below():
    first = 1





























































































































    return [
        first,
        (lambda: OrderedDict(namedtuple("N", "a b")(1, 2)._asdict())),
        first if first else [other for other in range(first) if other],
    ]
