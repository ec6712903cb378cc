"""What is called: functions of small tensors, and two networks."""

from __future__ import annotations

import os
import time
import warnings
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Tuple

# Read by Paddle when it is imported. As shipped SOT leaves graphs under 10 operations to plain
# Paddle; here it compiles every graph, as paddlefx does.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["MIN_GRAPH_SIZE"] = "0"
warnings.filterwarnings("ignore", message="No ccache found")

import paddle  # noqa: E402
import paddle.nn.functional as F  # noqa: E402

Function = Callable[..., Any]


def two_operators(x: Any, y: Any) -> Any:
    out = (x + y) * x
    return out


def twenty_operators(x: Any, y: Any) -> Any:
    z = x
    for _ in range(10):
        z = z + y
        z = z * y
    return z


def ten_api_calls(x: Any, y: Any) -> Any:
    z = F.relu(x)
    z = F.softmax(z)
    z = paddle.add(z, y)
    z = F.gelu(z)
    z = paddle.tanh(z)
    z = paddle.concat([z, x], axis=0)
    z = paddle.reshape(z, [8, 32])
    z = paddle.transpose(z, [1, 0])
    z = paddle.exp(z)
    return paddle.sum(z, axis=0)


class Settings:
    def __init__(self) -> None:
        self.a = self.b = self.c = self.d = self.e = 1.5
        self.f = self.g = self.h = self.i = self.j = 0.5


SETTINGS = Settings()
SIZES = [1.0 + index / 16 for index in range(10)]
A = B = C = D = E = 0.5
G = H = I = J = K = 0.25  # noqa: E741


def thirty_guarded_values(x: Any, y: Any) -> Any:
    s, n = SETTINGS, SIZES
    z = x * (A + B + C + D + E + G + H + I + J + K)
    z = z + (s.a + s.b + s.c + s.d + s.e)
    z = z * (s.f + s.g + s.h + s.i + s.j)
    return z + (n[0] + n[1] + n[2] + n[3] + n[4] + n[5] + n[6] + n[7] + n[8] + n[9]) * y


def one_break(x: Any, y: Any) -> Any:
    z = x
    for _ in range(5):
        z = z + y
        z = z * y
    time.monotonic()  # which neither captures
    for _ in range(5):
        z = z + y
        z = z * y
    return z


def break_in_a_loop(x: Any, y: Any) -> Any:
    z = x
    for _ in range(10):
        z = z + y
        time.monotonic()
        z = z * y
    return z


def _inner(z: Any, y: Any) -> Any:
    z = z + y
    time.monotonic()
    return z * y


def break_in_a_callee(x: Any, y: Any) -> Any:
    z = x
    for _ in range(4):
        z = z + y
        z = z * y
    z = _inner(z, y)
    for _ in range(4):
        z = z + y
        z = z * y
    return z


def _small(function: Function, gradients: bool = False) -> Callable[[], Tuple[Any, ...]]:
    def make() -> Tuple[Any, ...]:
        x, y = paddle.randn([8, 16]), paddle.randn([8, 16])
        x.stop_gradient = y.stop_gradient = not gradients
        return function, (x, y)

    return make


def _network(net: Any, shape: Tuple[int, ...]) -> Tuple[Any, ...]:
    net.eval()

    def apply(x: Any) -> Any:
        return net(x)

    return apply, (paddle.randn(list(shape)),)


def _resnet18() -> Tuple[Any, ...]:
    return _network(paddle.vision.models.resnet18(), (1, 3, 224, 224))


def _encoder() -> Tuple[Any, ...]:
    layer = paddle.nn.TransformerEncoderLayer(256, 8, 1024, dropout=0.0)
    return _network(paddle.nn.TransformerEncoder(layer, 4), (8, 64, 256))


@dataclass(frozen=True)
class Case:
    """A row of the table.

    Args:
        make: gives the function and its arguments.
        gradients: a call is forward and backward; otherwise it is made under ``no_grad``.
        goals: by contender, the largest ratio to plain Paddle that is wanted.
        first: by contender, the largest ratio of its first call to SOT's that is wanted.
    """

    make: Callable[[], Tuple[Any, ...]]
    gradients: bool = False
    goals: Dict[str, float] = field(default_factory=dict)
    first: Dict[str, float] = field(default_factory=dict)


CASES: Dict[str, Case] = {
    "2 operators": Case(_small(two_operators), goals={"eager": 1.0, "auto": 1.0}),
    "20 operators": Case(
        _small(twenty_operators),
        goals={"eager": 1.0, "auto": 0.3},
        first={"eager": 0.1, "auto": 0.1},
    ),
    "10 API calls": Case(_small(ten_api_calls), goals={"eager": 0.7}),
    "30 guarded values": Case(_small(thirty_guarded_values), goals={"eager": 1.0, "auto": 1.0}),
    "2 operators, forward + backward": Case(
        _small(two_operators, True), True, goals={"eager": 1.0, "auto": 1.0}
    ),
    "20 operators, forward + backward": Case(_small(twenty_operators, True), True),
    "20 operators, a break between": Case(_small(one_break)),
    "20 operators, 10 breaks in a loop": Case(_small(break_in_a_loop)),
    "18 operators, a break in a callee": Case(_small(break_in_a_callee)),
    "resnet18 [1, 3, 224, 224]": Case(
        _resnet18, goals={"eager": 0.97}, first={"eager": 0.2, "auto": 0.2}
    ),
    "4-layer encoder [8, 64, 256]": Case(_encoder, goals={"eager": 0.97}),
}


def _optimize(backend: str) -> Callable[[Function], Function]:
    def wrap(function: Function) -> Function:
        import paddlefx

        return paddlefx.optimize(function, backend=backend)

    return wrap


def _sot(function: Function) -> Function:
    from paddle.jit.sot import symbolic_translate

    return symbolic_translate(function)


#: By name, what makes the function that is called.
CONTENDERS: Dict[str, Callable[[Function], Function]] = {
    "plain": lambda function: function,
    "eager": _optimize("eager"),
    "auto": _optimize("auto"),
    "SOT": _sot,
}


def call_of(case: Case, function: Function, args: Tuple[Any, ...]) -> Callable[[], Any]:
    """One call of a case: forward, or forward and backward with the gradients cleared."""
    if not case.gradients:
        if len(args) == 1:
            (only,) = args
            return lambda: function(only)
        x, y = args
        return lambda: function(x, y)
    x, y = args

    def both() -> Any:
        out = function(x, y)
        out.sum().backward()
        x.clear_gradient(False)
        y.clear_gradient(False)
        return out

    return both
