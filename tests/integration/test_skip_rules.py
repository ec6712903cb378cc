"""Rules by module, and the decorators that say how a function is taken into a graph."""

from __future__ import annotations

import sys
import types

import paddle
import pytest

import paddlefx
from paddlefx import skip_rules
from paddlefx.skip_rules import Treatment


@pytest.fixture(autouse=True)
def _no_rules():
    skip_rules.clear()
    yield
    skip_rules.clear()


@pytest.fixture
def module():
    """A user's module with a function in it."""
    made = types.ModuleType("users_package.ops")
    exec("def double(x):\n    return x * 2\n", made.__dict__)
    sys.modules[made.__name__] = made
    yield made
    del sys.modules[made.__name__]


def counted(function, *args):
    """What a call gives, and its graphs and breaks."""
    paddlefx.reset()
    result = paddlefx.optimize(function)(*args)
    stats = paddlefx.stats()
    return result, stats["graphs"], stats["graph_breaks"]


X = paddle.to_tensor([1.0, 2.0])


def test_a_module_runs_as_it_is(module):
    def function(x):
        return module.double(x + 1) - 1

    assert counted(function, X)[1:] == (1, 0)
    skip_rules.run_as_is("users_package")
    result, graphs, breaks = counted(function, X)
    assert result.tolist() == [3.0, 5.0] and (graphs, breaks) == (2, 1)
    reasons = paddlefx.explain(function)(X).breaks
    assert "users_package.ops runs as it is" in reasons[0].reason


def test_the_longer_name_wins(module):
    def function(x):
        return module.double(x + 1) - 1

    skip_rules.run_as_is("users_package")
    skip_rules.inline("users_package.ops")
    assert counted(function, X)[1:] == (1, 0)
    skip_rules.clear("users_package.ops")
    assert counted(function, X)[1:] == (2, 1)


def test_a_refused_module_raises(module):
    def function(x):
        return module.double(x + 1) - 1

    skip_rules.refuse("users_package.ops")
    with pytest.raises(paddlefx.GraphBreakError, match="refused") as caught:
        paddlefx.optimize(function)(X)
    assert "test_skip_rules.py" in str(caught.value)
    assert function(X).tolist() == [3.0, 5.0]


def test_the_rules_are_listed():
    skip_rules.refuse("a.b")
    listed = skip_rules.rules()
    assert listed[0] == skip_rules.Rule("a.b", Treatment.REFUSE)
    assert ("paddle", Treatment.INLINE_ONLY, True) in [tuple(rule) for rule in listed]
    assert skip_rules.treatment("a.b.c") is Treatment.REFUSE
    assert skip_rules.treatment("a.bc") is None
    with pytest.raises(ValueError):
        skip_rules.inline("not a module")


calls = []


@paddlefx.allow_in_graph
def opaque(x, factor=2):
    calls.append(x)
    return [paddle.to_tensor(x.numpy() * factor), x + 1]


def test_allow_in_graph():
    def function(x):
        doubled, more = opaque(x + 1, factor=3)
        return doubled + more

    for _ in range(2):
        result, graphs, breaks = counted(function, X)
        assert result.tolist() == [9.0, 13.0] and (graphs, breaks) == (1, 0)
    compiled = paddlefx.optimize(function)
    compiled(X)
    del calls[:]
    compiled(X)
    assert len(calls) == 1 and calls[0].tolist() == [2.0, 3.0]
    assert any(node.target is opaque for node in compiled.cache.entries[0].graph_layer.graph.nodes)


def test_allow_in_graph_of_what_gives_no_tensor_breaks():
    @paddlefx.allow_in_graph
    def rank(x):
        return x.ndim

    result, _, breaks = counted(lambda x: (rank(x * 2), x + 1), X)
    assert result[0] == 1 and breaks == 1


def test_assume_constant_result():
    seen = []

    @paddlefx.assume_constant_result
    def setting(name):
        seen.append(name)
        return {"scale": 3.0}[name]

    def function(x):
        return x * setting("scale")

    compiled = paddlefx.optimize(function)
    for _ in range(3):
        assert compiled(X).tolist() == [3.0, 6.0]
    assert seen == ["scale"] and paddlefx.stats()["graph_breaks"] == 0


@pytest.mark.parametrize("mark", [paddlefx.allow_in_graph, paddlefx.assume_constant_result])
def test_marks_are_for_functions(mark):
    with pytest.raises(TypeError):
        mark(len)
