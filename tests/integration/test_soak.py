"""Many threads, functions, shapes and changing globals at once: right answers, flat memory.

Short here; ``nox -s soak`` runs 200 functions for ten minutes.
"""

from __future__ import annotations

import gc
import itertools
import os
import random
import threading
import time

import paddle

import paddlefx
from paddlefx.compiler.registry import is_here
from tests.support.interpreter import hook_is_on, resident_bytes
from tests.support.same import assert_same

SECONDS = float(os.environ.get("PADDLEFX_SOAK_SECONDS", "3"))
FUNCTIONS = int(os.environ.get("PADDLEFX_SOAK_FUNCTIONS", "24"))
THREADS = 8
SHAPES = ([2, 3], [4, 3], [5])

SOURCES = (
    """
def function(x, limit):
    y = x * SCALE
    for _ in range(TURNS):
        y = y + x
    return y
""",
    """
def function(x, limit):
    y = x + SCALE
    print(end="")
    return y * y
""",
    """
def function(x, limit):
    y = x - SCALE
    if limit < 0:
        raise ValueError(TURNS)
    return y * limit
""",
    """
def function(x, limit):
    try:
        y = inner(x, limit)
    except ValueError as error:
        return x + error.args[0]
    return y

def inner(x, limit):
    if limit < 0:
        raise ValueError(SCALE)
    return x * limit
""",
    """
def function(x, limit):
    out = []
    for number in range(3):
        out.append(x * (number + SCALE))
    print(end="")
    if limit < 0:
        raise KeyError(SCALE)
    return out, {"sum": out[0] + out[-1]}
""",
)


class Owned:
    """An optimised function with globals of its own."""

    def __init__(self, number):
        self.space = {"SCALE": 1, "TURNS": 1 + number % 4}
        exec(SOURCES[number % len(SOURCES)], self.space)
        self.optimized = paddlefx.optimize(self.space["function"])

        #: An instruction that isn't captured, and what comes after it is looked up again.
        self.lookups = 2 if "print" in SOURCES[number % len(SOURCES)] else 1

    def check(self, x, limit):
        """Call it plain and compiled; both give the same, or raise the same."""
        answers = []
        for function in (self.optimized.__wrapped__, self.optimized):
            try:
                answers.append((None, function(x, limit)))
            except (ValueError, KeyError) as error:
                answers.append((type(error), error.args))
        assert answers[0][0] is answers[1][0]
        if answers[0][0] is not None:
            assert answers[0][1] == answers[1][1]
        else:
            assert_same(answers[1][1], answers[0][1])


def test_soak():
    owned = [Owned(number) for number in range(FUNCTIONS)]
    inputs = [paddle.rand(shape) for shape in SHAPES]
    failures = []
    lookups = [0] * THREADS
    barrier = threading.Barrier(THREADS + 1)
    finish = [0.0]

    def turn(thread, function, x, scale, limit):
        """Even functions are everybody's, and their globals stay; the others have one thread."""
        if function % 2:
            function -= function % THREADS - thread  # of this thread, odd where the thread is
            if not 0 <= function < FUNCTIONS or not function % 2:
                return
            owned[function].space["SCALE"] = scale
        owned[function].check(x, limit)
        lookups[thread] += owned[function].lookups

    def work(thread):
        chosen = random.Random(thread)
        try:
            every = itertools.product(range(FUNCTIONS), inputs, (1, 2, 1.5), (2, -1))
            for function, x, scale, limit in every:
                turn(thread, function, x, scale, limit)
            barrier.wait()  # all is warm
            barrier.wait()
            while time.monotonic() < finish[0]:
                for _ in range(50):
                    function = chosen.randrange(FUNCTIONS)
                    scale, limit = chosen.choice((1, 2, 1.5)), chosen.choice((2, -1))
                    turn(thread, function, chosen.choice(inputs), scale, limit)
        except BaseException as error:
            failures.append(error)
            barrier.abort()
            raise

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    with paddle.no_grad():
        if is_here("llvm"):  # auto loads it when it pays: 80 MB, once
            paddlefx.optimize(lambda x: x * x + x, backend="llvm")(inputs[0])
            lookups[0] += 1
        for thread in threads:
            thread.start()
        try:
            barrier.wait()
            gc.collect()
            before, start = paddlefx.stats(), resident_bytes()
            looked_before = sum(lookups)
            finish[0] = time.monotonic() + SECONDS
            barrier.wait()
        except threading.BrokenBarrierError:
            pass
        for thread in threads:
            thread.join()
    assert not failures, failures[0]
    gc.collect()
    after = paddlefx.stats()
    assert resident_bytes() - start < 8 << 20
    assert not hook_is_on()
    # what was warm stays compiled, and every call is a hit or a miss
    assert after["translations"] - before["translations"] <= FUNCTIONS
    for counts, done in ((before, looked_before), (after, sum(lookups))):
        assert counts["cache_hits"] + counts["cache_misses"] == done
    assert after["fallbacks"] == 0
