"""What only 3.14 has, run there plain and made again; ``nox -s py314`` runs this file.

Its name keeps it from being collected on the other versions.
"""

from __future__ import annotations

import asyncio
import gc
import re
import sys
import weakref

import pytest

import paddlefx
from paddlefx.__main__ import main
from paddlefx.errors import UnsupportedPythonError
from tests.support.reemit import again

SOURCES = {
    "template": '''
def f(name, width):
    t = t"a {name!r:>{width}} b {width=} {name!s}{width:{name}}"
    return t.strings, [(i.value, i.expression, i.conversion, i.format_spec)
                       for i in t.interpolations]
result = f("x", 3), f(1, "y"), t"{1}".strings, t"".interpolations
''',
    "annotations": '''
import annotationlib
class C:
    x: int = 1
    if x:
        y: Undefined
    def m(self, a: Undefined, *b: int, c: "str" = 3) -> list[Undefined]: ...
def g[T: Undefined](a: T) -> T: ...
def read(thing):
    formats = annotationlib.Format.FORWARDREF, annotationlib.Format.STRING
    return [repr(annotationlib.get_annotations(thing, format=each)) for each in formats]
try:
    C.m.__annotations__
except NameError as error:
    result = read(C), read(C.m), str(error), [t.__name__ for t in g.__type_params__]
''',
    "builtins": '''
def f(values):
    seen = []
    any = lambda given: seen.append(list(given)) or "mine"
    return all(v for v in values), tuple(v + 1 for v in values), any(v for v in values), seen
def g(values):
    return any(v for v in values), all(w for w in values if w), tuple(v for v in ())
result = f([1, 2]), f([0, 1]), g([]), g([0, 3]), g([0])
''',
    "except": '''
def f(error):
    try:
        try:
            raise error
        except KeyError, ValueError:
            return "first"
        finally:
            with suppress(TypeError):
                raise TypeError
    except* OSError as group:
        seen = type(group).__name__
    return seen
from contextlib import suppress
result = f(KeyError()), f(ValueError()), f(OSError())
''',
    "with": '''
log = []
class Manager:
    def __enter__(self): return log.append("enter") or self
    def __exit__(self, *exception): return log.append(exception[0]) or True
class Static(Manager):
    __exit__ = staticmethod(lambda *exception: log.append(len(exception)))
def f(m, n):
    with m as a, n:
        m = n = None
        for i in range(3):
            with a:
                if i == 1:
                    return a is not m, i
                raise ValueError(i)
result = f(Manager(), Static()), f(Static(), Manager()), log
''',
    "missing exit": '''
def f(value):
    try:
        with value:
            pass
    except TypeError as error:
        return str(error)
class Half:
    def __enter__(self): raise SystemError
result = f(3), f(Half())
''',
    "loops": '''
def f(values, stop):
    found = []
    for v in values:
        for w in values:
            if w == stop: break
            if v: continue
            found.append((v, w))
        else:
            found.append(v)
    return found, [x for x in values if x if x != stop], values[1:2], values[-1], [1, 2, 3][0]
result = f([0, 1, 2], 2), f((0, 0), 1)
''',
}  # fmt: skip


def run(code):
    namespace = {"__name__": "made"}
    exec(code, namespace)
    return re.sub("0x[0-9a-f]+", "0x", repr(namespace["result"]))


@pytest.mark.parametrize("strip", [False, True], ids=["hints", "no hints"])
@pytest.mark.parametrize("name", SOURCES)
def test_behaves_the_same(name, strip):
    code = compile(SOURCES[name], "<made>", "exec", dont_inherit=True)
    expected = run(code)
    assert run(again(code, strip)) == expected


def test_a_borrowed_reference_outlives_the_local():
    """Loads that may not borrow don't: the locals go while their values are on the stack."""
    source = (
        "def f(make, use, gc):\n"
        "    a = make()\n"
        "    b = (a, [a := None, gc()], 1)\n"
        "    a = make()\n"
        "    use(a, [a := None, gc()])\n"
        "    with make() as c:\n"
        "        c = None\n"
        "        gc()\n"
        "    a = make()\n"
        "    return [b[0].alive, use(a, delete(locals())), a.alive]\n"
        "def delete(names): names.clear()\n"
    )

    class Kept:
        alive = True

        def __enter__(self):
            return self

        def __exit__(self, *exception):
            assert self.alive

    code = compile(source, "<made>", "exec", dont_inherit=True)
    for strip in (False, True):
        namespace = {}
        exec(again(code, strip), namespace)
        used = lambda value, rest: value.alive
        assert namespace["f"](Kept, used, gc.collect) == [True, True, True]


def test_an_object_is_let_go_when_its_local_is():
    namespace = {}
    source = "def f(make):\n a = make()\n r = ref(a)\n a = None\n return r()\n"
    exec(again(compile(source, "<made>", "exec", dont_inherit=True)), namespace)
    namespace["ref"] = weakref.ref
    assert namespace["f"](type("Made", (), {})) is None


MONITORED = '''
async def each(count):
    for i in range(count):
        yield i
async def f(n):
    found = []
    async for i in each(n):
        if i and i % 2:
            found.append(i)
        while i > 2:
            i -= 1
    return found, None if n is None else [x for x in range(n) if x]
'''  # fmt: skip


def events(code):
    """(event, line of where from and where to) of every branch of ``f`` as it runs."""
    monitoring, seen = sys.monitoring, []
    namespace = {}
    exec(code, namespace)
    made = namespace["f"].__code__
    lines = {
        offset: line for start, end, line in made.co_lines() for offset in range(start, end, 2)
    }
    wanted = monitoring.events.BRANCH_LEFT | monitoring.events.BRANCH_RIGHT
    monitoring.use_tool_id(4, "test")
    for event in (monitoring.events.BRANCH_LEFT, monitoring.events.BRANCH_RIGHT):
        monitoring.register_callback(
            4,
            event,
            lambda code, start, end, event=event: seen.append((event, lines[start], lines[end])),
        )
    monitoring.set_local_events(4, made, wanted)
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(namespace["f"](5))
    finally:
        loop.close()
        monitoring.set_local_events(4, made, 0)
        monitoring.free_tool_id(4)
    return seen


@pytest.mark.parametrize("strip", [False, True], ids=["hints", "no hints"])
def test_branches_are_monitored_the_same(strip):
    code = compile(MONITORED, "<made>", "exec", dont_inherit=True)
    plain = events(code)
    assert len({event for event, *_ in plain}) == 2
    assert events(again(code, strip)) == plain


def test_what_a_user_sees(capsys):
    with pytest.raises(UnsupportedPythonError, match="compiled on Python 3.14") as caught:
        paddlefx.optimize(len)
    assert "3.8 to 3.13" in str(caught.value)
    assert main(["dis", "tests/support/corpus.py"]) == 0
    assert "WITH_ENTER" in capsys.readouterr().out
