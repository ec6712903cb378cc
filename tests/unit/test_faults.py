"""Failing memory and failing callbacks: a clear error or the plain result, never a crash.

``_testcapi.set_nomemory(n, n + 1)`` lets the n-th allocation fail that CPython's allocators are asked
for. Each scenario is repeated with every n until it passes without a failure, in a process of its
own, where a crash is a failure of the test.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PRELUDE = """
import _testcapi, faulthandler
from paddlefx import _C
from paddlefx.guards import Guard, GuardKind, compile_guards
from paddlefx.source import *
from tests.support.interpreter import hook_is_on

faulthandler.enable()

def plain(a, b=2, *args, c=3, **kw):
    return ("plain", a, b, args, c, kw)

def fast(a, b=2, *args, c=3, **kw):
    return ("plain", a, b, args, c, kw)

ALWAYS = compile_guards([])
BOX = [1, 2, {"key": 1.5}, (1, 2)]

class Box:
    def __init__(self):
        self.value = 1.5

HELD = Box()

def steps():
    x = LocalSource("a", 0)
    held = ConstantSource(HELD, "HELD")
    return [
        Guard(x, GuardKind.TYPE, list),
        Guard(ItemSource(x, 0), GuardKind.VALUE, 1),
        Guard(ItemSource(ItemSource(x, 2), "key"), GuardKind.VALUE, 1.5),
        Guard(ItemSource(x, 3), GuardKind.VALUE, (1, 2)),
        Guard(AttributeSource(held, "value"), GuardKind.VALUE, 1.5),
        Guard(x, GuardKind.LENGTH, 4),
        *[Guard(ItemSource(GlobalSource("BOX"), i), GuardKind.VALUE, i + 1) for i in range(2)],
        *[Guard(ItemSource(x, index), GuardKind.TYPE, kind)
          for index, kind in enumerate([int, int, dict, tuple])],
        Guard(ComputedSource(divmod, (ItemSource(x, 0), ItemSource(x, 1))), GuardKind.VALUE, (0, 1)),
    ]

def clones(function):
    '''Functions with code of their own: no function is made while memory fails, because CPython
    3.13.0 crashes in MAKE_FUNCTION then.'''
    kind = type(function)
    return [kind(function.__code__.replace(), globals()) for _ in range(2000)]

def tries(scenario, expected, most=5000):
    '''Runs it with the n-th allocation failing, for every n; how often it failed.'''
    scenario()
    failed = 0
    for n in range(most):
        error = None
        _testcapi.set_nomemory(n, n + 1)
        try:
            result = scenario()
        except MemoryError:
            error = True
        finally:
            _testcapi.remove_mem_hooks()
        if error:
            failed += 1
        else:
            assert result == expected, (n, result)
        assert not hook_is_on() and _C.is_enabled() and _C.hook_depth() == 0, n
        if n > failed + 200:
            return failed
    raise AssertionError("it never came to an end")
