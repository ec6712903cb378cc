"""The public names, as the README tells them."""

from __future__ import annotations

import inspect
import pickle

import paddle
import pytest

import paddlefx
from paddlefx.errors import CompilerNotFoundError, GraphBreakError
from tests.support.same import assert_same

STATS = {
    "translations", "graphs", "nodes", "graph_breaks", "fallbacks", "cache_hits", "cache_misses",
    "recompiles",
        "over_limit",
}  # fmt: skip


def func(x, y):
    """Two operations."""
    out = (x + y) * x
    return out


def breaking(x, y):
    out = x + y
    print(end="")
    return out * x


@pytest.fixture
def xy():
    return paddle.randn([8, 16]), paddle.randn([8, 16])


def test_stats_and_reset(xy):
    assert set(paddlefx.stats()) == STATS
    optimized = paddlefx.optimize(func)
    optimized(*xy)
    assert paddlefx.stats()["translations"] == 1
    paddlefx.reset()
    assert set(paddlefx.stats().values()) == {0}
    assert_same(optimized(*xy), func(*xy))  # what was compiled is forgotten too
    assert paddlefx.stats()["translations"] == 1


def test_decorator_forms(xy):
    @paddlefx.optimize
    def bare(x, y):
        return (x + y) * x

    @paddlefx.optimize()
    def called(x, y):
        return (x + y) * x

    @paddlefx.optimize(backend="eager", full_graph=True)
    def configured(x, y):
        return (x + y) * x

    for function in (bare, called, configured):
        assert_same(function(*xy), func(*xy))
    assert paddlefx.stats()["graphs"] == 3


def test_it_looks_like_the_function():
    optimized = paddlefx.optimize(func)
    assert optimized.__wrapped__ is func
    assert optimized.__name__ == "func"
    assert optimized.__qualname__ == "func"
    assert optimized.__doc__ == "Two operations."
    assert optimized.__module__ == func.__module__
    assert inspect.signature(optimized) == inspect.signature(func)
    assert callable(optimized)
    assert "func" in repr(optimized)


def test_optimizing_twice_is_once(xy):
    optimized = paddlefx.optimize(paddlefx.optimize(func))
    assert_same(optimized(*xy), func(*xy))
    assert paddlefx.stats()["graphs"] == 1


def test_methods(xy):
    class Scaler:
        def __init__(self, scale):
            self.scale = scale

        @paddlefx.optimize
        def decorated(self, x):
            return x * self.scale

        def plain(self, x):
            return x * self.scale

        @staticmethod
        @paddlefx.optimize
        def static(x):
            return x + 1

        @classmethod
        @paddlefx.optimize
        def of_class(cls, x):
            return x + 2

    x, _ = xy
    for scale in (2.0, 3.0, 2.0):
        scaler = Scaler(scale)
        assert_same(scaler.decorated(x), x * scale)
        assert_same(Scaler.decorated(scaler, x), x * scale)
        assert_same(paddlefx.optimize(scaler.plain)(x), x * scale)
    assert_same(Scaler.static(x), x + 1)
    assert_same(Scaler.of_class(x), x + 2)


def test_lambdas_and_partials(xy):
    import functools

    x, y = xy
    assert_same(paddlefx.optimize(lambda a: a * 3)(x), x * 3)
    assert_same(paddlefx.optimize(functools.partial(func, y=y))(x), func(x, y))


def test_full_graph_raises_at_a_break(xy):
    optimized = paddlefx.optimize(breaking, full_graph=True)
    for _ in range(2):
        with pytest.raises(GraphBreakError) as caught:
            optimized(*xy)
        error = caught.value
        assert "print" in error.reason
        assert error.filename == __file__
        assert error.lineno == breaking.__code__.co_firstlineno + 2
        assert error.hint
        assert f"{__file__}:{error.lineno}" in str(error)
        assert error.hint in str(error)


def test_full_graph_of_a_whole_graph(xy):
    assert_same(paddlefx.optimize(func, full_graph=True)(*xy), func(*xy))


def test_disable_as_context_manager(xy):
    optimized = paddlefx.optimize(func)
    with paddlefx.disable():
        assert_same(optimized(*xy), func(*xy))
        with paddlefx.disable():
            optimized(*xy)
        optimized(*xy)
    assert set(paddlefx.stats().values()) == {0}
    optimized(*xy)
    assert paddlefx.stats()["translations"] == 1
    with pytest.raises(ZeroDivisionError):
        with paddlefx.disable():
            raise ZeroDivisionError
    optimized(*xy)
    assert paddlefx.stats()["cache_hits"] == 1


