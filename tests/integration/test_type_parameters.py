"""Type parameters, generic classes and aliases made inside: new ones in each call, as plain."""

from __future__ import annotations

import types
import typing
from typing import Any, Callable, Dict, List

import paddle
import pytest

import paddlefx

#: What every version can read.
OLDER = """
def generic_by_hand(x):
    class Holder(typing.Generic[K]):
        def run(self, y):
            return y * 2

    return Holder().run(x), Holder
"""

#: PEP 695.
NEWER = """
def parameters_of_all_kinds(x):
    def first[T: (int, str), *Ts, **P](items: list[T]) -> T:
        return items[0]

    return first([x * 2]), first

def generic_class(x):
    class Holder[T: int, *Ts]:
        def __init__(self, value: T):
            self.value = value

        def own(self):
            return __class__

    return Holder(x).value * 2, Holder

def alias(x):
    type Pair[K] = dict[K, int]
    return x + 1, Pair

def generic_over_a_break(x):
    class Base:
        pass

    class Holder[T](Base):
        one: T

        def run(self) -> T:
            return 1

    print("break")
    return x + Holder().run(), Holder, Holder[int]

def looked_at(x):
    def same[T](value: T) -> T:
        return value

    T = same.__type_params__[0]
    kept = {T: 1}
    return x + 1, same.__annotations__["value"] is T, T.__name__, T == T, str(T), kept[T], same

def inside_a_generic_class(x):
    class Outer[A]:
        class Inner[B]:
            def both(self) -> (A, B):
                return A, B

    print("break")
    a, b = Outer.Inner().both()
    own = Outer.__type_params__[0] is a, Outer.Inner.__type_params__[0] is b
    return x + 1, own, Outer.Inner, Outer

def comprehension_of_that_name(x):
    def same[T: (str, [lambda: T for T in (T, [1])[1]])]():
        return [lambda: T for T in T.__name__]

    one = same.__type_params__[0]
    return x + 1, [f() for f in same()], [f() for f in one.__constraints__[1]]

def evaluated_where_it_is_read(x):
    def told(value):
        print("evaluated")
        return value

    class Holder[T: told(int), U: (told(str), missing)]:
        pass

    type Pair = told(missing)
    seen = []
    for name in ("__bound__", "__constraints__"):
        for one in Holder.__type_params__:
            try:
                seen.append(getattr(one, name))
            except NameError as error:
                seen.append(str(error))
    try:
        Pair.__value__
    except NameError as error:
        seen.append(str(error))
    missing = bytes
    seen += [Pair.__value__, Holder.__type_params__[1].__constraints__]
    return x + 1, seen, Holder

def bound_that_names_itself(x):
    def same[T: list[T]](value: T | None) -> T:
        return value

    return x + 1, same

def generic_method(x):
    class Local:
        def same[T](self, value: T) -> T:
            return value

        type Own = int

    return Local().same(x) + 1, Local
"""

#: PEP 696.
NEWEST = """
def default(x):
    def same[T = int, **P = [T]](value: T) -> T:
        return value

    return same(x), same
"""


def functions() -> Dict[str, Any]:
    sources = OLDER
    if hasattr(typing, "TypeAliasType"):
        sources += NEWER
    if hasattr(typing, "NoDefault"):
        sources += NEWEST
    namespace: Dict[str, Any] = {
        "typing": typing,
        "K": typing.TypeVar("K"),
        "__name__": __name__,
    }
    exec(compile(sources, "<type parameters>", "exec"), namespace)
    return {name: held for name, held in namespace.items() if isinstance(held, types.FunctionType)}


FUNCTIONS = functions()
_PARAMETERS = tuple(
    getattr(typing, name)
    for name in ("TypeVar", "ParamSpec", "TypeVarTuple")
    if name in dir(typing)
)


def told(value: Any) -> Any:
    """All that can be told of a result, so that two calls' can be compared."""
    if isinstance(value, paddle.Tensor):
        return value.tolist()
    if isinstance(value, (tuple, list)):
        return [told(item) for item in value]
    if isinstance(value, _PARAMETERS):
        names = ("__bound__", "__constraints__", "__infer_variance__", "__default__", "__module__")
        return type(value).__name__, repr(value), [repr(getattr(value, n, None)) for n in names]
    if type(value).__name__ == "TypeAliasType":
        return value.__name__, told(value.__type_params__), repr(value.__value__), value.__module__
    if isinstance(value, type):
        skipped = ("__dict__", "__weakref__", "__doc__")
        held = [(name, told(item)) for name, item in vars(value).items() if name not in skipped]
        return value.__qualname__, repr(value.__mro__), held
    if isinstance(value, types.FunctionType):
        parameters = getattr(value, "__type_params__", ())
        annotations: List[Any] = list(value.__annotations__.values())
        same = [item is one for item in annotations for one in parameters]
        return value.__qualname__, told(parameters), list(map(repr, annotations)), same
    return repr(value)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_like_plain(name: str) -> None:
    function: Callable[..., Any] = FUNCTIONS[name]
    paddlefx.reset()
    compiled = paddlefx.optimize(function)
    x = paddle.arange(3, dtype="float32")
    for _ in range(3):
        assert told(compiled(x)) == told(function(x))
    # A comprehension whose variable has the name of a free variable isn't executed.
    assert paddlefx.stats()["fallbacks"] == (name == "comprehension_of_that_name")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_new_in_each_call(name: str) -> None:
    compiled = paddlefx.optimize(FUNCTIONS[name])
    x = paddle.arange(3, dtype="float32")
    one, other = compiled(x)[-1], compiled(x)[-1]
    assert one is not other
    for left, right in zip(
        getattr(one, "__type_params__", ()), getattr(other, "__type_params__", ())
    ):
        assert left is not right
