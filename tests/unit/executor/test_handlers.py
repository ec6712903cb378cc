"""Each instruction of the internal set has a handler that does it."""

from __future__ import annotations

from paddlefx.executor.handlers import HANDLERS
from paddlefx.executor.handlers.control import asynchronous
from paddlefx.ir.instr import Op

#: Only coroutines and asynchronous generators have these: they run as plain Python.
ASYNCHRONOUS = {
    Op.GET_AWAITABLE,
    Op.GET_AITER,
    Op.GET_ANEXT,
    Op.END_ASYNC_FOR,
    Op.ASYNC_WITH_ENTER,
    Op.CLEANUP_THROW,
}


def test_every_operation_has_a_handler() -> None:
    assert set(HANDLERS) == set(Op)


def test_only_asynchronous_code_is_refused() -> None:
    assert {op for op, handler in HANDLERS.items() if handler is asynchronous} == ASYNCHRONOUS
