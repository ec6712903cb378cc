"""Dispatchers of one code with several closures: one cache, each its own cells."""

from __future__ import annotations

import gc
import types

import pytest

from paddlefx import _C
from paddlefx.guards import Guard, GuardKind, compile_guards
from paddlefx.source import LocalSource


def test_with_closure_shares_what_was_compiled():
    def closed(cells):
        def func(x):
            return x, value

        value = None
        return types.FunctionType(func.__code__, globals(), "func", None, cells)

    def compiled(cells):
        def func(x):
            return "compiled", x, value

        value = None
        return types.FunctionType(func.__code__, globals(), "func", None, cells)

    asked = []

    def translate(cache, state):
        asked.append(state.closure)
        made = compiled(state.closure)
        guards = compile_guards([Guard(LocalSource("x", 0), GuardKind.TYPE, int)])
        cache.insert(_C.Entry(guards, made, made.__code__))
        return made

    template = _C.Dispatcher(closed((types.CellType(0),)), translate)
    one, two = types.CellType("one"), types.CellType("two")
    assert template.with_closure((one,))(1) == ("compiled", 1, "one")
    assert template.with_closure((two,))(2) == ("compiled", 2, "two")
    one.cell_contents = "again"
    assert template.with_closure((one,))(3) == ("compiled", 3, "again")
    assert asked == [(one,)]
    for wrong in ((), (one, two), [one], (1,)):
        with pytest.raises(TypeError, match="a tuple of 1 cells"):
            template.with_closure(wrong)
    first = template.with_closure((one,))
    first.itself = first
    del first
    gc.collect()  # a dispatcher that goes takes nothing from the others
    assert template.with_closure((two,))(4) == ("compiled", 4, "two")
    assert asked == [(one,)]
