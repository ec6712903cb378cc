"""ResNet-18 on TVM: the graph printed, its kernels searched for, compared with plain Paddle.

    pip install 'paddlefx[paddle,tvm]'
    python examples/resnet_tvm.py [--tune MINUTES] [--trials TRIALS]

Weights are random. Schedules are measured for so many minutes, or until TRIALS are in the log;
without ``--tune`` the default schedule is used, which is slower than oneDNN's convolutions. The
log is kept in ~/.cache/paddlefx/tvm: another run goes on from there.
"""

from __future__ import annotations

import argparse
import time

import paddle

import paddlefx
from paddlefx.compiler.tvm import TVMCompiler


def milliseconds(function, *args):
    """The shortest of five calls."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        function(*args)
        times.append(time.perf_counter() - start)
    return min(times) * 1e3


def main(minutes: float, trials: int) -> None:
    paddle.seed(0)
    network = paddle.vision.models.resnet18()
    network.eval()
    image = paddle.randn([1, 3, 224, 224])
    compiler = TVMCompiler(
        full_graph=True,
        print_tabular_mode="rich",
        tune_mode="auto_scheduler" if minutes else None,
        trials=trials,
        minutes=minutes or None,
        target="llvm -mcpu=core-avx2",
    )
    optimized = paddlefx.optimize(network, backend=compiler)
    with paddle.no_grad():
        expected = network(image)
        start = time.perf_counter()
        optimized(image)  # compiled, compared with plain Paddle, which gives this first result
        print(f"compiled in {time.perf_counter() - start:.1f} s")
        found = optimized(image)
        error = float((found - expected).abs().max() / expected.abs().max())
        print(f"largest error, relative to the largest output: {error:.1e}")
        assert error < 1e-4
        plain, fast = milliseconds(network, image), milliseconds(optimized, image)
    print(f"plain {plain:.1f} ms, TVM {fast:.1f} ms")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--tune", type=float, default=0.0, metavar="MINUTES")
    parser.add_argument("--trials", type=int, default=10_000)
    arguments = parser.parse_args()
    main(arguments.tune, arguments.trials)
