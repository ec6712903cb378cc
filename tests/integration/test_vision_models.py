"""Every family of paddle.vision.models, its smallest variant, in eval mode: one graph."""

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
    pytest.param("wide_resnet50_2", {}, (1, 3, 64, 64), marks=pytest.mark.heavy),
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


def test_no_family_is_left_out():
    listed = [item.values[0] if hasattr(item, "marks") else item[0] for item in FAMILIES]
    modules = {getattr(models, name).__module__ for name in [*listed, "resnet18"]}
    assert {getattr(models, name).__module__ for name in models.__all__} == modules
