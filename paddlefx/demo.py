"""``python -m paddlefx demo``: the main job on a function, on one that breaks, and on a network."""

from __future__ import annotations

import importlib
import statistics
import time
from typing import Any, Callable, List, Tuple

import paddlefx

__all__ = ["run"]

_ROUNDS = 200


def func(x: Any, y: Any) -> Any:
    """Two operations, one graph."""
    out = (x + y) * x
    return out


def func_that_prints(x: Any, y: Any) -> Any:
    """The same with a call in between that can't be captured: two graphs."""
    out = x + y
    print("print() ran, between two graphs")
    return out * x


def run() -> None:
    """Show both functions and ResNet-18: graphs, guards, breaks, counts and timings."""
    paddle = importlib.import_module("paddle")
    models = importlib.import_module("paddle.vision.models")
    paddle.seed(0)
    x, y = paddle.randn([8, 16]), paddle.randn([8, 16])

    _title("A function: (x + y) * x")
    _show(func, (x, y))

    _title("The same with print() between the operations")
    _show(func_that_prints, (x, y))

    _title("A network: ResNet-18, eval mode, [1, 3, 224, 224]")
    net = models.resnet18(num_classes=2)
    net.eval()
    _network(net, [paddle.randn([1, 3, 224, 224]) for _ in range(4)])

    _title("Time per call, without gradients")
    with paddle.no_grad():
        rows = [
            ("(x + y) * x", _ratio(func, paddlefx.optimize(func), (x, y), _ROUNDS)),
            (
                "ResNet-18",
                _ratio(net, paddlefx.optimize(net), (paddle.randn([1, 3, 224, 224]),), 5),
            ),
        ]
    for name, (plain, compiled) in rows:
        print(
            f"  {name:<12} plain {plain * 1e6:10.1f} us   compiled {compiled * 1e6:10.1f} us   "
            f"ratio {compiled / plain:.2f}"
        )


def _title(text: str) -> None:
    print(f"\n== {text}\n")


def _same(ours: Any, plain: Any) -> str:
    return "equal" if bool((ours == plain).all()) else "DIFFERENT"


def _show(function: Callable[..., Any], args: Tuple[Any, ...]) -> None:
    explanation = paddlefx.explain(function)(*args)
    for number, layer in enumerate(explanation.graphs, 1):
        print(f"graph {number}")
        layer.print_tabular("rich")
    for reason in explanation.breaks:
        print(f"break: {reason}")
    print("guards:")
    for guard in explanation.guards:
        print(f"  {guard}")
    paddlefx.reset()
    optimized = paddlefx.optimize(function)
    results = [optimized(*args) for _ in range(2)]
    print(f"result: {_same(results[-1], function(*args))} to plain; {_counts()}")


def _network(net: Any, images: List[Any]) -> None:
    paddlefx.reset()
    optimized = paddlefx.optimize(net)
    outputs = [optimized(image) for image in images]
    verdicts = {_same(output, net(image)) for output, image in zip(outputs, images)}
    print(f"four images: {', '.join(sorted(verdicts))} to plain; {_counts()}")


def _counts() -> str:
    return ", ".join(f"{value} {name}" for name, value in paddlefx.stats().items() if value)


def _ratio(
    plain: Callable[..., Any], compiled: Callable[..., Any], args: Tuple[Any, ...], rounds: int
) -> Tuple[float, float]:
    """Seconds per call of both, measured in turn; the medians."""
    times: Tuple[List[float], List[float]] = ([], [])
    for function in (plain, compiled):
        function(*args)
    for _ in range(rounds):
        for function, taken in zip((plain, compiled), times):
            start = time.perf_counter()
            function(*args)
            taken.append(time.perf_counter() - start)
    return statistics.median(times[0]), statistics.median(times[1])
