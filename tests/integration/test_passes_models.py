"""Networks compiled with passes between capture and the eager form: bit for bit as plain."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Tuple

import numpy as np
import paddle
import pytest

import paddlefx
from paddlefx.compiler.replay import replayed
from paddlefx.graph import passes

PASSES = (
    passes.dead_code,
    passes.common_subexpressions,
    passes.constant_folding,
    passes.fusion,
    passes.propagation,
)


class Backend:
    """Runs the passes, and counts nodes before and behind them."""

    takes_numbers = True

    def __init__(self) -> None:
        self.sizes: List[Tuple[int, int]] = []

    def __call__(self, layer: Any, inputs: Any) -> Any:
        dynamic = any(isinstance(value, (int, float)) for value in inputs)
        made = passes.run_passes(layer, PASSES[:-1] if dynamic else PASSES)
        self.sizes.append((len(layer.graph), len(made.graph)))
        return replayed(made)


def flat(value: Any) -> List[Any]:
    if isinstance(value, paddle.Tensor):
        return [value.numpy()]
    if isinstance(value, (list, tuple)):
        return [array for item in value for array in flat(item)]
    return []


def run(net: Any, call: Any, x: Any, train: bool) -> List[Any]:
    """What two steps give: results, gradients, buffers."""
    paddle.seed(7)
    net.train() if train else net.eval()
    found: List[Any] = []
    optimizer = paddle.optimizer.SGD(0.01, parameters=net.parameters())
    for _ in range(2):
        with paddle.set_grad_enabled(train):
            result = call(x)
        found += flat(result)
        if train:
            sum([part.sum() for part in paddle.utils.flatten(result)]).backward()
            found += [p.grad.numpy().copy() for p in net.parameters() if p.grad is not None]
            optimizer.step()
            optimizer.clear_grad()
    return found + [buffer.numpy().copy() for buffer in net.buffers()]


NETS: Dict[str, Tuple[Callable[[], Any], List[int]]] = {
    "resnet18": (lambda: paddle.vision.models.resnet18(num_classes=4), [2, 3, 32, 32]),
    "mobilenet_v2": (lambda: paddle.vision.models.mobilenet_v2(num_classes=4), [2, 3, 32, 32]),
    "encoder": (
        lambda: paddle.nn.TransformerEncoder(
            paddle.nn.TransformerEncoderLayer(16, 2, 32, dropout=0.1), 2
        ),
        [2, 5, 16],
    ),
    "lstm": (lambda: paddle.nn.LSTM(8, 6, direction="bidirect"), [2, 5, 8]),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("train", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize("name", sorted(NETS))
def test_results_gradients_and_buffers_are_plain(name: str, train: bool) -> None:
    make, shape = NETS[name]
    net = make()
    state = {key: value.numpy().copy() for key, value in net.state_dict().items()}
    x = paddle.to_tensor(np.random.RandomState(0).randn(*shape).astype("float32"))
    plain = run(net, net, x, train)
    net.set_state_dict({key: paddle.to_tensor(value) for key, value in state.items()})
    backend = Backend()
    ours = run(net, paddlefx.optimize(net, backend=backend), x, train)
    assert len(plain) == len(ours) and backend.sizes
    assert all(after <= before for before, after in backend.sizes)
    for one, two in zip(plain, ours):
        np.testing.assert_array_equal(one, two)


def test_sizes_that_vary() -> None:
    def function(x: Any, n: int) -> Any:
        y = paddle.tanh(x) * n + paddle.tanh(x) * n
        return y.reshape([-1, x.shape[0]]), paddle.zeros([x.shape[0]]) + n

    backend = Backend()
    ours = paddlefx.optimize(function, backend=backend, dynamic=True)
    for size in (2, 3, 4, 5):
        x = paddle.arange(size * 6, dtype="float32").reshape([size, 6])
        for one, two in zip(function(x, size), ours(x, size)):
            np.testing.assert_array_equal(one.numpy(), two.numpy())
    assert any(after < before for before, after in backend.sizes), "tanh is computed once"


def test_a_choice_in_the_graph() -> None:
    def function(x: Any) -> Any:
        y = paddlefx.cond(x.sum() > 0, lambda a: a[0] * 2, lambda a: a[1] + 1, [x * 3])
        return y, x * 3, x * 3

    backend = Backend()
    ours = paddlefx.optimize(function, backend=backend)
    for sign in (1, -1):
        x = paddle.ones([2, 3]) * sign
        for one, two in zip(function(x), ours(x)):
            np.testing.assert_array_equal(one.numpy(), two.numpy())
    assert len(backend.sizes) == 1
