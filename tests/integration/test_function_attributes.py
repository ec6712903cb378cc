"""Attributes and signatures of functions that the frame makes."""

from __future__ import annotations

import abc
import functools
import inspect

import paddle
import pytest

import paddlefx
from tests.support.versus import alike, versus


def x():
    return paddle.arange(3, dtype="float32") + 1


#: What a test calls by a global.
LATER = {}


def one_graph(function):
    paddlefx.reset()
    found = versus(function, [lambda: (x(),), lambda: (x(),)])
    assert (found["graphs"], found["graph_breaks"], found["fallbacks"]) == (1, 0, 0), found


def test_defaults_are_replaced():
    def function(y):
        def inner(value, by=2.0, *, plus=1.0):
            return value * by + plus

        first = inner(y)
        inner.__defaults__ = (5.0,)
        second = inner(y)
        inner.__defaults__ = None
        inner.__kwdefaults__ = None
        return first, second, inner(y, 3.0, plus=y), inner.__defaults__

    one_graph(function)


def test_a_default_is_gone():
    def function(y):
        def inner(value, by=2.0):
            return value * by

        inner.__defaults__ = None
        return inner(y)

    paddlefx.reset()
    versus(function, [lambda: (x(),)])


@pytest.mark.parametrize("name, value", [("__defaults__", [1]), ("__name__", 3), ("__code__", 1)])
def test_what_is_refused(name, value):
    def function(y):
        def inner(value):
            return value

        setattr(inner, name, value)
        return inner(y)

    paddlefx.reset()
    versus(function, [lambda: (x(),)])


def test_the_dict_is_the_attributes():
    def function(y):
        def inner(value):
            return value

        inner.note = "noted"
        table = inner.__dict__
        table["more"] = y + 1
        inner.__name__ = "other"
        inner.last = 3
        del table["note"]
        return inner.more * inner.last, list(table), "__name__" in table, inner.__name__

    one_graph(function)


def test_the_dict_leaves_with_the_function():
    def function(y):
        def inner(value):
            return value + y

        inner.__dict__.update(note=y * 2)
        return inner, inner.__dict__

    plain, ours = function(x()), paddlefx.optimize(function)(x())
    assert ours[1] is ours[0].__dict__ and list(ours[1]) == list(plain[1])
    assert alike(ours[1]["note"], plain[1]["note"]) is None


def decorated(wrapped):
    @functools.wraps(wrapped)
    def wrapper(*args, **kwargs):
        return wrapped(*args, **kwargs)

    return wrapper


@decorated
def outside(value, by=2, *rest, key=None):
    return value * by


def test_signatures():
    def function(y):
        def inner(value: int, by=2, *rest, key="k", **named) -> int:
            return value * by

        texts = [str(inspect.signature(one)) for one in (inner, decorated(inner), outside)]
        names = [name for name, _ in inspect.signature(inner).parameters.items()]
        default = inspect.signature(inner).parameters["by"].default
        fewer = inspect.signature(inner).replace(parameters=[])
        return inner(y), texts, names, default, str(fewer)

    one_graph(function)


class Callable:
    def method(self, value, by: int = 2, *rest, key=None):
        return value

    @classmethod
    def of(cls, one, two=3):
        return cls

    @staticmethod
    def plain(one, *, two):
        return one

    def __call__(self, left, right=1):
        return left

    def nothing():
        pass


class Sized(Callable):
    def __init__(self, size, depth=4):
        self.size = size

    part = functools.partialmethod(Callable.method, 1)


bound = decorated(Sized(1).method)


class Made(Callable):
    def __new__(cls, size):
        return object.__new__(cls)


class Led(Callable, metaclass=abc.ABCMeta):
    def __init__(self, size):
        self.size = size


class Wrapping(Callable):
    __wrapped__ = outside


class Net(paddle.nn.Layer):
    def forward(self, x, mask=None):
        return x


