"""The small programs that every backend is proved on."""

from __future__ import annotations

from typing import Any, Callable, Dict, NamedTuple, Tuple

import paddle
import paddle.nn.functional as F

__all__ = ["PROOFS", "Proof", "largest_error"]


class Proof(NamedTuple):
    """A program and its calls.

    Args:
        function: of tensors, gives a tensor or a tuple.
        calls: the arguments of each call, made anew each time.
    """

    function: Callable[..., Any]
    calls: Callable[[], Tuple[Tuple[Any, ...], ...]]


class _Convolution(paddle.nn.Layer):
    def __init__(self) -> None:
        super().__init__()
        self.convolution = paddle.nn.Conv2D(3, 16, 3, padding=1)
        self.norm = paddle.nn.BatchNorm2D(16)
        self.norm(paddle.randn([4, 16, 8, 8]))  # statistics that aren't 0 and 1

    def forward(self, x: Any) -> Any:
        return F.relu(self.norm(self.convolution(x)))


class _Feedforward(paddle.nn.Layer):
    def __init__(self) -> None:
        super().__init__()
        self.linear = paddle.nn.Linear(32, 64)

    def forward(self, x: Any) -> Any:
        return F.gelu(self.linear(x))


class _Normalised(paddle.nn.Layer):
    def __init__(self) -> None:
        super().__init__()
        self.norm = paddle.nn.LayerNorm(32)

    def forward(self, x: Any) -> Any:
        return F.softmax(self.norm(x), axis=-1)


class _Embedded(paddle.nn.Layer):
    def __init__(self) -> None:
        super().__init__()
        self.table = paddle.nn.Embedding(50, 16)

    def forward(self, ids: Any) -> Any:
        return self.table(ids).mean(1) * 2


def _evaluated(layer: Any) -> Any:
    layer.eval()
    return layer


def _reduced(x: Any) -> Any:
    return x.sum(), x.mean(1), x.max(-1), (x * x).sum([0, 2], keepdim=True)


def _whole(i: Any, x: Any) -> Any:
    return (i * 3 + 1) % 7, i > 2, (x > 0) & (i.astype("float32") > x), ~(i == 4), i.sum()


def _images(count: int) -> Any:
    return paddle.randn([count, 3, 16, 16])


def _made() -> Dict[str, Proof]:
    paddle.seed(11)
    convolution = _evaluated(_Convolution())
    feedforward = _evaluated(_Feedforward())
    return {
        "(x + y) * x": Proof(
            lambda x, y: (x + y) * x,
            lambda: tuple([(paddle.randn([8, 16]), paddle.randn([8, 16])) for _ in range(2)]),
        ),
        "conv + bn + relu": Proof(convolution, lambda: ((_images(2),), (_images(2),))),
        "matmul + gelu": Proof(
            feedforward, lambda: tuple([(paddle.randn([8, 32]),) for _ in range(2)])
        ),
        "layer_norm + softmax": Proof(
            _evaluated(_Normalised()), lambda: tuple([(paddle.randn([4, 8, 32]),) for _ in "ab"])
        ),
        "embedding": Proof(
            _evaluated(_Embedded()), lambda: tuple([(paddle.randint(0, 50, [3, 7]),) for _ in "ab"])
        ),
        "reductions": Proof(_reduced, lambda: tuple([(paddle.randn([4, 8, 16]),) for _ in "ab"])),
        "int and bool": Proof(
            _whole,
            lambda: tuple(
                [(paddle.randint(0, 9, [4, 5]), paddle.randn([4, 5]) * 4) for _ in range(2)]
            ),
        ),
        "dynamic batch": Proof(
            lambda x: feedforward(convolution(x).reshape([x.shape[0], -1, 32])),
            lambda: tuple([(_images(count),) for count in (1, 2, 5, 5, 5, 2)]),
        ),
    }


PROOFS = _made()


def _leaves(value: Any) -> Any:
    return list(value) if isinstance(value, (tuple, list)) else [value]


def largest_error(found: Any, wanted: Any) -> float:
    """The largest difference of floats, relative to 1 + their size.

    Raises:
        AssertionError: shapes, dtypes, whole numbers or truth values differ.
    """
    worst = 0.0
    assert len(_leaves(found)) == len(_leaves(wanted))
    for one, other in zip(_leaves(found), _leaves(wanted)):
        assert one.dtype == other.dtype
        assert one.shape == other.shape
        left, right = one.numpy(), other.numpy()
        if left.dtype.kind == "f":
            worst = max(worst, float((abs(left - right) / (1 + abs(right))).max()))
        else:
            assert (left == right).all()
    return worst
