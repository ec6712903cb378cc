"""The frame hook: frames replaced in place, and never a trace of it afterwards."""

from __future__ import annotations

import gc
import resource
import sys
import textwrap
import threading
import traceback
from typing import Any, Callable, Dict, List, Optional

import pytest

from paddlefx import _C
from paddlefx.guards import Guard, GuardKind, compile_guards
from paddlefx.hook import (
    counters,
    disabled,
    forget,
    frame_callback,
    hook_depth,
    hook_installed,
    hooked_call,
    reset_counters,
    skip,
)
from paddlefx.source import CellSource, LocalSource

ALWAYS = compile_guards([])


def make(source: str, name: str = "f", **names: Any) -> Any:
    """A function from source; ``names`` are its globals."""
    exec(compile(textwrap.dedent(source), "<test>", "exec"), names)
    return names[name]


@pytest.fixture(autouse=True)
def _clean() -> Any:
    reset_counters()
    yield
    assert not hook_installed()
    assert hook_depth() == 0
    _C.set_frame_callback(None)


def caches(*known: _C.CodeCache) -> Callable[..., Optional[_C.CodeCache]]:
    """A frame callback; by identity, for equal code objects are not the same."""
    return lambda code, globals: next((cache for cache in known if cache.code is code), None)


def replaced(plain: Any, other: Any, guards: Any = ALWAYS, by_code: bool = True) -> Any:
    """A frame callback that gives ``plain`` the code (or the function) of ``other``."""
    cache = _C.CodeCache(plain.__code__)
    cache.insert(_C.Entry(guards, other, other.__code__ if by_code else None))
    return caches(cache)


SIGNATURES = [
    ("a, b", (1, 2), {}),
    ("a, b=5, *args, c, d=7, **kw", (1, 2, 3, 4), {"c": 6, "z": 8}),
    ("*args", (), {}),
    ("**kw", (), {"q": 1}),
    ("a, /, b, *, c", (1, 2), {"c": 3}),
    ("", (), {}),
]


@pytest.mark.parametrize("by_code", [True, False])
@pytest.mark.parametrize(("signature", "args", "kwargs"), SIGNATURES)
def test_every_signature(signature: str, args: Any, kwargs: Any, by_code: bool) -> None:
    plain = make(f"def f({signature}): return ('plain', sorted(locals().items()))")
    other = make(
        f"""
        def f({signature}):
            found = ('other', sorted(locals().items()))
            more, than, before = 1, 2, 3
            return found[0], found[1], more + (than * (before ** (1 + (2 * (3 + more)))))
        """
    )
    with frame_callback(replaced(plain, other, by_code=by_code)):
        for _ in range(3):
            assert hooked_call(lambda: plain(*args, **kwargs)) == other(*args, **kwargs)
    assert plain(*args, **kwargs)[0] == "plain"
    assert counters()["hook_replaced" if by_code else "hook_called"] == 3


CELLS = """
    def outer(free, other):
        def f(a, b, *args, c=3):
            local = a + 1
            def inner():
                nonlocal local, a
                local += 1
                a += free
                return a, b, local, free, args, c, other
            return inner(), inner(), local, a
        return f
    """
CELLS_OTHER = """
    def outer(free, other):
        def f(a, b, *args, c=3):
            # fewer and more cells, another order of them, more locals
            x1, x2, x3 = a, b, c
            def inner():
                return x1, a, free, x2, other
            a += 1
            return "other", inner(), x3, args, free
        return f
    """


@pytest.mark.parametrize("by_code", [True, False])
def test_cells_of_parameters_and_free_variables(by_code: bool) -> None:
    plain = make(CELLS, "outer")(10, 20)
    code = next(c for c in make(CELLS_OTHER, "outer").__code__.co_consts if hasattr(c, "co_code"))
    from types import FunctionType

    other = FunctionType(code, {}, "f", plain.__defaults__, plain.__closure__)
    other.__kwdefaults__ = plain.__kwdefaults__
    expected = other(1, 2, 3, c=4)
    guards = compile_guards(
        [
            Guard(LocalSource("a", 0), GuardKind.VALUE, 1),
            Guard(LocalSource("b", 1), GuardKind.VALUE, 2),
            Guard(CellSource("free", 0), GuardKind.VALUE, 10),
        ]
    )
    with frame_callback(replaced(plain, other, guards, by_code)):
        assert hooked_call(plain, 1, 2, 3, c=4) == expected
        assert hooked_call(plain, 7, 2) == plain(7, 2)  # a guard fails: as it is
    assert expected[0] == "other"