"""

SCENARIOS = {
    "a guard program is made": """
        program = []
        rows = []
        class Rows(_C.GuardProgram):
            def __new__(cls, steps, on_dead=None):
                rows.append(steps)
                return super().__new__(cls, steps, on_dead)
        import paddlefx.guards
        whole = compile_guards(steps())
        paddlefx.guards.GuardProgram, kept = type("P", (Rows, ), {}), paddlefx.guards.GuardProgram
        compile_guards(steps())
        paddlefx.guards.GuardProgram = kept
        def scenario():
            made = _C.GuardProgram(rows[0])
            return made.size == whole.size and made.check((BOX,), globals())
        assert tries(scenario, True) > 0
    """,
    "guards are checked": """
        program = compile_guards(steps())
        def scenario():
            return program.check((BOX,), globals())
        # a failing allocation is a guard that doesn't hold
        for n in range(50):
            _testcapi.set_nomemory(n, n + 1)
            try:
                answer = scenario()
            except MemoryError:
                answer = None
            finally:
                _testcapi.remove_mem_hooks()
            assert answer in (True, False, None)
        assert scenario() is True
    """,
    "failures are told": """
        program = compile_guards(steps())
        other = [5, 6, {"key": 2.5}, (3,)]
        whole = program.failures((other,), globals())
        assert len(whole) > 3
        def scenario():
            found = program.failures((other,), globals())
            return found == whole[:len(found)]
        assert tries(scenario, True) > 0
    """,
    "a hit": """
        program = compile_guards(steps())
        def translate(cache, state):
            cache.insert(_C.Entry(program, fast, fast.__code__))
            return fast
        optimized = _C.Dispatcher(plain, translate)
        optimized(BOX)
        expected = plain(BOX, 1, 2, 3, z=BOX)
        def scenario():
            return optimized(BOX, 1, 2, 3, z=BOX)
        tries(scenario, expected)  # where binding fails the plain function runs
    """,
    "a miss": """
        expected = plain(BOX, 1, 2, 3, c=4, z=BOX)
        def translate(cache, state):
            cache.insert(_C.Entry(ALWAYS, fast, fast.__code__))
            return fast
        def scenario():
            optimized = _C.Dispatcher(plain, translate)
            optimized(BOX, 1, 2, 3, c=4, z=BOX)
            return optimized(BOX, 1, 2, 3, c=4, z=BOX)
        assert tries(scenario, expected) > 0
    """,
    "many arguments": """
        names = ", ".join("a%d" % i for i in range(40))
        space = {}
        exec(f"def many({names}, *rest, k=1): return ({names}, rest, k)", space)
        many = space["many"]
        def translate(cache, state):
            return None
        optimized = _C.Dispatcher(many, translate)
        bound = _C.Dispatcher(many, translate, instance=BOX)
        given = list(range(40))
        expected = many(*given, 40, k=2), many(BOX, *given, 40)
        def scenario():
            return optimized(*given, 40, k=2), bound(*given, 40)
        assert tries(scenario, expected) > 0
    """,
    "the frame hook, in place and by a call": """
        def victim(a, *rest, **kw):
            return a, rest, kw
        def other(a, *rest, **kw):
            b = c = d = e = f = g = a
            return [b, c, d, e, f, g][0], rest, kw
        def called(a, *rest, **kw):
            return a, rest, kw
        def run(function):
            return function(BOX, 1, k=2)
        expected = run(victim), run(victim)
        fresh, known = clones(victim), {}
        def look(code, globals):
            return known.get(code)
        def scenario():
            known.clear()
            first, second = fresh.pop(), fresh.pop()
            replaced, through = _C.CodeCache(first.__code__), _C.CodeCache(second.__code__)
            replaced.insert(_C.Entry(ALWAYS, other, other.__code__))
            through.insert(_C.Entry(ALWAYS, called))
            known[first.__code__], known[second.__code__] = replaced, through
            hooked = _C.hooked_by(look)
            return hooked(run, first), hooked(run, second)
        assert tries(scenario, expected) > 0
    """,
    "the frame hook misses": """
        def victim(a, *rest, **kw):
            return a, rest, kw
        def run(function):
            return function(BOX, 1, k=2)
        def translate(cache, state):
            (state.locals, state.globals, state.code, state.function, state.closure)
            return victim
        expected = run(victim)
        fresh, known = clones(victim), {}
        def look(code, globals):
            return known.get(code)
        def scenario():
            known.clear()
            function = fresh.pop()
            known[function.__code__] = _C.CodeCache(function.__code__, translate)
            return _C.hooked_by(look)(run, function)
        assert tries(scenario, expected) > 0
    """,
    "continuations": """
        def last(a, b):
            _C.entered()
            return a, b
        def middle(a):
            _C.entered()
            return _C.continue_in(last, a, 2)
        def first(a):
            return a, 2
        def started(a):
            return _C.continue_in(middle, a)
        optimized = _C.Dispatcher(first, lambda cache, state: started)
        def scenario():
            return optimized(BOX)
        assert tries(scenario, (BOX, 2)) > 0
    """,
    "a dispatcher's attributes, copies and closures": """
        import copy
        def outer(n):
            def inner(a):
                return a, n
            return inner
        def translate(cache, state):
            return None
        one, cells = outer(1), outer(2).__closure__
        def scenario():
            optimized = _C.Dispatcher(one, translate)
            shared = optimized.with_closure(cells)
            optimized.__doc__ = "doc"
            bound = _C.Dispatcher(plain, translate, instance=BOX)
            copied = copy.deepcopy(bound)
            return shared(1), optimized.__doc__, repr(copied) != "", optimized.__name__
        assert tries(scenario, ((1, 2), "doc", True, "inner")) > 0
    """,
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_failing_memory(name):
    script = textwrap.dedent(PRELUDE) + textwrap.dedent(SCENARIOS[name])
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:]
