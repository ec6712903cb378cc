"""Objects live as long as in the plain program where a break divides a function.

What the frame has let go of is gone before the next instruction that runs for real; what it
still holds is alive, read again or not.
"""

from __future__ import annotations

import functools
import gc
import importlib
import sys
import weakref

import paddle
import pytest

import paddlefx


class Held:
    """Something that can be referred to weakly."""


def run(function, told):
    """What a function tells, called plainly and, compiled, for the second time."""
    function(paddle.ones([2]))
    plain = told[:]
    compiled = paddlefx.optimize(function)
    compiled(paddle.ones([2]))
    told.clear()
    compiled(paddle.ones([2]))
    return plain, told[:]


def deleted(t, tell):
    a = Held()
    r = weakref.ref(a)
    tell(r() is a)
    del a
    tell(r() is None)
    return t + 1


def rebound(t, tell):
    a = Held()
    r = weakref.ref(a)
    tell("made")
    a = 1
    tell(r() is None)
    return t + a


def not_read_again(t, tell):
    a = Held()
    r = weakref.ref(a)
    tell(r() is not None)
    tell(r() is not None)
    return t + 1


def held_by_a_list(t, tell):
    items = [Held()]
    r = weakref.ref(items[0])
    tell(r() is not None)
    tell(r() is not None)
    items.clear()
    tell(r() is None)
    return t + 1


def in_a_handler(t, tell):
    a = Held()
    r = weakref.ref(a)
    try:
        tell("raises")
        raise ValueError
    except ValueError:
        tell("handles")
        a = None
        tell(r() is None)
    return t + 1


def in_a_with_statement(t, tell):
    with paddle.no_grad():
        a = Held()
        r = weakref.ref(a)
        tell("in")
        del a
        tell(r() is None)
    return t + 1


def generator_left(t, tell):
    def values():
        try:
            yield 1
            yield 2
        finally:
            tell("closed")

    for value in values():
        tell(value)
        break
    tell("after")
    return t + 1


def parameter(t, tell):
    def callee(x):
        r = weakref.ref(x)
        tell(r() is x)
        x = None
        tell("rebound")
        return r

    a = Held()
    r = callee(a)
    tell(r() is a)
    del a
    tell(r() is None)
    return t + 1


class Told:
    """Counts its ends where a function can see them."""

    ends = 0

    def __del__(self):
        Told.ends += 1


def end_is_seen(t, tell):
    Told.ends = 0
    a = Told()
    tell("made")
    before = Told.ends
    del a
    tell((before, Told.ends))
    a = Told()
    tell("made")
    a = Told.ends
    seen = Told.ends
    tell((a, seen))
    return t + 1


def end_in_an_exception(t, tell):
    Told.ends = 0
    try:
        raise ValueError(Told())
    except ValueError:
        before = Told.ends
    tell((before, Told.ends))
    return t + 1


def generator_rebound(t, tell):
    def values():
        try:
            yield 1
        finally:
            tell("closed")

    g = values()
    next(g)
    g = 5
    tell(g)
    return t + g


def held_by_a_caller(t, tell):
    """A traceback holds the frames around it, and they what they haven't let go of."""

    class Keeper:
        def dig(self):
            try:
                tell(1 / 0)
            except ZeroDivisionError as error:
                self.error = error
            self = None

    keeper = Keeper()
    keeper.dig()
    r = weakref.ref(keeper)
    del keeper
    tell(r() is None)
    return t + 1


def cycle_of_a_generator(t, tell):
    def values():
        try:
            g = yield
            yield 1
        finally:
            tell("closed")

    g = values()
    next(g)
    g.send(g)
    tell("sent")
    del g
    tell("deleted")
    gc.collect()
    return t + 1


@pytest.mark.parametrize(
    "function",
    [
        end_is_seen,
        end_in_an_exception,
        generator_rebound,
        held_by_a_caller,
        cycle_of_a_generator,
        deleted,
        rebound,
        not_read_again,
        held_by_a_list,
        in_a_handler,
        in_a_with_statement,
        generator_left,
        parameter,
    ],
)
def test_objects_live_as_long_as_in_the_plain_program(function):
    told = []

    def tell(value):
        told.append(value)
        print(value)  # a break in each call

    plain, compiled = run(lambda t: function(t, tell), told)
    assert plain == compiled
    assert plain


def test_a_frame_met_by_the_hook_lets_go_of_its_arguments():
    seen = []

    def callee(x, r):
        x = None
        seen.append(r() is None)
        return paddle.ones([2]) + 1

    def caller(t):
        a = Held()
        held = [a]
        r = weakref.ref(a)
        del a
        list(map(lambda _: callee(held.pop(), r), [0]))
        return t

    caller(paddle.ones([2]))
    compiled = paddlefx.optimize(caller)
    compiled(paddle.ones([2]))
    compiled(paddle.ones([2]))
    assert seen[2] == seen[0]


