"""The triton backend where Triton is (3.9 and later), and what is said where it isn't."""

from __future__ import annotations

import importlib.util
import pathlib

import numpy as np
import paddle
import paddle.nn.functional as F
import pytest

import paddlefx
from paddlefx.compiler import get
from paddlefx.errors import CompilerNotFoundError
from tests.integration.loop_nest_cases import (
    BINARY,
    BINARY_ULPS,
    FLOATS,
    ROWS,
    UNARY,
    assert_same,
    values,
)
from tests.support.backend_proofs import PROOFS, largest_error

if importlib.util.find_spec("triton") is None:

    def test_what_to_install_is_said():
        with pytest.raises(CompilerNotFoundError) as caught:
            get("triton")
        assert caught.value.hint == "pip install paddlefx[triton]"

else:
    from paddlefx.compiler.triton import TritonCompiler

    GOLDEN = pathlib.Path(__file__).parents[1] / "golden" / "triton"
    #: Everything becomes a kernel, or it is an error.
    EVERYTHING = TritonCompiler(smallest=1, full_graph=True, allow_fallback=False)
    #: NumPy's functions of float64 and Paddle's differ by a little more than LLVM's here.
    SLACK = 4

    @pytest.mark.parametrize(
        ("name", "dtype"), [(name, dtype) for name, row in UNARY.items() for dtype in row[1]]
    )
    def test_of_one_tensor(name, dtype):
        function, _, ulps = UNARY[name]
        assert_same(EVERYTHING, function, values(dtype, 0), ulps=SLACK * ulps, name=name)

    @pytest.mark.parametrize(
        ("name", "dtype"), [(name, dtype) for name, row in BINARY.items() for dtype in row[1]]
    )
    def test_of_two_tensors(name, dtype):
        function, _ = BINARY[name]
        for seed in (1, 4):
            x, y = values(dtype, 0), values(dtype, seed)
            assert_same(EVERYTHING, function, x, y, ulps=BINARY_ULPS.get(name, 0))

    @pytest.mark.parametrize(
        ("name", "dtype"), [(name, dtype) for name, row in ROWS.items() for dtype in row[1]]
    )
    @pytest.mark.parametrize("shape", [(1, 4, 37), (3, 5, 1100)])
    def test_of_rows(name, dtype, shape):
        function, _, ulps = ROWS[name]
        if name.startswith("layer_norm") and dtype == "float64":
            # Paddle's own is wrong from the 12th digit on.
            ulps = 1 << 15
        x = values(dtype, 5, shape)
        if dtype in FLOATS:
            # Sums of what cancels have no relative error to speak of.
            x = paddle.to_tensor(np.random.default_rng(5).uniform(0.5, 1.5, shape).astype(dtype))
        assert_same(EVERYTHING, function, x, ulps=SLACK * ulps, name=name)

    @pytest.mark.parametrize(
        ("left", "right"),
        [
            ((5, 7), (7,)),
            ((5, 1), (1, 7)),
            ((2, 3, 4, 5), (1, 3, 1, 1)),
            ((2, 3, 4, 5), (2, 1, 4, 1)),
            ((4, 5), ()),
            ((), ()),
            ((0, 3), (3,)),
        ],
    )
    def test_broadcast(left, right):
        x, y = values("float32", 1, left), values("float32", 2, right)
        assert_same(EVERYTHING, lambda x, y: (x + y) * x - y, x, y)
        assert_same(EVERYTHING, lambda x, y: (y - x).astype("float64") * 2.0, x, y)

    def test_rows_longer_than_a_program_holds():
        def function(x, y):
            z = F.softmax(x * 2, -1)
            return z.max(-1, keepdim=True) - z + y, x.sum(-1), (x - x.mean(-1, keepdim=True)).min()

        x, y = paddle.rand([2, 20000], "float64"), paddle.rand([2, 1], "float64")
        with paddle.no_grad():
            compiled = paddlefx.optimize(backend=TritonCompiler())(function)
            for found, wanted in zip(compiled(x, y), function(x, y)):
                np.testing.assert_allclose(found.numpy(), wanted.numpy(), 1e-11, 1e-11)

    @pytest.mark.parametrize("name", list(PROOFS))
    def test_a_proof_is_what_plain_paddle_gives(name):
        function, calls = PROOFS[name]
        compiled = paddlefx.optimize(backend="triton")(function)
        with paddle.no_grad():
            for arguments in calls():
                wanted = function(*arguments)
                assert largest_error(compiled(*arguments), wanted) <= 1e-5

    def test_gradients():
        def function(x, scale, bias):
            return F.softmax(F.gelu(x * scale + bias), -1).max(-1) * 3.0

        tensors = [paddle.randn([4, 16]), paddle.randn([16]), paddle.randn([4, 1])]
        found = []
        for called in (function, paddlefx.optimize(backend=TritonCompiler())(function)):
            given = [paddle.to_tensor(tensor.numpy(), stop_gradient=False) for tensor in tensors]
            called(*given).sum().backward()
            found.append([tensor.grad.numpy() for tensor in given])
        for wanted, gradient in zip(*found):
            np.testing.assert_allclose(gradient, wanted, 1e-4, 1e-5)

    def block(x, weight, bias):
        return F.softmax(F.layer_norm(F.gelu(x + bias), x.shape[-1:], weight, bias), -1)

    def chain(x, y):
        return (paddle.maximum(paddle.tanh(x), y) / 3.0).astype("float64")

    KERNELS = {
        "elementwise": (chain, [[40, 25], [25]], 1 << 14),
        "rows": (block, [[3, 24], [24], [24]], 1 << 14),
        "passes": (block, [[3, 24], [24], [24]], 8),
    }

    @pytest.mark.parametrize("name", sorted(KERNELS))
    def test_sources_are_as_they_were_and_compile_for_a_gpu(name, monkeypatch):
        function, shapes, largest = KERNELS[name]
        monkeypatch.setattr("paddlefx.compiler.triton.source.LARGEST_ROW", largest)
        compiler = TritonCompiler(target="cuda:90", allow_fallback=False, full_graph=True)
        tensors = [paddle.randn(shape) for shape in shapes]
        with paddle.no_grad():
            compiled = paddlefx.optimize(backend=compiler)(function)
            np.testing.assert_allclose(
                compiled(*tensors).numpy(), function(*tensors).numpy(), 1e-5, 1e-6
            )
        (written,) = compiler.written
        assert written.source == (GOLDEN / f"{name}.txt").read_text("utf-8")
        ptx = written.stages["ptx"]
        assert ".target sm_90" in ptx
        assert ".visible .entry kernel(" in ptx
        assert ptx.count("ld.global") >= len(shapes)
        assert "st.global" in ptx

    def test_no_such_target():
        with pytest.raises(ValueError, match="cuda:90"):
            TritonCompiler(target="abacus:3")
