"""What generated programs call: the same on every version, and all that it does is printed."""

from __future__ import annotations

import collections
import dataclasses
import enum
import functools
import re
import types
import typing
from typing import Any, Callable, Dict, Iterator, List, Tuple

from tests.downgrade.showing import describe as describe_param
from tests.downgrade.showing import is_param, show

#: Messages that are promised to be those of the newest version.
_PROMISED = re.compile(
    r".*(positional sub-pattern|multiple sub-patterns|__match_args__|duplicate key|"
    r"called match pattern|zip\(\) argument|catching ExceptionGroup)"
)


class E1(Exception):
    """An exception of the programs' own."""


class E2(E1):
    """A special one."""


class E3(E1, ValueError):
    """One with two bases."""


class Point:
    """With two positional patterns."""

    __match_args__ = ("x", "y")

    def __init__(self, x: Any, y: Any) -> None:
        self.x = x
        self.y = y

    def __repr__(self) -> str:
        return f"Point({self.x!r}, {self.y!r})"

    def __eq__(self, other: Any) -> bool:
        print("eq", self, text(other))
        return isinstance(other, Point) and (self.x, self.y) == (other.x, other.y)

    __hash__ = None  # type: ignore[assignment]


class Sub(Point):
    """More of the same, with one more attribute."""

    def __init__(self, x: Any, y: Any, z: Any) -> None:
        super().__init__(x, y)
        self.z = z


