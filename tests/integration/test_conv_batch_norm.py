"""Batch norms folded into the weights before them: numerics, and where they stay."""

from __future__ import annotations

from typing import Any, List

import numpy as np
import paddle
import pytest
from paddle import nn

import paddlefx
from paddlefx.graph import passes


def with_statistics(layer: Any) -> Any:
    """A layer in evaluation whose norms have statistics, weights and biases other than the first."""
    rng = np.random.RandomState(3)
    for norm in layer.sublayers(include_self=True):
        if hasattr(norm, "_mean"):
            size = norm._mean.shape
            norm._mean.set_value(paddle.to_tensor(rng.randn(*size).astype("float32")))
            norm._variance.set_value(paddle.to_tensor(rng.rand(*size).astype("float32") + 0.5))
            for weight in (norm.weight, norm.bias):
                if weight is not None:
                    weight.set_value(paddle.to_tensor(rng.randn(*size).astype("float32")))
    layer.eval()
    return layer


def graph_of(layer: Any, x: Any) -> Any:
    with paddle.no_grad():
        (graph,) = paddlefx.explain(layer)(x).graphs
    return graph


def norms(layer: Any) -> List[Any]:
    return [n for n in layer.graph.nodes if getattr(n.target, "__name__", "") == "batch_norm"]


def image(*shape: int) -> Any:
    return paddle.to_tensor(np.random.RandomState(1).randn(*shape).astype("float32"))


FOLDED = {
    "conv": (nn.Conv2D(3, 8, 3, bias_attr=False), nn.BatchNorm2D(8), [2, 3, 8, 8]),
    "conv with a bias": (nn.Conv2D(3, 8, 3), nn.BatchNorm2D(8), [2, 3, 8, 8]),
    "groups": (nn.Conv2D(4, 8, 3, groups=2), nn.BatchNorm2D(8), [2, 4, 8, 8]),
    "depthwise": (nn.Conv2D(4, 4, 3, groups=4), nn.BatchNorm2D(4), [2, 4, 8, 8]),
    "three dimensions": (nn.Conv3D(2, 4, 3), nn.BatchNorm3D(4), [2, 2, 6, 6, 6]),
    "transposed": (nn.Conv2DTranspose(3, 5, 3), nn.BatchNorm2D(5), [2, 3, 8, 8]),
    "linear": (nn.Linear(6, 4), nn.BatchNorm1D(4), [3, 6]),
    "no affine": (
        nn.Conv2D(3, 8, 3),
        nn.BatchNorm2D(8, weight_attr=False, bias_attr=False),
        [2, 3, 8, 8],
    ),
}


@pytest.mark.parametrize("name", sorted(FOLDED))
def test_results_are_those_of_the_norm(name: str) -> None:
    *layers, shape = FOLDED[name]
    layer = with_statistics(nn.Sequential(*layers, nn.ReLU()))
    graph = graph_of(layer, image(*shape))
    made = passes.run_passes(graph, [passes.conv_batch_norm])
    assert len(norms(graph)) == 1 and norms(made) == []
    x = image(*shape) * 2
    with paddle.no_grad():
        (plain,), (folded,) = graph(x), made(x)
    np.testing.assert_allclose(plain.numpy(), folded.numpy(), rtol=1e-5, atol=2e-5)
    metas = [node.meta.get("tensor_meta") for node in made.graph.nodes if node.op != "output"]
    assert None not in metas
    with paddle.no_grad():
        assert passes.propagation(made) == 0


def test_what_keeps_a_norm() -> None:
    conv, norm = nn.Conv2D(3, 4, 3), nn.BatchNorm2D(4)

    class Twice(nn.Layer):
        """The product is used by another as well."""

        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm = conv, norm

        def forward(self, x: Any) -> Any:
            y = self.conv(x)
            return self.norm(y) + y

    layer = with_statistics(Twice())
    x = image(2, 3, 8, 8)
    assert len(norms(passes.run_passes(graph_of(layer, x), [passes.conv_batch_norm]))) == 1
    plain = with_statistics(nn.Sequential(conv, norm))
    (graph,) = paddlefx.explain(plain)(x).graphs
    assert len(norms(passes.run_passes(graph, [passes.conv_batch_norm]))) == 1, "gradients flow"
    plain.train()
    graph = graph_of(plain, x)
    assert len(norms(passes.run_passes(graph, [passes.conv_batch_norm]))) == 1, "in training"
    last = nn.Sequential(
        nn.Conv2D(3, 4, 3, data_format="NHWC"), nn.BatchNorm2D(4, data_format="NHWC")
    )
    graph = graph_of(with_statistics(last), image(2, 8, 8, 3))
    made = passes.run_passes(graph, [passes.conv_batch_norm])
    np.testing.assert_array_equal(
        made(x.transpose([0, 2, 3, 1]))[0].numpy(), graph(x.transpose([0, 2, 3, 1]))[0].numpy()
    )


def test_resnet18() -> None:
    model = with_statistics(paddle.vision.models.resnet18())
    for norm in model.sublayers():
        if hasattr(norm, "_mean"):  # near what training gives, so that activations stay in range
            for weight in (norm._mean, norm.bias):
                weight.set_value(weight * 0.1)
            norm.weight.set_value(norm.weight * 0.1 + 1)
    x = image(1, 3, 64, 64)
    graph = graph_of(model, x)
    made = passes.run_passes(graph, [passes.conv_batch_norm])
    assert len(norms(graph)) == 20 and norms(made) == []
    with paddle.no_grad():
        (plain,), (folded,) = graph(x), made(x)
    scale = float(np.abs(plain.numpy()).max())
    np.testing.assert_allclose(plain.numpy() / scale, folded.numpy() / scale, atol=1e-5)
