"""Descriptors, modules and classes that CPython's own tests ask about."""

from __future__ import annotations

import types
from typing import Any, Callable, List

import paddle
import pytest

import paddlefx


class Named:
    """Stores in the instance, and can't be read."""

    def __init__(self, name):
        self.name = name

    def __set__(self, target, value):
        target.__dict__[self.name] = value


class Kept:
    a = Named("a")


def set_and_no_get(x):
    kept = Kept()
    before = type(kept.a)
    kept.a = 42
    return x + 1, before, kept.a


class Base:
    @property
    def size(self):
        return 1


class Derived(Base):
    @classmethod
    def of_base(cls):
        return super().size


def a_property_through_super(x):
    return x + 1, Derived.of_base() is Base.__dict__["size"]


class Readable:
    size = property(lambda self: 1)


def read_only_members(x):
    raw = Readable.__dict__["size"]
    told = []
    for name in ("fget", "fset", "fdel"):
        try:
            setattr(raw, name, 42)
        except AttributeError as error:
            told.append(str(error))
        else:
            told.append("stored")
    return x + 1, told


class Subtype(types.ModuleType):
    size = 3


def class_of_a_module(x):
    module = types.ModuleType("module")
    before = hasattr(module, "size")
    module.__class__ = Subtype
    return x + 1, before, hasattr(module, "size"), type(module)


def nameless_module(x):
    module = types.ModuleType.__new__(types.ModuleType)
    found = [hasattr(module, name) for name in ("__name__", "__file__", "size")]
    module.size = 1
    return x + 1, found, module.__dict__


class Watched(types.ModuleType):
    log: List[Any] = []

    def __getattribute__(self, name):
        Watched.log.append(name)
        return types.ModuleType.__getattribute__(self, name)


def watched_module(x):
    del Watched.log[:]
    module = Watched("module")
    module.size = 12
    found = module.size
    return x + found, list(Watched.log)


def no_class_cell(x):
    try:

        class Wrong:
            __classcell__ = 42

    except TypeError:
        return x + 1
    return x + 2


def conflicting_bases(x):
    class A:
        pass

    class B:
        pass

    class C(A, B):
        pass

    class D(A, B):
        pass

    class E(C, D):
        pass

    try:
        C.__bases__ = (B, A)
    except TypeError:
        return x + 1
    return x + 2


class Registry:
    pass


def listed_by_its_base(x):
    class Plugin(Registry):
        pass

    print("between")
    found = [cls.__name__ for cls in Registry.__subclasses__() if cls is not Plugin]
    return x + 1, Registry.__subclasses__()[-1] is Plugin, "Plugin" in found


class Failing:
    def __new__(cls, *args):
        raise AssertionError


class Restored(Failing):
    __new__ = object.__new__

    def __init__(self, size):
        self.size = size


del Restored.__new__
del Failing.__new__


def new_restored(x):
    try:
        return x + Restored(3).size
    except TypeError as error:
        return x + 1, str(error)


class Hashed:
    def __init__(self, number):
        self.number = number

    def __hash__(self):
        return self.number


def large_hashes(x):
    numbers = [-1, 2**61 - 1, 2**62 + 3, -(2**63), 2**63, 2**70]
    return x + 1, [hash(Hashed(number)) for number in numbers]


PROGRAMS = [
    large_hashes,
    set_and_no_get,
    a_property_through_super,
    read_only_members,
    class_of_a_module,
    nameless_module,
    watched_module,
    no_class_cell,
    conflicting_bases,
    new_restored,
]


def seen(function: Callable[..., Any]) -> Any:
    found = function(paddle.ones([1]))
    if isinstance(found, tuple):
        return [found[0].tolist(), *found[1:]]
    return found.tolist()


@pytest.mark.parametrize("program", PROGRAMS)
def test_as_plain(program: Callable[..., Any]) -> None:
    compiled = paddlefx.optimize(program)
    plain = seen(program)
    assert [seen(compiled) for _ in range(3)] == [plain] * 3


def test_a_base_lists_the_class_that_was_made() -> None:
    _, last, others = paddlefx.optimize(listed_by_its_base)(paddle.ones([1]))
    assert last and not others


def test_methods_of_data_types_that_read_or_change_what_the_process_keeps():
    def asked(x):
        return x + 1, float.__getformat__("double"), float in float.__base__.__subclasses__()

    assert paddlefx.optimize(asked)(paddle.ones([1]))[1:] == asked(paddle.ones([1]))[1:]
    assert paddlefx.stats()["graph_breaks"] >= 2
    if not hasattr(float, "__setformat__"):  # 3.11 and later
        return

    def unknown(x):
        float.__setformat__("double", "unknown")
        return x + 1

    def known(x):
        before = float.__getformat__("double")
        float.__setformat__("double", usual)
        return x + 1, before

    usual = float.__getformat__("double")
    functions = [paddlefx.optimize(unknown), paddlefx.optimize(known)]
    for _ in range(2):
        functions[0](paddle.ones([1]))
        before = functions[1](paddle.ones([1]))[1]
        assert (before, float.__getformat__("double")) == ("unknown", usual)
