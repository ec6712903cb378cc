"""``python -m tests.integration.signals_that_raise SECONDS``: a timer raises wherever the main thread is.

Functions are compiled and called, over and over, under a timer whose handler raises. After each
such end nothing may stay switched, and the next calls are right. It runs in a process of its own,
so that a signal in the wrong place ends that process and not the tests'.
"""

from __future__ import annotations

import signal
import sys
import time
from typing import List

import paddle

import paddlefx
from tests.integration.interrupts import (
    Stop,
    makes_a_break,
    makes_a_fallback,
    makes_a_graph,
    switches,
    translation_is_free,
)

KINDS = (makes_a_graph, makes_a_break, makes_a_fallback)


def main(seconds: float) -> int:
    """How often the timer stopped a call; AssertionError if something stayed behind."""
    x, numbers = paddle.to_tensor([1.0, 2.0, 3.0]), [1, 2]
    expected = {kind: kind()(x, numbers).tolist() for kind in KINDS}
    for kind in KINDS:
        paddlefx.optimize(kind())(x, numbers)
    before = switches()
    armed: List[bool] = []

    def handler(number: int, frame: object) -> None:
        if armed:  # a signal that another thread took may come late
            raise Stop

    signal.signal(signal.SIGALRM, handler)
    stopped = turns = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end or stopped < 20:
        turns += 1
        kind = KINDS[turns % 3]
        optimized = paddlefx.optimize(kind())
        try:
            armed.append(True)
            signal.setitimer(signal.ITIMER_REAL, 1e-4 * (1 + turns % 97))
            for _ in range(100):
                optimized(x, numbers)
            signal.setitimer(signal.ITIMER_REAL, 0)
            armed.clear()
        except Stop:
            armed.clear()
            stopped += 1
        assert switches() == before
        for _ in range(2):
            assert optimized(x, numbers).tolist() == expected[kind]
    assert translation_is_free()
    return stopped


if __name__ == "__main__":
    print(main(float(sys.argv[1])))
