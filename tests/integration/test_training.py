"""Training steps: losses, parameters and buffers after three of them equal plain ones."""

from __future__ import annotations

import paddle
import paddle.nn.functional as F
import pytest
from paddle import nn

import paddlefx
from tests.support.same import assert_same


class SmallCNN(nn.Layer):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2D(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2D(8)
        self.pool = nn.MaxPool2D(2)
        self.fc = nn.Linear(8 * 8 * 8, 4)

    def forward(self, x):
        x = self.pool(F.relu(self.norm(self.conv(x))))
        return self.fc(paddle.flatten(x, 1))


def data():
    paddle.seed(3)
    return [(paddle.randn([4, 3, 16, 16]), paddle.randint(0, 4, [4])) for _ in range(3)]


def train(wrap_net, wrap_step):
    """Three steps from the same start; gives the losses and the state at the end."""
    paddle.seed(11)
    plain = SmallCNN()
    net = wrap_net(plain)
    optimizer = paddle.optimizer.Momentum(
        learning_rate=0.1, momentum=0.9, parameters=net.parameters()
    )

    def step(image, label):
        loss = F.cross_entropy(net(image), label)
        loss.backward()
        optimizer.step()
        optimizer.clear_grad()
        return loss

    step = wrap_step(step)
    losses = [step(image, label).detach() for image, label in data()]
    return losses, {name: value.clone() for name, value in net.state_dict().items()}


def same(function):
    return function


@pytest.mark.parametrize(
    "wrap_net, wrap_step",
    [(paddlefx.optimize, same), (same, paddlefx.optimize), (paddlefx.optimize, paddlefx.optimize)],
    ids=["net", "step", "both"],
)
def test_three_momentum_steps(wrap_net, wrap_step, report_counts):
    expected = train(same, same)
    actual = train(wrap_net, wrap_step)
    report_counts()
    assert_same(actual, expected)
    assert paddlefx.stats()["graphs"] >= 1


def test_the_net_alone_is_one_graph():
    train(paddlefx.optimize, same)
    stats = paddlefx.stats()
    assert (stats["translations"], stats["graphs"], stats["graph_breaks"]) == (1, 1, 0)
    assert (stats["fallbacks"], stats["cache_hits"]) == (0, 2)


def test_batch_norm_statistics_move():
    net = SmallCNN()
    optimized = paddlefx.optimize(net)
    start = net.norm._mean.clone()
    optimized(paddle.randn([4, 3, 16, 16]))
    assert not bool((net.norm._mean == start).all())
    optimized.eval()
    frozen = net.norm._mean.clone()
    optimized(paddle.randn([4, 3, 16, 16]))
    assert_same(net.norm._mean, frozen)
