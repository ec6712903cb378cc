"""Every layer class of paddle.nn, in eval mode and in two training steps: as plain, one graph."""

from __future__ import annotations

import inspect

import paddle
import pytest
from paddle import nn

import paddlefx
from tests.support.same import assert_same

from .paddle_nn_registry import (
    ABSTRACT,
    CHANGE_THEMSELVES,
    DATA_DEPENDENT,
    IDENTITIES,
    LAYERS,
    NO_KERNEL,
    cases,
)

CASES = cases()


def tensors(value):
    """The tensors in a nested result."""
    if isinstance(value, paddle.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [tensor for item in value for tensor in tensors(item)]
    return []


def gradients(values):
    return [None if value.grad is None else value.grad.clone() for value in values]


def run(case, wrap, train):
    """Two calls, with a training step behind each; all that can be seen of them."""
    paddle.seed(3)
    layer = case.make()
    layer.train() if train else layer.eval()
    parameters = layer.parameters()
    optimizer = paddle.optimizer.SGD(0.1, parameters=parameters) if parameters else None
    call = wrap(layer)
    seen = []
    for _ in range(2):
        inputs = case.inputs()
        result = call(*inputs)
        seen.append(result)
        found = [t for t in tensors(result) if not t.stop_gradient]
        if train and found:
            loss = sum([t.sum() * (index + 1) for index, t in enumerate(found)])
            loss.backward()
            seen.append((loss, gradients(tensors(inputs)), gradients(parameters)))
            if optimizer is not None:
                optimizer.step()
                optimizer.clear_grad()
    return seen, dict(layer.state_dict())


def name_of(case):
    return case[0].split("-")[0]


@pytest.mark.filterwarnings("ignore")  # Paddle's own, about its defaults
@pytest.mark.parametrize("train", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize("case", CASES, ids=[name for name, _ in CASES])
def test_layer(case, train):
    name = name_of(case)
    if name in NO_KERNEL:
        for wrap in (lambda layer: layer, paddlefx.optimize):
            with pytest.raises(RuntimeError, match="is not registered"):
                run(case[1], wrap, train)
        return
    expected = run(case[1], lambda layer: layer, train)
    actual = run(case[1], paddlefx.optimize, train)
    assert_same(actual, expected)
    stats = paddlefx.stats()
    if name in DATA_DEPENDENT:
        return
    calls = 2 if name in CHANGE_THEMSELVES else 1
    if name in IDENTITIES and stats["graphs"] == 0 and (not train or name == "Identity"):
        calls = 0
    assert (stats["graphs"], stats["graph_breaks"], stats["fallbacks"]) == (calls, 0, 0)
    assert stats["recompiles"] == max(calls - 1, 0)


def test_no_class_is_left_out():
    known = {getattr(nn, name) for name in [*LAYERS, *ABSTRACT] if hasattr(nn, name)}
    public = [value for value in vars(nn).values() if inspect.isclass(value)]
    missing = {
        value.__name__ for value in public if issubclass(value, nn.Layer) and value not in known
    }
    assert not missing


def test_the_exceptions_exist():
    listed = set(DATA_DEPENDENT) | NO_KERNEL | IDENTITIES | CHANGE_THEMSELVES
    assert {name for name in listed if hasattr(nn, name)} <= set(LAYERS)
