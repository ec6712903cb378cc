"""What generated programs work with: values, managers and iterators that log all that is done.

Each run gets an :class:`Environment` of its own. Everything in it is deterministic; some
operations raise, depending on numbers. ``tick`` is the fuel of loops, so every program ends.
"""

from __future__ import annotations

import sys
import types
from typing import Any, Dict, Iterator, List, Tuple

__all__ = ["Environment", "describe", "show"]

_FUEL = 40
_LOG = 3000


class E1(Exception):
    """An exception of the programs' own."""


class E2(E1):
    """A special one."""


class E3(E1, ValueError):
    """One with two bases."""


class OutOfLog(BaseException):
    """The program does too much."""


def show(value: Any, depth: int = 3) -> str:
    """A value as text: bounded, without addresses, and without calling what logs."""
    kind = type(value)
    if kind in (int, float, complex, bool, type(None), type(Ellipsis)):
        return repr(value) if kind is not int or abs(value) < 10**30 else "int"
    if kind in (str, bytes):
        text = repr(value)
        return text if len(text) < 80 else f"{text[:80]}.. {len(text)}"
    if hasattr(kind, "shown"):
        return str(value.shown())
    if isinstance(value, BaseException):
        return f"{kind.__name__}{show(value.args, depth - 1)}"
    if isinstance(value, type):
        return f"<class {value.__qualname__}>"
    if kind in (list, tuple, set, frozenset, dict):
        if depth <= 0:
            return f"{kind.__name__} of {len(value)}"
        if kind is dict:
            parts = [f"{show(k, depth - 1)}: {show(v, depth - 1)}" for k, v in value.items()]
        else:
            parts = [show(item, depth - 1) for item in value]
        if kind in (set, frozenset):
            parts.sort()
        return f"{kind.__name__}({', '.join(parts[:8])}{' ..' * (len(parts) > 8)})"
    if kind is slice:
        return f"slice({show((value.start, value.stop, value.step), depth)})"
    name = getattr(value, "__qualname__", None)
    return f"<{kind.__name__} {name}>" if isinstance(name, str) else f"<{kind.__name__}>"


def describe(error: Any, depth: int = 6) -> Any:
    """An exception, its arguments, cause and context, and the parts of a group."""
    if error is None or depth <= 0:
        return None if error is None else "..."
    parts = getattr(error, "exceptions", None)
    return (
        type(error).__name__,
        show(error.args) if parts is None else show(error.args[0]),
        describe(error.__cause__, depth - 1),
        describe(error.__context__, depth - 1),
        error.__suppress_context__,
        None if parts is None else [describe(part, depth - 1) for part in parts],
    )


