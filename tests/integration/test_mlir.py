"""The mlir backend where MLIR has wheels (3.10 and later), and what is said where it has none."""

from __future__ import annotations

import importlib.util
import inspect
import pathlib

import numpy as np
import paddle
import paddle.nn.functional as F
import pytest

import paddlefx
from paddlefx.compiler import get
from paddlefx.compiler.node_by_node import NodeByNodeCompiler
from paddlefx.errors import CompileError, CompilerNotFoundError
from tests.integration.test_node_by_node import assert_alike
from tests.support.backend_proofs import PROOFS, largest_error
from tests.support.operator_cases import CASES, inputs

if importlib.util.find_spec("torch_mlir") is None:

    def test_what_to_install_is_said():
        with pytest.raises(CompilerNotFoundError) as caught:
            get("mlir")
        assert "torch_mlir" in caught.value.reason
        assert caught.value.hint == "pip install paddlefx[mlir]"

else:
    from paddlefx.compiler.mlir import MLIRCompiler
    from paddlefx.compiler.mlir.engine import module_text

    GOLDEN = pathlib.Path(__file__).parents[1] / "golden" / "mlir"

    class EveryOperator(MLIRCompiler):
        """Takes those too that are better left to Paddle."""

        compares_first_call = False

        def supports(self, node, visitor):
            return NodeByNodeCompiler.supports(self, node, visitor)

    @pytest.fixture(autouse=True)
    def no_gradients():
        with paddle.no_grad():
            yield

    @pytest.mark.parametrize("name", sorted(CASES))
    def test_each_operator(name):
        function = CASES[name]
        arguments = [inputs()[each] for each in inspect.signature(function).parameters]
        compiler = EveryOperator()
        compiled = paddlefx.optimize(backend=compiler, full_graph=True)(function)
        wanted = function(*arguments)
        assert_alike(compiled(*arguments), wanted)
        assert_alike(compiled(*arguments), wanted)
        explained = paddlefx.explain(function, backend=compiler)(*arguments)
        assert not [n for graph in explained.graphs for n in graph.notes if "a part" in n]

    WHOLE = ("arithmetic", "comparisons", "convolutions", "normalisations", "products", "slices")

    @pytest.mark.parametrize("name", WHOLE)
    def test_each_operator_by_iree(name):
        function = CASES[name]
        arguments = [inputs()[each] for each in inspect.signature(function).parameters]
        compiler = MLIRCompiler(runtime="iree")
        compiler.compares_first_call = False
        compiled = paddlefx.optimize(backend=compiler, full_graph=True)(function)
        assert_alike(compiled(*arguments), function(*arguments))
        explained = paddlefx.explain(function, backend=compiler)(*arguments)
        assert not [n for graph in explained.graphs for n in graph.notes if "a part" in n]

    @pytest.mark.parametrize("name", list(PROOFS))
    def test_a_proof_is_what_plain_paddle_gives(name):
        function, calls = PROOFS[name]
        compiled = paddlefx.optimize(backend="mlir")(function)
        for arguments in calls():
            wanted = function(*arguments)
            assert largest_error(compiled(*arguments), wanted) <= 1e-5
            assert largest_error(compiled(*arguments), wanted) <= 1e-5

    @pytest.mark.parametrize("runtime", ["engine", "iree"])
    @pytest.mark.parametrize("name", ["conv + bn + relu", "matmul + gelu", "reductions"])
    def test_whole_graphs(name, runtime):
        function, calls = PROOFS[name]
        compiler = MLIRCompiler(runtime=runtime, full_graph=True, allow_fallback=False)
        compiled = paddlefx.optimize(backend=compiler)(function)
        for arguments in calls():
            wanted = function(*arguments)
            assert largest_error(compiled(*arguments), wanted) <= 1e-5
            assert largest_error(compiled(*arguments), wanted) <= 1e-5

    def test_a_whole_graph_names_what_it_has_not():
        compiler = MLIRCompiler(full_graph=True, allow_fallback=False)
        with pytest.raises(CompileError, match="cumsum"):
            paddlefx.optimize(backend=compiler)(lambda x: x.cumsum(0) + 1)(paddle.ones([3]))

    def test_weights_are_read_in_each_call():
        layer = paddle.nn.Sequential(paddle.nn.LayerNorm(8), paddle.nn.GELU())
        layer.eval()
        compiled = paddlefx.optimize(layer, backend=MLIRCompiler())
        x = paddle.randn([3, 8])
        for _ in range(4):
            assert_alike(compiled(x), layer(x))
            layer[0].weight.set_value(layer[0].weight * 2)

    def test_equal_sums_have_memory_of_their_own():
        """One buffer for both, and the second would be added to the first."""

        def function(x, y):
            return x.sum(), y.sum(), x.sum(0), (x * 1.0).sum(0), x * 2, x * 2.0

        compiled = paddlefx.optimize(backend=EveryOperator())(function)
        x, y = paddle.rand([6, 5]), paddle.rand([6, 5])
        first = compiled(x, y)
        assert_alike(first, function(x, y))
        first[4].add_(paddle.ones([6, 5]))
        assert_alike(compiled(x, y), function(x, y))

    def test_parts_and_their_sums_in_one_piece():
        def function(x, y):
            parts = paddle.split(x, 2, 1)
            joined = paddle.concat([parts[1], y, parts[0]], 1)
            return parts[0], parts[1].reshape([-1]), joined, paddle.stack([x[0], y[1]]).sum(-1)

        compiled = paddlefx.optimize(backend=EveryOperator())(function)
        x, y = paddle.randn([4, 6]), paddle.randn([4, 6])
        assert_alike(compiled(x, y), function(x, y))

    def test_the_text_is_as_it_was(monkeypatch):
        texts = []

        def kept(*arguments):
            texts.append(module_text(*arguments))
            return texts[-1]

        monkeypatch.setattr("paddlefx.compiler.mlir.engine.module_text", kept)

        def function(x, weight, bias):
            return F.layer_norm(x * 2 + bias, [24], weight, bias).max(0), F.relu(x)

        tensors = [paddle.randn(shape) for shape in ([3, 24], [24], [24])]
        compiled = paddlefx.optimize(backend=EveryOperator())(function)
        for found, wanted in zip(compiled(*tensors), function(*tensors)):
            np.testing.assert_allclose(found.numpy(), wanted.numpy(), 1e-5, 1e-5)
        assert texts == [(GOLDEN / "rows.mlir").read_text("utf-8")]

    def test_no_such_runtime():
        with pytest.raises(ValueError, match="iree"):
            MLIRCompiler(runtime="steam")