def signature_of(text):
    """A function of a tensor that tells the signature of an expression."""
    names = dict(globals(), sized=Sized(1), net=Net())
    exec(f"def function(y):\n    return y + 1, str(inspect.signature({text}))\n", names)
    return names["function"]


@pytest.mark.parametrize(
    "text",
    [
        "sized.method",
        "sized.of",
        "sized.plain",
        "sized",
        "sized.method.__func__",
        "Sized",
        "Sized.of",
        "Sized.method",
        "Sized.plain",
        "Led",
        "Callable().method",
        "Callable()",
        "net",
        "net.forward",
        "Net",
        "functools.partial(outside, 1)",
        "functools.partial(sized.method, 1, key=3)",
        "bound",
    ],
)
def test_signatures_of_callables(text):
    one_graph(signature_of(text))


@pytest.mark.parametrize(
    "text",
    [
        "Made",
        "Callable",
        "Wrapping",
        "Wrapping()",
        "sized.part",
        "len",
        "lambda value, by=[]: value",
        "functools.partial(outside, by=[])",
    ],
)
def test_signatures_that_break(text):
    paddlefx.reset()
    function = signature_of(text)
    compiled = paddlefx.optimize(function)
    assert compiled(x())[1] == function(x())[1]
    assert paddlefx.stats()["fallbacks"] == 0
    assert paddlefx.stats()["graph_breaks"] > 0


@pytest.mark.parametrize("text", ["3", "sized.nothing", "functools.partial(outside, none=1)"])
def test_signatures_that_raise(text):
    paddlefx.reset()
    found = versus(signature_of(text), [lambda: (x(),)])
    assert found["fallbacks"] == 0


def test_a_signature_is_asked_again_when_the_callable_is_another():
    def function(y):
        return y + 1, [str(inspect.signature(one)) for one in (cls, made, made.method, outer)]

    class cls:
        def __init__(self, one):
            pass

        def __call__(self, two):
            pass

        def method(self, three):
            pass

    def outer(four=4):
        pass

    made = cls(1)
    compiled = paddlefx.optimize(function)
    told = []

    def check():
        told.append(function(x())[1])
        assert compiled(x())[1] == told[-1]

    check()
    cls.__init__ = lambda self, other: None
    check()
    cls.__call__ = lambda self, another: None
    check()
    made.method = lambda third: None
    check()
    made.__signature__ = inspect.signature(outside)
    check()
    cls.__signature__ = inspect.signature(outer)
    check()
    cls.__new__ = lambda cls, new: object.__new__(cls)
    check()
    outer.__defaults__ = (5,)
    check()
    outer.__annotations__ = {"four": int}
    check()
    assert len({str(one) for one in told}) >= 8


def test_a_signature_is_asked_again_when_a_function_changes():
    def outer(three, four=4, *, key=1):
        pass

    class cls:
        def method(self, one):
            pass

    def function(y):
        return y + 1, [str(inspect.signature(one)) for one in (outer, made.method)]

    changes = [
        lambda: setattr(outer, "__annotations__", {"four": int}),
        lambda: outer.__annotations__.update(four=str),
        lambda: outer.__annotations__.update(three=str),
        lambda: setattr(outer, "__kwdefaults__", {"key": 3}),
        lambda: outer.__kwdefaults__.update(key=4),
        lambda: cls.method.__annotations__.update(one=str),
        lambda: setattr(cls.method, "__defaults__", (7,)),
        # as functools.partialmethod does: up to 3.12, from 3.13
        lambda: outer.__dict__.update(dict.fromkeys(["_partialmethod", "__partialmethod__"], part)),
    ]
    made, part = cls(), functools.partialmethod(cls.method, 1)
    for change in changes:
        paddlefx.reset()
        compiled = paddlefx.optimize(function)
        before = compiled(x())[1]
        change()
        assert compiled(x())[1] == function(x())[1] != before


