"""Shims of ``asyncio``: each case is told by the shim and, where there is one, the real thing."""

from __future__ import annotations

import asyncio
import contextvars
import signal
import sys
from typing import Any, Callable, Iterator, List

import pytest

from downgrade.runtime import async_names, barriers, runners, task_groups, timeouts
from downgrade.runtime.exception_groups import BaseExceptionGroup, ExceptionGroup

REAL = sys.version_info >= (3, 12)
GROUPS = [task_groups.TaskGroup, *([asyncio.TaskGroup] if REAL else [])]  # type: ignore[attr-defined]
RUNNERS = [runners.Runner, *([asyncio.Runner] if REAL else [])]  # type: ignore[attr-defined]
BARRIERS = [barriers, *([asyncio] if REAL else [])]
TIMEOUTS = [timeouts, *([asyncio] if REAL else [])]

Variable: contextvars.ContextVar[int] = contextvars.ContextVar("Variable", default=0)  # type: ignore[misc,unused-ignore]


async def later(value: Any, rounds: int = 1) -> Any:
    for _ in range(rounds):
        await asyncio.sleep(0)
    if isinstance(value, BaseException):
        raise value
    return value


async def forever(told: List[str]) -> None:
    try:
        await asyncio.sleep(1000)
    except asyncio.CancelledError:
        told.append("cancelled")
        raise


def tree(error: BaseException) -> Any:
    """An exception's type and text, or a list of those of a group."""
    if isinstance(error, BaseExceptionGroup):
        return [error.message, *map(tree, error.exceptions)]
    return f"{type(error).__name__}({error})"


@pytest.mark.parametrize("group", GROUPS)
def test_task_groups(group: Callable[[], Any]) -> None:
    told: List[Any] = []

    async def results() -> None:
        async with group() as tasks:
            one, two = tasks.create_task(later(1)), tasks.create_task(later(2, 3), name="two")
        told.extend([one.result(), two.result(), two.get_name()])

    async def body_waits() -> None:
        async with group() as tasks:
            tasks.create_task(later(ValueError("a")))
            tasks.create_task(forever(told))
            await asyncio.sleep(1000)

    async def body_raises() -> None:
        async with group() as tasks:
            tasks.create_task(forever(told))
            await asyncio.sleep(0)
            raise KeyError("body")

    async def two_errors() -> None:
        async with group() as tasks:
            tasks.create_task(later(ValueError("a")))
            tasks.create_task(later(TypeError("b")))

    async def nested() -> None:
        async with group() as outer:
            outer.create_task(forever(told))
            async with group() as inner:
                inner.create_task(later(ValueError("in")))

    async def late() -> None:
        async with group() as tasks:
            pass
        waiting = later(1)
        try:
            tasks.create_task(waiting)
        except RuntimeError as error:
            told.append(str(error).replace("TaskGroup <TaskGroup entered>", "it"))
        waiting.close()
        async with tasks:
            pass

    async def child_starts_child() -> None:
        async def child() -> None:
            await asyncio.sleep(0)
            tasks.create_task(later("grandchild"))

        async with group() as tasks:
            tasks.create_task(child())

    async def run() -> None:
        for case in (results, body_waits, body_raises, two_errors, nested, child_starts_child):
            try:
                await case()
            except BaseException as error:
                told.append(tree(error))
            await asyncio.sleep(0)
        with pytest.raises(RuntimeError):
            await late()

    asyncio.run(run())
    unhandled = "unhandled errors in a TaskGroup"
    assert told == [
        1, 2, "two",
        "cancelled", [unhandled, "ValueError(a)"],
        "cancelled", [unhandled, "KeyError('body')"],
        [unhandled, "ValueError(a)", "TypeError(b)"],
        "cancelled", [unhandled, [unhandled, "ValueError(in)"]],
        "it is finished",
    ]  # fmt: skip


@pytest.mark.parametrize("group", GROUPS)
def test_a_task_group_that_is_cancelled_from_outside(group: Callable[[], Any]) -> None:
    told: List[str] = []

    async def work() -> None:
        async with group() as tasks:
            tasks.create_task(forever(told))

    async def run() -> None:
        task = asyncio.ensure_future(work())
        await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelled()

    asyncio.run(run())
    assert told == ["cancelled"]


@pytest.mark.parametrize("group", GROUPS)
def test_a_context_is_the_task_s_own(group: Callable[[], Any]) -> None:
    async def child() -> None:
        Variable.set(Variable.get() + 5)
        await asyncio.sleep(0)
        Variable.set(Variable.get() + 5)

    async def run() -> None:
        context = contextvars.copy_context()
        async with group() as tasks:
            tasks.create_task(child(), context=context)
        assert context[Variable] == 10 and Variable.get() == 0

    asyncio.run(run())