class Environment:
    """The globals of one run, and its log."""

    def __init__(self) -> None:
        self.log: List[str] = []
        self.fuel = _FUEL
        self.namespace: Dict[str, Any] = {"__name__": "program", "types": types}
        self.namespace.update({e.__name__: e for e in (E1, E2, E3)})
        for name in (
            "log", "tick", "boom", "cm", "acm", "it", "ait", "aw", "info", "deco", "keys", "use",
        ):  # fmt: skip
            self.namespace[name] = getattr(self, name if name != "log" else "write")
        self.namespace["V"] = _values(self)

    def note(self, *parts: Any) -> None:
        """Append to the log."""
        if len(self.log) >= _LOG:
            raise OutOfLog
        self.log.append(" ".join(part if type(part) is str else show(part) for part in parts))

    def write(self, *values: Any, **named: Any) -> Any:
        """``log(..)``: the first value, logged."""
        self.note("log", values, named)
        return values[0] if values else None

    def tick(self) -> bool:
        """True until the fuel is used up."""
        self.fuel -= 1
        return self.fuel >= 0

    def info(self) -> int:
        """Log the exception that is being handled."""
        self.note("info", repr(describe(sys.exc_info()[1])))
        return 1

    def boom(self, number: int) -> Any:
        """Raise, mostly."""
        self.note("boom", number)
        kind = number % 8
        if kind == 0:
            return number
        if kind == 5:
            raise StopIteration(number)
        if kind == 6:
            raise E1(number) from E2("cause")
        if kind == 7:
            raise E2
        raise (E1, E2, E3, KeyError)[kind - 1](number)

    def deco(self, number: int) -> Any:
        """A decorator that logs; of every third number it wraps."""
        self.note("deco", number)

        def decorate(thing: Any) -> Any:
            self.note("decorates", number, getattr(thing, "__name__", "?"))
            if number % 3 == 2 and callable(thing):
                return lambda *args, **kwargs: thing(*args, **kwargs)
            return thing

        return decorate

    def keys(self, number: int) -> Dict[str, Any]:
        """A mapping for ``**``."""
        self.note("keys", number)
        make = self.namespace["V"]
        return {name: make(number + i) for i, name in enumerate("abk"[: number % 4])}

    def cm(self, number: int) -> Any:
        """A context manager."""
        return _Manager(self, number)

    def acm(self, number: int) -> Any:
        """An asynchronous one."""
        return _AsyncManager(self, number)

    def it(self, number: int) -> Iterator[Any]:
        """An iterator."""
        self.note("it", number)
        return _Iterator(self, number)

    def ait(self, number: int) -> Any:
        """An asynchronous iterator."""
        self.note("ait", number)
        return _AsyncIterator(self, number)

    def aw(self, number: int) -> Any:
        """An awaitable."""
        return _Awaitable(self, number)

    def use(self, thing: Any) -> Any:
        """Run a generator, coroutine or async generator for a while."""
        if isinstance(thing, types.GeneratorType):
            found = []
            for value in thing:
                found.append(value)
                if len(found) >= 4:
                    break
            return found
        if isinstance(thing, types.CoroutineType):
            return self.drive(thing)
        if isinstance(thing, types.AsyncGeneratorType):
            return [self.drive(thing.asend(None)) for _ in range(2)]
        return thing

    def drive(self, awaitable: Any, throw_at: int = -1) -> Any:
        """Run an awaitable to its end; what it hands up is logged."""
        iterator = awaitable.__await__()
        error = None
        for step in range(30):
            try:
                item = iterator.throw(error) if error is not None else iterator.send(None)
            except StopIteration as stop:
                return stop.value
            self.note("handed up", item)
            error = E2("thrown in") if step == throw_at else None
        iterator.close()
        return None


def _values(environment: Environment) -> Any:
    """The class ``V`` of one run: a number whose every operation is logged."""
    note = environment.note

    class V:
        __slots__ = ("n",)

        def __init__(self, n: Any = 0, *rest: Any, **named: Any) -> None:
            object.__setattr__(self, "n", n if type(n) is int else 1)

        def shown(self) -> str:
            return f"V{self.n}"

        __repr__ = shown

        def __bool__(self) -> bool:
            note("bool", self)
            return self.n % 2 == 1

        def __hash__(self) -> int:
            return self.n

        def __call__(self, *args: Any, **named: Any) -> Any:
            note("call", self, args, named)
            if self.n == 10:
                raise E1("call")
            return V((self.n + len(args) + len(named)) % 13)

        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            note("get", self, name)
            if name == "missing":
                raise AttributeError(name)
            return V((self.n + len(name)) % 13)

        def __setattr__(self, name: str, value: Any) -> None:
            note("set", self, name, value)
            if name == "missing":
                raise E2(name)

        def __delattr__(self, name: str) -> None:
            note("delete", self, name)

        def __getitem__(self, key: Any) -> Any:
            note("item", self, key)
            if self.n == 9:
                raise KeyError(self.n)
            return V((self.n * 2 + 1) % 13)

        def __setitem__(self, key: Any, value: Any) -> None:
            note("set item", self, key, value)

        def __delitem__(self, key: Any) -> None:
            note("delete item", self, key)

        def __contains__(self, item: Any) -> bool:
            note("contains", self, item)
            return self.n % 2 == 0

        def __iter__(self) -> Any:
            note("iter", self)
            return iter([V((self.n + i) % 13) for i in range(self.n % 3 + 1)])

        def __format__(self, spec: str) -> str:
            note("format", self, spec)
            return f"v{self.n}"

    for name in ("neg", "pos", "invert"):
        setattr(V, f"__{name}__", _unary(note, V, name))
    for index, name in enumerate(("lt", "le", "eq", "ne", "gt", "ge")):
        setattr(V, f"__{name}__", _comparison(note, name, index))
    names = "add sub mul matmul truediv floordiv mod pow lshift rshift and or xor"
    for index, name in enumerate(names.split()):
        for prefix in ("", "r", "i"):
            setattr(V, f"__{prefix}{name}__", _binary(note, V, prefix + name, index))
    return V


