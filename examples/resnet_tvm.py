"""ResNet-18 on TVM: the graph printed, its kernels searched for, compared with plain Paddle.

    pip install 'paddlefx[paddle,tvm]'
    python examples/resnet_tvm.py [TRIALS]

Weights are random. TRIALS schedules are measured (some 2 a second); with 0, the default, nothing
is tuned and the default schedule is used, which is slower than oneDNN's convolutions. The log is
kept in ~/.cache/paddlefx/tvm, so that a second run compiles at once.
"""

from __future__ import annotations

import sys
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


def main(trials: int) -> None:
    paddle.seed(0)
    network = paddle.vision.models.resnet18()
    network.eval()
    image = paddle.randn([1, 3, 224, 224])
    compiler = TVMCompiler(
        full_graph=True,
        print_tabular_mode="rich",
        tune_mode="auto_scheduler" if trials else None,
        trials=max(trials, 1),
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
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
