"""The tvm backend where TVM has wheels (3.10 and later), and what is said where it has none."""

from __future__ import annotations

import importlib.util
import inspect
import json
import sys

import paddle
import paddle.nn.functional as F
import pytest

import paddlefx
from paddlefx.compiler import get
from paddlefx.errors import CompileError, CompilerNotFoundError
from tests.integration.test_node_by_node import assert_alike
from tests.support.operator_cases import CASES, inputs

if importlib.util.find_spec("tvm") is None:

    def test_what_to_install_is_said():
        with pytest.raises(CompilerNotFoundError) as caught:
            get("tvm")
        assert caught.value.hint == "pip install paddlefx[tvm]"

else:
    from paddlefx.compiler.tvm import TVMCompiler, tuning
    from paddlefx.compiler.tvm.targets import target_of

    @pytest.fixture(autouse=True)
    def no_gradients():
        with paddle.no_grad():
            yield

    def compiled_with(function, **options):
        compiler = TVMCompiler(**options)
        compiler.compares_first_call = False
        return paddlefx.optimize(backend=compiler, full_graph=True)(function)

    @pytest.mark.parametrize("name", sorted(CASES))
    def test_each_operator_by_way_of_relax(name):
        function = CASES[name]
        arguments = [inputs()[each] for each in inspect.signature(function).parameters]
        compiled = compiled_with(function, full_graph=True, allow_fallback=False)
        wanted = function(*arguments)
        assert_alike(compiled(*arguments), wanted)
        assert_alike(compiled(*arguments), wanted)

    @pytest.mark.parametrize("name", sorted(CASES))
    def test_each_operator_as_tensor_expressions(name):
        function = CASES[name]
        arguments = [inputs()[each] for each in inspect.signature(function).parameters]
        compiled = compiled_with(function, route="te")
        wanted = function(*arguments)
        assert_alike(compiled(*arguments), wanted)
        assert_alike(compiled(*arguments), wanted)

    def block(x, weight, bias):
        h = F.gelu(x * 2 + bias)
        h = F.layer_norm(h, h.shape[-1:], weight, bias) + x
        h = F.softmax(h, -1) * F.silu(h) + paddle.tanh(h)
        return h, h.mean(-1), h.max()

    @pytest.mark.parametrize("route", ["relax", "te"])
    @pytest.mark.parametrize("shape", [[8, 32], [3, 5, 48], [4, 7], [2, 1], [1, 1000]])
    def test_rows_in_vectors_and_what_is_left(route, shape):
        x, weight, bias = paddle.randn(shape), paddle.randn(shape[-1:]), paddle.randn(shape[-1:])
        compiled = compiled_with(block, route=route, full_graph=True, allow_fallback=False)
        assert_alike(compiled(x, weight, bias), block(x, weight, bias))

    def test_products_stay_with_paddle_unless_a_full_graph_is_asked_for():
        def function(x, y):
            return F.relu(paddle.matmul(x, y) + 1) * 2

        x, y = paddle.randn([4, 8]), paddle.randn([8, 4])
        told = paddlefx.explain(function, backend=TVMCompiler())(x, y)
        assert any("leaves to the framework: matmul" in note for note in told.graphs[0].notes)
        assert_alike(told.result, function(x, y))
        whole = compiled_with(function, full_graph=True, allow_fallback=False)
        assert_alike(whole(x, y), function(x, y))

    def test_results_are_not_overwritten_by_the_next_call():
        def function(x):
            return paddle.exp(x) + 1

        for route in ("relax", "te"):
            compiled = compiled_with(function, route=route)
            first = compiled(paddle.zeros([64]))
            compiled(paddle.ones([64]))
            assert first.tolist() == [2.0] * 64

    def test_targets():
        assert target_of("llvm -mcpu=core-avx2").attrs["mcpu"] == "core-avx2"
        assert target_of({"kind": "llvm", "num-cores": 3}).attrs["num-cores"] == 3
        assert target_of("llvm -mcpu=native").attrs["mcpu"] != "native"
        for wrong in ("nonesuch", "llvm mcpu", {"mcpu": "x"}):
            with pytest.raises(CompileError, match="no target"):
                target_of(wrong)

    def test_options_are_checked():
        for wrong in ({"route": "relay"}, {"tune_mode": "autotvm"}, {"trials": 0}):
            with pytest.raises(ValueError):
                TVMCompiler(**wrong)
        with pytest.raises(ValueError, match="default schedule"):
            TVMCompiler(route="te", tune_mode="meta_schedule")

    def records(folder):
        """The measured seconds of each schedule in the logs of a folder."""
        lines = [
            line
            for path in folder.glob("*/database_tuning_record.json")
            for line in path.read_text("utf-8").splitlines()
        ]
        return [json.loads(line)[1][1] for line in lines]

    @pytest.mark.heavy  # processes that import TVM
    def test_schedules_are_searched_for_and_remembered(tmp_path, monkeypatch):
        def function(x, weight, y):
            h = F.relu(F.conv2d(x, weight, padding=1))
            return paddle.matmul(h.flatten(1), y)

        arguments = paddle.randn([1, 4, 8, 8]), paddle.randn([16, 4, 3, 3]), paddle.randn([1024, 8])
        options = {"full_graph": True, "allow_fallback": False, "tune_mode": "auto_scheduler"}
        options.update(trials=4, log=str(tmp_path))
        compiled = compiled_with(function, **options)
        assert_alike(compiled(*arguments), function(*arguments))
        found = records(tmp_path)
        assert len(found) >= 4
        assert any(0 < min(seconds) < 1 for seconds in found)
        # all of TVM's instructions can be had afterwards
        assert "tvm.s_tir.tensor_intrin" not in sys.modules
        monkeypatch.setattr(tuning, "_Search", None)
        again = compiled_with(function, **options)
        assert_alike(again(*arguments), function(*arguments))
        assert records(tmp_path) == found

    @pytest.mark.heavy
    def test_tuning_ends_in_time(tmp_path, monkeypatch):
        monkeypatch.setattr(tuning, "_AT_ONCE", 2)

        def function(x, y):
            return paddle.matmul(x, y)

        x, y = paddle.randn([64, 32]), paddle.randn([32, 64])
        compiled = compiled_with(
            function,
            full_graph=True,
            allow_fallback=False,
            tune_mode="meta_schedule",
            minutes=1e-4,
            trials=10_000,
            log=str(tmp_path),
        )
        assert_alike(compiled(x, y), function(x, y))
        assert len(records(tmp_path)) == 2
