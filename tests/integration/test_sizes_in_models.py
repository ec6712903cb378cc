"""Graphs whose sizes vary, as one model of ONNX Runtime or OpenVINO for all sizes."""

from __future__ import annotations

import numpy as np
import paddle
import paddle.nn.functional as F
import pytest
from paddle import nn

import paddlefx
from paddlefx.compiler import get
from paddlefx.compiler.onnxruntime import OnnxRuntimeCompiler
from paddlefx.compiler.openvino import OpenVINOCompiler

BACKENDS = {"onnxruntime": OnnxRuntimeCompiler, "openvino": OpenVINOCompiler}


@pytest.fixture(autouse=True)
def no_gradients():
    paddle.seed(3)
    with paddle.no_grad():
        yield


@pytest.fixture(params=list(BACKENDS))
def compiler(request, monkeypatch):
    """A compiler that counts its models."""
    made = get(request.param)
    name = "session" if request.param == "onnxruntime" else "requests"
    build = getattr(made, name)
    made.models = 0

    def counted(*args):
        made.models += 1
        return build(*args)

    monkeypatch.setattr(made, name, counted)
    return made


def assert_one_model(compiler, function, calls):
    """The first call has a model of its own; all others have another one together."""
    compiled = paddlefx.optimize(backend=compiler)(function)
    for arguments in calls:
        # The first call with some sizes answers with plain results.
        for _ in range(2):
            found, wanted = compiled(*arguments), function(*arguments)
            one = found if isinstance(found, tuple) else (found,)
            other = wanted if isinstance(wanted, tuple) else (wanted,)
            assert len(one) == len(other)
            for a, b in zip(one, other):
                assert (a.shape, a.dtype) == (b.shape, b.dtype)
                np.testing.assert_allclose(a.numpy(), b.numpy(), 1e-4, 1e-5)
    assert compiler.models == 2
    assert paddlefx.stats()["fallbacks"] == 0


def test_a_batch(compiler):
    convolution = nn.Sequential(nn.Conv2D(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2D(2))
    linear = nn.Linear(32, 8)

    def function(x):
        rows = convolution(x).reshape([x.shape[0], -1, 32])
        return F.softmax(linear(rows).flatten(1)), rows.mean([1, 2])

    sizes = (2, 3, 5, 7, 32, 4, 200)
    assert_one_model(compiler, function, [(paddle.randn([n, 3, 16, 16]),) for n in sizes])


def test_a_length_that_attention_squares(compiler):
    class Attention(nn.Layer):
        def __init__(self):
            super().__init__()
            self.qkv = nn.Linear(16, 48)
            self.norm = nn.LayerNorm(16)

        def forward(self, x):
            batch, length, _ = x.shape
            q, k, v = self.qkv(x).reshape([batch, length, 3, 4, 4]).unbind(2)
            scores = paddle.matmul(q.transpose([0, 2, 1, 3]), k.transpose([0, 2, 3, 1]))
            mixed = paddle.matmul(F.softmax(scores), v.transpose([0, 2, 1, 3]))
            joined = mixed.transpose([0, 2, 1, 3]).reshape([batch, length, 16])
            return self.norm(x + joined), scores.sum(-1)

    net = Attention()
    net.eval()
    sizes = (6, 9, 4, 31, 64)
    assert_one_model(compiler, net, [(paddle.randn([2, n, 16]),) for n in sizes])


def test_two_sizes(compiler):
    def function(x, y):
        joined = paddle.concat([x, y], 0)
        return joined * 2, paddle.matmul(x, y, transpose_y=True).reshape([-1])

    calls = [(paddle.randn([a, 8]), paddle.randn([b, 8])) for a, b in ((3, 4), (5, 9), (7, 2))]
    calls += [(paddle.randn([a, 8]), paddle.randn([b, 8])) for a, b in ((9, 5), (40, 3))]
    compiled = paddlefx.optimize(backend=compiler)(function)
    for x, y in calls:
        for _ in range(2):
            for a, b in zip(compiled(x, y), function(x, y)):
                np.testing.assert_allclose(a.numpy(), b.numpy(), 1e-4, 1e-5)


@pytest.mark.parametrize("backend", list(BACKENDS))
def test_what_no_formula_gives_has_a_form_for_each_size(backend):
    def function(x):
        return F.avg_pool1d(x, 2, 2) * 2 + x[:, :, ::3].sum(), x / x.shape[-1]

    compiled = paddlefx.optimize(backend=backend)(function)
    for size in (6, 9, 12, 12, 12, 31, 31, 31):
        x = paddle.randn([2, 3, size])
        for a, b in zip(compiled(x), function(x)):
            np.testing.assert_allclose(a.numpy(), b.numpy(), 1e-4, 1e-5)
