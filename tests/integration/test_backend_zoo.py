"""Networks and layers on every backend: within the tolerance of plain Paddle.

A part of the zoo; ``nox -s backend-zoo`` measures all of it.
"""

from __future__ import annotations

import numpy as np
import paddle
import paddle.nn.functional as F
import pytest

import paddlefx
from tests.support.backend_zoo import LAYERS, NETWORKS, TOLERANCE, measured

BACKENDS = ("static", "llvm", "onnxruntime", "openvino")

#: What of the operations a backend computes at least, where it should compute most.
LEAST = {
    "LeNet": {"static": 1.0, "onnxruntime": 1.0, "openvino": 1.0},
    "bert": {"static": 1.0, "onnxruntime": 0.95, "openvino": 0.9},
    "llama": {"static": 1.0},
    "unet": {"static": 1.0},
    "gru": {"static": 1.0},
}
#: Every so many of the layers: a part of every kind.
EVERY = 9


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", list(LEAST))
def test_a_network_is_within_the_tolerance(name, backend):
    figures = measured(NETWORKS[name], backend)
    assert figures.error <= TOLERANCE, figures
    assert figures.share >= LEAST[name].get(backend, 0.0), figures


@pytest.mark.filterwarnings("ignore")  # Paddle's own, about its defaults
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", sorted(LAYERS)[::EVERY])
def test_a_layer_is_within_the_tolerance(name, backend):
    figures = measured(LAYERS[name], backend)
    assert figures.error <= TOLERANCE, figures


@pytest.mark.parametrize("axis", [-1, 0])
@pytest.mark.parametrize("backend", BACKENDS)
def test_masked_logits_are_paddles(backend, axis):
    """Paddle takes no logit for further than 64 below the largest; engines do."""
    compiled = paddlefx.optimize(lambda x: F.log_softmax(x * 2.0, axis=axis) + 1.0, backend=backend)
    with paddle.no_grad():
        for mask in (0.0, -1e2, -1e30, -np.inf):
            x = paddle.randn([16, 16])
            x[:, 3] = mask
            x[5] = mask
            wanted = F.log_softmax(x * 2.0, axis=axis) + 1.0
            np.testing.assert_allclose(compiled(x).numpy(), wanted.numpy(), 1e-5, 1e-5)


def test_gradients_of_masked_logits_are_paddles():
    x = paddle.randn([16, 16])
    x[:, 3] = -1e30
    x.stop_gradient = False
    function = lambda x: (F.log_softmax(x * 2.0) * x[0]).sum()  # noqa: E731
    (wanted,) = paddle.grad(function(x), x)
    (found,) = paddle.grad(paddlefx.optimize(function, backend="llvm")(x), x)
    np.testing.assert_allclose(found.numpy(), wanted.numpy(), 1e-4, 1e-4)
