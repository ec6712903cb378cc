"""What ``benchmarks.forks`` tells of a fork that ends well, dies or hangs."""

from __future__ import annotations

import os
import signal
import time

from benchmarks.forks import in_a_fork


def test_what_the_work_returns() -> None:
    assert in_a_fork(lambda: {"one": [1, 2.5, None]}, 60) == ({"one": [1, 2.5, None]}, "")


def test_a_fork_that_dies() -> None:
    assert in_a_fork(lambda: os.kill(os.getpid(), signal.SIGKILL), 60) == (None, "exit status 9")


def test_a_fork_that_hangs() -> None:
    assert in_a_fork(lambda: time.sleep(60), 0.2) == (None, "over 0.2 seconds")
