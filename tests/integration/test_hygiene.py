"""Nothing stays behind: no hook, no memory, no confusion between threads."""

from __future__ import annotations

import gc
import os
import sys
import threading
import traceback
import weakref
from types import CodeType

import paddle
import pytest

import paddlefx
from paddlefx import translate
from tests.support.interpreter import hook_is_on, resident_bytes
from tests.support.same import assert_same

CYCLES = int(os.environ.get("PADDLEFX_CYCLES", "400"))


def func(x, y):
    return (x + y) * x


def breaking(x, y):
    out = x + y
    print(end="")
    return out * x


@pytest.mark.parametrize("function", [func, breaking])
def test_the_hook_is_off_after_every_call(function):
    x, y = paddle.randn([8, 16]), paddle.randn([8, 16])
    optimized = paddlefx.optimize(function)
    assert not hook_is_on()
    for _ in range(3):
        optimized(x, y)
        assert not hook_is_on()


def test_the_hook_is_off_after_an_exception():
    def failing(x, stage):
        y = x + 1
        if stage == "capture":
            raise ValueError(stage)
        print(end="")
        if stage == "resume":
            raise ValueError(stage)
        return y.no_such_attribute

    x = paddle.randn([8, 16])
    optimized = paddlefx.optimize(failing)
    for stage, error in [("capture", ValueError), ("resume", ValueError), ("", AttributeError)]:
        for _ in range(2):
            with pytest.raises(error):
                optimized(x, stage)
            assert not hook_is_on()


def test_the_hook_is_off_after_a_failing_backend():
    def backend(graph_layer, example_inputs):
        raise RuntimeError("no compiler today")

    x = paddle.randn([8, 16])
    optimized = paddlefx.optimize(func, backend=backend)
    with pytest.raises(Exception, match="no compiler today"):
        optimized(x, x)
    assert not hook_is_on()


def test_a_million_hits_leave_memory_flat():
    x, y = paddle.randn([2, 2]), paddle.randn([2, 2])
    optimized = paddlefx.optimize(func)
    with paddle.no_grad():
        for _ in range(20_000):
            optimized(x, y)
        gc.collect()
        hits, start = paddlefx.stats()["cache_hits"], resident_bytes()
        for _ in range(1_000_000):
            optimized(x, y)
    assert paddlefx.stats()["cache_hits"] == hits + 1_000_000
    assert resident_bytes() - start < 2 << 20
    assert paddlefx.stats()["translations"] == 1


def test_breaks_leave_memory_flat():
    x, y = paddle.randn([2, 2]), paddle.randn([2, 2])
    optimized = paddlefx.optimize(breaking)
    with paddle.no_grad():
        for _ in range(5_000):
            optimized(x, y)
        gc.collect()
        start = resident_bytes()
        for _ in range(50_000):
            optimized(x, y)
    assert resident_bytes() - start < 2 << 20


def test_what_users_drop_is_freed():
    def make():
        net = paddle.nn.Linear(4, 4)
        tensor = paddle.randn([2, 4])

        def closure(x):
            return net(x) + tensor

        optimized = paddlefx.optimize(closure)
        optimized(paddle.randn([2, 4]))
        optimized(paddle.randn([2, 4]))
        return [weakref.ref(item) for item in (net, tensor, closure)]

    references = make()
    gc.collect()
    assert [reference() for reference in references] == [None] * 3


def generated(x, closed):
    try:
        while True:
            x = x * 2
            yield x
    finally:
        closed.append("closed")


def drops(x, closed):
    for value in generated(x, closed):
        print("break")
        return value + 1


def drops_at_data(x, closed):
    for value in generated(x, closed):
        if x.min() > 0:
            return value, closed


def drops_where_an_error_was_caught(x, closed):
    try:
        x + "a"
        len(closed) + "a"
    except (ValueError, TypeError):
        source = generated(x, closed)
        x = next(source)
        print("break")
    return x, closed, source and None


@pytest.mark.parametrize("function", [drops, drops_at_data, drops_where_an_error_was_caught])
def test_compiling_leaves_no_cycle_around_what_it_saw(function):
    """A generator that a compiling call drops is closed there, not at the next collection."""
    compiled = paddlefx.optimize(function)
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            closed = []
            compiled(paddle.ones([2]), closed)
            assert closed == ["closed"]
    finally:
        gc.enable()


def raises_with_a_generator(x, closed):
    try:
        source = generated(x, closed)
        next(source)
        closed.remove("none")
    except ValueError:
        print("break")
    while turns < 2:  # noqa: F821
        return source