def test_frame_state_of_a_miss() -> None:
    plain = make(CELLS, "outer")(10, 20)
    seen: List[Any] = []

    def translate(cache: Any, state: Any) -> None:
        assert hook_depth() == 1
        seen.append(state)

    cache = _C.CodeCache(plain.__code__, translate)
    with frame_callback(caches(cache)):
        assert hooked_call(plain, 1, 2, 3, c=4) == plain(1, 2, 3, c=4)
    (state,) = seen
    assert state.code is plain.__code__
    names = plain.__code__.co_varnames
    found = {n: v for n, v in zip(names, state.locals) if v is not _C.UNBOUND}
    assert found == {"a": 1, "b": 2, "c": 4, "args": (3,)}
    assert len(state.locals) == plain.__code__.co_nlocals
    assert state.globals is plain.__globals__
    assert state.builtins["len"] is len
    assert state.closure == plain.__closure__
    assert state.function in (plain, None)


def test_translate_gives_a_function() -> None:
    plain = make("def f(a, *, b=2): return a")
    other = make("def f(a, *, b=2): return [a, b]")
    asked = []

    def translate(cache: Any, state: Any) -> Any:
        asked.append(state)
        cache.insert(_C.Entry(ALWAYS, other, other.__code__))
        return other

    def callback(code: Any, globals: Any) -> Any:
        asked.append(code)
        return _C.CodeCache(code, translate) if code is plain.__code__ else None

    with frame_callback(callback):
        assert hooked_call(lambda: [plain(1), plain(2, b=3)]) == [[1, 2], [2, 3]]
    assert len([a for a in asked if a is plain.__code__]) == 1
    assert other.__code__ not in asked  # what was compiled isn't asked about
    assert _C.verdict(other.__code__) is None
    assert forget(plain.__code__)
    assert _C.verdict(plain.__code__) is _C.UNBOUND
    assert not forget(plain.__code__)


def test_exceptions_and_tracebacks() -> None:
    plain = make("def f(a):\n\n\n    return a")
    other = make("def f(a):\n\n    b = [a]\n    return b[3]")
    with frame_callback(replaced(plain, other)):
        with pytest.raises(IndexError) as caught:
            hooked_call(plain, 1)
        assert not hook_installed()
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert (frames[-1].filename, frames[-1].name, frames[-1].lineno) == ("<test>", "f", 4)
    assert len(frames) == len(traceback.extract_tb(_raised(other).__traceback__))


def test_a_frame_that_another_function_is_called_for_has_no_traceback_entry() -> None:
    plain = make("def f(a):\n\n\n    return a")
    other = make("def f(a):\n\n    b = [a]\n    return b[3]")
    with frame_callback(replaced(plain, other, by_code=False)):
        with pytest.raises(IndexError) as caught:
            hooked_call(plain, 1)
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert len(frames) == len(traceback.extract_tb(_raised(other).__traceback__))


def test_code_of_an_entry_runs_in_place_at_a_miss_too() -> None:
    plain = make("def outer(b):\n    def f(a): return a, b\n    return f", "outer")(2)
    other = make("def outer(b):\n    def f(a): return [a, b]\n    return f", "outer")(5)
    kind = type(plain)

    def translate(cache: Any, state: Any) -> Any:
        code = other.__code__
        cache.insert(_C.Entry(ALWAYS, kind(code, {}, "f", None, other.__closure__), code))
        return kind(code, state.globals, "f", None, state.closure)

    with frame_callback(caches(_C.CodeCache(plain.__code__, translate))):
        assert hooked_call(plain, 1) == [1, 2]
    assert counters()["hook_replaced"] == 1
    assert counters()["hook_called"] == 0


def _raised(function: Any) -> BaseException:
    with pytest.raises(IndexError) as caught:
        hooked_call(function, 1)
    return caught.value


@pytest.mark.parametrize("where", ["callback", "translate", "result", "bad result", "target"])
def test_errors_of_ours_propagate(where: str) -> None:
    plain = make("def f(a, *args):\n    def g(): return a\n    return g()")

    def fail(*args: Any) -> Any:
        raise KeyError(where)

    def translate(cache: Any, state: Any) -> Any:
        if where == "translate":
            fail()
        return {"target": fail, "bad result": 3}.get(where)

    def callback(code: Any, globals: Any) -> Any:
        if where == "callback":
            fail()
        return 3 if where == "result" else _C.CodeCache(code, translate)

    with frame_callback(callback):
        for _ in range(100):
            with pytest.raises(TypeError if "result" in where else KeyError):
                hooked_call(plain, object(), 2)
    assert plain(1) == 1


