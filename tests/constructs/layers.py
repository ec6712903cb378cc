"""Layers of Paddle and of the user, training and what surrounds them."""

from __future__ import annotations

import paddle
from paddle import nn
from paddle.nn import functional as F
from paddle.nn.layer.layers import HookRemoveHelper

from tests.constructs.construct import Owner, construct


class Block(nn.Layer):
    def __init__(self, width=3, gamma=None):
        super().__init__()
        self.linear = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        self.gamma = gamma
        self.drop = nn.Dropout(0.0)

    def forward(self, x, scale=None):
        y = self.norm(self.linear(x))
        if self.gamma is not None:
            y = y * self.gamma
        if scale is not None:
            y = y * scale
        return x + self.drop(F.gelu(y))


class Stack(nn.Layer):
    def __init__(self, depth):
        super().__init__()
        self.blocks = nn.LayerList([Block() for _ in range(depth)])
        self.tail = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
        self.table = nn.LayerDict({"a": nn.Identity(), "b": nn.Tanh()})

    def forward(self, x, key="b"):
        states = []
        for index, block in enumerate(self.blocks):
            x = block(x, scale=index + 1)
            states.append(x)
        return self.table[key](self.tail(x)), tuple(states)


@construct(make=Owner(lambda: nn.Linear(3, 4)))
def linear(x, net):
    return net(x)


@construct(make=Owner(Block))
def user_layer(x, net):
    return net(x)


@construct(make=Owner(lambda: Stack(3)))
def stack_of_layers(x, net):
    return net(x)


def evaluating():
    """A layer in evaluation mode; what ``eval()`` gives differs from release to release."""
    net = Stack(1)
    net.eval()
    return net


@construct(make=Owner(evaluating))
def train_and_eval(x, net):
    return net(x), net.training


@construct(breaks=1, make=Owner(lambda: nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5))))
def dropout_with_seed(x, net):
    paddle.seed(3)
    return net(x)


@construct(make=Owner(lambda: nn.LSTM(3, 4)))
def lstm(x, net):
    y, (h, c) = net(x.unsqueeze(0))
    return y, h, c


@construct(make=Owner(lambda: nn.GRUCell(3, 4)))
def gru_cell(x, net):
    return net(x)


@construct(make=Owner(lambda: nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0)))
def transformer_layer(x, net):
    return net(paddle.concat([x, x[:, :1]], axis=1).unsqueeze(0))


@construct(make=Owner(lambda: nn.MultiHeadAttention(4, 2)))
def attention(x, net):
    y = paddle.concat([x, x[:, :1]], axis=1).unsqueeze(0)
    return net(y, y, y)


@construct(make=Owner(lambda: nn.Conv2D(1, 2, 2, padding=1)))
def convolution(x, net):
    return net(x.reshape([1, 1, 2, 3]))


@construct(make=Owner(lambda: nn.Embedding(10, 4)))
def embedding(x, net):
    return net(x.abs().astype("int64"))


@construct(make=Owner(Block))
def parameters_read(x, net):
    total = sum(parameter.sum() for parameter in net.parameters())
    names = [name for name, _ in net.named_parameters()]
    return x * total, names


@construct(make=Owner(Block))
def sublayers_walked(x, net):
    for _, child in net.named_children():
        x = child(x)
    return x, len(net.sublayers())


# Paddle counts hooks in an attribute of a class (one break), finds the hooks of a layer by a
# weak reference (another), and each call's hook has another number, which is a dict's key.
@construct(graphs=2, breaks=2, make=Owner(lambda: nn.Linear(3, 3)), again=1)
def forward_hook(x, net):
    log = []
    handle = net.register_forward_post_hook(
        lambda layer, inputs, output: log.append(1) or output * 2
    )
    y = net(x)
    handle.remove()
    return y, net(x), log


def hooked():
    """A layer with a hook of either kind, one of which has been removed."""
    net = nn.Linear(3, 3)
    HookRemoveHelper.next_hook_id = 0  # the plain layer's hooks get the same numbers
    net.register_forward_pre_hook(lambda layer, inputs: (inputs[0] + 1,))
    net.register_forward_post_hook(lambda layer, inputs, output: output * inputs[0].sum())
    net.register_forward_post_hook(lambda layer, inputs, output: output - 5).remove()
    net(paddle.ones([2, 3]))  # a layer with hooks notes that it was called
    return net


@construct(make=Owner(hooked))
def hooks_registered_before(x, net):
    return net(x) + 1


@construct(graphs=2, breaks=1)
def gradient_of_captured(x):
    x = x * 1
    x.stop_gradient = False
    y = (x * x).sum()
    (gradient,) = paddle.grad(y, x)
    return gradient * 2


@construct()
def detach_and_stop_gradient(x):
    y = x * 2
    y.stop_gradient = False
    z = y * 3
    return z.detach(), z.stop_gradient, y.detach().stop_gradient


@construct()
def shapes_drive_the_graph(x):
    batch, width = x.shape
    heads = 3
    y = x.reshape([batch, heads, width // heads]).transpose([1, 0, 2])
    mask = paddle.tril(paddle.ones([width, width])) if width > 1 else None
    return y, paddle.matmul(x, mask)


@construct()
def creation_functions(x):
    return (
        x + paddle.zeros_like(x), paddle.full([2], 3.0), paddle.arange(4),
        paddle.to_tensor([1.0, 2.0]),
    )  # fmt: skip


@construct()
def loss_and_metrics(x):
    target = paddle.zeros_like(x)
    return F.mse_loss(x, target), F.cross_entropy(x, paddle.to_tensor([0, 2])), x.argmax(axis=-1)


@construct()
def dtype_changes(x):
    return x.astype("int64"), x.cast(paddle.float16), (x > 1).astype(x.dtype), x.astype("bool")
