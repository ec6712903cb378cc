"""Functions that inlined code of another module makes and that outlive the graph."""

from __future__ import annotations

import paddle

import paddlefx
from tests.support import made_elsewhere
from tests.support.versus import alike


def t():
    return paddle.arange(3, dtype="float32") + 1


def both(function):
    compiled = paddlefx.optimize(function)
    for _ in range(2):
        yield function(t()), compiled(t())
    assert paddlefx.stats()["fallbacks"] == 0


def test_a_closure():
    for plain, ours in both(lambda x: made_elsewhere.scaler(x + 1)):
        assert alike(ours(t()), plain(t())) is None
        for name in ("__name__", "__qualname__", "__module__", "__doc__", "note", "__defaults__"):
            assert getattr(ours, name) == getattr(plain, name), name
        assert ours.__globals__ is plain.__globals__ is vars(made_elsewhere)


def test_defaults():
    for plain, ours in both(lambda x: made_elsewhere.with_defaults(x * 2)):
        assert alike(ours(t()), plain(t())) is None
        assert alike(ours(t(), t(), 3, other=4), plain(t(), t(), 3, other=4)) is None
        assert ours.__doc__ == "Its text."
        assert list(ours.__kwdefaults__) == ["key"]


def test_a_shared_cell():
    for plain, ours in both(lambda x: made_elsewhere.adder(x * 2)):
        for _ in range(2):
            assert alike(ours[0](t()), plain[0](t())) is None
        assert alike(ours[1](), plain[1]()) is None


def test_annotations():
    for plain, ours in both(lambda x: made_elsewhere.annotated(x * 2)):
        assert alike(ours(t()), plain(t())) is None
        assert list(ours.__annotations__.items()) == list(plain.__annotations__.items())
        assert ours.__annotations__ is ours.__annotations__


def test_across_a_break():
    def function(x):
        scaled = made_elsewhere.scaler(x)
        print("a break", end="")
        return scaled(x + 1)

    for plain, ours in both(function):
        assert alike(ours, plain) is None
