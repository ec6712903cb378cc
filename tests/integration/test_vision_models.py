"""Every constructor of paddle.vision.models in eval mode: one graph.

Three small families and ResNet-18 run everywhere; the others are heavy. One of each family
takes training steps too, the others do in ``nox -s zoo``.
"""

from __future__ import annotations

import paddle
import pytest
from paddle.vision import models

import paddlefx
from tests.support.same import assert_same


def test_resnet18_one_translation_three_hits(report_counts):
    net = models.resnet18(num_classes=2)
    net.eval()
    images = [paddle.randn([1, 3, 224, 224]) for _ in range(4)]
    with paddle.no_grad():
        expected = [net(image) for image in images]
    optimized = paddlefx.optimize(net)
    with paddle.no_grad():
        actual = [optimized(image) for image in images]
    assert_same(actual, expected)
    report_counts()
    stats = paddlefx.stats()
    assert (stats["translations"], stats["cache_hits"]) == (1, 3)
    assert (stats["graphs"], stats["graph_breaks"], stats["fallbacks"]) == (1, 0, 0)


#: Constructor, its arguments, the input's shape.
FAMILIES = [
    ("LeNet", {}, (1, 1, 28, 28)),
    ("mobilenet_v1", {"scale": 0.25}, (1, 3, 64, 64)),
    ("mobilenet_v2", {"scale": 0.25}, (1, 3, 64, 64)),
    pytest.param("alexnet", {}, (1, 3, 224, 224), marks=pytest.mark.heavy),
    pytest.param("densenet121", {}, (1, 3, 64, 64), marks=pytest.mark.heavy),
    pytest.param("googlenet", {}, (1, 3, 224, 224), marks=pytest.mark.heavy),
    pytest.param("inception_v3", {}, (1, 3, 128, 128), marks=pytest.mark.heavy),
    pytest.param("mobilenet_v3_small", {"scale": 0.5}, (1, 3, 64, 64), marks=pytest.mark.heavy),
    pytest.param("mobilenet_v3_large", {"scale": 0.5}, (1, 3, 64, 64), marks=pytest.mark.heavy),
    pytest.param("resnext50_32x4d", {}, (1, 3, 64, 64), marks=pytest.mark.heavy),
    pytest.param("shufflenet_v2_swish", {}, (1, 3, 64, 64), marks=pytest.mark.heavy),
    pytest.param("shufflenet_v2_x0_25", {}, (1, 3, 64, 64), marks=pytest.mark.heavy),
    pytest.param("squeezenet1_0", {}, (1, 3, 64, 64), marks=pytest.mark.heavy),
    pytest.param("squeezenet1_1", {}, (1, 3, 64, 64), marks=pytest.mark.heavy),
    pytest.param("vgg11", {"num_classes": 2}, (1, 3, 64, 64), marks=pytest.mark.heavy),
    *[
        pytest.param(name, options, (1, 3, 64, 64), marks=pytest.mark.heavy)
        for names, options in (
            ("resnet34 resnet50 resnet101 resnet152 resnext50_64x4d resnext101_32x4d", {}),
            ("resnext101_64x4d resnext152_32x4d resnext152_64x4d", {}),
            ("wide_resnet50_2 wide_resnet101_2", {}),
            ("vgg13 vgg16 vgg19", {"num_classes": 2}),
            ("densenet161 densenet169 densenet201 densenet264", {}),
            ("shufflenet_v2_x0_33 shufflenet_v2_x0_5 shufflenet_v2_x1_0", {}),
            ("shufflenet_v2_x1_5 shufflenet_v2_x2_0", {}),
        )
        for name in names.split()
    ],
]


@pytest.mark.parametrize("name, options, shape", FAMILIES)
def test_family(name, options, shape, report_counts):
    net = getattr(models, name)(**options)
    net.eval()
    images = [paddle.randn(shape) for _ in range(2)]
    with paddle.no_grad():
        expected = [net(image) for image in images]
    optimized = paddlefx.optimize(net)
    with paddle.no_grad():
        actual = [optimized(image) for image in images]
    assert_same(actual, expected)
    report_counts()
    stats = paddlefx.stats()
    assert (stats["translations"], stats["cache_hits"]) == (1, 1)
    assert (stats["graphs"], stats["graph_breaks"], stats["fallbacks"]) == (1, 0, 0)


def names():
    return [getattr(item, "values", item)[0] for item in FAMILIES]


def test_no_constructor_is_left_out():
    functions = {name for name in models.__all__ if not isinstance(getattr(models, name), type)}
    assert functions <= {*names(), "resnet18"}
    modules = {getattr(models, name).__module__ for name in [*names(), "resnet18"]}
    assert {getattr(models, name).__module__ for name in models.__all__} == modules


#: Constructor, its arguments, the input's shape: one of each family.
TRAINED = [
    ("LeNet", {}, (2, 1, 28, 28)),
    ("mobilenet_v2", {"scale": 0.25}, (2, 3, 32, 32)),
    ("resnet18", {"num_classes": 2}, (2, 3, 32, 32)),
    pytest.param("mobilenet_v1", {"scale": 0.25}, (2, 3, 32, 32), marks=pytest.mark.heavy),
    pytest.param("alexnet", {}, (2, 3, 224, 224), marks=pytest.mark.heavy),
    pytest.param("densenet121", {}, (2, 3, 64, 64), marks=pytest.mark.heavy),
    pytest.param("googlenet", {}, (2, 3, 224, 224), marks=pytest.mark.heavy),
    pytest.param("inception_v3", {}, (2, 3, 128, 128), marks=pytest.mark.heavy),
    pytest.param("mobilenet_v3_small", {"scale": 0.5}, (2, 3, 64, 64), marks=pytest.mark.heavy),
    pytest.param("shufflenet_v2_x0_25", {}, (2, 3, 64, 64), marks=pytest.mark.heavy),
    pytest.param("squeezenet1_0", {}, (2, 3, 64, 64), marks=pytest.mark.heavy),
    pytest.param("vgg11", {"num_classes": 2}, (2, 3, 64, 64), marks=pytest.mark.heavy),
]


#: The others, by the shape that training takes.
REST = [
    pytest.param(name, options, shape, marks=pytest.mark.zoo)
    for name, options, shape in (getattr(item, "values", item) for item in FAMILIES)
    if name not in [getattr(item, "values", item)[0] for item in TRAINED]
]


def trained(name, options, shape, wrap):
    """Two steps of momentum: what the model gives, its gradients, parameters and buffers."""
    paddle.seed(9)
    net = getattr(models, name)(**options)
    optimizer = paddle.optimizer.Momentum(0.01, parameters=net.parameters())
    call = wrap(net)
    seen = []
    for _ in range(2):
        out = call(paddle.randn(shape))
        outs = out if isinstance(out, (list, tuple)) else [out]
        sum([one.square().mean() for one in outs]).backward()
        seen.append((out, [p.grad.clone() for p in net.parameters() if p.grad is not None]))
        optimizer.step()
        optimizer.clear_grad()
    return seen, dict(net.state_dict())


@pytest.mark.parametrize("name, options, shape", [*TRAINED, *REST])
def test_training(name, options, shape):
    expected = trained(name, options, shape, lambda net: net)
    assert_same(trained(name, options, shape, paddlefx.optimize), expected)
    stats = paddlefx.stats()
    assert (stats["graphs"], stats["graph_breaks"], stats["fallbacks"]) == (1, 0, 0)
    assert stats["cache_hits"] == 1
