"""The dispatcher: a call finds what was compiled for it, or is as it was written."""

from __future__ import annotations

import copy
import gc
import inspect
import pickle
import resource
import sys
import threading
import weakref
from typing import Any, Callable, List, Optional

import pytest

from paddlefx import _C
from paddlefx.guards import Guard, GuardKind, compile_guards
from paddlefx.hook import counters, disabled, reset_counters
from paddlefx.source import CellSource, GlobalSource, LocalSource

ALWAYS = compile_guards([])


@pytest.fixture(autouse=True)
def _clean() -> None:
    reset_counters()


def never(cache: Any, state: Any) -> Any:
    raise AssertionError("this call should not miss")


def typed(state: Any, index: int = 0) -> Any:
    """A program that asks for the type that a parameter has now."""
    source = LocalSource(state.code.co_varnames[index], index)
    return compile_guards([Guard(source, GuardKind.TYPE, type(state.locals[index]))])


class Translate:
    """Compiles to ``result`` under a guard on the type of one parameter."""

    def __init__(self, result: Optional[Callable[..., Any]], index: int = 0) -> None:
        self.result = result
        self.index = index
        self.states: List[Any] = []

    def __call__(self, cache: Any, state: Any) -> Any:
        self.states.append(state)
        guards = typed(state, self.index)
        cache.insert(_C.Entry(guards, self.result, plain=self.result is None))
        return self.result


# -- hits and misses


def test_miss_then_hits() -> None:
    translate = Translate(lambda x, y: ("fast", x, y))
    function = _C.Dispatcher(lambda x, y: ("plain", x, y), translate)
    assert [function(1, 2), function(3, 4), function(5, y=6)] == [
        ("fast", 1, 2),
        ("fast", 3, 4),
        ("fast", 5, 6),
    ]
    assert len(translate.states) == 1
    assert function(1.5, 2) == ("fast", 1.5, 2)
    assert len(translate.states) == 2
    assert counters()["cache_hits"] == 2 and counters()["cache_misses"] == 2
    assert sorted(entry.hits for entry in function.cache.entries) == [0, 2]


def test_plain_entries_and_no_answer() -> None:
    translate = Translate(None)
    function = _C.Dispatcher(lambda x: ("plain", x), translate)
    assert [function(1), function(2), function("a")] == [("plain", 1), ("plain", 2), ("plain", "a")]
    assert len(translate.states) == 2 and counters()["plain_calls"] == 3
    asked = []
    other = _C.Dispatcher(lambda x: ("plain", x), lambda cache, state: asked.append(state))
    assert [other(1), other(1)] == [("plain", 1)] * 2
    assert len(asked) == 2


def test_errors() -> None:
    def fail(cache: Any, state: Any) -> Any:
        raise LookupError("translate")

    function = _C.Dispatcher(lambda x: x, fail)
    with pytest.raises(LookupError, match="translate"):
        function(1)
    bad: Any = _C.Dispatcher(lambda x: x, lambda cache, state: 3)
    with pytest.raises(TypeError, match="callable or None"):
        bad(1)

    def raises(x: Any) -> Any:
        raise KeyError(x)

    hits = _C.Dispatcher(lambda x: x, Translate(raises))
    for _ in range(3):
        with pytest.raises(KeyError):
            hits(1)


def test_the_frame_state() -> None:
    def outer(free: Any) -> Any:
        def function(a: Any, b: Any = 2, *args: Any, c: Any = 3, **kw: Any) -> Any:
            local = a
            return free, local

        return function

    plain = outer(7)
    translate = Translate(None)
    function: Any = _C.Dispatcher(plain, translate)
    function(1, z=5)
    function("a", 1, 2, 3, c=4)
    first, second = translate.states
    assert first.code is plain.__code__ and first.function is plain
    assert first.globals is globals() and first.builtins["len"] is len
    assert first.closure == plain.__closure__
    assert first.locals == (1, 2, 3, (), {"z": 5}, _C.UNBOUND)
    assert second.locals == ("a", 1, 4, (2, 3), {}, _C.UNBOUND)
    assert repr(_C.UNBOUND) == "UNBOUND"