@pytest.mark.parametrize("where", ["callback", "translate"])
def test_too_little_stack_for_us_is_no_error_of_the_program(where: str) -> None:
    plain = make("def f(a): return [a]")

    def deeper(*args: Any) -> Any:
        return deeper(*args)

    def translate(cache: Any, state: Any) -> Any:
        return deeper()

    def callback(code: Any, globals: Any) -> Any:
        return deeper() if where == "callback" else _C.CodeCache(code, translate)

    with frame_callback(callback):
        for _ in range(100):
            assert hooked_call(plain, 3) == [3]


def test_generators_and_classes_are_left_alone() -> None:
    source = """
        def f(n):
            for i in range(n):
                yield i
        async def g(): return 1
        def run():
            class A:
                x = 1
            coroutine = g()
            try:
                coroutine.send(None)
            except StopIteration as stop:
                return list(f(3)), stop.value, A.x, [i for i in range(3)]
        """
    run = make(source, "run")
    asked = []
    with frame_callback(lambda code, globals: asked.append(code.co_name)):
        assert hooked_call(run) == ([0, 1, 2], 1, 1, [0, 1, 2])
    assert "f" not in asked and "g" not in asked and "A" not in asked
    assert "run" in asked


def test_deep_recursion() -> None:
    plain = make("def f(n): return 0 if n == 0 else f(n - 1) + 1")
    other = make("def f(n):\n    a = b = c = n\n    return 0 if n == 0 else f(n - 1) + 2")
    with frame_callback(replaced(plain, other)):
        assert hooked_call(plain, 400) == 800
        with pytest.raises(RecursionError):
            hooked_call(plain, 10**6)
        assert hooked_call(plain, 400) == 800


def test_the_hook_brings_no_recursion_limit() -> None:
    plain = make("def f(n): return 0 if n == 0 else f(n - 1) + 1")
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(5000)
    try:
        assert hooked_call(plain, 4000) == 4000  # calls that C would nest deeper than it may
        assert hooked_call(lambda: [plain(4000), hook_installed(), plain(4000)]) == [
            4000,
            True,
            4000,
        ]
    finally:
        sys.setrecursionlimit(limit)


def test_nested_and_disabled() -> None:
    plain = make("def f(): return 'plain'")
    other = make("def f(): return 'other'")

    def outer() -> Any:
        assert hook_installed() and hook_depth() == 1
        inner = hooked_call(lambda: (hook_depth(), plain()))
        assert hook_installed()
        with disabled():
            off = plain()
        return inner, off, plain()

    with frame_callback(replaced(plain, other)):
        assert hooked_call(outer) == ((2, "other"), "plain", "other")
        assert plain() == "plain"


def test_the_hook_is_off_during_translation() -> None:
    plain = make("def f(): return 'plain'")
    helped = make("def f(): return 'plain'")
    other = make("def f(): return 'other'")

    def translate(cache: Any, state: Any) -> Any:
        assert helped() == "plain"
        assert plain() == "plain"
        return other

    cache = _C.CodeCache(helped.__code__)
    cache.insert(_C.Entry(ALWAYS, other, other.__code__))
    with frame_callback(caches(cache, _C.CodeCache(plain.__code__, translate))):
        assert hooked_call(lambda: (plain(), helped())) == ("other", "other")


def test_other_threads_are_left_alone() -> None:
    plain = make("def f(): return 'plain'")
    other = make("def f(): return 'other'")
    results: Dict[str, Any] = {}
    inside, done = threading.Event(), threading.Event()

    def hooked() -> None:
        inside.set()
        done.wait(10)
        results["hooked"] = [plain() for _ in range(100)]

    with frame_callback(replaced(plain, other)):
        thread = threading.Thread(target=lambda: hooked_call(hooked))
        thread.start()
        inside.wait(10)
        results["elsewhere"] = [plain() for _ in range(100)]
        assert hook_installed() and hook_depth() == 0
        done.set()
        thread.join()
    assert set(results["hooked"]) == {"other"}
    assert set(results["elsewhere"]) == {"plain"}


def test_many_threads() -> None:
    plain = make("def f(n): return sum(g(i) for i in range(n))\ndef g(i): return i")
    other = make(
        "def f(n):\n    total = 0\n    for i in range(n): total += g(i)\n    return total + 1"
    )
    wrong = []

    def work() -> None:
        for _ in range(200):
            if hooked_call(plain, 50) != 1226:
                wrong.append(1)

    with frame_callback(replaced(plain, other)):
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not wrong


