"""A TransformerEncoder, given to optimize as it is."""

from __future__ import annotations

import paddle
import pytest

import paddlefx
from tests.support.same import assert_same


def encoder(layers=4, **options):
    layer = paddle.nn.TransformerEncoderLayer(32, 4, 64, **options)
    net = paddle.nn.TransformerEncoder(layer, layers)
    net.eval()
    return net


@pytest.mark.parametrize("options", [{}, {"normalize_before": True, "activation": "gelu"}])
@pytest.mark.parametrize("masked", [False, True])
def test_four_layers_one_graph(options, masked, report_counts):
    net = encoder(**options)
    batches = [paddle.randn([2, 10, 32]) for _ in range(2)]
    mask = [paddle.randn([2, 4, 10, 10])] if masked else []
    expected = [net(batch, *mask) for batch in batches]
    optimized = paddlefx.optimize(net)
    actual = [optimized(batch, *mask) for batch in batches]
    assert_same(actual, expected)
    report_counts()
    stats = paddlefx.stats()
    assert (stats["translations"], stats["cache_hits"]) == (1, 1)
    assert (stats["graphs"], stats["graph_breaks"], stats["fallbacks"]) == (1, 0, 0)


def test_gradients():
    net = encoder(layers=2)
    batch = paddle.randn([2, 10, 32])
    gradients = []
    for call in (net, paddlefx.optimize(net)):
        call(batch).mean().backward()
        gradients.append({name: value.grad.clone() for name, value in net.named_parameters()})
        net.clear_gradients()
    assert_same(*gradients)


def test_dropout_in_training_follows_the_seed():
    net = encoder(layers=2, dropout=0.5)
    net.train()
    batch = paddle.randn([2, 10, 32])
    optimized = paddlefx.optimize(net)
    results = []
    for call in (optimized, optimized, net):
        paddle.seed(7)
        results.append([call(batch) for _ in range(3)])
    assert_same(results[0], results[2])
    assert_same(results[1], results[2])