@pytest.mark.parametrize("decorate", [paddlefx.disable, lambda f: paddlefx.disable()(f)])
def test_disable_as_decorator(xy, decorate):
    ran = []

    @decorate
    def secret(x):
        ran.append(type(x))
        return x + 1

    def outer(x, y):
        z = x * 2
        return secret(z) * y

    optimized = paddlefx.optimize(outer)
    x, y = xy
    expected = outer(x, y)
    for _ in range(2):
        assert_same(optimized(x, y), expected)
    assert ran == [paddle.Tensor] * 3  # it ran, on real tensors, once a call
    stats = paddlefx.stats()
    assert (stats["graphs"], stats["graph_breaks"]) == (2, 1)
    assert secret.__name__ == "secret"


def test_explain_a_whole_graph(xy):
    explanation = paddlefx.explain(func)(*xy)
    (graph,) = explanation.graphs
    assert list(explanation.breaks) == []
    assert list(explanation.fallbacks) == []
    assert len(explanation.guards) >= 2
    text = str(explanation)
    assert "float32" in text or "8, 16" in text


def test_explain_a_layer():
    net = paddle.nn.Linear(4, 4)
    explanation = paddlefx.explain(net)(paddle.randn([2, 4]))
    assert len(explanation.graphs) == 1
    assert list(explanation.breaks) == []


def test_a_fallback_is_counted_and_explained(xy):
    async def later(x):
        return x + 1

    x, _ = xy
    coroutine = paddlefx.optimize(later)(x)
    with pytest.raises(StopIteration) as stop:
        coroutine.send(None)
    assert_same(stop.value.value, x + 1)
    assert paddlefx.stats()["fallbacks"] == 1

    explanation = paddlefx.explain(later)(x)
    explanation.result.close()
    (fallback,) = explanation.fallbacks
    assert fallback.reason and fallback.hint
    assert fallback.filename == __file__
    assert fallback.lineno == later.__code__.co_firstlineno


def test_a_callable_backend(xy):
    seen = []

    def backend(graph_layer, example_inputs):
        seen.append((graph_layer, example_inputs))
        return graph_layer

    optimized = paddlefx.optimize(func, backend=backend)
    for _ in range(2):
        assert_same(optimized(*xy), func(*xy))
    ((graph_layer, example_inputs),) = seen
    assert len(example_inputs) == 2
    assert "def " in graph_layer.code
    assert "add" in graph_layer.code or "+" in graph_layer.code


def test_a_backend_may_change_the_result(xy):
    def backend(graph_layer, example_inputs):
        def run(*args):
            outputs = graph_layer(*args)
            return type(outputs)(output * 2 for output in outputs)

        return run

    assert_same(paddlefx.optimize(func, backend=backend)(*xy), func(*xy) * 2)


def test_a_compiler_object(xy):
    from paddlefx.compiler.base import Compiler

    class Recording(Compiler):
        def __init__(self):
            super().__init__()
            self.layers = []

        def compile(self, graph_layer, example_inputs):
            self.layers.append(graph_layer)
            return graph_layer

    compiler = Recording()
    assert_same(paddlefx.optimize(func, backend=compiler)(*xy), func(*xy))
    assert len(compiler.layers) == 1


def test_an_unknown_backend(xy):
    with pytest.raises(CompilerNotFoundError, match="no_such_backend") as caught:
        paddlefx.optimize(func, backend="no_such_backend")(*xy)
    assert "eager" in str(caught.value)


def test_the_graph_prints_as_a_table(xy, capsys):
    tables = []

    def backend(graph_layer, example_inputs):
        graph_layer.print_tabular("rich")
        tables.append(capsys.readouterr().out)
        return graph_layer

    paddlefx.optimize(func, backend=backend)(*xy)
    (table,) = tables
    assert "x" in table and "y" in table


def test_what_can_not_be_optimised_is_refused():
    with pytest.raises(TypeError):
        paddlefx.optimize(3)
    with pytest.raises(TypeError):
        paddlefx.optimize(func, no_such_option=True)


def test_errors_survive_pickling():
    error = GraphBreakError("a reason", filename="f.py", lineno=3, hint="a hint")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert (again.reason, again.lineno, again.hint) == ("a reason", 3, "a hint")


def test_a_miss_says_why(xy):
    x, y = xy
    optimized = paddlefx.optimize(func)
    assert paddlefx.explain(optimized)(x, y).misses == []  # nothing compiled, nothing missed
    optimized(x, y)
    assert paddlefx.explain(optimized)(x, y).misses == []
    (why,) = paddlefx.explain(optimized)(x.astype("float64"), y.astype("float64")).misses
    assert "float32" in why and "float64" in why
    net = paddlefx.optimize(paddle.nn.Linear(16, 2))
    net(x)
    net.train()
    assert paddlefx.explain(net)(x).misses == []
    (why,) = paddlefx.explain(net)(x[:4]).misses
    assert "[8, 16]" in why and "[4, 16]" in why