def test_a_signature_of_a_function_that_each_call_brings():
    def made(default):
        def inner(value, by=default):
            return value

        return inner

    def function(y, inner):
        return y + 1, str(inspect.signature(inner)), str(inspect.signature(other()))

    def other():
        print("", end="")  # it breaks: the function comes back from outside
        return made(next(numbers))

    numbers = iter(range(20))
    paddlefx.reset()
    compiled = paddlefx.optimize(function)
    for number in range(0, 6, 2):
        told = [one(x(), made(number))[1:] for one in (function, compiled)]
        assert told == [
            (f"(value, by={number})", f"(value, by={number})"),
            (f"(value, by={number})", f"(value, by={number + 1})"),
        ]


def test_a_default_is_the_very_object():
    def function(y):
        def inner(value, by=[]):  # noqa: B006
            return value

        held = inspect.signature(inner).parameters["by"].default
        held.append(1)
        return y + 1, inner.__defaults__[0] is held, len(held)

    compiled = paddlefx.optimize(function)
    for _ in range(2):
        assert compiled(x())[1:] == function(x())[1:] == (True, 1)


def test_a_bound_method_is_wrapped():
    made = Sized(1)

    def function(y):
        wrapper = decorated(made.method)
        names = wrapper.__name__, wrapper.__qualname__, wrapper.__annotations__, wrapper.__dict__
        told = str(inspect.signature(wrapper)), list(names[3])
        return (
            wrapper(y) + 1,
            decorated(Sized(2).method)(y) * 2,
            names[:3],
            told,
            wrapper.__wrapped__,
        )

    one_graph(function)


def test_a_wrapped_function_is_another():
    held = [lambda value, one: value, lambda value, two: value]

    def function(y):
        return y + 1, str(inspect.signature(outer))

    def outer():
        pass

    compiled = paddlefx.optimize(function)
    for wrapped in held:
        outer.__wrapped__ = wrapped
        assert compiled(x())[1] == function(x())[1]
    outer.__signature__ = inspect.signature(held[0])
    assert compiled(x())[1] == function(x())[1]
    del outer.__signature__, outer.__wrapped__
    assert compiled(x())[1] == function(x())[1] == "()"


def test_no_grad_as_a_decorator():
    def function(y):
        @paddle.no_grad()
        def inner(value, by=2):
            """Its text."""
            return value * by

        z = inner(y)
        return z, inner(y, by=3), inner.__name__, inner.__doc__, paddle.is_grad_enabled()

    one_graph(function)


def test_the_signature_of_a_function_made_anew_is_that_of_each_call():
    def told(x, function):
        return x + len(inspect.signature(function).parameters), function.__name__

    def made(notes, name):
        def function(a, b=0, *, c=1):
            return a

        function.__annotations__ = notes
        function.__name__ = name
        return function

    compiled = paddlefx.optimize(told)
    x = paddle.ones([2])
    for notes, name in (({}, "one"), ({}, "one"), ({"a": int}, "two"), ({"b": str}, "three")):
        given = made(notes, name)
        plain, found = told(x, given), compiled(x, given)
        assert found[1] == plain[1]
        assert found[0].tolist() == plain[0].tolist()
    assert paddlefx.stats()["recompiles"] == 2


@pytest.mark.parametrize(
    "attribute, value",
    [("__defaults__", (2,)), ("__kwdefaults__", {"by": 3}), ("__kwdefaults__", {})],
)
@pytest.mark.parametrize("outer", [True, False])
def test_defaults_that_make_a_call_fit(attribute, value, outer):
    """That it doesn't fit depends on them, too."""

    def function(a, b):
        return a * b

    def by_name(a, *, by):
        return a + by

    called = by_name if attribute == "__kwdefaults__" else function
    LATER["called"] = called

    def calls(y, given):
        try:
            return (given if outer else LATER["called"])(y)
        except TypeError as error:
            return y * 5, str(error)

    compiled = paddlefx.optimize(calls)
    assert alike(compiled(x(), called), calls(x(), called)) is None
    setattr(called, attribute, value)
    assert alike(compiled(x(), called), calls(x(), called)) is None
    if value == {}:
        called.__kwdefaults__["by"] = 1
        assert alike(compiled(x(), called), calls(x(), called)) is None
