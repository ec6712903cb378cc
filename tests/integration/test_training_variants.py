"""One function that is a whole training step, with what surrounds such steps in practice."""

from __future__ import annotations

import numpy as np
import paddle
import pytest
from paddle import nn
from paddle.distributed.fleet.utils import recompute
from paddle.nn import functional as F

import paddlefx

#: The name: the optimiser, and what is special about the run.
VARIANTS = (
    "SGD",
    "AdamW clipped",
    "Momentum scheduled",
    "Adam accumulated",
    "SGD frozen",
    "SGD hooked",
    "SGD recomputed",
    "Adam evaluated",
    "SGD replaced",
    "RMSProp clipped scheduled",
    "NAdam",
    "ASGD",
    "Rprop",
)


class Trainer:
    """A net and its optimiser, and a step of theirs."""

    def __init__(self, variant):
        name, _, special = variant.partition(" ")
        self.special = special.split()
        paddle.seed(5)
        self.net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 2))
        clip = nn.ClipGradByGlobalNorm(0.5) if "clipped" in self.special else None
        self.rate = paddle.optimizer.lr.StepDecay(0.1, 2)
        self.optimizer = getattr(paddle.optimizer, name)(
            learning_rate=self.rate if "scheduled" in self.special else 0.1,
            parameters=self.net.parameters(),
            grad_clip=clip,
        )
        if "frozen" in self.special:
            self.net[0].weight.stop_gradient = True
        if "hooked" in self.special:
            self.net[0].weight.register_hook(lambda gradient: gradient * 2)
        self.count = 0

    def forward(self, x):
        if "recomputed" not in self.special:
            return self.net(x)
        hidden = recompute(self.net[0], x)
        return self.net[3](self.net[2](self.net[1](hidden)))

    def step(self, x, y):
        loss = F.cross_entropy(self.forward(x), y)
        self.count += 1
        if "accumulated" in self.special:
            (loss / 2).backward()
            if self.count % 2:
                return loss
        else:
            loss.backward()
        self.optimizer.step()
        self.optimizer.clear_grad()
        if "scheduled" in self.special:
            self.rate.step()
        return loss

    def before(self, index):
        """What happens between the steps."""
        if "evaluated" in self.special:
            (self.net.eval if index % 3 == 2 else self.net.train)()
        if "replaced" in self.special and index == 3:
            self.net[3].weight.set_value(self.net[3].weight * 0.5)
        if "replaced" in self.special and index == 4:
            self.net[0] = nn.Linear(4, 8)
            self.optimizer._parameter_list = self.net.parameters()


def trained(variant, wrap):
    trainer = Trainer(variant)
    step = wrap(trainer.step)
    paddle.seed(9)
    x = paddle.to_tensor(np.random.RandomState(0).randn(6, 4).astype("float32"))
    x.stop_gradient = "recomputed" not in trainer.special
    y = paddle.to_tensor([0, 1, 0, 1, 0, 1])
    losses, translations = [], []
    for index in range(8):
        trainer.before(index)
        losses.append(float(step(x, y)))
        translations.append(paddlefx.stats()["translations"])
    return losses, [one.numpy() for one in trainer.net.parameters()], translations


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_step_in_one_function(variant):
    plain = trained(variant, lambda function: function)
    paddlefx.reset()
    ours = trained(variant, paddlefx.optimize)
    assert ours[0] == plain[0]
    assert all((one == two).all() for one, two in zip(ours[1], plain[1]))
    found = paddlefx.stats()
    assert found["fallbacks"] == found["over_limit"] == 0, found
    # It settles: the last steps compile nothing.
    assert ours[2][-1] == ours[2][-3] <= 12, ours[2]


def test_recompute_is_one_break():
    layer = nn.Linear(4, 4)

    def function(x):
        return recompute(layer, x * 2) + 1

    x = paddle.ones([2, 4])
    x.stop_gradient = False
    told = paddlefx.explain(function)(x)
    assert len(told.breaks) == 1 and "recompute()" in told.breaks[0].reason
    told.result.sum().backward()
    assert (x.grad == (layer.weight.sum(axis=1) * 2)).all()