SIGNATURES = [
    lambda a, b: locals(),
    lambda a, b=2: locals(),
    lambda *args: locals(),
    lambda a, *args, b: locals(),
    lambda a, *, b=5, c: locals(),
    lambda a=1, b=2, **kw: locals(),
    lambda a, b=3, *args, c=4, d, **kw: locals(),
    lambda: locals(),
    eval("lambda a, b=2, /, c=3, **kw: locals()"),
    eval("lambda a, /, *, b: locals()"),
    eval("lambda " + ", ".join(f"p{i}={i}" for i in range(40)) + ", **kw: locals()"),
]
CALLS: List[Any] = [
    ((), {}),
    ((1,), {}),
    ((1, 2), {}),
    ((1, 2, 3), {}),
    ((1, 2, 3, 4), {"d": 5}),
    ((1,), {"b": 2}),
    ((), {"a": 1, "b": 2}),
    ((), {"b": 2, "a": 1}),
    ((1,), {"c": 2}),
    ((1,), {"a": 2}),
    ((1, 2), {"c": 7, "d": 8, "e": 9}),
    ((1,), {"a": 1, "b": 1, "kw": 2}),
    ((), {"p39": 1, "p0": 2, "x": 3}),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("plain", SIGNATURES)
def test_binding(plain: Any, call: Any) -> None:
    """The locals that guards see are those of a real call; a misfit raises CPython's error."""
    args, kwargs = call
    translate = Translate(None) if plain.__code__.co_varnames else None
    states: List[Any] = []

    def record(cache: Any, state: Any) -> None:
        states.append(state)

    function = _C.Dispatcher(plain, record)
    for target in (function, _C.Dispatcher(plain, translate or record)):
        try:
            expected = plain(*args, **kwargs)
        except TypeError as error:
            with pytest.raises(TypeError) as caught:
                target(*args, **kwargs)
            assert str(caught.value) == str(error)
            assert not states
        else:
            assert target(*args, **kwargs) == expected
            assert dict(zip(plain.__code__.co_varnames, states[0].locals)) == expected


def test_changed_defaults_and_code() -> None:
    def plain(a: Any = 1, *, b: Any = 2) -> Any:
        return a, b

    translate = Translate(lambda a=1, *, b=2: ("fast", a, b))
    function = _C.Dispatcher(plain, translate)
    function()
    plain.__defaults__ = ("text",)
    function()
    assert [state.locals for state in translate.states] == [(1, 2), ("text", 2)]
    plain.__kwdefaults__ = {"b": 3}
    plain.__defaults__ = (1.5,)
    function()
    assert translate.states[-1].locals == (1.5, 3)
    old = function.cache

    def other(a: Any = 1, *, b: Any = 2) -> Any:
        return "other"

    plain.__code__ = other.__code__
    function()
    assert function.cache is not old and function.cache.code is other.__code__
    assert old.code is None or old.code is not other.__code__


def test_guards_on_globals_and_cells() -> None:
    names = {"g": 1}
    exec("def outer(c):\n    def f(x):\n        return x, g, c\n    return f", names)
    plain = names["outer"](5)  # type: ignore[operator]
    guards = compile_guards(
        [
            Guard(GlobalSource("g"), GuardKind.VALUE, 1),
            Guard(GlobalSource("len"), GuardKind.IS, len),
            Guard(CellSource("c", 0), GuardKind.VALUE, 5),
        ]
    )
    function = _C.Dispatcher(plain, lambda cache, state: None)
    function.cache.insert(_C.Entry(guards, lambda x: "fast"))
    assert function(0) == "fast"
    names["g"] = 2
    assert function(0) == (0, 2, 5)
    names["g"] = 1
    plain.__closure__[0].cell_contents = 6
    assert function(0) == (0, 1, 6)
    plain.__closure__[0].cell_contents = 5
    names["len"] = 1
    assert function(0) == (0, 1, 5)


# -- being a function


class Holder:
    def __init__(self) -> None:
        self.seen: List[Any] = []

    def method(self, x: int = 1) -> Any:
        """Doc of method."""
        return "plain", self, x


def fast_method(self: Any, x: int = 1) -> Any:
    return "fast", self, x


def test_methods_bind() -> None:
    translate = Translate(fast_method)

    class Mine(Holder):
        method = _C.Dispatcher(Holder.method, translate)  # type: ignore[assignment]

    mine = Mine()
    for _ in range(20):  # beyond specialisation
        assert mine.method(3) == ("fast", mine, 3)
        assert mine.method(x=3) == ("fast", mine, 3)
    bound = mine.method
    assert bound() == ("fast", mine, 1) and bound.__self__ is mine
    assert Mine.method(mine) == ("fast", mine, 1)
    assert len(translate.states) == 1 and translate.states[0].locals == (mine, 3)


def test_an_instance_is_put_first_and_not_bound_again() -> None:
    holder = Holder()
    translate = Translate(fast_method, index=1)
    function: Any = _C.Dispatcher(Holder.method, translate, instance=holder)
    assert isinstance(function, _C.BoundDispatcher) and function.instance is holder

    class Other:
        method = function

    for call in (function, Other.method, Other().method, holder.method.__class__(function, 4)):
        if call.__class__ is not _C.BoundDispatcher:
            assert call() == ("fast", holder, 4)
            continue
        for _ in range(20):
            assert call(2) == ("fast", holder, 2)
            assert call(x=2) == ("fast", holder, 2)
            assert call() == ("fast", holder, 1)
            assert call(*[3]) == ("fast", holder, 3)
    with pytest.raises(TypeError):
        function(1, 2)
    assert list(inspect.signature(function).parameters) == ["x"]
    many = _C.Dispatcher(lambda self, *args, **kw: (args, kw), lambda c, s: None, instance=holder)
    assert many(*range(40), **{f"k{i}": i for i in range(40)}) == (
        tuple(range(40)),
        {f"k{i}": i for i in range(40)},
    )


def test_attributes() -> None:
    def plain(a: int, b: str = "x") -> None:
        """The doc."""

    plain.extra = 5  # type: ignore[attr-defined]
    function: Any = _C.Dispatcher(plain, never)
    assert function.__wrapped__ is plain and inspect.unwrap(function) is plain
    assert (function.__name__, function.__doc__) == ("plain", "The doc.")
    assert function.__qualname__.endswith("test_attributes.<locals>.plain")
    assert function.__module__ == __name__
    assert function.__annotations__ == plain.__annotations__
    assert function.__code__ is plain.__code__ and function.__defaults__ == ("x",)
    assert function.__globals__ is globals() and function.extra == 5
    assert inspect.signature(function) == inspect.signature(plain)
    assert inspect.getsource(function) == inspect.getsource(plain)
    function.mine = 3
    function.__name__ = "renamed"
    assert function.mine == 3 and function.__name__ == "renamed" and plain.__name__ == "plain"
    assert not hasattr(plain, "mine") and function.__dict__["mine"] == 3
    del function.mine
    with pytest.raises(AttributeError):
        function.mine  # noqa: B018
    assert repr(function).startswith("<optimized <function test_attributes")
    assert callable(function) and weakref.ref(function)() is function
    assert function.translate is never
    with pytest.raises(TypeError):
        _C.Dispatcher(3, never)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        _C.Dispatcher(plain, 3)  # type: ignore[arg-type]


def module_level(x: int) -> int:
    return x + 1


module_level = _C.Dispatcher(module_level, Translate(lambda x: x + 1))  # type: ignore[assignment]


class Owner:
    def run(self, x: int) -> Any:
        return self, x


def test_copy_and_pickle() -> None:
    assert copy.copy(module_level) is module_level
    assert copy.deepcopy(module_level) is module_level
    assert pickle.loads(pickle.dumps(module_level)) is module_level
    owner: Any = Owner()
    owner.run = _C.Dispatcher(Owner.run, lambda cache, state: None, instance=owner)
    twin = copy.deepcopy(owner)
    assert twin.run.instance is twin and isinstance(twin.run, _C.BoundDispatcher)
    assert twin.run(1) == (twin, 1)
    loaded = pickle.loads(pickle.dumps(owner))
    assert loaded.run(1)[0] is loaded and loaded.run.__func__ is Owner.run


# -- recursion, threads, the enable flag


def test_recursion_and_translation_in_progress() -> None:
    depth: List[int] = []

    def translate(cache: Any, state: Any) -> Any:
        depth.append(1)
        assert function(0) == 0  # the same dispatcher while it translates: plain
        return None

    def plain(n: int) -> int:
        return 0 if n == 0 else function(n - 1) + 1

    function = _C.Dispatcher(plain, translate)
    assert function(3) == 3
    assert len(depth) == 4
    deep: Any = _C.Dispatcher(plain, never)
    deep.cache.insert(_C.Entry(ALWAYS, lambda n: 0 if n == 0 else deep(n - 1) + 2))
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(3000)
    try:
        assert deep(2500) == 5000  # 3.12: more than C calls may nest
    finally:
        sys.setrecursionlimit(limit)
    endless: Any = _C.Dispatcher(plain, never)
    endless.cache.insert(_C.Entry(ALWAYS, lambda n: endless(n)))
    with pytest.raises(RecursionError):
        endless(1)


def test_disabled_is_per_thread() -> None:
    function = _C.Dispatcher(lambda x: "plain", Translate(lambda x: "fast"))
    assert function(1) == "fast"
    seen = []
    with disabled():
        assert function(1) == "plain"
        with disabled():
            pass
        assert not _C.is_enabled()
        thread = threading.Thread(target=lambda: seen.append(function(1)))
        thread.start()
        thread.join()
    assert function(1) == "fast" and seen == ["fast"]
    assert _C.set_enabled(False) is True
    assert _C.set_enabled(True) is False


def test_threads() -> None:
    function = _C.Dispatcher(lambda x: ("plain", x), Translate(lambda x: ("fast", x)))
    wrong = []

    def work(kind: Callable[[int], Any]) -> None:
        for i in range(20_000):
            value = kind(i)
            if function(value) != ("fast", value):
                wrong.append(value)
            if i % 1000 == 0:
                function.cache.clear()

    kinds = (int, float, str, lambda i: (i,))
    threads = [threading.Thread(target=work, args=(kind,)) for kind in kinds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# -- the cache


def entry(value: Any = None, guards: Any = ALWAYS) -> Any:
    return _C.Entry(guards, lambda x: value)


def test_cache() -> None:
    function = _C.Dispatcher(lambda x: "plain", lambda cache, state: None)
    cache = function.cache
    assert cache.code is function.__wrapped__.__code__ and cache.entries == ()
    one, two = entry(1), entry(2)
    cache.insert(one)
    cache.insert(two)
    assert cache.entries == (two, one) and function(0) == 2
    cache.insert(one)
    assert cache.entries == (one, two) and function(0) == 1
    assert cache.remove(one) and not cache.remove(one)
    assert function(0) == 2
    two.valid = False
    assert function(0) == "plain" and not two.valid
    two.valid = True
    assert function(0) == 2
    cache.clear()
    assert cache.entries == () and function(0) == "plain"
    with pytest.raises(TypeError):
        cache.insert(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        _C.Entry(ALWAYS)
    with pytest.raises(TypeError):
        _C.CodeCache(3)  # type: ignore[arg-type]
    assert _C.Entry(ALWAYS, plain=True).function is None


def test_the_most_recent_comes_first() -> None:
    function = _C.Dispatcher(lambda x: x, Translate(lambda x: x))
    for value in (1, 1.0, "a"):
        function(value)
    first = function.cache.entries
    function(1)
    assert function.cache.entries == first  # once is no habit
    function(1)
    assert function.cache.entries == (first[2], first[0], first[1])
    for _ in range(4):
        function("a")
        function(1)
    assert function.cache.entries == (first[2], first[0], first[1])


def test_dead_entries_are_dropped() -> None:
    class Mine:
        pass

    function = _C.Dispatcher(lambda x: "plain", lambda cache, state: None)
    value: Any = Mine()
    guards = compile_guards([Guard(LocalSource("x", 0), GuardKind.IS, value)])
    function.cache.insert(entry("fast", guards))
    assert function(value) == "fast" and function(3) == "plain"
    del value
    gc.collect()
    assert not function.cache.entries[0].valid
    function.cache.insert(entry("new"))
    assert len(function.cache.entries) == 1


def test_find() -> None:
    found: List[Any] = []

    def translate(cache: Any, state: Any) -> Any:
        found.append(cache.find(state))
        mine = entry("fast", typed(state))
        cache.insert(mine)
        found.append(cache.find(state) is mine)
        return None

    function = _C.Dispatcher(lambda x: "plain", translate)
    assert function(1) == "plain" and found == [None, True]
    assert function(1) == "fast"


def test_subclasses() -> None:
    class GuardedCode(_C.Entry):
        def __init__(self, guards: Any, function: Any, why: str) -> None:
            super().__init__(guards, function)
            self.why = why

    mine = GuardedCode(ALWAYS, len, "because")
    assert mine.why == "because" and mine.function is len and mine.valid


# -- leaks


def test_nothing_leaks() -> None:
    def plain(a: Any, b: Any = 2, *args: Any, c: Any = 3, **kw: Any) -> Any:
        return a

    def fast(a: Any, b: Any = 2, *args: Any, c: Any = 3, **kw: Any) -> Any:
        return a

    hit = _C.Dispatcher(plain, Translate(fast))
    simple = _C.Dispatcher(lambda x, y: x, Translate(lambda x, y: x))
    bound = _C.Dispatcher(Holder.method, Translate(fast_method), instance=Holder())
    missed = _C.Dispatcher(lambda x: x, lambda cache, state: None)
    value = object()

    def run(n: int) -> None:
        for _ in range(n):
            simple(value, value)
            hit(value, value, value, c=value, z=value)
            bound(value)
            missed(value)
            try:
                simple(value)  # type: ignore[call-arg]
            except TypeError:
                pass

    run(1000)
    gc.collect()
    watched = [value, plain, fast, hit, simple.cache, bound.instance]
    before = [sys.getrefcount(item) for item in watched]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run(50_000)
    for _ in range(10**6):
        simple(value, value)
    gc.collect()
    assert before == [sys.getrefcount(item) for item in watched]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 2000


def test_cycles_are_collected() -> None:
    class Owner:
        def run(self) -> None: ...

    owner: Any = Owner()
    translate = Translate(None)
    translate.owner = owner  # type: ignore[attr-defined]
    owner.run = _C.Dispatcher(Owner.run, translate, instance=owner)
    owner.run()
    translate.dispatcher = owner.run  # type: ignore[attr-defined]
    gone = [weakref.ref(item) for item in (owner, owner.run, translate, owner.run.cache)]
    del owner, translate
    gc.collect()
    assert [reference() for reference in gone] == [None] * 4
