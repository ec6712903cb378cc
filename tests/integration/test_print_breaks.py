"""A call that can't be captured: the graph so far runs, the call runs, the rest is compiled."""

from __future__ import annotations

import paddle
import pytest

import paddlefx
from tests.support.same import assert_same


def between(x, y):
    out = x + y
    print("between")
    out = out * x
    return out


def operand(x, y):
    return (x + y) * (print("operand") or x)


def argument(x, y):
    return paddle.concat([x + y, print("argument") or x * 2], axis=0)


def of_a_shape(x, y):
    out = x + y
    print("shape", out.shape, f"{len(out.shape)}")
    return out * x


def of_a_tensor(x, y):
    out = x + y
    print(out)
    return out * x


def conditionally(x, y):
    out = x + y
    if len(x.shape) == 2:
        print("two")
    return out * x


def before(x, y):
    print("before")
    return (x + y) * x


def after(x, y):
    out = (x + y) * x
    print("after")
    return out


def twice(x, y):
    out = x + y
    print("one")
    out = out * x
    print("two")
    return out - y


def keeps_locals(x, y):
    table = {"x": x, "n": 3}
    names = ["a", "b"]
    alias = names
    z = x + y
    print("locals")
    alias.append("c")
    return table["x"] * z, table["n"], names


def inputs():
    x, y = paddle.randn([8, 16]), paddle.randn([8, 16])
    x.stop_gradient = y.stop_gradient = False
    return x, y


CASES = [
    (between, 2, 1),
    (operand, 2, 1),
    (argument, 2, 1),
    (of_a_shape, 2, 1),
    (of_a_tensor, 2, 1),
    (conditionally, 2, 1),
    (before, 1, 1),
    (after, 1, 1),
    (twice, 3, 2),
    (keeps_locals, 2, 1),
]


@pytest.mark.parametrize(
    "function, graphs, breaks", CASES, ids=lambda v: getattr(v, "__name__", "")
)
def test_break(function, graphs, breaks, capsys):
    x, y = inputs()
    expected = function(x, y)
    printed = capsys.readouterr().out
    assert printed
    optimized = paddlefx.optimize(function)
    for _ in range(3):
        assert_same(optimized(x, y), expected)
        assert capsys.readouterr().out == printed
    stats = paddlefx.stats()
    assert (stats["graphs"], stats["graph_breaks"], stats["fallbacks"]) == (graphs, breaks, 0)
    translations = stats["translations"]
    optimized(x, y)
    capsys.readouterr()
    assert paddlefx.stats()["translations"] == translations


@pytest.mark.parametrize("function", [between, operand])
def test_gradients_cross_a_break(function):
    x, y = inputs()
    gradients = []
    for call in (paddlefx.optimize(function), function):
        call(x, y).sum().backward()
        gradients.append([x.grad.clone(), y.grad.clone()])
        x.clear_grad()
        y.clear_grad()
    assert_same(*gradients)


def test_the_break_is_explained():
    x, y = inputs()
    explanation = paddlefx.explain(between)(x, y)
    assert len(explanation.graphs) == 2
    assert len(explanation.fallbacks) == 0
    (found,) = explanation.breaks
    assert "print" in found.reason
    assert found.filename == __file__
    assert found.lineno == between.__code__.co_firstlineno + 2
    assert found.hint
    text = str(explanation)
    assert found.reason in text and str(found.lineno) in text


def test_an_exception_at_the_break(capsys):
    def explode():
        raise KeyError("from the call")

    def breaking(x, y):
        out = x + y
        print("now", explode())
        return out * x

    x, y = inputs()
    optimized = paddlefx.optimize(breaking)
    for _ in range(2):
        with pytest.raises(KeyError, match="from the call") as caught:
            optimized(x, y)
        assert caught.traceback[-1].name == "explode"
        lines = [entry.lineno + 1 for entry in caught.traceback if entry.name == "breaking"]
        assert lines[-1:] == [breaking.__code__.co_firstlineno + 2]


def test_a_break_in_an_inlined_callee_is_right(capsys):
    def inner(x):
        y = x * 2
        print("inner")
        return y + 1

    def outer(x, y):
        return inner(x) * y

    x, y = inputs()
    optimized = paddlefx.optimize(outer)
    for _ in range(2):
        assert_same(optimized(x, y), outer(x, y))
        assert capsys.readouterr().out == "inner\ninner\n"