def _unary(note: Any, make: Any, name: str) -> Any:
    def method(self: Any) -> Any:
        note(name, self)
        return make((self.n + 5) % 13)

    return method


def _comparison(note: Any, name: str, index: int) -> Any:
    def method(self: Any, other: Any) -> bool:
        note(name, self, other)
        if self.n == 11 and index < 2:
            raise E3("compare")
        return (self.n + index) % 3 > 0

    return method


def _binary(note: Any, make: Any, name: str, index: int) -> Any:
    def method(self: Any, other: Any) -> Any:
        note(name, self, other)
        if self.n == 12:
            raise E2(name)
        if self.n == 8:
            return NotImplemented
        return make((self.n * 3 + index + (other.n if isinstance(other, make) else 1)) % 13)

    return method


class _Manager:
    def __init__(self, environment: Environment, number: int) -> None:
        self.environment, self.number = environment, number

    def shown(self) -> str:
        return f"cm{self.number}"

    def __enter__(self) -> Any:
        self.environment.note("enter", self.number)
        if self.number % 7 == 6:
            raise E1("enter")
        return self.environment.namespace["V"](self.number)

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> bool:
        self.environment.note("exit", self.number, repr(describe(error)), kind)
        self.environment.info()
        if self.number % 7 == 5:
            raise E2("exit")
        return self.number % 3 == 1


class _AsyncManager(_Manager):
    async def __aenter__(self) -> Any:
        await _Awaitable(self.environment, self.number)
        return self.__enter__()

    async def __aexit__(self, kind: Any, error: Any, traceback: Any) -> bool:
        await _Awaitable(self.environment, 0)
        return self.__exit__(kind, error, traceback)


class _Iterator:
    def __init__(self, environment: Environment, number: int) -> None:
        self.environment, self.number, self.left = environment, number, number % 4

    def shown(self) -> str:
        return f"it{self.number}"

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        self.environment.note("next", self.number, self.left)
        if not self.left or not self.environment.tick():
            if self.number % 5 == 4:
                raise E2("end")
            raise StopIteration
        self.left -= 1
        return self.environment.namespace["V"]((self.number + self.left) % 13)


class _AsyncIterator:
    def __init__(self, environment: Environment, number: int) -> None:
        self.inner = _Iterator(environment, number)

    def shown(self) -> str:
        return f"a{self.inner.shown()}"

    def __aiter__(self) -> Any:
        return self

    async def __anext__(self) -> Any:
        await _Awaitable(self.inner.environment, self.inner.number)
        value = next(self.inner, None)
        if value is None:
            raise StopAsyncIteration
        return value


class _Awaitable:
    def __init__(self, environment: Environment, number: int) -> None:
        self.environment, self.number = environment, number

    def shown(self) -> str:
        return f"aw{self.number}"

    def __await__(self) -> Any:
        self.environment.note("await", self.number)
        for step in range(self.number % 3):
            yield step
        if self.number % 7 == 6:
            raise E3("await")
        return self.number


#: What a call of a program gives: its log and its outcome.
Seen = Tuple[List[str], Any]
