"""What a call costs: ``paddlefx.optimize`` and Paddle's own SOT, as ratios to plain Paddle.

``python benchmarks/call.py [--rounds N] [--json FILE]``. Needs an installed paddlefx and Paddle.

One run, interleaved: in each round every contender makes the same calls, and its ratio is to
the plain calls of that round; the table has the medians, so a machine that slows down meanwhile
slows all alike. Time is the process's CPU time, with Paddle held to one thread. Inputs are
float32 tensors of [8, 16]. SOT runs as ``paddle.jit.sot.symbolic_translate`` with every graph
compiled (as shipped it leaves graphs under 10 operations to plain Paddle). The cases with breaks
call ``time.monotonic``, which neither captures.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import statistics
import time
import warnings
from typing import Any, Callable, Dict, List

# Read by Paddle when it is imported.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["MIN_GRAPH_SIZE"] = "0"
warnings.filterwarnings("ignore", message="No ccache found")

import paddle  # noqa: E402
import paddle.nn.functional as F  # noqa: E402
from paddle.jit.sot import symbolic_translate  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

import paddlefx  # noqa: E402

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
    scale = 1.5


SETTINGS = Settings()
SIZES = [1.0 + index / 16 for index in range(10)]
A = B = C = D = E = 0.5


def thirty_guarded_values(x: Any, y: Any) -> Any:
    s, n = SETTINGS, SIZES
    z = x * (A + B + C + D + E + A + B + C + D + E)
    z = z + (s.scale + s.scale + s.scale + s.scale + s.scale)
    z = z * (s.scale + s.scale + s.scale + s.scale + s.scale)
    return z + (n[0] + n[1] + n[2] + n[3] + n[4] + n[5] + n[6] + n[7] + n[8] + n[9]) * y


def one_break(x: Any, y: Any) -> Any:
    z = x
    for _ in range(5):
        z = z + y
        z = z * y
    time.monotonic()
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


FUNCTIONS: Dict[str, Function] = {
    "2 operators": two_operators,
    "20 operators": twenty_operators,
    "10 API calls": ten_api_calls,
    "30 guarded values": thirty_guarded_values,
    "20 operators, a break between": one_break,
    "20 operators, 10 breaks in a loop": break_in_a_loop,
    "18 operators, a break in a callee": break_in_a_callee,
}
CONTENDERS: Dict[str, Callable[[Function], Function]] = {
    "plain": lambda function: function,
    "paddlefx": paddlefx.optimize,
    "SOT": symbolic_translate,
}


def seconds(call: Callable[[], object], count: int) -> float:
    """The CPU seconds of one of ``count`` calls."""
    repeat = [None] * count
    start = time.process_time()
    for _ in repeat:
        call()
    return (time.process_time() - start) / count


def forward(function: Function, x: Any, y: Any) -> Callable[[], object]:
    def call() -> object:
        return function(x, y)

    return call


def forward_backward(function: Function, x: Any, y: Any) -> Callable[[], object]:
    def call() -> None:
        function(x, y).sum().backward()
        x.clear_gradient(False)
        y.clear_gradient(False)

    return call


def measure(function: Function, gradients: bool, rounds: int) -> Dict[str, Dict[str, float]]:
    """First call, CPU µs a call and ratio to plain of each contender."""
    x, y = paddle.randn([8, 16]), paddle.randn([8, 16])
    x.stop_gradient = y.stop_gradient = not gradients
    make = forward_backward if gradients else forward
    calls: Dict[str, Callable[[], object]] = {}
    results: Dict[str, Dict[str, float]] = {}
    expected = function(x, y).numpy()
    for name, wrap in CONTENDERS.items():
        contender = wrap(function)
        call = make(contender, x, y)
        results[name] = {"first_ms": seconds(call, 1) * 1e3}
        assert abs(contender(x, y).numpy() - expected).max() <= 1e-5 * abs(expected).max()
        for _ in range(50):
            call()
        calls[name] = call
    # About 5 ms a turn: far above the clock's grain, far below the machine's moods.
    count = max(20, int(5e-3 / seconds(calls["plain"], 200)))
    turns: Dict[str, List[float]] = {name: [] for name in calls}
    gc.collect()
    gc.disable()
    for turn in range(rounds):
        names = list(calls)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            turns[name].append(seconds(calls[name], count))
    gc.enable()
    for name, times in turns.items():
        results[name]["us"] = statistics.median(times) * 1e6
        results[name]["ratio"] = statistics.median(
            time / plain for time, plain in zip(times, turns["plain"])
        )
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=60, help="default: %(default)s")
    parser.add_argument("--json", help="write the figures to this file too")
    options = parser.parse_args()

    for wrap in CONTENDERS.values():  # what only the first translation of a process pays
        wrap(lambda x: x + 1)(paddle.ones([2]))

    rows: Dict[str, Dict[str, Dict[str, float]]] = {}
    for name, function in FUNCTIONS.items():
        with paddle.no_grad():
            rows[f"{name}, no_grad"] = measure(function, False, options.rounds)
        paddlefx.reset()
        rows[f"{name}, forward + backward"] = measure(function, True, options.rounds)
        paddlefx.reset()

    versions = {
        "python": platform.python_version(),
        "paddle": paddle.__version__,
        "paddlefx": paddlefx.__version__,
        "machine": platform.machine(),
    }
    title = ", ".join(f"{name} {version}" for name, version in versions.items())
    table = Table(title=f"CPU time of a call, [8, 16] float32 ({title})")
    table.add_column("case")
    table.add_column("plain µs", justify="right")
    for name in list(CONTENDERS)[1:]:
        table.add_column(f"{name} / plain", justify="right")
        table.add_column(f"{name} first ms", justify="right")
    for name, row in rows.items():
        cells = [f"{row['plain']['us']:.1f}"]
        for contender in list(CONTENDERS)[1:]:
            cells += [f"{row[contender]['ratio']:.2f}", f"{row[contender]['first_ms']:.1f}"]
        table.add_row(name, *cells)
    Console().print(table)
    report = json.dumps({"versions": versions, "rows": rows})
    print(report)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            file.write(report + "\n")


if __name__ == "__main__":
    main()
