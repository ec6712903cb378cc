"""Backends that walk operator by operator: each operator against the plain function."""

from __future__ import annotations

import inspect
from typing import Any, List

import numpy as np
import paddle
import paddle.nn.functional as F
import pytest

import paddlefx
from paddlefx.compiler import get
from paddlefx.compiler.node_by_node import NodeByNodeCompiler
from paddlefx.errors import CompileError
from tests.support.operator_cases import CASES, WITH_INT64, inputs

BACKENDS = ("onnxruntime", "openvino")


def make(backend: str, **options: Any) -> NodeByNodeCompiler:
    compiler = type(get(backend))(**options)
    assert isinstance(compiler, NodeByNodeCompiler)
    compiler.compares_first_call = False
    return compiler


def leaves(value: Any) -> List[Any]:
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


def assert_alike(found: Any, wanted: Any, tolerance: float = 1e-5) -> None:
    """Shapes, dtypes and whole numbers equal; floats within ``tolerance`` of 1 + their size."""
    assert len(leaves(found)) == len(leaves(wanted))
    for index, (one, other) in enumerate(zip(leaves(found), leaves(wanted))):
        assert one.dtype == other.dtype, index
        assert one.shape == other.shape, index
        assert one.stop_gradient == other.stop_gradient, index
        left, right = one.numpy(), other.numpy()
        if left.dtype.kind == "f":
            np.testing.assert_allclose(left, right, tolerance, tolerance, err_msg=str(index))
        else:
            np.testing.assert_array_equal(left, right, err_msg=str(index))


@pytest.fixture(autouse=True)
def no_gradients() -> Any:
    with paddle.no_grad():
        yield


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", sorted(CASES))
def test_each_operator_is_compiled_and_right(name: str, backend: str) -> None:
    function = CASES[name]
    arguments = [inputs()[each] for each in inspect.signature(function).parameters]
    whole = backend == "onnxruntime" or name not in WITH_INT64
    compiler = make(backend, full_graph=whole, allow_fallback=not whole)
    if not whole:
        compiler.unchecked = frozenset()
    compiled = paddlefx.optimize(backend=compiler, full_graph=True)(function)
    wanted = function(*arguments)
    assert_alike(compiled(*arguments), wanted)
    assert_alike(compiled(*arguments), wanted)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_not_supported_runs_in_its_place(backend: str) -> None:
    def function(x: Any) -> Any:
        y = F.relu(x) * 2
        values, places = paddle.topk(y, 2)
        return paddle.exp(values) + 1, places, y.sum()

    x = paddle.randn([3, 5])
    compiled = paddlefx.optimize(backend=make(backend))(function)
    assert_alike(compiled(x), function(x))
    with pytest.raises(CompileError, match="topk"):
        strict = make(backend, full_graph=True, allow_fallback=False)
        paddlefx.optimize(backend=strict)(function)(x)


@pytest.mark.parametrize("backend", BACKENDS)
def test_inputs_need_not_lie_in_one_piece(backend: str) -> None:
    def function(x: Any, y: Any) -> Any:
        return F.relu(x) @ y

    x, y = paddle.randn([5, 3]), paddle.randn([5, 8])
    compiled = paddlefx.optimize(backend=make(backend, full_graph=True))(function)
    assert_alike(compiled(x.t(), y[:, ::2]), function(x.t(), y[:, ::2]))


@pytest.mark.parametrize("backend", BACKENDS)
def test_results_are_nobody_elses(backend: str) -> None:
    def function(x: Any) -> Any:
        y = x * 2
        return y, y, x, y + 1

    compiled = paddlefx.optimize(backend=make(backend))(function)
    x = paddle.randn([4])
    first = compiled(x)
    assert first[0] is first[1] and first[2] is x
    kept = first[3].numpy().copy()
    first[0].add_(paddle.ones([4]))
    second = compiled(x + 1)
    np.testing.assert_array_equal(first[3].numpy(), kept)
    assert_alike(second, function(x + 1))


@pytest.mark.parametrize("backend", BACKENDS)
def test_views_of_inputs_stay_views(backend: str) -> None:
    def function(x: Any) -> Any:
        return x.reshape([6]), F.relu(x).reshape([6])

    x, same = paddle.randn([2, 3]), paddle.zeros([2, 3])
    same.set_value(x)
    compiled = paddlefx.optimize(backend=make(backend))(function)
    view, _ = compiled(x)
    other, _ = function(same)
    view.add_(paddle.ones([6]))
    other.add_(paddle.ones([6]))
    assert_alike(x, same)