class Loud:
    """Says which attributes are asked for, and what it is compared with."""

    def __init__(self, n: Any) -> None:
        self.n = n

    def __getattr__(self, name: str) -> Any:
        print("get", name)
        if name in ("p", "x"):
            return 1
        raise (AttributeError if name != "boom" else E1)(name)

    def __eq__(self, other: Any) -> bool:
        print("eq", self.n, text(other))
        return bool(self.n == other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Loud({self.n!r})"

    def __format__(self, spec: str) -> str:
        print("format", repr(spec))
        return f"<{self.n}:{spec}>"


class Row(collections.abc.Sequence):  # type: ignore[type-arg]
    """A sequence that says what is taken of it."""

    def __init__(self, *items: Any) -> None:
        self.items = items

    def __len__(self) -> int:
        print("len")
        return len(self.items)

    def __getitem__(self, index: Any) -> Any:
        print("item", index)
        return self.items[index]

    def __repr__(self) -> str:
        return f"Row{self.items!r}"


class Table(collections.abc.Mapping):  # type: ignore[type-arg]
    """A mapping that says what is asked of it."""

    def __init__(self, **items: Any) -> None:
        self.inside = items

    def __len__(self) -> int:
        print("len")
        return len(self.inside)

    def __getitem__(self, key: Any) -> Any:
        print("key", text(key))
        return self.inside[key]

    def __iter__(self) -> Iterator[Any]:
        print("iter")
        return iter(self.inside)

    def __repr__(self) -> str:
        return f"Table({self.inside!r})"


class BadArgs:
    """A class that positional patterns can't be used with."""

    __match_args__ = ["x"]
    x = 1


class Meta:
    """Names with dots, for patterns."""

    A = 1
    B = "ab"

    class Inner:
        """One more dot."""

        C = "a"


class Color(enum.Enum):
    """Members are the values of patterns, mostly."""

    RED = 1
    BLUE = "b"


@dataclasses.dataclass
class Data:
    """Gets its patterns from its fields."""

    a: Any
    b: Any = 2


class Named(typing.NamedTuple):
    """A tuple with names."""

    a: Any
    b: Any


class Text(str):
    """A string that is its own pattern."""

    __slots__ = ()


class CM:
    """A context manager that tells; with a true ``swallow`` exceptions end in it."""

    def __init__(self, name: Any, swallow: Any = False) -> None:
        print("cm", text(name))
        self.name = name
        self.swallow = swallow

    def __enter__(self) -> Any:
        print("enter", text(self.name))
        return self.name

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> bool:
        print("exit", text(self.name), kind and kind.__name__)
        return bool(self.swallow)

    async def __aenter__(self) -> Any:
        return self.__enter__()

    async def __aexit__(self, *error: Any) -> bool:
        return self.__exit__(*error)


def text(value: Any, depth: int = 4) -> str:
    """A value as it is shown: without addresses, and alike on every version."""
    kind = type(value)
    if kind in (int, float, complex, bool, str, bytes, type(None), Point, Sub, Loud, Row, Table):
        return repr(value)
    if kind in (list, tuple, set, frozenset, collections.deque) and depth:
        parts = [text(item, depth - 1) for item in value]
        return f"{kind.__name__}({', '.join(sorted(parts) if 'set' in kind.__name__ else parts)})"
    if kind in (dict, types.MappingProxyType, collections.UserDict) and depth:
        parts = [f"{text(key)}: {text(value[key], depth - 1)}" for key in value]
        return f"{kind.__name__}({', '.join(parts)})"
    if isinstance(value, BaseException):
        return describe(value)
    if isinstance(value, (Data, Named, enum.Enum, range)):
        return repr(value)
    union = getattr(types, "UnionType", type)
    if isinstance(value, (type, union)) or is_param(value) or hasattr(value, "__origin__"):
        return show(value)
    if isinstance(value, types.FunctionType):
        return f"function {value.__name__}"
    return f"<{kind.__name__}>"


def describe(error: Any, depth: int = 5) -> str:
    """An exception with its parts, its cause and its context."""
    if error is None or not depth:
        return str(error and "...")
    name = type(error).__name__
    parts = getattr(error, "exceptions", None)
    if parts is not None:
        inside = f"{error.args[0]!r}, [{', '.join(describe(part, depth - 1) for part in parts)}]"
    elif isinstance(error, E1) or type(error).__module__ != "builtins":
        inside = ", ".join(map(text, error.args))
    else:
        message = str(error.args[0]) if error.args else ""
        inside = message if isinstance(error, KeyError) or _PROMISED.match(message) else ""
        if isinstance(error, (ValueError, OSError)) and type(error.args[:1]) is tuple:
            inside = inside or ", ".join(map(text, error.args)) * (not isinstance(message, str))
    cause = f" from {describe(error.__cause__, depth - 1)}" if error.__cause__ else ""
    context = error.__context__
    during = f" in {describe(context, depth - 1)}" if context and not error.__cause__ else ""
    return f"{name}({inside}){cause}{during}"


def log(value: Any = None, *more: Any) -> Any:
    """Print all, and give the first."""
    print("log", *map(text, (value, *more)))
    return value


def boom(error: Any) -> Any:
    """Raise."""
    raise error


def deco(*told: Any) -> Callable[[Any], Any]:
    """A decorator that leaves what it is given."""
    print("deco", *map(text, told))

    def decorate(thing: Any) -> Any:
        print("decorates", thing.__name__, *map(text, told))
        return thing

    return decorate


def wrapping(thing: Any) -> Any:
    """A decorator that puts another function around."""

    @functools.wraps(thing)
    def around(*args: Any, **kwargs: Any) -> Any:
        print("around", thing.__name__)
        return thing(*args, **kwargs)

    return around


def grab(*args: Any, **kwargs: Any) -> Tuple[Any, ...]:
    """All that it is called with."""
    return (*args, *sorted(kwargs.items()))


class Index:
    """Gives what it is indexed with."""

    def __getitem__(self, key: Any) -> Any:
        return key

    def __setitem__(self, key: Any, value: Any) -> None:
        print("set", text(key), text(value))

    def __delitem__(self, key: Any) -> None:
        print("del", text(key))


def parts_of(*parts: Any) -> List[Any]:
    """What a template string consists of: its strings, and a tuple for each field (PEP 750)."""
    return [text(part) for part in parts]


def shown(template: Any) -> List[Any]:
    """The same of a template."""
    found: List[Any] = []
    for index, part in enumerate(template.strings):
        found.append(part)
        if index < len(template.interpolations):
            field = template.interpolations[index]
            found.append((field.value, field.expression, field.conversion, field.format_spec))
    return parts_of(*found)


async def arange(*values: Any) -> Any:
    """An asynchronous generator."""
    for value in values:
        print("next", text(value))
        yield value


async def later(value: Any) -> Any:
    """Something to await."""
    print("later", text(value))
    return value


def finish(coroutine: Any) -> Any:
    """Run a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waits")


def params(found: Tuple[Any, ...]) -> None:
    """Print type parameters."""
    for param in found:
        print(describe_param(param))


def generic(thing: Any, found: Tuple[Any, ...] = ()) -> None:
    """Print what there is to know of something generic, with its type parameters ``found``."""
    params(found)
    for name in ("__orig_bases__", "__parameters__"):
        if isinstance(thing, type) and hasattr(thing, name):
            print(name, show(getattr(thing, name)))
    annotations = (
        vars(thing).get("__annotations__") if isinstance(thing, type) else thing.__annotations__
    )
    # what stands in strings has other names for type parameters
    print(
        {
            name: "text" if type(one) is str else show(one)
            for name, one in (annotations or {}).items()
        }
    )


def namespace() -> Dict[str, Any]:
    """The names that a program can use."""
    names: Dict[str, Any] = {
        name: value
        for name, value in globals().items()
        if not name.startswith("_") and getattr(value, "__module__", "") == __name__
    }
    names.update(
        show=show,
        deque=collections.deque,
        UserDict=collections.UserDict,
        proxy=types.MappingProxyType,
        ix=Index(),
        decos=[lambda thing: thing, {"k": wrapping}],
    )
    return names


def where(error: BaseException, filename: str) -> List[int]:
    """The lines of a file that a traceback goes through.

    The function in which 3.12 makes type parameters isn't counted: lowered code has none.
    """
    lines: List[int] = []
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        hidden = code.co_name.startswith("<generic parameters of ")
        if code.co_filename == filename and not hidden:
            lines.append(traceback.tb_lineno)
        traceback = traceback.tb_next
    # a bound is evaluated on the line of its parameter, which isn't that of the definition
    return lines[:1] if isinstance(error, NameError) else lines