def test_bigger_frame_than_the_stack_chunk_has_room_for() -> None:
    names = ", ".join(f"v{i}" for i in range(3000))
    values = "[" + ", ".join("n" for _ in range(3000)) + "]"
    big = make(f"def f(n):\n    {names} = {values}\n    return n if n <= 0 else v2999 + p(n - 1)")
    plain = make("def f(n): return -1")
    big.__globals__["p"] = plain
    table = replaced(plain, big)
    with frame_callback(table):
        plain.__globals__["p"] = plain
        assert hooked_call(plain, 50) == sum(range(51))


def test_skip() -> None:
    plain = make("def f(): return 'plain'")
    other = make("def f(): return 'other'")
    with frame_callback(replaced(plain, other)):
        assert hooked_call(plain) == "other"
        skip(plain.__code__)
        assert hooked_call(plain) == "plain"
        forget(plain.__code__)
        assert hooked_call(plain) == "other"


def test_entries_must_have_the_same_layout() -> None:
    plain = make("def f(a, b): return 1")
    cache = _C.CodeCache(plain.__code__)
    for other in ("def f(a): return 1", "def f(a, *b): return 1", "def f(a, b): yield 1"):
        with pytest.raises(ValueError, match="differs"):
            cache.insert(_C.Entry(ALWAYS, plain, make(other).__code__))


def test_the_verdict_goes_with_the_code() -> None:
    alive = []

    class Cache(_C.CodeCache):
        def __del__(self) -> None:
            alive.remove(1)

    plain = make("def f(): return 1")
    with frame_callback(lambda code, globals: (alive.append(1), Cache(code))[1]):
        hooked_call(plain)
    assert alive
    del plain
    gc.collect()
    assert not alive


def test_tracing_sees_the_replaced_code() -> None:
    plain = make("def f(a):\n    return a")
    other = make("def f(a):\n\n    b = a\n    return b")
    lines = []

    def trace(frame: Any, event: str, arg: Any) -> Any:
        if frame.f_code.co_filename == "<test>":
            lines.append((event, frame.f_lineno))
        return trace

    with frame_callback(replaced(plain, other)):
        sys.settrace(trace)
        try:
            hooked_call(plain, 1)
        finally:
            sys.settrace(None)
    assert lines[-3:] == [("line", 3), ("line", 4), ("return", 4)]


def _rss() -> int:
    """Peak resident memory, KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_nothing_leaks() -> None:
    plain = make("def f(a, b=2, *args, **kw):\n    def g(): return a\n    return g()")
    other = make(
        "def f(a, b=2, *args, **kw):\n    c = d = a\n    def g(): return a, c\n    return d"
    )
    called = make("def f(a, b=2, *args, **kw): return a")
    missed = make("def f(a): return a")
    aborted = make("def f(a): return a")

    def translate(cache: Any, state: Any) -> Any:
        raise LookupError

    known = [
        _C.CodeCache(plain.__code__),
        _C.CodeCache(called.__code__),
        _C.CodeCache(missed.__code__, lambda cache, state: called),
        _C.CodeCache(aborted.__code__, translate),
    ]
    known[0].insert(_C.Entry(ALWAYS, other, other.__code__))
    known[1].insert(_C.Entry(ALWAYS, other))
    value = object()

    def run(n: int) -> None:
        for _ in range(n):
            plain(value, 1, 2, k=3)
            called(value, 1, 2, k=3)
            missed(value)
            try:
                aborted(value)
            except LookupError:
                pass

    with frame_callback(caches(*known)):
        hooked_call(run, 3000)
        gc.collect()
        counts = [
            sys.getrefcount(o) for o in (value, other, other.__code__, plain.__code__, ALWAYS)
        ]
        before = _rss()
        hooked_call(run, 30_000)
    gc.collect()
    assert counts == [
        sys.getrefcount(o) for o in (value, other, other.__code__, plain.__code__, ALWAYS)
    ]
    assert _rss() - before < 2000
    seen = counters()
    assert seen["hook_replaced"] >= 33_000 and seen["hook_called"] >= 66_000


def test_what_was_compiled_is_left_alone_when_it_is_inserted() -> None:
    plain = make("def f(): return 'plain'")
    other = make("def f(): return 'other'")
    cache = _C.CodeCache(plain.__code__)
    cache.insert(_C.Entry(ALWAYS, other))
    assert _C.verdict(other.__code__) is None
    cache.insert(_C.Entry(ALWAYS, plain))  # its own code may still be asked about
    assert _C.verdict(plain.__code__) is _C.UNBOUND
    dispatcher = _C.Dispatcher(plain, lambda cache, state: make("def f(): return 'third'"))
    assert dispatcher() == "third"