@pytest.mark.parametrize("backend", BACKENDS)
def test_writes_and_random_numbers_keep_their_order(backend: str) -> None:
    def function(x: Any) -> Any:
        before = x * 2
        view = before[0]
        x.add_(paddle.ones_like(x))
        noise = paddle.rand([3])
        before.scale_(3.0)
        more = paddle.rand([3])
        return before + x, view * 1, noise * 2, more * 2

    compiled = paddlefx.optimize(backend=make(backend))(function)
    x, same = paddle.ones([2, 3]), paddle.ones([2, 3])
    paddle.seed(3)
    wanted = function(same)
    paddle.seed(3)
    assert_alike(compiled(x), wanted)
    assert_alike(x, same)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_bad_index_raises_what_the_plain_function_raises(backend: str) -> None:
    def function(ids: Any, table: Any) -> Any:
        return F.embedding(ids, table) * 2

    table = paddle.randn([5, 3])
    compiled = paddlefx.optimize(backend=make(backend))(function)
    good, bad = paddle.to_tensor([1, 4]), paddle.to_tensor([1, -2])
    assert_alike(compiled(good, table), function(good, table))
    with pytest.raises(ValueError) as plain:
        function(bad, table)
    with pytest.raises(ValueError) as found:
        compiled(bad, table)
    assert str(found.value).split("(at")[0] == str(plain.value).split("(at")[0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_tensors_without_elements_and_other_dtypes_stay_with_paddle(backend: str) -> None:
    def function(x: Any) -> Any:
        return F.relu(x) + 1, x.sum()

    compiled = paddlefx.optimize(backend=make(backend))(function)
    for x in (paddle.zeros([0, 3]), paddle.ones([2], "float64"), paddle.ones([2, 2])):
        assert_alike(compiled(x), function(x))


@pytest.mark.parametrize("backend", BACKENDS)
def test_changed_weights_are_seen(backend: str) -> None:
    layer = paddle.nn.Sequential(paddle.nn.Linear(4, 8), paddle.nn.GELU(), paddle.nn.Linear(8, 2))
    layer.eval()
    compiled = paddlefx.optimize(layer, backend=make(backend, full_graph=True))
    x = paddle.randn([3, 4])
    for _ in range(5):
        assert_alike(compiled(x), layer(x))
        layer[0].weight.set_value(layer[0].weight * 2)
    for _ in range(6):
        assert_alike(compiled(x), layer(x))


class Counting(paddle.nn.Layer):
    """Writes to a parameter and reads it."""

    def __init__(self) -> None:
        super().__init__()
        initial = paddle.nn.initializer.Constant(1000.0)
        self.count = self.create_parameter([2], default_initializer=initial)
        self.count.stop_gradient = True

    def forward(self, x: Any) -> Any:
        self.count.add_(paddle.full([2], 0.25))
        return F.relu(x) * self.count + 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_parameter_that_the_graph_writes_to_is_no_constant(backend: str) -> None:
    plain, counting = Counting(), Counting()
    compiled = paddlefx.optimize(counting, backend=make(backend))
    x = paddle.ones([3, 2])
    for _ in range(6):
        assert_alike(compiled(x), plain(x), 1e-7)


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_encoder_is_one_region(backend: str) -> None:
    layer = paddle.nn.TransformerEncoder(paddle.nn.TransformerEncoderLayer(16, 2, 32), 2)
    layer.eval()
    compiler = make(backend, full_graph=True, allow_fallback=False)
    compiled = paddlefx.optimize(layer, backend=compiler)
    for size in (3, 5):
        x = paddle.randn([size, 6, 16])
        assert_alike(compiled(x), layer(x))


@pytest.mark.parametrize("backend", BACKENDS)
def test_numbers_that_differ_by_little_are_equal_as_paddle_has_it(backend: str) -> None:
    def function(x: Any) -> Any:
        return x * 2 == 0, x * 2 != 0

    x = paddle.to_tensor([0.0, 1e-17, 1e-3])
    compiled = paddlefx.optimize(backend=make(backend))(function)
    assert_alike(compiled(x), function(x))


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_result_that_is_an_input_of_a_region_is_a_copy(backend: str) -> None:
    def function(x: Any) -> Any:
        return x * 1, x * 2, x.clone()

    x = paddle.randn([3])
    compiled = paddlefx.optimize(backend=make(backend))(function)
    found = compiled(x)
    assert_alike(found, function(x))
    found[0].add_(paddle.ones([3]))
    assert_alike(compiled(x), function(x))


def test_a_region_that_gives_other_results_runs_eagerly() -> None:
    class Wrong(type(get("onnxruntime")).visitor):  # type: ignore[misc]
        def exp(self, node: Any, x: Any) -> Any:
            return self._call("Sin", [x], node)

    compiler = make("onnxruntime")
    compiler.compares_first_call = True
    compiler.visitor = Wrong

    def function(x: Any) -> Any:
        return paddle.exp(x) + 1

    compiled = paddlefx.optimize(backend=compiler)(function)
    x = paddle.ones([2, 2])
    for _ in range(3):
        assert_alike(compiled(x), function(x))
    assert "first results" in str(paddlefx.explain(function, backend=compiler)(x))


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_changed_batch_is_compiled_for(backend: str) -> None:
    weight = paddle.randn([4, 6])

    def function(x: Any) -> Any:
        batch, length, _ = x.shape
        y = (x @ weight).reshape([batch, length * 2, 3])
        z = paddle.concat([y, y], 1)[:, :length]
        return F.softmax(z, -1).sum(-1), paddle.zeros([batch, 2]) + batch, batch * 2

    compiler = make(backend, full_graph=True, allow_fallback=False)
    compiled = paddlefx.optimize(backend=compiler, full_graph=True)(function)
    paddlefx.reset()
    for size in (2, 3, 5, 3, 5, 2, 7, 7, 7):
        x = paddle.randn([size, 3, 4])
        assert_alike(list(compiled(x)[:2]), list(function(x)[:2]))
        assert compiled(x)[2] == size * 2
    assert paddlefx.stats()["translations"] == 2


@pytest.mark.parametrize("backend", BACKENDS)
def test_sizes_without_end_run_eagerly(backend: str) -> None:
    compiled = paddlefx.optimize(backend=make(backend))(lambda x: F.relu(x) * x.shape[0])
    for size in [*range(2, 16), *range(2, 16)]:
        x = paddle.randn([size, 2])
        assert_alike(compiled(x), F.relu(x) * size)


def test_openvino_takes_precision_from_a_known_list() -> None:
    with pytest.raises(ValueError, match="float16"):
        make("openvino", precision="float16")
