"""Attributes that tensors have of their own: parameters' and what users put on a tensor."""

from __future__ import annotations

import paddle
import pytest

import paddlefx


def asked(x):
    return x + 1, hasattr(x, "mark"), getattr(x, "mark", None)


def compared(function, *args):
    """Both give the same beside tensors; what the compiled one gave, and its graphs and breaks."""
    report = paddlefx.explain(function)(*args)
    plain = function(*args)[1:]
    optimized = paddlefx.optimize(function)
    for _ in range(2):
        assert optimized(*args)[1:] == plain
    return plain, len(report.graphs), len(report.breaks)


def test_what_a_user_puts_on_a_tensor_is_found():
    """It was taken for missing: ``hasattr`` gave False."""
    x = paddle.ones([2])
    assert compared(asked, x) == ((False, None), 1, 0)
    x.mark = 3
    assert compared(asked, x) == ((True, 3), 1, 0)


def test_it_may_come_change_and_go_between_calls():
    optimized = paddlefx.optimize(asked)
    x = paddle.ones([2])
    assert optimized(x)[1:] == (False, None)
    for mark in (3, "four", None):
        x.mark = mark
        assert optimized(x)[1:] == (True, mark)
    del x.mark
    assert optimized(x)[1:] == (False, None)
    other = paddle.ones([2])
    other.mark = 5
    assert optimized(other)[1:] == (True, 5)


def test_an_own_attribute_comes_before_a_method_but_not_before_a_property():
    def both(x):
        return x + 1, x.tolist, x.T.shape, x.__dict__.get("shape")

    def shadowed(x):
        return x + 1, x.numel(3)

    x = paddle.ones([2, 3])
    x.tolist = "shadowed"
    assert paddlefx.optimize(both)(x)[1:3] == both(x)[1:3] == ("shadowed", [3, 2])
    optimized = paddlefx.optimize(shadowed)
    x.numel = lambda n: n * 2
    assert optimized(x)[1] == 6
    x.numel = lambda n: n * 5
    assert optimized(x)[1] == 15


@pytest.mark.parametrize("name", ["is_distributed", "need_clip", "optimize_attr", "regularizer"])
def test_attributes_of_parameters_are_captured(name):
    """``is_distributed`` was taken for missing: Llama's output layer broke there."""
    parameter = paddle.create_parameter([2, 3], "float32")

    def read(x):
        return x + 1, getattr(parameter, name)

    expected = (getattr(parameter, name),)
    assert compared(read, paddle.ones([2])) == (expected, 1, 0)
    setattr(parameter, name, "changed")
    assert compared(read, paddle.ones([2])) == (("changed",), 1, 0)


def test_methods_of_parameters_alone_are_found():
    parameter = paddle.create_parameter([2, 3], "float32")

    def read(x):
        return x + 1, hasattr(parameter, "initialize"), hasattr(parameter, "no_such_thing")

    assert compared(read, paddle.ones([2]))[0] == (True, False)


def test_tensors_of_the_graph_have_none():
    def read(x):
        y = x + 1
        return y, hasattr(y, "mark"), hasattr(x, "mark")

    x = paddle.ones([2])
    x.mark = 1
    assert compared(read, x) == ((False, True), 1, 0)
