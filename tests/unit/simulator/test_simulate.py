"""Functions on the simulator do what they do in CPython: calls, generators, classes, handlers."""

from __future__ import annotations

import pathlib
import random
import statistics
import sys
import types

import pytest

from tests.support import observe as seen
from tests.support.corpus_cases import CASES, FUNCTIONS
from tests.support.simulator import Simulator, simulate
from tests.unit.test_emit import in_place


@pytest.fixture(scope="module")
def corpus():
    return {function: simulate(function) for function in FUNCTIONS}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].__name__)
def test_the_corpus(case, corpus):
    original, argument_lists = case[:2]
    kwargs = case[2] if len(case) > 2 else {}

    def runs(function):
        return [
            seen.without_frames(seen.observe(function, args, kwargs)) for args in argument_lists
        ]

    expected = runs(original)
    with in_place(corpus):
        assert runs(corpus[original]) == expected


def module(text, name="module"):
    """Two namespaces that the text ran in: CPython's and the simulator's."""
    plain, ours = {"__name__": name}, {"__name__": name}
    code = compile(text, "<module>", "exec", dont_inherit=True)
    exec(code, plain)
    Simulator().run_module(code, ours)
    return plain, ours


@pytest.mark.parametrize("library", [random, statistics], ids=lambda one: one.__name__)
def test_a_module_of_the_library(library):
    """Its classes are real classes, whose methods run here."""
    plain, ours = module(pathlib.Path(library.__file__).read_text("utf-8"), library.__name__)
    assert set(ours) == set(plain)
    if library is random:
        for namespace in (plain, ours):
            generator = namespace["Random"](5)
            drawn = [generator.randint(1, 100), generator.sample(range(50), 7)]
            namespace["drawn"] = [*drawn, generator.shuffle(drawn), generator.gauss(0, 1)]
        assert ours["drawn"] == plain["drawn"]
    else:
        for name in ("mean", "median", "stdev", "mode"):
            assert ours[name]([1, 2, 2, 7]) == plain[name]([1, 2, 2, 7])
        with pytest.raises(ours["StatisticsError"]):
            ours["mean"]([])


HANDLED = """
import sys

def inner():
    try:
        yield sys.exc_info()[0]
    finally:
        raise KeyError(2)

def outer(log):
    try:
        raise ValueError(1)
    except ValueError:
        try:
            yield from inner()
        except KeyError as error:
            log.append(type(error.__context__))
            yield sys.exc_info()[0]
        yield sys.exc_info()[0]
    yield sys.exc_info()[0]
"""


@pytest.mark.parametrize("thrown", [None, TypeError])
def test_the_handled_exception_of_a_generator(thrown):
    """It is the generator's own while it runs, whoever resumes it, and however."""

    def run(namespace):
        log = []
        generator = namespace["outer"](log)
        log.append(next(generator))
        try:
            raise OSError
        except OSError:
            log.append(generator.throw(thrown) if thrown else next(generator))
        return log + list(generator) + [sys.exc_info()[0]]

    plain, ours = module(HANDLED)
    assert run(ours) == run(plain)


def test_what_a_generator_raises_while_it_is_closed():
    text = """
def f():
    try:
        yield 1
    finally:
        raise KeyError(1)

def g():
    try:
        yield 1
    except GeneratorExit:
        yield 2
"""
    for namespace in module(text):
        generator = namespace["f"]()
        next(generator)
        with pytest.raises(KeyError):
            generator.close()
        generator = namespace["g"]()
        next(generator)
        with pytest.raises(RuntimeError, match="generator ignored GeneratorExit"):
            generator.close()


def test_a_generator_is_a_generator():
    _, ours = module("def f():\n    yield 1\nasync def g():\n    yield 2\nasync def h():\n    pass")
    generator = ours["f"]()
    assert isinstance(generator, types.GeneratorType)
    assert (generator.__name__, generator.__qualname__) == ("f", "f")
    assert isinstance(ours["g"](), types.AsyncGeneratorType)
    coroutine = ours["h"]()
    assert isinstance(coroutine, types.CoroutineType)
    coroutine.close()


def test_classes_are_built_with_their_namespace():
    text = """
log = []

class Meta(type):
    @classmethod
    def __prepare__(mcs, name, bases, **named):
        log.append((name, sorted(named)))
        return {"given": 1}
    def __new__(mcs, name, bases, space, **named):
        log.append(sorted(space))
        return super().__new__(mcs, name, bases, dict(space))
    def __init__(cls, name, bases, space, **named):
        pass

class A(metaclass=Meta, option=2):
    x: int = given + 1
    def m(self, *rest):
        return __class__, super().__repr__ is not None, rest

class B(A):
    def m(self):
        return super().m(1)

b = B().m()
b = b[0].__qualname__, b[1:], A.x, A.__annotations__ == {"x": int}, A.m.__qualname__
"""
    plain, ours = module(text)
    assert ours["b"] == plain["b"]
    assert ours["log"] == plain["log"]


def test_what_looks_at_its_frame():
    text = """
def f(x, y=2):
    z = [x, y]
    def g():
        return x
    return sorted(locals()), dir(), eval("z + [x]"), globals()["__name__"], vars() == locals()

class C:
    a = 1
    b = sorted(locals())

def g():
    super()
"""
    plain, ours = module(text)
    assert ours["f"](1) == plain["f"](1)
    assert ours["C"].b == plain["C"].b
    for namespace in (plain, ours):
        with pytest.raises(RuntimeError, match=r"super\(\): no arguments"):
            namespace["g"]()


def test_defaults_and_attributes_are_kept():
    def f(a, b=[1], *, c={"k": 2}):
        """What it is for."""
        return a, b, c

    f.mark = 1
    made = simulate(f)
    assert made(0) == (0, [1], {"k": 2})
    assert (made.__doc__, made.mark) == ("What it is for.", 1)
    assert made.__qualname__ == f.__qualname__
    assert made.__defaults__ is f.__defaults__