@pytest.mark.parametrize("runner", RUNNERS)
def test_runners(runner: Any) -> None:
    told: List[Any] = []

    async def add(number: int) -> int:
        Variable.set(Variable.get() + number)
        await asyncio.sleep(0)
        return Variable.get()

    async def leave_one() -> None:
        task = asyncio.ensure_future(forever(told))
        await asyncio.sleep(0)
        told.append(task)

    async def fail() -> None:
        raise LookupError("x")

    with runner() as it:
        assert [it.run(add(1)), it.run(add(2))] == [1, 3]  # one context for all
        loop = it.get_loop()
        it.run(leave_one())
        with pytest.raises(LookupError):
            it.run(fail())
        with pytest.raises((ValueError, TypeError)):
            it.run(5)
    assert Variable.get() == 0 and loop.is_closed()
    assert told[0].cancelled() and told[1] == "cancelled"
    with pytest.raises(RuntimeError, match="closed"):
        it.get_loop()
    made: List[Any] = []

    def factory() -> Any:
        made.append(asyncio.new_event_loop())
        return made[-1]

    with runner(debug=True, loop_factory=factory) as other:
        assert other.get_loop() is made[0] and made[0].get_debug()


@pytest.fixture
def interrupts() -> Iterator[None]:
    """Python's own handler; what a shell starts in the background ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts")
@pytest.mark.parametrize("runner", RUNNERS)
def test_an_interrupt_cancels_the_task(runner: Any) -> None:
    told: List[str] = []

    async def interrupted() -> None:
        asyncio.get_running_loop().call_later(0.01, signal.raise_signal, signal.SIGINT)
        await forever(told)

    with runner() as it, pytest.raises(KeyboardInterrupt):
        it.run(interrupted())
    assert told == ["cancelled"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_run_with_a_loop_of_one_s_own() -> None:
    made: List[Any] = []

    async def running() -> Any:
        return asyncio.get_running_loop()

    def factory() -> Any:
        made.append(asyncio.new_event_loop())
        return made[-1]

    assert runners.run(running(), loop_factory=factory) is made[0] and made[0].is_closed()


@pytest.mark.parametrize("module", BARRIERS)
def test_barriers(module: Any) -> None:
    with pytest.raises(ValueError, match="parties must be > 0"):
        module.Barrier(0)

    async def run() -> None:
        barrier = module.Barrier(3)
        assert barrier.parties == 3 and not barrier.broken
        assert sorted(await asyncio.gather(*(barrier.wait() for _ in range(3)))) == [0, 1, 2]
        assert sorted(await asyncio.gather(*(barrier.wait() for _ in range(3)))) == [0, 1, 2]
        waiting = [asyncio.ensure_future(barrier.wait()) for _ in range(2)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert barrier.n_waiting == 2
        await barrier.reset()
        for error in await asyncio.gather(*waiting, return_exceptions=True):
            assert type(error) is module.BrokenBarrierError
        assert not barrier.broken and barrier.n_waiting == 0
        await barrier.abort()
        assert barrier.broken
        with pytest.raises(module.BrokenBarrierError):
            await barrier.wait()

    asyncio.run(run())


@pytest.mark.parametrize("module", TIMEOUTS)
def test_timeouts(module: Any) -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        with pytest.raises(TimeoutError):
            async with module.timeout(0.005) as limit:
                await asyncio.sleep(1000)
        assert limit.expired() and "expired" in repr(limit)
        with pytest.raises(RuntimeError):
            limit.reschedule(None)
        async with module.timeout_at(loop.time() + 1000) as limit:
            assert limit.when() > loop.time() + 900
            limit.reschedule(None)
        assert not limit.expired()
        # An error of the block's own, raised when the time has come, is what is raised.
        with pytest.raises(LookupError):
            async with module.timeout(0.005):
                try:
                    await asyncio.sleep(1000)
                finally:
                    raise LookupError
        with pytest.raises(RuntimeError):
            async with limit:
                pass

    asyncio.run(run())
    assert isinstance(module.Timeout(None), module.Timeout)


def test_a_decorator_that_is_an_asynchronous_context() -> None:
    told: List[str] = []

    class Context(async_names.AsyncContextDecorator):
        async def __aenter__(self) -> None:
            told.append("in")

        async def __aexit__(self, *exc_info: object) -> None:
            told.append("out")

    @Context()
    async def inside(value: int) -> int:
        told.append("here")
        return value

    assert asyncio.run(inside(4)) == 4 and told == ["in", "here", "out"]
    assert issubclass(ExceptionGroup, BaseExceptionGroup)