def test_a_compiled_form_keeps_nobodys_closure_alive():
    """Resume functions and frames met by the hook are compiled for every closure of a code."""
    held = []

    def caller(t):
        a = Held()
        held.append(weakref.ref(a))

        def inner(_):
            print(end="")
            return t + 1, a

        list(map(inner, [0]))
        print(end="")
        return inner(0)[0]

    compiled = paddlefx.optimize(caller)
    for _ in range(3):
        compiled(paddle.ones([2]))
    gc.collect()
    assert [ref() for ref in held] == [None] * 3


@paddlefx.disable
def told(function):
    """A decorator that runs for real: the class is made for real, too."""
    return function


def with_slots(t, held):
    class Node:
        __slots__ = ("value", "__weakref__")

        def __init__(self, value):
            self.value = value

    class Tree(Node):
        @told
        def size(self):
            return 3

    held.append(weakref.ref(Tree))
    print(end="")
    tree = Tree(t + 1)
    tree.more = isinstance(tree, Node)
    print(end="")
    held.append(weakref.ref(Node))
    print(end="")
    return (t + tree.value) * tree.size() * tree.more


def with_its_own_object(t, held):
    class Tree:
        @told
        def size(self):
            return 3

    held.append(weakref.ref(Tree))
    print(end="")
    tree = Tree()
    tree.value = t + 1
    held.append(weakref.ref(tree))
    print(end="")
    kind = type(tree)
    value = (t + tree.value) * tree.size()
    return value * isinstance(tree, kind)


@pytest.mark.parametrize("function", [with_slots, with_its_own_object])
def test_a_compiled_form_keeps_no_class_of_a_function_alive(function):
    """Neither as a constant, nor by a guard on a descriptor of its own."""
    held = []
    compiled = paddlefx.optimize(function)
    for _ in range(3):
        assert compiled(paddle.ones([2]), held).tolist() == [9.0, 9.0]
    gc.collect()
    assert [ref() for ref in held] == [None] * 6
    assert paddlefx.stats()["fallbacks"] == 0


def shown(namespace):
    print(end="")
    gc.collect()
    return "told" in namespace


def looks_into_its_own_classes(t):
    made = []

    class Outer(type):
        def __new__(meta, name, bases, namespace):
            made.append(name)
            return super().__new__(meta, name, bases, namespace)

        @classmethod
        def __prepare__(meta, name, bases):
            return {"told": True}

    t = t + 1

    class First(metaclass=Outer):
        pass

    made.clear()
    t = t + 1
    first = shown(First.__dict__)

    class Second(First):
        pass

    made.clear()
    t = t + 1
    return first, shown(Second.__dict__)


def test_a_class_that_a_function_made_lives_as_long_as_its_local():
    """Its end empties what ``__dict__`` showed."""
    assert looks_into_its_own_classes(paddle.ones([2])) == (True, True)
    compiled = paddlefx.optimize(looks_into_its_own_classes)
    for _ in range(3):
        assert compiled(paddle.ones([2])) == (True, True)


def test_a_partial_of_a_partial_is_taken_apart_behind_a_break():
    names = ("functools", "_functools")
    own = {name: sys.modules.pop(name) for name in names}
    fresh = importlib.import_module("functools")
    sys.modules.update(own)

    def caller(t, partial):
        inner = partial(max, 1)
        t = t + 1
        nested = partial(inner, key=abs)
        return t, nested.func is max, nested.args

    compiled = paddlefx.optimize(caller)
    for partial in (fresh.partial, functools.partial):
        assert compiled(paddle.ones([2]), partial)[1:] == (True, (1,))


def test_a_generator_in_a_cycle_is_closed_by_the_collector():
    """``g.send``, handed over a break, is another object in each call: no form holds it."""

    def cycle(t):
        log = []

        def values():
            try:
                _ = yield
                yield 1
            finally:
                log.append("closed")

        g = values()
        next(g)
        g.send(g)
        t = t * 2
        del g
        gc.collect()
        return log

    assert cycle(paddle.ones([2])) == ["closed"]
    compiled = paddlefx.optimize(cycle)
    for _ in range(3):
        assert compiled(paddle.ones([2])) == ["closed"]


def test_an_operation_that_was_refused_keeps_nothing_alive():
    """That shapes don't fit is remembered, and not the frames in which it was found out."""

    def function(held, x):
        try:
            return x[:2] * x
        except ValueError:
            return x

    compiled = paddlefx.optimize(function)
    for size in (4, 5, 6):
        held = Held()
        alive = weakref.ref(held)
        gc.disable()
        compiled(held, paddle.ones([size]))
        del held
        assert alive() is None
        gc.enable()