def test_an_error_that_leaves_keeps_nothing_but_its_frames():
    """What capture followed to the end of the frame held on to the frame's generator."""
    compiled = paddlefx.optimize(raises_with_a_generator)
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            closed = []
            with pytest.raises(NameError) as raised:
                compiled(paddle.ones([2]), closed)
            traceback.clear_frames(raised.tb)
            assert closed == ["closed"]
    finally:
        gc.enable()


def test_compiling_and_dropping_leaves_nothing():
    """Neither memory nor a reference; ``nox -s soak`` does it 100,000 times."""
    x, scale = paddle.randn([2, 2]), 2.5

    def cycle(count):
        for index in range(count):
            # always the same hundred: what is inferred of constants is remembered, up to a limit
            def fresh(x, index=index % 100):
                return x * scale + index

            paddlefx.optimize(fresh)(x)

    # not paddle.Tensor: each tensor keeps a reference to it for ever in plain Paddle too
    shared = [x, scale, cycle, paddlefx.optimize, paddlefx]
    shared += [const for const in cycle.__code__.co_consts if isinstance(const, CodeType)]
    cycle(200)
    gc.collect()
    start, held = resident_bytes(), [sys.getrefcount(each) for each in shared]
    blocks = sys.getallocatedblocks()
    cycle(CYCLES)
    gc.collect()
    # what was compiled last may hold one, at the beginning or the end
    assert all(sys.getrefcount(each) <= before + 1 for each, before in zip(shared, held))
    assert sys.getallocatedblocks() - blocks < 2000
    assert resident_bytes() - start < 8 << 20  # the allocator's own: 6 MB after 100,000


def test_four_threads_one_function():
    optimized = paddlefx.optimize(func)
    dtypes = ["float32", "float64", "int32", "int64"]
    barrier = threading.Barrier(4)
    failures = []

    def work(dtype):
        try:
            x = paddle.arange(12, dtype=dtype).reshape([3, 4])
            barrier.wait()
            for number in range(200):
                y = paddle.full([3, 4], number, dtype=dtype)
                assert_same(optimized(x, y), func(x, y))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(dtype,)) for dtype in dtypes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert not hook_is_on()
    stats = paddlefx.stats()
    assert stats["fallbacks"] == 0
    assert stats["cache_hits"] + stats["cache_misses"] == 800


@pytest.mark.parametrize("function", [func, breaking])
def test_threads_that_call_first_at_once_compile_once(function):
    x, y = paddle.randn([8, 16]), paddle.randn([8, 16])
    expected = function(x, y)
    for _ in range(5):
        paddlefx.reset()
        optimized = paddlefx.optimize(function)
        barrier, results = threading.Barrier(8), []

        def work(optimized=optimized, barrier=barrier, results=results):
            barrier.wait()
            results.append(optimized(x, y))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(results) == 8
        for result in results:
            assert_same(result, expected)
        stats = paddlefx.stats()
        calls = 8 if function is func else 16  # the resume function's too
        frames = calls // 8
        assert (stats["translations"], stats["graphs"], stats["recompiles"]) == (frames, frames, 0)
        assert stats["cache_hits"] + stats["cache_misses"] == calls


def test_recursion_and_reentry():
    @paddlefx.optimize
    def down(x, depth):
        if depth == 0:
            return x
        return down(x + 1, depth - 1)

    x = paddle.zeros([2])
    for _ in range(2):
        assert_same(down(x, 5), x + 5)
    assert not hook_is_on()


def test_code_that_is_not_optimised_is_left_alone():
    def plain(n):
        return n if n < 2 else plain(n - 1) + plain(n - 2)

    code = plain.__code__
    optimized = paddlefx.optimize(func)
    optimized(paddle.ones([2]), paddle.ones([2]))
    assert plain(10) == 55
    assert plain.__code__ is code
    assert func.__code__ is paddlefx.optimize(func).__wrapped__.__code__


def test_nothing_is_collected_while_a_function_is_captured(monkeypatch):
    before, capturing, collections = gc.get_threshold(), [], []
    captured = translate.execute

    def execute(*args):
        capturing.append(True)
        try:
            return captured(*args)
        finally:
            capturing.clear()

    def collects(phase, info):
        if capturing:
            collections.append(phase)

    monkeypatch.setattr(translate, "execute", execute)
    gc.callbacks.append(collects)
    gc.set_threshold(1)
    try:
        optimized = paddlefx.optimize(lambda x: [x + number for number in range(30)][-1])
        assert optimized(paddle.ones([2])).tolist() == [30, 30]
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(collects)
    assert not collections
    assert gc.isenabled()
