"""Networks and layers on every backend: within the tolerance of plain Paddle.

A part of the zoo; ``nox -s backend-zoo`` measures all of it.
"""

from __future__ import annotations

import pytest

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
